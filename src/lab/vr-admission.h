/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the threads of labs that are being changed are about to have: so that two processes which
 * plan at one moment do not give the same CPU away twice. One at a time plans, and says what its
 * plan takes before the next one does; from there on both go on at once. What is said holds until
 * the change has come to its end, however that comes: then the threads themselves tell. */
#pragma once

#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-plan.h"

typedef struct VrAdmission VrAdmission;

/* Keeps others from planning until vr_admission_say() or vr_admission_free(). VR_ERROR_BUSY while
 * another process changes that lab, naming its pid; VR_ERROR_PERMISSION, VR_ERROR_HOST. */
VrAdmission *vr_admission_new (const VrSite *site, const char *lab, GError **error);
/* Says what the plan's threads will have, and lets others plan. Once. */
gboolean vr_admission_say (VrAdmission *admission, const VrPlan *plan, GError **error);
/* The change has come to its end. */
void vr_admission_free (VrAdmission *admission);

/* vr_lab_plan(), of a lab that is to be brought up by it while `admission` is held: the caller
 * frees both. */
VrPlan *vr_admission_plan (const VrSite *site, const VrLab *lab, VrAdmission **admission,
                           GError **error);

/* A thread of a lab that another process changes. */
typedef struct {
  char *lab;
  VrOp *op; /* its kind, target and want */
} VrComing;

/* Of all labs but `lab`: VrComing, the caller owns them. What cannot be read is left out: nobody
 * without root may. */
GPtrArray *vr_admission_others (const VrSite *site, const char *lab);

/* Removes what a killed process has left of that lab. */
void vr_admission_forget (const VrSite *site, const char *lab);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrAdmission, vr_admission_free)
