/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-contract.h"

#include "base/vr-error.h"
#include "control/vr-contract-internal.h"

static void
thread_free (gpointer data)
{
  VrContractThread *thread = data;
  g_free (thread->name);
  g_free (thread);
}

void
vr_contract_free (VrContract *contract)
{
  g_ptr_array_unref (contract->threads);
  g_strfreev (contract->support);
  g_strfreev (contract->notes);
  g_ptr_array_unref (contract->pools);
  g_array_unref (contract->capacity);
  g_array_unref (contract->support_shares);
  g_ptr_array_unref (contract->held);
  g_array_unref (contract->tenants);
  g_ptr_array_unref (contract->lines);
  g_free (contract);
}

static VrContract *
contract_new (void)
{
  VrContract *contract = g_new0 (VrContract, 1);
  contract->threads = g_ptr_array_new_with_free_func (thread_free);
  contract->pools = g_ptr_array_new_with_free_func (g_free);
  contract->capacity = g_array_new (FALSE, FALSE, sizeof (double));
  contract->support_shares = g_array_new (FALSE, TRUE, sizeof (double));
  contract->held = g_ptr_array_new ();
  contract->tenants = g_array_new (FALSE, TRUE, sizeof (VrDecideTenant));
  contract->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  return contract;
}

GPtrArray *
vr_contract_routers (const VrLab *lab, const VrTenant *tenant)
{
  GPtrArray *routers = g_ptr_array_new ();
  for (guint i = 0; i < lab->routers->len; i++) {
    VrRouter *router = lab->routers->pdata[i];
    const char *name = vr_router_outward (router);
    if (vr_tenant_has (tenant, name) && vr_router_is_one_of (router, name))
      g_ptr_array_add (routers, router);
  }
  return routers;
}

const VrContractGuest *
vr_contract_guest_of (const VrContractInput *input, const VrRouter *router)
{
  for (guint i = 0; i < input->guests_count; i++)
    if (input->guests[i].router == router)
      return &input->guests[i];
  return NULL;
}

/* --- Tenants ------------------------------------------------------------------------------------
 */

/* Of the tenant's packets what passes one of its routers: of each as much, but for what the weights
 * of an MSR make of it. */
static double
part_of (const GPtrArray *routers, guint index)
{
  const VrRouter *router = routers->pdata[index];
  guint count = 0, sum = 0, weight = 1;
  for (guint i = 0; router->msr != NULL && i < routers->len; i++) {
    if (((const VrRouter *) routers->pdata[i])->msr != router->msr)
      continue;
    guint its = vr_msr_weight (router->msr, ++count);
    sum += its;
    weight = i == index ? its : weight;
  }
  double even = 1.0 / routers->len;
  return sum > 0 ? even * count * weight / sum : even;
}

/* What an MSR's balancers take for a packet is not known, and so is to be no limit. */
static void
note_balancer (VrContractBuilder *builder, const VrTenant *tenant, const VrRouter *router)
{
  const VrContractGuest *guest = vr_contract_guest_of (builder->input, router);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; guest != NULL && i < guest->threads->len; i++) {
    const VrCalibrateThread *thread = guest->threads->pdata[i];
    if (!vr_contract_is_ahead (builder->input, router, thread))
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", thread->name);
  }
  if (names->len == 0)
    return;
  g_autofree char *note = g_strdup_printf (
      "tenant %s: balancer %s has no reservation for %s, so the rate holds while the host leaves "
      "it time; [schedule %s] can reserve some",
      tenant->name, router->name, names->str, router->name);
  g_strv_builder_add (builder->notes, note);
}

static void
note_balancers (VrContractBuilder *builder, const VrTenant *tenant)
{
  const VrLab *lab = builder->input->lab;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->part == VR_PART_BALANCER && vr_tenant_has (tenant, vr_router_outward (router)))
      note_balancer (builder, tenant, router);
  }
}

static gboolean
add_tenant (VrContractBuilder *builder, VrTenant *tenant, GError **error)
{
  guint number = builder->contract->held->len;
  g_autoptr (GPtrArray) routers = vr_contract_routers (builder->input->lab, tenant);
  GArray *lines = g_array_new (FALSE, TRUE, sizeof (VrDecideThread));
  g_ptr_array_add (builder->contract->lines, lines);
  g_ptr_array_add (builder->contract->held, tenant);
  for (guint i = 0; i < routers->len; i++) {
    const VrContractGuest *guest = vr_contract_guest_of (builder->input, routers->pdata[i]);
    double part = part_of (routers, i);
    if (guest != NULL && part > 0 && !vr_contract_add_guest (builder, number, guest, part, error))
      return FALSE;
  }
  note_balancers (builder, tenant);
  VrDecideTenant added = { .name = tenant->name,
                           .rate_pps = (double) vr_rate_pps (&tenant->rate),
                           .guarantee_pps = (double) vr_tenant_guarantee_pps (tenant),
                           .limit_pps = (double) vr_tenant_limit_pps (tenant),
                           .priority = (gint) tenant->priority,
                           .threads = (const VrDecideThread *) (gconstpointer) lines->data,
                           .threads_count = lines->len };
  g_array_append_val (builder->contract->tenants, added);
  return TRUE;
}

