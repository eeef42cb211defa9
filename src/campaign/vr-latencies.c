/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-latencies.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-bundle.h"

#define BLOCK_BYTES (1u << 20)
#define US 1e3
#define STEPS_PER_HALF 5u
#define TENTHS (2 * STEPS_PER_HALF)

/* --- Reading ------------------------------------------------------------------------------------
 */

static gboolean
refuse (GError **error, const char *path, guint line, const char *why)
{
  g_autofree char *place = line > 0 ? g_strdup_printf ("%s:%u", path, line) : g_strdup (path);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: %s", place, why);
  return FALSE;
}

/* Of a pipe, too, whose size nobody knows. */
static GString *
read_text (const char *path, GError **error)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  GString *text = g_string_new (NULL);
  FILE *file = fopen (path, "re");
  gsize size;
  int errnum = file == NULL ? errno : 0;
  while (errnum == 0 && (size = fread (block, 1, BLOCK_BYTES, file)) > 0) {
    g_string_append_len (text, block, (gssize) size);
    if (text->len > VR_LATENCIES_FILE_MAX)
      errnum = EFBIG;
  }
  if (errnum == 0 && ferror (file) != 0)
    errnum = errno;
  if (file != NULL)
    fclose (file);
  if (errnum == 0)
    return text;
  g_string_free (text, TRUE);
  refuse (error, path, 0, g_strerror (errnum));
  return NULL;
}

/* The object that the text is, or NULL. */
static JsonNode *
parse (const char *text, gsize size)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  if (!g_utf8_validate_len (text, size, NULL) || !vr_bundle_is_shallow (text, size)
      || !json_parser_load_from_data (parser, text, (gssize) size, NULL))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_ref (root) : NULL;
}

static guint64
loads_of (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "loads");
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_INT64
             ? (guint64) CLAMP (json_node_get_int (node), 1, G_MAXUINT32)
             : 1;
}

static gboolean
has_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node);
}

static gboolean
add_object (VrLatencies *latencies, JsonObject *object, const char *path, guint line,
            GError **error)
{
  const char *schema = vr_json_string (object, "schema");
  g_autofree VrHistogram *read = g_new0 (VrHistogram, 1);
  gboolean is_merged = g_strcmp0 (schema, "vrkit.histogram/1") == 0;
  if (g_strcmp0 (schema, "vrkit.interval/1") == 0 || g_strcmp0 (schema, "vrkit.sample/1") == 0)
    return TRUE;
  if (!is_merged && g_strcmp0 (schema, "vrkit.load/1") != 0)
    return refuse (error, path, line, "this is no result of vrkit load --json");
  const char *replay = vr_json_string (object, "replay");
  if ((replay != NULL && *replay != '\0') || !has_object (object, "latency_ns")
      || !has_object (object, "latency_histogram_ns"))
    return refuse (error, path, line,
                   "this load knows no latency: it was counted, replayed, or sent by pktgen");
  g_autoptr (GError) cause = NULL;
  if (!vr_histogram_read_json (read, json_object_get_object_member (object, "latency_histogram_ns"),
                               &cause))
    return refuse (error, path, line, cause->message);
  if (!vr_histogram_can_merge (&latencies->latency_ns, read))
    return refuse (error, path, line, "more latencies than can be counted");
  vr_histogram_merge (&latencies->latency_ns, read);
  latencies->loads += is_merged ? loads_of (object) : 1;
  return TRUE;
}

static gboolean
add_lines (VrLatencies *latencies, const char *text, const char *path, GError **error)
{
  guint number = 0;
  for (const char *line = text; *line != '\0';) {
    const char *end = strchrnul (line, '\n');
    gboolean is_blank = strspn (line, " \t\r") == (gsize) (end - line);
    g_autoptr (JsonNode) node = is_blank ? NULL : parse (line, (gsize) (end - line));
    number++;
    if (!is_blank && node == NULL)
      return refuse (error, path, number, "this is no object of JSON, nor is the whole file one");
    if (node != NULL && !add_object (latencies, json_node_get_object (node), path, number, error))
      return FALSE;
    line = end + (*end != '\0');
  }
  return TRUE;
}

gboolean
vr_latencies_add_file (VrLatencies *latencies, const char *path, GError **error)
{
  g_autofree VrLatencies *added = g_memdup2 (latencies, sizeof *latencies);
  g_autoptr (GString) text = read_text (path, error);
  if (text == NULL)
    return FALSE;
  if (strlen (text->str) != text->len)
    return refuse (error, path, 0, "this is no text");
  /* json-glib takes the first of several objects for the whole. */
  g_autoptr (JsonNode) first = parse (text->str, strcspn (text->str, "\n"));
  g_autoptr (JsonNode) whole = first == NULL ? parse (text->str, text->len) : NULL;
  if (whole != NULL ? !add_object (added, json_node_get_object (whole), path, 0, error)
                    : !add_lines (added, text->str, path, error))
    return FALSE;
  if (added->loads == latencies->loads)
    return refuse (error, path, 0, "there is no result of vrkit load --json in it");
  *latencies = *added;
  return TRUE;
}

