/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where packets went: counters along a path, read before and after, and from their differences what
 * was lost at each stage. Arithmetic alone; vr-path.h reads the counters. */
#pragma once

#include <json-glib/json-glib.h>

/* Counters in the order in which packets pass. Those that end in DROPPED, and the router's reasons,
 * count what did not pass. */
typedef enum {
  VR_POINT_SENT, /* frames that the kernel took from the sender; told by the tester */
  VR_POINT_SENDER_PORT,
  VR_POINT_LOWER_IN,
  VR_POINT_NIC_IN, /* with what its queue then had no room for */
  VR_POINT_QUEUE_DROPPED,
  VR_POINT_ROUTER_IN,
  VR_POINT_NO_ROUTE,
  VR_POINT_TTL,
  VR_POINT_ERROR,
  VR_POINT_FORWARDED,
  VR_POINT_ROUTER_OUT,
  VR_POINT_GATE_OUT, /* of an MSR, instead of the two beside it */
  VR_POINT_NIC_OUT,
  VR_POINT_LOWER_OUT,
  VR_POINT_RECEIVER_PORT,
  VR_POINT_FAR_PORT,       /* the receiver's, where nothing is known of what lies between */
  VR_POINT_BUFFER_DROPPED, /* told by the tester, as the next */
  VR_POINT_DAMAGED,
  VR_POINTS,
} VrPoint;

typedef struct {
  guint64 value[VR_POINTS]; /* packets */
  guint32 known;            /* a bit a point: a path does not have them all */
  guint routers;     /* whose counters the router's points are the sum of; 0: a single router's */
  guint64 passed_on; /* of a chain of routers: what all but the last sent, which the points from
                        NIC_IN to NIC_OUT, being sums, count again at the next; in what
                        vr_counters_between() tells they do no more */
  guint64 foreign; /* packets of others that the tester saw at the receiver's port: they have passed
                      the points behind the router with the rest */
} VrCounters;

void vr_counters_set (VrCounters *counters, VrPoint point, guint64 value);
gboolean vr_counters_has (const VrCounters *counters, VrPoint point);

/* Adds to each point of `counters` what `part`, another router beside, counted there. */
void vr_counters_add (VrCounters *counters, const VrCounters *part);

/* What each point counted between the two. One that is not in both, or went backwards (an interface
 * or a guest was made anew), is not known; nor is the router's where one of several has gone or
 * come. */
VrCounters vr_counters_between (const VrCounters *before, const VrCounters *after);

/* One line of the sum: sent = received + all lines. */
typedef struct {
  const char *id; /* "macvtap-queue": stable, for JSON and tests */
  gint64 lost;    /* packets; only of "unattributed" can it be negative: counters of drops that
                     counted packets of others too */
} VrStage;

/* Spreads `lost` frames over the stages whose points are known, in the order in which packets pass;
 * the last is "unattributed". An array of VrStage, owned by the caller. */
GArray *vr_stage_attribute (const VrCounters *counted, guint64 lost);

/* The line `id`, 0 where there is none. */
gint64 vr_stage_lost (const GArray *stages, const char *id);

/* Member "points": what passed each of them. */
void vr_stage_add_points_json (JsonBuilder *builder, const VrCounters *counted);
/* Members "stages" and "points" of vrkit.load/1. */
void vr_stage_add_json (JsonBuilder *builder, const GArray *stages, const VrCounters *counted);
/* Both as a table for people. */
void vr_stage_add_table (GString *text, const GArray *stages, const VrCounters *counted);
