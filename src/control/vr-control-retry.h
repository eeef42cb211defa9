/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab that cannot be read anew, as where a calibration no longer holds: when it is looked at
 * again, and what is told of it. */
#pragma once

#include <glib.h>

typedef struct {
  char *profile;   /* the lab's that could not be read; NULL: none, it is looked at at once */
  char *message;   /* why, as told */
  guint64 wait_ns; /* between the last look and the next */
  guint64 next_ns;
} VrControlRetry;

void vr_control_retry_clear (VrControlRetry *retry);

/* Whether it is to be looked at now: when its profile is another one, and else after twice the time
 * of the last wait, a minute at most. */
gboolean vr_control_retry_is_due (const VrControlRetry *retry, const char *profile, guint64 now_ns);

/* It could not be read. Returns whether that is to be told: not where it was told before. */
gboolean vr_control_retry_fail (VrControlRetry *retry, const char *profile, const char *message,
                                guint64 period_ns, guint64 now_ns);

/* The profile that could not be read is this one now, as the controller has changed it. */
void vr_control_retry_follow (VrControlRetry *retry, const char *profile);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrControlRetry, vr_control_retry_clear)
