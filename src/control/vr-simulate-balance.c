/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-simulate-balance.h"

#include "base/vr-error.h"
#include "control/vr-follow.h"
#include "control/vr-simulate-balance-internal.h"
#include "traffic/vr-random.h"

#define NS_PER_S 1000000000ull
#define DAY_NS (24 * 3600 * NS_PER_S)
#define DURATION_MOST_DAYS 366
#define CORE_CAPACITY 0.95
#define CACHE_CPUS 8
#define QUEUE 300
/* Slopes of a vcpu, packets a second of a whole CPU: from what an emulated guest does to what one
 * does with hardware. What moves its packets does two to five times as much. */
#define SLOPE_LEAST 20000
#define SLOPE_MOST 500000
#define MOVER_LEAST 2
#define MOVER_MOST 5
#define OFFSET_MOST 0.03 /* of a CPU, before anything is forwarded */
#define CONTRACT_LEAST 0.05
#define CONTRACT_MOST 0.3

VrSimulateBalanceSpec
vr_simulate_balance_spec_default (void)
{
  return (VrSimulateBalanceSpec){
    .routers = 100, .cores = 64, .duration_ns = DAY_NS, .seed = 1, .falsify = 0.3, .noise = 0.02
  };
}

/* --- Checks -------------------------------------------------------------------------------------
 */

static gboolean
check (const char *option, double value, double least, double most, GError **error)
{
  if (value >= least && value <= most)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--%s=%g: %g to %g", option, value, least, most);
  return FALSE;
}

static gboolean
check_spec (const VrSimulateBalanceSpec *spec, GError **error)
{
  const VrFollowSettings *settings = spec->settings;
  if (!check ("tenants", spec->routers, 1, VR_SIMULATE_BALANCE_ROUTERS_MAX, error)
      || !check ("cores", spec->cores, 1, VR_SIMULATE_BALANCE_CORES_MAX, error)
      || !check ("falsify", spec->falsify, 0, 0.5, error)
      || !check ("noise", spec->noise, 0, 0.2, error))
    return FALSE;
  if (settings->policy != VR_FOLLOW_DYNAMIC) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--balance=%s: with policy = fixed nothing follows the load: write policy = "
                 "dynamic",
                 settings->origin.file);
    return FALSE;
  }
  if (spec->duration_ns < settings->period_ns || spec->duration_ns / DAY_NS >= DURATION_MOST_DAYS) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--duration: a period at least, and 366 days");
    return FALSE;
  }
  if (spec->duration_ns / settings->period_ns <= VR_SIMULATE_BALANCE_STEPS_MAX / spec->routers)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "%u routers for %" G_GUINT64_FORMAT " periods: would take hours; fewer, a shorter "
               "--duration or a longer period in [balance]",
               spec->routers, spec->duration_ns / settings->period_ns);
  return FALSE;
}

/* --- As it is drawn -----------------------------------------------------------------------------
 */

static double
between (guint64 *random, double least, double most)
{
  return least + (most - least) * vr_random_share (random);
}

static guint
draw_router (const VrSimulateBalanceSpec *spec, VrSimulateBalanceRouter *router, guint number)
{
  vr_simulate_traffic_init (&router->traffic, spec->seed, number);
  guint64 *random = &router->random;
  *random = ~router->traffic.random;
  double slope = between (random, SLOPE_LEAST, SLOPE_MOST);
  double mover = slope * between (random, MOVER_LEAST, MOVER_MOST);
  router->lines[0] = (VrCoresLine){ -slope * between (random, 0, OFFSET_MOST), slope };
  router->lines[1] = (VrCoresLine){ 0, mover };
  router->factor = between (random, 1 - spec->falsify, 1 + spec->falsify);
  router->contract_pps = between (random, CONTRACT_LEAST, CONTRACT_MOST) / (1 / slope + 1 / mover);
  return 1 + vr_random_below (random, VR_SIMULATE_BALANCE_THREADS);
}

static VrCoresRouter
describe (const VrSimulateBalanceSpec *spec, const VrSimulateBalanceRouter *router, guint threads)
{
  const VrFollowSettings *settings = spec->settings;
  gboolean may_scale = settings->most_members != 0;
  return (VrCoresRouter){ .name = "router",
                          .contract_pps = router->contract_pps,
                          .members_least = may_scale ? settings->least_members : 1,
                          .members_most = may_scale ? settings->most_members : 1,
                          .cores_least = MIN (settings->least_cores, threads),
                          .cores_most = MIN (settings->most_cores, threads),
                          .threads = threads,
                          .lines = router->lines };
}

static gboolean
check_places (const VrSimulateBalanceHost *host, GError **error)
{
  for (guint i = 0; i < host->spec.routers; i++)
    if (!vr_cores_results (host->cores)[i].is_placed) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                   "--cores=%u: not even the contracts of %u routers have room there: give more, "
                   "or fewer routers with --tenants",
                   host->spec.cores, host->spec.routers);
      return FALSE;
    }
  return TRUE;
}

