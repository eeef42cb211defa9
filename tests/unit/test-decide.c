/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rate controller, against routers that forward by a line of their own. */
#include "control/vr-decide.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "traffic/vr-random.h"

#define MS 1000000ull
#define PERIOD_NS (500 * MS)
#define PERIOD_S 0.5
/* The dev host's vcpu, by its sweep: 10 % 3.1 kpps to 90 % 41.1 kpps. */
#define INTERCEPT (-1500.0)
#define SLOPE 47000.0
#define TENANTS 4
#define QUEUE 300.0

/* What a router is in truth, and what it has counted. */
typedef struct {
  double factor;  /* of its line: 1 is what the controller thinks */
  double offered; /* packets a second */
  double noise;   /* relative, of each period */
  double phase;   /* of its turns: what it used is off by up to so much, and is made good for */
  double takes;   /* of its share, in the mean: more or less than 1 */
  gboolean is_hung;
  double owed;
  double queue; /* packets that wait */
  double arrived, forwarded, lost, used_ns;
  guint64 counted_ns;
  VrDecideCounters counters;
} Router;

typedef struct {
  VrDecideConfig config;
  VrDecideTenant tenants[TENANTS];
  VrDecideThread threads[TENANTS];
  Router routers[TENANTS];
  guint count;
  double capacity;
  VrDecider *decider;
  const VrDecideResult *results;
  guint64 now_ns, random;
  guint changes; /* of shares, since it was set to 0 */
} Bench;

static void
bench_init (Bench *bench, guint count, double rate_pps)
{
  *bench = (Bench){ .config = vr_decide_config_default (PERIOD_NS),
                    .count = count,
                    .capacity = 0.95,
                    .now_ns = 5000 * MS,
                    .random = 7 };
  for (guint i = 0; i < count; i++) {
    bench->threads[i] = (VrDecideThread){ .name = "r1/vcpu.0",
                                          .part = 1,
                                          .intercept_pps = INTERCEPT,
                                          .slope_pps = SLOPE,
                                          .share_least = 0.01,
                                          .share_most = 0.95 };
    bench->tenants[i] = (VrDecideTenant){ .name = "a",
                                          .rate_pps = rate_pps,
                                          .guarantee_pps = rate_pps,
                                          .limit_pps = rate_pps,
                                          .threads = &bench->threads[i],
                                          .threads_count = 1 };
    bench->routers[i] = (Router){ .factor = 1, .takes = 1, .offered = 2 * rate_pps };
  }
}

