/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings of what runs on the host and will undo the plan, or what the plan is for. */
#include "plan/vr-plan-parts.h"

static gboolean
has_thread (const VrLab *lab, gboolean (*is_meant) (VrPolicy policy))
{
  for (guint i = 0; i < lab->schedules->len; i++) {
    const VrSchedule *schedule = lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len; k++)
      if (is_meant (((const VrThreadSchedule *) schedule->threads->pdata[k])->policy))
        return TRUE;
  }
  return FALSE;
}

static gboolean
is_any (VrPolicy policy)
{
  (void) policy;
  return TRUE;
}

static gboolean
is_timed (VrPolicy policy)
{
  return policy == VR_POLICY_FIFO || policy == VR_POLICY_RR || policy == VR_POLICY_DEADLINE;
}

void
vr_plan_disturbers (VrPlanner *planner)
{
  const VrPlanFacts *facts = planner->facts;
  const VrHostSettings *host = planner->lab->host;
  gboolean scheduled = has_thread (planner->lab, is_any);
  gboolean timed = has_thread (planner->lab, is_timed);
  gboolean interrupts = host != NULL && host->interrupts->len > 0;
  gboolean governs = host != NULL && host->governor == VR_GOVERNOR_PERFORMANCE;
  if (facts->irqbalance_runs && (interrupts || scheduled))
    vr_plan_notice (planner,
                    "irqbalance is running, and moves interrupts %s: stop it while the "
                    "lab is up",
                    interrupts ? "away from where [host] puts them"
                               : "to CPUs that threads of the lab are on");
  if (facts->stalld_runs && timed)
    vr_plan_notice (planner, "stalld is running, and boosts threads that wait long: shares and "
                             "priorities are then not those of the schedules; stop it while the "
                             "lab is up");
  if (facts->tuned_runs && (scheduled || host != NULL))
    vr_plan_notice (planner, "tuned is running, and may set governors, interrupts and sysctls "
                             "again: stop it while the lab is up");
  if (facts->ksm_runs && scheduled)
    vr_plan_notice (planner,
                    "ksmd is merging pages of guests (/sys/kernel/mm/ksm/run is 1), on any "
                    "CPU and at any time: write 0 there while the lab is up");
  if (facts->slow_governor != NULL && timed && !governs)
    vr_plan_notice (planner,
                    "CPUs are governed by \"%s\", so that what a thread gets done in its "
                    "time varies: add governor = performance to [host]",
                    facts->slow_governor);
}
