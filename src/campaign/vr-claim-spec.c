/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-claim-spec.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-claim-text.h"
#include "campaign/vr-combination.h"
#include "campaign/vr-measure.h"
#include "campaign/vr-need.h"
#include "campaign/vr-summary.h"

#define NO_FACTOR G_MAXUINT
#define SWEEP_LEAST 3

/* A claim while it is read. */
typedef struct {
  const VrExperiment *experiment;
  const VrExperimentClaim *claim;
  VrClaimSpec *spec;
  GPtrArray *combinations; /* guint *, borrowed */
  guint *where;            /* levels that the series have; VR_LEVEL_ANY of the others */
  guint along, reduced;    /* factors */
  guint last;              /* the level of `last`; VR_LEVEL_ANY with `peak` */
} Reading;

static void
series_free (gpointer data)
{
  VrClaimSeries *series = data;
  g_array_unref (series->cells);
  g_free (series);
}

void
vr_claim_spec_free (VrClaimSpec *spec)
{
  g_ptr_array_unref (spec->series);
  g_free (spec->relations);
  g_free (spec);
}

/* --- Errors -------------------------------------------------------------------------------------
 */

/* Where the key stands, or the claim where it is not given. */
static const VrOrigin *
place_of (const Reading *reading, const char *key)
{
  const VrOrigin *origin = vr_places_get (reading->experiment->places, reading->claim, key, 0);
  return origin != NULL ? origin : &reading->claim->origin;
}

static gboolean G_GNUC_PRINTF (4, 5)
    refuse (const Reading *reading, const char *key, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return vr_places_error (error, place_of (reading, key), "[claim %s]: %s: %s",
                          reading->claim->name, key, text);
}

/* Puts place and key before what is wrong with a value. */
static gboolean
blame (const Reading *reading, const char *key, GError **error)
{
  return vr_places_prefix (error, place_of (reading, key), "[claim %s]: %s: ", reading->claim->name,
                           key);
}

static const VrFactor *
factor_at (const Reading *reading, guint index)
{
  return reading->experiment->factors->pdata[index];
}

/* --- Thresholds ---------------------------------------------------------------------------------
 */

typedef enum { KEY_MAY, KEY_MUST } KeyPresence;

static const struct {
  const char *key;
  VrClaimTest test;
  KeyPresence presence;
} own_keys[] = {
  { "order", VR_CLAIM_ORDER, KEY_MUST },      { "margin", VR_CLAIM_ORDER, KEY_MAY },
  { "of", VR_CLAIM_RATIO, KEY_MUST },         { "within", VR_CLAIM_RATIO, KEY_MUST },
  { "r-squared", VR_CLAIM_LINEAR, KEY_MUST }, { "to-peak", VR_CLAIM_LINEAR, KEY_MAY },
  { "fall", VR_CLAIM_PLATEAU, KEY_MUST },
};

/* A test has its keys, and none of another's. */
static gboolean
check_keys (const Reading *reading, GError **error)
{
  const char *const *tests = vr_schema_key (vr_schema_experiment (), "claim", "test")->words;
  for (guint i = 0; i < G_N_ELEMENTS (own_keys); i++) {
    gboolean is_given
        = vr_places_get (reading->experiment->places, reading->claim, own_keys[i].key, 0) != NULL;
    gboolean is_own = own_keys[i].test == reading->claim->test;
    if (is_given && !is_own)
      return refuse (reading, own_keys[i].key, error, "is of test = %s, and this is of test = %s",
                     tests[own_keys[i].test], tests[reading->claim->test]);
    if (is_own && !is_given && own_keys[i].presence == KEY_MUST)
      return refuse (reading, own_keys[i].key, error, "test = %s needs it, and it is not given",
                     tests[own_keys[i].test]);
  }
  return TRUE;
}

static gboolean
read_share (const Reading *reading, const char *key, const char *text, double *share,
            GError **error)
{
  static const VrClaimRange range = { 0, 100, VR_BOUND_OPEN, "%" };
  if (text != NULL && !vr_claim_text_number (text, &range, share, error))
    return blame (reading, key, error);
  *share /= 100;
  return TRUE;
}

static gboolean
read_confidence (const Reading *reading, GError **error)
{
  static const VrClaimRange range = { 50, 100, VR_BOUND_OPEN, "%" };
  VrClaimSpec *spec = reading->spec;
  const char *text = reading->claim->confidence;
  if (text == NULL) {
    spec->confidence = vr_experiment_confidence (reading->experiment);
    return TRUE;
  }
  if (!vr_claim_text_number (text, &range, &spec->confidence, error))
    return blame (reading, "confidence", error);
  spec->confidence /= 100;
  return TRUE;
}

