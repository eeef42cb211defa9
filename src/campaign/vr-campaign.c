/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-campaign.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-condition-run.h"
#include "campaign/vr-statistics.h"
#include "lab/vr-admission.h"
#include "lab/vr-store.h"
#include "lab/vr-tune.h"

#define SLICE_NS 100000000u

typedef struct {
  const VrSite *site;
  const VrCampaign *campaign;
  VrTransitions *transitions;
  const VrCondition *at; /* what the lab is like; NULL: not known, or not up */
  VrBeside beside;
  guint64 left_ns; /* about, after the run in hand */
  VrCampaignOutcome *outcome;
} Runner;

static guint64
now (const Runner *runner)
{
  const VrClock *clock = runner->campaign->clock;
  return clock->now_ns (clock->data);
}

static guint64
wall (const Runner *runner)
{
  const VrClock *clock = runner->campaign->clock;
  return clock->wall_ns (clock->data);
}

static GCancellable *
cancellable_of (const Runner *runner)
{
  return runner->campaign->lab_options.cancellable;
}

static gboolean
is_cancelled (const Runner *runner)
{
  return cancellable_of (runner) != NULL && g_cancellable_is_cancelled (cancellable_of (runner));
}

/* --- The lab -----------------------------------------------------------------------------------
 */

/* What the lab is up from: it stands for the campaign. */
static char *
profile_path (const Runner *runner)
{
  return vr_campaign_dir_file (runner->campaign->directory, VR_CAMPAIGN_PROFILE);
}

static gboolean
bring_up (Runner *runner, const VrCondition *condition, GError **error)
{
  VrOutcome outcome;
  g_autofree char *path = profile_path (runner);
  g_autoptr (VrAdmission) admission = NULL;
  g_autoptr (VrPlan) plan = vr_admission_plan (runner->site, condition->lab, &admission, error);
  if (plan == NULL)
    return FALSE;
  VrUpRequest request = { .lab = condition->lab, .plan = plan, .profile_path = path };
  return vr_lab_up (runner->site, &request, &runner->campaign->lab_options, &outcome, error);
}

/* Only what differs: the conditions have the same paths, in the same order. */
static gboolean
tune (Runner *runner, const VrCondition *condition, GError **error)
{
  VrOutcome outcome;
  g_autoptr (GPtrArray) changes = g_ptr_array_new ();
  for (guint i = 0; condition->changes[i] != NULL; i++)
    if (strcmp (condition->changes[i], runner->at->changes[i]) != 0)
      g_ptr_array_add (changes, condition->changes[i]);
  g_ptr_array_add (changes, NULL);
  return vr_lab_tune (runner->site, condition->lab->name, (const char *const *) changes->pdata,
                      &runner->campaign->lab_options, &outcome, error);
}

static gboolean
go_to (Runner *runner, const VrCondition *condition, VrTransition *transition, GError **error)
{
  *transition = VR_TRANSITION_REBUILD;
  if (runner->at != NULL
      && !vr_transitions_find (runner->transitions, runner->at, condition, transition, error))
    return FALSE;
  if (*transition != VR_TRANSITION_NONE)
    vr_beside_end (&runner->beside);
  gboolean good = *transition == VR_TRANSITION_NONE   ? TRUE
                  : *transition == VR_TRANSITION_TUNE ? tune (runner, condition, error)
                                                      : bring_up (runner, condition, error);
  runner->at = good ? condition : NULL;
  return good && vr_beside_begin (&runner->beside, error);
}

static const char *
lab_name (const Runner *runner)
{
  const VrCondition *any = runner->campaign->table->conditions->pdata[0];
  return any->lab->name;
}

typedef enum { LAB_ABSENT, LAB_OURS, LAB_OF_ANOTHER } LabOwner;

static gboolean
find_owner (const Runner *runner, LabOwner *owner, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  g_autoptr (GError) cause = NULL;
  g_autofree char *path = profile_path (runner);
  gboolean there = vr_store_read (runner->site, lab_name (runner), &record, &cause);
  *owner = !there                                       ? LAB_ABSENT
           : g_strcmp0 (record.profile_path, path) == 0 ? LAB_OURS
                                                        : LAB_OF_ANOTHER;
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  return error == NULL || *error == NULL;
}

static gboolean
check_lab (const Runner *runner, GError **error)
{
  LabOwner owner;
  if (!find_owner (runner, &owner, error))
    return FALSE;
  if (owner != LAB_OF_ANOTHER)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s, which the campaign is to measure, is up already: `vrkit down %s` first",
               lab_name (runner), lab_name (runner));
  return FALSE;
}

/* The lab goes even after an interruption, and when a killed process has left it. The first error
 * counts. */
static gboolean
take_down (const Runner *runner, gboolean good, GError **error)
{
  VrOutcome ignored;
  LabOwner owner;
  VrLabOptions options = runner->campaign->lab_options;
  GError **told = good ? error : NULL;
  options.cancellable = NULL;
  if (!find_owner (runner, &owner, told))
    return FALSE;
  gboolean down = owner != LAB_OURS
                  || vr_lab_down (runner->site, lab_name (runner), &options, &ignored, told);
  return good && down;
}

