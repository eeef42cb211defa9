/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run measures: the load of its condition, sent once; at the rate that a search found, where
 * the condition has one. */
#pragma once

#include "campaign/vr-beside.h"
#include "campaign/vr-condition.h"

typedef struct {
  const VrSite *site;
  const VrClock *clock;
  GCancellable *cancellable; /* may be NULL */
  const VrBeside *beside;
} VrConditionBench;

/* The lab is up as the condition has it. The result is vrkit.load/1, with vrkit.search/1 as its
 * member "search" where there was one, and what ran beside it as its member "control"; the caller
 * owns it. `time_ns` becomes how long it was warmed
 * up, sent, settled and paused. VR_ERROR_TRAFFIC where a search ended without a rate; else errors
 * of vr_trial_run() and vr_search_run(), and of what ran beside. */
char *vr_condition_run (const VrConditionBench *bench, const VrCondition *condition,
                        guint64 *time_ns, GError **error);
