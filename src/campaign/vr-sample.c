/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-sample.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/vr-error.h"

/* Where a column is in vrkit.load/1: a member, or one of a member's; or, with `array`, the sum of
 * that member over the objects of an array. */
typedef struct {
  const char *name;
  const char *parent; /* NULL: the whole */
  const char *member;
  gboolean is_sum;
} Column;

static const Column columns[VR_SAMPLE_COLUMNS] = {
  { "offered_pps", NULL, "offered_pps" },
  { "sent_pps", NULL, "sent_pps" },
  { "received_pps", NULL, "received_pps" },
  { "asked", NULL, "asked" },
  { "sent", NULL, "sent" },
  { "received", NULL, "received" },
  { "lost", NULL, "lost" },
  { "duplicated", NULL, "duplicated" },
  { "reordered", NULL, "reordered" },
  { "corrupted", NULL, "corrupted" },
  { "duration_ns", NULL, "duration_ns" },
  { "tester_limited", NULL, "tester_limited" },
  { "partial", NULL, "partial" },
  { "latency_min_ns", "latency_ns", "min" },
  { "latency_mean_ns", "latency_ns", "mean" },
  { "latency_p50_ns", "latency_ns", "p50" },
  { "latency_p90_ns", "latency_ns", "p90" },
  { "latency_p99_ns", "latency_ns", "p99" },
  { "latency_p99_9_ns", "latency_ns", "p99_9" },
  { "latency_p99_99_ns", "latency_ns", "p99_99" },
  { "latency_max_ns", "latency_ns", "max" },
  { "jitter_mean_ns", "jitter_ns", "mean" },
  { "cpu_user_ns", "cpu", "user_ns", TRUE },
  { "cpu_system_ns", "cpu", "system_ns", TRUE },
  { "cpu_irq_ns", "cpu", "irq_ns", TRUE },
  { "cpu_softirq_ns", "cpu", "softirq_ns", TRUE },
  { "cpu_guest_ns", "cpu", "guest_ns", TRUE },
  { "cpu_steal_ns", "cpu", "steal_ns", TRUE },
  { "cpu_idle_ns", "cpu", "idle_ns", TRUE },
  { "threads_ns", "threads", "cpu_time_ns", TRUE },
};

const char *
vr_sample_name (guint column)
{
  return columns[column].name;
}

guint
vr_sample_column (const char *name)
{
  guint column = 0;
  while (column < VR_SAMPLE_COLUMNS && strcmp (columns[column].name, name) != 0)
    column++;
  return column;
}

static gboolean
read_member (JsonObject *object, const char *name, gint64 *value)
{
  JsonNode *node = json_object_get_member (object, name);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  GType type = json_node_get_value_type (node);
  if (type == G_TYPE_BOOLEAN)
    *value = json_node_get_boolean (node) ? 1 : 0;
  else if (type == G_TYPE_INT64)
    *value = json_node_get_int (node);
  return type == G_TYPE_BOOLEAN || type == G_TYPE_INT64;
}

static gboolean
read_sum (JsonNode *parent, const char *name, gint64 *value)
{
  gint64 sum = 0;
  if (!JSON_NODE_HOLDS_ARRAY (parent))
    return FALSE;
  JsonArray *array = json_node_get_array (parent);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    gint64 one;
    if (!JSON_NODE_HOLDS_OBJECT (element)
        || !read_member (json_node_get_object (element), name, &one))
      return FALSE;
    sum += one;
  }
  *value = sum;
  return TRUE;
}

static gboolean
read_column (JsonObject *root, const Column *column, gint64 *value)
{
  if (column->parent == NULL)
    return read_member (root, column->member, value);
  JsonNode *parent = json_object_get_member (root, column->parent);
  if (parent == NULL)
    return FALSE;
  if (column->is_sum)
    return read_sum (parent, column->member, value);
  return JSON_NODE_HOLDS_OBJECT (parent)
         && read_member (json_node_get_object (parent), column->member, value);
}

gboolean
vr_sample_read (const char *load_json, VrSample *sample, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  VrSample read = { { 0 } };
  JsonNode *root = json_parser_load_from_data (parser, load_json, -1, NULL)
                       ? json_parser_get_root (parser)
                       : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "a load's result is no JSON object");
    return FALSE;
  }
  for (guint i = 0; i < VR_SAMPLE_COLUMNS; i++)
    if (!read_column (json_node_get_object (root), &columns[i], &read.values[i])) {
      g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "a load's result lacks %s%s%s",
                   columns[i].parent != NULL ? columns[i].parent : "",
                   columns[i].parent != NULL ? "." : "", columns[i].member);
      return FALSE;
    }
  *sample = read;
  return TRUE;
}
