/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of the executor: what its parts share. Only src/apply includes it. */
#pragma once

#include "apply/vr-executor.h"

typedef struct {
  VrExecutor *executor;
  VrOutcome *outcome;
  GMutex lock;       /* of all below, of the outcome and of the progress function */
  guint points;      /* fault points passed */
  gboolean stopping; /* a step has failed: no new one is begun */
} VrRun;

void vr_run_init (VrRun *run, VrExecutor *executor, VrOutcome *outcome);
void vr_run_clear (VrRun *run);
void vr_run_fault (VrRun *run);
void vr_run_report (VrRun *run, VrStep step, const VrOp *op);
gboolean vr_run_is_stopping (VrRun *run);

/* Calls `step` for every item of a slice, `at_once` of them together; the error is that of the
 * first item, in order, whose step failed. */
typedef gboolean (*VrRunStep) (VrRun *run, gpointer item, GError **error);
gboolean vr_run_each (VrRun *run, gpointer *items, guint count, guint at_once, VrRunStep step,
                      GError **error);

/* Undoes the entries (VrJournalEntry), last first, and marks them. Goes on after a failure. */
gboolean vr_run_undo (VrRun *run, GPtrArray *entries, GError **error);
/* Restores what the lab's claim on a shared value has let go. */
gboolean vr_run_restore_unheld (VrRun *run, const VrOp *op, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrRun, vr_run_clear)
