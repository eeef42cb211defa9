/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-sender.h"

#include "base/vr-error.h"
#include "traffic/vr-sender-loop.h"

#define LAG_DEFAULT_NS 10000000ull
#define LATE_LEAST_NS 1000000ull
#define NS_PER_S 1000000000ull
/* Starting and ending a generator that runs by itself; its last frame is waited for. */
#define LATE_OTHER_NS 50000000ull

static gboolean
check_options (const VrSenderOptions *options, GError **error)
{
  if (options->batch > VR_GENERATOR_BATCH_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "batches of %u frames: at most %d",
                 options->batch, VR_GENERATOR_BATCH_MAX);
    return FALSE;
  }
  if (options->streams_count == 0 || options->streams_count > VR_SENDER_STREAMS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u streams: from 1 to %d",
                 options->streams_count, VR_SENDER_STREAMS_MAX);
    return FALSE;
  }
  for (guint i = 0; i < options->streams_count; i++)
    if (!vr_stream_check (&options->streams[i], options->duration_ns, error))
      return FALSE;
  return TRUE;
}

static gboolean
build_lanes (VrSender *sender, const VrSenderOptions *options, VrGeneratorSpec *spec,
             GError **error)
{
  sender->lanes = g_new0 (VrLane, options->streams_count);
  sender->lanes_count = options->streams_count;
  for (guint i = 0; i < options->streams_count; i++) {
    const VrStream *stream = &options->streams[i];
    VrLane *lane = &sender->lanes[i];
    if (!vr_lane_init (lane, stream, vr_stream_frames (stream, options->duration_ns), error))
      return FALSE;
    lane->departures.lag_max_ns = sender->lag_max_ns;
    sender->asked += lane->asked;
    sender->slack_ns = MAX (sender->slack_ns, vr_stream_slack_ns (stream, options->duration_ns));
    spec->length = MAX (spec->length, vr_lane_length (lane));
    spec->rate_pps += stream->rate_pps;
    sender->is_flat_out = sender->is_flat_out || stream->rate_pps == 0;
  }
  if (sender->is_flat_out)
    spec->rate_pps = 0;
  spec->frames = sender->asked;
  return TRUE;
}

static gboolean
open_generator (VrSender *sender, const VrSenderOptions *options, const VrGeneratorSpec *spec,
                GError **error)
{
  VrGenerator *generator = vr_generator_open (options->generator, spec, error);
  if (generator == NULL)
    return FALSE;
  sender->generator = generator;
  sender->batch = options->batch != 0 ? options->batch : generator->batch;
  sender->slots = g_new0 (VrLaneSlot, generator->slots);
  for (guint i = 0; i < generator->slots; i++)
    sender->slots[i].bytes = generator->kind->bytes (generator, i);
  for (guint i = 0; i < sender->lanes_count; i++)
    if (!vr_generator_check_mtu (generator, &options->streams[i],
                                 vr_lane_length (&sender->lanes[i]), error))
      return FALSE;
  return TRUE;
}

VrSender *
vr_sender_new (const VrSenderOptions *options, GError **error)
{
  if (!check_options (options, error))
    return NULL;
  g_autoptr (VrSender) sender = g_new0 (VrSender, 1);
  VrGeneratorSpec spec
      = { .netns_fd = options->netns_fd, .ifname = options->ifname, .clock = options->clock };
  sender->ifname = g_strdup (options->ifname);
  sender->clock = options->clock;
  sender->duration_ns = options->duration_ns;
  sender->lag_max_ns = options->lag_max_ns != 0 ? options->lag_max_ns : LAG_DEFAULT_NS;
  spec.streams = options->streams;
  spec.streams_count = options->streams_count;
  spec.xdp = options->xdp;
  spec.run_dir = options->run_dir;
  if (!build_lanes (sender, options, &spec, error)
      || !open_generator (sender, options, &spec, error))
    return NULL;
  return g_steal_pointer (&sender);
}

void
vr_sender_free (VrSender *sender)
{
  g_clear_pointer (&sender->generator, vr_generator_free);
  for (guint i = 0; i < sender->lanes_count; i++)
    vr_lane_clear (&sender->lanes[i]);
  g_free (sender->lanes);
  g_free (sender->ifname);
  g_free (sender->slots);
  g_free (sender);
}

void
vr_sender_stop (VrSender *sender)
{
  atomic_store (&sender->stopped, 1);
}

const VrGenerator *
vr_sender_generator (const VrSender *sender)
{
  return sender->generator;
}

guint64
vr_sender_asked (const VrSender *sender)
{
  return sender->asked;
}

