/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream: what a sender is asked to send. */
#pragma once

#include "traffic/vr-capture.h"
#include "traffic/vr-departures.h"
#include "traffic/vr-flows.h"
#include "traffic/vr-frame.h"

#define VR_STREAM_SIZES_MAX 64

typedef struct {
  guint16 id;        /* in each frame's signature */
  VrFrameSpec frame; /* of the first flow; its size counts where `sizes_count` is 0 */
  guint sizes[VR_STREAM_SIZES_MAX]; /* bytes with FCS, taken in turn, frame by frame */
  guint sizes_count;
  guint flows; /* 0: one */
  /* They go to all addresses of the destination's network, from the first one's on. */
  gboolean to_network;
  VrFlowOrder flow_order;
  guint64 count;    /* frames, at most 2^32; 0: what the sender's duration and the rate make */
  guint64 rate_pps; /* 0: as fast as it goes */
  guint rate_rest;  /* thousandths of a frame a second more, 0 to 999 */
  guint64 rate_bps; /* bits of frames with FCS a second; where it is not 0, vr_stream_settle() makes
                       rate_pps of it */
  double rate_share; /* above 0 to 1, of a line rate; where it is not 0, vr_stream_settle_share()
                        makes rate_pps of it */
  VrDepartureKind departure;
  guint burst;  /* of VR_DEPART_BURST: frames */
  guint64 seed; /* of all that is random in it */
  /* Sent in turn and over again, with the MAC addresses of `frame`, and without a signature,
   * instead of frames made by `frame`, sizes and flows. Borrowed; NULL: none. */
  const VrCapture *capture;
} VrStream;

/* What a load sends where nothing else is asked for: 64-byte frames of IPv4 with a TTL of 64, 1,000
 * a second, and where no duration bounds it, VR_STREAM_COUNT of them. */
#define VR_STREAM_COUNT 1000
#define VR_STREAM_TTL 64
VrStream vr_stream_default (guint64 seed);

/* Its rate in thousandths of a frame a second; 0: as fast as it goes. */
guint64 vr_stream_rate_mpps (const VrStream *stream);

/* Makes rate_pps and rate_rest of rate_bps and the mean size, to the nearest thousandth: at least
 * a frame a second. */
void vr_stream_settle (VrStream *stream);

/* Makes both of rate_share and the line rate, in bit/s: at least a frame a second. Each frame takes
 * its size (with FCS) and VR_FRAME_GAP on the line, so that 64 bytes at 10 Gbit/s are 14,880,952
 * frames a second (RFC 2544, appendix B). */
void vr_stream_settle_share (VrStream *stream, guint64 line_rate_bps);

/* The frames of a stream that is sent for `duration_ns` (0: as long as it takes); the lesser where
 * both its count and the duration bound it. */
guint64 vr_stream_frames (const VrStream *stream, guint64 duration_ns);

/* By how much its last frame may be due after frames / rate: with exponential gaps the time of the
 * last one has a standard deviation of sqrt (frames) / rate, of which this is six; else 0. */
guint64 vr_stream_slack_ns (const VrStream *stream, guint64 duration_ns);

/* VR_ERROR_USAGE for a stream that makes no sense: nothing to send, more than 2^32 frames, more
 * flows than the networks have room for (it tells how many, and the way out), too many
 * sizes, bursts of 0. The frame itself is left to vr_frame_build(). */
gboolean vr_stream_check (const VrStream *stream, guint64 duration_ns, GError **error);

/* To how many addresses its flows go. */
guint vr_stream_destinations (const VrStream *stream);

/* Whether an address is given: one of all zeroes is none. */
gboolean vr_stream_has_source (const VrStream *stream);
gboolean vr_stream_has_destination (const VrStream *stream);
gboolean vr_stream_has_next_hop (const VrStream *stream);

/* The mean size of its frames, in bytes with FCS. */
double vr_stream_mean_size (const VrStream *stream);
