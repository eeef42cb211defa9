/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-deadline.h"

#include <sched.h>

#include "base/vr-error.h"
#include "sys/vr-task-stop.h"
#include "sys/vr-task.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
/* More than the longest period, sched_deadline_period_max_us, which is 4 s. */
#define SETTLE_TRIES 1200
#define SETTLE_STEP_US 5000
#define STOP_STEP_US 1000
/* The shorter one is the least that the kernel allows, unless sched_deadline_period_min_us asks for
 * more. */
#define AWAKE_PERIOD_NS 100000
#define ASLEEP_PERIOD_NS 100000000

static gboolean
leave_and_return (pid_t tid, const VrSched *sched, GError **error)
{
  static const VrSched other = { .policy = SCHED_OTHER };
  if (!vr_sched_write (tid, &other, error))
    return FALSE;
  g_usleep (SETTLE_STEP_US);
  return vr_sched_write (tid, sched, error);
}

/* Has a thread that was asleep, and shall stop, run until it does. One that the kernel does not run
 * stands in its queue then, and is awake; what stops does so asleep, and one that is asleep must
 * not leave its policy: it may leave its bandwidth in the root domain. */
static gboolean
run_and_release (pid_t tid, const VrSched *sched, GError **error)
{
  gboolean done = TRUE;
  for (guint i = 0; done && !vr_task_has_stopped (tid) && i < SETTLE_TRIES; i++) {
    g_usleep (STOP_STEP_US);
    if (!vr_task_sleeps (tid))
      done = leave_and_return (tid, sched, error);
  }
  vr_task_release (tid);
  return done;
}

gboolean
vr_deadline_settle (pid_t tid, const VrSched *sched, GError **error)
{
  for (guint i = 0; i < SETTLE_TRIES && vr_task_is_spent (tid); i++) {
    gboolean asleep = vr_task_sleeps (tid);
    if (asleep && !vr_task_stop (tid))
      return TRUE;
    if (!(asleep ? run_and_release : leave_and_return) (tid, sched, error))
      return FALSE;
  }
  if (!vr_task_is_spent (tid))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_KERNEL,
               "thread %d has a reservation, and the kernel gives it no time: it has not forgotten "
               "the last one after %d s",
               (int) tid, SETTLE_TRIES * SETTLE_STEP_US / 1000000);
  return FALSE;
}

void
vr_deadline_wake (pid_t tid)
{
  if (!vr_task_sleeps (tid) || !vr_task_stop (tid))
    return;
  for (guint i = 0; i < SETTLE_TRIES && !vr_task_has_stopped (tid); i++)
    g_usleep (STOP_STEP_US);
  vr_task_release (tid);
}

static gboolean
write_least (pid_t tid, guint64 period_ns, GError **error)
{
  VrSched least = { .policy = SCHED_DEADLINE,
                    .runtime_ns = VR_SCHED_RUNTIME_MIN_NS,
                    .deadline_ns = period_ns,
                    .period_ns = period_ns,
                    .reset_on_fork = TRUE };
  return vr_sched_write (tid, &least, error);
}

/* What a thread runs as long as it has the least is paid back at that rate (replenish_dl_entity,
 * kernel/sched/deadline.c), and its next reservation waits for that: one that is awake, or has
 * woken up meanwhile, gets a period so short that this is over soon. */
gboolean
vr_deadline_shrink (pid_t tid, GError **error)
{
  gboolean slept = vr_task_sleeps (tid);
  if (slept && !write_least (tid, ASLEEP_PERIOD_NS, error))
    return FALSE;
  return (slept && vr_task_sleeps (tid)) || write_least (tid, AWAKE_PERIOD_NS, NULL)
         || write_least (tid, ASLEEP_PERIOD_NS, error);
}
