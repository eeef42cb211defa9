/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the planner must know of the host and its images for the guests of a lab. */
#pragma once

#include "host/vr-host.h"
#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-plan.h"
#include "sys/vr-kvm-probe.h"

/* Adds it, for another lab to what is there. Images that are missing are left out. VR_ERROR_VERIFY
 * for one that fails its digest, VR_ERROR_PROFILE for one that is none of a router. */
gboolean vr_guest_facts_add (const VrSite *site, const VrHost *host, const VrLab *lab,
                             VrPlanFacts *facts, GError **error);

/* The probe of KVM, from its cache where this boot, of which `host` knows the id, has one. */
void vr_guest_facts_probe_kvm (const VrSite *site, const VrHost *host, VrKvmProbe *probe);
