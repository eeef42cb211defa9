/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-condition-run.h"

#include <string.h>

#include "base/vr-error.h"

static void
lend (const VrConditionBench *bench, const VrCondition *condition, VrTrialRequest *request)
{
  request->lab = condition->lab->name;
  request->clock = bench->clock;
  request->cancellable = bench->cancellable;
}

/* An object with one more member. */
static char *
with_member (const char *object, const char *name, const char *value)
{
  g_assert (g_str_has_suffix (object, "}"));
  return g_strdup_printf ("%.*s,\"%s\":%s}", (int) strlen (object) - 1, object, name, value);
}

/* With what ran beside it meanwhile. */
static char *
tell (const VrConditionBench *bench, const VrTrial *trial, GError **error)
{
  const VrBeside *beside = bench->beside;
  guint64 begin_ns = trial->sender.begun_ns;
  g_autofree char *load = vr_trial_json (trial, VR_JSON_COMPACT);
  if (beside->control == NULL)
    return g_steal_pointer (&load);
  g_autofree char *control
      = beside->kind->tell (beside->control, begin_ns, begin_ns + trial->sender.duration_ns, error);
  return control != NULL ? with_member (load, "control", control) : NULL;
}

/* With `streams` in place of the load's; NULL: with those. */
static char *
send (const VrConditionBench *bench, const VrCondition *condition, const VrStream *streams,
      GError **error)
{
  VrTrialRequest request = vr_load_spec_request (condition->load);
  lend (bench, condition, &request);
  if (streams != NULL)
    request.streams = streams;
  g_autoptr (VrTrial) trial = vr_trial_run (bench->site, &request, error);
  return trial != NULL ? tell (bench, trial, error) : NULL;
}

static gboolean
check_found (const VrSearchReport *report, GError **error)
{
  const VrSearchBounds *bounds = &report->bounds[0];
  if (vr_search_is_found (report))
    return TRUE;
  if (vr_search_tester_limited (report))
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "the search ended where the tester does, above %" G_GUINT64_FORMAT "/s",
                 bounds->lower_pps);
  else if (report->end != VR_SEARCH_COMPLETE)
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "the search had not ended after %u trials and %.1f s", report->trials,
                 (double) report->duration_ns / 1e9);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "the search found no rate: at %" G_GUINT64_FORMAT "/s more is lost than may be",
                 report->settings.lower_pps);
  return FALSE;
}

static char *
search_and_send (const VrConditionBench *bench, const VrCondition *condition, guint64 *time_ns,
                 GError **error)
{
  VrSearchRequest request = *condition->search;
  lend (bench, condition, &request.trial);
  g_autoptr (VrSearchReport) report = vr_search_run (bench->site, &request, error);
  if (report == NULL || !check_found (report, error))
    return NULL;
  const VrLoadSpec *load = condition->load;
  g_autofree VrStream *streams
      = g_memdup2 (load->streams, load->streams_count * sizeof *load->streams);
  vr_search_split (load->streams, load->streams_count, report->bounds[0].lower_pps, streams);
  g_autofree char *load_json = send (bench, condition, streams, error);
  if (load_json == NULL)
    return NULL;
  g_autofree char *search_json = vr_search_json (report);
  *time_ns = report->duration_ns + vr_load_spec_time_ns (load);
  return with_member (load_json, "search", search_json);
}

char *
vr_condition_run (const VrConditionBench *bench, const VrCondition *condition, guint64 *time_ns,
                  GError **error)
{
  if (condition->search != NULL)
    return search_and_send (bench, condition, time_ns, error);
  *time_ns = vr_load_spec_time_ns (condition->load);
  return send (bench, condition, NULL, error);
}
