/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What on the host would spoil a measurement: looked at over the pause before each run, and noted
 * over the run itself; stored with it. */
#pragma once

#include <glib.h>

typedef enum {
  VR_WATCH_LOAD_MILLI,     /* runnable tasks, average of a minute, in thousandths */
  VR_WATCH_BUSY_PERMILLE,  /* of all CPUs' time in the pause, what was not idle */
  VR_WATCH_STEAL_PERMILLE, /* of it, what the hypervisor beneath took */
  VR_WATCH_FREQ_MIN_KHZ,   /* of the slowest CPU now; 0: cpufreq does not tell, as the next */
  VR_WATCH_FREQ_MAX_KHZ,   /* of the fastest CPU now */
  VR_WATCH_THROTTLED,      /* times that a CPU was slowed down for its heat, in the pause */
  VR_WATCH_SWAP_MIB,       /* swap in use */
  VR_WATCH_SWAPPED_PAGES,  /* pages that went to or came from swap in the pause */
  VR_WATCH_COLUMNS,
} VrWatchColumn;

typedef struct {
  gint64 values[VR_WATCH_COLUMNS];
  char *clocksource; /* "" where not told */
  char *notes;       /* what may spoil a measurement, for people, "; " between; "" where nothing */
} VrHostWatch;

typedef struct VrHostLook VrHostLook;

/* Reads the counters below `root`. Never fails: what cannot be read is 0. */
VrHostLook *vr_host_look_new (const char *root);
void vr_host_look_free (VrHostLook *look);

/* What happened between two looks; `watch` holds nothing before. */
void vr_host_watch (const VrHostLook *before, const VrHostLook *after, VrHostWatch *watch);
/* The same over the run that follows: what of it may spoil a measurement is added to the notes.
 * What the CPUs do is the run's own then, and is left out. */
void vr_host_watch_run (const VrHostLook *before, const VrHostLook *after, VrHostWatch *watch);
void vr_host_watch_clear (VrHostWatch *watch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrHostWatch, vr_host_watch_clear)

/* "busy_permille". */
const char *vr_host_watch_name (guint column);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrHostLook, vr_host_look_free)
