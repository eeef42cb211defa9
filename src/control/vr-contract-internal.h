/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A contract while it is made, and what it knows of guests. Only vr-contract*.c, vr-follow*.c and
 * vr-controller*.c include it. */
#pragma once

#include "control/vr-contract.h"

/* What is built, and of what. */
typedef struct {
  const VrContractInput *input;
  VrContract *contract;
  GStrvBuilder *support, *notes;
  GArray
      *supported; /* VrContractThread, of which router and thread are set: what `support` is for */
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
/* Whether the user has the thread go before others by the lab's schedule: a controller has not
 * reserved what it has. */
gboolean vr_contract_is_ahead (const VrContractInput *input, const VrRouter *router,
                               const VrCalibrateThread *thread);
/* What it reserves of a CPU; 0 for nothing. `row` may be NULL. */
double vr_contract_share_of (const VrThreadSchedule *row);

/* --- CPUs ---------------------------------------------------------------------------------------
 */

/* Of each CPU, what the kernel lets be reserved. */
double vr_contract_ceiling (const VrContractInput *input, VrPolicy policy);
/* The CPUs, guint, that "@1-3" or "@auto" names; the caller owns them. */
GArray *vr_contract_cpus (const VrContractInput *input, const char *cpus);
/* What of these can be reserved at all. */
double vr_contract_capacity (const VrContractInput *input, const char *cpus, VrPolicy policy);

/* The pool of those CPUs, which is the same however they are named; of threads of several policies
 * it has the lowest ceiling. */
guint vr_contract_pool (VrContractBuilder *builder, const char *cpus, VrPolicy policy);
/* Once all threads are there: takes out of the pools what other threads of the lab have reserved,
 * and divides CPUs that several have. */
void vr_contract_finish_pools (VrContractBuilder *builder);

/* --- What schedules reserve ---------------------------------------------------------------------
 */

typedef void (*VrContractReserved) (const VrRouter *router, const VrThreadSchedule *row,
                                    gpointer data);

/* Tells of each reservation of the lab's schedules, once a thread. */
void vr_contract_reserved (const VrContractInput *input, VrContractReserved tell, gpointer data);
/* Of one that a schedule has for the router, but for what `own`, which may be NULL, says otherwise.
 */
void vr_contract_reserved_by (const VrContractInput *input, const VrRouter *router,
                              const VrSchedule *schedule, const VrSchedule *own,
                              VrContractReserved tell, gpointer data);
/* Whether the row of `router` means the thread of `owner`. */
gboolean vr_contract_is_row_of (const VrRouter *owner, const VrCalibrateThread *thread,
                                const VrRouter *router, const VrThreadSchedule *row);

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

/* Shortens the period so that the queue bridges it at all rates above the contract's, too, up to
 * the limit; where none does, a note says so, as nothing is promised there. */
void vr_contract_bridge_limit (VrContractBuilder *builder, const VrTenant *tenant,
                               const VrContractGuest *guest, const VrCalibrationCurve *curve,
                               double part, VrCalibrateGrant *grant);
/* The same of a guess, from the contract's rate on. The kernel's tick is not known, and left out.
 */
void vr_contract_bridge_guess (VrContractBuilder *builder, const VrTenant *tenant,
                               const VrContractGuest *guest, const VrCalibrateThread *thread,
                               double slope_pps, double part, VrCalibrateGrant *grant);
/* Frames that the shortest queue before the guest holds. */
guint64 vr_contract_queue (const VrLab *lab, const VrRouter *router);

/* The most that a thread is ever granted by its line. */
double vr_contract_most (const VrContract *contract, const VrContractThread *thread);
