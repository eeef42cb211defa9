/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One controller a lab, and what it leaves to the next: two files in the lab's directory, which go
 * with it. */
#pragma once

#include "base/vr-fd.h"
#include "lab/vr-site.h"

/* Locks the lab, which is up, for this process as its controller, until `lock` is closed or the
 * process ends, however it does. VR_ERROR_BUSY where another one controls it, naming its pid. */
gboolean vr_control_lock (const VrSite *site, const char *lab, VrFd *lock, GError **error);

/* What a controller has found of its threads: name ("r1/vcpu.0") → double *, the correction of its
 * calibration (vr-decide.h). */
typedef GHashTable VrControlMemory;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrControlMemory, g_hash_table_unref)

/* That of a controller that goes by the calibrations alone: empty. The caller owns it. */
VrControlMemory *vr_control_forget (void);
/* Empty where nothing was left; lines that are none are left out. The caller owns it. */
VrControlMemory *vr_control_recall (const VrSite *site, const char *lab);
/* Atomically, for who comes next. VR_ERROR_HOST. */
gboolean vr_control_remember (const VrSite *site, const char *lab, VrControlMemory *memory,
                              GError **error);
