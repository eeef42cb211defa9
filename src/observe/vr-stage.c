/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-stage.h"

#include <string.h>

#include "base/vr-json.h"

#define UNATTRIBUTED "unattributed"

/* A gap: what passed the point before, and not this one. */
typedef enum { BY_GAP, BY_DROPS, NO_LOSS } Evidence;

typedef struct {
  const char *point;
  const char *stage;
  Evidence evidence;
} PointRow;

/* Where packets of others (neighbour discovery) come in, the gap is no evidence: between a router's
 * receipt and its forwarding, its own reasons are. veth counts one drop at both ends and in what is
 * above it, so its drops are seen as gaps. */
static const PointRow rows[VR_POINTS] = {
  [VR_POINT_SENT] = { "sent", NULL, NO_LOSS },
  [VR_POINT_SENDER_PORT] = { "sender-port", "sender-queue", BY_GAP },
  [VR_POINT_LOWER_IN] = { "lower-in", "lower-in", BY_GAP },
  [VR_POINT_NIC_IN] = { "nic-in", "lower-in", BY_GAP },
  [VR_POINT_QUEUE_DROPPED] = { "queue-dropped", "macvtap-queue", BY_DROPS },
  [VR_POINT_ROUTER_IN] = { "router-in", "router-ring", BY_GAP },
  [VR_POINT_NO_ROUTE] = { "no-route", "router-no-route", BY_DROPS },
  [VR_POINT_TTL] = { "ttl", "router-ttl", BY_DROPS },
  [VR_POINT_ERROR] = { "error", "router-error", BY_DROPS },
  [VR_POINT_FORWARDED] = { "router-forwarded", NULL, NO_LOSS },
  [VR_POINT_ROUTER_OUT] = { "router-out", "router-transmit", BY_GAP },
  [VR_POINT_GATE_OUT] = { "gate-out", NULL, NO_LOSS },
  [VR_POINT_NIC_OUT] = { "nic-out", "macvtap-transmit", BY_GAP },
  [VR_POINT_LOWER_OUT] = { "lower-out", "lower-out", BY_GAP },
  [VR_POINT_RECEIVER_PORT] = { "receiver-port", "lower-out", BY_GAP },
  [VR_POINT_FAR_PORT] = { "receiver-port", "path", BY_GAP },
  [VR_POINT_BUFFER_DROPPED] = { "buffer-dropped", "receiver-buffer", BY_DROPS },
  [VR_POINT_DAMAGED] = { "damaged", "receiver-damaged", BY_DROPS },
};

void
vr_counters_set (VrCounters *counters, VrPoint point, guint64 value)
{
  counters->value[point] = value;
  counters->known |= 1u << point;
}

gboolean
vr_counters_has (const VrCounters *counters, VrPoint point)
{
  return (counters->known >> point & 1u) != 0;
}

void
vr_counters_add (VrCounters *counters, const VrCounters *part)
{
  for (guint i = 0; i < VR_POINTS; i++)
    if (vr_counters_has (part, i))
      vr_counters_set (counters, i,
                       part->value[i] + (vr_counters_has (counters, i) ? counters->value[i] : 0));
}

static gboolean
is_of_router (VrPoint point)
{
  return point >= VR_POINT_ROUTER_IN && point <= VR_POINT_ROUTER_OUT;
}

/* What passed the point, each packet counted once however many routers it passed. */
static gboolean
count_once (const VrCounters *before, const VrCounters *after, guint point, guint64 *value)
{
  gboolean is_repeated
      = point >= VR_POINT_NIC_IN && point <= VR_POINT_NIC_OUT && rows[point].evidence != BY_DROPS;
  *value = after->value[point] - before->value[point];
  if (!is_repeated)
    return TRUE;
  guint64 again = after->passed_on - before->passed_on;
  *value -= MIN (again, *value);
  return after->passed_on >= before->passed_on;
}

VrCounters
vr_counters_between (const VrCounters *before, const VrCounters *after)
{
  VrCounters counted = { .known = 0 };
  guint64 value;
  for (guint i = 0; i < VR_POINTS; i++)
    if (vr_counters_has (before, i) && vr_counters_has (after, i)
        && after->value[i] >= before->value[i]
        && (before->routers == after->routers || !is_of_router (i))
        && count_once (before, after, i, &value))
      vr_counters_set (&counted, i, value);
  return counted;
}

