/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policy and affinity of threads: sched_setattr(2), sched_getattr(2), sched_setaffinity(2).
 *
 * Errors: VR_ERROR_HOST the thread does not exist; VR_ERROR_PERMISSION, VR_ERROR_BUSY and
 * VR_ERROR_KERNEL as the kernel says, with what each means there. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* The least that a deadline thread can have: DL_SCALE of kernel/sched/deadline.c. */
#define VR_SCHED_RUNTIME_MIN_NS 1024

typedef struct {
  guint policy;                               /* SCHED_OTHER, … of linux/sched.h */
  gint nice;                                  /* SCHED_OTHER and SCHED_BATCH */
  guint priority;                             /* SCHED_FIFO and SCHED_RR */
  guint64 runtime_ns, deadline_ns, period_ns; /* SCHED_DEADLINE */
  gboolean reset_on_fork;                     /* children start with SCHED_OTHER */
} VrSched;

/* "deadline", and back; NULL and G_MAXUINT for what has no name. */
const char *vr_sched_policy_name (guint policy);
guint vr_sched_policy_parse (const char *name);

gboolean vr_sched_read (pid_t tid, VrSched *sched, GError **error);
gboolean vr_sched_write (pid_t tid, const VrSched *sched, GError **error);

/* The CPUs that the thread may run on, of those that are online: a list as base/vr-cpu-list.h has
 * it. NULL on failure. */
GArray *vr_sched_read_cpus (pid_t tid, GError **error);
gboolean vr_sched_write_cpus (pid_t tid, const GArray *cpus, GError **error);
/* All that the machine may ever have: from then on the thread follows its cpuset. */
gboolean vr_sched_free_cpus (pid_t tid, GError **error);
