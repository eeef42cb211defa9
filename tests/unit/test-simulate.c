/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The controller on a simulated host: what must hold holds, and what does not is found. */
#include "control/vr-simulate.h"

#include <string.h>

#include <glib/gstdio.h>

#include "base/vr-error.h"

#define NS_PER_S 1000000000ull

/* An hour of 60 tenants on 15 cores. */
static VrSimulateSpec
small_spec (guint64 seed)
{
  VrSimulateSpec spec = vr_simulate_spec_default ();
  spec.tenants = 60;
  spec.cores = 15;
  spec.duration_ns = 3600 * NS_PER_S;
  spec.seed = seed;
  return spec;
}

static VrSimulateResult *
simulate (const VrSimulateSpec *spec)
{
  g_autoptr (GError) error = NULL;
  VrSimulateResult *result = vr_simulate_run (spec, &error);
  g_assert_no_error (error);
  return result;
}

static void
holds (const VrSimulateSpec *spec)
{
  g_autoptr (VrSimulateResult) result = simulate (spec);
  g_assert_cmpstr (result->first, ==, NULL);
  g_assert_cmpuint (result->looked_at[VR_SIMULATE_CAPACITY], ==, result->periods * spec->cores);
  g_assert_cmpuint (result->looked_at[VR_SIMULATE_BOUNDS], ==, result->periods * spec->tenants);
  g_assert_cmpuint (result->looked_at[VR_SIMULATE_CONTRACT], >, 100);
  g_assert_cmpuint (result->looked_at[VR_SIMULATE_OSCILLATION], >, 100);
  g_assert_cmpfloat (result->worst, >=, 0.98);
  g_assert_cmpuint (result->problems[3], ==, spec->tenants); /* the leap */
}

static void
test_holds (void)
{
  for (guint64 seed = 1; seed <= 3; seed++) {
    VrSimulateSpec spec = small_spec (seed);
    holds (&spec);
  }
}

static void
test_periods (void)
{
  static const guint64 periods_ns[] = { NS_PER_S / 10, NS_PER_S / 2, 3 * NS_PER_S };
  for (guint i = 0; i < G_N_ELEMENTS (periods_ns); i++) {
    VrSimulateSpec spec = small_spec (7);
    spec.period_ns = periods_ns[i];
    spec.duration_ns = 600 * NS_PER_S + 400 * periods_ns[i];
    holds (&spec);
  }
}

/* Cores that are far too full: what there is is divided fairly. */
static void
test_short (void)
{
  VrSimulateSpec spec = small_spec (3);
  spec.fill = 1;
  spec.shortage = 1;
  spec.faults = 0;
  spec.duration_ns = 3 * 3600 * NS_PER_S;
  g_autoptr (VrSimulateResult) result = simulate (&spec);
  g_assert_cmpstr (result->first, ==, NULL);
  g_assert_cmpuint (result->looked_at[VR_SIMULATE_FAIRNESS], >, 100);
  g_assert_cmpuint (result->windows_short, >, 100);
}

/* Without the controller's loop, calibrations that are off are found out: so the rules find what is
 * wrong; and with calibrations that are true they hold. */
static void
test_open_loop (void)
{
  VrSimulateSpec spec = small_spec (1);
  spec.is_open_loop = TRUE;
  g_autoptr (VrSimulateResult) result = simulate (&spec);
  g_assert_nonnull (result->first);
  g_assert_cmpuint (result->broken[VR_SIMULATE_CONTRACT], >, 50);
  g_assert_cmpuint (result->broken[VR_SIMULATE_LIMIT], >, 50);
  g_assert_cmpfloat (result->worst, <, 0.8);
  spec.falsify = 0;
  spec.noise = 0;
  g_autoptr (VrSimulateResult) exact = simulate (&spec);
  g_assert_cmpstr (exact->first, ==, NULL);
}

static void
test_same_seed (void)
{
  VrSimulateSpec spec = small_spec (11);
  g_autoptr (VrSimulateResult) first = simulate (&spec);
  g_autoptr (VrSimulateResult) second = simulate (&spec);
  g_autofree char *one = vr_simulate_result_json (first), *other = vr_simulate_result_json (second);
  g_assert_cmpstr (one, ==, other);
  spec.seed = 12;
  g_autoptr (VrSimulateResult) third = simulate (&spec);
  g_assert_cmpfloat (third->offered, !=, first->offered);
}

/* --- Recorded -----------------------------------------------------------------------------------
 */