static void
bench_clear (Bench *bench)
{
  vr_decider_free (bench->decider);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static double
signed_random (Bench *bench)
{
  return 2 * vr_random_share (&bench->random) - 1;
}

static double
able_pps (const Router *router, double used)
{
  return MAX (router->factor * (INTERCEPT + SLOPE * used), 0);
}

/* A period of the router: what its turns give it in it, up to what is there. */
static void
router_run (Bench *bench, Router *router, double share)
{
  double turn = share * router->phase * signed_random (bench);
  double granted = router->takes * MAX (share + turn - router->owed, 0);
  double able = able_pps (router, granted) * (1 + router->noise * signed_random (bench)) * PERIOD_S;
  double arrived = router->offered * PERIOD_S, there = router->queue + arrived;
  double forwarded = router->is_hung ? 0 : MIN (there, able);
  router->owed = turn;
  router->queue = MIN (there - forwarded, QUEUE);
  router->arrived += arrived;
  router->forwarded += forwarded;
  router->lost += there - forwarded - router->queue;
  if (!router->is_hung)
    router->used_ns += granted * (able > 0 ? forwarded / able : 1) * (double) PERIOD_NS;
  router->counted_ns = (guint64) router->used_ns;
  router->counters = (VrDecideCounters){ .arrived = (guint64) router->arrived,
                                         .forwarded = (guint64) router->forwarded,
                                         .lost = (guint64) router->lost,
                                         .used_ns = &router->counted_ns };
}

static void
bench_decide (Bench *bench)
{
  VrDecideCounters counters[TENANTS];
  g_autoptr (GError) error = NULL;
  if (bench->decider == NULL)
    bench->decider = vr_decider_new (&bench->config, &bench->capacity, 1, bench->tenants,
                                     bench->count, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < bench->count; i++)
    counters[i] = bench->routers[i].counters;
  bench->results = vr_decider_step (bench->decider, bench->now_ns, counters);
  for (guint i = 0; i < bench->count; i++) {
    const VrDecideThreadResult *thread = &bench->results[i].threads[0];
    bench->changes += thread->share != thread->before;
  }
}

/* The first step decides by the calibration alone. */
static void
bench_run (Bench *bench, double seconds)
{
  if (bench->decider == NULL)
    bench_decide (bench);
  for (guint i = 0; i < (guint) (seconds / PERIOD_S); i++) {
    for (guint j = 0; j < bench->count; j++)
      router_run (bench, &bench->routers[j], bench->results[j].threads[0].share);
    bench->now_ns += PERIOD_NS;
    bench_decide (bench);
  }
}

/* What is forwarded at the share that is decided: without noise and phase. */
static double
able_now (const Bench *bench, guint tenant)
{
  const Router *router = &bench->routers[tenant];
  return able_pps (router, router->takes * bench->results[tenant].threads[0].share);
}

/* The mean over 60 s, as the issue has it. */
static double
mean_pps (Bench *bench, guint tenant)
{
  double before = bench->routers[tenant].forwarded;
  bench_run (bench, 60);
  return (bench->routers[tenant].forwarded - before) / 60;
}

static void
within (double value, double wanted, double part)
{
  g_assert_cmpfloat (fabs (value - wanted), <=, part * wanted);
}

/* --- One tenant ---------------------------------------------------------------------------------
 */

/* Settled after 5 s at the latest, and the mean of the minute after that within 2 %, offered twice
 * the contract, with calibrations that are true and that are not. */
static void
test_contract (void)
{
  static const double rates[] = { 5000, 10000, 20000, 30000 };
  static const double factors[] = { 0.7, 1, 1.3 };
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    for (guint j = 0; j < G_N_ELEMENTS (factors); j++) {
      g_auto (Bench) bench;
      bench_init (&bench, 1, rates[i]);
      bench.routers[0].factor = factors[j];
      bench.capacity = bench.threads[0].share_most = 1;
      bench_run (&bench, 5);
      within (able_now (&bench, 0), rates[i], 0.02);
      within (mean_pps (&bench, 0), rates[i], 0.02);
      within (bench.results[0].threads[0].correction, factors[j], 0.02);
      g_assert_cmpint ((bench.results[0].problems & VR_DECIDE_CALIBRATION) != 0, ==,
                       factors[j] != 1);
    }
}

/* Turns of 100 ms in periods of 500 ms: a whole turn more or less in each, and noise beside. */
static void
test_noise (void)
{
  static const double factors[] = { 0.7, 1, 1.3 };
  for (guint j = 0; j < G_N_ELEMENTS (factors); j++) {
    g_auto (Bench) bench;
    bench_init (&bench, 1, 10000);
    bench.routers[0].factor = factors[j];
    bench.routers[0].noise = 0.05;
    bench.routers[0].phase = 0.1;
    bench_run (&bench, 5);
    within (able_now (&bench, 0), 10000, 0.08);
    within (mean_pps (&bench, 0), 10000, 0.02);
  }
}

/* A thread that takes more or less of its share than was reserved, in the mean: waits for others,
 * or ticks that come late. */
static void
test_takes (void)
{
  static const double rates[] = { 2000, 5000, 20000 }, takes[] = { 0.88, 0.95, 1.1 };
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    for (guint j = 0; j < G_N_ELEMENTS (takes); j++) {
      g_auto (Bench) bench;
      bench_init (&bench, 1, rates[i]);
      bench.routers[0].takes = takes[j];
      bench_run (&bench, 5);
      within (able_now (&bench, 0), rates[i], 0.02);
      within (mean_pps (&bench, 0), rates[i], 0.02);
    }
}

/* What the line has at no reservation is its least certain part: measured at larger shares, it may
 * be far off at a small one. */
static void
test_wrong_offset (void)
{
  static const double lines[][2]
      = { { -6000, 90000 }, { -7800, 110000 }, { 1000, 40000 }, { 0, 30000 }, { -1500, 94000 } };
  static const double rates[] = { 4000, 5000, 10000 };
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    for (guint j = 0; j < G_N_ELEMENTS (rates); j++) {
      g_auto (Bench) bench;
      bench_init (&bench, 1, rates[j]);
      bench.threads[0].intercept_pps = lines[i][0];
      bench.threads[0].slope_pps = lines[i][1];
      bench_run (&bench, 3);
      within (able_now (&bench, 0), rates[j], 0.05);
      bench_run (&bench, 2);
      within (able_now (&bench, 0), rates[j], 0.02);
      bench.changes = 0;
      within (mean_pps (&bench, 0), rates[j], 0.02);
      g_assert_cmpuint (bench.changes, <=, 3);
    }
}

/* A single period in which the host had other things to do is no change of the router; two are. */
static void
test_outlier (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].noise = 0.05;
  bench_run (&bench, 60);
  double share = bench.results[0].threads[0].share;
  bench.routers[0].factor = 0.5;
  bench_run (&bench, PERIOD_S);
  within (bench.results[0].threads[0].share, share, 0.08);
  bench.routers[0].factor = 1;
  bench_run (&bench, 3 * PERIOD_S);
  within (bench.results[0].threads[0].share, share, 0.08);
  bench.routers[0].factor = 0.75;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), 10000, 0.05);
}

