/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-claim-table.h"

#include <string.h>

#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-need.h"

void
vr_claim_table_free (VrClaimTable *table)
{
  g_clear_pointer (&table->results, g_ptr_array_unref);
  g_clear_pointer (&table->experiment, vr_experiment_free);
  g_free (table);
}

/* The campaign's own text; its name is as the campaign has it, not of the copy's file. */
static VrExperiment *
read_experiment (const char *directory, VrResults *results, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (directory, VR_CAMPAIGN_EXPERIMENT);
  g_autofree char *name = vr_results_get (results, "experiment", error);
  VrExperiment *experiment = name != NULL ? vr_experiment_load (path, error) : NULL;
  if (experiment != NULL) {
    g_free (experiment->name);
    experiment->name = g_steal_pointer (&name);
  }
  return experiment;
}

VrClaimTable *
vr_claim_table_new (const char *directory, VrResults *results, const VrSummary *summary,
                    GError **error)
{
  g_autofree char *only = vr_results_get (results, "only", error);
  g_autofree char *quick = only != NULL ? vr_results_get (results, "quick", error) : NULL;
  g_autoptr (VrClaimTable) table = g_new0 (VrClaimTable, 1);
  if (quick == NULL || (table->experiment = read_experiment (directory, results, error)) == NULL)
    return NULL;
  /* Not there where the campaign was killed as it began: then nothing is measured yet. */
  g_autofree char *lacks = vr_results_get (results, VR_RESULTS_LACKS, NULL);
  VrClaimCase of = { .experiment = table->experiment,
                     .summary = summary,
                     .only = g_strdelimit (only, "\n", ' '),
                     .lack = lacks != NULL ? vr_need_lack_of_text : NULL,
                     .lack_data = lacks };
  table->is_quick = strcmp (quick, "1") == 0;
  table->planned = summary->planned;
  table->done = summary->done;
  table->failed = summary->failed;
  table->results = vr_claim_judge (&of);
  return g_steal_pointer (&table);
}

VrClaimTable *
vr_claim_table_read (const char *directory, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (directory, VR_CAMPAIGN_RESULTS);
  g_autoptr (VrResults) results = vr_results_open (file, VR_RESULTS_READ, error);
  g_autoptr (VrSummary) summary = results != NULL ? vr_summary_new (results, error) : NULL;
  return summary != NULL ? vr_claim_table_new (directory, results, summary, error) : NULL;
}

void
vr_claim_verdict_add (JsonBuilder *builder, VrVerdict verdict)
{
  gboolean is_shown = verdict == VR_VERDICT_HOLDS || verdict == VR_VERDICT_DOES_NOT_HOLD;
  vr_json_add_string (
      builder, "verdict",
      vr_verdict_name (verdict == VR_VERDICT_NOT_SHOWN ? VR_VERDICT_DOES_NOT_HOLD : verdict));
  vr_json_add_boolean (builder, "shown", is_shown);
}

void
vr_claim_result_add (JsonBuilder *builder, const VrClaimResult *result)
{
  vr_json_add_string (builder, "claim", result->claim->name);
  vr_json_add_string (builder, "row", result->claim->row);
  vr_json_add_string (builder, "says", result->claim->says);
  vr_claim_verdict_add (builder, result->verdict);
  vr_json_add_string (builder, "why", result->why);
}
