/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's table of operations: one row a kind. Only src/apply includes it. */
#pragma once

#include "apply/vr-boot-turns.h"
#include "apply/vr-host-backend.h"

/* As in VrBackendClass. */
typedef struct {
  gboolean (*probe) (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error);
  gboolean (*apply) (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error);
  gboolean (*undo) (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error);
} VrHostOp;

struct VrHostBackend {
  VrBackend base;
  char *uri;
  char *offline_path; /* the record of CPUs that are offline, or NULL */
  gint64 ready_timeout_us;
  GCancellable *cancellable;
  gboolean lets_leave; /* an MSR's back-ends are given nothing any more before they end */
  GMutex lock;         /* of virt */
  VrVirt *virt;
  VrBootTurns *boot_turns;
  GCancellable *boot_cancellable; /* as cancellable, of the waits for a turn, for good */
};

/* The row of a kind, from the file that has its family; NULL where that is another one. */
const VrHostOp *vr_host_link_op (VrOpKind kind);
const VrHostOp *vr_host_net_op (VrOpKind kind);
const VrHostOp *vr_host_nic_op (VrOpKind kind);
const VrHostOp *vr_host_ovs_op (VrOpKind kind);
const VrHostOp *vr_host_guest_op (VrOpKind kind);
const VrHostOp *vr_host_thread_op (VrOpKind kind);
const VrHostOp *vr_host_exclusive_op (VrOpKind kind);
const VrHostOp *vr_host_value_op (VrOpKind kind);
