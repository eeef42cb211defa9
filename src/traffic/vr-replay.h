/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many frames of a capture a stream sends, and when. */
#pragma once

#include "traffic/vr-stream.h"

typedef struct {
  guint64 loops;         /* times through the file; 0: once, or as often as the others allow */
  guint64 count;         /* frames; 0: not bounded by it */
  guint64 duration_ns;   /* 0: not bounded by it */
  gboolean at_own_times; /* by the file's times, and not by the stream's rate */
} VrReplay;

/* Makes `stream` one of the capture's frames, which are not copied. At the file's own times its
 * count has all three bounds in it, and its rate is the mean; else the duration stays to be kept by
 * the sender. VR_ERROR_USAGE where that makes no frame, or more than 2^32, and for a duration alone
 * where the file tells no times. */
gboolean vr_replay_set (const VrReplay *replay, const VrCapture *capture, VrStream *stream,
                        GError **error);