/* --- One try -----------------------------------------------------------------------------------
 */

/* Leaves the lab alone for the pause, and watches the host meanwhile; what it was like at the end.
 */
static VrHostLook *
watch (const Runner *runner, VrHostWatch *host)
{
  const VrClock *clock = runner->campaign->clock;
  g_autoptr (VrHostLook) before = vr_host_look_new (runner->site->root_dir);
  guint64 until_ns = now (runner) + runner->campaign->table->experiment->pause_ns;
  while (now (runner) < until_ns && !is_cancelled (runner))
    clock->wait_until (clock->data, MIN (until_ns, now (runner) + SLICE_NS));
  VrHostLook *after = vr_host_look_new (runner->site->root_dir);
  vr_host_watch (before, after, host);
  return after;
}

static char *
measure (const Runner *runner, const VrCondition *condition, VrSample *sample, GError **error)
{
  const VrConditionBench bench
      = { runner->site, runner->campaign->clock, cancellable_of (runner), &runner->beside };
  guint64 time_ns = 0;
  g_autofree char *json = vr_condition_run (&bench, condition, &time_ns, error);
  if (json == NULL || !vr_sample_read (json, sample, error))
    return NULL;
  runner->outcome->measuring_ns += runner->campaign->table->experiment->pause_ns + time_ns;
  return g_steal_pointer (&json);
}

/* Watches it over the run, too. */
static char *
measure_watched (const Runner *runner, const VrCondition *condition, VrHostWatch *host,
                 VrSample *sample, GError **error)
{
  g_autoptr (VrHostLook) before = watch (runner, host);
  char *json = measure (runner, condition, sample, error);
  g_autoptr (VrHostLook) after = vr_host_look_new (runner->site->root_dir);
  vr_host_watch_run (before, after, host);
  return json;
}

static void
tell (const Runner *runner, VrCampaignStep step, const VrPlannedRun *run, const VrAttempt *attempt)
{
  VrCampaignEvent event = { .step = step,
                            .run = run->id,
                            .runs = runner->campaign->table->runs->len,
                            .block = run->block,
                            .condition = run->condition,
                            .attempt = attempt,
                            .left_ns = runner->left_ns };
  if (runner->campaign->tell != NULL)
    runner->campaign->tell (&event, runner->campaign->tell_data);
}

typedef enum { TRY_DONE, TRY_FAILED, TRY_ERROR } TryResult;

static TryResult
interrupted (const Runner *runner, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED,
               "interrupted: `vrkit run --resume` goes on with the campaign in \"%s\"",
               runner->campaign->directory);
  return TRY_ERROR;
}

/* One try, stored unless it was interrupted. `is_last`: no other follows if it fails. */
static TryResult
try_run (Runner *runner, const VrPlannedRun *run, guint number, gboolean is_last, GError **error)
{
  g_auto (VrHostWatch) host = { .notes = NULL };
  g_autoptr (GError) cause = NULL;
  g_autofree char *json = NULL;
  VrSample sample;
  VrTransition transition;
  gboolean was_up = runner->at != NULL;
  guint64 begun_ns = wall (runner);
  gboolean there = go_to (runner, run->condition, &transition, &cause);
  if (there)
    json = measure_watched (runner, run->condition, &host, &sample, &cause);
  if (is_cancelled (runner))
    return interrupted (runner, error);
  VrAttempt attempt = { .run = run->id,
                        .number = number,
                        .how = was_up ? vr_transition_text (transition) : "up",
                        .reason = cause != NULL ? cause->message : NULL,
                        .begun_ns = begun_ns,
                        .ended_ns = wall (runner),
                        .host = there ? &host : NULL,
                        .sample = json != NULL ? &sample : NULL,
                        .load_json = json };
  VrRunState state = json != NULL ? VR_RUN_DONE : is_last ? VR_RUN_FAILED : VR_RUN_PLANNED;
  if (!vr_results_add (runner->campaign->results, &attempt, state, error))
    return TRY_ERROR;
  tell (runner, json != NULL ? VR_CAMPAIGN_DONE : VR_CAMPAIGN_FAILED, run, &attempt);
  return json != NULL ? TRY_DONE : TRY_FAILED;
}

/* --- All of them -------------------------------------------------------------------------------
 */

/* Whether all is well with the campaign, if not with the run, of which `before` tries are stored.
 */
static gboolean
make_run (Runner *runner, const VrPlannedRun *run, guint before, GError **error)
{
  guint retries = runner->campaign->table->experiment->retries;
  TryResult result = TRY_FAILED;
  for (guint i = before; i == before || (i <= retries && result == TRY_FAILED); i++) {
    tell (runner, VR_CAMPAIGN_BEGIN, run, NULL);
    result = try_run (runner, run, i + 1, i >= retries, error);
    if (result == TRY_ERROR)
      return FALSE;
    if (result == TRY_FAILED)
      runner->at = NULL;
  }
  if (result == TRY_DONE)
    runner->outcome->done++;
  else
    runner->outcome->failed++;
  return TRUE;
}

