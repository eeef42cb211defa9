/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flows of a stream: the base's addresses and destination port, with other destination
 * addresses of the same network, where that is asked for, other source ports and, where these do
 * not suffice, other source addresses of the same network. */
#pragma once

#include "traffic/vr-frame.h"

#define VR_FLOWS_MAX 1000000
#define VR_FLOWS_PORT_LEAST 1024 /* source ports 1024 to 65535 */
#define VR_FLOWS_PORTS (65536 - VR_FLOWS_PORT_LEAST)

typedef enum {
  VR_FLOWS_IN_TURN, /* one after the other, so that all have as many frames */
  VR_FLOWS_RANDOM,  /* each frame's is chosen evenly */
} VrFlowOrder;

typedef struct {
  VrFrameFlow base; /* the first; its source port is at least VR_FLOWS_PORT_LEAST */
  guint count;
  guint destinations; /* addresses, of which the next is in the next flow; 0 is as 1 */
  VrFlowOrder order;
  guint64 random; /* a seed; then the generator's state */
  guint next;     /* of VR_FLOWS_IN_TURN */
} VrFlows;

/* How many addresses there are from this one to the end of its network (its length counts; the
 * broadcast address is left out). */
guint64 vr_flows_addresses (const VrPrefix *first);

/* How many flows to one destination fit from `source` to the end of its network (its length counts;
 * the broadcast address is left out). */
guint64 vr_flows_most (const VrPrefix *source);

/* Flow number `index`. */
VrFrameFlow vr_flows_at (const VrFlows *flows, guint index);

/* The flow of the next frame. */
VrFrameFlow vr_flows_take (VrFlows *flows);
