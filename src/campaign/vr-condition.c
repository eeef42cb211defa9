/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-condition.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-bench.h"
#include "config/vr-change.h"
#include "config/vr-places.h"
#include "config/vr-profile.h"

#define LOAD "load."

/* Levels of some factors: an index of each, or ANY. */
#define ANY G_MAXUINT

static void
condition_free (gpointer data)
{
  VrCondition *condition = data;
  g_free (condition->levels);
  g_free (condition->label);
  g_strfreev (condition->changes);
  g_clear_pointer (&condition->lab, vr_lab_free);
  g_clear_pointer (&condition->load, vr_load_spec_free);
  g_free (condition);
}

static const VrFactor *
factor_at (const VrExperiment *experiment, guint index)
{
  return experiment->factors->pdata[index];
}

/* --- Combinations ------------------------------------------------------------------------------
 */

/* "FACTOR=LEVEL": sets the factor's entry of `combination`. */
static gboolean
read_level (const VrExperiment *experiment, const char *text, guint *combination, GError **error)
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

static guint *
combination_new (const VrExperiment *experiment)
{
  guint *combination = g_new (guint, experiment->factors->len + 1);
  for (guint i = 0; i < experiment->factors->len; i++)
    combination[i] = ANY;
  return combination;
}

/* "FACTOR=LEVEL FACTOR=LEVEL", quoted as for a shell. */
static guint *
read_combination (const VrExperiment *experiment, const char *text, GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree guint *combination = combination_new (experiment);
  if (!g_shell_parse_argv (text, NULL, &words, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s", cause->message);
    return NULL;
  }
  for (char **word = words; *word != NULL; word++)
    if (!read_level (experiment, *word, combination, error))
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
    guint *combination = read_combination (experiment, lines->pdata[i], error);
    if (combination == NULL) {
      vr_places_prefix (error, &experiment->conditions->origin, "%s: ", key);
      return NULL;
    }
    g_ptr_array_add (combinations, combination);
  }
  return g_steal_pointer (&combinations);
}

static gboolean
matches_one (const VrExperiment *experiment, const GPtrArray *combinations, const guint *indices)
{
  for (guint i = 0; i < combinations->len; i++) {
    const guint *combination = combinations->pdata[i];
    guint k = 0;
    while (k < experiment->factors->len && (combination[k] == ANY || combination[k] == indices[k]))
      k++;
    if (k == experiment->factors->len)
      return TRUE;
  }
  return FALSE;
}

/* --- One condition -----------------------------------------------------------------------------
 */

static char *
label_of (const VrExperiment *experiment, const char *const *levels)
{
  g_autoptr (GString) label = g_string_new (NULL);
  for (guint i = 0; i < experiment->factors->len; i++)
    g_string_append_printf (label, "%s%s=%s", i > 0 ? " " : "", factor_at (experiment, i)->name,
                            levels[i]);
  return g_string_free (g_steal_pointer (&label), FALSE);
}

/* Parts the levels into those of the profile and those of the load. */
static gboolean
part_levels (const VrExperiment *experiment, VrCondition *condition, VrLoadOverrides *overrides,
             GError **error)
{
  g_autoptr (GStrvBuilder) changes = g_strv_builder_new ();
  for (guint i = 0; i < experiment->factors->len; i++) {
    const VrFactor *factor = factor_at (experiment, i);
    if (g_str_has_prefix (factor->key, LOAD)) {
      const char *key = factor->key + strlen (LOAD);
      if (!vr_load_spec_check_key (experiment, key, error))
        return vr_places_prefix (error, &factor->origin, "[factor %s]: ", factor->name);
      g_hash_table_insert (overrides, (gpointer) key, (gpointer) condition->levels[i]);
      continue;
    }
    g_autofree char *text = g_strdup_printf ("%s=%s", factor->key, condition->levels[i]);
    g_autoptr (VrChange) change = vr_change_parse (text, error);
    if (change == NULL) {
      if (error != NULL)
        (*error)->code = VR_ERROR_PROFILE;
      return vr_places_prefix (error, &factor->origin, "[factor %s]: ", factor->name);
    }
    g_strv_builder_add (changes, text);
  }
  condition->changes = g_strv_builder_end (changes);
  return TRUE;
}

/* The lab with the changes, and a load that it has a way for. */
static gboolean
compose (const VrExperiment *experiment, const char *profile, VrLoadOverrides *overrides,
         VrCondition *condition, GError **error)
{
  VrPath path;
  condition->lab = vr_change_apply (profile, experiment->profile,
                                    (const char *const *) condition->changes, error);
  if (condition->lab != NULL)
    condition->load = vr_load_spec_new (experiment, overrides, error);
  if (condition->load == NULL)
    return FALSE;
  VrTrialRequest request = vr_load_spec_request (condition->load);
  return vr_bench_find_path (condition->lab, &request, &path, error);
}

