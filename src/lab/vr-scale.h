/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The number of a PVR's members, or of an MSR's back-ends, in a lab that is up. */
#pragma once

#include "lab/vr-tune.h"

/* Adds the changes (PATH=VALUE) that make the PVR or MSR of that name of the lab so large, and take
 * what is scheduled for members or back-ends that go, one by one, with them. */
void vr_scale_add (const VrLab *lab, const char *name, guint number, GStrvBuilder *changes);

/* Makes each PVR or MSR as large as its "NAME=N" says (`sizes`, NULL-terminated), as one
 * transaction: on failure the lab is as it was before. New members or back-ends get no packet until
 * they forward; those that leave, the last ones, get none any more, and end when they have
 * forwarded what they had. The lab's record then holds the new numbers; the profile's file stays as
 * it is.
 *
 * VR_ERROR_USAGE for a name that is neither's and for a number that a profile may not have;
 * VR_ERROR_INFEASIBLE for what memory or CPUs do not allow; and those of vr_lab_tune(). */
gboolean vr_lab_scale (const VrSite *site, const char *name, const char *const *sizes,
                       VrTuneMode mode, const VrLabOptions *options, VrOutcome *outcome,
                       GError **error);
