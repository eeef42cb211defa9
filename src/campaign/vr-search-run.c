/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-search-run.h"

#include <math.h>

#include "base/vr-error.h"
#include "campaign/vr-bench.h"
#include "campaign/vr-ceiling.h"

#define PAUSE_SLICE_NS 50000000ull
/* A rate that is good and so near to the tester's ceiling is as far as it gets. */
#define CEILING_SHARE 0.9

/* --- Rates of streams ---------------------------------------------------------------------------
 */

static guint64
sum_of (const VrStream *shares, guint count)
{
  guint64 sum = 0;
  for (guint i = 0; i < count; i++)
    sum += shares[i].rate_pps;
  return sum;
}

/* Of all that the streams up to each one have together, so that the sum is exact. */
void
vr_search_split (const VrStream *shares, guint count, guint64 rate_pps, VrStream *streams)
{
  guint64 sum = sum_of (shares, count), before = 0, given = 0;
  for (guint i = 0; i < count; i++) {
    before += shares[i].rate_pps;
    guint64 until = (guint64) ((unsigned __int128) rate_pps * before / sum);
    streams[i].rate_pps = until - given;
    streams[i].rate_rest = 0;
    given = until;
  }
}

static double
mean_size (const VrStream *shares, guint count)
{
  double bytes = 0;
  for (guint i = 0; i < count; i++)
    bytes += vr_stream_mean_size (&shares[i]) * (double) shares[i].rate_pps;
  return bytes / (double) sum_of (shares, count);
}

guint64
vr_search_packets (const VrStream *shares, guint count, guint64 rate_bps)
{
  return MAX ((guint64) llround ((double) rate_bps / (8 * mean_size (shares, count))), 1);
}

/* That the least rate and the shortest trial leave no stream without a frame. */
static gboolean
check_least (const VrSearchRequest *request, GError **error)
{
  const VrSearchSettings *settings = &request->settings;
  guint count = request->trial.streams_count;
  g_autofree VrStream *streams
      = g_memdup2 (request->trial.streams, count * sizeof *request->trial.streams);
  vr_search_split (request->trial.streams, count, settings->lower_pps, streams);
  for (guint i = 0; i < count; i++)
    if (vr_stream_frames (&streams[i], settings->initial_ns) == 0) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                   "stream %u has no frame in a trial of %g s at a rate of %" G_GUINT64_FORMAT
                   "/s: a greater lower rate or longer trials are wanted",
                   streams[i].id, (double) settings->initial_ns / 1e9, settings->lower_pps);
      return FALSE;
    }
  return TRUE;
}

/* --- Trials -------------------------------------------------------------------------------------
 */

typedef struct {
  const VrSite *site;
  const VrSearchRequest *request;
  VrBench *bench;
  VrSearch *search;
  VrSearchReport *report;
  GArray *late_rates; /* guint64, at which a trial that counted had a late burst */
  guint64 start_ns;
} Run;

static guint64
now_ns (const Run *run)
{
  const VrClock *clock = run->request->trial.clock;
  return clock->now_ns (clock->data);
}

static gboolean
is_cancelled (const Run *run)
{
  GCancellable *cancellable = run->request->trial.cancellable;
  return cancellable != NULL && g_cancellable_is_cancelled (cancellable);
}

static void
pause_for (const Run *run, guint64 pause_ns)
{
  const VrClock *clock = run->request->trial.clock;
  guint64 end_ns = now_ns (run) + pause_ns;
  for (guint64 time_ns = now_ns (run); time_ns < end_ns && !is_cancelled (run);
       time_ns = now_ns (run))
    clock->wait_until (clock->data, MIN (end_ns, time_ns + PAUSE_SLICE_NS));
}

static gboolean
had_late_burst (const Run *run, guint64 rate_pps)
{
  for (guint i = 0; i < run->late_rates->len; i++)
    if (g_array_index (run->late_rates, guint64, i) == rate_pps)
      return TRUE;
  return FALSE;
}

static void
look_at_bounds (const Run *run)
{
  for (guint i = 0; i < run->report->settings.goals_count; i++) {
    run->report->bounds[i] = vr_search_bounds (run->search, i);
    run->report->upper_late_burst[i] = had_late_burst (run, run->report->bounds[i].upper_pps);
  }
  run->report->duration_ns = now_ns (run) - run->start_ns;
}