static VrSimulateRecord *
record_of (const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "vrkit-record-XXXXXX", NULL);
  gint descriptor = g_mkstemp (path);
  g_assert_cmpint (descriptor, >=, 0);
  g_assert_true (g_close (descriptor, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  VrSimulateRecord *record = vr_simulate_record_read (path, 3, error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  return record;
}

static void
test_record (void)
{
  g_autoptr (VrSimulateRecord) record = record_of (
      "time_s,tenant,offered_pps\n0,b,1000\n0,a,3e4\r\n\n600.5,b,3000\n600.5,a,0\n", NULL);
  g_assert_cmpuint (record->rows->len, ==, 4);
  g_assert_cmpuint (record->names->len, ==, 2);
  g_assert_cmpstr (record->names->pdata[0], ==, "b");
  g_autofree double *means = vr_simulate_record_means (record);
  g_assert_cmpfloat (means[0], ==, 2000);
  g_assert_cmpfloat (means[1], ==, 15000);
  VrSimulateSpec spec = vr_simulate_spec_default ();
  spec.record = record;
  spec.cores = 1;
  spec.faults = spec.shortage = 0;
  spec.duration_ns = 1200 * NS_PER_S;
  g_autoptr (VrSimulateResult) result = simulate (&spec);
  g_assert_cmpstr (result->first, ==, NULL);
  g_assert_cmpuint (result->spec.tenants, ==, 2);
  /* 601 periods begin by 600.5 s; of what b is offered then, its contract has 2000. */
  g_assert_cmpfloat (result->offered, ==, 601 * 31000.0 + 599 * 3000.0);
  g_assert_cmpfloat (result->contracted, <, 601 * 16000.0 + 599 * 2000.0 + 1000);
}

static void
refuse_record (const char *text, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (record_of (text, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
test_bad_records (void)
{
  refuse_record ("", "no line with a load");
  refuse_record ("time_s,tenant,offered_pps\n", "no line with a load");
  refuse_record ("0,a,1\ntime_s,tenant,offered_pps\n", ":2: \"time_s\": a time in seconds");
  refuse_record ("0,a\n", ":1: \"0,a\": three fields are wanted");
  refuse_record ("0,a,1,2\n", "three fields are wanted");
  refuse_record ("0,a,1\n-1,a,1\n", ":2: \"-1\": a time in seconds");
  refuse_record ("0,a,x\n", "\"x\": packets a second are wanted");
  refuse_record ("0,a,nan\n", "packets a second are wanted");
  refuse_record ("0,a,1e10\n", "packets a second are wanted, up to 1000000000");
  refuse_record ("0,,1\n", "a tenant's name is wanted");
  refuse_record ("0,\xff,1\n", "a tenant's name is wanted");
  refuse_record ("5,a,1\n4,a,1\n", ":2: \"4\": the line before is of a later time");
  refuse_record ("0,a,1\n0,b,1\n0,c,1\n0,d,1\n", ":4: there are more than 3 tenants");
  g_autofree char *row = g_strnfill (300, '1');
  refuse_record (row, ":1: \"1111");
  g_autofree char *long_row = g_strdup_printf ("0,a,1\n%s\n0,a,1\n", row);
  refuse_record (long_row, "longer than 200 bytes");
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_simulate_record_read ("/nonexistent/load.csv", 3, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_autoptr (GError) other = NULL;
  g_assert_null (vr_simulate_record_read ("/", 3, &other));
  g_assert_error (other, VR_ERROR, VR_ERROR_USAGE);
}

static void
refuse (const VrSimulateSpec *spec, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_simulate_run (spec, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
test_bad_specs (void)
{
  const VrSimulateSpec good = small_spec (1);
  VrSimulateSpec spec = good;
  spec.tenants = 0;
  refuse (&spec, "--tenants=0: 1 to 100000");
  spec = good;
  spec.tenants = 1501;
  refuse (&spec, "1501 tenants on 15 cores: a core has room for 100");
  spec.cores = 0;
  refuse (&spec, "--cores=0: 1 to 4096");
  spec = good;
  spec.period_ns = 99000000;
  refuse (&spec, "--period: 100ms to 10s");
  spec = good;
  spec.duration_ns = NS_PER_S - 1;
  refuse (&spec, "--duration");
  spec.duration_ns = 366 * 24 * 3600 * NS_PER_S;
  refuse (&spec, "--duration");
  spec.duration_ns -= 24 * 3600 * NS_PER_S;
  spec.tenants = 1500;
  refuse (&spec, "would take hours");
  spec = good;
  spec.fill = 1.1;
  refuse (&spec, "--fill=1.1: 0.01 to 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulate/holds", test_holds);
  g_test_add_func ("/simulate/periods", test_periods);
  g_test_add_func ("/simulate/short", test_short);
  g_test_add_func ("/simulate/open-loop", test_open_loop);
  g_test_add_func ("/simulate/same-seed", test_same_seed);
  g_test_add_func ("/simulate/record", test_record);
  g_test_add_func ("/simulate/bad-records", test_bad_records);
  g_test_add_func ("/simulate/bad-specs", test_bad_specs);
  return g_test_run ();
}
