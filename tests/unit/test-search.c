/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searches over simulated devices: what each method finds, whatever the limit is. */
#include "unit/search-fixture.h"

#include "base/vr-error.h"

#define SEEDS 300

/* --- What every method must do ------------------------------------------------------------------
 */

/* A sharp limit lies between the bounds, as near as was asked for; with loss allowed, the rate does
 * at which just so much is lost. */
static void
check_sharp (const VrSearchMethod *method, guint64 seed)
{
  guint64 random = seed, upper_pps = 1000 + vr_random_below (&random, 10000000);
  VrSearchSettings settings = settings_of (method, 1 + upper_pps / 200, upper_pps);
  Device device = { .limit_pps = (double) settings.lower_pps
                                 + vr_random_share (&random)
                                       * (double) (upper_pps - settings.lower_pps) * 0.99 };
  if (seed % 2 == 0)
    settings.width = (VrSearchWidth){ .rate_pps = 1 + vr_random_below (&random, upper_pps / 20) };
  if (seed % 3 == 0) {
    settings.loss_ratios[0] = vr_random_share (&random) * 0.01;
    settings.loss_ratios[1] = settings.loss_ratios[0] + 0.01;
  }
  g_autoptr (VrSearch) search = search_device (method, &settings, &device, 2000);
  for (guint i = 0; i < settings.goals_count; i++) {
    VrSearchBounds bounds = vr_search_bounds (search, i);
    double limit_pps = device.limit_pps / (1 - settings.loss_ratios[i]);
    g_assert_cmpfloat ((double) bounds.lower_pps, <=, limit_pps * (1 + 1e-9));
    if (bounds.upper_pps == 0) {
      g_assert_cmpuint (bounds.lower_pps, ==, upper_pps);
      continue;
    }
    g_assert_cmpfloat ((double) bounds.upper_pps, >=, limit_pps * (1 - 1e-9));
    g_assert_true (bounds.is_narrow);
    g_assert_cmpuint (bounds.upper_pps - bounds.lower_pps, <=,
                      vr_search_width_pps (&settings, bounds.upper_pps));
    g_assert_cmpfloat (bounds.throughput_pps, <=, device.limit_pps * (1 + 1e-9));
    g_assert_cmpfloat (bounds.throughput_pps, >=,
                       (double) bounds.lower_pps * (1 - settings.loss_ratios[i]) - 1);
    g_assert_false (bounds.upper_by_tester);
  }
}

/* Where the limit wavers, some limit that a trial may have had lies between the bounds. */
static void
check_wavering (const VrSearchMethod *method, guint64 seed)
{
  VrSearchSettings settings = settings_of (method, 1000, 1000000);
  Device device = { .limit_pps = 5000 + (double) (seed * 3000), .noise = 0.02, .random = seed };
  g_autoptr (VrSearch) search = search_device (method, &settings, &device, 5000);
  VrSearchBounds bounds = vr_search_bounds (search, 0);
  g_assert_cmpfloat ((double) bounds.lower_pps, <=, device.limit_pps * 1.02);
  g_assert_cmpfloat ((double) bounds.upper_pps, >=, device.limit_pps * 0.98);
  g_assert_true (bounds.is_narrow);
}

/* The same seed gives the same trials. */
static void
check_repeatable (const VrSearchMethod *method, guint64 seed)
{
  VrSearchSettings settings = settings_of (method, 1000, 1000000);
  VrSearchBounds bounds[2];
  Device devices[2];
  for (guint i = 0; i < 2; i++) {
    devices[i] = (Device){ .limit_pps = 100000, .noise = 0.1, .random = seed };
    g_autoptr (VrSearch) search = search_device (method, &settings, &devices[i], 5000);
    bounds[i] = vr_search_bounds (search, 0);
  }
  g_assert_cmpuint (devices[0].trials, ==, devices[1].trials);
  g_assert_cmpuint (devices[0].random, ==, devices[1].random);
  g_assert_cmpuint (bounds[0].lower_pps, ==, bounds[1].lower_pps);
}

/* Nothing is too much, everything is, and there is but one rate. */
static void
check_ends (const VrSearchMethod *method)
{
  VrSearchSettings settings = settings_of (method, 1000, 64000);
  Device fast = { .limit_pps = 1e9 }, slow = { .limit_pps = 900 };
  g_autoptr (VrSearch) all = search_device (method, &settings, &fast, 100);
  VrSearchBounds bounds = vr_search_bounds (all, 0);
  g_assert_cmpuint (bounds.lower_pps, ==, 64000);
  g_assert_cmpuint (bounds.upper_pps, ==, 0);
  g_assert_cmpfloat (bounds.throughput_pps, ==, 64000);
  g_assert_false (bounds.is_narrow);

  g_autoptr (VrSearch) none = search_device (method, &settings, &slow, 1000);
  bounds = vr_search_bounds (none, 0);
  g_assert_cmpuint (bounds.lower_pps, ==, 0);
  g_assert_cmpuint (bounds.upper_pps, ==, 1000);
  g_assert_cmpfloat (bounds.throughput_pps, ==, 0);

  settings.upper_pps = 1000;
  slow = (Device){ .limit_pps = 900 };
  g_autoptr (VrSearch) one = search_device (method, &settings, &slow, 100);
  bounds = vr_search_bounds (one, 0);
  g_assert_cmpuint (bounds.lower_pps, ==, 0);
  g_assert_cmpuint (bounds.upper_pps, ==, 1000);
}

