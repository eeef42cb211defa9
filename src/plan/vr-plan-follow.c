/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-plan-follow.h"

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "plan/vr-plan-parts.h"

/* Why the CPU is not to be had, or NULL. */
static char *
excuse (const VrLedger *ledger, guint id)
{
  const VrLedgerCpu *cpu = vr_ledger_cpu (ledger, id);
  if (cpu == NULL)
    return g_strdup ("is not online on this host");
  if (!cpu->allowed)
    return g_strdup ("is none of those that libvirt lets guests have");
  if (cpu->taken_by != NULL)
    return g_strdup_printf ("is a thread's of lab %s alone", cpu->taken_by);
  return NULL;
}

static gboolean
check_list (const VrLab *lab, const VrLedger *ledger, GError **error)
{
  const VrFollowSettings *follow = lab->follow;
  for (guint i = 0; follow->cpus != NULL && i < follow->cpus->len; i++) {
    guint id = g_array_index (follow->cpus, guint, i);
    g_autofree char *why = excuse (ledger, id);
    if (why == NULL)
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "%s:%u: [balance] cpus: CPU %u %s: take it out", follow->origin.file,
                 follow->origin.line, id, why);
    return FALSE;
  }
  return TRUE;
}

static gboolean
may_take (const VrFollowSettings *follow, const VrLedgerCpu *cpu)
{
  gboolean wanted
      = follow->cpus != NULL ? vr_cpu_list_has (follow->cpus, cpu->cpu->id) : !cpu->system;
  return wanted && cpu->allowed && cpu->taken_by == NULL;
}

GPtrArray *
vr_plan_follow_cpus (const VrLab *lab, const VrLedger *ledger, GError **error)
{
  const VrFollowSettings *follow = lab->follow;
  g_autoptr (GPtrArray) cpus = g_ptr_array_new ();
  if (!check_list (lab, ledger, error))
    return NULL;
  for (guint i = 0; i < ledger->cpus->len; i++) {
    VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    if (may_take (follow, cpu))
      g_ptr_array_add (cpus, cpu);
  }
  guint wanted = MAX (follow->least_cores, follow->most_cores);
  if (cpus->len >= wanted)
    return g_steal_pointer (&cpus);
  g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
               "%s:%u: [balance] %s: a router is to have %u core%s, and this host has %u for it%s: "
               "lower it%s",
               follow->origin.file, follow->origin.line,
               follow->most_cores != 0 ? "most-cores" : "least-cores", wanted,
               wanted == 1 ? "" : "s", cpus->len,
               follow->cpus == NULL ? " beside those kept for the system" : "",
               follow->cpus == NULL ? ", or name CPUs with cpus" : "");
  return NULL;
}

gboolean
vr_plan_follow (VrPlanner *planner, GError **error)
{
  const VrLab *lab = planner->lab;
  if (lab->follow == NULL)
    return TRUE;
  g_autoptr (VrLedger) ledger = vr_ledger_new (lab, planner->facts);
  g_autoptr (GPtrArray) cpus = vr_plan_follow_cpus (lab, ledger, error);
  guint count = lab->follow->routers->len;
  if (cpus != NULL)
    vr_plan_notice (planner, "%u router%s in [balance]: `vrkit control %s` has %s, while it runs",
                    count, count == 1 ? "" : "s", lab->name,
                    lab->follow->policy == VR_FOLLOW_DYNAMIC ? "cores follow the load"
                                                             : "cores reserved");
  return cpus != NULL;
}
