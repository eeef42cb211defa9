/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Received frames. Nothing in them is believed: every length is held against the frame's own. */
#include "traffic/vr-frame.h"

#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "traffic/vr-checksum.h"
#include "traffic/vr-frame-format.h"

#define TYPE_SERVICE_TAG 0x88a8 /* IEEE 802.1Q, net/ethernet.h lacks it */

typedef struct {
  const guint8 *network, *transport; /* headers */
  const guint8 *frame_end;
  const guint8 *end; /* of the datagram, as the IP header tells */
  int family;
} Parts;

gsize
vr_frame_header (const guint8 *bytes, gsize length)
{
  gsize header = FRAME_ETHERNET;
  for (;;) {
    guint16 type = vr_frame_get16 (bytes + header - 2);
    if ((type != ETHERTYPE_VLAN && type != TYPE_SERVICE_TAG) || header + FRAME_TAG > length)
      return header;
    header += FRAME_TAG;
  }
}

/* Where the IP header starts, or NULL where the frame bears none. */
static const guint8 *
find_network (const guint8 *bytes, gsize length, int *family)
{
  gsize offset = FRAME_ETHERNET;
  if (length >= FRAME_ETHERNET + FRAME_TAG && vr_frame_get16 (bytes + 12) == ETHERTYPE_VLAN)
    offset += FRAME_TAG;
  if (length < offset + FRAME_IPV4 + FRAME_UDP)
    return NULL;
  guint16 type = vr_frame_get16 (bytes + offset - 2);
  if (type != ETHERTYPE_IP && type != ETHERTYPE_IPV6)
    return NULL;
  *family = type == ETHERTYPE_IP ? AF_INET : AF_INET6;
  return bytes + offset;
}

/* FALSE where the frame is not UDP. */
static gboolean
find_parts (const guint8 *bytes, gsize length, Parts *parts)
{
  const guint8 *p = find_network (bytes, length, &parts->family);
  if (p == NULL)
    return FALSE;
  gsize header = parts->family == AF_INET ? (p[0] & 0xfu) * 4u : FRAME_IPV6;
  gsize rest = length - (gsize) (p - bytes);
  if (rest < header + FRAME_UDP || p[parts->family == AF_INET ? 9 : 6] != IPPROTO_UDP)
    return FALSE;
  gsize total = parts->family == AF_INET ? vr_frame_get16 (p + 2)
                                         : (gsize) FRAME_IPV6 + vr_frame_get16 (p + 4);
  parts->network = p;
  parts->transport = p + header;
  parts->frame_end = bytes + length;
  parts->end = p + MIN (total, rest + 1);
  return TRUE;
}

static gboolean
has_signature_before (const Parts *parts, const guint8 *end)
{
  return end <= parts->frame_end
         && end - parts->transport >= (ptrdiff_t) (FRAME_UDP + VR_FRAME_SIGNATURE)
         && vr_frame_get16 (end - VR_FRAME_SIGNATURE) == FRAME_MAGIC;
}

static gboolean
network_is_whole (const Parts *parts)
{
  const guint8 *p = parts->network;
  if (parts->family == AF_INET6)
    return p[0] >> 4 == 6;
  gsize header = (gsize) (parts->transport - p);
  return p[0] >> 4 == 4 && header >= FRAME_IPV4
         && vr_checksum_fold (vr_checksum_add (0, p, header)) == 0xffff;
}

static gboolean
udp_is_whole (const Parts *parts)
{
  gsize datagram = (gsize) (parts->end - parts->transport);
  if (vr_frame_get16 (parts->transport + 4) != datagram)
    return FALSE;
  if (vr_frame_get16 (parts->transport + 6) == 0)
    return parts->family == AF_INET;
  gsize addresses = parts->family == AF_INET ? 8 : 32;
  const guint8 *first = parts->network + (parts->family == AF_INET ? 12 : 8);
  guint32 sum = vr_checksum_add ((guint32) datagram + IPPROTO_UDP, first, addresses);
  return vr_checksum_fold (vr_checksum_add (sum, parts->transport, datagram)) == 0xffff;
}

