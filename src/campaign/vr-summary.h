/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a campaign measured, condition by condition: the samples of the tries that counted, in the
 * order of the blocks. */
#pragma once

#include "campaign/vr-results.h"
#include "campaign/vr-statistics.h"

typedef struct {
  guint id;
  char **levels;   /* of each factor, NULL-terminated */
  GArray *samples; /* VrSample of the runs that were done, in the order of the blocks */
  GArray *blocks;  /* guint: of each of them, its block */
  guint failed;    /* tries that failed */
} VrSummaryCondition;

typedef struct {
  char **factors;              /* names, NULL-terminated */
  GPtrArray *conditions;       /* VrSummaryCondition *, owned, of rising id */
  GPtrArray *reasons;          /* char *, owned: "run 3, try 1: why it failed" */
  GPtrArray *host_notes;       /* the same: "run 3, try 1: what the host was like", where noted */
  guint planned, done, failed; /* runs; the rest is still to be made */
  guint blocks;                /* planned */
} VrSummary;

/* Errors as of vr_results_each(). */
VrSummary *vr_summary_new (VrResults *results, GError **error);
void vr_summary_free (VrSummary *summary);

/* A column's samples over the runs, a number a run; the caller owns it. */
double *vr_summary_column (const VrSummaryCondition *condition, guint column);

/* The mean of a column; not a number where nothing was measured. */
VrEstimate vr_summary_mean (const VrSummaryCondition *condition, guint column, double confidence);

/* What a quantity is of; a rate may stand as a plain number, too. */
typedef enum { VR_QUANTITY_NUMBER, VR_QUANTITY_PPS, VR_QUANTITY_BPS, VR_QUANTITY_S } VrQuantity;

/* A factor whose levels are several quantities of one kind, for the x axis of a figure: the one
 * named, or with NULL the first. The number of factors where there is none. */
guint vr_summary_axis (const VrSummary *summary, const char *name);

/* The first quantity in a level, in pps, bit/s, s, or as it stands: "10kpps" is 10000, "50ms" and
 * "deadline 50ms/200ms @1" 0.05. FALSE where there is none. */
gboolean vr_summary_number (const char *level, double *number);
/* The same, and what it is of. */
gboolean vr_summary_quantity (const char *level, double *number, VrQuantity *quantity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSummary, vr_summary_free)
