/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan of a calibration and its run share. Only vr-calibrate-*.c includes it. */
#pragma once

#include "campaign/vr-calibrate.h"

/* How long is sent before what is forwarded counts: until queue and ring are full. */
guint64 vr_calibrate_lead_ns (const VrCalibrateRequest *request);

/* Below which no level is chosen. */
double vr_calibrate_least_share (const VrCalibrateGrant *grant);

/* Whether the host grants the thread that share; VR_ERROR_INFEASIBLE where it does not. */
gboolean vr_calibrate_fits (const VrSite *site, const VrCalibratePlan *plan,
                            const VrCalibrateGrant *grant, const VrCalibrateThread *thread,
                            double share, GError **error);

/* --- The lab's schedule -------------------------------------------------------------------------
 */

typedef struct {
  const VrSite *site; /* as the others: borrowed */
  const VrCalibrateRequest *request;
  const VrCalibratePlan *plan;
  const VrCalibrateThread *thread; /* whose keys are changed; NULL: none */
  char *written;                   /* the lab's profile as we left it, owned; NULL: as it was */
} VrCalibrateSchedule;

/* Frees what it owns; the lab stays as it is. */
void vr_calibrate_schedule_clear (VrCalibrateSchedule *schedule);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrCalibrateSchedule, vr_calibrate_schedule_clear)

/* Reserves that share for the thread. It goes from the lab as it was, so that nothing adds up.
 * VR_ERROR_BUSY where somebody else has changed the lab; else as vr_tune_run(). */
gboolean vr_calibrate_schedule_reserve (VrCalibrateSchedule *schedule,
                                        const VrCalibrateThread *thread, double share,
                                        GError **error);

/* The lab as it was; where somebody else has changed it, with the thread's keys as they were. */
gboolean vr_calibrate_schedule_restore (VrCalibrateSchedule *schedule, GError **error);

/* --- The load -----------------------------------------------------------------------------------
 */

/* Sendings of one calibration, over one path that stays open. */
typedef struct VrCalibrateBench VrCalibrateBench;

VrCalibrateBench *vr_calibrate_bench_open (const VrSite *site, const VrCalibrateRequest *request,
                                           const VrCalibratePlan *plan, GError **error);
void vr_calibrate_bench_free (VrCalibrateBench *bench);

typedef struct {
  guint size;
  guint64 rate_pps;
} VrCalibrateLoad;

typedef struct {
  double forwarded_pps; /* while frames were sent and the queue was full */
  gboolean is_short;    /* the tester sent less than it was asked to */
  double lost_ratio;    /* of what was sent */
  GHashTable *used_ns;  /* CPU time by tid (GINT_TO_POINTER, guint64 *), owned */
  guint64 duration_ns;  /* of the sending */
} VrCalibrateResult;

void vr_calibrate_result_clear (VrCalibrateResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrCalibrateResult, vr_calibrate_result_clear)

/* `result` holds nothing before. VR_ERROR_UNWANTED where it was cancelled; VR_ERROR_TRAFFIC where,
 * in several tries, the tester did not get to look at what came. */
gboolean vr_calibrate_bench_send (VrCalibrateBench *bench, const VrCalibrateLoad *load,
                                  VrCalibrateResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrCalibrateBench, vr_calibrate_bench_free)
