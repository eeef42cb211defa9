/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cores that follow the load: LVRM's staircases (claims C8 and C9) on made-up hosts, placement by
 * caches, contracts, room. */
#include "control/vr-cores.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "traffic/vr-random.h"

#define NS_PER_S 1000000000ull
#define CPUS 8
#define ROUTERS 3
/* What a member with one thread forwards on a core of its own, as an LVRM's VRI: packets a second.
 */
#define MEMBER 60000.0

/* Two caches with four CPUs each. */
typedef struct {
  VrCoresConfig config;
  VrCoresCpu cpus[CPUS];
  guint cpus_count;
  VrCoresRouter routers[ROUTERS];
  guint count;
  double rates[ROUTERS];
  double noise;
  guint64 random;
  guint changes[ROUTERS];
  guint moves[ROUTERS];  /* of cores, for another's sake */
  guint rested[ROUTERS]; /* periods since one, and at first very many */
  guint rested_least;    /* before one */
  VrCores *cores;
  const VrCoresResult *results;
} Bench;

static const VrCoresLine member_line = { 0, MEMBER / 0.95 };
/* A packet mover and a vcpu, which is slower. */
static const VrCoresLine pair_lines[] = { { 0, 200000 }, { -1500, 47000 } };

static void
bench_init (Bench *bench, guint count)
{
  *bench = (Bench){
    .config = vr_cores_config_default (), .cpus_count = CPUS, .count = count, .random = 5
  };
  for (guint i = 0; i < CPUS; i++)
    bench->cpus[i] = (VrCoresCpu){ .id = i, .llc = i / 4 };
  bench->rested_least = G_MAXUINT;
  for (guint i = 0; i < count; i++)
    bench->routers[i] = (VrCoresRouter){ .name = "r",
                                         .contract_pps = 10000,
                                         .members_least = 1,
                                         .members_most = 6,
                                         .threads = 1,
                                         .lines = &member_line };
  for (guint i = 0; i < count; i++)
    bench->rested[i] = 1000000;
}

static void
bench_clear (Bench *bench)
{
  vr_cores_free (bench->cores);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static void
bench_start (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  bench->cores = vr_cores_new (&bench->config, bench->cpus, bench->cpus_count, bench->routers,
                               bench->count, &error);
  g_assert_no_error (error);
  bench->results = vr_cores_results (bench->cores);
}

/* What reservations take of each CPU is never more than may be. */
static void
assert_room (const Bench *bench)
{
  double load[CPUS] = { 0 };
  for (guint i = 0; i < CPUS; i++)
    load[i] = bench->cpus[i].taken;
  for (guint i = 0; i < bench->count; i++) {
    const VrCoresResult *result = &bench->results[i];
    for (guint j = 0; j < result->level.members * bench->routers[i].threads; j++)
      load[result->cpus[j]] += result->shares[j];
  }
  for (guint i = 0; i < CPUS; i++)
    g_assert_cmpfloat (load[i], <=, MAX (bench->config.capacity, bench->cpus[i].taken) + 1e-6);
}

static void
bench_run (Bench *bench, guint seconds)
{
  for (guint i = 0; i < seconds; i++) {
    double rates[ROUTERS];
    for (guint j = 0; j < bench->count; j++)
      rates[j] = bench->rates[j] * (1 + bench->noise * (2 * vr_random_share (&bench->random) - 1));
    bench->results = vr_cores_step (bench->cores, NS_PER_S, rates);
    assert_room (bench);
    for (guint j = 0; j < bench->count; j++) {
      const VrCoresResult *result = &bench->results[j];
      bench->changes[j] += result->level.rate_pps != result->before.rate_pps;
      bench->rested[j]++;
      if (result->moved_for == VR_CORES_NOBODY)
        continue;
      bench->moves[j]++;
      bench->rested_least = MIN (bench->rested_least, bench->rested[j]);
      bench->rested[j] = 0;
    }
  }
}

/* How many cores a router with one thread has. */
static guint
cores_of (const Bench *bench, guint router)
{
  return bench->results[router].level.members;
}

/* --- Staircases ---------------------------------------------------------------------------------
 */

/* As Fig. 11: steps of 60,000 packets a second, a little less than a core forwards. */
static void
staircase_config (Bench *bench)
{
  bench->config.step = 1;
  bench->config.down = 0.85;
  bench->noise = 0.01;
}

static void
test_staircase (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  staircase_config (&bench);
  bench_start (&bench);
  for (guint stairs = 1; stairs <= 11; stairs++) {
    guint wanted = stairs <= 6 ? stairs : 12 - stairs;
    bench.rates[0] = 50000.0 * wanted;
    bench.changes[0] = 0;
    bench_run (&bench, 15);
    g_assert_cmpuint (cores_of (&bench, 0), ==, wanted);
    bench_run (&bench, 300);
    g_assert_cmpuint (cores_of (&bench, 0), ==, wanted);
    /* A filtered step may be followed by two. */
    g_assert_cmpuint (bench.changes[0], <=, 2);
  }
}

/* As Fig. 12: one goes up while the other comes down, on one host. */
static void
test_two_staircases (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2);
  staircase_config (&bench);
  bench_start (&bench);
  for (guint stairs = 1; stairs <= 13; stairs++) {
    guint one = stairs <= 6 ? stairs : stairs <= 11 ? 12 - stairs : 1;
    guint other = 7 - one;
    bench.rates[0] = 50000.0 * one;
    bench.rates[1] = 50000.0 * other;
    bench.changes[0] = bench.changes[1] = 0;
    bench_run (&bench, 200);
    g_assert_cmpuint (cores_of (&bench, 0), ==, one);
    g_assert_cmpuint (cores_of (&bench, 1), ==, other);
    g_assert_cmpuint (bench.changes[0], <=, stairs == 1 ? 1 : 2);
    g_assert_cmpuint (bench.changes[1], <=, stairs == 1 ? 6 : 2);
  }
}