/* The first periods say most: by the third, a calibration that is off by a third is put right. */
static void
test_quick (void)
{
  static const double factors[] = { 0.65, 1.5 };
  for (guint i = 0; i < G_N_ELEMENTS (factors); i++) {
    g_auto (Bench) bench;
    bench_init (&bench, 1, 5000);
    bench.routers[0].factor = factors[i];
    bench_run (&bench, 3 * PERIOD_S);
    within (able_now (&bench, 0), 5000, 0.02);
  }
}

/* Without the threads' CPU times it is the rates alone that count. */
static void
test_times_unknown (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].factor = 0.7;
  bench_decide (&bench);
  for (guint i = 0; i < 10; i++) {
    router_run (&bench, &bench.routers[0], bench.results[0].threads[0].share);
    bench.routers[0].counters.used_ns = NULL;
    bench.now_ns += PERIOD_NS;
    bench_decide (&bench);
  }
  within (able_now (&bench, 0), 10000, 0.02);
  g_assert_cmpfloat (bench.results[0].threads[0].used, <, 0);
}

/* Times that stand still are not believed. */
static void
test_times_wrong (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].factor = 1.3;
  bench_decide (&bench);
  for (guint i = 0; i < 20; i++) {
    router_run (&bench, &bench.routers[0], bench.results[0].threads[0].share);
    bench.routers[0].counted_ns = 0;
    bench.now_ns += PERIOD_NS;
    bench_decide (&bench);
  }
  within (able_now (&bench, 0), 10000, 0.03);
  within (bench.results[0].threads[0].correction, 1.3, 0.03);
}

/* Below the contract nothing is learnt, and nothing winds up; a step up finds the contract at once,
 * a step down leaves the reservation, and the next step up finds it again. */
static void
test_steps (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].offered = 4000;
  bench_run (&bench, 600);
  double share = bench.results[0].threads[0].share;
  g_assert_cmpfloat (bench.results[0].threads[0].correction, ==, 1);
  g_assert_cmpuint (bench.changes, ==, 1);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
  for (guint i = 0; i < 5; i++) {
    /* Loads change within a period, too. */
    bench.routers[0].offered = 12000;
    bench_run (&bench, PERIOD_S);
    bench.routers[0].offered = 20000;
    bench_run (&bench, 5);
    within (able_now (&bench, 0), 10000, 0.02);
    within (mean_pps (&bench, 0), 10000, 0.02);
    bench.routers[0].offered = 7000;
    bench_run (&bench, PERIOD_S);
    bench.routers[0].offered = 1000;
    bench_run (&bench, 30);
    within (bench.results[0].threads[0].share, share, 0.02);
    within (bench.results[0].forwarded_filtered_pps, 1000, 0.02);
  }
}

/* The calibration promises too much, and what is offered is below the contract: as much of it is
 * corrected as matters, and the rest when it does. */
static void
test_below (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].factor = 0.7;
  bench.routers[0].offered = 9000;
  bench_run (&bench, 5);
  g_assert_cmpfloat (able_now (&bench, 0), >=, 9000 * 0.98);
  bench_run (&bench, 600);
  g_assert_cmpfloat (able_now (&bench, 0), <=, 10000 * 1.02);
  bench.routers[0].offered = 20000;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), 10000, 0.02);
}

/* The calibration promises too little, and no queue overflows: what is above the contract is found
 * out, and taken away. */
static void
test_above (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].factor = 1.3;
  bench.routers[0].offered = 11500;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), 10000, 0.03);
  within (mean_pps (&bench, 0), 10000, 0.02);
}

/* Frames become larger, and each costs more. */
static void
test_change_of_frames (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench_run (&bench, 60);
  bench.routers[0].factor = 0.75;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), 10000, 0.02);
  bench.routers[0].factor = 1.1;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), 10000, 0.02);
}