/* What the tester cannot send is an upper bound by the tester, also where the device lost; and it
 * takes as many trials as were asked for to say so. */
static void
check_tester (const VrSearchMethod *method)
{
  VrSearchSettings settings = settings_of (method, 1000, 1000000);
  Device device = { .limit_pps = 500000, .tester_pps = 200000 };
  settings.tester_tries = 2;
  g_autoptr (VrSearch) search = search_device (method, &settings, &device, 1000);
  VrSearchBounds bounds = vr_search_bounds (search, 0);
  g_assert_true (bounds.upper_by_tester && bounds.is_narrow);
  g_assert_cmpuint (bounds.lower_pps, <=, 200000);
  g_assert_cmpuint (bounds.upper_pps, >, 200000);
  g_assert_cmpfloat (bounds.throughput_pps, ==, (double) bounds.lower_pps);

  device = (Device){ .limit_pps = 150000, .tester_pps = 200000 };
  g_autoptr (VrSearch) below = search_device (method, &settings, &device, 1000);
  bounds = vr_search_bounds (below, 0);
  g_assert_false (bounds.upper_by_tester);
  g_assert_cmpuint (bounds.lower_pps, <=, 150000);
  g_assert_cmpuint (bounds.upper_pps, >=, 150000);

  /* Held up twice in three trials, and not believed. */
  device = (Device){ .limit_pps = 150000, .tester_fails = 3 };
  settings.tester_tries = 3;
  g_autoptr (VrSearch) held_up = search_device (method, &settings, &device, 1000);
  bounds = vr_search_bounds (held_up, 0);
  g_assert_false (bounds.upper_by_tester);
  g_assert_cmpuint (bounds.upper_pps, >=, 150000);
}

static void
test_method (gconstpointer data)
{
  const VrSearchMethod *method = data;
  for (guint64 seed = 1; seed <= SEEDS; seed++) {
    check_sharp (method, seed);
    check_wavering (method, seed);
  }
  check_repeatable (method, 7);
  check_ends (method);
  check_tester (method);
}

/* --- Binary search ------------------------------------------------------------------------------
 */

static void
test_rfc2544_steps (void)
{
  static const guint64 wanted[] = { 1000, 100, 550, 325, 437, 493 };
  const VrSearchMethod *method = method_of ("rfc2544");
  VrSearchSettings settings = settings_of (method, 100, 1000);
  Device device = { .limit_pps = 500 };
  settings.width = (VrSearchWidth){ .rate_pps = 60 };
  g_autoptr (VrSearch) search = vr_search_new (method, &settings, NULL);
  VrSearchStep step;
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_assert_true (vr_search_next (search, &step));
    g_assert_cmpuint (step.rate_pps, ==, wanted[i]);
    g_assert_cmpuint (step.duration_ns, ==, 60 * S);
    VrSearchOutcome outcome = device_try (&device, &step);
    g_assert_cmpint (vr_search_take (search, &outcome), ==, VR_SEARCH_COUNTED);
  }
  g_assert_false (vr_search_next (search, &step));
  VrSearchBounds bounds = vr_search_bounds (search, 0);
  g_assert_cmpuint (bounds.lower_pps, ==, 493);
  g_assert_cmpuint (bounds.upper_pps, ==, 550);
}

/* A rate that loses when it is first tried, and not when it is tried again. */
static void
test_recovery (void)
{
  Device device = { .limit_pps = 50000, .recovers = TRUE };
  const VrSearchMethod *rfc2544 = method_of ("rfc2544"), *tst009 = method_of ("tst009");
  VrSearchSettings settings = settings_of (rfc2544, 1000, 100000);
  g_autoptr (VrSearch) fooled = search_device (rfc2544, &settings, &device, 100);
  g_assert_cmpuint (vr_search_bounds (fooled, 0).lower_pps, <, 49000);

  settings = settings_of (tst009, 1000, 100000);
  device = (Device){ .limit_pps = 50000, .recovers = TRUE };
  g_autoptr (VrSearch) search = search_device (tst009, &settings, &device, 100);
  g_assert_cmpuint (vr_search_bounds (search, 0).lower_pps, >=, 49500);
  g_assert_cmpuint (vr_search_bounds (search, 0).lower_pps, <=, 50000);
  g_assert_cmpuint (vr_search_bounds (search, 0).upper_pps, >, 50000);

  /* Loss that is too much to be verified counts at once. */
  settings.verify_ratio = 0.4;
  device = (Device){ .limit_pps = 50000, .recovers = TRUE };
  g_autoptr (VrSearch) strict = search_device (tst009, &settings, &device, 100);
  g_assert_cmpuint (vr_search_bounds (strict, 0).lower_pps, <, 49000);
}