static gboolean
make_cores (VrSimulateBalanceHost *host, GError **error)
{
  const VrSimulateBalanceSpec *spec = &host->spec;
  VrCoresConfig config = vr_follow_config (spec->settings, host->capacity);
  g_autofree VrCoresCpu *cpus = g_new0 (VrCoresCpu, spec->cores);
  g_autofree VrCoresRouter *routers = g_new0 (VrCoresRouter, spec->routers);
  for (guint i = 0; i < spec->cores; i++)
    cpus[i] = (VrCoresCpu){ .id = i, .core = i, .llc = i / CACHE_CPUS };
  for (guint i = 0; i < spec->routers; i++) {
    guint threads = draw_router (spec, &host->routers[i], i);
    routers[i] = describe (spec, &host->routers[i], threads);
  }
  host->cores = vr_cores_new (&config, cpus, spec->cores, routers, spec->routers, error);
  return host->cores != NULL && check_places (host, error);
}

static void
host_clear (VrSimulateBalanceHost *host)
{
  g_clear_pointer (&host->cores, vr_cores_free);
  g_free (host->routers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrSimulateBalanceHost, host_clear)

/* --- A period -----------------------------------------------------------------------------------
 */

/* All members have the shares of the first. */
static double
able_pps (const VrSimulateBalanceRouter *router, const VrCoresResult *result, guint threads)
{
  double least = G_MAXDOUBLE;
  for (guint i = 0; i < threads; i++)
    least = MIN (least,
                 router->lines[i].intercept_pps + router->lines[i].slope_pps * result->shares[i]);
  return MAX (least, 0) * router->factor * result->level.members;
}

static double
noise (const VrSimulateBalanceHost *host, VrSimulateBalanceRouter *router)
{
  return 1 + host->spec.noise * (2 * vr_random_share (&router->random) - 1);
}

static void
run_router (VrSimulateBalanceHost *host, VrSimulateBalanceRouter *router,
            const VrCoresResult *result, guint threads)
{
  double period_s = (double) host->period_ns / (double) NS_PER_S;
  double able = able_pps (router, result, threads) * noise (host, router) * period_s;
  router->offered_pps
      = router->contract_pps * vr_simulate_traffic_at (&router->traffic, host->time_s);
  router->arrived = router->offered_pps * noise (host, router) * period_s;
  double there = router->queue + router->arrived;
  router->forwarded = MIN (there, able);
  router->queue = MIN (there - router->forwarded, QUEUE);
  router->lost = there - router->forwarded - router->queue;
}

/* As the controller does with what it sees (vr-controller-cores.c). */
static void
decide (VrSimulateBalanceHost *host, double *arrived)
{
  double period_s = (double) host->period_ns / (double) NS_PER_S;
  for (guint i = 0; i < host->spec.routers; i++) {
    const VrSimulateBalanceRouter *router = &host->routers[i];
    arrived[i] = router->arrived / period_s;
    VrCoresSeen seen = { arrived[i], router->forwarded / period_s, router->lost / period_s };
    vr_cores_heed (host->cores, i, &seen);
  }
  vr_cores_step (host->cores, host->period_ns, arrived);
}

static void
count (const VrSimulateBalanceHost *host, VrSimulateBalanceResult *result)
{
  double reserved = 0;
  for (guint i = 0; i < host->spec.routers; i++) {
    const VrCoresResult *decided = &vr_cores_results (host->cores)[i];
    result->offered += host->routers[i].arrived;
    result->forwarded += host->routers[i].forwarded;
    result->reasons[decided->reason]++;
    result->changes += decided->level.rate_pps != decided->before.rate_pps;
    result->member_changes += decided->level.members != decided->before.members;
    result->moves += decided->moved_for != VR_CORES_NOBODY;
  }
  for (guint i = 0; i < host->spec.cores; i++)
    reserved += vr_cores_load (host->cores, i);
  result->reserved_mean += reserved / (double) result->periods;
  result->reserved_most = MAX (result->reserved_most, reserved);
}

static void
run (VrSimulateBalanceHost *host, VrSimulateBalanceResult *result)
{
  g_autoptr (VrSimulateBalanceCheck) watch = vr_simulate_balance_check_new (host, result);
  g_autofree double *arrived = g_new0 (double, host->spec.routers);
  result->periods = host->spec.duration_ns / host->period_ns;
  for (guint64 i = 0; i < result->periods; i++) {
    host->time_s = (double) ((i + 1) * host->period_ns) / (double) NS_PER_S;
    for (guint k = 0; k < host->spec.routers; k++)
      run_router (host, &host->routers[k], &vr_cores_results (host->cores)[k],
                  vr_cores_threads (host->cores, k));
    decide (host, arrived);
    vr_simulate_balance_check_period (watch);
    count (host, result);
  }
}

VrSimulateBalanceResult *
vr_simulate_balance_run (const VrSimulateBalanceSpec *spec, GError **error)
{
  if (!check_spec (spec, error))
    return NULL;
  g_auto (VrSimulateBalanceHost) host
      = { .spec = *spec,
          .period_ns = spec->settings->period_ns,
          .capacity = CORE_CAPACITY,
          .routers = g_new0 (VrSimulateBalanceRouter, spec->routers) };
  if (!make_cores (&host, error))
    return NULL;
  VrSimulateBalanceResult *result = g_new0 (VrSimulateBalanceResult, 1);
  result->spec = *spec;
  run (&host, result);
  return result;
}

void
vr_simulate_balance_result_free (VrSimulateBalanceResult *result)
{
  g_free (result->first);
  g_free (result);
}

gboolean
vr_simulate_balance_result_is_good (const VrSimulateBalanceResult *result)
{
  return result->first == NULL;
}
