/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-simulate-host.h"

#include "traffic/vr-random.h"

#define NS_PER_S 1e9
#define CORE_CAPACITY 0.95
#define SHARE_LEAST 0.002
#define QUEUE 300
#define FAULT_S 30
#define LEAP_NS 3600000000000ull
#define SHORT_PART 24 /* of the time */
/* Slopes, packets a second of a whole CPU, and offsets as a part of the contract's share: from what
 * an emulated guest does to what one does with hardware. */
#define SLOPE_LEAST 20000
#define SLOPE_MOST 500000
#define OFFSET_MOST 0.15

static double
between (guint64 *random, double least, double most)
{
  return least + (most - least) * vr_random_share (random);
}

double
vr_simulate_router_takes (const VrSimulateRouter *router, double rate_pps, double factor)
{
  const VrDecideThread *thread = &router->thread;
  double share = (rate_pps / factor - thread->intercept_pps) / thread->slope_pps;
  return CLAMP (share, thread->share_least, thread->share_most);
}

/* --- As it is drawn -----------------------------------------------------------------------------
 */

/* The line goes through its rate at the share that the contract has of the core. */
static void
draw_line (VrSimulateRouter *router, double share, double rate_pps)
{
  double offset = between (&router->random, 0, OFFSET_MOST);
  double slope = between (&router->random, SLOPE_LEAST, SLOPE_MOST);
  if (rate_pps > 0)
    slope = rate_pps / (share * (1 - offset));
  router->thread = (VrDecideThread){ .name = "vcpu.0",
                                     .pool = router->core,
                                     .part = 1,
                                     .intercept_pps = -slope * share * offset,
                                     .slope_pps = slope,
                                     .share_least = SHARE_LEAST,
                                     .share_most = CORE_CAPACITY };
}

static void
draw_contract (VrSimulateRouter *router, double share)
{
  guint64 *random = &router->random;
  double rate = MAX (router->thread.intercept_pps + router->thread.slope_pps * share, 1);
  gboolean is_firm = vr_random_below (random, 2) == 0;
  static const double limits[] = { 1, 1, 1, 1.5, 2 };
  router->contract = (VrDecideTenant){
    .name = "tenant",
    .rate_pps = rate,
    .guarantee_pps = is_firm ? rate : rate * between (random, 0.5, 1),
    .limit_pps = rate * limits[vr_random_below (random, G_N_ELEMENTS (limits))],
    .priority = (gint) vr_random_below (random, 3),
    .threads_count = 1,
  };
}

static void
draw_fault (VrSimulateRouter *router, const VrSimulateSpec *spec)
{
  guint64 *random = &router->random;
  router->fault_s = G_MAXDOUBLE;
  if (vr_random_share (random) > spec->faults)
    return;
  router->fault = VR_SIMULATE_RESTARTED + vr_random_below (random, 3);
  router->fault_s = between (random, 0, (double) spec->duration_ns / NS_PER_S);
  router->fault_end_s = router->fault_s + FAULT_S;
}

static void
draw_core (VrSimulateHost *host, guint number, guint64 *random)
{
  VrSimulateCore *core = &host->cores[number];
  guint64 cores = host->spec.cores, routers = host->routers_count;
  double duration_s = (double) host->spec.duration_ns / NS_PER_S;
  *core = (VrSimulateCore){ .first = (guint) (number * routers / cores),
                            .end = (guint) ((number + 1) * routers / cores),
                            .usual = CORE_CAPACITY,
                            .capacity = CORE_CAPACITY,
                            .short_s = G_MAXDOUBLE,
                            .short_end_s = G_MAXDOUBLE };
  gboolean is_short = vr_random_share (random) <= host->spec.shortage;
  core->shortage = CORE_CAPACITY * between (random, 1.0 / 3, 2.0 / 3);
  double short_s = between (random, 0, duration_s);
  if (is_short) {
    core->short_s = short_s;
    core->short_end_s = short_s + duration_s / SHORT_PART;
  }
}

/* Contracts of a core are of different sizes: one to four parts of what they take together. */
static void
draw_routers (VrSimulateHost *host, guint number, const double *rates)
{
  const VrSimulateCore *core = &host->cores[number];
  double sum = 0;
  for (guint i = core->first; i < core->end; i++) {
    VrSimulateRouter *router = &host->routers[i];
    router->core = number;
    vr_simulate_traffic_init (&router->traffic, host->spec.seed, i);
    router->random = ~router->traffic.random;
    router->factor = between (&router->random, 1 - host->spec.falsify, 1 + host->spec.falsify);
    router->thread.share = between (&router->random, 1, 4);
    sum += router->thread.share;
  }
  for (guint i = core->first; i < core->end; i++) {
    VrSimulateRouter *router = &host->routers[i];
    double share = router->thread.share / sum * host->spec.fill * core->usual;
    draw_line (router, MAX (share, SHARE_LEAST), rates != NULL ? rates[i] : 0);
    draw_contract (router, MAX (share, SHARE_LEAST));
    draw_fault (router, &host->spec);
    host->counters[i].used_ns = &router->used_ns;
  }
}

