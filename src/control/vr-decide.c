/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-decide.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "control/vr-decide-internal.h"

#define NS_PER_S 1000000000ull
/* How near rates must be to be the same, for reasons and problems. */
#define NEAR 0.005
/* Rounding must not make a full pool one that is too full. */
#define SLACK 1e-9
/* Of the share that the tenant's rate takes, what the line says to be gone before anything is
 * forwarded. With d of that share in truth and m believed, a whole correction leaves
 * (m - d) / (1 - d) of a rate's deviation: a third, either way, for any d up to one half. */
#define DEAD_MOST (1.0 / 3)
/* Of what a line without its offset would say, what the rate takes at least. */
#define TAKES_LEAST 0.5

VrDecideConfig
vr_decide_config_default (guint64 period_ns)
{
  return (VrDecideConfig){ .period_ns = period_ns,
                           .filter_ns = MAX (2 * period_ns, NS_PER_S),
                           .correction_ns = MAX (period_ns, NS_PER_S),
                           .hung_ns = MAX (3 * period_ns, 2 * NS_PER_S),
                           .correction_most = 4,
                           .deadband = 0.01,
                           .step_most = 0.5,
                           .headroom = 0.1,
                           .loss_least = 0.005,
                           .busy_least = 0.85 };
}

/* --- Checks -------------------------------------------------------------------------------------
 */

static gboolean
check (const char *of, const char *field, double value, double least, double most, GError **error)
{
  if (value >= least && value <= most)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s: %s is %g, not %g to %g", of, field, value,
               least, most);
  return FALSE;
}

gboolean
vr_decide_config_check (const VrDecideConfig *config, GError **error)
{
  static const char of[] = "controller";
  return check (of, "period_ns", (double) config->period_ns, 1e6, 1e12, error)
         && check (of, "filter_ns", (double) config->filter_ns, 1, 1e13, error)
         && check (of, "correction_ns", (double) config->correction_ns, 0, 1e13, error)
         && check (of, "hung_ns", (double) config->hung_ns, 1, 1e13, error)
         && check (of, "correction_most", config->correction_most, 1, 1000, error)
         && check (of, "deadband", config->deadband, 0, 0.5, error)
         && check (of, "step_most", config->step_most, 0.001, 1000, error)
         && check (of, "headroom", config->headroom, 0, 10, error)
         && check (of, "loss_least", config->loss_least, 0, 0.5, error)
         && check (of, "busy_least", config->busy_least, 0, 1, error);
}

static gboolean
check_thread (const VrDecideThread *thread, guint pools, GError **error)
{
  const char *of = thread->name;
  return check (of, "pool", thread->pool, 0, (double) pools - 1, error)
         && check (of, "part", thread->part, 1e-6, 1, error)
         && check (of, "intercept_pps", thread->intercept_pps, -1e12, 1e12, error)
         && check (of, "slope_pps", thread->slope_pps, 1e-3, 1e12, error)
         && check (of, "share_least", thread->share_least, 1e-6, 1, error)
         && check (of, "share_most", thread->share_most, thread->share_least, 1, error)
         && check (of, "share", thread->share, 0, 1, error)
         && check (of, "correction", thread->correction, 0, 1000, error);
}

static gboolean
check_tenant (const VrDecideTenant *tenant, guint pools, GError **error)
{
  const char *of = tenant->name;
  if (!check (of, "rate_pps", tenant->rate_pps, 1, 1e12, error)
      || !check (of, "guarantee_pps", tenant->guarantee_pps, 0, tenant->rate_pps, error)
      || !check (of, "limit_pps", tenant->limit_pps, tenant->rate_pps, 1e12, error)
      || !check (of, "threads_count", tenant->threads_count, 1, 1e6, error))
    return FALSE;
  for (guint i = 0; i < tenant->threads_count; i++)
    if (!check_thread (&tenant->threads[i], pools, error))
      return FALSE;
  return TRUE;
}

/* --- A decider ----------------------------------------------------------------------------------
 */

static void
enter_pool (VrDecider *decider, guint number)
{
  VrDecideThreadState *thread = &decider->threads[number];
  thread->next = decider->members[thread->is.pool];
  decider->members[thread->is.pool] = number;
}

static void
leave_pool (VrDecider *decider, guint number)
{
  VrDecideThreadState *thread = &decider->threads[number];
  guint *link = &decider->members[thread->is.pool];
  while (*link != number)
    link = &decider->threads[*link].next;
  *link = thread->next;
}

