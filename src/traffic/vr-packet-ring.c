/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-packet-ring.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/vr-error.h"

/* Small, since a block is used up by each handover on time, however empty: the number of blocks is
 * how long a reader may be held up. */
#define BLOCK_SIZE (64u << 10)
#define FRAME_SIZE 2048u /* only for the kernel's arithmetic: V3 packs frames tightly */

static gboolean
set_option (int fd, int option, const void *value, socklen_t size, GError **error)
{
  if (setsockopt (fd, SOL_PACKET, option, value, size) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot set up a receive ring (option %d)",
                      option);
  return FALSE;
}

gboolean
vr_packet_ring_open (VrPacketRing *ring, const VrPacketSocket *packet, gsize size, GError **error)
{
  int version = TPACKET_V3, on = 1;
  struct tpacket_req3 request = { .tp_block_size = BLOCK_SIZE,
                                  .tp_block_nr = (guint) CLAMP (size / BLOCK_SIZE, 2, 32768),
                                  .tp_frame_size = FRAME_SIZE,
                                  .tp_retire_blk_tov = VR_PACKET_RING_RETIRE_MS };
  request.tp_frame_nr = BLOCK_SIZE / FRAME_SIZE * request.tp_block_nr;
  if (!set_option (packet->fd, PACKET_VERSION, &version, sizeof version, error)
      || !set_option (packet->fd, PACKET_IGNORE_OUTGOING, &on, sizeof on, error)
      || !set_option (packet->fd, PACKET_RX_RING, &request, sizeof request, error))
    return FALSE;
  gsize length = (gsize) BLOCK_SIZE * request.tp_block_nr;
  void *memory = mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, packet->fd, 0);
  if (memory == MAP_FAILED) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot map a receive ring of %zu bytes",
                        length);
    return FALSE;
  }
  *ring = (VrPacketRing){
    .fd = packet->fd, .memory = memory, .size = length, .blocks = request.tp_block_nr
  };
  return TRUE;
}

void
vr_packet_ring_clear (VrPacketRing *ring)
{
  if (ring->memory != NULL)
    munmap (ring->memory, ring->size);
  ring->memory = NULL;
}

static void
hand_over (const struct tpacket3_hdr *header, VrPacketRingHandler handler, gpointer data)
{
  const guint8 *start = (const guint8 *) header;
  const struct sockaddr_ll *address
      = (const struct sockaddr_ll *) (start + TPACKET_ALIGN (sizeof *header));
  VrPacketRingFrame frame = {
    .bytes = start + header->tp_mac,
    .length = header->tp_snaplen,
    .is_cut = header->tp_snaplen < header->tp_len,
    .is_for_other = address->sll_pkttype == PACKET_OTHERHOST,
    .wall_ns = (guint64) header->tp_sec * 1000000000u + header->tp_nsec,
  };
  handler (&frame, data);
}

guint
vr_packet_ring_drain (VrPacketRing *ring, VrPacketRingHandler handler, gpointer data)
{
  guint frames = 0;
  for (;;) {
    struct tpacket_block_desc *block = (void *) (ring->memory + (gsize) ring->next * BLOCK_SIZE);
    _Atomic guint32 *status = (_Atomic guint32 *) &block->hdr.bh1.block_status;
    if ((atomic_load_explicit (status, memory_order_acquire) & TP_STATUS_USER) == 0)
      return frames;
    const guint8 *p = (const guint8 *) block + block->hdr.bh1.offset_to_first_pkt;
    for (guint i = 0; i < block->hdr.bh1.num_pkts; i++) {
      const struct tpacket3_hdr *header = (const void *) p;
      hand_over (header, handler, data);
      p += header->tp_next_offset;
    }
    frames += block->hdr.bh1.num_pkts;
    atomic_store_explicit (status, TP_STATUS_KERNEL, memory_order_release);
    ring->next = (ring->next + 1) % ring->blocks;
  }
}

guint64
vr_packet_ring_dropped (const VrPacketRing *ring)
{
  struct tpacket_stats_v3 stats = { 0 };
  socklen_t size = sizeof stats;
  if (getsockopt (ring->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0)
    return 0;
  return stats.tp_drops;
}
