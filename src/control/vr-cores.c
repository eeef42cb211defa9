/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-cores.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "control/vr-cores-internal.h"

#define NS_PER_S 1000000000ull
/* What a rounded reservation may forward less than its level. */
#define NEAR 0.01
/* Of what arrives: from there on it is lost since the level is not enough. */
#define LOST_LEAST 0.02
#define CORRECTION_WEIGHT 0.5
#define CORRECTION_LEAST 0.25

VrCoresConfig
vr_cores_config_default (void)
{
  return (VrCoresConfig){ .policy = VR_CORES_DYNAMIC,
                          .filter_ns = 2 * NS_PER_S,
                          .up = 0.9,
                          .down = 0.7,
                          .patience = 3,
                          .step = 0.25,
                          .capacity = 0.95 };
}

const char *
vr_cores_reason_id (VrCoresReason reason)
{
  static const char *const words[VR_CORES_REASONS] = {
    [VR_CORES_STEADY] = "steady",   [VR_CORES_GROWN] = "grown", [VR_CORES_SHRUNK] = "shrunk",
    [VR_CORES_PATIENT] = "patient", [VR_CORES_FULL] = "full",   [VR_CORES_MOVED] = "moved",
  };
  return words[reason];
}

/* --- As a whole ---------------------------------------------------------------------------------
 */

static const VrCoresLevel *
level_of (const VrCoresRouterState *router, guint level)
{
  return &g_array_index (router->levels, VrCoresLevel, level);
}

static void
tell (VrCores *cores, guint number, VrCoresReason reason, VrCoresLevel before)
{
  const VrCoresRouterState *router = &cores->routers[number];
  VrCoresResult *result = &cores->results[number];
  result->before = before;
  result->reason = reason;
  result->is_placed = router->at.level != VR_CORES_NONE;
  result->level = result->is_placed ? *level_of (router, router->at.level) : (VrCoresLevel){ 0 };
  result->cpus = router->cpus;
  result->shares = router->shares;
}

static gboolean
init_router (const VrCores *cores, VrCoresRouterState *router, const VrCoresRouter *given,
             GError **error)
{
  guint threads = given->members_most * given->threads;
  router->is = *given;
  router->is.lines = g_memdup2 (given->lines, given->threads * sizeof *given->lines);
  router->levels = vr_cores_make_levels (&cores->config, given);
  router->at.level = VR_CORES_NONE;
  router->correction = 1;
  router->at.places = g_new0 (guint, threads);
  router->at.loads = g_new0 (double, threads);
  router->before.places = g_new0 (guint, threads);
  router->before.loads = g_new0 (double, threads);
  router->cpus = g_new0 (guint, threads);
  router->shares = g_new0 (double, threads);
  if (router->levels->len == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "%s: by its lines it forwards nothing with %g of a CPU", given->name,
                 cores->config.capacity);
    return FALSE;
  }
  while (router->least + 1 < router->levels->len
         && level_of (router, router->least)->rate_pps < given->contract_pps)
    router->least++;
  return TRUE;
}

static int
by_priority (gconstpointer a, gconstpointer b, gpointer data)
{
  const VrCores *cores = data;
  guint one = *(const guint *) a, other = *(const guint *) b;
  gint first = cores->routers[one].is.priority, second = cores->routers[other].is.priority;
  return first != second ? (first < second) - (first > second) : (one > other) - (one < other);
}

/* The level of what it has, or the contract's where that is more. */
static guint
start_of (const VrCores *cores, const VrCoresRouterState *router)
{
  guint level = router->least;
  while (cores->config.policy == VR_CORES_DYNAMIC && level + 1 < router->levels->len
         && level_of (router, level)->rate_pps < router->is.start_pps * (1 - NEAR))
    level++;
  return level;
}

