/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-stream.h"

#include <math.h>
#include <sys/socket.h>

#include "base/vr-error.h"

VrStream
vr_stream_default (guint64 seed)
{
  return (VrStream){
    .frame
    = { .source.family = AF_INET, .destination.family = AF_INET, .size = 64, .ttl = VR_STREAM_TTL },
    .rate_pps = 1000,
    .seed = seed
  };
}

guint64
vr_stream_rate_mpps (const VrStream *stream)
{
  return stream->rate_pps * 1000 + stream->rate_rest;
}

static void
set_rate (VrStream *stream, double rate_pps)
{
  guint64 rate_mpps = MAX ((guint64) llround (1000 * rate_pps), 1000);
  stream->rate_pps = rate_mpps / 1000;
  stream->rate_rest = (guint) (rate_mpps % 1000);
}

void
vr_stream_settle (VrStream *stream)
{
  if (stream->rate_bps == 0)
    return;
  set_rate (stream, (double) stream->rate_bps / (8 * vr_stream_mean_size (stream)));
}

void
vr_stream_settle_share (VrStream *stream, guint64 line_rate_bps)
{
  if (stream->rate_share <= 0)
    return;
  double frame_bits = 8 * (vr_stream_mean_size (stream) + VR_FRAME_GAP);
  set_rate (stream, stream->rate_share * (double) line_rate_bps / frame_bits);
}

guint64
vr_stream_frames (const VrStream *stream, guint64 duration_ns)
{
  guint64 by_time = (guint64) ((unsigned __int128) duration_ns * vr_stream_rate_mpps (stream)
                               / 1000000000000ull);
  if (stream->count == 0)
    return by_time;
  return duration_ns != 0 && stream->rate_pps != 0 ? MIN (stream->count, by_time) : stream->count;
}

guint64
vr_stream_slack_ns (const VrStream *stream, guint64 duration_ns)
{
  if (stream->departure != VR_DEPART_POISSON || stream->rate_pps == 0)
    return 0;
  double frames = (double) vr_stream_frames (stream, duration_ns);
  return (guint64) (6 * sqrt (frames) * 1e12 / (double) vr_stream_rate_mpps (stream));
}

guint
vr_stream_destinations (const VrStream *stream)
{
  guint64 most = stream->to_network ? vr_flows_addresses (&stream->frame.destination) : 1;
  return (guint) MIN (most, MAX (stream->flows, 1));
}

static gboolean
check_flows (const VrStream *stream, GError **error)
{
  guint64 most = MIN (vr_flows_most (&stream->frame.source), VR_FLOWS_MAX);
  most = MIN (most * vr_stream_destinations (stream), VR_FLOWS_MAX);
  if (stream->flows <= most
      && (stream->flows <= 1 || stream->frame.source_port >= VR_FLOWS_PORT_LEAST))
    return TRUE;
  char source[VR_PREFIX_TEXT_SIZE];
  g_set_error (
      error, VR_ERROR, VR_ERROR_USAGE,
      "%u flows from %s, source ports from %d: there is room for %" G_GUINT64_FORMAT "%s",
      stream->flows, vr_prefix_print (&stream->frame.source, source), VR_FLOWS_PORT_LEAST, most,
      most < VR_FLOWS_MAX ? "; a source or destination with a shorter /LENGTH has room for more"
                          : "");
  return FALSE;
}

gboolean
vr_stream_check (const VrStream *stream, guint64 duration_ns, GError **error)
{
  guint64 frames = vr_stream_frames (stream, duration_ns);
  if (frames == 0)
    g_set_error (
        error, VR_ERROR, VR_ERROR_USAGE,
        "nothing to send: give a number of frames, or a duration and a rate that make one");
  else if (frames > 1ull << 32)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%" G_GUINT64_FORMAT " frames in a stream: at most 4294967296", frames);
  else if (stream->sizes_count > VR_STREAM_SIZES_MAX)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u sizes in turn: at most %d",
                 stream->sizes_count, VR_STREAM_SIZES_MAX);
  else if (stream->departure == VR_DEPART_BURST && stream->burst == 0)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "a burst is of 1 frame at least");
  else
    return check_flows (stream, error);
  return FALSE;
}

static gboolean
is_given (const guint8 *bytes, gsize size)
{
  guint8 any = 0;
  for (gsize i = 0; i < size; i++)
    any |= bytes[i];
  return any != 0;
}

gboolean
vr_stream_has_source (const VrStream *stream)
{
  return is_given (stream->frame.source.bytes, sizeof stream->frame.source.bytes);
}

gboolean
vr_stream_has_destination (const VrStream *stream)
{
  return is_given (stream->frame.destination.bytes, sizeof stream->frame.destination.bytes);
}

gboolean
vr_stream_has_next_hop (const VrStream *stream)
{
  return is_given (stream->frame.destination_mac.bytes, sizeof stream->frame.destination_mac.bytes);
}

double
vr_stream_mean_size (const VrStream *stream)
{
  double sum = 0;
  if (stream->capture != NULL)
    return (double) stream->capture->bytes / stream->capture->count + VR_FRAME_FCS;
  if (stream->sizes_count == 0)
    return stream->frame.size;
  for (guint i = 0; i < stream->sizes_count; i++)
    sum += stream->sizes[i];
  return sum / stream->sizes_count;
}
