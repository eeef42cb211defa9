/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A claim of an experiment, read: which conditions make its series, and its thresholds. Pure. */
#pragma once

#include "campaign/vr-claim.h"
#include "campaign/vr-experiment.h"

/* One level of the factor that a claim goes along. */
typedef struct {
  const char *level; /* the experiment's */
  double x;          /* the level as a quantity; of linear and plateau */
  GArray *cells;     /* guint: conditions, numbers from 0 as vr_combination_list() has them; one
                      * without `peak`, of which the greatest sample of a block counts */
} VrClaimSeries;

typedef struct {
  guint measure;         /* vr-measure.h's */
  GPtrArray *series;     /* VrClaimSeries *, owned, in the order of the claim; of rising x */
  VrRelation *relations; /* of an order, one less than series */
  double margin, low, high, r_squared, fall; /* of 1 where they are shares */
  double confidence;                         /* within (0, 1) */
} VrClaimSpec;

/* Reads a claim of the experiment. VR_ERROR_PROFILE with the place of what is wrong: a factor,
 * level or measure that there is not, conditions that are not measured, or that a factor is left
 * open, a threshold that is missing, out of its range, or another test's. */
VrClaimSpec *vr_claim_spec_new (const VrExperiment *experiment, const VrExperimentClaim *claim,
                                GError **error);
void vr_claim_spec_free (VrClaimSpec *spec);

/* Whether all claims and needs of the experiment can be read; errors as the last. */
gboolean vr_claim_spec_check (const VrExperiment *experiment, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrClaimSpec, vr_claim_spec_free)