/* At rest, nothing is changed. */
static void
test_deadband (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].noise = 0.005;
  bench_run (&bench, 5);
  bench.changes = 0;
  bench_run (&bench, 600);
  g_assert_cmpuint (bench.changes, <=, 6);
  within (able_now (&bench, 0), 10000, 0.02);
}

static void
test_largest_step (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.config.step_most = 0.1;
  bench.routers[0].factor = 0.5;
  double before = 0;
  for (guint i = 0; i < 40; i++) {
    bench_run (&bench, PERIOD_S);
    const VrDecideThreadResult *thread = &bench.results[0].threads[0];
    if (before > 0) {
      /* What is wanted is here what the rate takes. */
      double most = 0.1 * MAX (thread->wanted, before) * (1 + 1e-12);
      g_assert_cmpfloat (fabs (thread->share - before), <=, most);
    }
    before = thread->share;
  }
  within (able_now (&bench, 0), 10000, 0.02);
}

static void
test_bounds (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 30000);
  bench.threads[0].share_most = 0.5;
  bench_run (&bench, 30);
  const VrDecideResult *result = &bench.results[0];
  g_assert_cmpfloat (result->threads[0].share, ==, 0.5);
  g_assert_cmpint (result->threads[0].reason, ==, VR_DECIDE_BOUND);
  within (result->granted_pps, INTERCEPT + SLOPE * 0.5, 0.02);
  g_assert_true (result->problems & VR_DECIDE_BROKEN);
  g_assert_true (result->problems & VR_DECIDE_SHORT);
}

/* Open loop: what the calibration says, whatever comes of it. */
static void
test_open_loop (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.config.correction_ns = 0;
  bench.routers[0].factor = 0.7;
  bench_run (&bench, 60);
  within (able_now (&bench, 0), 7000, 0.001);
  g_assert_cmpfloat (bench.results[0].threads[0].correction, ==, 1);
}

/* The next controller goes on where the last one was. */
static void
test_taken_over (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].factor = 0.7;
  bench_run (&bench, 30);
  bench.threads[0].share = bench.results[0].threads[0].share;
  bench.threads[0].correction = bench.results[0].threads[0].correction;
  g_clear_pointer (&bench.decider, vr_decider_free);
  bench.changes = 0;
  bench_run (&bench, 30);
  g_assert_cmpuint (bench.changes, ==, 0);
  within (able_now (&bench, 0), 10000, 0.02);
}

/* Guarantee 5, rate 10, limit 20 kpps. */
static void
test_limit (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.tenants[0].guarantee_pps = 5000;
  bench.tenants[0].limit_pps = 20000;
  bench.routers[0].offered = 4000;
  bench_run (&bench, 10);
  within (able_now (&bench, 0), 10000, 0.02);
  bench.routers[0].offered = 14000;
  bench_run (&bench, 10);
  within (able_now (&bench, 0), 14000 * 1.1, 0.02);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
  bench.routers[0].offered = 40000;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), 20000, 0.02);
  bench.routers[0].offered = 1000;
  bench_run (&bench, 10);
  within (able_now (&bench, 0), 10000, 0.02);
}

/* --- Members ------------------------------------------------------------------------------------
 */

#define MEMBERS 2

/* One tenant, whose packets a PVR's members share as their flows fall. */
static void
members_init (Bench *bench, double rate_pps)
{
  bench_init (bench, MEMBERS, rate_pps);
  bench->count = 1;
  bench->capacity = MEMBERS;
  bench->tenants[0].threads_count = MEMBERS;
  for (guint i = 0; i < MEMBERS; i++)
    bench->threads[i].part = 1.0 / MEMBERS;
}

static void
members_decide (Bench *bench)
{
  guint64 used_ns[MEMBERS];
  g_autoptr (GError) error = NULL;
  VrDecideCounters sum = { .used_ns = used_ns };
  if (bench->decider == NULL)
    bench->decider
        = vr_decider_new (&bench->config, &bench->capacity, 1, bench->tenants, 1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < MEMBERS; i++) {
    const VrDecideCounters *counters = &bench->routers[i].counters;
    sum.arrived += counters->arrived;
    sum.forwarded += counters->forwarded;
    sum.lost += counters->lost;
    used_ns[i] = bench->routers[i].counted_ns;
  }
  bench->results = vr_decider_step (bench->decider, bench->now_ns, &sum);
}

/* `first` is the part of what is offered that the first member gets. Returns what is forwarded a
 * second. */
