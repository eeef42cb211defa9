/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims: predicates over what was measured, each with its thresholds. All compare block by block:
 * sample i of every series was measured in block i, so that what drifts from block to block does
 * not count. A claim holds that the samples show with the confidence asked for, and one does not of
 * which they show the contrary; where they show neither it is "not shown either way". */
#pragma once

#include <glib.h>

/* What was measured under one condition. All is borrowed. */
typedef struct {
  const char *label;
  double x;    /* where it is on the axis that was swept */
  double lost; /* of a plateau: of what was sent, the share that was lost, over all blocks */
  const double *samples;
} VrSeries;

typedef struct {
  const VrSeries *series; /* in the order of the claim; of a sweep, of rising x */
  guint count;            /* of series: 2 or more, a sweep's 3 */
  gsize blocks;           /* samples of each: 2 or more */
  double confidence;      /* of each comparison by itself, within (0, 1) */
} VrEvidence;

/* Of several comparisons the greatest counts. */
typedef enum {
  VR_VERDICT_HOLDS,
  VR_VERDICT_NOT_SHOWN, /* an interval lies on both sides: more samples may tell */
  VR_VERDICT_UNTESTED,  /* too few series or blocks, or samples that no predicate can be asked of */
  VR_VERDICT_DOES_NOT_HOLD,
} VrVerdict;

/* How a series stands to the next one of an order. */
typedef enum {
  VR_RELATION_ABOVE,       /* above it: the interval of the difference is above 0 */
  VR_RELATION_NOT_BELOW,   /* at least (1 - margin) of it: so is the interval of the ratio */
  VR_RELATION_ABOUT_EQUAL, /* within margin of it: the interval of the ratio is within 1 ± margin */
} VrRelation;

/* `relations` has count - 1; the margin is a share, within [0, 1). `why` becomes what was found, a
 * sentence for each comparison; the caller owns it, in all of these. */
VrVerdict vr_claim_order (const VrEvidence *evidence, const VrRelation *relations, double margin,
                          char **why);

/* The mean of the first over the mean of the second, by block: its interval is within [low, high].
 */
VrVerdict vr_claim_ratio (const VrEvidence *evidence, double low, double high, char **why);

/* The standard deviation of the first over that of the second: its interval is within [low, high].
 * It takes 3 blocks. */
VrVerdict vr_claim_spread (const VrEvidence *evidence, double low, double high, char **why);

/* What a line is to be. */
typedef struct {
  double r_squared; /* at least */
  guint points;     /* at least, 3 or more; with fewer it is untested */
  gboolean to_peak; /* of the points up to the first that reaches 98 % of the greatest mean */
} VrLineWanted;

/* A line through the means over x has the R² that is wanted and rises: the interval of its slope is
 * above 0. */
VrVerdict vr_claim_linear (const VrEvidence *evidence, const VrLineWanted *wanted, char **why);

/* Overload begins with the first series of which more than VR_CLAIM_OVERLOAD of what was sent is
 * lost. From there on none is below (1 - fall) of the greatest mean before it: the interval of each
 * one's ratio to that series is above it. Where no series lost so much, it is untested. */
#define VR_CLAIM_OVERLOAD 0.02 /* what a router may lose at its limit, after Choi and Lee, LVRM */
VrVerdict vr_claim_plateau (const VrEvidence *evidence, double fall, char **why);

/* "holds", "not shown", "cannot be tested", "does not hold". */
const char *vr_verdict_name (VrVerdict verdict);
