/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cores that follow the load, on a simulated host: what must hold holds, and what does not is
 * found. */
#include "control/vr-simulate-balance.h"

#include <string.h>

#include "base/vr-error.h"
#include "config/vr-profile.h"

#define NS_PER_S 1000000000ull

static VrLab *
lab_with (const char *balance)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("[lab]\nname = x\n[port left]\ndevice = test\n"
                                           "[pvr r]\nmembers = 1\ninterface = left\n"
                                           "[balance]\nrouters = r\n%s",
                                           balance);
  VrLab *lab = vr_profile_parse (text, strlen (text), "x.conf", &error);
  g_assert_no_error (error);
  return lab;
}

/* An hour of 30 routers, of which all have room. */
static VrSimulateBalanceSpec
small_spec (const VrLab *lab, guint64 seed)
{
  VrSimulateBalanceSpec spec = vr_simulate_balance_spec_default ();
  spec.settings = lab->follow;
  spec.routers = 30;
  spec.cores = 48;
  spec.duration_ns = 3600 * NS_PER_S;
  spec.seed = seed;
  return spec;
}

static VrSimulateBalanceResult *
simulate (const VrSimulateBalanceSpec *spec)
{
  g_autoptr (GError) error = NULL;
  VrSimulateBalanceResult *result = vr_simulate_balance_run (spec, &error);
  g_assert_no_error (error);
  return result;
}

static void
holds (const char *balance, gboolean members)
{
  g_autoptr (VrLab) lab = lab_with (balance);
  for (guint64 seed = 1; seed <= 3; seed++) {
    VrSimulateBalanceSpec spec = small_spec (lab, seed);
    g_autoptr (VrSimulateBalanceResult) result = simulate (&spec);
    g_assert_cmpstr (result->first, ==, NULL);
    g_assert_cmpuint (result->looked_at[VR_SIMULATE_BALANCE_ROOM], ==,
                      result->periods * spec.cores);
    g_assert_cmpuint (result->looked_at[VR_SIMULATE_BALANCE_CONTRACT], ==,
                      result->periods * spec.routers);
    g_assert_cmpuint (result->looked_at[VR_SIMULATE_BALANCE_FOLLOWS], >, 10000);
    g_assert_cmpuint (result->looked_at[VR_SIMULATE_BALANCE_RETURNS], >, 10000);
    g_assert_cmpuint (result->looked_at[VR_SIMULATE_BALANCE_OSCILLATION], >, 500);
    g_assert_cmpuint (result->changes, >, 100);
    g_assert_cmpint (result->member_changes > 10, ==, members);
    g_assert_cmpfloat (result->reserved_mean, <, result->reserved_most);
  }
}

static void
test_holds (void)
{
  holds ("policy = dynamic\n", FALSE);
  holds ("policy = dynamic\nperiod = 500ms\nstep = 10%\n", FALSE);
  holds ("policy = dynamic\nmost-members = 4\n", TRUE);
}

/* Too many routers: contracts are kept, and what has no room is told. */
static void
test_full (void)
{
  g_autoptr (VrLab) lab = lab_with ("policy = dynamic\nmost-members = 4\n");
  VrSimulateBalanceSpec spec = small_spec (lab, 2);
  spec.cores = 14;
  g_autoptr (VrSimulateBalanceResult) result = simulate (&spec);
  g_assert_cmpstr (result->first, ==, NULL);
  g_assert_cmpuint (result->reasons[VR_CORES_FULL], >, 1000);
}

/* Ten minutes of 1,000 routers on 256 cores, not all of which have room for all that they should:
 * cores go elsewhere for others, and come to rest. */
static void
test_moves (void)
{
  g_autoptr (VrLab) lab = lab_with ("policy = dynamic\nstep = 10%\n");
  VrSimulateBalanceSpec spec = small_spec (lab, 1);
  spec.routers = 1000;
  spec.cores = 256;
  spec.duration_ns = 600 * NS_PER_S;
  g_autoptr (VrSimulateBalanceResult) result = simulate (&spec);
  g_assert_cmpstr (result->first, ==, NULL);
  g_assert_cmpuint (result->moves, >, 10);
  g_assert_cmpuint (result->looked_at[VR_SIMULATE_BALANCE_MOVES], ==, 2 * result->moves);
}

static void
breaks (const char *balance, double noise, VrSimulateBalanceRule rule)
{
  g_autoptr (VrLab) lab = lab_with (balance);
  VrSimulateBalanceSpec spec = small_spec (lab, 1);
  spec.noise = noise;
  g_autoptr (VrSimulateBalanceResult) result = simulate (&spec);
  g_assert_cmpuint (result->broken[rule], >, 0);
  g_assert_false (vr_simulate_balance_result_is_good (result));
  g_assert_nonnull (result->first);
}

/* An average that goes too slowly leaves routers behind; thresholds that nearly meet, and no
 * average, have them go to and fro. */
static void
test_breaks (void)
{
  breaks ("policy = dynamic\nweight = 1%\n", 0.02, VR_SIMULATE_BALANCE_FOLLOWS);
  breaks ("policy = dynamic\nweight = 100%\npatience = 1\nup = 90%\ndown = 89%\nstep = 3%\n", 0.2,
          VR_SIMULATE_BALANCE_OSCILLATION);
}

static void
test_same_seed (void)
{
  g_autoptr (VrLab) lab = lab_with ("policy = dynamic\n");
  VrSimulateBalanceSpec spec = small_spec (lab, 11);
  g_autoptr (VrSimulateBalanceResult) first = simulate (&spec), second = simulate (&spec);
  g_autofree char *one = vr_simulate_balance_result_json (first);
  g_autofree char *other = vr_simulate_balance_result_json (second);
  g_assert_cmpstr (one, ==, other);
  spec.seed = 12;
  g_autoptr (VrSimulateBalanceResult) third = simulate (&spec);
  g_assert_cmpfloat (third->offered, !=, first->offered);
}

static void
refused (const VrSimulateBalanceSpec *spec, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_simulate_balance_run (spec, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  if (strstr (error->message, text) == NULL)
    g_error ("%s: not in: %s", text, error->message);
}

static void
test_refused (void)
{
  g_autoptr (VrLab) lab = lab_with ("policy = dynamic\n");
  g_autoptr (VrLab) fixed = lab_with ("policy = fixed\n");
  const VrSimulateBalanceSpec good = small_spec (lab, 1);
  VrSimulateBalanceSpec spec = good;
  spec.settings = fixed->follow;
  refused (&spec, "--balance=x.conf: with policy = fixed nothing follows the load");
  spec = good;
  spec.cores = 2;
  refused (&spec, "--cores=2: not even the contracts of 30 routers have room there");
  spec = good;
  spec.falsify = 0.6;
  refused (&spec, "--falsify=0.6: 0 to 0.5");
  spec = good;
  spec.duration_ns = NS_PER_S / 2;
  refused (&spec, "--duration: a period at least");
  spec = good;
  spec.routers = 10000;
  spec.duration_ns = 24 * 3600 * NS_PER_S;
  refused (&spec, "10000 routers for 86400 periods: would take hours");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulate-balance/holds", test_holds);
  g_test_add_func ("/simulate-balance/full", test_full);
  g_test_add_func ("/simulate-balance/moves", test_moves);
  g_test_add_func ("/simulate-balance/breaks", test_breaks);
  g_test_add_func ("/simulate-balance/same-seed", test_same_seed);
  g_test_add_func ("/simulate-balance/refused", test_refused);
  return g_test_run ();
}
