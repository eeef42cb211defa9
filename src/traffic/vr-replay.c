/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-replay.h"

#include "base/vr-error.h"

#define NS_PER_S 1000000000u
#define FRAMES_MAX (1ull << 32)

/* The frames that are due before `duration_ns`. */
static guint64
count_due (const VrCapture *capture, guint64 duration_ns)
{
  guint64 rest_ns = duration_ns % capture->period_ns, time_ns = 0;
  guint in_last = 0;
  while (in_last < capture->count && time_ns < rest_ns)
    time_ns += capture->gaps_ns[in_last++];
  return duration_ns / capture->period_ns * capture->count + in_last;
}

static gboolean
set_own_times (const VrReplay *replay, const VrCapture *capture, VrStream *stream, GError **error)
{
  guint64 rate_pps
      = capture->period_ns != 0
            ? (guint64) ((double) capture->count * NS_PER_S / (double) capture->period_ns + 0.5)
            : 0;
  stream->departure = VR_DEPART_RECORDED;
  stream->rate_bps = 0;
  stream->rate_share = 0;
  stream->rate_rest = 0;
  stream->rate_pps = capture->period_ns != 0 ? MAX (rate_pps, 1) : 0;
  if (replay->duration_ns == 0)
    return TRUE;
  if (capture->period_ns == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "the file tells no times that a duration could end: give a rate, or a number of "
                 "frames or loops");
    return FALSE;
  }
  stream->count = MIN (stream->count, count_due (capture, replay->duration_ns));
  return TRUE;
}

gboolean
vr_replay_set (const VrReplay *replay, const VrCapture *capture, VrStream *stream, GError **error)
{
  VrStream set = *stream;
  gboolean is_endless = replay->loops == 0 && (replay->count != 0 || replay->duration_ns != 0);
  guint64 loops = is_endless ? G_MAXUINT64 / capture->count : MAX (replay->loops, 1);
  guint64 frames = loops > FRAMES_MAX ? G_MAXUINT64 : loops * capture->count;
  set.capture = capture;
  set.count = replay->count != 0 ? MIN (replay->count, frames) : frames;
  if (replay->at_own_times && !set_own_times (replay, capture, &set, error))
    return FALSE;
  if (!replay->at_own_times && set.count > FRAMES_MAX && replay->duration_ns != 0)
    set.count = 0;
  if (set.count > FRAMES_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%" G_GUINT64_FORMAT " frames of a replay: at most %llu", set.count, FRAMES_MAX);
    return FALSE;
  }
  *stream = set;
  return TRUE;
}
