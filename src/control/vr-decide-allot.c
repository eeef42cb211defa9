/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Divides pools by rates. Only pools that do not suffice, and the tenants in them, are looked at
 * closer: they are raised from nothing, round by round, priority by priority, all of one priority
 * by the same part of their goals, until a pool is full; those in it stay there, and the others go
 * on. */
#include "control/vr-decide-internal.h"

/* The rounds, in the order of the header's. */
typedef enum {
  ROUND_GUARANTEE_OFFERED,
  ROUND_GUARANTEE,
  ROUND_RATE_OFFERED,
  ROUND_RATE,
  ROUND_LIMIT,
  ROUNDS,
} Round;

/* Rounding must not make a pool that is exactly full one that does not suffice. */
#define SLACK 1e-9
#define HALVINGS 30

/* What is offered, with headroom; the rate where that is not known yet. */
static double
demand (const VrDecider *decider, const VrDecideTenantState *tenant, const VrDecideResult *result)
{
  return tenant->is_filtered ? result->offered_filtered_pps * (1 + decider->config.headroom)
                             : tenant->is.rate_pps;
}

/* The most that the bounds of its threads let through. */
static double
reach (const VrDecider *decider, const VrDecideTenantState *tenant)
{
  double least = G_MAXDOUBLE;
  for (guint i = 0; i < tenant->is.threads_count; i++) {
    const VrDecideThreadState *thread = &decider->threads[tenant->first + i];
    const VrDecideThread *is = &thread->is;
    double most = vr_decide_correction (thread)
                  * (is->intercept_pps + is->slope_pps * is->share_most) / is->part;
    least = MIN (least, MAX (most, 0));
  }
  return least;
}

static double
goal_of (const VrDecideTenant *tenant, Round round, double demand_pps)
{
  switch (round) {
  case ROUND_GUARANTEE_OFFERED:
    return MIN (tenant->guarantee_pps, demand_pps);
  case ROUND_GUARANTEE:
    return tenant->guarantee_pps;
  case ROUND_RATE_OFFERED:
    return MIN (tenant->rate_pps, demand_pps);
  case ROUND_RATE:
    return tenant->rate_pps;
  default:
    return MAX (tenant->rate_pps, MIN (tenant->limit_pps, demand_pps));
  }
}

/* What the pool takes where those that are open are at `part` of their way. */
static double
taken (const VrDecider *decider, guint pool, double part)
{
  double sum = 0;
  for (guint i = decider->members[pool]; i != VR_DECIDE_NONE; i = decider->threads[i].next) {
    const VrDecideThreadState *thread = &decider->threads[i];
    const VrDecideTenantState *tenant = &decider->tenants[thread->tenant];
    double rate = tenant->is_open ? tenant->from_pps + part * (tenant->goal_pps - tenant->from_pps)
                                  : decider->results[thread->tenant].granted_pps;
    sum += vr_decide_share (thread, rate);
  }
  return sum;
}

static gboolean
suffices (const VrDecider *decider, guint pool, double part)
{
  return taken (decider, pool, part) <= decider->capacity[pool] * (1 + SLACK);
}

/* How far those that are open come in the pool. */
static double
way (const VrDecider *decider, guint pool)
{
  double low = 0, high = 1;
  if (taken (decider, pool, 0) >= decider->capacity[pool] * (1 - SLACK))
    return 0;
  for (guint i = 0; i < HALVINGS; i++) {
    double middle = (low + high) / 2;
    if (suffices (decider, pool, middle))
      low = middle;
    else
      high = middle;
  }
  return low;
}

static double
part_of (const VrDecider *decider, guint pool)
{
  return suffices (decider, pool, 1) ? 1 : way (decider, pool);
}

/* The tenant stays where it is; its other pools have more for the others. */
static void
close_tenant (VrDecider *decider, guint number, double part)
{
  VrDecideTenantState *tenant = &decider->tenants[number];
  if (!tenant->is_open)
    return;
  decider->results[number].granted_pps
      = tenant->from_pps + part * (tenant->goal_pps - tenant->from_pps);
  tenant->is_open = FALSE;
  for (guint i = 0; i < tenant->is.threads_count && tenant->is.threads_count > 1; i++) {
    guint pool = decider->threads[tenant->first + i].is.pool;
    if (decider->parts[pool] < 1)
      decider->parts[pool] = part_of (decider, pool);
  }
}

