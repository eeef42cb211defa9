/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report.h"

#include "base/vr-error.h"
#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-claim-table.h"
#include "campaign/vr-report-figures.h"

/* --- The whole ----------------------------------------------------------------------------------
 */

static void
report_clear (VrReport *report)
{
  g_clear_pointer (&report->summary, vr_summary_free);
  g_clear_pointer (&report->cpu_use, g_array_unref);
  g_clear_pointer (&report->notes, g_ptr_array_unref);
  vr_report_axis_clear (&report->axis);
  g_free (report->name);
  g_free (report->experiment);
  g_free (report->profile);
  g_free (report->manifest);
  for (guint i = 0; i < VR_REPORT_FIGURES; i++)
    g_free (report->svg[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrReport, report_clear)

static char *
read_text (const char *directory, const char *name, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (directory, name);
  g_autoptr (GError) cause = NULL;
  char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, &cause))
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read the campaign: %s", cause->message);
  return text;
}

static gboolean
read_all (VrReport *report, const char *directory, VrClaimTable **claims, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (directory, VR_CAMPAIGN_RESULTS);
  g_autoptr (VrResults) results = vr_results_open (path, VR_RESULTS_READ, error);
  g_autofree char *confidence
      = results != NULL ? vr_results_get (results, "confidence", error) : NULL;
  if (confidence == NULL)
    return FALSE;
  report->confidence = g_ascii_strtod (confidence, NULL);
  report->name = vr_results_get (results, "experiment", error);
  report->summary = report->name != NULL ? vr_summary_new (results, error) : NULL;
  report->notes = report->summary != NULL ? vr_results_notes (results, error) : NULL;
  report->cpu_use = report->notes != NULL ? vr_results_cpu_use (results, error) : NULL;
  report->experiment
      = report->cpu_use != NULL ? read_text (directory, VR_CAMPAIGN_EXPERIMENT, error) : NULL;
  report->profile
      = report->experiment != NULL ? read_text (directory, VR_CAMPAIGN_PROFILE, error) : NULL;
  report->manifest
      = report->profile != NULL ? read_text (directory, VR_CAMPAIGN_MANIFEST, error) : NULL;
  *claims = report->manifest != NULL
                ? vr_claim_table_new (directory, results, report->summary, error)
                : NULL;
  if (*claims == NULL)
    return FALSE;
  report->claims = (*claims)->results;
  report->seed = (*claims)->experiment->seed;
  return TRUE;
}

char *
vr_report_write (const VrReportRequest *request, GError **error)
{
  g_auto (VrReport) report = { 0 };
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrClaimTable) claims = NULL;
  if (!read_all (&report, request->directory, &claims, error)
      || !vr_report_axis_choose (report.summary, claims->experiment, request->axis, &report.axis,
                                 error)
      || !vr_report_draw (&report, request->directory, error))
    return NULL;
  g_autofree char *page = vr_report_page (&report);
  g_autofree char *path = vr_campaign_dir_file (request->directory, "report.html");
  if (g_file_set_contents (path, page, -1, &cause))
    return g_steal_pointer (&path);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write the report: %s", cause->message);
  return NULL;
}
