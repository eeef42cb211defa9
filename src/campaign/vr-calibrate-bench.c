/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "campaign/vr-bench.h"
#include "campaign/vr-calibrate-internal.h"

#define LOOK_NS 20000000ull
#define TRIES 3
/* Of several vcpus, each has some of these flows. */
#define FLOWS 64
#define SEED 1
/* For which the path is opened, before any rate is known. */
#define OPEN_PPS 1000

struct VrCalibrateBench {
  const VrSite *site;
  const VrCalibrateRequest *request;
  VrBench bench;
  VrTrialRequest trial;
  VrStream stream;
};

void
vr_calibrate_result_clear (VrCalibrateResult *result)
{
  g_clear_pointer (&result->used_ns, g_hash_table_unref);
}

void
vr_calibrate_bench_free (VrCalibrateBench *bench)
{
  vr_bench_clear (&bench->bench);
  g_free (bench);
}

VrCalibrateBench *
vr_calibrate_bench_open (const VrSite *site, const VrCalibrateRequest *request,
                         const VrCalibratePlan *plan, GError **error)
{
  g_autoptr (VrCalibrateBench) bench = g_new0 (VrCalibrateBench, 1);
  bench->bench = (VrBench){ .from_netns = -1, .to_netns = -1, .sink = -1, .locks = { -1, -1 } };
  bench->site = site;
  bench->request = request;
  bench->stream = vr_stream_default (SEED);
  bench->stream.rate_pps = OPEN_PPS;
  bench->stream.flows = plan->router->vcpus > 1 ? FLOWS : 1;
  bench->trial
      = (VrTrialRequest){ .lab = request->lab,
                          .from = request->from,
                          .to = request->to,
                          .router = vr_router_outward (plan->router),
                          .streams = &bench->stream,
                          .streams_count = 1,
                          .duration_ns = request->trial_ns + vr_calibrate_lead_ns (request),
                          .receiver = VR_TRIAL_EXACT,
                          .ceiling = VR_TRIAL_CEILING_NEVER,
                          .counters = VR_TRIAL_COUNTERS_HOST,
                          .cancellable = request->lab_options.cancellable,
                          .clock = request->clock };
  if (!vr_bench_open (&bench->bench, site, &bench->trial, error)
      || !vr_trial_prepare (&bench->bench, &bench->trial, error))
    return NULL;
  return g_steal_pointer (&bench);
}

/* --- What comes through while the queue is full -------------------------------------------------
 */

typedef struct {
  guint64 lead_ns;
  VrTrialTick first, last; /* with elapsed_ns 0: none */
} Window;

/* From a thread of the trial's, which has ended when the trial has. */
static void
look (const VrTrialTick *tick, gpointer data)
{
  Window *window = data;
  if (tick->elapsed_ns < window->lead_ns)
    return;
  if (window->first.elapsed_ns == 0)
    window->first = *tick;
  window->last = *tick;
}

/* Whole periods, so that each look falls on the same part of one. */
static guint64
look_ns (const VrCalibrateRequest *request)
{
  guint64 period_ns = request->grant.period_ns;
  return MAX ((LOOK_NS + period_ns - 1) / period_ns, 1) * period_ns;
}

static gboolean
take_window (const Window *window, guint64 trial_ns, double *forwarded_pps)
{
  guint64 elapsed_ns = window->last.elapsed_ns - window->first.elapsed_ns;
  if (elapsed_ns < trial_ns / 2)
    return FALSE;
  *forwarded_pps
      = (double) (window->last.received - window->first.received) * 1e9 / (double) elapsed_ns;
  return TRUE;
}

static void
take_trial (const VrTrial *trial, guint64 duration_ns, VrCalibrateResult *result)
{
  guint64 sent = trial->sender.sent;
  result->is_short = vr_trial_tester_limited (trial);
  result->lost_ratio = sent > 0 ? (double) vr_trial_lost (trial) / (double) sent : 0;
  result->duration_ns = duration_ns;
  result->used_ns = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < trial->usage.threads->len; i++) {
    const VrThreadStatus *thread = trial->usage.threads->pdata[i];
    g_hash_table_insert (result->used_ns, GINT_TO_POINTER (thread->task.tid),
                         g_memdup2 (&thread->cpu_time_ns, sizeof thread->cpu_time_ns));
  }
}

static gboolean
is_cancelled (const VrTrialRequest *request, GError **error)
{
  if (request->cancellable == NULL || !g_cancellable_is_cancelled (request->cancellable))
    return FALSE;
  g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED, "interrupted: nothing is stored");
  return TRUE;
}

gboolean
vr_calibrate_bench_send (VrCalibrateBench *bench, const VrCalibrateLoad *load,
                         VrCalibrateResult *result, GError **error)
{
  const VrCalibrateRequest *request = bench->request;
  bench->bench.streams[0].rate_pps = load->rate_pps;
  bench->bench.streams[0].frame.size = load->size;
  for (guint i = 0; i < TRIES; i++) {
    Window window = { .lead_ns = vr_calibrate_lead_ns (request) };
    VrTrialRequest sent = bench->trial;
    sent.tick = look;
    sent.tick_data = &window;
    sent.tick_ns = look_ns (request);
    if (is_cancelled (&sent, error))
      return FALSE;
    g_autoptr (VrTrial) trial = vr_trial_measure (&bench->bench, bench->site, &sent, error);
    if (trial == NULL || is_cancelled (&sent, error))
      return FALSE;
    if (take_window (&window, request->trial_ns, &result->forwarded_pps)) {
      take_trial (trial, sent.duration_ns, result);
      return TRUE;
    }
  }
  g_set_error (
      error, VR_ERROR, VR_ERROR_TRAFFIC,
      "the host is too busy: in %d trials nothing could be seen of what came through while "
      "frames were sent",
      TRIES);
  return FALSE;
}
