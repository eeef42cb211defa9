/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AF_PACKET's transmit ring (TPACKET_V2, kernel's networking/packet_mmap.rst), past the qdisc. Each
 * frame bears a virtio header that asks the kernel to copy all of it: otherwise packets refer to
 * the ring's pages, which costs more for small ones, and devices such as veth hand a slot back
 * before the packet is read. */
#include "traffic/vr-generator.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-bell.h"
#include "traffic/vr-packet-socket.h"

#define BATCH 64
#define SLOTS 2048u /* more than most devices' own queues */
#define RING_MAX (16u << 20)
#define BLOCK_LEAST (64u << 10)
#define SEND_BUFFER (16 << 20)
/* From a slot's start to its virtio header: where the kernel looks with TPACKET_V2. */
#define HEADER TPACKET_ALIGN (sizeof (struct tpacket2_hdr))
#define PREFIX (HEADER + sizeof (struct virtio_net_hdr))

typedef struct {
  VrGenerator base;
  VrPacketSocket packet;
  VrBell *bell;
  guint8 *ring;
  gsize ring_size; /* bytes */
  gsize slot_size; /* bytes, a power of two */
  guint head;      /* the next slot to fill */
  guint queued;    /* slots before it that the kernel has not taken */
} Packet;

static struct tpacket2_hdr *
header (const Packet *packet, guint slot)
{
  return (struct tpacket2_hdr *) (packet->ring + slot * packet->slot_size);
}

static _Atomic guint32 *
status (const Packet *packet, guint slot)
{
  return (_Atomic guint32 *) &header (packet, slot)->tp_status;
}

static gboolean
set_option (const Packet *packet, int option, const void *value, socklen_t size, GError **error)
{
  if (setsockopt (packet->packet.fd, SOL_PACKET, option, value, size) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot set up a transmit ring (option %d)",
                      option);
  return FALSE;
}

static gboolean
map_ring (Packet *packet, gsize length, GError **error)
{
  packet->slot_size = 128;
  while (packet->slot_size < PREFIX + length)
    packet->slot_size *= 2;
  packet->base.slots = (guint) MIN (SLOTS, RING_MAX / packet->slot_size);
  packet->ring_size = packet->base.slots * packet->slot_size;
  struct tpacket_req request = { .tp_block_size = BLOCK_LEAST,
                                 .tp_block_nr = (guint) (packet->ring_size / BLOCK_LEAST),
                                 .tp_frame_size = (guint) packet->slot_size,
                                 .tp_frame_nr = packet->base.slots };
  if (!set_option (packet, PACKET_TX_RING, &request, sizeof request, error))
    return FALSE;
  void *ring = mmap (NULL, packet->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     packet->packet.fd, 0);
  if (ring == MAP_FAILED) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno,
                        "cannot map a transmit ring of %" G_GSIZE_FORMAT " bytes",
                        packet->ring_size);
    return FALSE;
  }
  packet->ring = ring;
  return TRUE;
}

