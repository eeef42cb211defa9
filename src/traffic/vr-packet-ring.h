/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's receive ring of a packet socket (TPACKET_V3, kernel's networking/packet_mmap.rst):
 * frames come in blocks that are handed over whole, without a system call each. */
#pragma once

#include <glib.h>

#include "traffic/vr-packet-socket.h"

/* A block is handed over when full, or after this time: a frame may lie unseen for as long. */
#define VR_PACKET_RING_RETIRE_MS 4

typedef struct {
  const guint8 *bytes; /* in the ring: gone when the handler returns */
  gsize length;
  gboolean is_cut;       /* the ring holds only a part */
  gboolean is_for_other; /* addressed to another MAC than the interface's */
  guint64 wall_ns;       /* arrival, CLOCK_REALTIME */
} VrPacketRingFrame;

typedef void (*VrPacketRingHandler) (const VrPacketRingFrame *frame, gpointer data);

typedef struct {
  int fd; /* borrowed from the socket */
  guint8 *memory;
  gsize size; /* bytes */
  guint blocks, next;
} VrPacketRing;

/* Puts a ring of about `size` bytes on an unbound socket; frames that it sends itself are left out.
 * VR_ERROR_TRAFFIC. */
gboolean vr_packet_ring_open (VrPacketRing *ring, const VrPacketSocket *packet, gsize size,
                              GError **error);
void vr_packet_ring_clear (VrPacketRing *ring);

/* Hands all frames of all blocks that the kernel has given over to `handler`. Returns their number.
 */
guint vr_packet_ring_drain (VrPacketRing *ring, VrPacketRingHandler handler, gpointer data);

/* The frames that the kernel dropped since the last call since the ring was full. */
guint64 vr_packet_ring_dropped (const VrPacketRing *ring);
