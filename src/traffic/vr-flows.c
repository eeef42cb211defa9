/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-flows.h"

#include <sys/socket.h>

#include "traffic/vr-frame-format.h"
#include "traffic/vr-random.h"

guint64
vr_flows_addresses (const VrPrefix *first)
{
  guint bits = first->family == AF_INET ? 32 : 128, last = first->family == AF_INET ? 0 : 12;
  guint host_bits = MIN (bits - MIN (first->length, bits), 32);
  guint64 span = 1ull << host_bits, at = vr_frame_get32 (first->bytes + last) & (span - 1);
  guint64 reserved = first->family == AF_INET && host_bits > 1 ? 1 : 0;
  return span - at - MIN (reserved, span - at - 1);
}

guint64
vr_flows_most (const VrPrefix *source)
{
  return vr_flows_addresses (source) * VR_FLOWS_PORTS;
}

VrFrameFlow
vr_flows_at (const VrFlows *flows, guint index)
{
  VrFrameFlow flow = flows->base;
  guint destinations = MAX (flows->destinations, 1), sender = index / destinations;
  guint port = (guint) (flow.source_port - VR_FLOWS_PORT_LEAST) + sender % VR_FLOWS_PORTS;
  flow.destination += index % destinations;
  flow.source_port = (guint16) (VR_FLOWS_PORT_LEAST + port % VR_FLOWS_PORTS);
  flow.source += sender / VR_FLOWS_PORTS;
  return flow;
}

VrFrameFlow
vr_flows_take (VrFlows *flows)
{
  if (flows->count <= 1)
    return flows->base;
  if (flows->order == VR_FLOWS_RANDOM)
    return vr_flows_at (flows, vr_random_below (&flows->random, flows->count));
  guint index = flows->next;
  flows->next = index + 1 < flows->count ? index + 1 : 0;
  return vr_flows_at (flows, index);
}