static gboolean
set_up (Packet *packet, gsize length, GError **error)
{
  int version = TPACKET_V2, on = 1, size = SEND_BUFFER;
  /* Frames that lie in a receiver's queue may be charged to this buffer: a full one holds the
   * sender up. Without the right to force it, the shortfall shows as EAGAIN. */
  if (setsockopt (packet->packet.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    setsockopt (packet->packet.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return set_option (packet, PACKET_VERSION, &version, sizeof version, error)
         && set_option (packet, PACKET_VNET_HDR, &on, sizeof on, error)
         && set_option (packet, PACKET_QDISC_BYPASS, &on, sizeof on, error)
         && map_ring (packet, length, error) && vr_packet_socket_bind (&packet->packet, 0, error);
}

static void
packet_free (VrGenerator *generator)
{
  Packet *packet = (Packet *) generator;
  if (packet->ring != NULL)
    munmap (packet->ring, packet->ring_size);
  vr_bell_free (packet->bell);
  vr_packet_socket_clear (&packet->packet);
  g_free (packet);
}

static VrGenerator *
packet_open (const VrGeneratorSpec *spec, GError **error)
{
  Packet *packet = g_new0 (Packet, 1);
  packet->packet.fd = -1;
  packet->bell = vr_bell_new ();
  packet->base = (VrGenerator){ .kind = vr_generator_packet (), .mode = "copy", .batch = BATCH };
  packet->base.bell = packet->bell;
  if (!vr_packet_socket_open (&packet->packet, spec->netns_fd, spec->ifname, error)
      || !set_up (packet, spec->length, error)) {
    packet_free (&packet->base);
    return NULL;
  }
  packet->base.mtu = packet->packet.mtu;
  packet->base.stamped_fd = packet->packet.fd;
  return &packet->base;
}

static guint8 *
packet_bytes (VrGenerator *generator, guint slot)
{
  return (guint8 *) header ((Packet *) generator, slot) + PREFIX;
}

static guint
packet_room (VrGenerator *generator, guint wanted, guint *slots)
{
  const Packet *packet = (const Packet *) generator;
  guint slot = packet->head;
  for (guint i = 0; i < wanted; i++) {
    if (atomic_load_explicit (status (packet, slot), memory_order_acquire) != TP_STATUS_AVAILABLE)
      return i;
    slots[i] = slot;
    slot = slot + 1 < generator->slots ? slot + 1 : 0;
  }
  return wanted;
}

static void
packet_put (VrGenerator *generator, const guint *lengths, guint count)
{
  Packet *packet = (Packet *) generator;
  for (guint i = 0; i < count; i++) {
    struct tpacket2_hdr *frame = header (packet, packet->head);
    struct virtio_net_hdr *virtio = (struct virtio_net_hdr *) ((guint8 *) frame + HEADER);
    virtio->hdr_len = (guint16) lengths[i];
    frame->tp_len = lengths[i] + (guint) sizeof *virtio;
    atomic_store_explicit (status (packet, packet->head), TP_STATUS_SEND_REQUEST,
                           memory_order_release);
    packet->head = packet->head + 1 < generator->slots ? packet->head + 1 : 0;
  }
  packet->queued += count;
}

/* The kernel takes slots in their order, and leaves those that it does not as they were. */
static guint
count_taken (Packet *packet)
{
  guint taken = 0, slots = packet->base.slots;
  guint slot = (packet->head + slots - packet->queued) % slots;
  while (taken < packet->queued
         && atomic_load_explicit (status (packet, slot), memory_order_acquire)
                != TP_STATUS_SEND_REQUEST) {
    taken++;
    slot = slot + 1 < slots ? slot + 1 : 0;
  }
  packet->queued -= taken;
  return taken;
}

static VrGeneratorFlush
packet_flush (VrGenerator *generator, guint64 until_ns)
{
  Packet *packet = (Packet *) generator;
  int errnum = vr_bell_ring (packet->bell, packet->packet.fd, until_ns, &generator->system_calls);
  guint taken = count_taken (packet);
  if (errnum == 0 && packet->queued > 0)
    errnum = EAGAIN;
  return (VrGeneratorFlush){ .taken = taken, .errnum = errnum };
}

static void
packet_withdraw (VrGenerator *generator)
{
  Packet *packet = (Packet *) generator;
  for (; packet->queued > 0; packet->queued--) {
    packet->head = (packet->head + generator->slots - 1) % generator->slots;
    atomic_store_explicit (status (packet, packet->head), TP_STATUS_AVAILABLE,
                           memory_order_release);
  }
}

/* What left the queue was copied. */
static gboolean
packet_is_idle (VrGenerator *generator)
{
  return ((const Packet *) generator)->queued == 0;
}

const VrGeneratorKind *
vr_generator_packet (void)
{
  static const VrGeneratorKind kind = {
    .name = "packet",
    .open = packet_open,
    .free = packet_free,
    .bytes = packet_bytes,
    .room = packet_room,
    .put = packet_put,
    .flush = packet_flush,
    .withdraw = packet_withdraw,
    .is_idle = packet_is_idle,
    .is_shared = TRUE,
  };
  return &kind;
}