VrSimulateHost *
vr_simulate_host_new (const VrSimulateSpec *spec)
{
  VrSimulateHost *host = g_new0 (VrSimulateHost, 1);
  guint64 random = spec->seed;
  g_autofree double *rates = spec->record != NULL ? vr_simulate_record_means (spec->record) : NULL;
  host->spec = *spec;
  host->routers_count = spec->record != NULL ? spec->record->names->len : spec->tenants;
  host->routers = g_new0 (VrSimulateRouter, host->routers_count);
  host->counters = g_new0 (VrDecideCounters, host->routers_count);
  host->cores = g_new0 (VrSimulateCore, spec->cores);
  host->clock_ns = spec->period_ns;
  host->leap_s = spec->faults > 0 ? (double) spec->duration_ns / NS_PER_S / 2 : G_MAXDOUBLE;
  for (guint i = 0; i < spec->cores; i++) {
    draw_core (host, i, &random);
    draw_routers (host, i, rates);
  }
  return host;
}

void
vr_simulate_host_free (VrSimulateHost *host)
{
  g_free (host->routers);
  g_free (host->counters);
  g_free (host->cores);
  g_free (host);
}

/* --- A period -----------------------------------------------------------------------------------
 */

/* What arrives in the period. */
static void
offer (VrSimulateHost *host)
{
  const VrSimulateRecord *record = host->spec.record;
  for (guint i = 0; record == NULL && i < host->routers_count; i++) {
    VrSimulateRouter *router = &host->routers[i];
    router->offered_pps
        = router->contract.rate_pps * vr_simulate_traffic_at (&router->traffic, host->time_s);
  }
  for (; record != NULL && host->row < record->rows->len; host->row++) {
    const VrSimulateRow *row = &g_array_index (record->rows, VrSimulateRow, host->row);
    if (row->time_s > host->time_s)
      break;
    host->routers[row->tenant].offered_pps = row->offered_pps;
  }
}

static void
befall (VrSimulateHost *host, VrSimulateRouter *router)
{
  gboolean was_faulty = router->is_faulty;
  if (host->time_s < router->fault_s) /* of nearly all, nearly always */
    return;
  router->is_faulty = host->time_s < router->fault_end_s;
  if (router->is_faulty != was_faulty)
    host->cores[router->core].changed = TRUE;
  if (router->is_faulty && !was_faulty && router->fault == VR_SIMULATE_RESTARTED)
    router->counted_arrived = router->counted_forwarded = router->counted_lost
        = router->counted_used_ns = 0;
}

static void
run_router (VrSimulateHost *host, VrSimulateRouter *router, double share, double period_s)
{
  const VrDecideThread *thread = &router->thread;
  double noise = host->spec.noise * (2 * vr_random_share (&router->random) - 1);
  double line = router->factor * (thread->intercept_pps + thread->slope_pps * share);
  double able = MAX (line, 0) * (1 + noise) * period_s;
  if (router->is_faulty && router->fault == VR_SIMULATE_HANGING)
    able = 0;
  double arrived = router->offered_pps * period_s, there = router->queue + arrived;
  double forwarded = MIN (there, able), waits = MIN (there - forwarded, QUEUE);
  router->forwarded = forwarded;
  router->queue = waits;
  router->counted_arrived += arrived;
  router->counted_forwarded += forwarded;
  router->counted_lost += there - forwarded - waits;
  if (able > 0)
    router->counted_used_ns += share * forwarded / able * period_s * NS_PER_S;
}

static void
count (VrSimulateHost *host, guint number)
{
  VrSimulateRouter *router = &host->routers[number];
  router->used_ns = (guint64) router->counted_used_ns;
  host->counters[number] = (VrDecideCounters){
    .is_missing = router->is_faulty && router->fault == VR_SIMULATE_UNREADABLE,
    .arrived = (guint64) router->counted_arrived,
    .forwarded = (guint64) router->counted_forwarded,
    .lost = (guint64) router->counted_lost,
    .used_ns = &router->used_ns,
  };
}

static void
change_cores (VrSimulateHost *host, gboolean is_leap)
{
  for (guint i = 0; i < host->spec.cores; i++) {
    VrSimulateCore *core = &host->cores[i];
    gboolean is_short = host->time_s >= core->short_s && host->time_s < core->short_end_s;
    double capacity = is_short ? core->shortage : core->usual;
    core->changed = is_leap || core->capacity != capacity;
    core->capacity = capacity;
  }
}

void
vr_simulate_host_run (VrSimulateHost *host, double time_s, const VrDecideResult *results)
{
  double period_s = (double) host->spec.period_ns / NS_PER_S;
  gboolean is_leap = time_s >= host->leap_s;
  host->time_s = time_s;
  host->clock_ns += host->spec.period_ns;
  if (is_leap) {
    host->clock_ns += LEAP_NS;
    host->leap_s = G_MAXDOUBLE;
  }
  change_cores (host, is_leap);
  offer (host);
  for (guint i = 0; i < host->routers_count; i++) {
    VrSimulateRouter *router = &host->routers[i];
    befall (host, router);
    run_router (host, router, results[i].threads[0].share, period_s);
    count (host, i);
  }
}
