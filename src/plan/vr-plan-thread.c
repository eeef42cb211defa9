/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules become operations: one a thread, once it is known where all of them may run. */
#include "plan/vr-place.h"
#include "plan/vr-warn.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-name.h"

#define RT_STEP_US 1000

/* A policy's own arguments, as the kernel's words have them; NULL where they do not apply. */
typedef struct {
  const char *policy;
  char *nice, *priority, *runtime, *deadline, *period, *quota, *quota_period, *cpus, *worker;
} Want;

static void
want_clear (Want *want)
{
  g_free (want->nice);
  g_free (want->priority);
  g_free (want->runtime);
  g_free (want->deadline);
  g_free (want->period);
  g_free (want->quota);
  g_free (want->quota_period);
  g_free (want->cpus);
  g_free (want->worker);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Want, want_clear)

static char *
print_ns (guint64 ns)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, ns);
}

/* The kernel makes the workers in the order of the guest's cards, one for each queue. */
static guint
worker_number (const VrLab *lab, const VrWish *wish)
{
  guint number = 0;
  for (guint i = 0; i < wish->router->interfaces->len; i++) {
    const VrInterface *interface = wish->router->interfaces->pdata[i];
    if (strcmp (interface->port, wish->port) == 0)
      return number + wish->index;
    number += vr_interface_workers (lab, interface);
  }
  g_assert_not_reached ();
}

static void
want_init (Want *want, const VrLab *lab, const VrWish *wish)
{
  const VrThreadSchedule *schedule = wish->schedule;
  gboolean quota = schedule->policy == VR_POLICY_QUOTA;
  want->policy = vr_policy_name (quota ? VR_POLICY_OTHER : schedule->policy);
  if (quota || schedule->policy == VR_POLICY_OTHER)
    want->nice = g_strdup_printf ("%d", schedule->nice);
  if (vr_thread_is_real_time (schedule))
    want->priority = g_strdup_printf ("%u", schedule->priority);
  if (schedule->policy == VR_POLICY_DEADLINE) {
    want->runtime = print_ns (schedule->runtime_ns);
    want->deadline = print_ns (schedule->deadline_ns);
    want->period = print_ns (schedule->period_ns);
  }
  if (quota) {
    want->quota = print_ns (schedule->runtime_ns);
    want->quota_period = print_ns (schedule->period_ns);
  }
  if (wish->cpus->len > 0)
    want->cpus = vr_cpu_list_print (wish->cpus);
  if (wish->role == VR_THREAD_VHOST)
    want->worker = g_strdup_printf ("%u", worker_number (lab, wish));
}

static guint64
number_of (const VrOp *op, const char *key)
{
  const char *text = vr_op_get (op, key);
  guint64 value = 0;
  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &value, NULL);
  return value;
}

guint64
vr_plan_thread_share_ppm (const VrOp *op)
{
  return vr_ledger_share_ppm (number_of (op, "runtime-ns"), number_of (op, "period-ns"));
}

static char *
exclusive_target (const VrWish *wish, guint index)
{
  return g_strdup_printf ("cpu %u", g_array_index (wish->cpus, guint, index));
}

static gboolean
is_exclusive (const VrWish *wish)
{
  return wish->schedule->sharing == VR_CPUS_EXCLUSIVE;
}

/* A CPU is taken out of the host's root domain for one thread, before that can have it. */
static VrOp *
exclusive_op (const VrPlanner *planner, const VrWish *wish, guint index)
{
  g_autofree char *target = exclusive_target (wish, index);
  g_autofree char *domain = vr_name_domain (planner->lab->name, wish->router->name);
  g_autofree char *what
      = g_strdup_printf ("%s of router %s has it alone", wish->selector, wish->router->name);
  g_autofree char *why = vr_plan_why (wish->schedule->origin, what);
  VrOp *op = vr_op_new (VR_OP_EXCLUSIVE, target, why, "thread", wish->target, "group",
                        planner->facts->all_guests, NULL);
  op->shared = TRUE;
  vr_op_add_need (op, VR_OP_DOMAIN, domain);
  return op;
}

static void
add_exclusive (VrPlanner *planner, const GPtrArray *wishes)
{
  for (guint i = 0; i < wishes->len; i++) {
    const VrWish *wish = wishes->pdata[i];
    for (guint k = 0; is_exclusive (wish) && k < wish->cpus->len; k++)
      vr_plan_add (planner, exclusive_op (planner, wish, k));
  }
}

/* The kernel's groups for real-time runtime are of guests. */
static gboolean
needs_runtime (const VrThreadSchedule *schedule)
{
  return vr_thread_is_real_time (schedule) && schedule->selector.role != VR_THREAD_PMD;
}

