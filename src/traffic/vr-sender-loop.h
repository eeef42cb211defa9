/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sender at work: batches of the frames that are due, as the kernel takes them. Only the sender
 * includes it. */
#pragma once

#include <stdatomic.h>

#include "traffic/vr-lane.h"
#include "traffic/vr-sender.h"

struct VrSender {
  VrGenerator *generator;
  char *ifname;
  const VrClock *clock;
  VrLane *lanes;
  guint lanes_count;
  guint64 asked, duration_ns, lag_max_ns;
  guint64 slack_ns; /* by which a schedule may go beyond the duration */
  guint batch;
  gboolean is_flat_out;                /* a stream of no rate */
  VrLaneSlot *slots;                   /* the generator's, by their numbers */
  guint queue[VR_GENERATOR_BATCH_MAX]; /* numbers of the slots of a batch */
  guint lengths[VR_GENERATOR_BATCH_MAX];
  atomic_int stopped;
  atomic_ullong count;
};

typedef struct {
  guint64 start_ns;
  guint64 deadline_ns; /* G_MAXUINT64: none */
  guint64 stalled_ns;  /* since when the kernel takes nothing; 0: it does */
  guint64 last_ns;     /* the last system call */
  guint64 next_ns;     /* when the first frame that is not queued is due; G_MAXUINT64: none */
  guint64 waits;       /* system calls to sleep */
  guint64 left_ns;     /* when the batch before left; 0: there was none, or a pause since */
  guint64 left_due_ns; /* when the first frame of it was due, and by how much it was late */
  guint64 left_late_ns;
  guint64
      burst_due_ns;   /* when the first frame of this burst was due, and its frames beyond those */
  guint64 burst;      /* that were due with it */
  guint head, filled; /* of the queue, what waits to be sent */
  gboolean is_full;   /* frames are due, and no slot is free */
} VrSenderRun;

/* Sends until all is sent, the time is over or it is stopped; FALSE when the interface is gone. */
gboolean vr_sender_loop (VrSender *sender, VrSenderRun *run, VrSenderResult *result,
                         GError **error);
/* What did not leave is taken back; a device that reads late is given the time to, before its
 * frames go. */
void vr_sender_let_finish (VrSender *sender, VrSenderRun *run);
