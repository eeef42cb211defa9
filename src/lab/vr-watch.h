/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab watched for as long as one likes: snapshot after snapshot, and the rates between the last
 * two, found anew where a guest or an interface was made anew, or the lab's record has changed. */
#pragma once

#include "lab/vr-site.h"
#include "observe/vr-rates.h"

typedef struct VrWatch VrWatch;

/* Of a lab that is up; `site` outlives the watch. VR_ERROR_USAGE for one that is not; errors of
 * vr_snapshot_open() and of vr-virt.h. */
VrWatch *vr_watch_open (const VrSite *site, const char *name, GError **error);
void vr_watch_close (VrWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrWatch, vr_watch_close)

/* Takes the next snapshot. On failure there is none, and the next step looks for everything anew:
 * VR_ERROR_USAGE where the lab is no longer up; other errors may pass, as while it is changed. */
gboolean vr_watch_step (VrWatch *watch, GError **error);

/* The lab as its record had it at the last step, the last snapshot, and the rates since the one
 * before; the watch's own, until the next step. Where all was found anew, `seconds` of the rates is
 * 0. NULL before the first step and after one that failed. */
const VrLab *vr_watch_lab (const VrWatch *watch);
const VrSnapshot *vr_watch_snapshot (const VrWatch *watch);
const VrRates *vr_watch_rates (const VrWatch *watch);