static double
members_run (Bench *bench, double offered_pps, double first, double seconds)
{
  double before = bench->routers[0].forwarded + bench->routers[1].forwarded;
  bench->routers[0].offered = offered_pps * first;
  bench->routers[1].offered = offered_pps * (1 - first);
  if (bench->decider == NULL)
    members_decide (bench);
  for (guint i = 0; i < (guint) (seconds / PERIOD_S); i++) {
    for (guint j = 0; j < MEMBERS; j++)
      router_run (bench, &bench->routers[j], bench->results[0].threads[j].share);
    bench->now_ns += PERIOD_NS;
    members_decide (bench);
  }
  return (bench->routers[0].forwarded + bench->routers[1].forwarded - before) / seconds;
}

/* Flows that are spread unevenly: the member that has more to forward than its part of the rate
 * gets what the other one leaves, so that the sum is the contract; also when they change sides. */
static void
test_uneven (void)
{
  static const double spreads[] = { 0.5, 0.6, 0.7, 0.8, 0.3 }, offered[] = { 1.1, 1.3, 1.5, 2, 4 };
  static const double factors[] = { 0.7, 1, 1.3 };
  for (guint i = 0; i < G_N_ELEMENTS (spreads); i++)
    for (guint j = 0; j < G_N_ELEMENTS (offered); j++)
      for (guint k = 0; k < G_N_ELEMENTS (factors); k++) {
        g_auto (Bench) bench;
        members_init (&bench, 20000);
        bench.routers[0].factor = bench.routers[1].factor = factors[k];
        bench.routers[0].noise = bench.routers[1].noise = 0.02;
        members_run (&bench, 20000 * offered[j], spreads[i], 5);
        within (members_run (&bench, 20000 * offered[j], spreads[i], 60), 20000, 0.02);
        /* That flows are spread unevenly is no fault of the calibration. */
        if (factors[k] == 1)
          g_assert_false (bench.results[0].problems & VR_DECIDE_CALIBRATION);
        members_run (&bench, 20000 * offered[j], 1 - spreads[i], 5);
        within (members_run (&bench, 20000 * offered[j], 1 - spreads[i], 60), 20000, 0.02);
      }
}

/* --- Several ------------------------------------------------------------------------------------
 */

static double
share_of (const Bench *bench, guint tenant)
{
  return bench->results[tenant].threads[0].share;
}

static double
shares (const Bench *bench)
{
  double sum = 0;
  for (guint i = 0; i < bench->count; i++)
    sum += share_of (bench, i);
  return sum;
}

/* Two take 0.457 of a CPU each, the third what is left: priorities. */
static void
test_priorities (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 3, 20000);
  bench.tenants[1].priority = 2;
  bench.tenants[2].priority = 1;
  bench_run (&bench, 10);
  within (able_now (&bench, 1), 20000, 0.02);
  within (able_now (&bench, 2), 20000, 0.02);
  g_assert_cmpfloat (shares (&bench), <=, 0.95 + 1e-9);
  g_assert_true (bench.results[0].problems & VR_DECIDE_BROKEN);
  g_assert_cmpint (bench.results[1].problems | bench.results[2].problems, ==, 0);
}

/* Of one priority, in proportion to the contracts. */
static void
test_proportion (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 3, 20000);
  bench.tenants[2].rate_pps = bench.tenants[2].guarantee_pps = bench.tenants[2].limit_pps = 10000;
  bench_run (&bench, 30);
  g_assert_cmpfloat (shares (&bench), <=, 0.95 + 1e-9);
  g_assert_cmpfloat (shares (&bench), >=, 0.94);
  within (able_now (&bench, 0), able_now (&bench, 1), 0.02);
  within (able_now (&bench, 2), able_now (&bench, 0) / 2, 0.02);
  g_assert_true (bench.results[2].problems & VR_DECIDE_BROKEN);
}

/* Guarantees fit, rates do not: nobody has less than the guarantee, and the higher priority has its
 * rate. What is promised to one that offers nothing stays his; what is not promised does not. */
static void
test_guarantees (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 3, 20000);
  for (guint i = 0; i < 3; i++)
    bench.tenants[i].guarantee_pps = 10000;
  bench.tenants[2].priority = 1;
  bench_run (&bench, 30);
  within (able_now (&bench, 2), 20000, 0.02);
  g_assert_cmpfloat (able_now (&bench, 0), >=, 10000 * 0.99);
  within (able_now (&bench, 0), able_now (&bench, 1), 0.02);
  g_assert_cmpint (bench.results[0].problems, ==, VR_DECIDE_SHORT);
  bench.routers[2].offered = 0;
  bench_run (&bench, 30);
  g_assert_cmpfloat (share_of (&bench, 2), >=, (10000 - INTERCEPT) / SLOPE * 0.99);
  within (able_now (&bench, 0), (SLOPE * (0.95 - (10000 - INTERCEPT) / SLOPE) + 2 * INTERCEPT) / 2,
          0.02);
}

