/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a lab that is up is no longer as its plan says: somebody used taskset, set the length of a
 * queue, or wrote a governor; or a guest was started anew. What is found is what up would mend. */
#pragma once

#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-plan.h"

/* Threads alone; or also the host's values, and queues, rings and coalescing of the lab's devices,
 * as far as they are in the host's own namespace. */
typedef enum { VR_DRIFT_THREADS, VR_DRIFT_ALL } VrDriftScope;

/* All are owned. */
typedef struct {
  char *kind;   /* the operation's, "macvtap"; "plan" where the lab cannot be planned any more */
  char *target; /* the operation's; of "plan" the lab's name */
  char *why;    /* what of the profile or which rule wants it, "port left"; "" of "plan" */
  char *text;   /* "cpus is 0-1, wanted 1", of the first value that differs; "gone" */
} VrDrift;

void vr_drift_free (VrDrift *drift);

/* What `up` of the lab would want now. */
VrPlan *vr_drift_plan (const VrSite *site, const VrLab *lab, GError **error);

/* vr_drift_read() of threads alone, by a plan that was made before. */
GPtrArray *vr_drift_threads (const VrSite *site, const VrLab *lab, const VrPlan *plan,
                             GError **error);

/* The VrDrifts in the plan's order. `wanted`, unless NULL, gets the targets of all threads that the
 * plan has (char *, owned). A thread that cannot be looked at is an error; of all else, what keeps
 * it from being looked at or planned is a drift. */
GPtrArray *vr_drift_read (const VrSite *site, const VrLab *lab, VrDriftScope scope,
                          GHashTable *wanted, GError **error);