static void
test_tst009_repeats (void)
{
  const VrSearchMethod *method = method_of ("tst009");
  VrSearchSettings settings = settings_of (method, 1000, 8000);
  VrSearchOutcome lossy = { .loss_ratio = 0.1 }, whole = { .loss_ratio = 0 };
  VrSearchStep step;
  settings.max_repeat = 3;
  g_autoptr (VrSearch) search = vr_search_new (method, &settings, NULL);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (vr_search_next (search, &step));
    g_assert_cmpuint (step.rate_pps, ==, 8000);
    g_assert_cmpuint (vr_search_bounds (search, 0).upper_pps, ==, 0);
    vr_search_take (search, &lossy);
  }
  g_assert_cmpuint (vr_search_bounds (search, 0).upper_pps, ==, 8000);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (vr_search_next (search, &step));
    g_assert_cmpuint (step.rate_pps, ==, 1000);
    vr_search_take (search, i < 2 ? &lossy : &whole);
  }
  g_assert_cmpuint (vr_search_bounds (search, 0).lower_pps, ==, 1000);
  g_assert_true (vr_search_next (search, &step));
  g_assert_cmpuint (step.rate_pps, ==, 4500);
}

/* --- Settings -----------------------------------------------------------------------------------
 */

static void
check_refused (const char *name, const VrSearchSettings *settings, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_search_new (method_of (name), settings, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_nonnull (g_strstr_len (error->message, -1, message));
}

static void
test_refused (void)
{
  VrSearchSettings good = settings_of (method_of ("mlr"), 10, 1000), bad = good;
  bad.lower_pps = 1001;
  check_refused ("mlr", &bad, "the lower rate of 1001/s is above the upper of 1000/s");
  bad.lower_pps = 0;
  check_refused ("mlr", &bad, "a lower rate of 0");
  bad = good;
  bad.width = (VrSearchWidth){ 0 };
  check_refused ("mlr", &bad, "a width is above 0");
  bad.width = (VrSearchWidth){ .ratio = 1 };
  check_refused ("mlr", &bad, "a width is above 0");
  bad.width = (VrSearchWidth){ .ratio = 0.1, .rate_pps = 1 };
  check_refused ("mlr", &bad, "a width is above 0");
  bad = good;
  bad.loss_ratios[1] = 1;
  check_refused ("mlr", &bad, "a loss ratio of 1: from 0 to below 1");
  bad.loss_ratios[1] = 0;
  check_refused ("mlr", &bad, "each once, and in ascending order");
  bad.goals_count = 0;
  check_refused ("mlr", &bad, "takes from 1 to 8");
  check_refused ("rfc2544", &good, "2 loss ratios: method rfc2544 takes from 1 to 1");
  bad = good;
  bad.initial_ns = 2 * S;
  check_refused ("mlr", &bad, "the initial trials of 2 s are longer than the final of 1 s");
  bad = good;
  bad.sum_ns = S / 2;
  check_refused ("mlr", &bad, "the duration sum of 0.5 s is less than a trial of 1 s");
  bad = good;
  bad.exceed_ratio = 1;
  check_refused ("mlr", &bad, "an exceed ratio of 1");
  bad = good;
  bad.trial_ns = 0;
  check_refused ("mlr", &bad, "a trial takes some time");
  bad = good;
  bad.tester_tries = 0;
  check_refused ("mlr", &bad, "0 trials at a rate");
}

static void
test_no_method (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_search_method ("guess", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_cmpstr (error->message, ==, "no method \"guess\": there are rfc2544, tst009, mlr");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (const VrSearchMethod *const *m = vr_search_methods (); *m != NULL; m++) {
    g_autofree char *path = g_strdup_printf ("/search/%s", (*m)->name);
    g_test_add_data_func (path, *m, test_method);
  }
  g_test_add_func ("/search/rfc2544-steps", test_rfc2544_steps);
  g_test_add_func ("/search/recovery", test_recovery);
  g_test_add_func ("/search/tst009-repeats", test_tst009_repeats);
  g_test_add_func ("/search/refused", test_refused);
  g_test_add_func ("/search/no-method", test_no_method);
  return g_test_run ();
}
