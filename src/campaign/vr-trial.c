/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-trial.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-bench.h"
#include "campaign/vr-ceiling.h"
#include "campaign/vr-sampler.h"
#include "campaign/vr-sending.h"

#define NS_PER_S 1e9
#define SETTLE_NS 200000000ull
/* Until the router has resolved its neighbours: frames before that wait in it or are lost. */
#define PROBES 20
#define PROBE_RATE_PPS 1000
#define PROBE_SETTLE_NS 100000000ull
/* Frames of probes and warming up bear other ids, so that late ones are strangers to the trial. */
#define UNCOUNTED_ID 0x8000

static VrTrial *
trial_new (void)
{
  VrTrial *trial = g_new0 (VrTrial, 1);
  trial->streams = g_array_new (FALSE, FALSE, sizeof (VrTrialStream));
  return trial;
}

/* In a replay's stead frames that bear an id go, so that late ones are not taken for its own. */
static void
make_uncounted (VrStream *stream)
{
  stream->id |= UNCOUNTED_ID;
  if (stream->capture == NULL)
    return;
  stream->capture = NULL;
  stream->departure = VR_DEPART_CONSTANT;
  stream->frame.size = vr_frame_least_size (stream->frame.source.family, 0);
}

static VrStream *
uncounted_streams (const VrBench *bench)
{
  VrStream *streams = g_memdup2 (bench->streams, bench->streams_count * sizeof *streams);
  for (guint i = 0; i < bench->streams_count; i++)
    make_uncounted (&streams[i]);
  return streams;
}

static gboolean
is_cancelled (const VrTrialRequest *request)
{
  return request->cancellable != NULL && g_cancellable_is_cancelled (request->cancellable);
}

static void
send_as_asked (VrSending *sending)
{
  sending->generator = sending->request->generator;
  sending->xdp = sending->request->xdp;
}

/* A frame of each stream, until all come. Where they do not, the trial itself says where they go.
 * What the trial's driver cannot do is told before any frame. */
static gboolean
probe (const VrBench *bench, const VrTrialRequest *request, GError **error)
{
  g_autofree VrStream *streams = uncounted_streams (bench);
  VrSending sending = { bench, request, streams, 0, PROBE_SETTLE_NS, NULL };
  gboolean came = FALSE;
  if (vr_xdp_choice_is_made (&request->xdp))
    send_as_asked (&sending);
  for (guint i = 0; i < bench->streams_count; i++) {
    streams[i].count = 1;
    streams[i].rate_pps = PROBE_RATE_PPS;
    streams[i].rate_rest = 0;
  }
  for (guint i = 0; i < PROBES && !came && !is_cancelled (request); i++)
    if (!vr_sending_probe (&sending, &came, error))
      return FALSE;
  return TRUE;
}

static gboolean
warm_up (const VrBench *bench, const VrTrialRequest *request, GError **error)
{
  if (request->warm_up_ns == 0 || is_cancelled (request))
    return TRUE;
  g_autofree VrStream *streams = uncounted_streams (bench);
  g_autoptr (VrTrial) trial = trial_new ();
  VrSending sending = { bench, request, streams, request->warm_up_ns, SETTLE_NS, NULL };
  send_as_asked (&sending);
  for (guint i = 0; i < bench->streams_count; i++)
    streams[i].count = MAX (vr_stream_frames (&streams[i], request->warm_up_ns), 1);
  return vr_sending_run (&sending, trial, error);
}

/* Frames that came to the receiver's interface, of others too. */
static guint64
count_arrived (const VrCounters *counted)
{
  VrPoint point
      = vr_counters_has (counted, VR_POINT_FAR_PORT) ? VR_POINT_FAR_PORT : VR_POINT_RECEIVER_PORT;
  return vr_counters_has (counted, point) ? counted->value[point] : 0;
}

/* Over the time of sending: what it reached, with what its buffer held then. */
static char *
tell_overflow (const VrTrial *trial)
{
  double examined = (double) (trial->receiver->received + trial->receiver->duplicated);
  double duration_s = (double) MAX (trial->sender.duration_ns, 1) / NS_PER_S;
  return g_strdup_printf ("the exact receiver had no room for %" G_GUINT64_FORMAT
                          " frames, and examined %.0f a second",
                          trial->receiver->tester_dropped, examined / duration_s);
}

