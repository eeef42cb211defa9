/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that somebody else may have changed, from step to step: put right once, and from the
 * second time on left alone, for as long as the controller runs. */
#pragma once

#include <glib.h>

typedef struct {
  gboolean is_mending;   /* what is being made so puts it right */
  gboolean was_mended;   /* somebody else's change was taken back */
  gboolean is_abandoned; /* it was changed again: left alone */
} VrControlWatch;

/* By the name of the thread, "r1/vcpu.0": they outlive what else is known of the lab. */
typedef struct VrControlWatches VrControlWatches;

VrControlWatches *vr_control_watches_new (void);
void vr_control_watches_free (VrControlWatches *watches);
/* That of the thread: a new one where there is none yet. Theirs. */
VrControlWatch *vr_control_watch (VrControlWatches *watches, const char *thread);

typedef enum {
  VR_WATCH_FINE,    /* it is as it was left */
  VR_WATCH_MEND,    /* to be put right */
  VR_WATCH_ABANDON, /* changed again, just now: to be told */
  VR_WATCH_LEAVE,   /* left alone since */
} VrWatchVerdict;

/* `has_drifted`: it is otherwise than it was left. */
VrWatchVerdict vr_control_watch_judge (VrControlWatch *watch, gboolean has_drifted);

/* The transaction is over that was to put it right: only one that did counts. */
void vr_control_watch_settle (VrControlWatch *watch, gboolean is_done);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrControlWatches, vr_control_watches_free)