gboolean
vr_contract_follows (const VrLab *lab, const VrTenant *tenant)
{
  return vr_follow_settings_has (lab->follow, tenant->routers->pdata[0]);
}

static double
share_for (const VrDecideThread *line, double rate_pps)
{
  double share = (rate_pps * line->part - line->intercept_pps) / line->slope_pps;
  return CLAMP (share, line->share_least, 1);
}

/* What the guarantees take of a pool. */
static double
guaranteed (const VrContract *contract, guint pool, GString *names)
{
  double sum = 0;
  for (guint i = 0; i < contract->tenants->len; i++) {
    const VrDecideTenant *tenant = &g_array_index (contract->tenants, VrDecideTenant, i);
    double own = 0;
    for (guint k = 0; k < tenant->threads_count; k++)
      if (tenant->threads[k].pool == pool)
        own += share_for (&tenant->threads[k], tenant->guarantee_pps);
    const VrOrigin *origin = &((const VrTenant *) contract->held->pdata[i])->origin;
    if (own > 0)
      g_string_append_printf (names, "%s%s (%s:%u)", names->len > 0 ? ", " : "", tenant->name,
                              origin->file, origin->line);
    sum += own;
  }
  return sum;
}

static gboolean
check_pools (const VrContract *contract, GError **error)
{
  for (guint pool = 0; pool < contract->pools->len; pool++) {
    g_autoptr (GString) names = g_string_new (NULL);
    double capacity = g_array_index (contract->capacity, double, pool);
    double sum = guaranteed (contract, pool, names);
    if (sum <= capacity)
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "CPUs %s: what is guaranteed to %s takes %.1f %% of a CPU, and %.1f %% can be "
                 "reserved there beside the lab's other threads: %.0f %% of each guarantee would "
                 "fit, or other CPUs for some",
                 (const char *) contract->pools->pdata[pool], names->str, sum * 100, capacity * 100,
                 capacity / sum * 100);
    return FALSE;
  }
  return TRUE;
}

double
vr_contract_most (const VrContract *contract, const VrContractThread *thread)
{
  const VrDecideTenant *tenant = &g_array_index (contract->tenants, VrDecideTenant, thread->tenant);
  const VrDecideThread *line = &tenant->threads[thread->number];
  return MIN (share_for (line, tenant->limit_pps), line->share_most);
}

VrContract *
vr_contract_new (const VrContractInput *input, GError **error)
{
  g_autoptr (VrContract) contract = contract_new ();
  g_autoptr (GStrvBuilder) support = g_strv_builder_new (), notes = g_strv_builder_new ();
  g_autoptr (GArray) supported = g_array_new (FALSE, FALSE, sizeof (VrContractThread));
  VrContractBuilder builder = { input, contract, support, notes, supported };
  for (guint i = 0; i < input->lab->tenants->len; i++) {
    VrTenant *tenant = input->lab->tenants->pdata[i];
    if (!vr_contract_follows (input->lab, tenant) && !add_tenant (&builder, tenant, error))
      return NULL;
  }
  vr_contract_finish_pools (&builder);
  contract->support = g_strv_builder_end (support);
  contract->notes = g_strv_builder_end (notes);
  if (!check_pools (contract, error))
    return NULL;
  return g_steal_pointer (&contract);
}

char **
vr_contract_changes (const VrContractThread *thread, double share)
{
  return vr_calibrate_changes (thread->router, thread->thread, &thread->grant, share);
}

guint64
vr_contract_gap_ns (const VrContractThread *thread, double share)
{
  VrGapReservation reservation
      = { .runtime_ns = MAX (vr_calibrate_runtime_ns (&thread->grant, share), 1),
          .period_ns = thread->grant.period_ns,
          .tick_ns = thread->tick_ns,
          .cpu = thread->cpu };
  return vr_gap_longest_ns (&reservation);
}

double
vr_contract_rounded (const VrContractThread *thread, double share)
{
  return (double) vr_calibrate_runtime_ns (&thread->grant, share)
         / (double) thread->grant.period_ns;
}