static VrOp *
thread_op (const VrLab *lab, const VrWish *wish, const char *rt_runtime_us)
{
  const VrThreadSchedule *schedule = wish->schedule;
  gboolean reset = vr_thread_is_real_time (schedule) || schedule->policy == VR_POLICY_DEADLINE;
  g_autofree char *selector = vr_thread_selector_print (&schedule->selector);
  g_autofree char *owner = wish->role == VR_THREAD_PMD
                               ? g_strdup ("Open vSwitch")
                               : g_strconcat ("router ", wish->router->name, NULL);
  g_autofree char *what
      = g_strdup_printf ("%s of %s%s%s", selector, owner, wish->choice != NULL ? "; " : "",
                         wish->choice != NULL ? wish->choice : "");
  g_autofree char *why = vr_plan_why (schedule->origin, what);
  g_auto (Want) want = { .policy = NULL };
  want_init (&want, lab, wish);
  VrOp *op = vr_op_new (VR_OP_THREAD, wish->target, why, "policy", want.policy, "nice", want.nice,
                        "priority", want.priority, "runtime-ns", want.runtime, "deadline-ns",
                        want.deadline, "period-ns", want.period, "quota-ns", want.quota,
                        "quota-period-ns", want.quota_period, "reset-on-fork", reset ? "yes" : NULL,
                        "cpus", want.cpus, "exclusive", is_exclusive (wish) ? want.cpus : NULL,
                        "worker", want.worker, "rt-runtime-us", rt_runtime_us, NULL);
  op->shared = wish->role == VR_THREAD_PMD;
  return op;
}

/* A thread that polls is there as long as there is a port to poll. */
static void
add_needs (const VrPlanner *planner, const VrWish *wish, VrOp *op)
{
  g_autofree char *domain = vr_name_domain (planner->lab->name, wish->router->name);
  if (wish->role != VR_THREAD_PMD) {
    vr_op_add_need (op, VR_OP_DOMAIN, domain);
    vr_op_add_need (op, VR_OP_READY, domain);
  }
  for (guint i = 0; wish->role == VR_THREAD_PMD && i < planner->plan->ops->len; i++) {
    const VrOp *port = planner->plan->ops->pdata[i];
    if (port->kind == VR_OP_OVS_PORT)
      vr_op_add_need (op, port->kind, port->target);
  }
  for (guint i = 0; is_exclusive (wish) && i < wish->cpus->len; i++) {
    g_autofree char *target = exclusive_target (wish, i);
    vr_op_add_need (op, VR_OP_EXCLUSIVE, target);
  }
}

/* --- Real-time runtime -------------------------------------------------------------------------
 */

/* Microseconds of each second, which are millionths of a CPU. */
static guint64
stated_us (const VrRouter *router)
{
  return (guint64) router->rt_percent * (G_USEC_PER_SEC / 100);
}

/* The routers with threads of fifo and rr, in the profile's order. */
static GPtrArray *
real_time_routers (const GPtrArray *wishes)
{
  GPtrArray *routers = g_ptr_array_new ();
  for (guint i = 0; i < wishes->len; i++) {
    const VrWish *wish = wishes->pdata[i];
    if (needs_runtime (wish->schedule) && !g_ptr_array_find (routers, wish->router, NULL))
      g_ptr_array_add (routers, (gpointer) wish->router);
  }
  return routers;
}

#define GRANTS "this kernel grants real-time runtime by group (CONFIG_RT_GROUP_SCHED)"

/* Takes from `left_us` what routers say that they need; `silent`: how many say nothing. */
static gboolean
take_stated (const VrPlanFacts *facts, const GPtrArray *routers, guint64 *left_us, guint *silent,
             GError **error)
{
  for (guint i = 0; i < routers->len; i++) {
    const VrRouter *router = routers->pdata[i];
    guint64 share_us = stated_us (router);
    *silent += share_us == 0;
    if (share_us > *left_us) {
      g_autofree char *all = vr_admit_percent (facts->rt_runtime_us);
      g_autofree char *used = vr_admit_percent (facts->rt_used_us);
      g_autofree char *left = vr_admit_percent (*left_us);
      g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                   "%s:%u: [router %s] rt-share = %u%%: " GRANTS
                   ", %s of each CPU, of which other labs have %s, and the routers before leave "
                   "%s: lower it, or take a lab down",
                   router->origin.file, router->origin.line, router->name, router->rt_percent, all,
                   used, left);
      return FALSE;
    }
    *left_us -= share_us;
  }
  return TRUE;
}

