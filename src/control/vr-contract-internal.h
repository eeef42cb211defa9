/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A contract while it is made, and what it knows of guests. Only vr-contract*.c and vr-follow*.c
 * include it. */
#pragma once

#include "control/vr-contract.h"

/* What is built, and of what. */
typedef struct {
  const VrContractInput *input;
  VrContract *contract;
  GStrvBuilder *support, *notes;
} VrContractBuilder;

/* Adds the threads of a guest that `part` of the packets of the tenant `tenant` pass. Errors of
 * vr_contract_new(). */
gboolean vr_contract_add_guest (VrContractBuilder *builder, guint tenant,
                                const VrContractGuest *guest, double part, GError **error);

/* What is known of the router; NULL: nothing. */
const VrContractGuest *vr_contract_guest_of (const VrContractInput *input, const VrRouter *router);

/* --- Threads ------------------------------------------------------------------------------------
 */

gboolean vr_contract_is_vcpu (const VrCalibrateThread *thread);
/* What the lab's schedule has for the thread; NULL for nothing. */
const VrThreadSchedule *vr_contract_scheduled (const VrLab *lab, const VrRouter *router,
                                               const VrCalibrateThread *thread);
/* Whether it goes before others by it; `row` may be NULL. */
gboolean vr_contract_is_ahead (const VrThreadSchedule *row);
/* What it reserves of a CPU; 0 for nothing. `row` may be NULL. */
double vr_contract_share_of (const VrThreadSchedule *row);

/* Of each CPU, what the kernel lets be reserved. */
double vr_contract_ceiling (const VrContractInput *input, VrPolicy policy);

/* The curve of the thread for such frames: else for the next larger ones, which take no less, else
 * for the largest. NULL where there is none. */
const VrCalibrationCurve *vr_contract_curve (const VrCalibration *calibration, const char *thread,
                                             guint size);

/* The reservation for a rate, by a curve: its period is the calibration's, or a shorter one where
 * the queue bridges no more. VR_ERROR_INFEASIBLE. */
gboolean vr_contract_grant (const VrContractInput *input, const VrContractGuest *guest,
                            const VrCalibrationCurve *curve, double rate_pps,
                            VrCalibrateGrant *grant, double *share, GError **error);
/* The same without a curve: what a whole CPU forwards, packets a second. */
double vr_contract_guess (const VrContractGuest *guest, const VrHost *host,
                          VrCalibrateGrant *grant);

/* The most that a thread is ever granted by its line. */
double vr_contract_most (const VrContract *contract, const VrContractThread *thread);
