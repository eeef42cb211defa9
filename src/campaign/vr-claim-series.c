/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which conditions make which series of a claim. */
#include "campaign/vr-claim-reading.h"

#include <string.h>

#include "base/vr-name.h"
#include "campaign/vr-claim-text.h"
#include "campaign/vr-combination.h"
#include "campaign/vr-summary.h"

#define SWEEP_LEAST 3

/* --- Cells --------------------------------------------------------------------------------------
 */

/* The greatest level of `last` among the conditions that the claim is over. */
static gboolean
find_last (VrClaimReading *reading, GError **error)
{
  reading->last = VR_LEVEL_ANY;
  if (reading->claim->last == NULL)
    return TRUE;
  const VrFactor *factor = vr_claim_reading_factor (reading, reading->reduced);
  double greatest = 0, number;
  for (guint i = 0; i < reading->combinations->len; i++) {
    const guint *indices = reading->combinations->pdata[i];
    guint level = indices[reading->reduced];
    if (!vr_combination_matches (reading->experiment, reading->where, indices))
      continue;
    if (!vr_summary_number (factor->levels->pdata[level], &number))
      return vr_claim_reading_refuse (
          reading, "last", error,
          "the level \"%s\" of factor %s is no quantity, and so none is the highest",
          (const char *) factor->levels->pdata[level], factor->name);
    if (reading->last == VR_LEVEL_ANY || number > greatest) {
      reading->last = level;
      greatest = number;
    }
  }
  return TRUE;
}

/* Two conditions that one sample is to come from: a factor tells them apart that the claim leaves
 * open. */
static gboolean
refuse_open (const VrClaimReading *reading, const VrClaimSeries *series, const guint *one,
             const guint *other, GError **error)
{
  guint i = 0;
  while (one[i] == other[i])
    i++;
  const char *name = vr_claim_reading_factor (reading, i)->name;
  return vr_claim_reading_refuse (
      reading, "along", error,
      "of %s=%s several levels of factor %s were measured: choose by where = %s=LEVEL, "
      "%speak = %s or last = %s",
      reading->claim->along, series->level, name, name,
      reading->reduced != NO_FACTOR ? "or, in place of the other factor, " : "", name, name);
}

/* Whether two conditions of a series are not told apart by the factor that it is swept over. */
static gboolean
is_open (const VrClaimReading *reading, const guint *one, const guint *other)
{
  return reading->claim->peak == NULL || one[reading->reduced] == other[reading->reduced];
}

static gboolean
add_cell (const VrClaimReading *reading, VrClaimSeries *series, guint cell, GError **error)
{
  const guint *indices = reading->combinations->pdata[cell];
  for (guint i = 0; i < series->cells->len; i++) {
    const guint *other = reading->combinations->pdata[g_array_index (series->cells, guint, i)];
    if (is_open (reading, indices, other))
      return refuse_open (reading, series, indices, other, error);
  }
  g_array_append_val (series->cells, cell);
  return TRUE;
}

/* The series of a level, with the conditions of it that are measured. */
static VrClaimSeries *
add_series (const VrClaimReading *reading, guint level, GError **error)
{
  VrClaimSeries *series = g_new0 (VrClaimSeries, 1);
  series->level = vr_claim_reading_factor (reading, reading->along)->levels->pdata[level];
  series->cells = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (reading->spec->series, series);
  for (guint i = 0; i < reading->combinations->len; i++) {
    const guint *indices = reading->combinations->pdata[i];
    if (vr_combination_is_same (reading->experiment, reading->along, indices[reading->along], level)
        && vr_combination_matches (reading->experiment, reading->where, indices)
        && (reading->last == VR_LEVEL_ANY
            || vr_combination_is_same (reading->experiment, reading->reduced,
                                       indices[reading->reduced], reading->last))
        && !add_cell (reading, series, i, error))
      return NULL;
  }
  return series;
}

/* --- Order and ratio ----------------------------------------------------------------------------
 */

static gboolean
find_level (const VrClaimReading *reading, const char *key, const char *level, guint *index,
            GError **error)
{
  const VrFactor *factor = vr_claim_reading_factor (reading, reading->along);
  g_autofree char *quoted = vr_name_quote (level);
  if (!g_ptr_array_find_with_equal_func (factor->levels, level, g_str_equal, index))
    return vr_claim_reading_refuse (reading, key, error, "factor %s has no level \"%s\"",
                                    factor->name, quoted);
  for (guint i = 0; i < reading->spec->series->len; i++)
    if (strcmp (((VrClaimSeries *) reading->spec->series->pdata[i])->level, level) == 0)
      return vr_claim_reading_refuse (reading, key, error, "the level \"%s\" stands there twice",
                                      quoted);
  return TRUE;
}

/* The series of the levels that are named, all of which are measured. */
static gboolean
add_named (const VrClaimReading *reading, const char *key, const GPtrArray *levels, GError **error)
{
  const char *where = reading->claim->where;
  for (guint i = 0; i < levels->len; i++) {
    guint index;
    if (!find_level (reading, key, levels->pdata[i], &index, error))
      return FALSE;
    const VrClaimSeries *series = add_series (reading, index, error);
    if (series == NULL)
      return FALSE;
    if (series->cells->len == 0)
      return vr_claim_reading_refuse (
          reading, key, error, "no condition with %s=%s%s%s%s%s is measured: see [conditions]",
          reading->claim->along, series->level, where != NULL ? " " : "",
          where != NULL ? where : "",
          reading->last != VR_LEVEL_ANY ? " and the highest level of " : "",
          reading->last != VR_LEVEL_ANY ? reading->claim->last : "");
  }
  return TRUE;
}

