/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this host can do for labs: its facts, and what trying tells. */
#pragma once

#include "host/vr-check.h"
#include "lab/vr-site.h"
#include "plan/vr-plan.h"

typedef enum { VR_CHECK_AS_USER, VR_CHECK_AS_ROOT } VrCheckAs;

/* The findings of host/vr-check.h for this host, with KVM and libvirt tried. */
GPtrArray *vr_check_site (const VrSite *site, VrCheckAs as, GError **error);

/* Whether what the plan's guests and taps need is among the findings: VR_ERROR_HOST names the first
 * that is missing, and the way out. What else a plan needs has been looked at where it was made. */
gboolean vr_check_plan (const VrPlan *plan, const GPtrArray *findings, GError **error);