/* --- Telling ------------------------------------------------------------------------------------
 */

char *
vr_latencies_json (const VrLatencies *latencies)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.histogram/1");
  vr_json_add_number (builder, "loads", latencies->loads);
  vr_json_add_number (builder, "count", latencies->latency_ns.count);
  vr_json_add_double (builder, "error", 1.0 / (1 << VR_HISTOGRAM_BITS));
  json_builder_set_member_name (builder, "latency_ns");
  vr_histogram_add_summary (&latencies->latency_ns, builder);
  json_builder_set_member_name (builder, "latency_histogram_ns");
  vr_histogram_add_json (&latencies->latency_ns, builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

char *
vr_latencies_table (const VrLatencies *latencies)
{
  static const struct {
    const char *name;
    double share;
  } rows[] = {
    { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 }, { "p99.99", 0.9999 }
  };
  const VrHistogram *histogram = &latencies->latency_ns;
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%-10s %12" G_GUINT64_FORMAT "\n%-10s %12" G_GUINT64_FORMAT "\n",
                          "loads", latencies->loads, "frames", histogram->count);
  g_string_append_printf (text, "\n%-10s %12s\n%-10s %12.1f\n%-10s %12.1f\n", "latency", "us",
                          "min", (double) histogram->min / US, "mean",
                          (double) vr_histogram_mean (histogram) / US);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (text, "%-10s %12.1f\n", rows[i].name,
                            (double) vr_histogram_quantile (histogram, rows[i].share) / US);
  g_string_append_printf (text, "%-10s %12.1f\n\n", "max", (double) histogram->max / US);
  g_string_append_printf (text,
                          "Percentiles are at most 1/%d above the true ones, and never below; min, "
                          "mean and max are exact.",
                          1 << VR_HISTOGRAM_BITS);
  return g_string_free (text, FALSE);
}

static guint64
count_up_to (const VrHistogram *histogram, guint64 value)
{
  guint64 count = 0;
  for (guint i = 0; i <= vr_histogram_bucket (value); i++)
    count += histogram->buckets[i];
  return count;
}

/* Of values in the middle of their buckets. */
static double
deviation_of (const VrHistogram *histogram)
{
  double mean = (double) vr_histogram_mean (histogram), sum = 0;
  for (guint i = 0; i < VR_HISTOGRAM_BUCKETS; i++) {
    guint64 next = i + 1 < VR_HISTOGRAM_BUCKETS ? vr_histogram_least (i + 1) : histogram->max + 1;
    double middle = ((double) vr_histogram_least (i) + (double) (next - 1)) / 2;
    sum += (double) histogram->buckets[i] * (middle - mean) * (middle - mean);
  }
  return histogram->count != 0 ? sqrt (sum / (double) histogram->count) : 0;
}

/* A line, of a percentile that `tenths` tenths of 2^-half are above; FALSE where no value is. The
 * rank is counted in integers, since a tenth is no sum of powers of two. */
static gboolean
add_step (GString *text, const VrHistogram *histogram, guint half, guint tenths)
{
  if (histogram->count == 0)
    return FALSE;
  guint64 above = (guint64) ((unsigned __int128) histogram->count * tenths / TENTHS >> half);
  guint64 rank = MAX (histogram->count - above, 1);
  guint64 value
      = vr_histogram_quantile (histogram, ((double) rank - 0.5) / (double) histogram->count);
  guint64 count = count_up_to (histogram, value);
  double rest = exp2 (-(double) half) * tenths / TENTHS;
  if (count >= histogram->count)
    return FALSE;
  g_string_append_printf (text, "%12.3f %2.12f %10" G_GUINT64_FORMAT " %14.2f\n",
                          (double) value / US, 1 - rest, count, 1 / rest);
  return TRUE;
}

/* The steps are those of HdrHistogram's PercentileIterator: they halve as what is left of 1 does.
 */
char *
vr_latencies_distribution (const VrLatencies *latencies)
{
  const VrHistogram *histogram = &latencies->latency_ns;
  GString *text = g_string_new ("       Value     Percentile TotalCount 1/(1-Percentile)\n\n");
  guint step = 0;
  while (add_step (text, histogram, step / STEPS_PER_HALF, TENTHS - step % STEPS_PER_HALF))
    step++;
  g_string_append_printf (text, "%12.3f %2.12f %10" G_GUINT64_FORMAT "\n",
                          (double) histogram->max / US, 1.0, histogram->count);
  g_string_append_printf (text, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
                          (double) vr_histogram_mean (histogram) / US,
                          deviation_of (histogram) / US);
  g_string_append_printf (text, "#[Max     = %12.3f, Total count    = %12" G_GUINT64_FORMAT "]\n",
                          (double) histogram->max / US, histogram->count);
  g_string_append_printf (text, "#[Buckets = %12d, SubBuckets     = %12d]",
                          VR_HISTOGRAM_VALUE_BITS - VR_HISTOGRAM_BITS, 2 << VR_HISTOGRAM_BITS);
  return g_string_free (text, FALSE);
}
