/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of vr-claim-spec share. Only they include it. */
#pragma once

#include "campaign/vr-claim-spec.h"

#define NO_FACTOR G_MAXUINT

/* A claim while it is read. */
typedef struct {
  const VrExperiment *experiment;
  const VrExperimentClaim *claim;
  VrClaimSpec *spec;
  GPtrArray *combinations; /* guint *, borrowed */
  guint *where;            /* levels that the series have; VR_LEVEL_ANY of the others */
  guint along, reduced;    /* factors */
  guint last;              /* the level of `last`; VR_LEVEL_ANY with `peak` */
} VrClaimReading;

/* Sets the error of a key of the claim, with the place of the key, or of the claim where it is not
 * given; and puts both before what is wrong with a value. Return FALSE. */
gboolean vr_claim_reading_refuse (const VrClaimReading *reading, const char *key, GError **error,
                                  const char *format, ...) G_GNUC_PRINTF (4, 5);
gboolean vr_claim_reading_blame (const VrClaimReading *reading, const char *key, GError **error);

const VrFactor *vr_claim_reading_factor (const VrClaimReading *reading, guint index);

/* Makes the series, once the claim's factors are known. */
gboolean vr_claim_reading_series (VrClaimReading *reading, GError **error);
