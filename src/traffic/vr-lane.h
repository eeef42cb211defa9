/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream while it is sent: its frames built once, a size each, and how far it has come. */
#pragma once

#include "traffic/vr-stream.h"

typedef struct {
  VrFrame frame; /* of a captured frame, the length alone */
  guint8 *bytes; /* frame.length of them, owned */
} VrLaneForm;

typedef struct {
  guint16 id;
  guint64 asked; /* frames */
  guint64 taken; /* frames that were put into a slot: the next one's sequence number */
  guint64 sent;  /* frames that the kernel took */
  VrDepartures departures;
  VrFlows flows;
  gboolean is_replay; /* its frames are sent as they are */
  VrLaneForm *forms;
  guint forms_count, next_form;
  guint64 seed;
  guint64 last_due_ns; /* when the last one taken was due */
} VrLane;

/* A place in a batch: room for the largest frame, and what is in it. */
typedef struct {
  guint8 *bytes;          /* borrowed */
  const VrLaneForm *form; /* whose bytes are there, patched; NULL: none yet */
  VrLane *lane;
  guint32 sequence;
  guint64 due_ns; /* when the frame is due */
} VrLaneSlot;

/* Builds the frames. As vr_frame_build(). */
gboolean vr_lane_init (VrLane *lane, const VrStream *stream, guint64 frames, GError **error);
void vr_lane_clear (VrLane *lane);

/* Bytes of its largest frame. */
gsize vr_lane_length (const VrLane *lane);

/* Begins anew: the same frames in the same order. */
void vr_lane_start (VrLane *lane, guint64 start_ns);

gboolean vr_lane_is_done (const VrLane *lane);

/* Puts the next frame into the slot, but for its stamp. */
void vr_lane_take (VrLane *lane, VrLaneSlot *slot);

/* Stamps the slot's frame as sent at `now_ns`. */
void vr_lane_stamp (const VrLaneSlot *slot, guint64 now_ns);