/* Guarantees do not fit: he who offers nothing has nothing held for him. */
static void
test_idle_while_short (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 3, 20000);
  bench.routers[2].offered = 0;
  bench_run (&bench, 30);
  within (able_now (&bench, 0), 20000, 0.02);
  within (able_now (&bench, 1), 20000, 0.02);
  bench.routers[2].offered = 40000;
  bench_run (&bench, 5);
  within (able_now (&bench, 0), able_now (&bench, 2), 0.02);
}

/* A line turns out to promise too much, where the pool was nearly full: the shares stay within it.
 */
static void
test_full_by_correction (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2, 18000);
  bench.routers[0].factor = 0.7;
  for (guint i = 0; i < 40; i++) {
    bench_run (&bench, PERIOD_S);
    g_assert_cmpfloat (shares (&bench), <=, 0.95 + 1e-9);
  }
  within (able_now (&bench, 0), able_now (&bench, 1), 0.02);
}

/* One thread moves packets, two members forward half of them each, in two pools. */
static void
test_threads (void)
{
  static const double capacity[] = { 0.95, 0.95 };
  VrDecideThread threads[] = {
    { "mover", 0, 1, 0, 100000, 0, 0, 0.01, 0.95, 0, 0 },
    { "r-1/vcpu.0", 0, 0.5, INTERCEPT, SLOPE, 0, 0, 0.01, 0.95, 0, 0 },
    { "r-2/vcpu.0", 1, 0.5, INTERCEPT, SLOPE, 0, 0, 0.01, 0.95, 0, 0 },
  };
  VrDecideTenant tenant = { "a", 30000, 30000, 30000, 0, threads, 3 };
  VrDecideConfig config = vr_decide_config_default (PERIOD_NS);
  VrDecideCounters counters = { 0 };
  g_autoptr (VrDecider) decider = vr_decider_new (&config, capacity, 2, &tenant, 1, NULL);
  const VrDecideResult *result = vr_decider_step (decider, 1, &counters);
  within (result->threads[0].share, 0.3, 1e-9);
  within (result->threads[1].share, (15000 - INTERCEPT) / SLOPE, 1e-9);
  g_assert_cmpfloat (result->threads[1].share, ==, result->threads[2].share);
  /* Pool 0 is full at a rate below the contract: what pool 1 gives is no more than that takes. */
  vr_decider_set_capacity (decider, 0, 0.5);
  result = vr_decider_step (decider, 1 + PERIOD_NS, &counters);
  double rate = (0.5 + INTERCEPT / SLOPE) / (1 / 100000.0 + 0.5 / SLOPE);
  within (result->granted_pps, rate, 1e-6);
  within (result->threads[2].share, (rate / 2 - INTERCEPT) / SLOPE, 1e-6);
  /* All in one. */
  vr_decider_set_pool (decider, 0, 0, 1);
  vr_decider_set_pool (decider, 0, 1, 1);
  result = vr_decider_step (decider, 1 + 2 * PERIOD_NS, &counters);
  rate = (0.95 + 2 * INTERCEPT / SLOPE) / (1 / 100000.0 + 1 / SLOPE);
  within (result->granted_pps, rate, 1e-6);
}

/* --- Misfortune ---------------------------------------------------------------------------------
 */

static void
test_counters_back (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench_run (&bench, 30);
  double share = share_of (&bench, 0);
  Router *router = &bench.routers[0];
  router->arrived = router->forwarded = router->lost = router->used_ns = 0;
  bench_run (&bench, PERIOD_S);
  g_assert_cmpint (bench.results[0].problems, ==, VR_DECIDE_BACKWARDS);
  g_assert_false (bench.results[0].is_seen);
  g_assert_cmpint (bench.results[0].threads[0].reason, ==, VR_DECIDE_BLIND);
  g_assert_cmpfloat (share_of (&bench, 0), ==, share);
  bench_run (&bench, 5);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
  within (able_now (&bench, 0), 10000, 0.02);
}