static gboolean
read_order (const VrClaimReading *reading, GError **error)
{
  static const char *const signs[] = {
    [VR_RELATION_ABOVE] = ">", [VR_RELATION_NOT_BELOW] = ">=", [VR_RELATION_ABOUT_EQUAL] = "~"
  };
  g_auto (VrClaimChain) chain = { NULL };
  VrClaimSpec *spec = reading->spec;
  gboolean has_margin = FALSE;
  if (!vr_claim_text_chain (reading->claim->order, &chain, error))
    return vr_claim_reading_blame (reading, "order", error);
  if (chain.levels->len < 2)
    return vr_claim_reading_refuse (reading, "order", error,
                                    "there is one level: an order is of two or more");
  spec->relations = g_new0 (VrRelation, chain.signs->len);
  for (guint i = 0; i < chain.signs->len; i++) {
    guint sign = 0;
    while (sign < G_N_ELEMENTS (signs) && strcmp (signs[sign], chain.signs->pdata[i]) != 0)
      sign++;
    if (sign == G_N_ELEMENTS (signs))
      return vr_claim_reading_refuse (reading, "order", error,
                                      "/ is no sign of an order: those are >, >= and ~");
    spec->relations[i] = (VrRelation) sign;
    has_margin = has_margin || spec->relations[i] != VR_RELATION_ABOVE;
    if (spec->relations[i] == VR_RELATION_ABOUT_EQUAL && spec->margin <= 0)
      return vr_claim_reading_refuse (reading, "margin", error, "~ needs one above 0 %%");
  }
  if (!has_margin && reading->claim->margin != NULL)
    return vr_claim_reading_refuse (reading, "margin", error,
                                    "the order has neither >= nor ~: remove it");
  return add_named (reading, "order", chain.levels, error);
}

static gboolean
read_ratio (const VrClaimReading *reading, GError **error)
{
  g_auto (VrClaimChain) chain = { NULL };
  if (!vr_claim_text_chain (reading->claim->of, &chain, error))
    return vr_claim_reading_blame (reading, "of", error);
  if (chain.levels->len > 2 || (chain.levels->len == 2 && strcmp (chain.signs->pdata[0], "/") != 0))
    return vr_claim_reading_refuse (
        reading, "of", error, "this is to be LEVEL, or LEVEL / LEVEL with blanks around the sign");
  if (chain.levels->len < 2 && reading->claim->test == VR_CLAIM_SPREAD)
    return vr_claim_reading_refuse (reading, "of", error,
                                    "a spread is compared with another: LEVEL / LEVEL");
  return add_named (reading, "of", chain.levels, error);
}

/* --- Sweeps -------------------------------------------------------------------------------------
 */

static gint
compare_x (gconstpointer a, gconstpointer b)
{
  const VrClaimSeries *one = *(VrClaimSeries *const *) a, *other = *(VrClaimSeries *const *) b;
  return one->x < other->x ? -1 : one->x > other->x;
}

/* All levels that are measured, by their quantities. */
static gboolean
read_sweep (const VrClaimReading *reading, GError **error)
{
  const VrFactor *factor = vr_claim_reading_factor (reading, reading->along);
  GPtrArray *all = reading->spec->series;
  for (guint i = 0; i < factor->levels->len; i++) {
    VrClaimSeries *series = add_series (reading, i, error);
    if (series == NULL)
      return FALSE;
    if (series->cells->len == 0)
      g_ptr_array_remove_index (all, all->len - 1);
    else if (!vr_summary_number (series->level, &series->x))
      return vr_claim_reading_refuse (
          reading, "along", error,
          "the level \"%s\" of factor %s is no quantity, and so no place on an axis", series->level,
          factor->name);
  }
  if (all->len < SWEEP_LEAST)
    return vr_claim_reading_refuse (reading, "along", error,
                                    "%u levels of factor %s are measured: it takes %d", all->len,
                                    factor->name, SWEEP_LEAST);
  if (reading->claim->test == VR_CLAIM_LINEAR && all->len < reading->claim->points)
    return vr_claim_reading_refuse (reading, "points", error,
                                    "%u levels of factor %s are measured: there cannot be %u",
                                    all->len, factor->name, reading->claim->points);
  g_ptr_array_sort (all, compare_x);
  for (guint i = 1; i < all->len; i++) {
    const VrClaimSeries *before = all->pdata[i - 1], *series = all->pdata[i];
    if (before->x >= series->x)
      return vr_claim_reading_refuse (
          reading, "along", error, "the levels \"%s\" and \"%s\" have the same place on the axis",
          before->level, series->level);
  }
  return TRUE;
}

gboolean
vr_claim_reading_series (VrClaimReading *reading, GError **error)
{
  if (!find_last (reading, error))
    return FALSE;
  switch (reading->claim->test) {
  case VR_CLAIM_ORDER:
    return read_order (reading, error);
  case VR_CLAIM_RATIO:
  case VR_CLAIM_SPREAD:
    return read_ratio (reading, error);
  default:
    return read_sweep (reading, error);
  }
}
