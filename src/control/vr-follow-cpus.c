/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPUs of routers that follow their load, and what others take of these. */
#include <string.h>

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

static gboolean
is_of (const VrContractThread *thread, const VrRouter *router, const char *key)
{
  return thread->router == router
         && g_strv_contains ((const char *const *) thread->thread->keys, key);
}

/* Whether the row is a thread's whose share is decided here, or by the tenants' contract. */
static gboolean
is_controlled (const VrFollow *follow, const VrContract *contract, const VrRouter *router,
               const VrThreadSchedule *row)
{
  g_autofree char *key = vr_thread_selector_print (&row->selector);
  gboolean is = FALSE;
  for (guint i = 0; !is && i < contract->threads->len; i++)
    is = is_of (contract->threads->pdata[i], router, key);
  for (guint i = 0; !is && i < follow->threads->len; i++)
    is = is_of (&((const VrFollowThread *) follow->threads->pdata[i])->is, router, key);
  return is;
}

static gboolean
has_key (const VrCalibrateThread *thread, const VrThreadSchedule *row)
{
  g_autofree char *key = vr_thread_selector_print (&row->selector);
  return g_strv_contains ((const char *const *) thread->keys, key);
}

/* Two rows may mean one thread, QEMU's main loop, which has one reservation. */
static gboolean
is_second (const VrContractGuest *guest, const VrSchedule *schedule, guint index)
{
  for (guint i = 0; guest != NULL && i < guest->threads->len; i++) {
    const VrCalibrateThread *thread = guest->threads->pdata[i];
    for (guint k = 0; k < index; k++)
      if (has_key (thread, schedule->threads->pdata[k])
          && has_key (thread, schedule->threads->pdata[index]))
        return TRUE;
  }
  return FALSE;
}

static gboolean
has_row (const VrSchedule *schedule, const VrThreadSchedule *row)
{
  g_autofree char *key = vr_thread_selector_print (&row->selector);
  gboolean has = FALSE;
  for (guint i = 0; schedule != NULL && !has && i < schedule->threads->len; i++) {
    const VrThreadSchedule *other = schedule->threads->pdata[i];
    g_autofree char *its = vr_thread_selector_print (&other->selector);
    has = strcmp (its, key) == 0;
  }
  return has;
}

/* But for what `own` says otherwise. */
static void
take_schedule (VrFollow *follow, const VrFollowInput *input, const VrRouter *router,
               const VrSchedule *schedule, const VrSchedule *own)
{
  const VrContractGuest *guest = vr_contract_guest_of (input->input, router);
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *row = schedule->threads->pdata[i];
    if (vr_router_has_thread (router, &row->selector) && !has_row (own, row)
        && row->cpus_choice == VR_CPUS_LIST && !is_controlled (follow, input->contract, router, row)
        && !is_second (guest, schedule, i))
      take (follow, row->cpus, vr_contract_share_of (row));
  }
}

/* What members that may come will have reserved by the schedule of them all, as the first has it:
 * so it is there when they come. */
static void
take_coming (VrFollow *follow, const VrFollowInput *input)
{
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    const VrSchedule *common = vr_lab_schedule (input->input->lab, router->name);
    for (guint k = router->members;
         vr_router_is_member (router->router) && k < follow->settings->most_members; k++)
      take_schedule (follow, input, router->router, common, NULL);
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
  for (guint i = 0; found != NULL && i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    const VrSchedule *own = vr_lab_schedule (lab, router->name);
    const VrSchedule *common = vr_lab_schedule (lab, vr_router_outward (router));
    take_schedule (follow, input, router, own, NULL);
    if (common != own)
      take_schedule (follow, input, router, common, own);
  }
  if (found != NULL) {
    take_coming (follow, input);
    take_contract (follow, input->contract);
  }
  return found != NULL;
}
