/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who else is on the host's CPUs, and where the lab's own threads are. Only src/lab includes it. */
#pragma once

#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-plan.h"

/* Fills in `others` and `placed` of the facts, as far as a plan of the lab, or of it as it was
 * before a change (or NULL), hangs on them: asks all threads of the host for what they reserve, and
 * those of other guests for their CPUs. */
void vr_others_add (const VrSite *site, const VrLab *lab, const VrLab *before, VrPlanFacts *facts);

/* What guests of other labs that are being changed are about to be granted of each second for
 * real-time threads, beyond what their groups right below `partition` have already, in
 * microseconds. */
guint64 vr_others_coming_runtime_us (const VrSite *site, const VrLab *lab, const char *partition);

/* The groups that hold guests of the lab, in the tree of that controller, by their names right
 * below `partition`; a set, whose strings are owned. */
GHashTable *vr_others_own_groups (const VrSite *site, const VrLab *lab, const char *controller,
                                  const char *partition);
