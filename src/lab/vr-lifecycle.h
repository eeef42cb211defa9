/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab's life: planned, up, changed, down. */
#pragma once

#include "apply/vr-executor.h"
#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-plan.h"

typedef enum { VR_UP_ROLL_BACK, VR_UP_KEEP } VrUpFailure;

/* What every change of a lab is told by its caller. */
typedef struct {
  gint64 ready_timeout_us; /* for each guest */
  VrUpFailure on_failure;
  VrProgressFunction progress; /* may be NULL */
  gpointer progress_data;
  VrWarningFunction warn; /* may be NULL */
  gpointer warn_data;
  VrFaultFunction fault; /* may be NULL */
  gpointer fault_data;
  GCancellable *cancellable; /* may be NULL */
} VrLabOptions;

/* The plan of a lab on this host. */
VrPlan *vr_lab_plan (const VrSite *site, const VrLab *lab, GError **error);

/* A lab that is to be up. */
typedef struct {
  const VrLab *lab;
  const VrPlan *plan;       /* vr_lab_plan's for it */
  const char *profile_path; /* absolute */
} VrUpRequest;

/* Brings the lab up, or makes a lab that is up what the plan says now; a back-end of an MSR that
 * goes, or is made anew, forwards first what it was given. On failure it is as it was before,
 * unless on_failure says otherwise; where going back fails too, the message says so, and a lab that
 * was up is not taken down. VR_ERROR_BUSY when the lab is up from another profile. */
gboolean vr_lab_up (const VrSite *site, const VrUpRequest *request, const VrLabOptions *options,
                    VrOutcome *outcome, GError **error);

/* What up would do, told through options->progress, with nothing done. VR_ERROR_BUSY as there, and
 * where another lab holds a value of the host that this one wants otherwise. */
gboolean vr_lab_rehearse (const VrSite *site, const VrUpRequest *request,
                          const VrLabOptions *options, VrOutcome *outcome, GError **error);

/* Takes the lab down, from its journal and from the marks that its parts bear; works without the
 * profile and without the state directory. Nothing there is success with an empty outcome. */
gboolean vr_lab_down (const VrSite *site, const char *name, const VrLabOptions *options,
                      VrOutcome *outcome, GError **error);

/* Names of all labs of which there is a trace, sorted, NULL-terminated. `lack` becomes why guests
 * are not among the traces, where libvirt answers and they cannot be listed. */
char **vr_lab_names (const VrSite *site, GError **lack, GError **error);
