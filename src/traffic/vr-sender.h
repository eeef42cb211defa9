/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends like frames at a rate through AF_PACKET, past the qdisc. All memory is taken when it is
 * made; while running it makes one system call a batch (and a sleep where it is ahead of its
 * schedule). */
#pragma once

#include <glib.h>

#include "traffic/vr-clock.h"
#include "traffic/vr-frame.h"

#define VR_SENDER_BURST_MAX 256
#define VR_SENDER_STREAMS_MAX 65536

/* One stream has one flow. Frame i belongs to stream i modulo their number, as number i divided by
 * it. */
typedef struct {
  guint16 id;
  VrFrameFlow flow;
} VrSenderStream;

typedef struct {
  int netns_fd; /* of the interface's network namespace; -1: the caller's own */
  const char *ifname;
  const VrFrameSpec *frame;
  const VrSenderStream *streams; /* NULL: one, of id 0 and the frame's own flow */
  guint streams_count;
  guint64 count;       /* frames; 0: what duration and rate make */
  guint64 rate_pps;    /* 0: as fast as it goes */
  guint64 duration_ns; /* 0: bounded by the count alone; else sending ends then, or, when held up,
                          lag_max_ns later */
  guint burst;         /* most frames a system call, up to VR_SENDER_BURST_MAX; 0: 32 */
  guint64 lag_max_ns;  /* held up for longer, the schedule slips; 0: 10 ms */
  const VrClock *clock;
} VrSenderOptions;

typedef struct {
  guint64 asked;       /* frames */
  guint64 sent;        /* frames that the kernel took: the first `sent` of those asked */
  guint64 eagain;      /* times the kernel took none or not all: queue or send buffer full */
  guint64 slipped_ns;  /* by how much the schedule slipped in all */
  guint64 duration_ns; /* from the first to the last system call */
  /* Not all were sent, or the schedule slipped by more than a hundredth of it: what is missing is
   * the tester's doing, and no loss of what it tests. */
  gboolean tester_limited;
} VrSenderResult;

typedef struct VrSender VrSender;

/* Opens the socket and builds the frames. VR_ERROR_USAGE for options that make no sense (neither
 * count nor duration and rate, more than 2^32 frames a stream, the frame's own limits, a frame
 * above the interface's MTU); else as vr_packet_socket_open(). The options are not kept, but the
 * clock is. */
VrSender *vr_sender_new (const VrSenderOptions *options, GError **error);
void vr_sender_free (VrSender *sender);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSender, vr_sender_free)

/* Sends, in the calling thread, until all is sent, the duration is over, the sender is stopped, or
 * the kernel has taken nothing for a second. VR_ERROR_TRAFFIC when the interface goes down or away.
 * Each call starts the sequences anew. A frame's time is that of its batch. */
gboolean vr_sender_run (VrSender *sender, VrSenderResult *result, GError **error);

/* Ends the run soon, and every later one at once; from any thread, or a signal handler. */
void vr_sender_stop (VrSender *sender);

/* The frames that a run asks for. */
guint64 vr_sender_asked (const VrSender *sender);

/* Of `frames` frames over `streams_count` streams, how many stream number `index` has. */
guint64 vr_sender_share (guint64 frames, guint streams_count, guint index);