static gboolean
read_thresholds (const Reading *reading, GError **error)
{
  static const VrClaimRange determination = { 0, 1, VR_BOUND_CLOSED, NULL };
  const VrExperimentClaim *claim = reading->claim;
  VrClaimSpec *spec = reading->spec;
  if (claim->within != NULL
      && !vr_claim_text_bounds (claim->within, &spec->low, &spec->high, error))
    return blame (reading, "within", error);
  if (claim->r_squared != NULL
      && !vr_claim_text_number (claim->r_squared, &determination, &spec->r_squared, error))
    return blame (reading, "r-squared", error);
  return read_share (reading, "margin", claim->margin, &spec->margin, error)
         && read_share (reading, "fall", claim->fall, &spec->fall, error)
         && read_confidence (reading, error);
}

static gboolean
read_measure (const Reading *reading, GError **error)
{
  const char *name = reading->claim->measure;
  guint count = vr_measure_count ();
  reading->spec->measure = vr_measure_find (name);
  if (reading->spec->measure < count)
    return TRUE;
  g_autofree const char **names = g_new0 (const char *, count + 1);
  for (guint i = 0; i < count; i++)
    names[i] = vr_measure_name (i);
  const char *meant = vr_name_suggest (name, names);
  g_autofree char *quoted = vr_name_quote (name);
  return refuse (reading, "measure", error, "there is no measure \"%s\"%s%s%s", quoted,
                 meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
                 meant != NULL ? "\"?" : ": see MEASURES in vrkit-experiment(5)");
}

/* --- Factors ------------------------------------------------------------------------------------
 */

static gboolean
find_factor (const Reading *reading, const char *key, const char *name, guint *index,
             GError **error)
{
  const GPtrArray *factors = reading->experiment->factors;
  g_autofree const char **names = g_new0 (const char *, factors->len + 1);
  for (guint i = 0; i < factors->len; i++) {
    names[i] = factor_at (reading, i)->name;
    if (strcmp (names[i], name) == 0) {
      *index = i;
      return TRUE;
    }
  }
  const char *meant = vr_name_suggest (name, names);
  return refuse (reading, key, error, "there is no factor %s%s%s%s", name,
                 meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "",
                 meant != NULL ? "?" : "");
}

static gboolean
check_factors (const Reading *reading, GError **error)
{
  const VrExperimentClaim *claim = reading->claim;
  const VrFactor *along = factor_at (reading, reading->along);
  if (claim->peak != NULL && claim->last != NULL)
    return refuse (reading, "last", error, "there is peak as well: a series has one of the two");
  if (reading->reduced == reading->along)
    return refuse (reading, claim->peak != NULL ? "peak" : "last", error,
                   "%s is the factor of the series: name another", along->name);
  for (guint i = 0; i < reading->experiment->factors->len; i++)
    if (reading->where[i] != VR_LEVEL_ANY && (i == reading->along || i == reading->reduced))
      return refuse (reading, "where", error, "%s is named by %s already",
                     factor_at (reading, i)->name,
                     i == reading->along   ? "along"
                     : claim->peak != NULL ? "peak"
                                           : "last");
  return TRUE;
}

static gboolean
read_factors (Reading *reading, GError **error)
{
  const VrExperimentClaim *claim = reading->claim;
  const char *key = claim->peak != NULL ? "peak" : "last";
  const char *reduced = claim->peak != NULL ? claim->peak : claim->last;
  reading->reduced = NO_FACTOR;
  reading->where = claim->where != NULL
                       ? vr_combination_read (reading->experiment, claim->where, error)
                       : vr_combination_new (reading->experiment);
  if (reading->where == NULL)
    return blame (reading, "where", error);
  return find_factor (reading, "along", claim->along, &reading->along, error)
         && (reduced == NULL || find_factor (reading, key, reduced, &reading->reduced, error))
         && check_factors (reading, error);
}

/* --- Cells --------------------------------------------------------------------------------------
 */

