/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of an experiment's claims: its predicates over what a campaign of it measured. Pure.
 */
#pragma once

#include "campaign/vr-claim-spec.h"
#include "campaign/vr-summary.h"

typedef struct {
  const VrExperimentClaim *claim; /* the experiment's */
  VrVerdict verdict;
  gboolean is_lacking; /* the host lacks what it needs */
  char *why;           /* the figures, or what stands against a test, in one sentence */
} VrClaimResult;

/* A need that the host does not meet, and how that is said, or NULL: the claims that have it cannot
 * be tested. The caller owns it. */
typedef char *(*VrLackFunction) (const char *need, gpointer data);

typedef struct {
  const VrExperiment *experiment;
  const VrSummary *summary; /* of a campaign of it; NULL: there is none */
  const char *only;         /* what chose its conditions; "" where all were measured, or NULL */
  VrLackFunction lack;      /* NULL: the host has all */
  gpointer lack_data;
} VrClaimCase;

/* VrClaimResult *, owned, of each claim. Samples are compared within blocks: one in which a series
 * has no sample is left out of all series, and counted in `why`. A run in which the tester was the
 * limit is no sample; one in which it was limited and the router lost of what it sent all the same
 * is one, and `why` tells how many of both there are. */
GPtrArray *vr_claim_judge (const VrClaimCase *of);