/* An interface's counters count the frames of others, which would stand for lost ones: where it is
 * not asked for them, a receiver that falls behind is the tester's limit. A search tells of no
 * stage, and a guest with hardly any CPU time need not be asked what its kernel has counted. */
static VrTrial *
try_step (const Run *run, const VrSearchStep *step, GError **error)
{
  VrTrialRequest request = run->request->trial;
  request.duration_ns = step->duration_ns;
  request.ceiling = VR_TRIAL_CEILING_NEVER;
  request.counters = VR_TRIAL_COUNTERS_HOST;
  if (request.receiver == VR_TRIAL_AUTO)
    request.receiver = VR_TRIAL_EXACT;
  vr_search_split (request.streams, request.streams_count, step->rate_pps, run->bench->streams);
  return vr_trial_measure (run->bench, run->site, &request, error);
}

/* --- The tester's ceiling -----------------------------------------------------------------------
 */

/* Once, when the sender fell short. */
static gboolean
learn_ceiling (const Run *run, const VrTrial *trial, GError **error)
{
  return !trial->sender.tester_limited || run->report->ceiling_pps != 0
         || vr_ceiling_measure (run->bench, &run->request->trial, trial->generator,
                                &run->report->ceiling_pps, error);
}

static gboolean
is_beyond_tester (const Run *run, const VrSearchStep *step)
{
  return run->report->ceiling_pps != 0 && step->rate_pps > run->report->ceiling_pps;
}

/* As many trials as it takes would tell the same. */
static VrSearchVerdict
take_outcome (const Run *run, const VrSearchStep *step, const VrSearchOutcome *outcome)
{
  VrSearchVerdict verdict = vr_search_take (run->search, outcome);
  while (verdict == VR_SEARCH_AGAIN && is_beyond_tester (run, step))
    verdict = vr_search_take (run->search, outcome);
  return verdict;
}

/* Whether every goal's bound is where the tester ends. */
static gboolean
is_at_ceiling (const Run *run)
{
  const VrSearchReport *report = run->report;
  gboolean is_there = report->ceiling_pps != 0;
  for (guint i = 0; i < report->settings.goals_count; i++)
    is_there
        = is_there && report->bounds[i].upper_by_tester
          && (double) report->bounds[i].lower_pps >= CEILING_SHARE * (double) report->ceiling_pps;
  return is_there;
}

static void
count (const Run *run, const VrSearchStep *step, const VrTrial *trial)
{
  guint64 sent = trial->sender.sent, lost = vr_trial_lost (trial);
  VrSearchOutcome outcome = { .loss_ratio = sent != 0 ? (double) lost / (double) sent : 0,
                              .tester_limited = sent == 0 || vr_trial_tester_limited (trial) };
  VrSearchTold told = { .number = ++run->report->trials,
                        .step = *step,
                        .asked = trial->sender.asked,
                        .sent = sent,
                        .received = trial->receiver->received,
                        .lost = lost,
                        .loss_ratio = outcome.loss_ratio,
                        .generator = trial->generator,
                        .generator_mode = trial->generator_mode,
                        .receiver = vr_trial_receiver_name (trial),
                        .late_burst = vr_trial_late_burst (trial) };
  told.verdict = take_outcome (run, step, &outcome);
  if (told.late_burst && told.verdict == VR_SEARCH_COUNTED)
    g_array_append_val (run->late_rates, step->rate_pps);
  look_at_bounds (run);
  if (run->request->tell != NULL)
    run->request->tell (run->report, &told, run->request->tell_data);
}

/* Why no further trial is to begin, where it is so. */
static gboolean
is_over (const Run *run)
{
  VrSearchReport *report = run->report;
  report->end = VR_SEARCH_COMPLETE;
  if (is_cancelled (run))
    report->end = VR_SEARCH_INTERRUPTED;
  else if (report->trials >= run->request->trials_most)
    report->end = VR_SEARCH_TRIALS_OVER;
  else if (now_ns (run) - run->start_ns >= run->request->time_most_ns)
    report->end = VR_SEARCH_TIME_OVER;
  else if (is_at_ceiling (run))
    report->end = VR_SEARCH_CEILING;
  return report->end != VR_SEARCH_COMPLETE;
}

