/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiple loss ratio search over simulated devices that do not always do the same. */
#include "unit/search-fixture.h"

#define SEEDS 100

static double
knee_of (double loss_ratio, double limit_pps)
{
  return limit_pps / (1 - loss_ratio);
}

/* Every seventh trial loses, whatever its rate: one trial a rate does not find the limit, many do.
 */
static void
test_spikes (void)
{
  const VrSearchMethod *mlr = method_of ("mlr"), *rfc2544 = method_of ("rfc2544");
  guint fooled = 0;
  for (guint64 seed = 1; seed <= SEEDS; seed++) {
    VrSearchSettings settings = settings_of (mlr, 1000, 1000000);
    Device device = { .limit_pps = 200000, .spikes = 1.0 / 7, .random = seed };
    g_autoptr (VrSearch) search = search_device (mlr, &settings, &device, 2000);
    for (guint i = 0; i < 2; i++) {
      VrSearchBounds bounds = vr_search_bounds (search, i);
      double knee_pps = knee_of (settings.loss_ratios[i], device.limit_pps);
      g_assert_cmpfloat ((double) bounds.lower_pps, <=, knee_pps);
      g_assert_cmpfloat ((double) bounds.upper_pps, >=, knee_pps);
      g_assert_true (bounds.is_narrow);
    }
    settings = settings_of (rfc2544, 1000, 1000000);
    device.random = seed;
    g_autoptr (VrSearch) plain = search_device (rfc2544, &settings, &device, 100);
    fooled += vr_search_bounds (plain, 0).lower_pps < 190000;
  }
  g_assert_cmpuint (fooled, >, SEEDS / 4);
}

/* With a goal of one trial and no exceeding it finds what RFC 2544's binary search does, in fewer
 * trials at most rates. */
static void
test_as_rfc2544 (void)
{
  const VrSearchMethod *mlr = method_of ("mlr");
  for (guint64 seed = 1; seed <= SEEDS; seed++) {
    VrSearchSettings settings = settings_of (mlr, 1000, 1000000);
    Device device = { .limit_pps = 1500 + (double) seed * 9900 };
    settings.goals_count = 1;
    settings.trial_ns = settings.initial_ns = settings.sum_ns = 60 * S;
    settings.exceed_ratio = 0;
    g_autoptr (VrSearch) search = search_device (mlr, &settings, &device, 20);
    VrSearchBounds bounds = vr_search_bounds (search, 0);
    g_assert_cmpfloat ((double) bounds.lower_pps, <=, device.limit_pps);
    g_assert_cmpfloat ((double) bounds.upper_pps, >, device.limit_pps);
    g_assert_cmpfloat (bounds.throughput_pps, ==, (double) bounds.lower_pps);
    g_assert_true (bounds.is_narrow);
  }
}

/* Short trials first: less time than with long ones from the start, and the same found. */
static void
test_initial (void)
{
  const VrSearchMethod *mlr = method_of ("mlr");
  VrSearchSettings settings = settings_of (mlr, 1000, 1000000);
  Device device = { .limit_pps = 123456 }, quick = device;
  settings.trial_ns = settings.initial_ns = 60 * S;
  settings.sum_ns = 60 * S;
  g_autoptr (VrSearch) search = search_device (mlr, &settings, &device, 100);
  settings.initial_ns = S;
  g_autoptr (VrSearch) short_first = search_device (mlr, &settings, &quick, 200);
  g_assert_cmpuint (quick.sent_ns, <, device.sent_ns);
  for (guint i = 0; i < 2; i++) {
    VrSearchBounds bounds = vr_search_bounds (short_first, i);
    g_assert_cmpfloat ((double) bounds.lower_pps, <=, knee_of (settings.loss_ratios[i], 123456));
    g_assert_cmpfloat ((double) bounds.upper_pps, >=, knee_of (settings.loss_ratios[i], 123456));
    g_assert_true (bounds.is_narrow);
  }
}

/* Several goals share their trials: less than a search for each. */
static void
test_shared (void)
{
  const VrSearchMethod *mlr = method_of ("mlr");
  VrSearchSettings settings = settings_of (mlr, 1000, 1000000);
  Device both = { .limit_pps = 123456 }, one = both, other = both;
  g_autoptr (VrSearch) search = search_device (mlr, &settings, &both, 200);
  settings.goals_count = 1;
  g_autoptr (VrSearch) first = search_device (mlr, &settings, &one, 200);
  settings.loss_ratios[0] = settings.loss_ratios[1];
  g_autoptr (VrSearch) second = search_device (mlr, &settings, &other, 200);
  g_assert_cmpuint (both.trials, <, one.trials + other.trials);
  g_assert_cmpuint (vr_search_bounds (search, 0).lower_pps, <,
                    vr_search_bounds (search, 1).lower_pps);
}

/* With loss that is allowed, what comes through is told, not what was offered. */
static void
test_throughput (void)
{
  const VrSearchMethod *mlr = method_of ("mlr");
  VrSearchSettings settings = settings_of (mlr, 1000, 1000000);
  Device device = { .limit_pps = 100000 };
  settings.loss_ratios[1] = 0.2;
  g_autoptr (VrSearch) search = search_device (mlr, &settings, &device, 200);
  VrSearchBounds bounds = vr_search_bounds (search, 1);
  g_assert_cmpuint (bounds.lower_pps, >, 120000);
  g_assert_cmpfloat_with_epsilon (bounds.throughput_pps, 100000, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search-mlr/spikes", test_spikes);
  g_test_add_func ("/search-mlr/as-rfc2544", test_as_rfc2544);
  g_test_add_func ("/search-mlr/initial", test_initial);
  g_test_add_func ("/search-mlr/shared", test_shared);
  g_test_add_func ("/search-mlr/throughput", test_throughput);
  return g_test_run ();
}