static gboolean
pattern_is_whole (const Parts *parts)
{
  const guint8 *payload = parts->transport + FRAME_UDP;
  gsize length = (gsize) (parts->end - payload) - VR_FRAME_SIGNATURE;
  guint8 wrong = 0;
  for (gsize i = 0; i < length; i++)
    wrong |= payload[i] ^ vr_frame_pattern (i);
  return wrong == 0;
}

static void
read_addresses (const Parts *parts, VrFrameSeen *seen)
{
  gsize size = parts->family == AF_INET ? 4 : 16;
  const guint8 *source = parts->network + (parts->family == AF_INET ? 12 : 8);
  seen->source = (VrPrefix){ .family = parts->family, .length = (guint) size * 8 };
  seen->destination = seen->source;
  memcpy (seen->source.bytes, source, size);
  memcpy (seen->destination.bytes, source + size, size);
}

static void
read_headers (const guint8 *bytes, const Parts *parts, VrFrameSeen *seen)
{
  memcpy (seen->destination_mac.bytes, bytes, 6);
  memcpy (seen->source_mac.bytes, bytes + 6, 6);
  read_addresses (parts, seen);
  seen->ttl = parts->network[parts->family == AF_INET ? 8 : 7];
  seen->source_port = vr_frame_get16 (parts->transport);
  seen->destination_port = vr_frame_get16 (parts->transport + 2);
}

static void
read_frame (const guint8 *bytes, const Parts *parts, VrFrameSeen *seen)
{
  const guint8 *signature = parts->end - VR_FRAME_SIGNATURE;
  read_headers (bytes, parts, seen);
  seen->stamp.stream = vr_frame_get16 (signature + 2);
  seen->stamp.sequence = vr_frame_get32 (signature + 4);
  seen->stamp.time_ns
      = ((guint64) vr_frame_get16 (signature + 8) << 32) | vr_frame_get32 (signature + 10);
}

VrFrameVerdict
vr_frame_parse (const guint8 *bytes, gsize length, VrFrameSeen *seen)
{
  Parts parts;
  if (!find_parts (bytes, length, &parts))
    return VR_FRAME_FOREIGN;
  if (!has_signature_before (&parts, parts.end))
    /* With a damaged length in the IP header, the signature is still at the frame's end. */
    return has_signature_before (&parts, parts.frame_end) ? VR_FRAME_CORRUPT : VR_FRAME_FOREIGN;
  if (!network_is_whole (&parts) || !udp_is_whole (&parts) || !pattern_is_whole (&parts))
    return VR_FRAME_CORRUPT;
  read_frame (bytes, &parts, seen);
  return VR_FRAME_GOOD;
}

VrFrameVerdict
vr_frame_parse_pktgen (const guint8 *bytes, gsize length, VrFrameSeen *seen)
{
  Parts parts;
  if (!find_parts (bytes, length, &parts)
      || parts.frame_end - parts.transport < FRAME_UDP + FRAME_PKTGEN
      || vr_frame_get32 (parts.transport + FRAME_UDP) != FRAME_PKTGEN_MAGIC)
    return VR_FRAME_FOREIGN;
  const guint8 *header = parts.transport + FRAME_UDP;
  if (!network_is_whole (&parts) || parts.end > parts.frame_end
      || vr_frame_get16 (parts.transport + 4) != parts.end - parts.transport)
    return VR_FRAME_CORRUPT;
  read_headers (bytes, &parts, seen);
  seen->stamp = (VrFrameStamp){ .sequence = vr_frame_get32 (header + 4) - 1,
                                .time_ns = vr_frame_get32 (header + 8) * 1000000000ull
                                           + vr_frame_get32 (header + 12) * 1000ull };
  return VR_FRAME_GOOD;
}
