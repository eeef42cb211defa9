/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPUs of routers that follow their load, and what others take of these. */
#include "base/vr-cpu-list.h"
#include "control/vr-follow-internal.h"
#include "plan/vr-plan-follow.h"

/* `share` of a CPU is taken of those in the list, evenly; NULL: of all. */
static void
take (VrFollow *follow, const GArray *list, double share)
{
  guint count = list != NULL ? list->len : follow->cpus->len;
  for (guint i = 0; i < follow->cpus->len; i++) {
    VrCoresCpu *cpu = &g_array_index (follow->cpus, VrCoresCpu, i);
    if (list == NULL || vr_cpu_list_has (list, cpu->id))
      cpu->taken += share / count;
  }
}

static void
take_words (VrFollow *follow, const char *cpus, double share)
{
  g_auto (GStrv) words = g_strsplit (cpus, " ", 2);
  g_autoptr (GArray) list = vr_cpu_list_parse (words[0] + 1);
  take (follow, list, share);
}

/* Whether the row is a thread's whose share is decided here, or by the tenants' contract. */
static gboolean
is_controlled (const VrFollow *follow, const VrContract *contract, const VrRouter *router,
               const VrThreadSchedule *row)
{
  gboolean is = FALSE;
  for (guint i = 0; !is && i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    is = vr_contract_is_row_of (thread->router, thread->thread, router, row);
  }
  for (guint i = 0; !is && i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    is = vr_contract_is_row_of (thread->is.router, thread->is.thread, router, row);
  }
  return is;
}

/* For whom reservations are told. */
typedef struct {
  VrFollow *follow;
  const VrFollowInput *input;
} Taking;

static void
take_row (const VrRouter *router, const VrThreadSchedule *row, gpointer data)
{
  const Taking *taking = data;
  if (row->cpus_choice == VR_CPUS_LIST
      && !is_controlled (taking->follow, taking->input->contract, router, row))
    take (taking->follow, row->cpus, vr_contract_share_of (row));
}

/* What members that may come will have reserved by the schedule of them all, as the first has it:
 * so it is there when they come. */
static void
take_coming (VrFollow *follow, const VrFollowInput *input)
{
  Taking taking = { follow, input };
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    const VrSchedule *common = vr_lab_schedule (input->input->lab, router->name);
    for (guint k = router->members;
         vr_router_is_member (router->router) && k < follow->settings->most_members; k++)
      vr_contract_reserved_by (input->input, router->router, common, NULL, take_row, &taking);
  }
}

static void
take_contract (VrFollow *follow, const VrContract *contract)
{
  for (guint i = 0; i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    take_words (follow, thread->thread->cpus, vr_contract_most (contract, thread));
  }
  for (guint i = 0; i < contract->pools->len; i++)
    take_words (follow, contract->pools->pdata[i],
                g_array_index (contract->support_shares, double, i));
}

gboolean
vr_follow_add_cpus (VrFollow *follow, const VrFollowInput *input, GError **error)
{
  const VrLab *lab = input->input->lab;
  g_autoptr (VrLedger) ledger = vr_ledger_new (lab, input->facts);
  g_autoptr (GPtrArray) found = vr_plan_follow_cpus (lab, ledger, error);
  for (guint i = 0; found != NULL && i < found->len; i++) {
    const VrLedgerCpu *cpu = found->pdata[i];
    VrCoresCpu added
        = { .id = cpu->cpu->id,
            .core = cpu->core,
            .llc = cpu->cache,
            .beside_system
            = !cpu->system && g_array_index (ledger->core_system, gboolean, cpu->core) };
    g_array_append_val (follow->cpus, added);
  }
  if (found != NULL) {
    Taking taking = { follow, input };
    vr_contract_reserved (input->input, take_row, &taking);
    take_coming (follow, input);
    take_contract (follow, input->contract);
  }
  return found != NULL;
}
