/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-frame.h"

#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/vr-error.h"
#include "traffic/vr-checksum.h"
#include "traffic/vr-frame-format.h"

/* Ethernet's least frame, IEEE 802.3, less the FCS. */
#define LEAST_LENGTH 60

static guint
headers_length (int family, guint vlan)
{
  return FRAME_ETHERNET + (vlan != 0 ? FRAME_TAG : 0)
         + (family == AF_INET ? FRAME_IPV4 : FRAME_IPV6) + FRAME_UDP;
}

guint
vr_frame_least_size (int family, guint vlan)
{
  guint length = headers_length (family, vlan) + VR_FRAME_SIGNATURE;
  return MAX (length, LEAST_LENGTH) + VR_FRAME_FCS;
}

static gboolean
check_spec (const VrFrameSpec *spec, gsize buffer_size, GError **error)
{
  int family = spec->source.family;
  if (spec->destination.family != family || (family != AF_INET && family != AF_INET6)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "a test frame goes from IPv4 to IPv4 or from IPv6 to IPv6");
    return FALSE;
  }
  guint least = vr_frame_least_size (family, spec->vlan);
  gsize most = MIN (buffer_size + VR_FRAME_FCS, VR_FRAME_SIZE_MAX);
  if (spec->size < least || spec->size > most) {
    g_set_error (
        error, VR_ERROR, VR_ERROR_USAGE,
        "a frame of %u bytes: the least size for %s%s is %u and the largest %" G_GSIZE_FORMAT
        " (with FCS)",
        spec->size, family == AF_INET ? "IPv4" : "IPv6", spec->vlan != 0 ? ", tagged," : "", least,
        most);
    return FALSE;
  }
  if (spec->vlan > 4094 || spec->dscp > 63 || spec->ttl == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "a frame of VLAN %u, DSCP %u, TTL %u: at most 4094 and 63, and at least 1",
                 spec->vlan, spec->dscp, spec->ttl);
    return FALSE;
  }
  return TRUE;
}

