/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A calibration for people, and as the whole of vrkit.calibration/1. */
#pragma once

#include "campaign/vr-calibration-contract.h"

typedef struct {
  const VrCalibration *calibration;
  const char *stale;                      /* why it no longer holds; NULL: it does */
  const VrCalibrationContract *contracts; /* of each curve; NULL: none was asked for */
} VrCalibrationTold;

/* The caller owns each. */
char *vr_calibration_json (const VrCalibrationTold *told);
char *vr_calibration_table (const VrCalibrationTold *told);