/* A receiver whose ring overflowed does not know what came, and the interface does. */
static void
choose_receiver (VrTrial *trial)
{
  if (!trial->is_counting && trial->wanted == VR_TRIAL_AUTO
      && trial->receiver->tester_dropped > 0) {
    trial->is_counting = TRUE;
    trial->receiver_why = tell_overflow (trial);
  }
  if (!trial->is_counting)
    return;
  g_clear_pointer (&trial->receiver, vr_receiver_result_free);
  trial->receiver = vr_receiver_result_counted (count_arrived (&trial->counted));
}

/* What the counters along the path cannot know: the tester's own ends. */
static void
account (VrTrial *trial, const VrCounters *before, const VrCounters *after)
{
  trial->counted = vr_counters_between (before, after);
  vr_counters_set (&trial->counted, VR_POINT_SENT, trial->sender.sent);
  choose_receiver (trial);
  if (!trial->is_counting) {
    const VrReceiverResult *received = trial->receiver;
    trial->counted.foreign = received->foreign + received->stale;
    vr_counters_set (&trial->counted, VR_POINT_BUFFER_DROPPED, received->tester_dropped);
    vr_counters_set (&trial->counted, VR_POINT_DAMAGED,
                     received->corrupted + received->misaddressed);
  }
  trial->stages = vr_stage_attribute (&trial->counted, vr_trial_lost (trial));
}

/* Sends; sampled, where that is asked for. */
static gboolean
send_sampled (const VrSite *site, const VrSending *sending, const VrUsage *before, VrTrial *trial,
              GError **error)
{
  if (sending->request->sample == NULL)
    return vr_sending_run (sending, trial, error);
  g_autoptr (VrSampler) sampler
      = vr_sampler_start (sending->bench, sending->request, site->root_dir, before->threads, error);
  return sampler != NULL && vr_sending_run (sending, trial, error)
         && vr_sampler_stop (sampler, &trial->sampling, error);
}

/* 0 in a replay, whose flows are its own. */
static guint64
count_flows (const VrBench *bench)
{
  guint64 flows = 0;
  for (guint i = 0; i < bench->streams_count && bench->streams[i].capture == NULL; i++)
    flows += MAX (bench->streams[i].flows, 1);
  return flows;
}

/* A router that did not answer before the trial is not waited for once more behind it: what it
 * counted meanwhile cannot be known. */
static gboolean
read_counters (const VrSending *sending, const VrPathReading *before, VrPathReading *reading,
               GError **error)
{
  gboolean is_host_alone = sending->request->counters == VR_TRIAL_COUNTERS_HOST
                           || (before != NULL && before->silent != NULL);
  return is_host_alone ? vr_bench_read_host (sending->bench, &reading->counters, error)
                       : vr_bench_read (sending->bench, reading, error);
}

static void
take_silent (VrTrial *trial, VrPathReading *reading)
{
  if (trial->silent != NULL)
    return;
  trial->silent = g_steal_pointer (&reading->silent);
  trial->silent_why = g_steal_pointer (&reading->silent_why);
}

/* Takes the time when it was read: between two readings as long as what they tell was spent in. */
static gboolean
read_usage (const VrSite *site, const VrSending *sending, VrUsage *usage, guint64 *time_ns,
            GError **error)
{
  const VrBench *bench = sending->bench;
  const VrClock *clock = sending->request->clock;
  if (!vr_usage_read (site->root_dir, bench->lab, bench->virt, usage, error))
    return FALSE;
  *time_ns = clock->now_ns (clock->data);
  return TRUE;
}

static gboolean
measure (const VrSite *site, const VrSending *sending, VrTrial *trial, GError **error)
{
  g_auto (VrUsage) usage = { NULL };
  guint64 before_ns, after_ns;
  g_auto (VrPathReading) before = { .silent = NULL }, after = { .silent = NULL };
  if (!read_counters (sending, NULL, &before, error)
      || !read_usage (site, sending, &usage, &before_ns, error)
      || !send_sampled (site, sending, &usage, trial, error)
      || !read_usage (site, sending, &trial->usage, &after_ns, error)
      || !read_counters (sending, &before, &after, error))
    return FALSE;
  vr_usage_subtract (&trial->usage, &usage);
  trial->usage_ns = after_ns - before_ns;
  account (trial, &before.counters, &after.counters);
  if (before.members != NULL && after.members != NULL)
    trial->shares = vr_shares_new (before.members, after.members, count_flows (sending->bench));
  take_silent (trial, &before);
  take_silent (trial, &after);
  return TRUE;
}

