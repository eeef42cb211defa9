/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a thread gets what it shall have of the CPUs: a table of mechanisms. Only src/apply includes
 * it. */
#pragma once

#include "apply/vr-thread-find.h"
#include "apply/vr-thread-state.h"

/* What the real-time threads of one guest share. */
#define VR_THREAD_RT_GROUP "rt"

/* The thread of an operation, as it is and as it shall be; all borrowed. */
typedef struct {
  const VrOp *op;
  const VrThreadFound *thread;
  const VrThreadState *is;
  const VrThreadState *want;
} VrThreadGrant;

/* As vr_sched_write() and sys/vr-cgroup.h. On failure the thread may have a part of it. */
gboolean vr_thread_grant (const VrThreadGrant *grant, GError **error);

/* The path of our group `name` of the tree for the thread, which is in `path` there, as
 * vr_own_group_beside() and vr_own_group_below(). */
char *vr_thread_group (const VrThreadFound *thread, VrTree tree, const char *path, const char *name,
                       GError **error);
