/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One controller a lab, and what it leaves to the next: two files in the lab's directory, which go
 * with it. */
#pragma once

#include "base/vr-fd.h"
#include "lab/vr-site.h"

/* What decides about the reservations of a lab: one at a time. */
typedef enum { VR_CONTROL_CONTROLLED, VR_CONTROL_CALIBRATED } VrControlUse;

/* Locks the lab, which is up, for this process, until `lock` is closed or the process ends, however
 * it does. VR_ERROR_BUSY where another one controls or calibrates it, naming its pid. */
gboolean vr_control_lock (const VrSite *site, const char *lab, VrControlUse use, VrFd *lock,
                          GError **error);

/* What a controller has learnt of a thread: by which factor its line is corrected, and of which
 * line that is true. */
typedef struct {
  double intercept_pps, slope_pps, correction;
} VrControlLearnt;

typedef struct {
  GHashTable *learnt;  /* name ("r1/vcpu.0") → VrControlLearnt * */
  GHashTable *support; /* set of changes, PATH=VALUE: reservations of what moves packets that were
                        * made by a controller, and not by the user */
} VrControlMemory;

void vr_control_memory_free (VrControlMemory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrControlMemory, vr_control_memory_free)

/* A copy of `learnt` is kept, in place of what was known. */
void vr_control_learn (VrControlMemory *memory, const char *thread, const VrControlLearnt *learnt);
/* The correction of that line; 0: none, or it is another line's. */
double vr_control_correction (const VrControlMemory *memory, const char *thread,
                              double intercept_pps, double slope_pps);

/* That of a controller that goes by the calibrations alone: empty. The caller owns it. */
VrControlMemory *vr_control_forget (void);
/* Empty where nothing was left; lines that are none are left out. The caller owns it. */
VrControlMemory *vr_control_recall (const VrSite *site, const char *lab);
/* Atomically, for who comes next. VR_ERROR_HOST. */
gboolean vr_control_remember (const VrSite *site, const char *lab, const VrControlMemory *memory,
                              GError **error);