/* Two points may bear on one stage. */
static void
add_loss (GArray *stages, const char *id, gint64 lost)
{
  VrStage *last = stages->len > 0 ? &g_array_index (stages, VrStage, stages->len - 1) : NULL;
  if (last != NULL && strcmp (last->id, id) == 0)
    last->lost += lost;
  else
    g_array_append_vals (stages, &(VrStage){ id, lost }, 1);
}

static gint64
sum_drops (const VrCounters *counted)
{
  gint64 sum = 0;
  for (guint i = 0; i < VR_POINTS; i++)
    if (vr_counters_has (counted, i) && rows[i].evidence == BY_DROPS)
      sum += (gint64) counted->value[i];
  return sum;
}

/* What passed a point, without those who came from the router, or beyond it, by themselves. */
static gint64
own_value (const VrCounters *counted, guint point)
{
  guint64 foreign = point >= VR_POINT_ROUTER_OUT ? counted->foreign : 0;
  return (gint64) (counted->value[point] - MIN (foreign, counted->value[point]));
}

/* What the guest sent is what the host's end of its way out is compared with: without, what is
 * missing there may have been lost anywhere in the guest. */
static gboolean
is_told (const VrCounters *counted, guint point)
{
  return rows[point].stage != NULL
         && (point != VR_POINT_NIC_OUT || vr_counters_has (counted, VR_POINT_ROUTER_OUT));
}

/* Drops are taken as they were counted. A gap may hold packets of others that ended there: it
 * explains no more than what the drops leave to explain. */
GArray *
vr_stage_attribute (const VrCounters *counted, guint64 lost)
{
  GArray *stages = g_array_new (FALSE, FALSE, sizeof (VrStage));
  gint64 coming = 0, left = (gint64) lost - sum_drops (counted);
  for (guint i = 0; i < VR_POINTS; i++) {
    if (!vr_counters_has (counted, i))
      continue;
    gboolean is_drop = rows[i].evidence == BY_DROPS;
    gint64 value = is_drop ? (gint64) counted->value[i] : own_value (counted, i), loss = value;
    if (rows[i].evidence == BY_GAP && is_told (counted, i)) {
      loss = CLAMP (coming - value, 0, MAX (left, 0));
      left -= loss;
    }
    coming = is_drop ? coming - value : value;
    if (is_told (counted, i))
      add_loss (stages, rows[i].stage, loss);
  }
  add_loss (stages, UNATTRIBUTED, left);
  return stages;
}

gint64
vr_stage_lost (const GArray *stages, const char *id)
{
  for (guint i = 0; i < stages->len; i++)
    if (strcmp (g_array_index (stages, VrStage, i).id, id) == 0)
      return g_array_index (stages, VrStage, i).lost;
  return 0;
}

static gboolean
is_passed (const VrCounters *counted, guint point)
{
  return vr_counters_has (counted, point) && rows[point].evidence != BY_DROPS;
}

void
vr_stage_add_points_json (JsonBuilder *builder, const VrCounters *counted)
{
  json_builder_set_member_name (builder, "points");
  json_builder_begin_array (builder);
  for (guint i = 0; i < VR_POINTS; i++) {
    if (!is_passed (counted, i))
      continue;
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "id", rows[i].point);
    vr_json_add_number (builder, "count", counted->value[i]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
vr_stage_add_json (JsonBuilder *builder, const GArray *stages, const VrCounters *counted)
{
  json_builder_set_member_name (builder, "stages");
  json_builder_begin_array (builder);
  for (guint i = 0; i < stages->len; i++) {
    const VrStage *stage = &g_array_index (stages, VrStage, i);
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "id", stage->id);
    json_builder_set_member_name (builder, "count");
    json_builder_add_int_value (builder, stage->lost);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  vr_stage_add_points_json (builder, counted);
}

void
vr_stage_add_table (GString *text, const GArray *stages, const VrCounters *counted)
{
  g_string_append_printf (text, "%-18s %12s\n", "counted at", "packets");
  for (guint i = 0; i < VR_POINTS; i++)
    if (is_passed (counted, i))
      g_string_append_printf (text, "%-18s %12" G_GUINT64_FORMAT "\n", rows[i].point,
                              counted->value[i]);
  g_string_append_printf (text, "%-18s %12s\n", "lost at", "packets");
  for (guint i = 0; i < stages->len; i++) {
    const VrStage *stage = &g_array_index (stages, VrStage, i);
    g_string_append_printf (text, "%-18s %12" G_GINT64_FORMAT "\n", stage->id, stage->lost);
  }
}