/* Two threads on a core of their own each, for which neither core has room together any more: the
 * router keeps both, and does not say that it has shrunk, until it needs so little that one has. */
static void
test_no_room_to_fall (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2);
  bench.cpus_count = 2;
  bench.cpus[0].taken = bench.cpus[1].taken = 0.1;
  for (guint i = 0; i < 2; i++) {
    bench.routers[i].members_most = 1;
    bench.routers[i].contract_pps = 1000;
  }
  bench.routers[0].threads = 2;
  bench.routers[0].lines = pair_lines;
  bench.routers[0].limit_pps = 36000;
  bench_start (&bench);
  bench.rates[0] = 42000;
  bench_run (&bench, 10);
  g_assert_cmpuint (bench.results[0].level.cores, ==, 2);
  bench.rates[1] = 30000;
  bench_run (&bench, 10);
  g_assert_cmpfloat (bench.results[1].shares[0], >, 0.4);
  bench.rates[0] = 22000;
  bench.changes[0] = 0;
  for (guint i = 0; i < 30; i++) {
    bench_run (&bench, 1);
    g_assert_cmpint (bench.results[0].reason, !=, VR_CORES_SHRUNK);
  }
  g_assert_cmpuint (bench.results[0].level.cores, ==, 2);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_PATIENT);
  g_assert_cmpuint (bench.changes[0], ==, 0);
  bench.rates[0] = 15000;
  bench_run (&bench, 30);
  g_assert_cmpuint (bench.results[0].level.cores, ==, 1);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_STEADY);
  g_assert_cmpuint (bench.changes[0], ==, 1);
}

/* The reservation follows first, within one core. */
static void
test_reservation (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench.routers[0].members_most = 1;
  bench_start (&bench);
  double before = 0;
  for (guint i = 1; i <= 8; i++) {
    bench.rates[0] = 6500.0 * i;
    bench_run (&bench, 10);
    const VrCoresResult *result = &bench.results[0];
    g_assert_cmpfloat (result->level.rate_pps * bench.config.up, >=, bench.rates[0] * 0.999);
    g_assert_cmpfloat (result->shares[0], >=, before);
    before = result->shares[0];
  }
  g_assert_cmpfloat (fabs (before - 0.95), <, 1e-6);
  bench.rates[0] = 0;
  bench_run (&bench, 30);
  g_assert_cmpfloat (fabs (bench.results[0].shares[0] - 0.95 / 4), <, 1e-6);
}

