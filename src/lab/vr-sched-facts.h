/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the planner must know of the host for the schedules of a lab. Only src/lab includes it. */
#pragma once

#include "apply/vr-exclusive-mark.h"
#include "host/vr-host.h"
#include "lab/vr-site.h"
#include "plan/vr-plan.h"

/* The marks of CPUs that labs have for single threads, as VrExclusiveMark, on the group of all
 * guests; the caller owns them. */
GPtrArray *vr_sched_facts_marks (void);

/* Fills in what hangs on SCHED_DEADLINE, real-time groups and libvirt's cpuset, as far as the lab's
 * schedules, or its tenants and [balance], need it and the facts do not have it. Asks the kernel
 * what it grants, and remembers that for this boot. */
void vr_sched_facts_add (const VrSite *site, const VrHost *host, const VrLab *lab,
                         VrPlanFacts *facts);