static gboolean
search_on (const Run *run, GError **error)
{
  VrSearchStep step;
  run->report->end = VR_SEARCH_COMPLETE;
  while (vr_search_next (run->search, &step)) {
    if (is_beyond_tester (run, &step)) {
      take_outcome (run, &step, &(VrSearchOutcome){ .tester_limited = TRUE });
      look_at_bounds (run);
      continue;
    }
    if (run->report->trials > 0 && !is_at_ceiling (run))
      pause_for (run, run->request->pause_ns);
    if (is_over (run))
      return TRUE;
    g_autoptr (VrTrial) trial = try_step (run, &step, error);
    if (trial == NULL)
      return FALSE;
    if (is_over (run) && run->report->end == VR_SEARCH_INTERRUPTED)
      return TRUE;
    if (!learn_ceiling (run, trial, error))
      return FALSE;
    count (run, &step, trial);
  }
  run->report->end = VR_SEARCH_COMPLETE;
  return TRUE;
}

/* --- The whole ----------------------------------------------------------------------------------
 */

static VrSearchReport *
report_new (const VrSearchRequest *request, const VrBench *bench)
{
  const VrTrialRequest *trial = &request->trial;
  VrSearchReport *report = g_new0 (VrSearchReport, 1);
  report->router = bench->lab != NULL ? vr_path_routers (&bench->path) : NULL;
  report->from = g_strdup (bench->lab != NULL ? bench->path.from->name : trial->from);
  report->to = g_strdup (bench->lab != NULL ? bench->path.to->name : trial->to);
  report->method = request->method;
  report->settings = request->settings;
  report->settle_ns = trial->settle_ns;
  report->pause_ns = request->pause_ns;
  report->seed = trial->streams[0].seed;
  report->mean_size = mean_size (trial->streams, trial->streams_count);
  return report;
}

/* Opened for the most that will be sent, so that what is too much is refused at once; warmed up at
 * the lower rate, which the router can do if any. */
static gboolean
open_bench (VrBench *bench, const VrSite *site, const VrSearchRequest *request, GError **error)
{
  const VrSearchSettings *settings = &request->settings;
  VrTrialRequest most = request->trial;
  g_autofree VrStream *streams
      = g_memdup2 (request->trial.streams, most.streams_count * sizeof *most.streams);
  vr_search_split (request->trial.streams, most.streams_count, settings->upper_pps, streams);
  most.streams = streams;
  most.duration_ns = settings->trial_ns;
  if (!vr_bench_open (bench, site, &most, error))
    return FALSE;
  vr_search_split (request->trial.streams, most.streams_count, settings->lower_pps, bench->streams);
  return vr_trial_prepare (bench, &request->trial, error);
}

VrSearchReport *
vr_search_run (const VrSite *site, const VrSearchRequest *request, GError **error)
{
  g_auto (VrBench) bench = { .from_netns = -1, .to_netns = -1, .sink = -1, .locks = { -1, -1 } };
  g_autoptr (VrSearch) search = vr_search_new (request->method, &request->settings, error);
  if (search == NULL || !check_least (request, error) || !open_bench (&bench, site, request, error))
    return NULL;
  g_autoptr (VrSearchReport) report = report_new (request, &bench);
  g_autoptr (GArray) late_rates = g_array_new (FALSE, FALSE, sizeof (guint64));
  Run run = { site, request, &bench, search, report, late_rates, 0 };
  run.start_ns = now_ns (&run);
  if (!search_on (&run, error))
    return NULL;
  look_at_bounds (&run);
  return g_steal_pointer (&report);
}

void
vr_search_report_free (VrSearchReport *report)
{
  g_free (report->router);
  g_free (report->from);
  g_free (report->to);
  g_free (report);
}

gboolean
vr_search_tester_limited (const VrSearchReport *report)
{
  gboolean is_limited = FALSE;
  for (guint i = 0; i < report->settings.goals_count; i++)
    is_limited |= report->bounds[i].upper_by_tester;
  return is_limited;
}

gboolean
vr_search_is_found (const VrSearchReport *report)
{
  gboolean is_found = report->end == VR_SEARCH_COMPLETE && !vr_search_tester_limited (report);
  for (guint i = 0; i < report->settings.goals_count; i++)
    is_found &= report->bounds[i].lower_pps != 0;
  return is_found;
}