static void
add_priority (VrDecider *decider, gint priority)
{
  guint i = 0;
  while (i < decider->priorities_count && decider->priorities[i] > priority)
    i++;
  if (i < decider->priorities_count && decider->priorities[i] == priority)
    return;
  memmove (&decider->priorities[i + 1], &decider->priorities[i],
           (decider->priorities_count - i) * sizeof *decider->priorities);
  decider->priorities[i] = priority;
  decider->priorities_count++;
}

/* A line's offset is its least certain part, and where it is far off the loop takes long: it is
 * turned about what it says of the tenant's rate until no more than DEAD_MOST is gone, and no less
 * than nothing. */
static void
bound_offset (VrDecideThread *thread, double rate_pps)
{
  double dead = -thread->intercept_pps / thread->slope_pps, alone = rate_pps / thread->slope_pps;
  double takes = MAX (alone + dead, alone * TAKES_LEAST);
  double bounded = CLAMP (dead, 0, DEAD_MOST * takes);
  if (bounded == dead)
    return;
  thread->slope_pps = rate_pps / (takes - bounded);
  thread->intercept_pps = -thread->slope_pps * bounded;
}

/* A line that a controller before has corrected is known already. The filters begin at what it says
 * of the tenant's rate. */
static void
add_thread (VrDecider *decider, const VrDecideTenant *tenant, guint owner, guint number, guint of)
{
  const VrDecideThread *given = &tenant->threads[of];
  VrDecideThreadState *thread = &decider->threads[number];
  double correction = given->correction > 0 ? given->correction : 1;
  thread->is = *given;
  bound_offset (&thread->is, tenant->rate_pps * given->part);
  thread->tenant = owner;
  thread->corrections = given->correction > 0 ? VR_DECIDE_CORRECTIONS_ENOUGH : 0;
  thread->fitted = tenant->rate_pps * given->part;
  thread->forwarded = thread->fitted * correction;
  thread->rho = 1;
  thread->used = -1;
  decider->thread_results[number]
      = (VrDecideThreadResult){ .share = given->share, .used = -1, .correction = correction };
  enter_pool (decider, number);
}

static void
fill (VrDecider *decider, const double *capacity, const VrDecideTenant *tenants)
{
  guint number = 0;
  for (guint i = 0; i < decider->pools_count; i++) {
    decider->capacity[i] = capacity[i];
    decider->members[i] = VR_DECIDE_NONE;
  }
  for (guint i = 0; i < decider->tenants_count; i++) {
    decider->tenants[i].is = tenants[i];
    decider->tenants[i].first = number;
    decider->results[i].threads = &decider->thread_results[number];
    add_priority (decider, tenants[i].priority);
    for (guint j = 0; j < tenants[i].threads_count; j++)
      add_thread (decider, &tenants[i], i, number++, j);
  }
}

VrDecider *
vr_decider_new (const VrDecideConfig *config, const double *pools_capacity, guint pools,
                const VrDecideTenant *tenants, guint tenants_count, GError **error)
{
  guint threads = 0;
  if (!vr_decide_config_check (config, error))
    return NULL;
  for (guint i = 0; i < pools; i++)
    if (!check ("controller", "capacity of a pool", pools_capacity[i], 0, 1e6, error))
      return NULL;
  for (guint i = 0; i < tenants_count; i++) {
    if (!check_tenant (&tenants[i], pools, error))
      return NULL;
    threads += tenants[i].threads_count;
  }
  VrDecider *decider = g_new0 (VrDecider, 1);
  *decider = (VrDecider){ .config = *config,
                          .pools_count = pools,
                          .tenants_count = tenants_count,
                          .threads_count = threads,
                          .capacity = g_new (double, pools),
                          .members = g_new (guint, pools),
                          .tight = g_new (guint, pools),
                          .parts = g_new (double, pools),
                          .held = g_new (guint, tenants_count),
                          .priorities = g_new (gint, tenants_count + 1),
                          .tenants = g_new0 (VrDecideTenantState, tenants_count),
                          .threads = g_new0 (VrDecideThreadState, threads),
                          .results = g_new0 (VrDecideResult, tenants_count),
                          .thread_results = g_new0 (VrDecideThreadResult, threads) };
  fill (decider, pools_capacity, tenants);
  return decider;
}

void
vr_decider_free (VrDecider *decider)
{
  g_free (decider->capacity);
  g_free (decider->members);
  g_free (decider->tight);
  g_free (decider->parts);
  g_free (decider->held);
  g_free (decider->priorities);
  g_free (decider->tenants);
  g_free (decider->threads);
  g_free (decider->results);
  g_free (decider->thread_results);
  g_free (decider);
}