/* A rate that stays, wherever it is, changes nothing, and one that wavers about a threshold changes
 * one thing at most. */
static void
test_hysteresis (void)
{
  for (double rate = 1000; rate < 330000; rate *= 1.07) {
    g_auto (Bench) bench;
    bench_init (&bench, 1);
    bench.noise = 0.05;
    bench_start (&bench);
    bench.rates[0] = rate;
    bench_run (&bench, 20);
    bench.changes[0] = 0;
    bench_run (&bench, 600);
    g_assert_cmpuint (bench.changes[0], <=, 1);
  }
}

/* A short lull is waited out. */
static void
test_patience (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench.config.patience = 10;
  bench_start (&bench);
  bench.rates[0] = 200000;
  bench_run (&bench, 20);
  VrCoresLevel level = bench.results[0].level;
  bench.rates[0] = 0;
  bench_run (&bench, 9);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_PATIENT);
  bench.rates[0] = 200000;
  bench_run (&bench, 20);
  g_assert_cmpfloat (bench.results[0].level.rate_pps, ==, level.rate_pps);
  g_assert_cmpuint (bench.changes[0], <=, 5);
}

/* --- Levels and places --------------------------------------------------------------------------
 */

static void
test_levels (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench.routers[0].threads = 2;
  bench.routers[0].lines = pair_lines;
  bench.routers[0].members_most = 2;
  bench_start (&bench);
  guint count;
  const VrCoresLevel *levels = vr_cores_levels (bench.cores, 0, &count);
  for (guint i = 1; i < count; i++) {
    g_assert_cmpfloat (levels[i].rate_pps, >, levels[i - 1].rate_pps);
    g_assert_cmpuint (levels[i].members * levels[i].cores, >=,
                      levels[i - 1].members * levels[i - 1].cores);
  }
  g_assert_cmpuint (levels[0].members * levels[0].cores, ==, 1);
  /* Together on one core: rate / 200000 + (rate + 1500) / 47000 = 0.95. */
  double together = (0.95 - 1500 / 47000.0) / (1 / 200000.0 + 1 / 47000.0);
  g_assert_cmpfloat (fabs (levels[3].rate_pps - together), <, 1);
  g_assert_cmpuint (levels[4].cores, ==, 2);
  g_assert_cmpfloat (fabs (levels[4].rate_pps - (0.95 * 47000 - 1500)), <, 1);
  g_assert_cmpuint (levels[count - 1].members, ==, 2);
  g_assert_cmpuint (levels[count - 1].cores, ==, 2);
  g_assert_cmpfloat (fabs (levels[count - 1].rate_pps - 2 * (0.95 * 47000 - 1500)), <, 1);
}

/* Cores of one cache, then of the other; one thread a core while cores last. */
static void
test_caches (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2);
  bench_start (&bench);
  /* Two caches, so each begins in its own. */
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 0);
  g_assert_cmpuint (bench.results[1].cpus[0], ==, 4);
  bench.rates[0] = 210000;
  bench_run (&bench, 20);
  g_assert_cmpuint (cores_of (&bench, 0), ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (bench.results[0].cpus[i], ==, i);
  bench.rates[0] = 310000;
  bench_run (&bench, 20);
  g_assert_cmpuint (cores_of (&bench, 0), ==, 6);
  g_assert_cmpuint (bench.results[0].cpus[4], ==, 5);
  g_assert_cmpuint (bench.results[0].cpus[5], ==, 6);
  g_assert_cmpuint (bench.results[1].cpus[0], ==, 4);
  bench.rates[0] = 0;
  bench_run (&bench, 30);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 0);
  g_assert_cmpuint (cores_of (&bench, 0), ==, 1);
}

