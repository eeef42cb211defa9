/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has a thread that sleeps run once, as a debugger stops one and lets it go: what it waits for goes
 * on. All three are called by one thread. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Wakes the thread up, so that it stops once a CPU runs it; FALSE where that cannot be: one of the
 * kernel, of another's debugger, or no permission. */
gboolean vr_task_stop (pid_t tid);

/* Whether it has stopped, or is gone. */
gboolean vr_task_has_stopped (pid_t tid);

/* Once it has: one that has not stays as it is until the caller's thread ends. */
void vr_task_release (pid_t tid);