/* Standing still, going back, and leaping: one step is blind, and the next one sees. */
static void
test_clock (void)
{
  static const struct {
    gint64 by_ns;
    guint problem;
  } jumps[] = { { -(gint64) PERIOD_NS, VR_DECIDE_CLOCK },
                { -(gint64) (100 * PERIOD_NS), VR_DECIDE_CLOCK },
                { 3600 * 1000 * (gint64) MS, VR_DECIDE_LEAP } };
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.now_ns = 1000 * PERIOD_NS;
  bench_run (&bench, 30);
  double share = share_of (&bench, 0);
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    bench.now_ns += (guint64) jumps[i].by_ns;
    bench_run (&bench, PERIOD_S);
    g_assert_cmpint (bench.results[0].problems, ==, jumps[i].problem);
    g_assert_cmpfloat (share_of (&bench, 0), ==, share);
    bench_run (&bench, PERIOD_S);
    g_assert_cmpint (bench.results[0].problems, ==, 0);
    g_assert_true (bench.results[0].is_seen);
    g_assert_cmpfloat (share_of (&bench, 0), ==, share);
  }
}

/* Twice at nearly one time: the second waits for the next difference. */
static void
test_too_soon (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench_run (&bench, 30);
  bench.now_ns += MS;
  bench_decide (&bench);
  g_assert_false (bench.results[0].is_seen);
  bench.now_ns -= MS;
  bench_run (&bench, PERIOD_S);
  g_assert_true (bench.results[0].is_seen);
  within (bench.results[0].forwarded_pps, 10000, 0.02);
}

static void
test_hung (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench_run (&bench, 30);
  double share = share_of (&bench, 0);
  bench.routers[0].is_hung = TRUE;
  bench_run (&bench, 1);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
  bench_run (&bench, 60);
  g_assert_cmpint (bench.results[0].problems, ==, VR_DECIDE_HUNG);
  g_assert_cmpfloat (share_of (&bench, 0), ==, share);
  bench.routers[0].is_hung = FALSE;
  bench_run (&bench, 5);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
  within (able_now (&bench, 0), 10000, 0.02);
  /* Nothing arrives: that is no hung guest. */
  bench.routers[0].offered = 0;
  bench_run (&bench, 60);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
}

static void
test_missing (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench_run (&bench, 30);
  double share = share_of (&bench, 0);
  for (guint i = 0; i < 10; i++) {
    bench.routers[0].counters = (VrDecideCounters){ .is_missing = TRUE };
    bench.now_ns += PERIOD_NS;
    bench_decide (&bench);
    g_assert_cmpint (bench.results[0].problems, ==, VR_DECIDE_MISSING);
    g_assert_cmpfloat (share_of (&bench, 0), ==, share);
  }
  bench_run (&bench, 5);
  g_assert_cmpint (bench.results[0].problems, ==, 0);
  within (able_now (&bench, 0), 10000, 0.02);
}

/* Packets are lost before the router, which has time left: no share helps. */
static void
test_elsewhere (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1, 10000);
  bench.routers[0].offered = 5000;
  bench_run (&bench, 10);
  double share = share_of (&bench, 0);
  for (guint i = 0; i < 40; i++) {
    bench.routers[0].arrived += 1000;
    bench.routers[0].lost += 1000;
    bench_run (&bench, PERIOD_S);
  }
  g_assert_cmpint (bench.results[0].problems, ==, VR_DECIDE_ELSEWHERE);
  g_assert_cmpfloat (share_of (&bench, 0), ==, share);
}

/* A change that could not be made is tried again. */
static void
test_taken_back (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2, 10000);
  bench.threads[1].share = 0.1;
  /* The first step fails: one thread still has nothing, and the other what it began with. */
  for (guint i = 0; i < 2; i++) {
    bench_decide (&bench);
    g_assert_cmpfloat (bench.results[0].threads[0].before, ==, 0);
    g_assert_cmpint (bench.results[0].threads[0].reason, ==, VR_DECIDE_START);
    g_assert_cmpfloat (share_of (&bench, 0), >, 0);
    g_assert_cmpfloat (bench.results[1].threads[0].before, ==, 0.1);
    g_assert_cmpfloat (share_of (&bench, 1), >, 0.1);
    vr_decider_take_back (bench.decider);
  }
  bench_run (&bench, 30);
  double share = share_of (&bench, 0);
  bench.routers[0].factor = 0.8;
  while (share_of (&bench, 0) == share)
    bench_run (&bench, PERIOD_S);
  vr_decider_take_back (bench.decider);
  bench_decide (&bench);
  g_assert_cmpfloat (bench.results[0].threads[0].before, ==, share);
}

