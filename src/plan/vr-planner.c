/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From lab and facts to the ordered list: ports, then what hangs on them, then all guests at once.
 */
#include "plan/vr-plan-parts.h"

#include <stdarg.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"

char *
vr_plan_why (VrOrigin origin, const char *what)
{
  return g_strdup_printf ("%s:%u: %s", origin.file, origin.line, what);
}

VrOp *
vr_plan_add (VrPlanner *planner, VrOp *op)
{
  g_ptr_array_add (planner->plan->ops, op);
  if (op->kind == VR_OP_MACVLAN)
    g_hash_table_insert (planner->inside, g_strdup (op->target), op);
  else if (op->kind == VR_OP_VETH)
    g_hash_table_insert (
        planner->inside,
        g_strconcat (vr_op_get (op, "peer-netns"), "/", vr_op_get (op, "peer"), NULL), op);
  return op;
}

gboolean
vr_plan_has (const VrPlanner *planner, VrOpKind kind, const char *target)
{
  for (guint i = 0; i < planner->plan->ops->len; i++) {
    const VrOp *op = planner->plan->ops->pdata[i];
    if (op->kind == kind && strcmp (op->target, target) == 0)
      return TRUE;
  }
  return FALSE;
}

void
vr_plan_need_inner (const VrPlanner *planner, VrOp *op, const char *netns, const char *ifname)
{
  g_autofree char *name = g_strconcat (netns, "/", ifname, NULL);
  const VrOp *link = g_hash_table_lookup (planner->inside, name);
  if (link != NULL)
    vr_op_add_need (op, link->kind, link->target);
}

void
vr_plan_notice (VrPlanner *planner, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_ptr_array_add (planner->plan->notices, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Whether the two are members of one PVR, or back-ends of one MSR: those whose number can change.
 */
static gboolean
are_alike (const VrRouter *a, const VrRouter *b)
{
  return (a->pvr != NULL && a->pvr == b->pvr)
         || (a->part == VR_PART_BACKEND && a->part == b->part && a->msr == b->msr);
}

/* What can be done where the lab has too much memory; the caller owns it. */
static char *
memory_hint (const VrLab *lab, const VrRouter *router, guint64 has_mib)
{
  guint64 others_mib = 0;
  const char *key = router->pvr != NULL ? "members" : "routers";
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *other = lab->routers->pdata[i];
    if (other->kind == VR_KIND_GUEST && !are_alike (router, other))
      others_mib += other->memory_mib;
  }
  guint64 fit = others_mib < has_mib ? (has_mib - others_mib) / router->memory_mib : 0;
  return are_alike (router, router) && fit > 0 ? g_strdup_printf (
             "lower memory, or write %s = %" G_GUINT64_FORMAT ", which fits", key, fit)
                                               : g_strdup ("lower memory, or take routers away");
}

static gboolean
check_memory (const VrLab *lab, const VrPlanFacts *facts, GError **error)
{
  guint64 sum_mib = 0;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind != VR_KIND_GUEST)
      continue;
    sum_mib += router->memory_mib;
    if (facts->memory_mib != 0 && sum_mib > facts->memory_mib) {
      g_autofree char *hint = memory_hint (lab, router, facts->memory_mib);
      g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                   "%s:%u: [router %s] memory = %" G_GUINT64_FORMAT
                   "M brings the lab to %" G_GUINT64_FORMAT
                   " MiB, and this host has %" G_GUINT64_FORMAT " MiB: %s",
                   router->origin.file, router->origin.line, router->name, router->memory_mib,
                   sum_mib, facts->memory_mib, hint);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
refuse_hugepages (const VrRouter *router, guint64 pages, guint64 sum, guint64 has, GError **error)
{
  guint64 page_mib = vr_hugepages_mib (router->hugepages);
  g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
               "%s:%u: [router %s] hugepages = %s: its memory is %" G_GUINT64_FORMAT
               " such pages, with which the lab has %" G_GUINT64_FORMAT
               ", and this host has %" G_GUINT64_FORMAT " for it: write %" G_GUINT64_FORMAT
               " more into /sys/kernel/mm/hugepages/hugepages-%" G_GUINT64_FORMAT
               "kB/nr_hugepages, or hugepages = off",
               router->origin.file, router->origin.line, router->name,
               router->hugepages == VR_HUGEPAGES_1G ? "1G" : "2M", pages, sum, has, sum - has,
               page_mib * 1024);
  return FALSE;
}

