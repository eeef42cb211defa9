/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPUs that threads of tenants share, and what can be reserved there. */
#include <string.h>

#include "base/vr-cpu-list.h"
#include "control/vr-contract-internal.h"

#define WHOLE_PPM 1e6

double
vr_contract_ceiling (const VrContractInput *input, VrPolicy policy)
{
  const VrHost *host = input->host;
  if (policy == VR_POLICY_QUOTA)
    return 1;
  if (input->ceiling_ppm != 0)
    return (double) input->ceiling_ppm / WHOLE_PPM;
  if (host->sched_rt_runtime_us < 0 || host->sched_rt_period_us <= 0)
    return 1;
  return (double) host->sched_rt_runtime_us / (double) host->sched_rt_period_us;
}

/* --- CPUs ---------------------------------------------------------------------------------------
 */

/* Those that the planner chooses from: all that are not kept for the system, as far as there are
 * any. */
static GArray *
auto_cpus (const VrContractInput *input)
{
  const VrHostSettings *settings = input->lab->host;
  g_autoptr (GArray) system = vr_host_settings_housekeeping (settings);
  g_autoptr (GArray) online = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < input->host->cpus->len; i++) {
    guint id = g_array_index (input->host->cpus, VrHostCpu, i).id;
    if (vr_host_settings_is_offline (settings, id))
      continue;
    g_array_append_val (online, id);
    if (!vr_cpu_list_has (system, id))
      g_array_append_val (chosen, id);
  }
  return g_array_ref (chosen->len > 0 ? chosen : online);
}

GArray *
vr_contract_cpus (const VrContractInput *input, const char *cpus)
{
  g_auto (GStrv) words = g_strsplit (cpus, " ", 2);
  GArray *list = vr_cpu_list_parse (words[0] + 1);
  return list != NULL ? list : auto_cpus (input);
}

/* How many CPUs of `list` are in `other`, too. */
static guint
common (const GArray *list, const GArray *other)
{
  guint both = 0;
  for (guint i = 0; i < list->len; i++)
    both += vr_cpu_list_has (other, g_array_index (list, guint, i));
  return both;
}

double
vr_contract_capacity (const VrContractInput *input, const char *cpus, VrPolicy policy)
{
  g_autoptr (GArray) list = vr_contract_cpus (input, cpus);
  return list->len * vr_contract_ceiling (input, policy);
}

/* --- Pools --------------------------------------------------------------------------------------
 */

guint
vr_contract_pool (VrContractBuilder *builder, const char *cpus, VrPolicy policy)
{
  VrContract *contract = builder->contract;
  g_autoptr (GArray) list = vr_contract_cpus (builder->input, cpus);
  g_autofree char *numbers = vr_cpu_list_print (list);
  g_autofree char *name = g_strconcat ("@", numbers, NULL);
  double capacity = vr_contract_capacity (builder->input, cpus, policy);
  guint pool;
  if (g_ptr_array_find_with_equal_func (contract->pools, name, g_str_equal, &pool)) {
    double *has = &g_array_index (contract->capacity, double, pool);
    *has = MIN (*has, capacity);
    return pool;
  }
  g_ptr_array_add (contract->pools, g_steal_pointer (&name));
  g_array_append_val (contract->capacity, capacity);
  g_array_set_size (contract->support_shares, contract->capacity->len);
  return contract->pools->len - 1;
}

/* What others have reserved somewhere on these CPUs. */
typedef struct {
  GArray *cpus;
  double share;
} Taken;

static void
taken_clear (gpointer data)
{
  Taken *taken = data;
  g_array_unref (taken->cpus);
}

/* What the others take of a pool: all that must be there, and of what may be elsewhere, too, what
 * has no room there, as the planner places it. */
static double
taken_of (const GArray *taken, const GArray *pool, double ceiling)
{
  g_autoptr (GArray) elsewhere = g_array_new (FALSE, FALSE, sizeof (guint));
  double inside = 0, either = 0, outside = 0;
  for (guint i = 0; i < taken->len; i++) {
    const Taken *is = &g_array_index (taken, Taken, i);
    guint both = common (is->cpus, pool);
    inside += both == is->cpus->len ? is->share : 0;
    either += both > 0 && both < is->cpus->len ? is->share : 0;
    for (guint k = 0; both > 0 && k < is->cpus->len; k++) {
      guint id = g_array_index (is->cpus, guint, k);
      if (!vr_cpu_list_has (pool, id) && !vr_cpu_list_has (elsewhere, id))
        g_array_append_val (elsewhere, id);
    }
  }
  for (guint i = 0; i < taken->len; i++) {
    const Taken *is = &g_array_index (taken, Taken, i);
    outside += common (is->cpus, elsewhere) == is->cpus->len ? is->share : 0;
  }
  return inside + MAX (either - MAX (elsewhere->len * ceiling - outside, 0), 0);
}

