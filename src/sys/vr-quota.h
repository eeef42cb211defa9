/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CFS bandwidth of cgroups: how much time their threads together have of each period
 * (Documentation/scheduler/sched-bwc.rst; version 2: admin-guide/cgroup-v2.rst, cpu.max). */
#pragma once

#include "sys/vr-cgroup.h"

/* Whether the bandwidth binds a thread of that policy (kernel/sched/fair.c): not one of FIFO, RR or
 * DEADLINE. */
gboolean vr_quota_binds (int policy);

/* Of the group of the cpu tree with that path: both are 0 where it has no limit of its own.
 * VR_ERROR_HOST where it cannot be read. */
gboolean vr_quota_read (const char *path, guint64 *quota_ns, guint64 *period_ns, GError **error);

/* The group that one thread is in, read again and again. It is looked up anew when the thread has
 * moved. */
typedef struct {
  char *groups;      /* /proc/TID/cgroup as it was; NULL: not read yet */
  char *quota_file;  /* of the group that this names; NULL: it cannot have a limit */
  char *period_file; /* the same; NULL with version 2 */
} VrQuotaMeter;

/* Both are 0 where the group has no limit, and where it cannot be read: the thread may have ended,
 * and the root group has none. */
void vr_quota_meter_read (VrQuotaMeter *meter, pid_t tid, guint64 *quota_ns, guint64 *period_ns);

void vr_quota_meter_clear (VrQuotaMeter *meter);