/* One more router than CPUs: two share one, as each takes less than half. */
static void
test_sharing (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 3);
  bench.cpus_count = 2;
  bench_start (&bench);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 0);
  g_assert_cmpuint (bench.results[1].cpus[0], ==, 1);
  g_assert_true (bench.results[2].is_placed);
  assert_room (&bench);
}

/* What others take, and what is no room for: by priority, and never the contract's. */
static void
test_room (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2);
  bench.cpus_count = 4;
  bench.cpus[0].taken = 0.9;
  bench.routers[1].priority = 1;
  bench.routers[0].contract_pps = 50000;
  bench_start (&bench);
  g_assert_cmpuint (bench.results[1].cpus[0], ==, 1);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 2);
  bench.rates[0] = bench.rates[1] = 300000;
  bench_run (&bench, 30);
  g_assert_cmpuint (cores_of (&bench, 1), ==, 2);
  g_assert_cmpuint (cores_of (&bench, 0), ==, 1);
  g_assert_cmpfloat (bench.results[0].level.rate_pps, >=, 50000);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_FULL);
  g_assert_cmpint (bench.results[1].reason, ==, VR_CORES_FULL);
  bench.rates[1] = 0;
  bench_run (&bench, 30);
  /* Its own, the one that is free now, and on each three quarters, as on the one that it shares. */
  g_assert_cmpuint (cores_of (&bench, 0), ==, 3);
}

static void
test_no_place (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 2);
  bench.cpus_count = 1;
  bench.routers[0].contract_pps = bench.routers[1].contract_pps = 40000;
  bench_start (&bench);
  g_assert_true (bench.results[0].is_placed);
  g_assert_false (bench.results[1].is_placed);
  g_assert_cmpint (bench.results[1].reason, ==, VR_CORES_FULL);
  g_assert_cmpuint (bench.results[1].level.members, ==, 0);
  bench.rates[0] = bench.rates[1] = 40000;
  bench_run (&bench, 10);
  g_assert_false (bench.results[1].is_placed);
}

/* Never below the contract, whatever is offered. */
static void
test_contract (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench.routers[0].contract_pps = 130000;
  bench_start (&bench);
  g_assert_cmpuint (cores_of (&bench, 0), ==, 3);
  bench.rates[0] = 350000;
  bench_run (&bench, 20);
  bench.rates[0] = 0;
  bench_run (&bench, 100);
  g_assert_cmpfloat (bench.results[0].level.rate_pps, >=, 130000);
  g_assert_cmpuint (cores_of (&bench, 0), ==, 3);
}

static void
test_fixed (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench.config.policy = VR_CORES_FIXED;
  bench_start (&bench);
  bench.rates[0] = 350000;
  bench_run (&bench, 100);
  g_assert_cmpuint (bench.changes[0], ==, 0);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_STEADY);
}

/* Lines that promise twice what is forwarded: what is lost gives it the level that it takes, and a
 * router that loses nothing is taken at its word. */
static void
test_correction (void)
{
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench_start (&bench);
  bench.rates[0] = 25000;
  for (guint i = 0; i < 60; i++) {
    double able = bench.results[0].level.rate_pps / 2, forwarded = MIN (able, bench.rates[0]);
    VrCoresSeen seen = { bench.rates[0], forwarded, bench.rates[0] - forwarded };
    vr_cores_heed (bench.cores, 0, &seen);
    bench_run (&bench, 1);
  }
  g_assert_cmpfloat (bench.results[0].level.rate_pps / 2, >=, 25000);
  g_assert_cmpfloat (vr_cores_correction (bench.cores, 0), >=, 0.4);
  g_assert_cmpfloat (vr_cores_correction (bench.cores, 0), <, 0.9);
  /* It settles: no more than one change a level on the way. */
  bench.changes[0] = 0;
  bench_run (&bench, 60);
  g_assert_cmpuint (bench.changes[0], ==, 0);
  /* The lines were right after all. */
  VrCoresSeen whole = { bench.results[0].level.rate_pps, bench.results[0].level.rate_pps, 0 };
  vr_cores_heed (bench.cores, 0, &whole);
  g_assert_cmpfloat (vr_cores_correction (bench.cores, 0), ==, 1);
}

