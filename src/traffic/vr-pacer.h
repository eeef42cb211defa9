/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the next frame is due: arithmetic alone. Frame i is due at start + i / rate. A sender that
 * was held up catches up, but by no more than `lag_max_ns`: beyond that the schedule slips, so that
 * a long stall does not end in a long burst, and the slip is told as the tester's own limit. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 start_ns;
  guint64 rate_pps; /* 0: everything is due at once */
  guint64 lag_max_ns;
  guint64 slipped_ns; /* told: by how much the schedule was moved in all */
} VrPacer;

/* How many frames are due at `now_ns` beyond the `sent` ones; slips first where it lags. */
guint64 vr_pacer_due (VrPacer *pacer, guint64 now_ns, guint64 sent);

/* When the frame after the `sent` ones is due. */
guint64 vr_pacer_next_ns (const VrPacer *pacer, guint64 sent);