gboolean
vr_trial_prepare (const VrBench *bench, const VrTrialRequest *request, GError **error)
{
  return (bench->lab == NULL || probe (bench, request, error)) && warm_up (bench, request, error);
}

static gboolean
measure_ceiling (const VrBench *bench, const VrTrialRequest *request, VrTrial *trial,
                 GError **error)
{
  gboolean is_wanted
      = request->ceiling == VR_TRIAL_CEILING_ALWAYS
        || (request->ceiling == VR_TRIAL_CEILING_SHORT && trial->sender.tester_limited);
  return !is_wanted || trial->sender.stopped || is_cancelled (request)
         || vr_ceiling_measure (bench, request, trial->generator, &trial->ceiling_pps, error);
}

VrTrial *
vr_trial_measure (const VrBench *bench, const VrSite *site, const VrTrialRequest *request,
                  GError **error)
{
  guint64 settle_ns = request->settle_ns != 0 ? request->settle_ns : SETTLE_NS;
  VrSending sending
      = { bench, request, bench->streams, request->duration_ns, settle_ns, request->tick };
  sending.is_counting = request->receiver == VR_TRIAL_COUNTING;
  g_autoptr (VrTrial) trial = trial_new ();
  trial->is_counting = sending.is_counting;
  trial->wanted = request->receiver;
  send_as_asked (&sending);
  trial->ttl_sent = bench->streams[0].frame.ttl;
  if (!measure (site, &sending, trial, error) || !measure_ceiling (bench, request, trial, error))
    return NULL;
  if (bench->streams[0].capture != NULL)
    trial->replay = g_strdup (bench->streams[0].capture->name);
  trial->router = bench->lab != NULL ? vr_path_routers (&bench->path) : NULL;
  trial->hops = bench->path.hops_count;
  trial->from = g_strdup (bench->lab != NULL ? bench->path.from->name : request->from);
  trial->to = g_strdup (bench->lab != NULL ? bench->path.to->name : request->to);
  return g_steal_pointer (&trial);
}

VrTrial *
vr_trial_run (const VrSite *site, const VrTrialRequest *request, GError **error)
{
  g_auto (VrBench) bench = { .from_netns = -1, .to_netns = -1, .sink = -1, .locks = { -1, -1 } };
  if (!vr_bench_open (&bench, site, request, error) || !vr_trial_prepare (&bench, request, error))
    return NULL;
  return vr_trial_measure (&bench, site, request, error);
}

void
vr_trial_free (VrTrial *trial)
{
  g_free (trial->router);
  g_free (trial->silent);
  g_free (trial->silent_why);
  g_free (trial->generator_why);
  g_free (trial->receiver_why);
  g_free (trial->from);
  g_free (trial->replay);
  g_free (trial->bias);
  g_free (trial->to);
  g_array_unref (trial->streams);
  g_clear_pointer (&trial->receiver, vr_receiver_result_free);
  g_clear_pointer (&trial->stages, g_array_unref);
  g_clear_pointer (&trial->shares, vr_shares_free);
  vr_usage_clear (&trial->usage);
  g_free (trial);
}

guint64
vr_trial_lost (const VrTrial *trial)
{
  return vr_receiver_result_lost (trial->receiver, trial->sender.sent);
}

gboolean
vr_trial_is_partial (const VrTrial *trial)
{
  return trial->sender.sent < trial->sender.asked || trial->is_cut;
}

gboolean
vr_trial_tester_limited (const VrTrial *trial)
{
  return trial->sender.tester_limited || trial->receiver->tester_dropped > 0;
}

gboolean
vr_trial_late_burst (const VrTrial *trial)
{
  guint64 lost = vr_trial_lost (trial);
  return lost > 0 && lost <= trial->sender.lateness.caught_up;
}

guint64
vr_trial_ttl_right (const VrTrial *trial)
{
  if (trial->replay != NULL)
    return 0;
  return trial->receiver->ttl_count[(guint8) (trial->ttl_sent - trial->hops)];
}