/* --- Room in pieces -----------------------------------------------------------------------------
 */

/* Two CPUs: the first and the third router on one, the second on the other, where the third has
 * room, too; the first is to have a whole CPU. */
static void
pieces_init (Bench *bench)
{
  bench_init (bench, 3);
  bench->cpus_count = 2;
  for (guint i = 0; i < 3; i++)
    bench->routers[i].members_most = 1;
  bench->rates[0] = 40000;
  bench->rates[1] = 25000;
  bench->rates[2] = 5000;
}

static void
test_moved (void)
{
  g_auto (Bench) bench;
  pieces_init (&bench);
  bench_start (&bench);
  bench_run (&bench, 20);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 0);
  g_assert_cmpuint (bench.results[1].cpus[0], ==, 1);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 0);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_STEADY);
  bench.rates[0] = 50000;
  bench.changes[2] = 0;
  bench_run (&bench, bench.config.patience - 1);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_FULL);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 0);
  bench_run (&bench, 1);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_GROWN);
  g_assert_cmpfloat_with_epsilon (bench.results[0].level.rate_pps, MEMBER, 1);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 0);
  g_assert_cmpint (bench.results[2].reason, ==, VR_CORES_MOVED);
  g_assert_cmpuint (bench.results[2].moved_for, ==, 0);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 1);
  bench_run (&bench, 100);
  g_assert_cmpuint (bench.moves[0] + bench.moves[1], ==, 0);
  g_assert_cmpuint (bench.moves[2], ==, 1);
  g_assert_cmpuint (bench.changes[2], ==, 0);
}

/* What could not be made so is decided anew, and leaves alone for a while what was to go: the first
 * takes the place of the second, which goes to the third. */
static void
test_moved_back (void)
{
  g_auto (Bench) bench;
  pieces_init (&bench);
  bench_start (&bench);
  bench_run (&bench, 20);
  bench.rates[0] = 50000;
  bench_run (&bench, bench.config.patience);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 1);
  vr_cores_take_back (bench.cores);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 0);
  g_assert_cmpuint (bench.results[2].moved_for, ==, VR_CORES_NOBODY);
  g_assert_cmpfloat (bench.results[0].level.rate_pps, <, MEMBER * 0.8);
  assert_room (&bench);
  bench_run (&bench, bench.config.patience);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_GROWN);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 1);
  g_assert_cmpuint (bench.results[1].moved_for, ==, 0);
  g_assert_cmpuint (bench.results[1].cpus[0], ==, 0);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 0);
}

/* Only where there is none otherwise, and where it does. */
static void
test_not_moved (void)
{
  g_auto (Bench) roomy, tight;
  pieces_init (&roomy);
  roomy.cpus_count = 3;
  roomy.rates[0] = roomy.rates[1] = 50000;
  bench_start (&roomy);
  bench_run (&roomy, 200);
  g_assert_cmpuint (roomy.moves[0] + roomy.moves[1] + roomy.moves[2], ==, 0);
  pieces_init (&tight);
  tight.rates[0] = tight.rates[1] = 50000;
  tight.rates[2] = 20000;
  bench_start (&tight);
  bench_run (&tight, 200);
  g_assert_cmpuint (tight.moves[0] + tight.moves[1] + tight.moves[2], ==, 0);
}

/* Loads that change places again and again. */
static void
test_rest (void)
{
  g_auto (Bench) bench;
  pieces_init (&bench);
  bench.noise = 0.05;
  bench_start (&bench);
  for (guint i = 0; i < 200; i++) {
    bench.rates[i % 2] = 55000;
    bench.rates[(i + 1) % 2] = 10000;
    bench_run (&bench, 20);
  }
  g_assert_cmpuint (bench.moves[0] + bench.moves[1] + bench.moves[2], >, 10);
  g_assert_cmpuint (bench.rested_least, >=, VR_CORES_REST);
}

