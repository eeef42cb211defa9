/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibrating a router of a lab that is up: each of its threads is given shares of a CPU, one after
 * the other, more frames are sent than it can forward, and what comes through is measured. The
 * lab's schedule is afterwards what it was before, byte for byte. */
#pragma once

#include "campaign/vr-calibrate-thread.h"
#include "campaign/vr-calibration.h"
#include "lab/vr-lifecycle.h"
#include "traffic/vr-clock.h"

/* A trial that is over; or with `share` 0 one without a reservation, at a rate that is tried. */
typedef struct {
  guint trial;        /* from 1; those without a reservation are not counted, and have 0 */
  guint trials;       /* as planned */
  const char *thread; /* NULL without a reservation */
  guint size;
  double share;
  guint64 offered_pps;
  double forwarded_pps;
  guint64 left_ns; /* about */
} VrCalibrateEvent;

typedef void (*VrCalibrateTeller) (const VrCalibrateEvent *event, gpointer data);

typedef struct {
  const char *lab;
  const char *router; /* NULL: the lab's only one */
  const char *from;   /* ports, as VrTrialRequest has them */
  const char *to;
  const guint *sizes; /* bytes with FCS */
  guint sizes_count;
  const double *levels; /* shares of a CPU, above 0 to 1; NULL: fifths of what the thread takes */
  guint levels_count;
  VrCalibrateGrant grant;
  guint64 trial_ns;
  guint64 rate_pps; /* to send at; 0: found out, with frames of each size */
  guint repetitions;
  double confidence;        /* of the intervals, within (0, 1) */
  VrLabOptions lab_options; /* its cancellable ends the calibration; the lab is put back all the
                               same */
  const VrClock *clock;
  VrCalibrateTeller tell; /* may be NULL */
  gpointer tell_data;
} VrCalibrateRequest;

/* What will be done, in the order in which it is. */
typedef struct {
  VrLab *lab;    /* as it is */
  char *profile; /* its canonical text */
  char *profile_path;
  const VrRouter *router; /* the lab's */
  GPtrArray *threads;     /* VrCalibrateThread, owned */
  guint levels;           /* of each thread */
  guint trials;           /* with a reservation */
  guint64 time_ns;        /* about, of all of it */
} VrCalibratePlan;

/* Reads the lab and its threads, and changes nothing. VR_ERROR_UNWANTED for a lab that is not up or
 * has drifted; VR_ERROR_USAGE as vr_calibrate_router(), and for numbers that make no sense;
 * VR_ERROR_INFEASIBLE for a level that the host does not grant. */
VrCalibratePlan *vr_calibrate_plan (const VrSite *site, const VrCalibrateRequest *request,
                                    GError **error);
void vr_calibrate_plan_free (VrCalibratePlan *plan);

/* The trials, each a transaction of vr_tune_run() and a load. Whatever comes of it, the lab is put
 * back; where somebody else has changed it meanwhile, only the keys of the thread in hand are.
 * Killed, it leaves the lab with that thread's reservation, which `vrkit up` mends.
 *
 * VR_ERROR_UNWANTED where it was cancelled; VR_ERROR_BUSY where somebody else changed the lab or
 * has one of its ports; VR_ERROR_TRAFFIC where the tester was the limit; else as vr_tune_run() and
 * vr_trial_run(). */
VrCalibration *vr_calibrate_run (const VrSite *site, const VrCalibrateRequest *request,
                                 const VrCalibratePlan *plan, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrCalibratePlan, vr_calibrate_plan_free)