VrCores *
vr_cores_new (const VrCoresConfig *config, const VrCoresCpu *cpus, guint cpus_count,
              const VrCoresRouter *routers, guint routers_count, GError **error)
{
  if (!vr_cores_check (config, routers, routers_count, error))
    return NULL;
  g_autoptr (VrCores) cores = g_new0 (VrCores, 1);
  cores->config = *config;
  cores->cpus = g_new0 (VrCoresCpuState, cpus_count);
  cores->cpus_count = cpus_count;
  cores->routers = g_new0 (VrCoresRouterState, routers_count);
  cores->results = g_new0 (VrCoresResult, routers_count);
  cores->order = g_new (guint, routers_count);
  cores->moves = g_array_new (FALSE, FALSE, sizeof (VrCoresMove));
  for (guint i = 0; i < cpus_count; i++)
    cores->cpus[i].is = cpus[i];
  for (guint i = 0; i < routers_count; i++) {
    cores->order[i] = i;
    cores->results[i].moved_for = VR_CORES_NOBODY;
    cores->routers_count++;
    if (!init_router (cores, &cores->routers[i], &routers[i], error))
      return NULL;
  }
  g_qsort_with_data (cores->order, (gint) routers_count, sizeof *cores->order, by_priority, cores);
  for (guint i = 0; i < routers_count; i++) {
    VrCoresRouterState *router = &cores->routers[cores->order[i]];
    gboolean is_placed = vr_cores_start (cores, router, start_of (cores, router));
    tell (cores, cores->order[i], is_placed ? VR_CORES_GROWN : VR_CORES_FULL, (VrCoresLevel){ 0 });
  }
  vr_cores_mark (cores);
  return g_steal_pointer (&cores);
}

void
vr_cores_free (VrCores *cores)
{
  for (guint i = 0; i < cores->routers_count; i++) {
    VrCoresRouterState *router = &cores->routers[i];
    g_free ((gpointer) router->is.lines);
    g_array_unref (router->levels);
    g_free (router->before.places);
    g_free (router->before.loads);
    g_free (router->at.places);
    g_free (router->at.loads);
    g_free (router->cpus);
    g_free (router->shares);
  }
  g_free (cores->cpus);
  g_free (cores->routers);
  g_free (cores->results);
  g_free (cores->order);
  g_array_unref (cores->moves);
  g_free (cores);
}

const VrCoresLevel *
vr_cores_levels (const VrCores *cores, guint router, guint *count)
{
  const GArray *levels = cores->routers[router].levels;
  *count = levels->len;
  return (const VrCoresLevel *) (gconstpointer) levels->data;
}

guint
vr_cores_threads (const VrCores *cores, guint router)
{
  return cores->routers[router].is.threads;
}

const VrCoresResult *
vr_cores_results (const VrCores *cores)
{
  return cores->results;
}

/* --- A period -----------------------------------------------------------------------------------
 */

/* Whether it may go from a level to the one beside it. */
static gboolean
may_go (const VrCoresRouterState *router, guint from, guint to)
{
  return !router->is_held || level_of (router, from)->members == level_of (router, to)->members;
}

/* The level that the rate wants: the same within the hysteresis. */
static guint
wanted (const VrCores *cores, const VrCoresRouterState *router, double filtered_pps)
{
  double rate_pps = filtered_pps / router->correction;
  guint level
      = MAX (router->at.level == VR_CORES_NONE ? router->least : router->at.level, router->least);
  if (cores->config.policy == VR_CORES_FIXED)
    return router->least;
  if (rate_pps > cores->config.up * level_of (router, level)->rate_pps) {
    while (level + 1 < router->levels->len && may_go (router, level, level + 1)
           && rate_pps > cores->config.up * level_of (router, level)->rate_pps)
      level++;
    return level;
  }
  while (level > router->least && may_go (router, level, level - 1)
         && rate_pps < cores->config.down * level_of (router, level - 1)->rate_pps)
    level--;
  return level;
}

static void
filter (VrCores *cores, guint number, double arrived_pps, double coefficient)
{
  VrCoresResult *result = &cores->results[number];
  VrCoresRouterState *router = &cores->routers[number];
  result->rate_pps = router->has_rate
                         ? result->rate_pps + coefficient * (arrived_pps - result->rate_pps)
                         : arrived_pps;
  router->has_rate = TRUE;
}

/* To the lowest level from `level` on that is below the one that it has: fewer cores may need more
 * room on one of them than there is. */
static gboolean
shrink (VrCores *cores, VrCoresRouterState *router, guint level)
{
  gboolean is_shrunk = FALSE;
  for (guint was = router->at.level; level < was && !is_shrunk; level++)
    is_shrunk = vr_cores_go_to (cores, router, level, level);
  return is_shrunk;
}

static void
fall (VrCores *cores, guint number)
{
  VrCoresRouterState *router = &cores->routers[number];
  guint level = wanted (cores, router, cores->results[number].rate_pps);
  VrCoresLevel before = cores->results[number].level;
  if (router->at.level == VR_CORES_NONE || level >= router->at.level) {
    router->below = 0;
    tell (cores, number, VR_CORES_STEADY, before);
  } else if (++router->below < cores->config.patience) {
    tell (cores, number, VR_CORES_PATIENT, before);
  } else {
    router->below = 0;
    gboolean is_shrunk = shrink (cores, router, level);
    tell (cores, number, is_shrunk ? VR_CORES_SHRUNK : VR_CORES_PATIENT, before);
  }
}

