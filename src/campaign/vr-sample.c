/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-sample.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/vr-error.h"

/* The member that only loads have beside which a controller ran; without it, what is of it is 0. */
#define CONTROL "control"
#define CONTROL_ROUTERS CONTROL ".routers"

/* Where a column is in vrkit.load/1: a member of the whole or of `parent`, a member or, with a
 * point, one of a member; or, of an array, a sum or the greatest of that member over its objects,
 * or that of one of them, or of that whose id is the selector. */
typedef enum { PART_MEMBER, PART_SUM, PART_GREATEST, PART_FIRST, PART_SECOND, PART_ID } Part;

typedef struct {
  const char *name;
  const char *parent; /* NULL: the whole */
  const char *member;
  Part part;
  const char *selector; /* only objects whose selector begins so; NULL: all */
} Column;

static const Column columns[VR_SAMPLE_COLUMNS] = {
  { "offered_pps", NULL, "offered_pps", PART_MEMBER, NULL },
  { "sent_pps", NULL, "sent_pps", PART_MEMBER, NULL },
  { "received_pps", NULL, "received_pps", PART_MEMBER, NULL },
  { "asked", NULL, "asked", PART_MEMBER, NULL },
  { "sent", NULL, "sent", PART_MEMBER, NULL },
  { "received", NULL, "received", PART_MEMBER, NULL },
  { "lost", NULL, "lost", PART_MEMBER, NULL },
  { "duplicated", NULL, "duplicated", PART_MEMBER, NULL },
  { "reordered", NULL, "reordered", PART_MEMBER, NULL },
  { "corrupted", NULL, "corrupted", PART_MEMBER, NULL },
  { "duration_ns", NULL, "duration_ns", PART_MEMBER, NULL },
  { "tester_limited", NULL, "tester_limited", PART_MEMBER, NULL },
  { "late_burst", NULL, "late_burst", PART_MEMBER, NULL },
  { "receiver_dropped", "stages", "count", PART_ID, "receiver-buffer" },
  { "partial", NULL, "partial", PART_MEMBER, NULL },
  { "latency_min_ns", "latency_ns", "min", PART_MEMBER, NULL },
  { "latency_mean_ns", "latency_ns", "mean", PART_MEMBER, NULL },
  { "latency_p50_ns", "latency_ns", "p50", PART_MEMBER, NULL },
  { "latency_p90_ns", "latency_ns", "p90", PART_MEMBER, NULL },
  { "latency_p99_ns", "latency_ns", "p99", PART_MEMBER, NULL },
  { "latency_p99_9_ns", "latency_ns", "p99_9", PART_MEMBER, NULL },
  { "latency_p99_99_ns", "latency_ns", "p99_99", PART_MEMBER, NULL },
  { "latency_max_ns", "latency_ns", "max", PART_MEMBER, NULL },
  { "jitter_mean_ns", "jitter_ns", "mean", PART_MEMBER, NULL },
  { "cpu_duration_ns", NULL, "cpu_duration_ns", PART_MEMBER, NULL },
  { "cpu_user_ns", "cpu", "user_ns", PART_SUM, NULL },
  { "cpu_system_ns", "cpu", "system_ns", PART_SUM, NULL },
  { "cpu_irq_ns", "cpu", "irq_ns", PART_SUM, NULL },
  { "cpu_softirq_ns", "cpu", "softirq_ns", PART_SUM, NULL },
  { "cpu_guest_ns", "cpu", "guest_ns", PART_SUM, NULL },
  { "cpu_steal_ns", "cpu", "steal_ns", PART_SUM, NULL },
  { "cpu_idle_ns", "cpu", "idle_ns", PART_SUM, NULL },
  { "threads_ns", "threads", "cpu_time_ns", PART_SUM, NULL },
  { "vcpu_ns", "threads", "cpu_time_ns", PART_SUM, "vcpu." },
  { "vhost_ns", "threads", "cpu_time_ns", PART_SUM, "vhost." },
  { "vhost_max_ns", "threads", "cpu_time_ns", PART_GREATEST, "vhost." },
  { "emulator_ns", "threads", "cpu_time_ns", PART_SUM, "emulator" },
  { "emulator_max_ns", "threads", "cpu_time_ns", PART_GREATEST, "emulator" },
  { "stream1_sent", "streams", "sent", PART_FIRST, NULL },
  { "stream1_received", "streams", "received", PART_FIRST, NULL },
  { "stream1_lost", "streams", "lost", PART_FIRST, NULL },
  { "stream2_sent", "streams", "sent", PART_SECOND, NULL },
  { "stream2_received", "streams", "received", PART_SECOND, NULL },
  { "stream2_lost", "streams", "lost", PART_SECOND, NULL },
  { "control_decisions", CONTROL, "decisions", PART_MEMBER, NULL },
  { "control_applied", CONTROL, "applied", PART_MEMBER, NULL },
  { "control_apply_ns", CONTROL, "apply_ns", PART_MEMBER, NULL },
  { "control1_reserved_ppm", CONTROL_ROUTERS, "reserved_ppm", PART_FIRST, NULL },
  { "control1_cores", CONTROL_ROUTERS, "cores", PART_FIRST, NULL },
  { "control1_level_pps", CONTROL_ROUTERS, "level_pps", PART_FIRST, NULL },
  { "control1_settled_ns", CONTROL_ROUTERS, "settled_ns", PART_FIRST, NULL },
  { "control2_reserved_ppm", CONTROL_ROUTERS, "reserved_ppm", PART_SECOND, NULL },
  { "control2_cores", CONTROL_ROUTERS, "cores", PART_SECOND, NULL },
  { "control2_level_pps", CONTROL_ROUTERS, "level_pps", PART_SECOND, NULL },
  { "control2_settled_ns", CONTROL_ROUTERS, "settled_ns", PART_SECOND, NULL },
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

/* Whether an object of an array counts for the column. */
static gboolean
is_selected (const Column *column, JsonObject *object, guint index)
{
  if (column->part == PART_FIRST || column->part == PART_SECOND)
    return index == (column->part == PART_FIRST ? 0 : 1);
  if (column->part == PART_ID)
    return g_strcmp0 (json_object_get_string_member_with_default (object, "id", ""),
                      column->selector)
           == 0;
  if (column->selector == NULL)
    return TRUE;
  const char *selector = json_object_get_string_member_with_default (object, "selector", "");
  return g_str_has_prefix (selector, column->selector);
}

/* 0 where no object counts: not all runs have guests, or two streams. */
static gboolean
read_array (JsonNode *parent, const Column *column, gint64 *value)
{
  gint64 result = 0;
  if (!JSON_NODE_HOLDS_ARRAY (parent))
    return FALSE;
  JsonArray *array = json_node_get_array (parent);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    gint64 one;
    if (!JSON_NODE_HOLDS_OBJECT (element))
      return FALSE;
    JsonObject *object = json_node_get_object (element);
    if (!is_selected (column, object, i))
      continue;
    if (!read_member (object, column->member, &one))
      return FALSE;
    result = column->part == PART_GREATEST ? MAX (result, one) : result + one;
  }
  *value = result;
  return TRUE;
}

/* "control.routers" is two steps away. */
static JsonNode *
find_parent (JsonObject *root, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", 2);
  JsonNode *node = json_object_get_member (root, names[0]);
  if (names[1] == NULL || node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return names[1] == NULL ? node : NULL;
  return json_object_get_member (json_node_get_object (node), names[1]);
}

static gboolean
read_column (JsonObject *root, const Column *column, gint64 *value)
{
  if (column->parent == NULL)
    return read_member (root, column->member, value);
  JsonNode *parent = find_parent (root, column->parent);
  if (parent == NULL) {
    *value = 0;
    return g_str_has_prefix (column->parent, CONTROL) && !json_object_has_member (root, CONTROL);
  }
  if (column->part != PART_MEMBER)
    return read_array (parent, column, value);
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
