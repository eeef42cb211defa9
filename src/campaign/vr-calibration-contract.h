/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a contract takes of each thread of a calibrated router: its share by the line, its period by
 * the gaps. Pure functions. */
#pragma once

#include "campaign/vr-calibration.h"
#include "host/vr-host.h"
#include "model/vr-lab.h"
#include "plan/vr-gap.h"

/* Of one curve. */
typedef struct {
  const VrCalibrationCurve *curve; /* borrowed */
  guint64 rate_pps;
  guint64 share_ppm;
  VrGapChoice choice;
  GError *error; /* why it does not fit; then what is above is not set */
} VrCalibrationContract;

void vr_calibration_contract_clear (VrCalibrationContract *contract);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrCalibrationContract, vr_calibration_contract_clear)

/* `lab` is the calibration's as it is now. The queue stays as long as it is, since the calibration
 * is of it. Other reservations are taken into account where the lab does not keep the threads apart
 * by CPUs that its schedule names. */
void vr_calibration_contract_fill (const VrCalibration *calibration,
                                   const VrCalibrationCurve *curve, const VrLab *lab,
                                   const VrHost *host, guint64 rate_pps,
                                   VrCalibrationContract *contract);

/* Whether others may have reservations on the thread's CPUs: the router's other calibrated threads,
 * vcpus of routers of tenants, and whatever the lab's schedules have go before others. NULL for a
 * router that is not calibrated. Where cores follow the load, only the router's own are looked at.
 */
VrGapCpu vr_calibration_sharing (const VrCalibration *calibration, const VrLab *lab,
                                 const VrRouter *router, const char *thread);
/* Sets the bounds of runtime and period: the kernel's, and no longer ones than anybody wants. */
void vr_calibration_limits (VrPolicy policy, const VrHost *host, VrGapContract *gap);

/* An object of "contracts" of vrkit.calibration/1. */
void vr_calibration_contract_add_json (const VrCalibrationContract *contract, JsonBuilder *builder);
/* A sentence for people; the caller owns it. */
char *vr_calibration_contract_text (const VrCalibration *calibration,
                                    const VrCalibrationContract *contract);
