/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-simulate.h"

#include "base/vr-error.h"
#include "control/vr-simulate-check.h"
#include "control/vr-simulate-host.h"

#define NS_PER_S 1000000000ull
#define PERIOD_LEAST_NS (NS_PER_S / 10)
#define PERIOD_MOST_NS (10 * NS_PER_S)
#define DAY_NS (24 * 3600 * NS_PER_S)
#define DURATION_MOST_DAYS 366

VrSimulateSpec
vr_simulate_spec_default (void)
{
  return (VrSimulateSpec){ .tenants = 1000,
                           .cores = 256,
                           .duration_ns = DAY_NS,
                           .period_ns = NS_PER_S,
                           .seed = 1,
                           .fill = 0.65,
                           .falsify = 0.3,
                           .noise = 0.02,
                           .shortage = 0.1,
                           .faults = 0.05 };
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

gboolean
vr_simulate_spec_check (const VrSimulateSpec *spec, GError **error)
{
  guint tenants = spec->record != NULL ? spec->record->names->len : spec->tenants;
  if (!check ("tenants", tenants, 1, VR_SIMULATE_TENANTS_MAX, error)
      || !check ("cores", spec->cores, 1, VR_SIMULATE_CORES_MAX, error)
      || !check ("fill", spec->fill, 0.01, 1, error)
      || !check ("falsify", spec->falsify, 0, 0.5, error)
      || !check ("noise", spec->noise, 0, 0.2, error)
      || !check ("shortage", spec->shortage, 0, 1, error)
      || !check ("faults", spec->faults, 0, 1, error))
    return FALSE;
  if (spec->period_ns < PERIOD_LEAST_NS || spec->period_ns > PERIOD_MOST_NS) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--period: 100ms to 10s");
    return FALSE;
  }
  if (spec->duration_ns < spec->period_ns || spec->duration_ns / DAY_NS >= DURATION_MOST_DAYS) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--duration: a period at least, and 366 days");
    return FALSE;
  }
  if (tenants > spec->cores * VR_SIMULATE_CORE_TENANTS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%u tenants on %u cores: a core has room for %u, as none has less than 0.2 %% of "
                 "it; %u cores would do",
                 tenants, spec->cores, VR_SIMULATE_CORE_TENANTS_MAX,
                 (tenants - 1) / VR_SIMULATE_CORE_TENANTS_MAX + 1);
    return FALSE;
  }
  if (spec->duration_ns / spec->period_ns > VR_SIMULATE_STEPS_MAX / tenants) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%u tenants for %" G_GUINT64_FORMAT " periods: would take hours; fewer, a shorter "
                 "--duration or a longer --period",
                 tenants, spec->duration_ns / spec->period_ns);
    return FALSE;
  }
  return TRUE;
}

/* --- A run --------------------------------------------------------------------------------------
 */

static VrDecider *
decider_new (const VrSimulateHost *host, GError **error)
{
  guint count = host->routers_count, cores = host->spec.cores;
  VrDecideConfig config = vr_decide_config_default (host->spec.period_ns);
  if (host->spec.is_open_loop)
    config.correction_ns = 0;
  g_autofree VrDecideTenant *tenants = g_new (VrDecideTenant, count);
  g_autofree double *capacity = g_new (double, cores);
  for (guint i = 0; i < count; i++) {
    tenants[i] = host->routers[i].contract;
    tenants[i].threads = &host->routers[i].thread;
  }
  for (guint i = 0; i < cores; i++)
    capacity[i] = host->cores[i].capacity;
  return vr_decider_new (&config, capacity, cores, tenants, count, error);
}

static void
count (const VrSimulateHost *host, const VrDecideResult *results, VrSimulateResult *result)
{
  double period_s = (double) host->spec.period_ns / (double) NS_PER_S;
  for (guint i = 0; i < host->routers_count; i++) {
    const VrSimulateRouter *router = &host->routers[i];
    const VrDecideThreadResult *thread = results[i].threads;
    result->offered += router->offered_pps * period_s;
    result->contracted += MIN (router->offered_pps, router->contract.rate_pps) * period_s;
    result->forwarded += router->forwarded;
    result->changes += thread->share != thread->before;
    result->reasons[thread->reason]++;
    for (guint j = 0; results[i].problems >> j != 0; j++)
      result->problems[j] += results[i].problems >> j & 1;
  }
}

static void
run (VrSimulateHost *host, VrDecider *decider, VrSimulateResult *result)
{
  g_autoptr (VrSimulateCheck) watch = vr_simulate_check_new (host, result);
  const VrDecideResult *results = vr_decider_step (decider, host->clock_ns, host->counters);
  result->periods = host->spec.duration_ns / host->spec.period_ns;
  for (guint64 i = 0; i < result->periods; i++) {
    double time_s = (double) (i * host->spec.period_ns) / (double) NS_PER_S;
    vr_simulate_host_run (host, time_s, results);
    for (guint j = 0; j < host->spec.cores; j++)
      vr_decider_set_capacity (decider, j, host->cores[j].capacity);
    results = vr_decider_step (decider, host->clock_ns, host->counters);
    vr_simulate_check_period (watch, results);
    count (host, results, result);
  }
}

VrSimulateResult *
vr_simulate_run (const VrSimulateSpec *spec, GError **error)
{
  if (!vr_simulate_spec_check (spec, error))
    return NULL;
  g_autoptr (VrSimulateHost) host = vr_simulate_host_new (spec);
  g_autoptr (VrDecider) decider = decider_new (host, error);
  if (decider == NULL)
    return NULL;
  g_autoptr (VrSimulateResult) result = g_new0 (VrSimulateResult, 1);
  result->spec = *spec;
  result->spec.tenants = host->routers_count;
  run (host, decider, result);
  return g_steal_pointer (&result);
}

void
vr_simulate_result_free (VrSimulateResult *result)
{
  g_free (result->first);
  g_free (result);
}

gboolean
vr_simulate_result_is_good (const VrSimulateResult *result)
{
  return result->first == NULL;
}
