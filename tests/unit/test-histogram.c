/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms against the exact answer: buckets, quantiles, merging, and the way through JSON. */
#include "base/vr-error.h"
#include "base/vr-json.h"
#include "traffic/vr-histogram.h"

static void
test_buckets (void)
{
  guint64 last = (1ull << VR_HISTOGRAM_VALUE_BITS) - 1;
  for (guint i = 0; i + 1 < VR_HISTOGRAM_BUCKETS; i++) {
    guint64 least = vr_histogram_least (i), next = vr_histogram_least (i + 1);
    g_assert_cmpuint (least, <, next);
    g_assert_cmpuint (vr_histogram_bucket (least), ==, i);
    g_assert_cmpuint (vr_histogram_bucket (next - 1), ==, i);
    g_assert_cmpuint ((next - least - 1) * 64, <=, least);
  }
  g_assert_cmpuint (vr_histogram_bucket (last), ==, VR_HISTOGRAM_BUCKETS - 1);
  g_assert_cmpuint (vr_histogram_bucket (last + 1), ==, VR_HISTOGRAM_BUCKETS - 1);
  g_assert_cmpuint (vr_histogram_bucket (G_MAXUINT64), ==, VR_HISTOGRAM_BUCKETS - 1);
}

static void
test_empty (void)
{
  g_autofree VrHistogram *histogram = g_new0 (VrHistogram, 1);
  g_autofree VrHistogram *other = g_new0 (VrHistogram, 1);
  vr_histogram_merge (histogram, other);
  g_assert_cmpuint (vr_histogram_mean (histogram), ==, 0);
  g_assert_cmpuint (vr_histogram_quantile (histogram, 0.99), ==, 0);
  g_assert_cmpuint (vr_histogram_quantile (histogram, 1), ==, 0);
  vr_histogram_add (other, 77);
  vr_histogram_merge (histogram, other);
  g_assert_cmpuint (histogram->min, ==, 77);
  g_assert_cmpuint (vr_histogram_quantile (histogram, 0.0001), ==, 77);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  guint64 left = *(const guint64 *) a, right = *(const guint64 *) b;
  return left < right ? -1 : left > right;
}

/* Values of all magnitudes; a quantile is never below the exact one, nor above by more than 1/64.
 */
static void
test_quantiles (void)
{
  enum { VALUES = 20000 };
  static const double shares[] = { 0.0001, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
  g_autofree VrHistogram *whole = g_new0 (VrHistogram, 1);
  g_autofree VrHistogram *odd = g_new0 (VrHistogram, 1);
  g_autofree VrHistogram *even = g_new0 (VrHistogram, 1);
  g_autofree guint64 *values = g_new0 (guint64, VALUES);
  guint64 sum = 0;
  for (guint i = 0; i < VALUES; i++) {
    values[i] = (guint32) g_test_rand_int () >> g_test_rand_int_range (0, 32);
    vr_histogram_add (whole, values[i]);
    vr_histogram_add (i % 2 != 0 ? odd : even, values[i]);
    sum += values[i];
  }
  qsort (values, VALUES, sizeof *values, compare);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    guint64 exact = values[MAX ((guint) (shares[i] * VALUES + 0.999999), 1) - 1];
    guint64 told = vr_histogram_quantile (whole, shares[i]);
    g_assert_cmpuint (told, >=, exact);
    g_assert_cmpuint (told - exact, <=, exact / 64);
  }
  g_assert_cmpuint (whole->min, ==, values[0]);
  g_assert_cmpuint (whole->max, ==, values[VALUES - 1]);
  g_assert_cmpuint (vr_histogram_mean (whole), ==, sum / VALUES);
  vr_histogram_merge (odd, even);
  g_assert_cmpmem (odd, sizeof *odd, whole, sizeof *whole);
}

static JsonNode *
node_of (const VrHistogram *histogram)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  vr_histogram_add_json (histogram, builder);
  g_autofree char *text = vr_json_text (builder, VR_JSON_PRETTY);
  JsonNode *node = json_from_string (text, NULL);
  g_assert_nonnull (node);
  return node;
}

static void
test_json (void)
{
  g_autofree VrHistogram *histogram = g_new0 (VrHistogram, 1);
  g_autofree VrHistogram *read = g_new0 (VrHistogram, 1);
  for (guint i = 0; i < 1000; i++)
    vr_histogram_add (histogram, (guint64) i * i * i * 1000);
  g_autoptr (JsonNode) node = node_of (histogram);
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_histogram_read_json (read, json_node_get_object (node), &error));
  g_assert_no_error (error);
  g_assert_cmpmem (read, sizeof *read, histogram, sizeof *histogram);
}

static void
test_json_refused (void)
{
  static const char *const wrong[] = {
    "{}",
    "{\"bits\":5,\"min\":1,\"max\":1,\"sum\":1,\"counts\":{\"1\":1}}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":1}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":1,\"counts\":[1]}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":1,\"counts\":{\"129\":1}}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":1,\"counts\":{\"one\":1}}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":1,\"counts\":{\"1\":-1}}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":1,\"counts\":{\"99999999999999\":1}}",
    "{\"bits\":6,\"min\":2,\"max\":1,\"sum\":1,\"counts\":{\"1\":1}}",
    "{\"bits\":6,\"min\":0,\"max\":1,\"sum\":1,\"counts\":{\"1\":1}}",
    "{\"bits\":6,\"min\":1,\"max\":200,\"sum\":1,\"counts\":{\"1\":1}}",
    "{\"bits\":6,\"min\":1,\"max\":1,\"sum\":2,\"counts\":{\"1\":1}}",
    "{\"bits\":6,\"min\":1,\"max\":3,\"sum\":3,\"counts\":{\"1\":1,\"3\":1}}",
    "{\"bits\":6,\"min\":0,\"max\":0,\"sum\":9,\"counts\":{}}",
    ("{\"bits\":6,\"min\":1,\"max\":2,\"sum\":9,"
     "\"counts\":{\"1\":9223372036854775807,\"2\":9223372036854775807}}"),
    "{\"bits\":6,\"min\":\"1\",\"max\":1,\"sum\":1,\"counts\":{\"1\":1}}",
  };
  g_autofree VrHistogram *histogram = g_new0 (VrHistogram, 1);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (JsonNode) node = json_from_string (wrong[i], NULL);
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_histogram_read_json (histogram, json_node_get_object (node), &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
    g_assert_cmpuint (histogram->count, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/histogram/buckets", test_buckets);
  g_test_add_func ("/histogram/empty", test_empty);
  g_test_add_func ("/histogram/quantiles", test_quantiles);
  g_test_add_func ("/histogram/json", test_json);
  g_test_add_func ("/histogram/json-refused", test_json_refused);
  return g_test_run ();
}
