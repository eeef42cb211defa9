/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-campaign-resume.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-campaign-manifest.h"
#include "config/vr-profile.h"

#define MANIFEST_SCHEMA "vrkit.manifest/1"

static gboolean
compare_text (const char *directory, const char *name, const char *text, gboolean *is_same,
              GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (directory, name);
  g_autofree char *stored = NULL;
  g_autoptr (GError) cause = NULL;
  if (!g_file_get_contents (file, &stored, NULL, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read \"%s\": %s", file, cause->message);
    return FALSE;
  }
  *is_same = strcmp (stored, text) == 0;
  return TRUE;
}

gboolean
vr_campaign_find_change (const char *directory, const VrExperiment *experiment,
                         const char **changed, GError **error)
{
  gboolean is_same;
  if (!compare_text (directory, VR_CAMPAIGN_EXPERIMENT, experiment->text, &is_same, error))
    return FALSE;
  const char *found = is_same ? NULL : VR_CAMPAIGN_EXPERIMENT;
  if (is_same) {
    g_autoptr (VrLab) lab = vr_profile_load (experiment->profile, error);
    g_autofree char *profile = lab != NULL ? vr_profile_print (lab) : NULL;
    if (profile == NULL || !compare_text (directory, VR_CAMPAIGN_PROFILE, profile, &is_same, error))
      return FALSE;
    found = is_same ? NULL : VR_CAMPAIGN_PROFILE;
  }
  *changed = found;
  return TRUE;
}

static gboolean
check_texts (const char *directory, const VrExperiment *experiment, GError **error)
{
  const char *changed;
  if (!vr_campaign_find_change (directory, experiment, &changed, error))
    return FALSE;
  if (changed == NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "the campaign in \"%s\" was begun with another %s than it is now: put that back as "
               "it was, or begin a new campaign without --resume",
               directory, strcmp (changed, VR_CAMPAIGN_PROFILE) == 0 ? "profile" : "experiment");
  return FALSE;
}

static gboolean
check_host (const VrCampaignDir *dir, VrResults *results, const VrResume *resume,
            const VrRunTable *table, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (dir->path, VR_CAMPAIGN_MANIFEST);
  g_autoptr (JsonNode) then = vr_json_read_object (file, MANIFEST_SCHEMA, error);
  g_autoptr (JsonNode) now
      = then != NULL ? vr_campaign_manifest_new (resume->site, table, error) : NULL;
  if (now == NULL)
    return FALSE;
  g_autofree char *difference = vr_campaign_manifest_difference (then, now);
  if (difference == NULL)
    return TRUE;
  if (resume->host == VR_RESUME_ANY_HOST) {
    g_autofree char *manifest = json_to_string (now, FALSE);
    g_autofree char *text = g_strdup_printf ("resumed though %s: %s", difference, manifest);
    return vr_results_note (results, resume->time_ns, text, error);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "the campaign in \"%s\" was begun on another host: %s; --any-host goes on all the "
               "same, and records it",
               dir->path, difference);
  return FALSE;
}

/* As it was chosen when the campaign was begun. */
static VrRunTable *
stored_table (VrResults *results, const VrExperiment *experiment, GError **error)
{
  g_autofree char *repetitions = vr_results_get (results, "repetitions", error);
  g_autofree char *text = repetitions != NULL ? vr_results_get (results, "only", error) : NULL;
  g_autofree char *quick = text != NULL ? vr_results_get (results, "quick", error) : NULL;
  if (quick == NULL)
    return NULL;
  g_auto (GStrv) only = *text != '\0' ? g_strsplit (text, "\n", -1) : NULL;
  VrRunChoice choice
      = { (const char *const *) only, (guint) g_ascii_strtoull (repetitions, NULL, 10),
          strcmp (quick, "1") == 0 ? VR_PACE_QUICK : VR_PACE_FULL };
  return vr_run_table_new (experiment, &choice, error);
}

VrRunTable *
vr_campaign_resume (const VrCampaignDir *dir, VrResults *results, const VrResume *resume,
                    GError **error)
{
  if (!check_texts (dir->path, resume->experiment, error))
    return NULL;
  g_autoptr (VrRunTable) table = stored_table (results, resume->experiment, error);
  if (table == NULL || !check_host (dir, results, resume, table, error))
    return NULL;
  return g_steal_pointer (&table);
}

/* Keeps those of the runs that are stored as planned, or are not stored. */
static void
keep_planned (VrRunTable *table, const GArray *stored)
{
  guint kept = 0;
  for (guint i = 0; i < table->runs->len; i++)
    if (i >= stored->len || g_array_index (stored, VrStoredRun, i).state == VR_RUN_PLANNED)
      g_array_index (table->runs, VrPlannedRun, kept++)
          = g_array_index (table->runs, VrPlannedRun, i);
  g_array_set_size (table->runs, kept);
}

VrRunTable *
vr_campaign_rest (const char *directory, const VrExperiment *experiment, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (directory, VR_CAMPAIGN_RESULTS);
  if (!g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "there is no campaign in \"%s\"", directory);
    return NULL;
  }
  g_autoptr (VrResults) results = check_texts (directory, experiment, error)
                                      ? vr_results_open (file, VR_RESULTS_READ, error)
                                      : NULL;
  g_autoptr (VrRunTable) table = results != NULL ? stored_table (results, experiment, error) : NULL;
  g_autoptr (GArray) stored = table != NULL ? vr_results_runs (results, error) : NULL;
  if (stored == NULL)
    return NULL;
  keep_planned (table, stored);
  return g_steal_pointer (&table);
}
