/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of vr-decide share. */
#pragma once

#include "control/vr-decide.h"

typedef struct {
  VrDecideThread is; /* as it was given; share is the one that it has */
  guint tenant;
  guint next;               /* the next thread of the pool, or NONE */
  double forwarded, fitted; /* filtered: g is their ratio; packets a second */
  double rho;               /* slowly filtered: what it takes of its share while it is the limit */
  double off;               /* filtered: what is forwarded above the corrected line, its part */
  double off_before;        /* by the period before, not filtered */
  double spread;            /* slowly filtered: by how much that is off, either way */
  double miss;              /* filtered: what is forwarded above what was granted, its part */
  guint corrections, turns; /* how often g and rho were, up to where that says enough */
  double used;              /* CPUs, filtered; below 0: not known */
  guint64 used_ns;          /* the counter */
} VrDecideThreadState;

typedef struct {
  VrDecideTenant is;         /* threads: of no use after the beginning */
  guint first;               /* of its threads, in the decider's */
  VrDecideCounters counters; /* the last; used_ns is in its threads */
  gboolean has_counters, has_used, is_filtered, was_limited;
  guint64 mute_ns;    /* for so long packets arrive and none is forwarded */
  double whole;       /* slowly filtered: what is forwarded, as a part of what the lines of all its
                       * threads together say of what these took */
  guint wholes;       /* how often it was, up to where that says enough */
  double before_pps;  /* granted in the step before; 0: none */
  double earlier_pps; /* and in the one before that */
  /* vr-decide-allot's: the most that it may get, that its bounds let through, and that the round
   * raises it to; from where on; and whether it is being raised. */
  double reach_pps, goal_pps, from_pps;
  gboolean is_open, is_held;
} VrDecideTenantState;

#define VR_DECIDE_NONE G_MAXUINT
/* After so many corrections a line is known as well as it will be. */
#define VR_DECIDE_CORRECTIONS_ENOUGH 1000

struct VrDecider {
  VrDecideConfig config;
  guint pools_count, tenants_count, threads_count;
  double *capacity; /* of each pool, CPUs */
  guint *members;   /* of each pool: its first thread, or NONE */
  /* vr-decide-allot's: the pools that do not suffice, how far each gets (by pool), and the tenants
   * that have a thread in one. */
  guint *tight;
  double *parts;
  guint *held;
  guint tight_count, held_count;
  gint *priorities; /* the different ones, highest first */
  guint priorities_count;
  VrDecideTenantState *tenants;
  VrDecideThreadState *threads;
  VrDecideResult *results;
  VrDecideThreadResult *thread_results;
  guint64 time_ns;
  gboolean has_time;
};

static inline double
vr_decide_correction (const VrDecideThreadState *thread)
{
  return thread->forwarded / thread->fitted;
}

/* The share by the line and its correction, within bounds. */
static inline double
vr_decide_share (const VrDecideThreadState *thread, double rate_pps)
{
  const VrDecideThread *is = &thread->is;
  double share = (rate_pps * is->part * thread->fitted / thread->forwarded - is->intercept_pps)
                 / is->slope_pps;
  return CLAMP (share, is->share_least, is->share_most);
}

/* Sets target_pps and granted_pps of each result. */
void vr_decide_allot (VrDecider *decider);

/* Steps 1 and 2 of the header's. FALSE where time says nothing. */
void vr_decide_observe (VrDecider *decider, guint64 time_ns, const VrDecideCounters *counters);