/* Whether the row is a thread's that follows the load: then vr-follow.h says what it has. */
static gboolean
is_followed (const VrContractBuilder *builder, const VrRouter *router, const VrThreadSchedule *row)
{
  const VrContractGuest *guest = vr_contract_guest_of (builder->input, router);
  const char *name = vr_router_outward (router);
  if (!vr_follow_settings_has (builder->input->lab->follow, name)
      || !vr_router_is_one_of (router, name))
    return FALSE;
  gboolean is = row->selector.role == VR_THREAD_VCPU;
  for (guint i = 0; guest != NULL && !is && i < guest->threads->len; i++) {
    const VrCalibrateThread *thread = guest->threads->pdata[i];
    is = vr_contract_is_row_of (router, thread, router, row)
         && !vr_contract_is_ahead (builder->input, router, thread);
  }
  return is;
}

/* Whether the row is a thread's whose share is decided here, or that follows, or that supports a
 * tenant. */
static gboolean
is_controlled (const VrContractBuilder *builder, const VrRouter *router,
               const VrThreadSchedule *row)
{
  const VrContract *contract = builder->contract;
  gboolean is = is_followed (builder, router, row);
  for (guint i = 0; !is && i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    is = vr_contract_is_row_of (thread->router, thread->thread, router, row);
  }
  for (guint i = 0; !is && i < builder->supported->len; i++) {
    const VrContractThread *thread = &g_array_index (builder->supported, VrContractThread, i);
    is = vr_contract_is_row_of (thread->router, thread->thread, router, row);
  }
  return is;
}

/* For whom reservations are told. */
typedef struct {
  const VrContractBuilder *builder;
  GArray *taken;
} Taking;

static void
take_row (const VrRouter *router, const VrThreadSchedule *row, gpointer data)
{
  const Taking *taking = data;
  if (is_controlled (taking->builder, router, row))
    return;
  Taken taken = { .cpus = row->cpus_choice == VR_CPUS_LIST ? g_array_ref (row->cpus)
                                                           : auto_cpus (taking->builder->input),
                  .share = vr_contract_share_of (row) };
  g_array_append_val (taking->taken, taken);
}

static void
take_others (VrContractBuilder *builder)
{
  VrContract *contract = builder->contract;
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (Taken));
  Taking taking = { builder, taken };
  g_array_set_clear_func (taken, taken_clear);
  vr_contract_reserved (builder->input, take_row, &taking);
  for (guint i = 0; i < contract->pools->len; i++) {
    Taken support = { .cpus = vr_contract_cpus (builder->input, contract->pools->pdata[i]),
                      .share = g_array_index (contract->support_shares, double, i) };
    g_array_append_val (taken, support);
  }
  for (guint i = 0; i < contract->pools->len; i++) {
    g_autoptr (GArray) list = vr_contract_cpus (builder->input, contract->pools->pdata[i]);
    double *capacity = &g_array_index (contract->capacity, double, i);
    *capacity = MAX (*capacity - taken_of (taken, list, *capacity / MAX (list->len, 1)), 0);
  }
}

/* What the pool's threads have at their limits. */
static double
needed (const VrContract *contract, guint pool)
{
  double sum = 0;
  for (guint i = 0; i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    const GArray *lines = contract->lines->pdata[thread->tenant];
    if (g_array_index (lines, VrDecideThread, thread->number).pool == pool)
      sum += vr_contract_most (contract, thread);
  }
  return MIN (sum, g_array_index (contract->capacity, double, pool));
}

/* Of pools that have CPUs in common, those with fewer go first, in order where they are equal: the
 * others have what these leave. */
static void
divide (VrContractBuilder *builder)
{
  guint count = builder->contract->pools->len;
  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  guint most = 0;
  for (guint i = 0; i < count; i++) {
    GArray *list = vr_contract_cpus (builder->input, builder->contract->pools->pdata[i]);
    g_ptr_array_add (lists, list);
    most = MAX (most, list->len);
  }
  for (guint size = 1; size <= most; size++)
    for (guint i = 0; i < count; i++) {
      const GArray *list = lists->pdata[i];
      double need = list->len == size ? needed (builder->contract, i) : 0;
      for (guint k = 0; k < count; k++) {
        const GArray *other = lists->pdata[k];
        double *capacity = &g_array_index (builder->contract->capacity, double, k);
        if (other->len > size || (other->len == size && k > i))
          *capacity = MAX (*capacity - need * common (list, other) / MAX (list->len, 1), 0);
      }
    }
}

void
vr_contract_finish_pools (VrContractBuilder *builder)
{
  take_others (builder);
  divide (builder);
}
