/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation in a run of the executor, and what is found of it. Only src/apply includes it. */
#pragma once

#include "apply/vr-run.h"

/* One operation of the plan, and what is known of it. */
typedef struct {
  const VrOp *op;
  char *id;
  GVariant *found;       /* what the host has; NULL: nothing */
  VrJournalEntry *entry; /* what an earlier run began, or NULL */
  gboolean remake;       /* undone first, then made anew */
} VrRunItem;

void vr_run_item_free (VrRunItem *item);

gboolean vr_op_has_flag (const VrOp *op, VrOpFlags flag);
/* Whether the run is about that operation. */
gboolean vr_run_has_in_scope (const VrRun *run, const char *id);
gboolean vr_run_probe (VrRun *run, const VrOp *op, GVariant **found, GError **error);

/* Adds an item for each operation of the plan that the run is about, probed, and marks those that
 * must be made anew. Nothing is changed. */
gboolean vr_run_item_look (VrRun *run, const VrPlan *plan, GPtrArray *items, GError **error);