static void
close_pool (VrDecider *decider, guint pool)
{
  double part = decider->parts[pool];
  decider->parts[pool] = 1;
  for (guint i = decider->members[pool]; i != VR_DECIDE_NONE; i = decider->threads[i].next)
    close_tenant (decider, decider->threads[i].tenant, part);
}

/* The pool that is full first; NONE where all that are open come to their goals. */
static guint
fullest (const VrDecider *decider)
{
  guint found = VR_DECIDE_NONE;
  for (guint i = 0; i < decider->tight_count; i++) {
    guint pool = decider->tight[i];
    if (decider->parts[pool] < 1
        && (found == VR_DECIDE_NONE || decider->parts[pool] < decider->parts[found]))
      found = pool;
  }
  return found;
}

/* Whether somebody is raised in this round. */
static gboolean
open_tenants (VrDecider *decider, Round round, gint priority)
{
  gboolean is_any = FALSE;
  for (guint i = 0; i < decider->held_count; i++) {
    VrDecideTenantState *tenant = &decider->tenants[decider->held[i]];
    VrDecideResult *result = &decider->results[decider->held[i]];
    if (tenant->is.priority != priority)
      continue;
    double goal = goal_of (&tenant->is, round, demand (decider, tenant, result));
    tenant->from_pps = result->granted_pps;
    tenant->goal_pps = MIN (goal, tenant->reach_pps);
    tenant->is_open = tenant->goal_pps > tenant->from_pps;
    is_any = is_any || tenant->is_open;
  }
  return is_any;
}

static void
raise_tenants (VrDecider *decider)
{
  for (guint i = 0; i < decider->tight_count; i++)
    decider->parts[decider->tight[i]] = part_of (decider, decider->tight[i]);
  for (guint pool = fullest (decider); pool != VR_DECIDE_NONE; pool = fullest (decider))
    close_pool (decider, pool);
  for (guint i = 0; i < decider->held_count; i++) {
    VrDecideTenantState *tenant = &decider->tenants[decider->held[i]];
    if (!tenant->is_open)
      continue;
    decider->results[decider->held[i]].granted_pps = tenant->goal_pps;
    tenant->is_open = FALSE;
  }
}

/* Everybody gets all; then those in pools that this is too much for are held. */
static void
find_tight (VrDecider *decider)
{
  decider->tight_count = decider->held_count = 0;
  for (guint i = 0; i < decider->tenants_count; i++) {
    VrDecideTenantState *tenant = &decider->tenants[i];
    VrDecideResult *result = &decider->results[i];
    tenant->is_held = tenant->is_open = FALSE;
    tenant->reach_pps = reach (decider, tenant);
    result->target_pps = goal_of (&tenant->is, ROUND_LIMIT, demand (decider, tenant, result));
    result->granted_pps = MIN (result->target_pps, tenant->reach_pps);
  }
  for (guint pool = 0; pool < decider->pools_count; pool++) {
    decider->parts[pool] = 1;
    if (!suffices (decider, pool, 1))
      decider->tight[decider->tight_count++] = pool;
  }
}

static void
hold_tenants (VrDecider *decider, guint pool)
{
  for (guint i = decider->members[pool]; i != VR_DECIDE_NONE; i = decider->threads[i].next) {
    guint number = decider->threads[i].tenant;
    if (decider->tenants[number].is_held)
      continue;
    decider->tenants[number].is_held = TRUE;
    decider->results[number].granted_pps = 0;
    decider->held[decider->held_count++] = number;
  }
}

void
vr_decide_allot (VrDecider *decider)
{
  find_tight (decider);
  for (guint i = 0; i < decider->tight_count; i++)
    hold_tenants (decider, decider->tight[i]);
  for (Round round = 0; decider->tight_count > 0 && round < ROUNDS; round++)
    for (guint i = 0; i < decider->priorities_count; i++)
      if (open_tenants (decider, round, decider->priorities[i]))
        raise_tenants (decider);
}
