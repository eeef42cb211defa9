/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reservation leaves a thread without, and the queues that bridge it: a pure function of
 * numbers.
 *
 * A thread that has Q of every T gets no time for T - Q at a stretch: the constant bandwidth server
 * (Abeni and Buttazzo, Integrating multimedia applications in hard real-time systems, RTSS 1998;
 * kernel/sched/deadline.c) and the bandwidth of a group (tg_set_cfs_bandwidth, kernel/sched)
 * throttle it from where its budget ends to where the next period begins. Most kernels look only
 * at ticks at what was used: up to a tick too much is taken, and paid back out of later budgets,
 * which takes tick · T / Q at the thread's share. So the longest wait is
 *
 *     gap = T - Q + tick · T / Q,     and 0 where Q = T,
 *
 * and T - Q more where the thread has to share its CPU with other reservations, since a budget may
 * come at the beginning of one period and at the end of the next (Shin and Lee, Periodic resource
 * model for compositional real-time guarantees, RTSS 2003). Whatever arrives in a gap must wait in
 * the queue and the ring before the thread, whatever the average: a contract of R packets a second
 * holds where gap · R <= queue + ring. The gap is also the most that it adds to a packet's latency:
 * one that arrives as the gap begins waits for all of it, and those behind it for less, as the
 * thread, while it runs, is faster than the contract.
 *
 * With SCHED_DEADLINE the gap is a bound while the reservations are admitted; the bandwidth of a
 * group is a limit and no promise, and the bound holds only while nothing else wants the CPU. */
#pragma once

#include <glib.h>

/* Whether other threads have reservations on the thread's CPUs. */
typedef enum { VR_GAP_ALONE, VR_GAP_SHARED } VrGapCpu;

typedef struct {
  guint64 runtime_ns; /* Q, above 0 and at most T */
  guint64 period_ns;  /* T, of which the deadline is the end */
  guint64 tick_ns;    /* how far apart the kernel looks at what was used; 0: it is exact */
  VrGapCpu cpu;
} VrGapReservation;

/* The longest time that the thread gets nothing, though it has work; ns, rounded up. */
guint64 vr_gap_longest_ns (const VrGapReservation *reservation);

/* The frames that arrive in such a time at `rate_pps`, rounded up. */
guint64 vr_gap_frames (guint64 gap_ns, guint64 rate_pps);

/* A contract, and within what a reservation for it is looked for. */
typedef struct {
  guint64 rate_pps;       /* above 0 */
  guint64 share_ppm;      /* of a CPU that the rate takes: 1 to 1,000,000 */
  guint64 ring_frames;    /* behind the queue and before the thread; 0 where there is none */
  guint64 queue_min;      /* frames, as the queue may be set */
  guint64 queue_max;      /* frames, not below queue_min */
  guint64 runtime_min_ns; /* the kernel's least Q */
  guint64 period_min_ns;  /* above 0; the kernel's limits, or tighter ones */
  guint64 period_max_ns;
  guint64 tick_ns;
  guint64 latency_max_ns; /* that the contract may add; 0: no limit */
  VrGapCpu cpu;
} VrGapContract;

typedef struct {
  VrGapReservation reservation;
  guint64 queue_frames;
  guint64 gap_ns; /* and so the latency that it adds at most */
} VrGapChoice;

/* The largest period in which the contract holds with the longest queue, as fewer and longer turns
 * cost less; and the shortest queue that bridges its gap, as a long one wastes time on what is
 * dropped later (Abeni et al., On the performance of KVM-based virtual routers, Fig. 15). Periods
 * of 1 ms and more are whole 0.1 ms, of 10 ms and more whole ms; runtimes are whole microseconds.
 *
 * VR_ERROR_INFEASIBLE where even the least period leaves a gap that is too long: the message has
 * the queue, the rate and the latency that would fit, as far as each does. */
gboolean vr_gap_choose (const VrGapContract *contract, VrGapChoice *choice, GError **error);
