/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-top.h"

#include <sched.h>
#include <string.h>

#include "base/vr-unit.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

static void
thread_clear (gpointer data)
{
  g_free (((VrTopThread *) data)->policy);
}

static GArray *
emptied (GArray **array, guint size)
{
  if (*array == NULL)
    *array = g_array_new (FALSE, TRUE, size);
  return g_array_set_size (*array, 0);
}

/* --- Threads ------------------------------------------------------------------------------------
 */

/* "" of a thread that is no router's. */
static const char *
outward (const VrLab *lab, const char *guest)
{
  const VrRouter *router = vr_lab_router (lab, guest);
  return router != NULL ? vr_router_outward (router) : "";
}

static void
add_thread (VrTop *top, const VrThreadRate *rate)
{
  g_array_set_size (top->threads, top->threads->len + 1);
  VrTopThread *thread = &g_array_index (top->threads, VrTopThread, top->threads->len - 1);
  thread->rate = *rate;
  if (rate->sched.policy == SCHED_DEADLINE && rate->sched.period_ns > 0)
    thread->reserved = (double) rate->sched.runtime_ns / (double) rate->sched.period_ns;
  thread->policy = vr_threads_print_policy (&rate->sched, rate->quota_ns, rate->quota_period_ns);
  if (rate->quota_period_ns > 0 && rate->quota_ns > 0)
    thread->reserved = (double) rate->quota_ns / (double) rate->quota_period_ns;
}

/* --- Routers and tenants ------------------------------------------------------------------------
 */

/* Whether a router, by its outward name, belongs to the row of that name or tenant. */
static gboolean
has_router (const VrTenant *tenant, const VrTopRow *row, const char *router)
{
  return tenant != NULL ? vr_tenant_has (tenant, router) : strcmp (row->name, router) == 0;
}

static void
count_guests (const VrTop *top, const VrTenant *tenant, VrTopRow *row)
{
  for (guint i = 0; i < top->lab->routers->len; i++) {
    const VrRouter *router = top->lab->routers->pdata[i];
    gboolean found = FALSE;
    if (router->kind != VR_KIND_GUEST || !has_router (tenant, row, vr_router_outward (router)))
      continue;
    for (guint k = 0; k < top->threads->len && !found; k++)
      found = strcmp (g_array_index (top->threads, VrTopThread, k).rate.router, router->name) == 0;
    row->guests++;
    row->absent += found ? 0 : 1;
  }
}

/* Of the CPUs on which the row's threads ran last that have something reserved, each once. */
static void
count_cores (const VrTop *top, const VrTenant *tenant, VrTopRow *row)
{
  g_autoptr (GHashTable) cpus = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < top->threads->len; i++) {
    const VrTopThread *thread = &g_array_index (top->threads, VrTopThread, i);
    if (thread->reserved > 0 && has_router (tenant, row, outward (top->lab, thread->rate.router)))
      g_hash_table_add (cpus, GUINT_TO_POINTER (thread->rate.last_cpu));
  }
  row->cores = g_hash_table_size (cpus);
}

/* An MSR's inner interfaces bear their parts' names, and are not what the outside sees. */
static void
sum_up (const VrTop *top, const VrTenant *tenant, VrTopRow *row)
{
  row->is_known = TRUE;
  for (guint i = 0; i < top->rates->ports->len; i++) {
    const VrPortRate *port = &g_array_index (top->rates->ports, VrPortRate, i);
    if (!has_router (tenant, row, port->router))
      continue;
    row->is_known = row->is_known && port->is_known;
    row->offered_pps += port->arrived_pps;
    row->forwarded_pps += port->sent_pps;
    row->lost_pps += port->lost_pps;
  }
  for (guint i = 0; i < top->threads->len; i++) {
    const VrTopThread *thread = &g_array_index (top->threads, VrTopThread, i);
    if (!has_router (tenant, row, outward (top->lab, thread->rate.router)))
      continue;
    row->is_known = row->is_known && thread->rate.is_known;
    row->reserved += thread->reserved;
    row->use += thread->rate.use;
  }
  count_guests (top, tenant, row);
  count_cores (top, tenant, row);
}

static gboolean
is_listed (const GArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (g_array_index (rows, VrTopRow, i).name, name) == 0)
      return TRUE;
  return FALSE;
}

static void
add_routers (VrTop *top)
{
  for (guint i = 0; i < top->lab->routers->len; i++) {
    VrTopRow row = { .name = vr_router_outward (top->lab->routers->pdata[i]) };
    if (is_listed (top->routers, row.name))
      continue;
    sum_up (top, NULL, &row);
    g_array_append_val (top->routers, row);
  }
}

void
vr_top_fill (VrTop *top, const VrLab *lab, const VrSnapshot *snapshot, const VrRates *rates)
{
  top->rates = rates;
  top->lab = lab;
  top->is_stale = snapshot->is_stale;
  emptied (&top->tenants, sizeof (VrTopRow));
  emptied (&top->routers, sizeof (VrTopRow));
  if (top->threads == NULL) {
    top->threads = g_array_new (FALSE, TRUE, sizeof (VrTopThread));
    g_array_set_clear_func (top->threads, thread_clear);
  }
  g_array_set_size (top->threads, 0);
  for (guint i = 0; i < rates->threads->len; i++)
    add_thread (top, &g_array_index (rates->threads, VrThreadRate, i));
  for (guint i = 0; i < lab->tenants->len; i++) {
    const VrTenant *tenant = lab->tenants->pdata[i];
    VrTopRow row = { .name = tenant->name, .rate_pps = vr_rate_pps (&tenant->rate) };
    sum_up (top, tenant, &row);
    g_array_append_val (top->tenants, row);
  }
  add_routers (top);
}

void
vr_top_clear (VrTop *top)
{
  g_clear_pointer (&top->tenants, g_array_unref);
  g_clear_pointer (&top->routers, g_array_unref);
  g_clear_pointer (&top->threads, g_array_unref);
}
