/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel wants beside the system call where a thread comes to SCHED_DEADLINE or leaves it.
 * Only src/apply includes it. */
#pragma once

#include "sys/vr-sched.h"

/* For a thread that has come to SCHED_DEADLINE just now: one that left it throttled, and comes back
 * before the kernel has forgotten that, is not run any more (seen with Linux 6.18: dl.runtime of
 * /proc/TID/sched stays below 0, as the timer that would refill it has found another policy). It
 * leaves and comes back until it has runtime. As vr_sched_write(); VR_ERROR_KERNEL where that does
 * not help for some seconds. */
gboolean vr_deadline_settle (pid_t tid, const VrSched *sched, GError **error);

/* Before it leaves: one that leaves while it sleeps may leave its bandwidth in the root domain
 * (total_bw of debugfs' sched/debug), so that becomes the least. As vr_sched_write(). */
gboolean vr_deadline_shrink (pid_t tid, GError **error);