void
vr_decider_take_back (VrDecider *decider)
{
  for (guint i = 0; i < decider->threads_count; i++)
    decider->threads[i].is.share = decider->thread_results[i].before;
  for (guint i = 0; i < decider->tenants_count; i++)
    decider->tenants[i].before_pps = decider->tenants[i].earlier_pps;
}

void
vr_decider_set_pool (VrDecider *decider, guint tenant, guint thread, guint pool)
{
  guint number = decider->tenants[tenant].first + thread;
  leave_pool (decider, number);
  decider->threads[number].is.pool = pool;
  enter_pool (decider, number);
}

void
vr_decider_set_capacity (VrDecider *decider, guint pool, double capacity)
{
  decider->capacity[pool] = capacity;
}

/* --- Shares -------------------------------------------------------------------------------------
 */

static gboolean
is_near (double a, double b)
{
  return fabs (a - b) <= NEAR * MAX (fabs (a), fabs (b));
}

/* Why a share changes, where nothing is in the way of it. */
static VrDecideReason
cause (const VrDecideTenantState *tenant, const VrDecideResult *result)
{
  if (!is_near (result->granted_pps, result->target_pps))
    return VR_DECIDE_CAPACITY;
  return is_near (result->granted_pps, tenant->before_pps) ? VR_DECIDE_CORRECT : VR_DECIDE_DEMAND;
}

static void
choose (const VrDecider *decider, const VrDecideTenantState *tenant, const VrDecideResult *result,
        VrDecideThreadState *thread, VrDecideThreadResult *out)
{
  const VrDecideConfig *config = &decider->config;
  double before = thread->is.share, wanted = vr_decide_share (thread, result->granted_pps);
  out->before = before;
  out->wanted = wanted;
  out->used = thread->used;
  out->correction = vr_decide_correction (thread);
  if (before <= 0) {
    out->share = wanted;
    out->reason = VR_DECIDE_START;
  } else if (fabs (wanted - before) <= config->deadband * before) {
    out->share = before;
    out->reason = result->is_seen ? VR_DECIDE_STEADY : VR_DECIDE_BLIND;
  } else {
    double rate = vr_decide_share (thread, tenant->is.rate_pps);
    double step = config->step_most * MAX (before, rate);
    out->share = CLAMP (wanted, before - step, before + step);
    out->reason = out->share != wanted ? VR_DECIDE_STEP : cause (tenant, result);
  }
  if (out->reason != VR_DECIDE_STEP && out->reason != VR_DECIDE_START
      && wanted >= thread->is.share_most && result->granted_pps < result->target_pps)
    out->reason = VR_DECIDE_BOUND;
}

/* What is wanted fits: so none that has more than that may stay, whatever deadband and step say. */
static void
make_room (VrDecider *decider, guint pool)
{
  double sum = 0;
  for (guint i = decider->members[pool]; i != VR_DECIDE_NONE; i = decider->threads[i].next)
    sum += decider->thread_results[i].share;
  if (sum <= decider->capacity[pool] * (1 + SLACK))
    return;
  for (guint i = decider->members[pool]; i != VR_DECIDE_NONE; i = decider->threads[i].next) {
    VrDecideThreadResult *out = &decider->thread_results[i];
    if (out->share <= out->wanted)
      continue;
    out->share = out->wanted;
    out->reason = VR_DECIDE_CAPACITY;
  }
}

static void
tell_shortage (const VrDecideTenantState *tenant, VrDecideResult *result)
{
  double granted = result->granted_pps * (1 + NEAR);
  if (granted < tenant->is.rate_pps)
    result->problems |= VR_DECIDE_SHORT;
  if (granted < tenant->is.guarantee_pps)
    result->problems |= VR_DECIDE_BROKEN;
}

const VrDecideResult *
vr_decider_step (VrDecider *decider, guint64 time_ns, const VrDecideCounters *counters)
{
  vr_decide_observe (decider, time_ns, counters);
  vr_decide_allot (decider);
  for (guint i = 0; i < decider->tenants_count; i++) {
    VrDecideTenantState *tenant = &decider->tenants[i];
    VrDecideResult *result = &decider->results[i];
    result->problems &= ~(guint) (VR_DECIDE_SHORT | VR_DECIDE_BROKEN);
    tell_shortage (tenant, result);
    for (guint j = tenant->first; j < tenant->first + tenant->is.threads_count; j++)
      choose (decider, tenant, result, &decider->threads[j], &decider->thread_results[j]);
    tenant->earlier_pps = tenant->before_pps;
    tenant->before_pps = result->granted_pps;
  }
  for (guint i = 0; i < decider->pools_count; i++)
    make_room (decider, i);
  for (guint i = 0; i < decider->threads_count; i++)
    decider->threads[i].is.share = decider->thread_results[i].share;
  return decider->results;
}