static gboolean
check_hugepages (const VrLab *lab, const VrPlanFacts *facts, GError **error)
{
  guint64 sums[VR_HUGEPAGES] = { 0 };
  for (guint i = 0; facts->hugepages_known && i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    VrHugepages size = router->hugepages;
    if (router->kind != VR_KIND_GUEST || size == VR_HUGEPAGES_OFF)
      continue;
    guint64 pages = router->memory_mib / vr_hugepages_mib (size);
    sums[size] += pages;
    if (sums[size] > facts->hugepages[size])
      return refuse_hugepages (router, pages, sums[size], facts->hugepages[size], error);
  }
  return TRUE;
}

static VrPlan *
plan_new_empty (const VrLab *lab)
{
  VrPlan *plan = g_new0 (VrPlan, 1);
  plan->lab = g_strdup (lab->name);
  plan->ops = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_op_free);
  plan->notices = g_ptr_array_new_with_free_func (g_free);
  return plan;
}

static void
notice_tenants (VrPlanner *planner)
{
  const VrLab *lab = planner->lab;
  if (lab->tenants->len > 0)
    vr_plan_notice (planner, "%u tenant%s: `vrkit control %s` holds their rates, while it runs",
                    lab->tenants->len, lab->tenants->len == 1 ? "" : "s", lab->name);
}

/* Guests start together and are waited for together, so that their boots overlap. */
static void
add_guests (VrPlanner *planner, GPtrArray *late)
{
  for (guint i = 0; i < late->len; i++)
    vr_plan_add (planner, late->pdata[i]);
  for (guint i = 0; i < late->len; i++) {
    const VrOp *domain = late->pdata[i];
    gboolean is_member = vr_op_get (domain, "pvr") != NULL;
    VrOp *ready = vr_op_new (VR_OP_READY, domain->target, "a lab is up when its routers forward",
                             "status", "ready", "queues", is_member ? "joined" : NULL, NULL);
    vr_op_add_need (ready, VR_OP_DOMAIN, domain->target);
    ready->payload = vr_plan_patience (planner, domain);
    for (guint k = 0; is_member && k < domain->needs->len; k++)
      g_ptr_array_add (ready->needs, g_strdup (domain->needs->pdata[k]));
    vr_plan_add (planner, ready);
  }
}

VrPlan *
vr_plan_new (const VrLab *lab, const VrPlanFacts *facts, GError **error)
{
  if (!check_memory (lab, facts, error) || !check_hugepages (lab, facts, error))
    return NULL;
  g_autoptr (VrPlan) plan = plan_new_empty (lab);
  g_autoptr (GHashTable) inside = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) no_vhost = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) configs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  VrPlanner planner = { .lab = lab,
                        .facts = facts,
                        .plan = plan,
                        .inside = inside,
                        .no_vhost = no_vhost,
                        .configs = configs };
  if (!vr_plan_host (&planner, error))
    return NULL;
  vr_plan_disturbers (&planner);
  vr_plan_rt_runtime (&planner);
  for (guint i = 0; i < lab->ports->len; i++)
    if (!vr_plan_port (&planner, lab->ports->pdata[i], error))
      return NULL;
  if (!vr_plan_host_ports (&planner, error))
    return NULL;
  g_autoptr (GPtrArray) late = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_op_free);
  for (guint i = 0; i < lab->routers->len; i++)
    if (!vr_plan_router (&planner, lab->routers->pdata[i], late, error))
      return NULL;
  g_ptr_array_set_free_func (late, NULL);
  add_guests (&planner, late);
  if (!vr_plan_threads (&planner, error))
    return NULL;
  notice_tenants (&planner);
  if (!vr_plan_follow (&planner, error))
    return NULL;
  return g_steal_pointer (&plan);
}