static void
refuse (VrDecideConfig config, const VrDecideTenant *tenant, const char *words)
{
  static const double capacity = 1;
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_decider_new (&config, &capacity, 1, tenant, 1, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
test_refused (void)
{
  VrDecideConfig good = vr_decide_config_default (PERIOD_NS), config = good;
  VrDecideThread thread = { "r1/vcpu.0", 0, 1, INTERCEPT, SLOPE, 0, 0, 0.01, 0.95, 0, 0 }, bad;
  VrDecideTenant tenant = { "a", 10000, 10000, 10000, 0, &thread, 1 }, wrong = tenant;
  config.period_ns = 0;
  refuse (config, &tenant, "controller: period_ns is 0, not 1e+06 to 1e+12");
  config = good;
  config.deadband = NAN;
  refuse (config, &tenant, "deadband is nan");
  wrong.rate_pps = 0;
  refuse (good, &wrong, "a: rate_pps is 0");
  wrong = tenant;
  wrong.guarantee_pps = 10001;
  refuse (good, &wrong, "a: guarantee_pps is 10001, not 0 to 10000");
  wrong = tenant;
  wrong.limit_pps = 9999;
  refuse (good, &wrong, "limit_pps is 9999, not 10000 to");
  wrong = tenant;
  wrong.threads_count = 0;
  refuse (good, &wrong, "threads_count is 0");
  wrong = tenant;
  wrong.threads = &bad;
  bad = thread;
  bad.slope_pps = -1;
  refuse (good, &wrong, "r1/vcpu.0: slope_pps is -1");
  bad = thread;
  bad.pool = 1;
  refuse (good, &wrong, "pool is 1, not 0 to 0");
  bad = thread;
  bad.share_most = 1.5;
  refuse (good, &wrong, "share_most is 1.5, not 0.01 to 1");
}

static void
test_words (void)
{
  for (guint i = 0; i < VR_DECIDE_REASONS; i++)
    g_assert_true (vr_decide_reason_id (i) != NULL && vr_decide_reason_text (i) != NULL);
  for (guint i = 0; i < VR_DECIDE_PROBLEMS; i++)
    g_assert_true (vr_decide_problem_id (i) != NULL && vr_decide_problem_text (i) != NULL);
  g_assert_cmpstr (vr_decide_reason_id (VR_DECIDE_BLIND), ==, "blind");
  g_assert_cmpint (1 << (VR_DECIDE_PROBLEMS - 1), ==, VR_DECIDE_CALIBRATION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decide/contract", test_contract);
  g_test_add_func ("/decide/noise", test_noise);
  g_test_add_func ("/decide/takes", test_takes);
  g_test_add_func ("/decide/wrong-offset", test_wrong_offset);
  g_test_add_func ("/decide/quick", test_quick);
  g_test_add_func ("/decide/outlier", test_outlier);
  g_test_add_func ("/decide/times-unknown", test_times_unknown);
  g_test_add_func ("/decide/times-wrong", test_times_wrong);
  g_test_add_func ("/decide/steps", test_steps);
  g_test_add_func ("/decide/below", test_below);
  g_test_add_func ("/decide/above", test_above);
  g_test_add_func ("/decide/change-of-frames", test_change_of_frames);
  g_test_add_func ("/decide/deadband", test_deadband);
  g_test_add_func ("/decide/largest-step", test_largest_step);
  g_test_add_func ("/decide/bounds", test_bounds);
  g_test_add_func ("/decide/open-loop", test_open_loop);
  g_test_add_func ("/decide/taken-over", test_taken_over);
  g_test_add_func ("/decide/limit", test_limit);
  g_test_add_func ("/decide/uneven", test_uneven);
  g_test_add_func ("/decide/priorities", test_priorities);
  g_test_add_func ("/decide/proportion", test_proportion);
  g_test_add_func ("/decide/guarantees", test_guarantees);
  g_test_add_func ("/decide/idle-while-short", test_idle_while_short);
  g_test_add_func ("/decide/full-by-correction", test_full_by_correction);
  g_test_add_func ("/decide/threads", test_threads);
  g_test_add_func ("/decide/counters-back", test_counters_back);
  g_test_add_func ("/decide/clock", test_clock);
  g_test_add_func ("/decide/too-soon", test_too_soon);
  g_test_add_func ("/decide/hung", test_hung);
  g_test_add_func ("/decide/missing", test_missing);
  g_test_add_func ("/decide/elsewhere", test_elsewhere);
  g_test_add_func ("/decide/taken-back", test_taken_back);
  g_test_add_func ("/decide/refused", test_refused);
  g_test_add_func ("/decide/words", test_words);
  return g_test_run ();
}
