/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-combination.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-places.h"

static const VrFactor *
factor_at (const VrExperiment *experiment, guint index)
{
  return experiment->factors->pdata[index];
}

gboolean
vr_combination_read_level (const VrExperiment *experiment, const char *text, guint *combination,
                           GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name
      = g_strndup (text, equals != NULL ? (gsize) (equals - text) : strlen (text));
  g_autofree char *quoted = vr_name_quote (text);
  for (guint i = 0; equals != NULL && i < experiment->factors->len; i++) {
    const VrFactor *factor = factor_at (experiment, i);
    if (strcmp (factor->name, name) != 0)
      continue;
    if (g_ptr_array_find_with_equal_func (factor->levels, equals + 1, g_str_equal, &combination[i]))
      return TRUE;
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "\"%s\": factor %s has no such level", quoted,
                 factor->name);
    return FALSE;
  }
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "\"%s\": %s", quoted,
               equals != NULL ? "there is no such factor" : "this is to be FACTOR=LEVEL");
  return FALSE;
}

guint *
vr_combination_new (const VrExperiment *experiment)
{
  guint *combination = g_new (guint, experiment->factors->len + 1);
  for (guint i = 0; i < experiment->factors->len; i++)
    combination[i] = VR_LEVEL_ANY;
  return combination;
}

guint *
vr_combination_read (const VrExperiment *experiment, const char *text, GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree guint *combination = vr_combination_new (experiment);
  if (!g_shell_parse_argv (text, NULL, &words, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s", cause->message);
    return NULL;
  }
  for (char **word = words; *word != NULL; word++)
    if (!vr_combination_read_level (experiment, *word, combination, error))
      return NULL;
  return g_steal_pointer (&combination);
}

/* All lines of [conditions] with that key. */
static GPtrArray *
read_combinations (const VrExperiment *experiment, const GPtrArray *lines, const char *key,
                   GError **error)
{
  g_autoptr (GPtrArray) combinations = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < lines->len; i++) {
    guint *combination = vr_combination_read (experiment, lines->pdata[i], error);
    if (combination == NULL) {
      vr_places_prefix (error, &experiment->conditions->origin, "%s: ", key);
      return NULL;
    }
    g_ptr_array_add (combinations, combination);
  }
  return g_steal_pointer (&combinations);
}

gboolean
vr_combination_is_same (const VrExperiment *experiment, guint factor, guint one, guint other)
{
  const GPtrArray *levels = factor_at (experiment, factor)->levels;
  return strcmp (levels->pdata[one], levels->pdata[other]) == 0;
}

gboolean
vr_combination_matches (const VrExperiment *experiment, const guint *combination,
                        const guint *indices)
{
  guint i = 0;
  while (i < experiment->factors->len
         && (combination[i] == VR_LEVEL_ANY
             || vr_combination_is_same (experiment, i, combination[i], indices[i])))
    i++;
  return i == experiment->factors->len;
}

char *
vr_combination_label (const VrExperiment *experiment, const guint *indices)
{
  g_autoptr (GString) label = g_string_new (experiment->factors->len > 0 ? NULL : "-");
  for (guint i = 0; i < experiment->factors->len; i++) {
    const VrFactor *factor = factor_at (experiment, i);
    g_string_append_printf (label, "%s%s=%s", i > 0 ? " " : "", factor->name,
                            (const char *) factor->levels->pdata[indices[i]]);
  }
  return g_string_free (g_steal_pointer (&label), FALSE);
}

static gboolean
matches_one (const VrExperiment *experiment, const GPtrArray *combinations, const guint *indices)
{
  for (guint i = 0; i < combinations->len; i++)
    if (vr_combination_matches (experiment, combinations->pdata[i], indices))
      return TRUE;
  return FALSE;
}

/* Counts up, the last crossed factor fastest; FALSE when all have been. */
static gboolean
next_indices (const VrExperiment *experiment, guint *indices)
{
  for (guint i = experiment->factors->len; i-- > 0;) {
    const VrFactor *factor = factor_at (experiment, i);
    if (factor->with != NULL)
      continue;
    indices[i] = (indices[i] + 1) % factor->levels->len;
    if (indices[i] != 0)
      return TRUE;
  }
  return FALSE;
}

/* What goes along with another factor has its index. */
static void
follow (const VrExperiment *experiment, guint *indices)
{
  for (guint i = 0; i < experiment->factors->len; i++) {
    const VrFactor *factor = factor_at (experiment, i);
    for (guint k = 0; factor->with != NULL && k < experiment->factors->len; k++)
      if (strcmp (factor_at (experiment, k)->name, factor->with) == 0)
        indices[i] = indices[k];
  }
}

static gboolean
check_count (const VrExperiment *experiment, GError **error)
{
  guint64 count = 1;
  for (guint i = 0; i < experiment->factors->len && count <= VR_CONDITIONS_MAX; i++)
    if (factor_at (experiment, i)->with == NULL)
      count *= factor_at (experiment, i)->levels->len;
  if (count <= VR_CONDITIONS_MAX)
    return TRUE;
  return vr_places_error (error, &experiment->origin,
                          "the factors make more than %d combinations: take levels away, or let "
                          "factors go along with one another",
                          VR_CONDITIONS_MAX);
}

GPtrArray *
vr_combination_list (const VrExperiment *experiment, GError **error)
{
  const VrExperimentConditions *wanted = experiment->conditions;
  g_autoptr (GPtrArray) excluded
      = read_combinations (experiment, wanted->exclude, "exclude", error);
  g_autoptr (GPtrArray) listed
      = excluded != NULL ? read_combinations (experiment, wanted->list, "list", error) : NULL;
  if (listed == NULL || !check_count (experiment, error))
    return NULL;
  guint factors = experiment->factors->len + 1;
  g_autofree guint *indices = g_new0 (guint, factors);
  g_autoptr (GPtrArray) combinations = g_ptr_array_new_with_free_func (g_free);
  do {
    follow (experiment, indices);
    if (!matches_one (experiment, excluded, indices)
        && (listed->len == 0 || matches_one (experiment, listed, indices)))
      g_ptr_array_add (combinations, g_memdup2 (indices, factors * sizeof *indices));
  } while (next_indices (experiment, indices));
  if (combinations->len > 0)
    return g_steal_pointer (&combinations);
  vr_places_error (error, &wanted->origin, "[conditions] leave nothing to be measured");
  return NULL;
}