/* With real-time groups a guest's threads run with fifo and rr only as long as their group was
 * granted, and all guests share what the host has: each router of the lab that does not say what
 * it needs gets the same of what is left, which becomes `share_us`. */
static gboolean
grant_runtime (VrPlanner *planner, const GPtrArray *wishes, guint64 *share_us, GError **error)
{
  const VrPlanFacts *facts = planner->facts;
  g_autoptr (GPtrArray) routers = real_time_routers (wishes);
  guint64 left_us = facts->rt_runtime_us - MIN (facts->rt_used_us, facts->rt_runtime_us);
  guint silent = 0;
  if (facts->rt_group == NULL)
    return TRUE;
  if (!take_stated (facts, routers, &left_us, &silent, error))
    return FALSE;
  if (silent == 0)
    return TRUE;
  *share_us = left_us / silent / RT_STEP_US * RT_STEP_US;
  if (*share_us == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 GRANTS ", and of %" G_GUINT64_FORMAT " us a second others have %" G_GUINT64_FORMAT
                        ": nothing is left for fifo and rr; have them say rt-share, take a lab "
                        "down, or use deadline",
                 facts->rt_runtime_us, facts->rt_used_us);
    return FALSE;
  }
  if (*share_us < facts->rt_runtime_us / RT_STEP_US * RT_STEP_US)
    vr_plan_notice (planner,
                    GRANTS ": the fifo and rr threads of each router %sget at most "
                           "%" G_GUINT64_FORMAT " us of each second of a CPU",
                    silent < routers->len ? "without rt-share " : "", *share_us);
  return TRUE;
}

/* What the thread's guest is granted, for the thread's operation; NULL where nothing is. */
static char *
print_grant (const VrPlanFacts *facts, const VrWish *wish, guint64 share_us)
{
  guint64 own_us = stated_us (wish->router);
  if (facts->rt_group == NULL || !needs_runtime (wish->schedule))
    return NULL;
  return g_strdup_printf ("%" G_GUINT64_FORMAT, own_us > 0 ? own_us : share_us);
}

/* Before the guests, so that it goes after them. */
void
vr_plan_rt_runtime (VrPlanner *planner)
{
  const VrPlanFacts *facts = planner->facts;
  gboolean wanted = FALSE;
  for (guint i = 0; i < planner->lab->schedules->len && !wanted; i++) {
    const VrSchedule *schedule = planner->lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len && !wanted; k++)
      wanted = needs_runtime (schedule->threads->pdata[k]);
  }
  if (!wanted || facts->rt_group == NULL)
    return;
  g_autofree char *runtime = g_strdup_printf ("%" G_GUINT64_FORMAT, facts->rt_runtime_us);
  VrOp *op
      = vr_op_new (VR_OP_RT_RUNTIME, facts->rt_group,
                   "this kernel grants real-time runtime by group", "rt-runtime-us", runtime, NULL);
  op->shared = TRUE;
  vr_plan_add (planner, op);
}

/* A reservation that finds no CPU with room for it may find one when others go elsewhere. */
static VrLedger *
admit (const VrPlanner *planner, const GPtrArray *wishes, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLedger) ledger = vr_ledger_new (planner->lab, planner->facts);
  if (vr_admit (ledger, wishes, vr_place_auto, &cause))
    return g_steal_pointer (&ledger);
  if (!planner->facts->keep_places && g_error_matches (cause, VR_ERROR, VR_ERROR_INFEASIBLE)
      && vr_place_forget (wishes)) {
    g_autoptr (VrLedger) anew = vr_ledger_new (planner->lab, planner->facts);
    planner->plan->placed_anew = vr_admit (anew, wishes, vr_place_anew, NULL);
    if (planner->plan->placed_anew)
      return g_steal_pointer (&anew);
  }
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

gboolean
vr_plan_threads (VrPlanner *planner, GError **error)
{
  g_autoptr (GPtrArray) wishes = vr_wishes_new (planner, error);
  if (wishes == NULL)
    return FALSE;
  g_autoptr (VrLedger) ledger = admit (planner, wishes, error);
  if (ledger == NULL)
    return FALSE;
  vr_warn (planner, ledger, wishes);
  guint64 share_us = 0;
  if (!grant_runtime (planner, wishes, &share_us, error))
    return FALSE;
  add_exclusive (planner, wishes);
  for (guint i = 0; i < wishes->len; i++) {
    const VrWish *wish = wishes->pdata[i];
    g_autofree char *rt_runtime_us = print_grant (planner->facts, wish, share_us);
    VrOp *op = thread_op (planner->lab, wish, rt_runtime_us);
    add_needs (planner, wish, op);
    vr_plan_add (planner, op);
  }
  return TRUE;
}
