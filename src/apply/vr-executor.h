/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries a plan out, so that the host becomes what it says, and takes it back. What is so already
 * is skipped; each step is journalled before it is taken and read back after. */
#pragma once

#include "apply/vr-backend.h"
#include "apply/vr-claims.h"
#include "apply/vr-journal.h"
#include "plan/vr-plan.h"

#include <gio/gio.h>

typedef enum {
  VR_STEP_KEPT,    /* was so already */
  VR_STEP_APPLIED, /* done and read back */
  VR_STEP_UNDONE,
  VR_STEP_FAILED,
} VrStep;

/* Called after each step, from whichever thread took it, one at a time. */
typedef void (*VrProgressFunction) (VrStep step, const VrOp *op, gpointer data);
/* Called at each fault point with its number, counted from 1 in the order in which they are passed;
 * tests kill the process there. */
typedef void (*VrFaultFunction) (guint point, gpointer data);

typedef struct {
  const char *lab;
  VrBackend *backend;
  VrJournal *journal;
  VrClaims *claims;  /* NULL: nothing is claimed (a rehearsal) */
  GHashTable *scope; /* ids of operations: all others, of plan and journal, are left alone; NULL:
                      * none is */
  VrProgressFunction progress;
  gpointer progress_data;
  VrFaultFunction fault;
  gpointer fault_data;
  GCancellable *cancellable; /* may be NULL: looked at between steps */
} VrExecutor;

typedef struct {
  guint kept;
  guint applied;
  guint undone;
} VrOutcome;

/* Makes the host as the plan says: undoes what the journal has and the plan no longer wants, makes
 * anew what cannot change in place together with all that needs it, and applies the rest. On
 * failure it stops where it is; the journal says how far it came, and applying another plan, the
 * one before or an empty one, is the way back. The error is that of the first step that failed, in
 * plan order. VR_ERROR_VERIFY: a step was taken and the host says otherwise. */
gboolean vr_executor_apply (VrExecutor *executor, const VrPlan *plan, VrOutcome *outcome,
                            GError **error);

/* Undoes everything in the journal, last first. What fails is left in the journal and the rest
 * goes on; the error is the first one. */
gboolean vr_executor_undo (VrExecutor *executor, VrOutcome *outcome, GError **error);
