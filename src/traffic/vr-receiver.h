/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts the test frames that arrive on an interface, exactly, in a thread of its own. Frames that
 * the interface sends are not seen. */
#pragma once

#include <glib.h>

#include "traffic/vr-capture.h"
#include "traffic/vr-clock.h"
#include "traffic/vr-tally.h"

/* A stream that is expected: no other is counted. */
typedef struct {
  guint16 id;
  guint64 frames; /* at most 2^32 */
  /* Not NULL: its frames are these, in turn and over again, and have no signature. They are known
   * by vr-match.h, and have no latency and no order; a copy of a frame stands for another that is
   * alike and was lost. Of one stream at most. */
  const VrCapture *capture;
  /* Its frames are those of the kernel's pktgen. They have no latency: their time is written before
   * pktgen waits for their departure. Of one stream, and then there is no other. */
  gboolean is_pktgen;
} VrReceiverStream;

typedef struct {
  int netns_fd; /* of the interface's network namespace; -1: the caller's own */
  const char *ifname;
  const VrReceiverStream *streams;
  guint streams_count;
  guint ring_mib; /* 0: 32, some 200,000 small frames, or 2 s of a slow stream */
  const VrClock *clock;
} VrReceiverOptions;

typedef struct {
  GPtrArray *streams;                      /* VrTally *, in the order of the options */
  guint64 received, duplicated, reordered; /* sums over the streams */
  guint64 corrupted;    /* test frames that came damaged, or of a number never asked for */
  guint64 misaddressed; /* whole ones to another MAC than the interface's; not in `received` */
  guint64 stale;   /* whole ones of the streams sent before the receiver's start: of a run before */
  guint64 foreign; /* anything else, and streams that were not expected */
  guint64 tester_dropped; /* frames that the ring had no room for: the tester's own loss */
  guint64 ttl_count[256]; /* of `received` */
  /* All those of the streams. A frame's latency runs from its batch's stamp to the kernel's stamp
   * of arrival. */
  VrHistogram latency_ns, jitter_ns;
} VrReceiverResult;

typedef struct VrReceiver VrReceiver;

/* Opens the ring and starts the thread: what arrives from now on is counted. VR_ERROR_USAGE for two
 * streams of one id, two of a capture, or too many frames; VR_ERROR_TRAFFIC; else as
 * vr_packet_socket_open(). */
VrReceiver *vr_receiver_start (const VrReceiverOptions *options, GError **error);

/* The test frames received so far, duplicates included: for progress, from any thread. */
guint64 vr_receiver_count (const VrReceiver *receiver);

/* Of a replay's stream, how many frames were sent in the end: what came more often than that is a
 * copy. Where it is not told, all that were planned were. Before vr_receiver_stop(). */
void vr_receiver_expect (VrReceiver *receiver, guint64 replayed);

/* Waits for `settle_ns` more (at least what the ring needs to hand over its last frames), then ends
 * the thread and tells. VR_ERROR_TRAFFIC when the interface went down or away meanwhile. Once only.
 */
VrReceiverResult *vr_receiver_stop (VrReceiver *receiver, guint64 settle_ns, GError **error);

/* Ends the thread at once where it still runs. */
void vr_receiver_free (VrReceiver *receiver);
void vr_receiver_result_free (VrReceiverResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrReceiver, vr_receiver_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrReceiverResult, vr_receiver_result_free)

/* A result that knows only how many came. */
VrReceiverResult *vr_receiver_result_counted (guint64 received);

/* Of `sent` frames over all the streams, those that never came whole. */
guint64 vr_receiver_result_lost (const VrReceiverResult *result, guint64 sent);
