/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What carries operations out: the host, a fake in tests, or a printer for --dry-run. The executor
 * knows only this. */
#pragma once

#include "plan/vr-op.h"

typedef struct VrBackend VrBackend;

/* All functions may be called from several threads at once, for different operations. */
typedef struct {
  /* What is there now: `found` becomes an a{ss} with at least the keys of op->want that exist, or
   * NULL where the target does not exist. VR_ERROR_BUSY when it exists and is somebody else's. */
  gboolean (*probe) (VrBackend *backend, const VrOp *op, GVariant **found, GError **error);
  /* Makes it so. `found` is what probe said, NULL where there was nothing. */
  gboolean (*apply) (VrBackend *backend, const VrOp *op, GVariant *found, GError **error);
  /* Takes it back: `old` NULL removes the target, otherwise its values are restored. A target that
   * is gone already, or half made, is success. op->payload may be NULL. */
  gboolean (*undo) (VrBackend *backend, const VrOp *op, GVariant *old, GError **error);
} VrBackendClass;

/* Told of what went wrong beside an operation that is done or undone all the same; from whichever
 * thread does it. `op` may be NULL: no single one. `cause` says all that people need. */
typedef void (*VrWarningFunction) (const VrOp *op, const GError *cause, gpointer data);

struct VrBackend {
  const VrBackendClass *class;
  VrWarningFunction warn; /* NULL: nobody is told */
  gpointer warn_data;
};

/* For backends: tells, where somebody listens. */
void vr_backend_warn (const VrBackend *backend, const VrOp *op, const GError *cause);

typedef enum {
  VR_OP_CREATES = 1 << 0, /* makes its target: before it there was nothing of ours */
  VR_OP_LASTS = 1 << 1,   /* leaves something that must be undone, and so is journalled */
  VR_OP_GOES = 1 << 2,    /* vanishes with what the operations that it needs have made */
  VR_OP_LINKS = 1 << 3,   /* its target is an interface: [NAMESPACE/]NAME, whatever the kind */
  VR_OP_LATE = 1 << 4,    /* undone after all others, whenever it was done */
} VrOpFlags;

/* What the executor must know of a kind, the same for every backend. */
typedef struct {
  const char *const *fixed; /* keys that cannot change in place: the target is made anew */
  VrOpFlags flags;
  guint at_once; /* how many of a run of such operations go on together, 1 or more */
  /* Of a run of such operations those that take most of what they share go last, so that what
   * others give up is there for them: more is taken than was had before, or less (below 0). NULL:
   * the plan's order. */
  gint64 (*takes) (const VrOp *op, GVariant *found);
} VrOpTraits;

const VrOpTraits *vr_op_traits (VrOpKind kind);

/* Whether `found` has every key of `want` with the same value. Where not, and `key` is not NULL, it
 * becomes the first key that differs. */
gboolean vr_op_is_so (const VrOp *op, GVariant *found, const char **key);
/* Whether they differ in a key that cannot change in place. */
gboolean vr_op_must_remake (VrOpKind kind, GVariant *want, GVariant *found);
