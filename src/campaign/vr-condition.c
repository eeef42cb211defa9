/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-condition.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-bench.h"
#include "campaign/vr-combination.h"
#include "campaign/vr-search-spec.h"
#include "config/vr-change.h"
#include "config/vr-places.h"
#include "config/vr-profile.h"

#define LOAD "load."
#define SEARCH "search."

/* What all conditions are made of. */
typedef struct {
  const VrExperiment *experiment;
  const char *profile; /* its text */
  VrPace pace;
} Source;

/* What levels say in place of the texts of [load] and [search], by option. */
typedef struct {
  VrLoadOverrides *load;
  GHashTable *search;
} Overrides;

static void
condition_free (gpointer data)
{
  VrCondition *condition = data;
  g_free (condition->levels);
  g_free (condition->label);
  g_strfreev (condition->changes);
  g_clear_pointer (&condition->lab, vr_lab_free);
  g_clear_pointer (&condition->load, vr_load_spec_free);
  g_free (condition->search);
  g_free (condition);
}

static const VrFactor *
factor_at (const VrExperiment *experiment, guint index)
{
  return experiment->factors->pdata[index];
}

/* --- One condition -----------------------------------------------------------------------------
 */

static gboolean
check_search_key (const VrExperiment *experiment, const char *key, GError **error)
{
  const VrSchema *schema = vr_schema_experiment ();
  g_autofree char *quoted = vr_name_quote (key);
  if (experiment->search == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 SEARCH "%s: the experiment makes no search: a group [search] makes it one",
                 quoted);
    return FALSE;
  }
  if (strcmp (key, "quick-trial") != 0 && vr_schema_key (schema, "search", key) != NULL)
    return TRUE;
  const char *meant = vr_schema_suggest_key (schema, "search", key);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, SEARCH "%s: [search] has no key \"%s\"%s%s%s",
               quoted, quoted, meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
               meant != NULL ? "\"?" : ": see vrkit-experiment(5)");
  return FALSE;
}

/* Takes the level of a factor of [load] or [search]. */
static gboolean
override (const VrExperiment *experiment, const VrFactor *factor, const char *level,
          const Overrides *overrides, GError **error)
{
  gboolean is_load = g_str_has_prefix (factor->key, LOAD);
  const char *key = factor->key + strlen (is_load ? LOAD : SEARCH);
  if (!(is_load ? vr_load_spec_check_key (experiment, key, error)
                : check_search_key (experiment, key, error)))
    return vr_places_prefix (error, &factor->origin, "[factor %s]: ", factor->name);
  if (is_load && experiment->search != NULL
      && (strcmp (key, "duration") == 0 || strcmp (key, "count") == 0))
    return vr_places_error (error, &factor->origin,
                            "[factor %s]: load.%s: the trials of a search are as long as "
                            "search.trial says: vary that",
                            factor->name, key);
  g_hash_table_insert (is_load ? overrides->load : overrides->search, (gpointer) key,
                       (gpointer) level);
  return TRUE;
}

