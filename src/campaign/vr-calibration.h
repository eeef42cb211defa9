/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a router forwards by the CPU time that is reserved for one of its threads: measured, a line
 * through it, and the way back from a rate to a reservation. */
#pragma once

#include "base/vr-json.h"
#include "campaign/vr-statistics.h"
#include "model/vr-schedule.h"

#define VR_CALIBRATION_SCHEMA "vrkit.calibration/1"

/* What was forwarded in one trial. */
typedef struct {
  double share; /* Q / T, of a CPU: above 0 and at most 1 */
  double forwarded_pps;
} VrCalibrationPoint;

/* What stands in the way of a rate's reservation. */
typedef enum {
  VR_CALIBRATION_GOOD,
  VR_CALIBRATION_FEW,  /* levels up to the peak */
  VR_CALIBRATION_FLAT, /* the rate does not rise with the share, as far as can be told */
} VrCalibrationState;

/* Of one thread, with frames of one size. */
typedef struct {
  char *thread;        /* as a schedule names it, "vcpu.0"; owned */
  guint size;          /* bytes with FCS */
  guint64 offered_pps; /* in each trial */
  double free_pps;     /* forwarded where the thread had no reservation */
  double used_share;   /* of a CPU that it took then */
  GArray *points;      /* VrCalibrationPoint, in the order of the trials */
  /* Made of the points by vr_calibration_fit(). */
  VrCalibrationState state;
  VrLine line;        /* forwarded_pps = intercept + slope · share, up to the peak; pps */
  guint levels;       /* different shares that the line goes through */
  double least_share; /* the least that was measured */
  double peak_share;  /* the least at which the peak is reached: where the line ends */
} VrCalibrationCurve;

typedef struct {
  char *lab, *router;
  gint64 measured_s; /* when, since 1970 in UTC */
  VrPolicy policy;   /* by which time was reserved: deadline or quota */
  guint64 period_ns, trial_ns;
  guint64 tick_ns;     /* of the kernel, for vr-gap.h */
  guint64 ring_frames; /* between the port's queue and a vcpu */
  double confidence;   /* of the intervals, within (0, 1) */
  JsonNode *origin;    /* vr_calibration_origin_new(): what it belongs to */
  GPtrArray *curves;   /* VrCalibrationCurve, owned */
} VrCalibration;

VrCalibrationCurve *vr_calibration_curve_new (const char *thread, guint size);
VrCalibration *vr_calibration_new (const char *lab, const char *router);
void vr_calibration_free (VrCalibration *calibration);

/* That of the thread and the size, or NULL. */
VrCalibrationCurve *vr_calibration_curve (const VrCalibration *calibration, const char *thread,
                                          guint size);

/* A line by least squares through all points up to the peak: up to the least share whose mean is
 * within 2 % of the greatest one, as of points of equal height but for noise the first counts. The
 * papers find it straight up to there (Abeni et al., Fig. 4 to 6). It is relative deviations that
 * it makes small, as a small contract is to be met within as many per cent as a large one. It wants
 * three levels or more, and a slope whose interval is above 0. */
void vr_calibration_fit (VrCalibrationCurve *curve, double confidence);

/* Why there is no line that can be used, for people; NULL where there is one. Static. */
const char *vr_calibration_excuse (const VrCalibrationCurve *curve);

/* The most that the line reaches, pps. Of a curve that is good, as below. */
double vr_calibration_peak_pps (const VrCalibrationCurve *curve);

/* The share of a CPU that the rate takes, in millionths, rounded up: (rate - intercept) / slope,
 * and the least that was measured where that is lower, since nothing is known below it.
 * VR_ERROR_HOST where the curve is not good; VR_ERROR_INFEASIBLE for a rate above the line's end,
 * saying what fits. */
gboolean vr_calibration_share_ppm (const VrCalibrationCurve *curve, guint64 rate_pps,
                                   guint64 *share_ppm, GError **error);

/* --- Files --------------------------------------------------------------------------------------
 */

/* DIRECTORY/LAB.ROUTER.json; names have no points. The caller owns it. */
char *vr_calibration_path (const char *directory, const char *lab, const char *router);

/* Writes it, atomically and durably; the directory is made. VR_ERROR_HOST. */
gboolean vr_calibration_write (const VrCalibration *calibration, const char *path, GError **error);

/* Reads one, checks every value, and fits the lines anew. NULL without error where there is none;
 * VR_ERROR_HOST for a file that is no calibration, naming what is wrong. */
VrCalibration *vr_calibration_read (const char *path, GError **error);

/* Its members, of vrkit.calibration/1, into the object that is being built. */
void vr_calibration_add_json (const VrCalibration *calibration, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrCalibration, vr_calibration_free)
