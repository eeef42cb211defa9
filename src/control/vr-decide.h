/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds tenants to packet rates by the shares of a CPU that their threads have: a pure function of
 * what they are to get, what was decided before, and counters. No clock, no host, no allocation in
 * a step.
 *
 * A thread with the share s is taken to forward g · (intercept + slope · s) packets a second: the
 * line of its calibration (campaign/vr-calibration.h), corrected by g; of an offset, as much is
 * believed as lets the loop settle (a third of the share that the tenant's rate takes). A step
 *
 *   1. makes rates of counters, and filters them: x += (1 - exp (-dt / filter)) · (y - x);
 *   2. corrects g of each thread that was the limit, over this period and the one before, by what
 *      was forwarded with the CPU time that the thread took: g = forwarded / (intercept + slope ·
 *      used), both as the mean of all such periods at first, so that one or two settle it, and
 *      filtered over `correction_ns` from then on. As the next share is the line's for rate / g,
 *      the rate is what comes to rest there: this is the loop's integral part. A thread that was
 *      not the limit says nothing of g, and leaves it alone, so that nothing winds up;
 *   3. divides the pools (below), which gives each tenant the rate that it is granted;
 *   4. goes to the shares for these rates, by one largest step a period, within bounds; what is
 *      nearer than the deadband is left as it is.
 *
 * Where a pool's capacity does not suffice, it is granted in this order: what is offered of the
 * guarantees, the guarantees, what is offered of the rates, the rates, what is offered of the
 * limits. Within each of these the higher priority goes first, and tenants of one priority get the
 * same part of what they are to get (max-min fairness, weighted by it): a tenant that is held up in
 * one pool leaves the others' share of its other pools to them. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 period_ns;      /* between observations */
  guint64 filter_ns;      /* time constant of the filtered rates */
  guint64 correction_ns;  /* time constant of the correction; 0: none, the loop is open */
  guint64 hung_ns;        /* packets arrive and none is forwarded for so long: hung */
  double correction_most; /* a calibration may be wrong by this factor, and by its inverse; >= 1 */
  double deadband;        /* changes of less than this part of a share are left; 0: none */
  double step_most;       /* above 0: a share grows in a period by this part of it at most, or of
                             what the tenant's rate takes; it shrinks by as much */
  double headroom;        /* above what is offered, what is granted between rate and limit */
  double loss_least;      /* part of what arrives that is lost where a thread is the limit */
  double busy_least;      /* part of its share that such a thread takes at least */
} VrDecideConfig;

/* For a period: filters of two periods, correction of one, both of 1 s at least; 1 % of deadband,
 * 50 % as the largest step, 10 % of headroom, a factor of 4 of correction. */
VrDecideConfig vr_decide_config_default (guint64 period_ns);
/* VR_ERROR_PROFILE, naming field, value and bounds. */
gboolean vr_decide_config_check (const VrDecideConfig *config, GError **error);

/* A thread whose share is controlled. */
typedef struct {
  const char *name; /* for the log, as "r1/vcpu.0"; borrowed for as long as the decider lives */
  guint pool;       /* the CPUs that it runs on: index of the decider's pools */
  double part;      /* of the tenant's packets that pass it: above 0 and at most 1 */
  /* The calibration's line, forwarded_pps = intercept + slope · share, with the half widths of its
   * intervals: a correction that they cannot explain is told (VR_DECIDE_CALIBRATION). */
  double intercept_pps, slope_pps; /* slope above 0 */
  double intercept_error_pps, slope_error_pps;
  double share_least, share_most; /* bounds: above 0, at most 1, of a CPU */
  double share;                   /* that it has now, within (0, 1]; 0: none, one is decided */
  double correction;              /* g, as a controller before has left it; 0: none, g is 1 */
} VrDecideThread;

typedef struct {
  const char *name;              /* borrowed, as above */
  double rate_pps;               /* the contract: what it has whatever it offers, above 0 */
  double guarantee_pps;          /* what it keeps where capacity does not suffice: up to rate_pps */
  double limit_pps;              /* what it may have while capacity is left: from rate_pps on */
  gint priority;                 /* the higher goes first */
  const VrDecideThread *threads; /* at least one; copied */
  guint threads_count;
} VrDecideTenant;

/* --- What is seen -------------------------------------------------------------------------------
 */

/* Of one tenant, since any moment: only differences count. */
typedef struct {
  gboolean is_missing; /* they could not be read: the rest does not count */
  guint64 arrived;     /* packets offered to it */
  guint64 forwarded;   /* packets that left it */
  guint64 lost;        /* packets dropped in its queues; 0 throughout: arrived - forwarded counts */
  const guint64 *used_ns; /* CPU time of each of its threads; NULL: not known */
} VrDecideCounters;

