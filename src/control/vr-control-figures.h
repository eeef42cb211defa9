/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a controller did while a load was sent, in numbers: pure functions of what it saw and
 * decided in each step. */
#pragma once

#include <glib.h>

/* A router that follows its load, in one step. */
typedef struct {
  gboolean is_seen;
  double arrived_pps, forwarded_pps; /* over the period before */
  double level_pps;                  /* that it forwards by the step's decision */
  double reserved;                   /* for all of its threads, in CPUs */
  guint cores;                       /* of all its members */
} VrControlRouterMoment;

/* One step. */
typedef struct {
  guint64 time_ns;      /* of what was seen */
  guint64 period_ns;    /* between decisions */
  gboolean is_decision; /* FALSE: what follows its load was not decided in it */
  gboolean has_failed;  /* its changes could not be made */
  guint changes;        /* threads */
  guint64 apply_ns;     /* until they were read back */
  GArray *routers;      /* VrControlRouterMoment, owned: those that follow */
} VrControlMoment;

void vr_control_moment_clear (VrControlMoment *moment);

/* What is told of: from its beginning, which is left out, to its end. */
typedef struct {
  guint64 begin_ns, end_ns;
} VrControlWindow;

typedef struct {
  guint decisions;
  guint applied;    /* of these, and of steps between them, such as changed something */
  guint failed;     /* that could not do what they were to */
  guint64 apply_ns; /* of all that changed something, together */
} VrControlSums;

/* Of a router, by the last decision. */
typedef struct {
  guint64 reserved_ppm; /* 1000000 is a CPU */
  guint64 cores;
  guint64 level_pps;
  /* From the beginning to the first decision from which on it was served: in the period before,
   * which lies in the window, it forwarded 95 % of what arrived, and its level is enough for that.
   * The whole window, where it was not at the end. */
  guint64 settled_ns;
} VrControlFigures;

/* `moments` are VrControlMoment, by time. */
VrControlSums vr_control_sums (const GArray *moments, const VrControlWindow *window);
/* Of a router by its number; all 0 but the last where nothing was decided. */
VrControlFigures vr_control_figures (const GArray *moments, guint router,
                                     const VrControlWindow *window);
