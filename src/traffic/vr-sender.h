/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends streams of frames through a generator, each at its rate. All memory is taken when it is
 * made; while running it makes one system call a batch, and sleeps in that where the next frame is
 * not due for VR_SENDER_SPIN_NS or more. */
#pragma once

#include <glib.h>

#include "traffic/vr-clock.h"
#include "traffic/vr-generator.h"
#include "traffic/vr-histogram.h"
#include "traffic/vr-stream.h"

#define VR_SENDER_STREAMS_MAX 256
/* Ahead by less, it looks at the clock until the frame is due, as the kernel's pktgen does
 * (net/core/pktgen.c, spin()): a sleep comes back too late by some 50 us of slack (prctl(2)), and
 * is a system call more. */
#define VR_SENDER_SPIN_NS 100000ull

typedef struct {
  int netns_fd; /* of the interface's network namespace; -1: the caller's own */
  const char *ifname;
  const VrStream *streams; /* each with an id of its own */
  guint streams_count;
  guint64 duration_ns; /* 0: bounded by the counts alone; else sending ends then, or, when held up,
                          lag_max_ns later, and a stream's slack */
  guint batch;         /* most frames a system call, up to VR_GENERATOR_BATCH_MAX; 0: what suits the
                          generator */
  guint64 lag_max_ns;  /* held up for longer, the schedule slips; 0: 10 ms */
  const char *generator; /* as vr_generator_open() has it; NULL: "auto" */
  VrXdpChoice xdp;       /* of the generator "xdp" */
  const char *run_dir;   /* where a generator notes what it loads; of "pktgen" */
  const VrClock *clock;
} VrSenderOptions;

/* Frames beyond its first that a burst of the tester's own has at least to be told as one: half of
 * what the shortest queue of the shipped profiles holds (35). Where a call takes some us, a few
 * frames always leave at once at high rates. */
#define VR_SENDER_BURST_LEAST 16

/* How well a sender kept its schedule, as it stands after slipping. All 0 where there is none: flat
 * out, or a generator that makes its frames itself. */
typedef struct {
  gboolean is_known;
  /* From when a frame was due to its stamp; frames that left at once as the first of them. */
  VrHistogram late_ns;
  guint64 late; /* frames of those that were late by more than VR_SENDER_SPIN_NS */
  /* Of frames that left one behind the other without a pause, since they were due already: the
   * most, those not counted that were due with the first of them. */
  guint64 burst;
  guint64 caught_up; /* frames in all such bursts of more than VR_SENDER_BURST_LEAST */
} VrLateness;

typedef struct {
  guint64 asked;        /* frames */
  guint64 sent;         /* frames that the kernel took: of each stream the first ones */
  guint64 refused;      /* frames that the device dropped at once; not in `sent` */
  guint64 eagain;       /* times the kernel took none or not all: queue or send buffer full */
  guint64 system_calls; /* to send and to sleep */
  guint64 slipped_ns;   /* by how much a schedule slipped, at most */
  guint64 begun_ns;     /* of the clock, when the first frame was due; 0: not known */
  /* From the first system call until the frame behind the last would have been due, so that frames
   * over it are their rate; flat out, to the last system call. */
  guint64 duration_ns;
  VrLateness lateness;
  gboolean stopped; /* vr_sender_stop() ended it */
  /* It was not stopped and not all were sent; or the schedule slipped, or sending took longer than
   * the schedule, by more than a hundredth (and a millisecond): what is missing is the tester's
   * doing, and no loss of what it tests. */
  gboolean tester_limited;
} VrSenderResult;

typedef struct VrSender VrSender;

/* Opens the generator and builds the frames. VR_ERROR_USAGE as vr_stream_check() and
 * vr_frame_build(), and for a frame above the interface's MTU; else as vr_generator_open(). The
 * options are not kept, but the clock is. */
VrSender *vr_sender_new (const VrSenderOptions *options, GError **error);
void vr_sender_free (VrSender *sender);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSender, vr_sender_free)

/* Sends, in the calling thread, until all is sent, the duration is over, the sender is stopped, or
 * the kernel has taken nothing for a second. VR_ERROR_TRAFFIC when the interface goes down or away.
 * Each call starts the sequences anew. A frame's time is that of its batch. */
gboolean vr_sender_run (VrSender *sender, VrSenderResult *result, GError **error);

/* Ends the run soon, and every later one at once; from any thread, or a signal handler. */
void vr_sender_stop (VrSender *sender);

/* What it sends with: of use for its name, mode and why. */
const VrGenerator *vr_sender_generator (const VrSender *sender);

/* The frames that a run asks for, of all streams. */
guint64 vr_sender_asked (const VrSender *sender);

/* The frames that were sent so far, of all streams: for progress, from any thread. */
guint64 vr_sender_count (const VrSender *sender);

/* Of stream number `index`, the frames that the last run sent. */
guint64 vr_sender_stream_sent (const VrSender *sender, guint index);