/* --- What is decided ----------------------------------------------------------------------------
 */

typedef enum {
  VR_DECIDE_START,    /* it had no share */
  VR_DECIDE_STEADY,   /* what is wanted is what it has, within the deadband */
  VR_DECIDE_CORRECT,  /* the calibration's line was corrected */
  VR_DECIDE_DEMAND,   /* more or less is offered, between rate and limit */
  VR_DECIDE_CAPACITY, /* its pool gives less than its rate takes, or more again */
  VR_DECIDE_STEP,     /* on the way: the largest step was taken */
  VR_DECIDE_BOUND,    /* at share_least or share_most, though another is wanted */
  VR_DECIDE_BLIND,    /* nothing could be seen: left alone */
  VR_DECIDE_REASONS,  /* how many */
} VrDecideReason;

/* A stable word for logs, "steady"; and a sentence's part for people. Static. */
const char *vr_decide_reason_id (VrDecideReason reason);
const char *vr_decide_reason_text (VrDecideReason reason);

/* Bits; to be reported where they appear and where they go away. */
typedef enum {
  VR_DECIDE_MISSING = 1 << 0,     /* its counters could not be read */
  VR_DECIDE_BACKWARDS = 1 << 1,   /* a counter went back: its guest or interface is a new one */
  VR_DECIDE_CLOCK = 1 << 2,       /* time stood still or went back */
  VR_DECIDE_LEAP = 1 << 3,        /* more than four periods passed: a suspended or stalled host */
  VR_DECIDE_HUNG = 1 << 4,        /* packets arrive, none is forwarded: shares stay as they are */
  VR_DECIDE_ELSEWHERE = 1 << 5,   /* packets are lost, and no thread has used up its share */
  VR_DECIDE_SHORT = 1 << 6,       /* less than its rate is granted */
  VR_DECIDE_BROKEN = 1 << 7,      /* less than its guarantee is granted */
  VR_DECIDE_CALIBRATION = 1 << 8, /* a line is off by more than its interval and a tenth, and the
                                   * tenant's lines together are, too */
} VrDecideProblem;

#define VR_DECIDE_PROBLEMS 9
/* Of the bit `1 << number`. Static. */
const char *vr_decide_problem_id (guint number);
const char *vr_decide_problem_text (guint number);

typedef struct {
  double share;  /* that it is to have; the same as `before` to the bit where it is left alone */
  double before; /* that it had; 0: none */
  double wanted; /* before deadband, largest step and room in the pool */
  double used;   /* CPUs, filtered; below 0 where not known */
  double correction; /* g */
  VrDecideReason reason;
} VrDecideThreadResult;

typedef struct {
  double arrived_pps, forwarded_pps, lost_pps;         /* since the last observation */
  double offered_filtered_pps, forwarded_filtered_pps; /* by filter_ns */
  double target_pps;                                   /* by its contract and what it offers */
  double granted_pps;                                  /* what the pools leave of it */
  guint problems;                                      /* VrDecideProblem */
  gboolean is_seen; /* the rates above are of this period; otherwise the last known */
  const VrDecideThreadResult *threads; /* as many as the tenant has */
} VrDecideResult;

typedef struct VrDecider VrDecider;

/* Copies the arrays; names stay the caller's. `pools_capacity` is in CPUs that reservations may
 * take in each. VR_ERROR_PROFILE for tenants, threads or configurations that make no sense. */
VrDecider *vr_decider_new (const VrDecideConfig *config, const double *pools_capacity, guint pools,
                           const VrDecideTenant *tenants, guint tenants_count, GError **error);
void vr_decider_free (VrDecider *decider);

/* One period: `counters` has one row a tenant, `time_ns` is of any clock that does not go back. The
 * first step has no differences yet, and decides by the calibration alone. The results, one a
 * tenant, are the decider's and stand until the next step. Shares of a pool are never together more
 * than its capacity, but for bounds (share_least) that are so already. */
const VrDecideResult *vr_decider_step (VrDecider *decider, guint64 time_ns,
                                       const VrDecideCounters *counters);

/* What the last step decided could not be made so: each thread has what it had before that, or has
 * none as then. */
void vr_decider_take_back (VrDecider *decider);
/* The thread runs elsewhere from now on, or the pool has another capacity. */
void vr_decider_set_pool (VrDecider *decider, guint tenant, guint thread, guint pool);
void vr_decider_set_capacity (VrDecider *decider, guint pool, double capacity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrDecider, vr_decider_free)