/* Parts the levels into those of the profile and those of load and search. */
static gboolean
part_levels (const VrExperiment *experiment, VrCondition *condition, const Overrides *overrides,
             GError **error)
{
  g_autoptr (GStrvBuilder) changes = g_strv_builder_new ();
  for (guint i = 0; i < experiment->factors->len; i++) {
    const VrFactor *factor = factor_at (experiment, i);
    if (factor->key == NULL)
      continue;
    if (g_str_has_prefix (factor->key, LOAD) || g_str_has_prefix (factor->key, SEARCH)) {
      if (!override (experiment, factor, condition->levels[i], overrides, error))
        return FALSE;
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

typedef struct {
  const VrExperiment *experiment;
  const Overrides *overrides;
} SearchSource;

/* Options that loads have too are the load's. */
static const char *
search_text (const char *option, gconstpointer data)
{
  static const char *const of_load[] = { "warm-up", "settle", NULL };
  const SearchSource *source = data;
  gboolean is_load = g_strv_contains (of_load, option);
  const char *text
      = g_hash_table_lookup (is_load ? source->overrides->load : source->overrides->search, option);
  const VrSchemaKey *row
      = vr_schema_key (vr_schema_experiment (), is_load ? "load" : "search", option);
  gconstpointer group
      = is_load ? (gconstpointer) source->experiment->load : source->experiment->search;
  return text != NULL ? text : G_STRUCT_MEMBER (const char *, group, row->offset);
}

static gboolean
compose_search (const VrExperiment *experiment, const Overrides *overrides, VrCondition *condition,
                GError **error)
{
  const SearchSource source = { experiment, overrides };
  const VrSearchTexts texts = { SEARCH, search_text, &source };
  VrLoadSpec *load = condition->load;
  condition->search = g_new0 (VrSearchRequest, 1);
  condition->search->trial = vr_load_spec_request (load);
  if (!vr_search_spec_check_streams (load->streams, load->streams_count, error)
      || !vr_search_spec_read (&texts, condition->search, error))
    return FALSE;
  load->duration_ns = condition->search->settings.trial_ns;
  load->settle_ns = condition->search->trial.settle_ns;
  if (condition->search->settings.goals_count == 1)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               SEARCH "loss: %u ratios, and a run has one result: give one ratio",
               condition->search->settings.goals_count);
  return FALSE;
}

static gboolean
check_control (const VrCondition *condition, GError **error)
{
  const VrLab *lab = condition->lab;
  if (condition->control == NULL || lab->tenants->len > 0 || lab->follow != NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "[control]: lab %s has neither tenants nor [balance], and so nothing that a "
               "controller could decide: add one of them to its profile",
               lab->name);
  return FALSE;
}

/* The lab with the changes, and a load that it has a way for. */
static gboolean
compose (const VrExperiment *experiment, const char *profile, const Overrides *overrides,
         VrCondition *condition, GError **error)
{
  VrPath path;
  condition->lab = vr_change_apply (profile, experiment->profile,
                                    (const char *const *) condition->changes, error);
  if (condition->lab != NULL && check_control (condition, error))
    condition->load = vr_load_spec_new (experiment, overrides->load, error);
  if (condition->load == NULL
      || (experiment->search != NULL && !compose_search (experiment, overrides, condition, error)))
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
condition_new (const Source *source, const guint *indices, GError **error)
{
  const VrExperiment *experiment = source->experiment;
  VrCondition *condition = g_new0 (VrCondition, 1);
  g_autoptr (GHashTable) of_load = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) of_search = g_hash_table_new (g_str_hash, g_str_equal);
  const Overrides overrides = { of_load, of_search };
  condition->levels = g_new0 (const char *, experiment->factors->len + 1);
  for (guint i = 0; i < experiment->factors->len; i++)
    condition->levels[i] = factor_at (experiment, i)->levels->pdata[indices[i]];
  condition->label = vr_combination_label (experiment, indices);
  condition->control = experiment->control;
  if (source->pace == VR_PACE_QUICK && experiment->load->quick_duration != NULL)
    g_hash_table_insert (of_load, "duration", experiment->load->quick_duration);
  if (source->pace == VR_PACE_QUICK && experiment->search != NULL
      && experiment->search->quick_trial != NULL)
    g_hash_table_insert (of_search, "trial", experiment->search->quick_trial);
  if (!part_levels (experiment, condition, &overrides, error)) {
    condition_free (condition);
    return NULL;
  }
  if (!compose (experiment, source->profile, &overrides, condition, error)) {
    blame (experiment, condition, error);
    condition_free (condition);
    return NULL;
  }
  return condition;
}

/* --- All of them -------------------------------------------------------------------------------
 */

GPtrArray *
vr_condition_list (const VrExperiment *experiment, VrPace pace, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLab) lab = vr_profile_load (experiment->profile, &cause);
  if (lab == NULL) {
    vr_places_error (error, &experiment->origin, "profile: %s", cause->message);
    return NULL;
  }
  g_autofree char *profile = vr_profile_print (lab);
  const Source source = { experiment, profile, pace };
  g_autoptr (GPtrArray) combinations = vr_combination_list (experiment, error);
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (condition_free);
  for (guint i = 0; combinations != NULL && i < combinations->len; i++) {
    VrCondition *condition = condition_new (&source, combinations->pdata[i], error);
    if (condition == NULL)
      return NULL;
    condition->id = i + 1;
    g_ptr_array_add (conditions, condition);
  }
  return combinations != NULL ? g_steal_pointer (&conditions) : NULL;
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
  g_autofree guint *ignored = vr_combination_new (experiment);
  for (const char *const *word = only; *word != NULL; word++)
    if (!vr_combination_read_level (experiment, *word, ignored, error)) {
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
