/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an operation is about, a guest's or the switch's, as it is on the host now. */
#pragma once

#include "plan/vr-op.h"
#include "sys/vr-task.h"

typedef struct {
  VrTaskRole role;
  const char *selector; /* "vcpu.0", in the operation's target */
  pid_t tid;            /* 0: there is none, or no guest or switch */
  guint worker;         /* of a vhost worker: its number among them */
} VrThreadFound;

/* `thread` borrows from `op`, a VR_OP_THREAD. VR_ERROR_HOST where two switches have such a thread.
 */
gboolean vr_thread_find (const VrOp *op, VrThreadFound *thread, GError **error);

/* The same for one that must be there: VR_ERROR_HOST where it is not. */
gboolean vr_thread_require (const VrOp *op, VrThreadFound *thread, GError **error);
