/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel wants beside the system call where a thread comes to SCHED_DEADLINE or leaves it.
 * Only src/apply includes it. */
#pragma once

#include "sys/vr-sched.h"

/* For a thread that has come to SCHED_DEADLINE just now. One that left it throttled keeps the mark
 * until its 0-lag time: deadline + what it overran x period / runtime (task_non_contending and
 * __dl_clear_params, kernel/sched/deadline.c), which after vr_deadline_shrink() is far away. If it
 * comes back before, and the end of its period has found it under another policy, nothing refills
 * it any more: once it is awake it stands in the queue for good, and cannot even be killed
 * (Linux 6.18). Leaving and coming back while it is awake, with a reservation that pays the overrun
 * off sooner, takes the mark away; one that sleeps is made to run for that. Not so one of the
 * kernel, which nobody can wake up. As vr_sched_write(); VR_ERROR_KERNEL where it does not help for
 * some seconds.
 */
gboolean vr_deadline_settle (pid_t tid, const VrSched *sched, GError **error);

/* Has a thread that sleeps, and may be woken, run once where it may run now: until then what it
 * reserves counts where it ran last. */
void vr_deadline_wake (pid_t tid);

/* Before it leaves: one that leaves while it sleeps may leave its bandwidth in the root domain
 * (total_bw of debugfs' sched/debug), so that becomes the least. As vr_sched_write(). */
gboolean vr_deadline_shrink (pid_t tid, GError **error);