/* The stored runs are those of the table. */
static gboolean
check_runs (const Runner *runner, const GArray *stored, GError **error)
{
  const GArray *runs = runner->campaign->table->runs;
  gboolean same = stored->len == runs->len;
  for (guint i = 0; same && i < runs->len; i++) {
    const VrPlannedRun *run = &g_array_index (runs, VrPlannedRun, i);
    const VrStoredRun *other = &g_array_index (stored, VrStoredRun, i);
    same = run->id == other->id && run->block == other->block
           && run->condition->id == other->condition;
  }
  if (!same)
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
                 "the runs that are planned in \"%s\" are not those of its experiment",
                 runner->campaign->directory);
  return same;
}

static guint64
time_of (const Runner *runner, guint index)
{
  const VrRunTable *table = runner->campaign->table;
  return vr_run_time_ns (table->experiment,
                         g_array_index (table->runs, VrPlannedRun, index).condition);
}

static gboolean
make_runs (Runner *runner, const GArray *stored, GError **error)
{
  runner->outcome->runs = stored->len;
  runner->outcome->done = runner->outcome->failed = 0;
  runner->left_ns = 0;
  for (guint i = 0; i < stored->len; i++)
    if (g_array_index (stored, VrStoredRun, i).state == VR_RUN_PLANNED)
      runner->left_ns += time_of (runner, i);
  for (guint i = 0; i < stored->len; i++) {
    const VrStoredRun *as_stored = &g_array_index (stored, VrStoredRun, i);
    VrRunState state = as_stored->state;
    const VrPlannedRun *run = &g_array_index (runner->campaign->table->runs, VrPlannedRun, i);
    runner->outcome->done += state == VR_RUN_DONE;
    runner->outcome->failed += state == VR_RUN_FAILED;
    if (state != VR_RUN_PLANNED)
      continue;
    runner->left_ns -= time_of (runner, i);
    if (!make_run (runner, run, as_stored->attempts, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether the interval of each condition is narrow enough. */
static gboolean
find_precision (const Runner *runner, gboolean *is_precise, GError **error)
{
  const VrRunTable *table = runner->campaign->table;
  double confidence = vr_experiment_confidence (table->experiment);
  double share = table->experiment->stop_width.value / 100.0;
  *is_precise = TRUE;
  for (guint i = 0; *is_precise && i < table->conditions->len; i++) {
    const VrCondition *condition = table->conditions->pdata[i];
    g_autoptr (GArray) values
        = vr_results_values (runner->campaign->results, condition->id, "received_pps", error);
    if (values == NULL)
      return FALSE;
    VrEstimate mean = vr_statistics_mean ((const double *) values->data, values->len, confidence);
    /* Too few samples make bounds that are no numbers, and no number is at most another. */
    *is_precise = mean.high - mean.value <= mean.value * share;
  }
  return TRUE;
}

/* Block after block, while intervals are wide and there may be more. */
static gboolean
add_blocks (Runner *runner, GError **error)
{
  VrRunTable *table = runner->campaign->table;
  gboolean is_precise;
  while (table->repetitions < vr_run_table_most (table)) {
    if (!find_precision (runner, &is_precise, error))
      return FALSE;
    if (is_precise)
      return TRUE;
    vr_run_table_extend (table);
    if (!vr_results_extend (runner->campaign->results, table, error))
      return FALSE;
    g_autoptr (GArray) stored = vr_results_runs (runner->campaign->results, error);
    if (stored == NULL || !make_runs (runner, stored, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
vr_campaign_run (const VrSite *site, const VrCampaign *campaign, VrCampaignOutcome *outcome,
                 GError **error)
{
  g_autoptr (VrTransitions) transitions = vr_transitions_new (site);
  Runner runner
      = { .site = site, .campaign = campaign, .transitions = transitions, .outcome = outcome };
  g_autoptr (GArray) stored = vr_results_runs (campaign->results, error);
  runner.beside = (VrBeside){ campaign->beside,
                              campaign->calibrations,
                              { site, campaign->clock, &campaign->lab_options, lab_name (&runner),
                                campaign->table->experiment->control },
                              NULL };
  *outcome = (VrCampaignOutcome){ .runs = campaign->table->runs->len };
  if (stored == NULL || !check_runs (&runner, stored, error) || !check_lab (&runner, error))
    return FALSE;
  guint64 begun_ns = now (&runner);
  gboolean good = make_runs (&runner, stored, error) && add_blocks (&runner, error);
  vr_beside_end (&runner.beside);
  good = take_down (&runner, good, error);
  outcome->time_ns = now (&runner) - begun_ns;
  return good;
}