static void
put_ethernet (const VrFrameSpec *spec, guint8 *p)
{
  memcpy (p, spec->destination_mac.bytes, 6);
  memcpy (p + 6, spec->source_mac.bytes, 6);
  p += 12;
  if (spec->vlan != 0) {
    vr_frame_put16 (p, ETHERTYPE_VLAN);
    vr_frame_put16 (p + 2, (guint16) spec->vlan);
    p += FRAME_TAG;
  }
  vr_frame_put16 (p, spec->source.family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
}

/* Addresses and checksum stay zero: the flow brings them. */
static void
put_ipv4 (const VrFrameSpec *spec, guint8 *p, guint16 total)
{
  p[0] = 0x45;
  p[1] = (guint8) (spec->dscp << 2);
  vr_frame_put16 (p + 2, total);
  vr_frame_put16 (p + 6, 0x4000); /* don't fragment */
  p[8] = spec->ttl;
  p[9] = IPPROTO_UDP;
}

/* The last words of the addresses stay zero: the flow brings them. */
static void
put_ipv6 (const VrFrameSpec *spec, guint8 *p, guint16 payload)
{
  vr_frame_put32 (p, 0x60000000u | ((guint32) spec->dscp << 22));
  vr_frame_put16 (p + 4, payload);
  p[6] = IPPROTO_UDP;
  p[7] = spec->ttl;
  memcpy (p + 8, spec->source.bytes, 12);
  memcpy (p + 24, spec->destination.bytes, 12);
}

static void
put_layers (const VrFrameSpec *spec, const VrFrame *frame, guint8 *bytes)
{
  guint16 datagram = (guint16) (frame->length - frame->transport);
  memset (bytes, 0, frame->length);
  put_ethernet (spec, bytes);
  if (frame->family == AF_INET)
    put_ipv4 (spec, bytes + frame->network, (guint16) (datagram + FRAME_IPV4));
  else
    put_ipv6 (spec, bytes + frame->network, datagram);
  vr_frame_put16 (bytes + frame->transport + 4, datagram);
  guint payload = frame->transport + FRAME_UDP;
  for (guint i = payload; i < frame->signature; i++)
    bytes[i] = vr_frame_pattern (i - payload);
}

/* RFC 8200, 8.1: addresses, length, next header; then the datagram. */
static guint32
sum_udp (const VrFrame *frame, const guint8 *bytes)
{
  guint32 datagram = (guint32) (frame->length - frame->transport);
  guint32 sum = vr_checksum_add (datagram + IPPROTO_UDP, bytes + frame->network + 8, 32);
  return vr_checksum_add (sum, bytes + frame->transport, datagram);
}

gboolean
vr_frame_build (const VrFrameSpec *spec, guint8 *buffer, gsize buffer_size, VrFrame *frame,
                GError **error)
{
  if (!check_spec (spec, buffer_size, error))
    return FALSE;
  VrFrame built = { .length = spec->size - VR_FRAME_FCS, .family = spec->source.family };
  built.network = FRAME_ETHERNET + (spec->vlan != 0 ? FRAME_TAG : 0);
  built.transport = headers_length (built.family, spec->vlan) - FRAME_UDP;
  built.signature = (guint) built.length - VR_FRAME_SIGNATURE;
  put_layers (spec, &built, buffer);
  built.header_sum = vr_checksum_add (0, buffer + built.network, FRAME_IPV4);
  built.udp_sum = sum_udp (&built, buffer);
  VrFrameFlow flow = vr_frame_flow (spec);
  VrFrameStamp stamp = { 0 };
  vr_frame_set_flow (&built, buffer, &flow);
  vr_frame_stamp (&built, buffer, &stamp);
  *frame = built;
  return TRUE;
}

VrFrameFlow
vr_frame_flow (const VrFrameSpec *spec)
{
  guint last = spec->source.family == AF_INET ? 0 : 12;
  return (VrFrameFlow){ .source = vr_frame_get32 (spec->source.bytes + last),
                        .destination = vr_frame_get32 (spec->destination.bytes + last),
                        .source_port = spec->source_port,
                        .destination_port = spec->destination_port };
}

static guint32
halves (guint32 word)
{
  return (word >> 16) + (word & 0xffff);
}

void
vr_frame_set_flow (const VrFrame *frame, guint8 *bytes, const VrFrameFlow *flow)
{
  guint8 *network = bytes + frame->network;
  vr_frame_put16 (bytes + frame->transport, flow->source_port);
  vr_frame_put16 (bytes + frame->transport + 2, flow->destination_port);
  if (frame->family == AF_INET6) {
    vr_frame_put32 (network + 20, flow->source);
    vr_frame_put32 (network + 36, flow->destination);
    return;
  }
  vr_frame_put32 (network + 12, flow->source);
  vr_frame_put32 (network + 16, flow->destination);
  guint32 sum = frame->header_sum + halves (flow->source) + halves (flow->destination);
  vr_frame_put16 (network + 10, (guint16) ~vr_checksum_fold (sum));
}

static void
put_udp_checksum (const VrFrame *frame, guint8 *bytes)
{
  guint32 signature
      = vr_checksum_fold (vr_checksum_add (0, bytes + frame->signature, VR_FRAME_SIGNATURE));
  /* In a frame of odd length each byte of the signature stands in the other half of its word. */
  if ((frame->signature - frame->transport) % 2 != 0)
    signature = GUINT16_SWAP_LE_BE ((guint16) signature);
  guint32 sum = frame->udp_sum + signature;
  sum = vr_checksum_add (sum, bytes + frame->network + 20, 4);
  sum = vr_checksum_add (sum, bytes + frame->network + 36, 4);
  sum = vr_checksum_add (sum, bytes + frame->transport, 4);
  guint16 checksum = (guint16) ~vr_checksum_fold (sum);
  /* RFC 768: a computed zero is sent as all ones. */
  vr_frame_put16 (bytes + frame->transport + 6, checksum != 0 ? checksum : 0xffff);
}

void
vr_frame_stamp (const VrFrame *frame, guint8 *bytes, const VrFrameStamp *stamp)
{
  guint8 *p = bytes + frame->signature;
  vr_frame_put16 (p, FRAME_MAGIC);
  vr_frame_put16 (p + 2, stamp->stream);
  vr_frame_put32 (p + 4, stamp->sequence);
  vr_frame_put16 (p + 8, (guint16) (stamp->time_ns >> 32));
  vr_frame_put32 (p + 10, (guint32) stamp->time_ns);
  if (frame->family == AF_INET6)
    put_udp_checksum (frame, bytes);
}

guint64
vr_frame_latency (guint64 time_ns, guint64 arrival_ns)
{
  guint64 latency = (arrival_ns - time_ns) & FRAME_TIME_MASK;
  return latency >> (VR_FRAME_TIME_BITS - 1) == 0 ? latency : 0;
}

gboolean
vr_frame_is_before (guint64 time_ns, guint64 start_ns)
{
  return vr_frame_latency (time_ns, start_ns) > 0;
}