static void
rise (VrCores *cores, guint number)
{
  VrCoresRouterState *router = &cores->routers[number];
  guint level = wanted (cores, router, cores->results[number].rate_pps);
  VrCoresLevel before = cores->results[number].before;
  guint least = router->at.level == VR_CORES_NONE ? router->least : router->at.level + 1;
  if (router->at.level != VR_CORES_NONE && level <= router->at.level) {
    router->waited = 0;
    return;
  }
  gboolean is_risen = vr_cores_go_to (cores, router, level, least);
  router->waited = is_risen ? 0 : router->waited + 1;
  tell (cores, number, is_risen ? VR_CORES_GROWN : VR_CORES_FULL, before);
}

/* For the one that has waited longest, by one level and one core of another, so that what is tried
 * in vain costs little. */
static void
rise_with_room (VrCores *cores)
{
  guint number = VR_CORES_NOBODY, waited = 0;
  for (guint i = 0; i < cores->routers_count; i++)
    if (cores->routers[cores->order[i]].waited > waited) {
      number = cores->order[i];
      waited = cores->routers[number].waited;
    }
  if (waited < cores->config.patience)
    return;
  VrCoresRouterState *router = &cores->routers[number];
  guint level = router->at.level == VR_CORES_NONE ? router->least : router->at.level + 1;
  router->waited = 0;
  if (vr_cores_go_with_room (cores, router, level, 1))
    tell (cores, number, VR_CORES_GROWN, cores->results[number].before);
}

void
vr_cores_heed (VrCores *cores, guint number, const VrCoresSeen *seen)
{
  VrCoresRouterState *router = &cores->routers[number];
  if (router->at.level == VR_CORES_NONE)
    return;
  double part = seen->forwarded_pps / level_of (router, router->at.level)->rate_pps;
  part = CLAMP (part, CORRECTION_LEAST, 1);
  if (seen->lost_pps > LOST_LEAST * seen->arrived_pps)
    router->correction += CORRECTION_WEIGHT * (part - router->correction);
  else
    router->correction = MAX (router->correction, part);
}

double
vr_cores_correction (const VrCores *cores, guint router)
{
  return cores->routers[router].correction;
}

void
vr_cores_go_on (VrCores *cores, guint router, const VrCores *before, guint than)
{
  cores->routers[router].correction = before->routers[than].correction;
  cores->routers[router].has_rate = before->routers[than].has_rate;
  cores->results[router].rate_pps = before->results[than].rate_pps;
}

void
vr_cores_hold_members (VrCores *cores, guint router)
{
  cores->routers[router].is_held = TRUE;
}

void
vr_cores_take_back (VrCores *cores)
{
  vr_cores_restore (cores);
  for (guint i = 0; i < cores->routers_count; i++) {
    cores->results[i].moved_for = VR_CORES_NOBODY;
    tell (cores, i, cores->results[i].reason, cores->results[i].before);
  }
}

double
vr_cores_load (const VrCores *cores, guint cpu)
{
  return cores->cpus[cpu].load;
}

const VrCoresResult *
vr_cores_step (VrCores *cores, guint64 dt_ns, const double *arrived_pps)
{
  vr_cores_mark (cores);
  for (guint i = 0; i < cores->routers_count; i++) {
    VrCoresRouterState *router = &cores->routers[i];
    cores->results[i].moved_for = VR_CORES_NOBODY;
    router->rest -= dt_ns > 0 && router->rest > 0;
  }
  double coefficient = -expm1 (-(double) dt_ns / (double) cores->config.filter_ns);
  for (guint i = 0; i < cores->routers_count && dt_ns > 0; i++)
    filter (cores, i, arrived_pps[i], coefficient);
  for (guint i = 0; i < cores->routers_count && dt_ns > 0; i++)
    fall (cores, i);
  for (guint i = 0; i < cores->routers_count && dt_ns > 0; i++)
    rise (cores, cores->order[i]);
  if (dt_ns > 0)
    rise_with_room (cores);
  for (guint i = 0; i < cores->routers_count && dt_ns == 0; i++)
    tell (cores, i, VR_CORES_STEADY, cores->results[i].level);
  return cores->results;
}