guint64
vr_sender_count (const VrSender *sender)
{
  return atomic_load_explicit (&sender->count, memory_order_relaxed);
}

guint64
vr_sender_stream_sent (const VrSender *sender, guint index)
{
  return sender->lanes[index].sent;
}

static void
judge (const VrSender *sender, const VrSenderRun *run, VrSenderResult *result)
{
  guint64 planned_ns = 0, took_ns = run->last_ns - run->start_ns;
  guint64 due_ns = run->start_ns, next_ns = run->start_ns;
  for (guint i = 0; i < sender->lanes_count; i++) {
    const VrLane *lane = &sender->lanes[i];
    guint64 slipped_ns = lane->departures.slipped_ns;
    result->slipped_ns = MAX (result->slipped_ns, slipped_ns);
    if (lane->departures.rate_pps == 0)
      planned_ns = G_MAXUINT64 / 2;
    else
      planned_ns = MAX (planned_ns, lane->last_due_ns - run->start_ns - slipped_ns);
    due_ns = MAX (due_ns, lane->last_due_ns);
    next_ns = MAX (next_ns, lane->departures.next_ns);
  }
  /* Between N departures there are N - 1 gaps: the last one has one behind it, too. */
  result->duration_ns = took_ns + (result->sent > 0 && next_ns > due_ns ? next_ns - due_ns : 0);
  result->tester_limited = (!result->stopped && result->sent < result->asked)
                           || result->slipped_ns > result->duration_ns / 100
                           || took_ns > planned_ns + planned_ns / 100 + LATE_LEAST_NS;
}

/* Of one stream, by a generator that has a schedule of its own. */
static gboolean
run_by_itself (VrSender *sender, VrSenderResult *result, GError **error)
{
  VrGenerator *generator = sender->generator;
  VrLane *lane = &sender->lanes[0];
  guint64 calls_before = generator->system_calls;
  guint64 rate_mpps = lane->departures.rate_pps * 1000 + lane->departures.rate_rest;
  VrGeneratorRun run = { .stopped = &sender->stopped, .count = &sender->count };
  if (sender->duration_ns != 0)
    run.duration_ns = sender->duration_ns + sender->slack_ns + sender->lag_max_ns + LATE_OTHER_NS;
  run.gap_ns = rate_mpps != 0 ? 2000 * NS_PER_S / rate_mpps : 0;
  atomic_store (&sender->count, 0);
  if (!generator->kind->run (generator, &run, error))
    return FALSE;
  guint64 planned_ns = rate_mpps != 0
                           ? (guint64) ((unsigned __int128) run.sent * 1000 * NS_PER_S / rate_mpps)
                           : run.duration_ns;
  lane->sent = run.sent;
  *result = (VrSenderResult){ .asked = sender->asked, .sent = run.sent, .refused = run.refused };
  result->system_calls = generator->system_calls - calls_before;
  result->duration_ns
      = run.duration_ns + (rate_mpps != 0 && run.sent > 0 ? 1000 * NS_PER_S / rate_mpps : 0);
  result->stopped = atomic_load (&sender->stopped) != 0 && run.sent < sender->asked;
  result->tester_limited = (!result->stopped && run.sent < sender->asked)
                           || run.duration_ns > planned_ns + planned_ns / 100 + LATE_OTHER_NS;
  return TRUE;
}

gboolean
vr_sender_run (VrSender *sender, VrSenderResult *result, GError **error)
{
  if (sender->generator->kind->run != NULL)
    return run_by_itself (sender, result, error);
  guint64 start_ns = sender->clock->now_ns (sender->clock->data);
  guint64 calls_before = sender->generator->system_calls;
  guint64 end_ns = start_ns + sender->duration_ns + sender->slack_ns + sender->lag_max_ns;
  VrSenderResult counted
      = { .asked = sender->asked, .begun_ns = start_ns, .lateness.is_known = !sender->is_flat_out };
  VrSenderRun run = { .start_ns = start_ns,
                      .deadline_ns = sender->duration_ns != 0 ? end_ns : G_MAXUINT64,
                      .last_ns = start_ns };
  for (guint i = 0; i < sender->lanes_count; i++)
    vr_lane_start (&sender->lanes[i], start_ns);
  atomic_store (&sender->count, 0);
  gboolean is_done = vr_sender_loop (sender, &run, &counted, error);
  vr_sender_let_finish (sender, &run);
  if (!is_done)
    return FALSE;
  counted.system_calls = run.waits + sender->generator->system_calls - calls_before;
  counted.stopped = atomic_load (&sender->stopped) != 0 && counted.sent < counted.asked;
  judge (sender, &run, &counted);
  *result = counted;
  return TRUE;
}