/* Contracts that have been raised: the others have what they had, and go where there is room. */
static void
test_start_moved (void)
{
  static const guint first[] = { 0 }, second[] = { 1 };
  g_auto (Bench) bench;
  pieces_init (&bench);
  bench.routers[0].start_cpus = bench.routers[2].start_cpus = first;
  bench.routers[1].start_cpus = second;
  bench.routers[0].start_pps = 15000;
  bench.routers[1].start_pps = 30000;
  bench.routers[2].start_pps = 45000;
  bench.routers[2].contract_pps = 60000;
  bench_start (&bench);
  for (guint i = 0; i < 3; i++)
    g_assert_true (bench.results[i].is_placed);
  g_assert_cmpuint (bench.results[0].cpus[0], ==, 1);
  g_assert_cmpuint (bench.results[0].moved_for, ==, 2);
  g_assert_cmpuint (bench.results[1].moved_for, ==, VR_CORES_NOBODY);
  g_assert_cmpuint (bench.results[2].cpus[0], ==, 0);
  assert_room (&bench);
}

/* Time that stands still: nothing is seen, and nothing changes. */
static void
test_no_time (void)
{
  static const double flood = 1e9;
  g_auto (Bench) bench;
  bench_init (&bench, 1);
  bench_start (&bench);
  bench_run (&bench, 10);
  bench.results = vr_cores_step (bench.cores, 0, &flood);
  g_assert_cmpfloat (bench.results[0].rate_pps, ==, 0);
  g_assert_cmpint (bench.results[0].reason, ==, VR_CORES_STEADY);
}

static void
refuse (const Bench *bench, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_cores_new (&bench->config, bench->cpus, bench->cpus_count, bench->routers,
                               bench->count, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
test_refused (void)
{
  static const VrCoresLine useless = { -100000, 100000 };
  Bench good, bench;
  bench_init (&good, 2);
  bench = good;
  bench.config.down = 0.95;
  refuse (&bench, "balance: down is 0.95, not 0.01 to 0.89");
  bench = good;
  bench.config.patience = 0;
  refuse (&bench, "patience is 0");
  bench = good;
  bench.routers[1].threads = 9;
  refuse (&bench, "r: threads is 9, not 1 to 8");
  bench = good;
  bench.routers[1].members_most = 0;
  refuse (&bench, "members_most is 0, not 1 to");
  bench = good;
  bench.routers[1].contract_pps = NAN;
  refuse (&bench, "contract_pps is nan");
  bench = good;
  bench.routers[1].lines = &useless;
  refuse (&bench, "forwards nothing with 0.95 of a CPU");
  g_assert_cmpstr (vr_cores_reason_id (VR_CORES_FULL), ==, "full");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cores/staircase", test_staircase);
  g_test_add_func ("/cores/two-staircases", test_two_staircases);
  g_test_add_func ("/cores/no-room-to-fall", test_no_room_to_fall);
  g_test_add_func ("/cores/reservation", test_reservation);
  g_test_add_func ("/cores/hysteresis", test_hysteresis);
  g_test_add_func ("/cores/patience", test_patience);
  g_test_add_func ("/cores/levels", test_levels);
  g_test_add_func ("/cores/caches", test_caches);
  g_test_add_func ("/cores/sharing", test_sharing);
  g_test_add_func ("/cores/room", test_room);
  g_test_add_func ("/cores/no-place", test_no_place);
  g_test_add_func ("/cores/contract", test_contract);
  g_test_add_func ("/cores/fixed", test_fixed);
  g_test_add_func ("/cores/correction", test_correction);
  g_test_add_func ("/cores/moved", test_moved);
  g_test_add_func ("/cores/moved-back", test_moved_back);
  g_test_add_func ("/cores/not-moved", test_not_moved);
  g_test_add_func ("/cores/rest", test_rest);
  g_test_add_func ("/cores/start-moved", test_start_moved);
  g_test_add_func ("/cores/no-time", test_no_time);
  g_test_add_func ("/cores/refused", test_refused);
  return g_test_run ();
}
