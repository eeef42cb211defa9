/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-histogram.h"

#include <math.h>

#include "base/vr-error.h"
#include "base/vr-json.h"

#define PER_POWER (1u << VR_HISTOGRAM_BITS)
#define VALUE_MAX ((1ull << VR_HISTOGRAM_VALUE_BITS) - 1)

guint
vr_histogram_bucket (guint64 value)
{
  guint64 clipped = MIN (value, VALUE_MAX);
  if (clipped < PER_POWER)
    return (guint) clipped;
  guint power = 63u - (guint) __builtin_clzll (clipped) - VR_HISTOGRAM_BITS;
  return power * PER_POWER + (guint) (clipped >> power);
}

guint64
vr_histogram_least (guint bucket)
{
  if (bucket < 2 * PER_POWER)
    return bucket;
  guint power = bucket / PER_POWER - 1;
  return (guint64) (bucket % PER_POWER + PER_POWER) << power;
}

void
vr_histogram_add (VrHistogram *histogram, guint64 value)
{
  histogram->min = histogram->count == 0 ? value : MIN (histogram->min, value);
  histogram->max = MAX (histogram->max, value);
  histogram->sum += value;
  histogram->count++;
  histogram->buckets[vr_histogram_bucket (value)]++;
}

void
vr_histogram_add_times (VrHistogram *histogram, guint64 value, guint64 times)
{
  if (times == 0)
    return;
  vr_histogram_add (histogram, value);
  histogram->sum += value * (times - 1);
  histogram->count += times - 1;
  histogram->buckets[vr_histogram_bucket (value)] += times - 1;
}

void
vr_histogram_merge (VrHistogram *histogram, const VrHistogram *other)
{
  if (other->count == 0)
    return;
  histogram->min = histogram->count == 0 ? other->min : MIN (histogram->min, other->min);
  histogram->max = MAX (histogram->max, other->max);
  histogram->sum += other->sum;
  histogram->count += other->count;
  for (guint i = 0; i < VR_HISTOGRAM_BUCKETS; i++)
    histogram->buckets[i] += other->buckets[i];
}

gboolean
vr_histogram_can_merge (const VrHistogram *histogram, const VrHistogram *other)
{
  return histogram->count <= G_MAXINT64 && histogram->sum <= G_MAXINT64
         && other->count <= G_MAXINT64 - histogram->count
         && other->sum <= G_MAXINT64 - histogram->sum;
}

guint64
vr_histogram_mean (const VrHistogram *histogram)
{
  return histogram->count != 0 ? histogram->sum / histogram->count : 0;
}

guint64
vr_histogram_quantile (const VrHistogram *histogram, double share)
{
  guint64 rank = (guint64) ceil (share * (double) histogram->count), below = 0;
  for (guint i = 0; i + 1 < VR_HISTOGRAM_BUCKETS && histogram->count != 0; i++) {
    below += histogram->buckets[i];
    if (below >= MAX (rank, 1))
      return CLAMP (vr_histogram_least (i + 1) - 1, histogram->min, histogram->max);
  }
  return histogram->max;
}

void
vr_histogram_add_summary (const VrHistogram *histogram, JsonBuilder *builder)
{
  static const struct {
    const char *name;
    double share;
  } quantiles[] = {
    { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99_9", 0.999 }, { "p99_99", 0.9999 }
  };
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "min", histogram->min);
  vr_json_add_number (builder, "mean", vr_histogram_mean (histogram));
  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    vr_json_add_number (builder, quantiles[i].name,
                        vr_histogram_quantile (histogram, quantiles[i].share));
  vr_json_add_number (builder, "max", histogram->max);
  json_builder_end_object (builder);
}

void
vr_histogram_add_json (const VrHistogram *histogram, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "bits", VR_HISTOGRAM_BITS);
  vr_json_add_number (builder, "min", histogram->min);
  vr_json_add_number (builder, "max", histogram->max);
  vr_json_add_number (builder, "sum", histogram->sum);
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  for (guint i = 0; i < VR_HISTOGRAM_BUCKETS; i++) {
    if (histogram->buckets[i] == 0)
      continue;
    g_autofree char *least = g_strdup_printf ("%" G_GUINT64_FORMAT, vr_histogram_least (i));
    vr_json_add_number (builder, least, histogram->buckets[i]);
  }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static gboolean
is_integer (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
         && json_node_get_value_type (node) == G_TYPE_INT64 && json_node_get_int (node) >= 0;
}

static gboolean
read_number (JsonObject *object, const char *name, guint64 *number)
{
  JsonNode *node = json_object_get_member (object, name);
  if (!is_integer (node))
    return FALSE;
  *number = (guint64) json_node_get_int (node);
  return TRUE;
}

static gboolean
read_counts (VrHistogram *histogram, JsonObject *counts)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  json_object_iter_init (&iter, counts);
  while (json_object_iter_next (&iter, &name, &node)) {
    guint64 least;
    if (!g_ascii_string_to_unsigned (name, 10, 0, VALUE_MAX, &least, NULL) || !is_integer (node))
      return FALSE;
    guint bucket = vr_histogram_bucket (least);
    guint64 times = (guint64) json_node_get_int (node);
    if (vr_histogram_least (bucket) != least || times > G_MAXINT64 - histogram->count)
      return FALSE;
    histogram->buckets[bucket] += times;
    histogram->count += times;
  }
  return TRUE;
}

/* Whether there are values of which min, max, sum and counts are. */
static gboolean
is_coherent (const VrHistogram *histogram)
{
  guint first = vr_histogram_bucket (histogram->min), last = vr_histogram_bucket (histogram->max);
  unsigned __int128 least = 0, most = 0;
  if (histogram->count == 0)
    return histogram->min == 0 && histogram->max == 0 && histogram->sum == 0;
  for (guint i = 0; i < VR_HISTOGRAM_BUCKETS; i++) {
    guint64 times = histogram->buckets[i];
    if (times != 0 && (i < first || i > last))
      return FALSE;
    guint64 greatest = i < last ? vr_histogram_least (i + 1) - 1 : histogram->max;
    least += (unsigned __int128) times * MAX (vr_histogram_least (i), histogram->min);
    most += (unsigned __int128) times * greatest;
  }
  return histogram->min <= histogram->max && histogram->buckets[first] != 0
         && histogram->buckets[last] != 0 && least <= histogram->sum && histogram->sum <= most;
}

gboolean
vr_histogram_read_json (VrHistogram *histogram, JsonObject *object, GError **error)
{
  g_autofree VrHistogram *read = g_new0 (VrHistogram, 1);
  JsonNode *counts = json_object_get_member (object, "counts");
  guint64 bits;
  if (!read_number (object, "bits", &bits) || bits != VR_HISTOGRAM_BITS
      || !read_number (object, "min", &read->min) || !read_number (object, "max", &read->max)
      || !read_number (object, "sum", &read->sum) || counts == NULL
      || !JSON_NODE_HOLDS_OBJECT (counts) || !read_counts (read, json_node_get_object (counts))
      || !is_coherent (read)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "this is no histogram of %d bits: bits, min, max, sum and counts are wanted, as "
                 "values make them",
                 VR_HISTOGRAM_BITS);
    return FALSE;
  }
  *histogram = *read;
  return TRUE;
}