/* The experiment's place, and the condition, before what is wrong with it. */
static gboolean
blame (const VrExperiment *experiment, const VrCondition *condition, GError **error)
{
  const VrOrigin *origin = experiment->factors->len > 0 ? &factor_at (experiment, 0)->origin
                                                        : &experiment->load->origin;
  if (error != NULL && *error != NULL)
    (*error)->code = VR_ERROR_PROFILE;
  return vr_places_prefix (error, origin, "condition %s: ", condition->label);
}

static VrCondition *
condition_new (const VrExperiment *experiment, const char *profile, const guint *indices,
               GError **error)
{
  VrCondition *condition = g_new0 (VrCondition, 1);
  g_autoptr (GHashTable) overrides = g_hash_table_new (g_str_hash, g_str_equal);
  condition->levels = g_new0 (const char *, experiment->factors->len + 1);
  for (guint i = 0; i < experiment->factors->len; i++)
    condition->levels[i] = factor_at (experiment, i)->levels->pdata[indices[i]];
  condition->label = label_of (experiment, condition->levels);
  if (!part_levels (experiment, condition, overrides, error)) {
    condition_free (condition);
    return NULL;
  }
  if (!compose (experiment, profile, overrides, condition, error)) {
    blame (experiment, condition, error);
    condition_free (condition);
    return NULL;
  }
  return condition;
}

/* --- All of them -------------------------------------------------------------------------------
 */

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

static gboolean
add_conditions (const VrExperiment *experiment, const char *profile, GPtrArray *conditions,
                GError **error)
{
  const VrExperimentConditions *wanted = experiment->conditions;
  g_autoptr (GPtrArray) excluded
      = read_combinations (experiment, wanted->exclude, "exclude", error);
  g_autoptr (GPtrArray) listed
      = excluded != NULL ? read_combinations (experiment, wanted->list, "list", error) : NULL;
  if (listed == NULL)
    return FALSE;
  g_autofree guint *indices = g_new0 (guint, experiment->factors->len + 1);
  do {
    follow (experiment, indices);
    if (matches_one (experiment, excluded, indices)
        || (listed->len > 0 && !matches_one (experiment, listed, indices)))
      continue;
    VrCondition *condition = condition_new (experiment, profile, indices, error);
    if (condition == NULL)
      return FALSE;
    condition->id = conditions->len + 1;
    g_ptr_array_add (conditions, condition);
  } while (next_indices (experiment, indices));
  return TRUE;
}

GPtrArray *
vr_condition_list (const VrExperiment *experiment, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLab) lab = vr_profile_load (experiment->profile, &cause);
  if (lab == NULL) {
    vr_places_error (error, &experiment->origin, "profile: %s", cause->message);
    return NULL;
  }
  g_autofree char *profile = vr_profile_print (lab);
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (condition_free);
  if (!check_count (experiment, error) || !add_conditions (experiment, profile, conditions, error))
    return NULL;
  if (conditions->len == 0) {
    vr_places_error (error, &experiment->conditions->origin,
                     "[conditions] leave nothing to be measured");
    return NULL;
  }
  return g_steal_pointer (&conditions);
}

/* Whether the level is one of those that `only` has of the factor, or it has none of it. */
static gboolean
passes (const VrFactor *factor, const char *level, const char *const *only)
{
  gboolean named = FALSE;
  gsize length = strlen (factor->name);
  for (; *only != NULL; only++) {
    if (strncmp (*only, factor->name, length) != 0 || (*only)[length] != '=')
      continue;
    named = TRUE;
    if (strcmp (*only + length + 1, level) == 0)
      return TRUE;
  }
  return !named;
}

gboolean
vr_condition_filter (GPtrArray *conditions, const VrExperiment *experiment, const char *const *only,
                     GError **error)
{
  g_autofree guint *ignored = combination_new (experiment);
  for (const char *const *word = only; *word != NULL; word++)
    if (!read_level (experiment, *word, ignored, error)) {
      if (error != NULL)
        (*error)->code = VR_ERROR_USAGE;
      g_prefix_error (error, "--only: ");
      return FALSE;
    }
  for (guint i = conditions->len; i-- > 0;) {
    const VrCondition *condition = conditions->pdata[i];
    for (guint k = 0; k < experiment->factors->len; k++)
      if (!passes (factor_at (experiment, k), condition->levels[k], only)) {
        g_ptr_array_remove_index (conditions, i);
        break;
      }
  }
  if (conditions->len > 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--only: no condition has all of these levels");
  return FALSE;
}
