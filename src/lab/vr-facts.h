/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the planner must know of the host for one lab: read, and where it must be tried, probed. */
#pragma once

#include "host/vr-host.h"
#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-plan.h"

/* Facts for `lab`, and for it as it was before a change of its schedules, unless that is NULL: then
 * without what the planner warns of.
 * Images that are missing are left out, and the planner says so; one that fails its digest is
 * VR_ERROR_VERIFY. */
VrPlanFacts *vr_facts_gather (const VrSite *site, const VrLab *lab, const VrLab *before,
                              GError **error);

/* Why no port of this host can have attach = vhost-user, whatever its lab; NULL where one can. The
 * caller owns it. */
char *vr_facts_lack_of_dpdk (const VrSite *site);