/* The greatest level of `last` among the conditions that the claim is over. */
static gboolean
find_last (Reading *reading, GError **error)
{
  reading->last = VR_LEVEL_ANY;
  if (reading->claim->last == NULL)
    return TRUE;
  const VrFactor *factor = factor_at (reading, reading->reduced);
  double greatest = 0, number;
  for (guint i = 0; i < reading->combinations->len; i++) {
    const guint *indices = reading->combinations->pdata[i];
    guint level = indices[reading->reduced];
    if (!vr_combination_matches (reading->experiment, reading->where, indices))
      continue;
    if (!vr_summary_number (factor->levels->pdata[level], &number))
      return refuse (reading, "last", error,
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
refuse_open (const Reading *reading, const VrClaimSeries *series, const guint *one,
             const guint *other, GError **error)
{
  guint i = 0;
  while (one[i] == other[i])
    i++;
  const char *name = factor_at (reading, i)->name;
  return refuse (reading, "along", error,
                 "of %s=%s several levels of factor %s were measured: choose by where = %s=LEVEL, "
                 "%speak = %s or last = %s",
                 reading->claim->along, series->level, name, name,
                 reading->reduced != NO_FACTOR ? "or, in place of the other factor, " : "", name,
                 name);
}

/* Whether two conditions of a series are not told apart by the factor that it is swept over. */
static gboolean
is_open (const Reading *reading, const guint *one, const guint *other)
{
  return reading->claim->peak == NULL || one[reading->reduced] == other[reading->reduced];
}

static gboolean
add_cell (const Reading *reading, VrClaimSeries *series, guint cell, GError **error)
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
add_series (const Reading *reading, guint level, GError **error)
{
  VrClaimSeries *series = g_new0 (VrClaimSeries, 1);
  series->level = factor_at (reading, reading->along)->levels->pdata[level];
  series->cells = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (reading->spec->series, series);
  for (guint i = 0; i < reading->combinations->len; i++) {
    const guint *indices = reading->combinations->pdata[i];
    if (indices[reading->along] == level
        && vr_combination_matches (reading->experiment, reading->where, indices)
        && (reading->last == VR_LEVEL_ANY || indices[reading->reduced] == reading->last)
        && !add_cell (reading, series, i, error))
      return NULL;
  }
  return series;
}

/* --- Order and ratio ----------------------------------------------------------------------------
 */

static gboolean
find_level (const Reading *reading, const char *key, const char *level, guint *index,
            GError **error)
{
  const VrFactor *factor = factor_at (reading, reading->along);
  g_autofree char *quoted = vr_name_quote (level);
  if (!g_ptr_array_find_with_equal_func (factor->levels, level, g_str_equal, index))
    return refuse (reading, key, error, "factor %s has no level \"%s\"", factor->name, quoted);
  for (guint i = 0; i < reading->spec->series->len; i++)
    if (strcmp (((VrClaimSeries *) reading->spec->series->pdata[i])->level, level) == 0)
      return refuse (reading, key, error, "the level \"%s\" stands there twice", quoted);
  return TRUE;
}

/* The series of the levels that are named, all of which are measured. */
static gboolean
add_named (const Reading *reading, const char *key, const GPtrArray *levels, GError **error)
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
      return refuse (reading, key, error,
                     "no condition with %s=%s%s%s%s%s is measured: see [conditions]",
                     reading->claim->along, series->level, where != NULL ? " " : "",
                     where != NULL ? where : "",
                     reading->last != VR_LEVEL_ANY ? " and the highest level of " : "",
                     reading->last != VR_LEVEL_ANY ? reading->claim->last : "");
  }
  return TRUE;
}

static gboolean
read_order (const Reading *reading, GError **error)
{
  static const char *const signs[] = {
    [VR_RELATION_ABOVE] = ">", [VR_RELATION_NOT_BELOW] = ">=", [VR_RELATION_ABOUT_EQUAL] = "~"
  };
  g_auto (VrClaimChain) chain = { NULL };
  VrClaimSpec *spec = reading->spec;
  gboolean has_margin = FALSE;
  if (!vr_claim_text_chain (reading->claim->order, &chain, error))
    return blame (reading, "order", error);
  if (chain.levels->len < 2)
    return refuse (reading, "order", error, "there is one level: an order is of two or more");
  spec->relations = g_new0 (VrRelation, chain.signs->len);
  for (guint i = 0; i < chain.signs->len; i++) {
    guint sign = 0;
    while (sign < G_N_ELEMENTS (signs) && strcmp (signs[sign], chain.signs->pdata[i]) != 0)
      sign++;
    if (sign == G_N_ELEMENTS (signs))
      return refuse (reading, "order", error, "/ is no sign of an order: those are >, >= and ~");
    spec->relations[i] = (VrRelation) sign;
    has_margin = has_margin || spec->relations[i] != VR_RELATION_ABOVE;
    if (spec->relations[i] == VR_RELATION_ABOUT_EQUAL && spec->margin <= 0)
      return refuse (reading, "margin", error, "~ needs one above 0 %%");
  }
  if (!has_margin && reading->claim->margin != NULL)
    return refuse (reading, "margin", error, "the order has neither >= nor ~: remove it");
  return add_named (reading, "order", chain.levels, error);
}

static gboolean
read_ratio (const Reading *reading, GError **error)
{
  g_auto (VrClaimChain) chain = { NULL };
  if (!vr_claim_text_chain (reading->claim->of, &chain, error))
    return blame (reading, "of", error);
  if (chain.levels->len > 2 || (chain.levels->len == 2 && strcmp (chain.signs->pdata[0], "/") != 0))
    return refuse (reading, "of", error,
                   "this is to be LEVEL, or LEVEL / LEVEL with blanks around the sign");
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
read_sweep (const Reading *reading, GError **error)
{
  const VrFactor *factor = factor_at (reading, reading->along);
  GPtrArray *all = reading->spec->series;
  for (guint i = 0; i < factor->levels->len; i++) {
    VrClaimSeries *series = add_series (reading, i, error);
    if (series == NULL)
      return FALSE;
    if (series->cells->len == 0)
      g_ptr_array_remove_index (all, all->len - 1);
    else if (!vr_summary_number (series->level, &series->x))
      return refuse (reading, "along", error,
                     "the level \"%s\" of factor %s is no quantity, and so no place on an axis",
                     series->level, factor->name);
  }
  if (all->len < SWEEP_LEAST)
    return refuse (reading, "along", error, "%u levels of factor %s are measured: it takes %d",
                   all->len, factor->name, SWEEP_LEAST);
  g_ptr_array_sort (all, compare_x);
  for (guint i = 1; i < all->len; i++) {
    const VrClaimSeries *before = all->pdata[i - 1], *series = all->pdata[i];
    if (before->x >= series->x)
      return refuse (reading, "along", error,
                     "the levels \"%s\" and \"%s\" have the same place on the axis", before->level,
                     series->level);
  }
  return TRUE;
}

/* --- The whole ----------------------------------------------------------------------------------
 */

static gboolean
read_series (Reading *reading, GError **error)
{
  if (!find_last (reading, error))
    return FALSE;
  switch (reading->claim->test) {
  case VR_CLAIM_ORDER:
    return read_order (reading, error);
  case VR_CLAIM_RATIO:
    return read_ratio (reading, error);
  default:
    return read_sweep (reading, error);
  }
}

VrClaimSpec *
vr_claim_spec_new (const VrExperiment *experiment, const VrExperimentClaim *claim, GError **error)
{
  g_autoptr (VrClaimSpec) spec = g_new0 (VrClaimSpec, 1);
  spec->series = g_ptr_array_new_with_free_func (series_free);
  g_autoptr (GPtrArray) combinations = vr_combination_list (experiment, error);
  Reading reading
      = { .experiment = experiment, .claim = claim, .spec = spec, .combinations = combinations };
  gboolean good = combinations != NULL && check_keys (&reading, error)
                  && read_measure (&reading, error) && read_thresholds (&reading, error)
                  && read_factors (&reading, error) && read_series (&reading, error);
  g_free (reading.where);
  return good ? g_steal_pointer (&spec) : NULL;
}

/* `target` is the struct of the group, whose place is `origin` and whose name is `group`. */
static gboolean
check_needs (const VrExperiment *experiment, gconstpointer target, const GPtrArray *needs,
             GError **error)
{
  for (guint i = 0; i < needs->len; i++)
    if (!vr_need_check (needs->pdata[i], error))
      return vr_places_prefix (error, vr_places_get (experiment->places, target, "needs", i),
                               "needs: ");
  return TRUE;
}

gboolean
vr_claim_spec_check (const VrExperiment *experiment, GError **error)
{
  if (!check_needs (experiment, experiment, experiment->needs, error))
    return FALSE;
  for (guint i = 0; i < experiment->claims->len; i++) {
    const VrExperimentClaim *claim = experiment->claims->pdata[i];
    g_autoptr (VrClaimSpec) spec = vr_claim_spec_new (experiment, claim, error);
    if (spec == NULL || !check_needs (experiment, claim, claim->needs, error))
      return FALSE;
  }
  return TRUE;
}
