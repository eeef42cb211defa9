/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test frames: UDP over IPv4 or IPv6, with a signature of 14 bytes at the end of the payload by
 * which the receiver knows each one.
 *
 * The signature, in network order: magic 0x5652, 16 bits; stream, 16 bits; sequence, 32 bits; time
 * of sending in ns modulo 2^48 (78 hours), 48 bits. The payload before it is a fixed pattern, so
 * that a damaged byte shows. IPv4's UDP checksum is 0 (none, RFC 768); IPv6's is right, as RFC 8200
 * wants.
 *
 * A frame is built once into a buffer, and then patched for each packet: `VrFrame` keeps offsets
 * and partial checksums, so that a patch touches only what changes. */
#pragma once

#include <glib.h>

#include "base/vr-address.h"

#define VR_FRAME_FCS 4 /* bytes, counted in a frame's size, added by the NIC */
#define VR_FRAME_GAP                                                                               \
  20 /* bytes between frames on the line: preamble 8, least gap 12 (IEEE 802.3) */
#define VR_FRAME_SIZE_MAX 9022 /* an MTU of 9000, with header, tag and FCS */
#define VR_FRAME_SIGNATURE 14  /* bytes */
#define VR_FRAME_TIME_BITS 48

typedef struct {
  VrMac source_mac, destination_mac;
  VrPrefix source, destination; /* of one family; their lengths are ignored */
  guint16 source_port, destination_port;
  guint vlan; /* 1 to 4094; 0: untagged */
  guint size; /* bytes, with FCS and tag */
  guint8 ttl; /* or hop limit */
  guint8 dscp;
} VrFrameSpec;

/* What vr_frame_build() says of the frame in the buffer; offsets in bytes. */
typedef struct {
  gsize length; /* bytes for the socket: size less FCS */
  int family;   /* AF_INET or AF_INET6 */
  guint network, transport, signature;
  guint32 header_sum; /* IPv4: of the header without addresses and checksum */
  guint32 udp_sum;    /* IPv6: of all that the checksum covers, but flow and signature */
} VrFrame;

/* What tells one flow from another in a stream of like frames: the last 32 bits of the addresses,
 * and the ports; in host order. */
typedef struct {
  guint32 source, destination;
  guint16 source_port, destination_port;
} VrFrameFlow;

typedef struct {
  guint16 stream;
  guint32 sequence;
  guint64 time_ns; /* any; the frame carries it modulo 2^48 */
} VrFrameStamp;

typedef enum {
  VR_FRAME_FOREIGN, /* no test frame */
  VR_FRAME_CORRUPT, /* a test frame, damaged: a checksum, a length or the pattern is wrong */
  VR_FRAME_GOOD,
} VrFrameVerdict;

/* What vr_frame_parse() found in a good frame. */
typedef struct {
  VrFrameStamp stamp;
  VrMac source_mac, destination_mac;
  VrPrefix source, destination; /* full lengths */
  guint16 source_port, destination_port;
  guint8 ttl;
} VrFrameSeen;

/* The least size in bytes, with FCS: 64 for IPv4 (Ethernet's own), 80 for IPv6, 84 for IPv6 tagged.
 */
guint vr_frame_least_size (int family, guint vlan);

/* The bytes of the Ethernet header, with all its VLAN tags; of a frame of 14 bytes or more. */
gsize vr_frame_header (const guint8 *bytes, gsize length);

/* Writes a whole frame, stamped with stream 0, sequence 0 and time 0. VR_ERROR_USAGE when the size
 * is below the least (which it names), above VR_FRAME_SIZE_MAX or the buffer, the families differ,
 * or vlan or ttl is out of range; the buffer is then untouched. */
gboolean vr_frame_build (const VrFrameSpec *spec, guint8 *buffer, gsize buffer_size, VrFrame *frame,
                         GError **error);

/* The flow that `spec` itself describes: a base to vary. */
VrFrameFlow vr_frame_flow (const VrFrameSpec *spec);

/* Patches addresses and ports. IPv4's header checksum is made right; IPv6's UDP checksum is right
 * after the next vr_frame_stamp(). */
void vr_frame_set_flow (const VrFrame *frame, guint8 *bytes, const VrFrameFlow *flow);

/* Patches the signature, and IPv6's UDP checksum. */
void vr_frame_stamp (const VrFrame *frame, guint8 *bytes, const VrFrameStamp *stamp);

/* Judges a received frame of `length` bytes, without FCS, padded or not, with a VLAN tag or
 * without. `seen` is written only for a good one. */
VrFrameVerdict vr_frame_parse (const guint8 *bytes, gsize length, VrFrameSeen *seen);

/* Likewise a frame of the kernel's pktgen, whose header stands at the beginning of its payload:
 * magic, sequence from 1, seconds and microseconds of CLOCK_REALTIME, 32 bits each. In `seen` the
 * stream is 0, the sequence counts from 0, and the time is whole, in ns. The rest of the payload is
 * not looked at. */
VrFrameVerdict vr_frame_parse_pktgen (const guint8 *bytes, gsize length, VrFrameSeen *seen);

/* The ns from a frame's time (modulo 2^48) to `arrival_ns`; 0 where the clocks' jitter makes it
 * negative. */
guint64 vr_frame_latency (guint64 time_ns, guint64 arrival_ns);

/* Whether a frame's time (modulo 2^48) is before `start_ns`, by up to half of what 48 bits hold. */
gboolean vr_frame_is_before (guint64 time_ns, guint64 start_ns);
