/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab that is up, with all that it takes to hold its tenants and to have cores follow: threads,
 * calibrations that hold, and the contract of them. */
#pragma once

#include "control/vr-follow.h"
#include "lab/vr-site.h"

/* What is done about a router without a calibration that holds. */
typedef enum { VR_HOLDING_MEASURED, VR_HOLDING_GUESS } VrHoldingTrust;

typedef struct {
  const char *lab;
  const char *calibrations; /* the directory of them */
  VrHoldingTrust trust;
  GHashTable *support; /* of VrContractInput */
} VrHoldingRequest;

typedef struct {
  char *profile; /* the lab's, on record: canonical */
  VrLab *lab;
  VrHost *host;
  GPtrArray *calibrations; /* VrCalibration, owned */
  GPtrArray *threads;      /* GPtrArray of VrCalibrateThread, owned: a guest's */
  GArray *guests;          /* VrContractGuest */
  VrContract *contract;
  VrFollow *follow; /* NULL: no router's cores follow its load */
} VrHolding;

/* VR_ERROR_UNWANTED for a lab that is not up, a router that is not calibrated, and one whose
 * calibration is stale, each with the way out; VR_ERROR_PROFILE for a lab with neither
 * tenants nor [balance]; errors of vr_contract_new() and vr_follow_new(). */
VrHolding *vr_holding_read (const VrSite *site, const VrHoldingRequest *request, GError **error);
void vr_holding_free (VrHolding *holding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrHolding, vr_holding_free)
