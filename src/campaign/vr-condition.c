/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-condition.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-bench.h"
#include "campaign/vr-combination.h"
#include "config/vr-change.h"
#include "config/vr-places.h"
#include "config/vr-profile.h"

#define LOAD "load."

/* What all conditions are made of. */
typedef struct {
  const VrExperiment *experiment;
  const char *profile; /* its text */
  VrPace pace;
} Source;

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

/* --- One condition -----------------------------------------------------------------------------
 */

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
condition_new (const Source *source, const guint *indices, GError **error)
{
  const VrExperiment *experiment = source->experiment;
  VrCondition *condition = g_new0 (VrCondition, 1);
  g_autoptr (GHashTable) overrides = g_hash_table_new (g_str_hash, g_str_equal);
  condition->levels = g_new0 (const char *, experiment->factors->len + 1);
  for (guint i = 0; i < experiment->factors->len; i++)
    condition->levels[i] = factor_at (experiment, i)->levels->pdata[indices[i]];
  condition->label = vr_combination_label (experiment, indices);
  if (source->pace == VR_PACE_QUICK && experiment->load->quick_duration != NULL)
    g_hash_table_insert (overrides, "duration", experiment->load->quick_duration);
  if (!part_levels (experiment, condition, overrides, error)) {
    condition_free (condition);
    return NULL;
  }
  if (!compose (experiment, source->profile, overrides, condition, error)) {
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
