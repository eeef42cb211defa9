/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Latencies of several loads, out of files that anybody may have written. */
#include "campaign/vr-latencies.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-error.h"

#define LOADS 3
#define VALUES 20000

typedef struct {
  char *folder, *path;
} Place;

static void
place_open (Place *place)
{
  place->folder = g_dir_make_tmp ("vrkit-test-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "load.json", NULL);
}

static void
place_clear (Place *place)
{
  g_unlink (place->path);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);
  g_free (place->folder);
  g_free (place->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static gboolean
add_text (VrLatencies *latencies, const Place *place, const char *text, GError **error)
{
  g_assert_true (g_file_set_contents (place->path, text, -1, NULL));
  return vr_latencies_add_file (latencies, place->path, error);
}

static char *
load_of (const VrHistogram *histogram, VrJsonStyle style)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.load/1");
  vr_json_add_string (builder, "replay", NULL);
  json_builder_set_member_name (builder, "latency_ns");
  vr_histogram_add_summary (histogram, builder);
  json_builder_set_member_name (builder, "latency_histogram_ns");
  vr_histogram_add_json (histogram, builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, style);
}

static int
compare (gconstpointer one, gconstpointer other)
{
  const guint64 *a = one, *b = other;
  return (*a > *b) - (*a < *b);
}

/* Each stated percentile of the merged ones against the values themselves: not below, and no more
 * than 1/64 above. */
static void
assert_bounds (const VrLatencies *latencies, guint64 *values)
{
  static const double shares[] = { 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
  qsort (values, (gsize) LOADS * VALUES, sizeof *values, compare);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    guint64 rank = (guint64) (shares[i] * LOADS * VALUES + 0.5), true_ns = values[rank - 1];
    guint64 told_ns = vr_histogram_quantile (&latencies->latency_ns, shares[i]);
    g_assert_cmpuint (told_ns, >=, true_ns);
    g_assert_cmpuint (told_ns - true_ns, <=, true_ns / 64);
  }
  g_assert_cmpuint (latencies->latency_ns.min, ==, values[0]);
  g_assert_cmpuint (latencies->latency_ns.max, ==, values[LOADS * VALUES - 1]);
}

static void
test_merge (void)
{
  g_auto (Place) place = { NULL };
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  g_autofree guint64 *values = g_new (guint64, LOADS * VALUES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  place_open (&place);
  for (guint load = 0; load < LOADS; load++) {
    g_autofree VrHistogram *histogram = g_new0 (VrHistogram, 1);
    for (guint i = 0; i < VALUES; i++) {
      guint64 value = (guint64) (1000 * (load + 1) / (1.0001 - g_rand_double (random)));
      values[load * VALUES + i] = value;
      vr_histogram_add (histogram, value);
    }
    g_autofree char *text = load_of (histogram, load == 0 ? VR_JSON_PRETTY : VR_JSON_COMPACT);
    g_assert_true (add_text (latencies, &place, text, &error));
    g_assert_no_error (error);
  }
  g_assert_cmpuint (latencies->loads, ==, LOADS);
  g_assert_cmpuint (latencies->latency_ns.count, ==, LOADS * VALUES);
  assert_bounds (latencies, values);
  /* What is merged is merged again as it is. */
  g_autofree VrLatencies *again = g_new0 (VrLatencies, 1);
  g_autofree char *json = vr_latencies_json (latencies);
  g_assert_true (add_text (again, &place, json, &error));
  g_assert_cmpmem (again, sizeof *again, latencies, sizeof *latencies);
}

/* Several loads in one file, with intervals between. */
static void
test_lines (void)
{
  g_auto (Place) place = { NULL };
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  g_autofree VrHistogram *histogram = g_new0 (VrHistogram, 1);
  g_autoptr (GError) error = NULL;
  place_open (&place);
  vr_histogram_add_times (histogram, 5000, 10);
  g_autofree char *load = load_of (histogram, VR_JSON_COMPACT);
  g_autofree char *text = g_strdup_printf (
      "{\"schema\":\"vrkit.interval/1\"}\n%s\n\n{\"schema\":\"vrkit.sample/1\"}\n%s\n", load, load);
  g_assert_true (add_text (latencies, &place, text, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (latencies->loads, ==, 2);
  g_assert_cmpuint (latencies->latency_ns.count, ==, 20);
  g_autofree char *table = vr_latencies_table (latencies);
  g_assert_nonnull (strstr (table, "loads                 2\nframes               20\n"));
  g_assert_nonnull (strstr (table, "p99.99              5.0\n"));
}

/* The text that HdrHistogram's own programs write of the same values, but for the buckets' widths.
 */
static void
test_distribution (void)
{
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  for (guint i = 1; i <= 10; i++)
    vr_histogram_add (&latencies->latency_ns, i);
  g_autofree char *text = vr_latencies_distribution (latencies);
  g_assert_cmpstr (text, ==,
                   "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                   "       0.001 0.000000000000          1           1.00\n"
                   "       0.001 0.100000000000          1           1.11\n"
                   "       0.002 0.200000000000          2           1.25\n"
                   "       0.003 0.300000000000          3           1.43\n"
                   "       0.004 0.400000000000          4           1.67\n"
                   "       0.005 0.500000000000          5           2.00\n"
                   "       0.006 0.550000000000          6           2.22\n"
                   "       0.006 0.600000000000          6           2.50\n"
                   "       0.007 0.650000000000          7           2.86\n"
                   "       0.007 0.700000000000          7           3.33\n"
                   "       0.008 0.750000000000          8           4.00\n"
                   "       0.008 0.775000000000          8           4.44\n"
                   "       0.008 0.800000000000          8           5.00\n"
                   "       0.009 0.825000000000          9           5.71\n"
                   "       0.009 0.850000000000          9           6.67\n"
                   "       0.009 0.875000000000          9           8.00\n"
                   "       0.009 0.887500000000          9           8.89\n"
                   "       0.009 0.900000000000          9          10.00\n"
                   "       0.010 1.000000000000         10\n"
                   "#[Mean    =        0.005, StdDeviation   =        0.003]\n"
                   "#[Max     =        0.010, Total count    =           10]\n"
                   "#[Buckets =           36, SubBuckets     =          128]");
}

#define LOAD "{\"schema\":\"vrkit.load/1\",\"latency_ns\":"
#define HISTOGRAM(counts)                                                                          \
  LOAD "{},\"latency_histogram_ns\":{\"bits\":6,\"min\":1,\"max\":1,\"sum\":" counts               \
       ",\"counts\":{\"1\":" counts "}}}\n"

static void
test_refused (void)
{
  static const struct {
    const char *text, *says;
  } rows[] = {
    { "", "load.json: there is no result" },
    { "no load\n", "load.json:1: this is no object of JSON" },
    { "{\"schema\":\"vrkit.plan/1\"}", "this is no result of vrkit load --json" },
    { "{\"schema\":\"vrkit.interval/1\"}", "there is no result of vrkit load --json in it" },
    { "{\"schema\":[1]}", "this is no result" },
    { LOAD "null,\"latency_histogram_ns\":null}", "knows no latency" },
    { LOAD "{},\"latency_histogram_ns\":[]}", "knows no latency" },
    { LOAD "{},\"latency_histogram_ns\":{},\"replay\":\"trace.pcap\"}", "knows no latency" },
    { LOAD "{},\"latency_histogram_ns\":{\"bits\":6}}", "no histogram of 6 bits" },
    { HISTOGRAM ("5") "{\n", "load.json:2: this is no object" },
    { HISTOGRAM ("9223372036854775807") HISTOGRAM ("1"), "load.json:2: more latencies than" },
    { "{\"schema\":\xff}", "this is no object" },
  };
  g_auto (Place) place = { NULL };
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  place_open (&place);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (add_text (latencies, &place, rows[i].text, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
    if (strstr (error->message, rows[i].says) == NULL)
      g_error ("\"%s\" does not say \"%s\"", error->message, rows[i].says);
    g_assert_cmpuint (latencies->loads + latencies->latency_ns.count, ==, 0);
  }
}

/* Nested so deep that a parser would run out of stack, also where strings close what is not open.
 */
static void
test_deep (void)
{
  static const char *const starts[]
      = { "", "{\"schema\":\"}}}}}}}}}}}}}}}}}}}}\",\"x\":", "/*\"*/" };
  g_auto (Place) place = { NULL };
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  g_autofree char *deep = g_strnfill (1000000, '[');
  place_open (&place);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    g_autofree char *text = g_strconcat (starts[i], deep, NULL);
    g_autoptr (GError) error = NULL;
    g_assert_false (add_text (latencies, &place, text, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  }
}

/* Files of no end are not read to the end, nor is one that is none. */
static void
test_no_file (void)
{
  static const char *const paths[] = { "/dev/zero", "/nonexistent", "/proc" };
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_latencies_add_file (latencies, paths[i], &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
    g_assert_true (g_str_has_prefix (error->message, paths[i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/latencies/merge", test_merge);
  g_test_add_func ("/latencies/lines", test_lines);
  g_test_add_func ("/latencies/distribution", test_distribution);
  g_test_add_func ("/latencies/refused", test_refused);
  g_test_add_func ("/latencies/deep", test_deep);
  g_test_add_func ("/latencies/no-file", test_no_file);
  return g_test_run ();
}
