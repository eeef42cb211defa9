/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AF_XDP (kernel's networking/af_xdp.rst) through libxdp: frames lie in memory that the kernel
 * knows, and a ring names those to send. Nothing is loaded on the interface unless that is asked
 * for: a socket that only sends needs no XDP program, but for drivers whose zero-copy mode wants
 * one, which are copied for instead. */
#include "traffic/vr-generator.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/libxdp.h>
#include <xdp/xsk.h>

#include "base/vr-error.h"
#include "traffic/vr-bell.h"
#include "traffic/vr-packet-socket.h"
#include "traffic/vr-within.h"
#include "traffic/vr-xdp-program.h"

/* What the kernel takes in one call in copy mode: TX_BATCH_SIZE of net/xdp/xsk.c. */
#define BATCH 32
#define SLOTS 1024u /* a power of two, as are all rings */
#define RECEIVE_SLOTS 64u
#define SEND_BUFFER (16 << 20) /* bytes: for all slots, with what the kernel adds to each */
#define CHUNK_SMALL 2048u
#define CHUNK_MAX 4096u
/* The kernel lets go of a queue some time after its last socket is closed. */
#define BUSY_NS 1000000000ull
#define BUSY_WAIT_NS 5000000ull

typedef struct {
  VrGenerator base;
  struct xsk_umem *umem;
  struct xsk_socket *socket;
  struct xsk_ring_prod fill, transmit;
  struct xsk_ring_cons completed;
  VrBell *bell;
  int program; /* less than 0: none */
  guint8 *memory;
  guint32 chunk; /* bytes of a slot */
  guint32 taken; /* by the kernel, of all that were queued; modulo 2^32 */
  guint32 queued;
  guint free_count;
  guint free[SLOTS]; /* the last is used next, while it is in the cache */
  gboolean is_zero_copy;
} Xdp;

typedef struct {
  Xdp *xdp;
  const char *ifname;
  guint16 bind_flags;
} Opening;

/* libxdp prints its troubles; ours come as errors. */
static int
stay_silent (enum libxdp_print_level level, const char *format, va_list args)
{
  (void) level;
  (void) format;
  (void) args;
  return 0;
}

static void
close_socket (Xdp *xdp)
{
  if (xdp->socket != NULL)
    xsk_socket__delete (xdp->socket);
  if (xdp->umem != NULL)
    xsk_umem__delete (xdp->umem);
  xdp->socket = NULL;
  xdp->umem = NULL;
}

/* In the interface's namespace. A wakeup of the empty ring tells whether the driver would send:
 * several want an XDP program first (i40e_xsk_wakeup() and its like). */
static int
open_socket (gpointer data)
{
  const Opening *opening = data;
  Xdp *xdp = opening->xdp;
  int buffer = SEND_BUFFER;
  const struct xsk_umem_config memory
      = { .fill_size = RECEIVE_SLOTS, .comp_size = SLOTS, .frame_size = xdp->chunk };
  const struct xsk_socket_config config = { .tx_size = SLOTS,
                                            .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
                                            .bind_flags = opening->bind_flags };
  int result = xsk_umem__create (&xdp->umem, xdp->memory, (guint64) xdp->chunk * SLOTS, &xdp->fill,
                                 &xdp->completed, &memory);
  if (result == 0)
    result = xsk_socket__create (&xdp->socket, opening->ifname, 0, xdp->umem, NULL, &xdp->transmit,
                                 &config);
  if (result == 0 && (opening->bind_flags & XDP_ZEROCOPY) != 0
      && sendto (xsk_socket__fd (xdp->socket), NULL, 0, MSG_DONTWAIT, NULL, 0) < 0)
    result = -errno;
  if (result != 0)
    close_socket (xdp);
  else if (setsockopt (xsk_socket__fd (xdp->socket), SOL_SOCKET, SO_SNDBUFFORCE, &buffer,
                       sizeof buffer)
           != 0)
    setsockopt (xsk_socket__fd (xdp->socket), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  return -result;
}

/* As long as the queue is another's, the other may just be closing. */
static gboolean
try_open (Xdp *xdp, const VrGeneratorSpec *spec, guint16 bind_flags, int *errnum, GError **error)
{
  const VrClock *clock = spec->clock;
  guint64 end_ns = clock->now_ns (clock->data) + BUSY_NS, now_ns;
  Opening opening
      = { .xdp = xdp, .ifname = spec->ifname, .bind_flags = bind_flags | XDP_USE_NEED_WAKEUP };
  do {
    if (!vr_within_call (spec->netns_fd, open_socket, &opening, errnum, error))
      return FALSE;
    now_ns = clock->now_ns (clock->data);
    if (*errnum == EBUSY)
      clock->wait_until (clock->data, now_ns + BUSY_WAIT_NS);
  } while (*errnum == EBUSY && now_ns < end_ns);
  return TRUE;
}

/* What a driver has not is the host's lack; that something is another's, or not allowed, is as
 * everywhere. */
static void
tell_lack (const VrGeneratorSpec *spec, int errnum, const char *lack, const char *way_out,
           GError **error)
{
  vr_error_set_errno (error, VR_ERROR_HOST, errnum, "no %s on \"%s\" (%s)", lack, spec->ifname,
                      way_out);
}

static int
attach_program (gpointer data)
{
  const Opening *opening = data;
  opening->xdp->program = vr_xdp_program_attach (opening->ifname);
  return opening->xdp->program < 0 ? -opening->xdp->program : 0;
}

static gboolean
open_program (Xdp *xdp, const VrGeneratorSpec *spec, GError **error)
{
  Opening opening = { .xdp = xdp, .ifname = spec->ifname };
  int errnum;
  if (spec->xdp.mode != VR_XDP_MODE_NATIVE)
    return TRUE;
  if (!vr_within_call (spec->netns_fd, attach_program, &opening, &errnum, error))
    return FALSE;
  if (errnum == EBUSY || errnum == EEXIST)
    vr_error_set_errno (error, VR_ERROR_BUSY, errnum,
                        "\"%s\" has an XDP program already (take it off: ip link set dev %s xdp "
                        "off; or leave --xdp-mode native)",
                        spec->ifname, spec->ifname);
  else if (errnum != 0)
    tell_lack (spec, errnum, "XDP in the driver",
               "take --xdp-mode skb or auto, or give it and its peer an MTU that XDP allows",
               error);
  return errnum == 0;
}

static void
take_mode (Xdp *xdp, const VrGeneratorSpec *spec, gboolean is_zero_copy)
{
  static const char *const words[][2]
      = { [VR_XDP_MODE_AUTO] = { "copy", "zero-copy" },
          [VR_XDP_MODE_SKB] = { "skb-copy", NULL },
          [VR_XDP_MODE_NATIVE] = { "native-copy", "native-zero-copy" } };
  xdp->is_zero_copy = is_zero_copy;
  xdp->base.mode = words[spec->xdp.mode][is_zero_copy];
  xdp->base.reads_late = is_zero_copy;
}

static gboolean
open_copying (Xdp *xdp, const VrGeneratorSpec *spec, GError **error)
{
  int errnum;
  if (!try_open (xdp, spec, XDP_COPY, &errnum, error))
    return FALSE;
  take_mode (xdp, spec, FALSE);
  if (errnum == 0)
    return TRUE;
  vr_error_set_errno (error, errnum == EBUSY ? VR_ERROR_BUSY : VR_ERROR_TRAFFIC, errnum,
                      "cannot open an AF_XDP socket on queue 0 of \"%s\"%s", spec->ifname,
                      errnum == EBUSY ? " (another sender has it: end that, or take --generator "
                                        "packet)"
                                      : "");
  return FALSE;
}

static gboolean
open_either (Xdp *xdp, const VrGeneratorSpec *spec, GError **error)
{
  int refusal;
  if (spec->xdp.mode == VR_XDP_MODE_SKB || spec->xdp.copy == VR_XDP_COPY_COPY)
    return open_copying (xdp, spec, error);
  if (!try_open (xdp, spec, XDP_ZEROCOPY, &refusal, error))
    return FALSE;
  if (refusal == 0) {
    take_mode (xdp, spec, TRUE);
    return TRUE;
  }
  if (spec->xdp.copy == VR_XDP_COPY_ZERO) {
    tell_lack (spec, refusal, "zero-copy",
               spec->xdp.mode == VR_XDP_MODE_NATIVE
                   ? "take --xdp-copy copy or auto"
                   : "take --xdp-copy copy or auto, or --xdp-mode native, which some drivers want "
                     "for it",
               error);
    return FALSE;
  }
  if (!open_copying (xdp, spec, error))
    return FALSE;
  xdp->base.why
      = g_strdup_printf ("no zero-copy on \"%s\": %s", spec->ifname, g_strerror (refusal));
  return TRUE;
}

static gboolean
map_memory (Xdp *xdp, const VrGeneratorSpec *spec, GError **error)
{
  if (spec->length > CHUNK_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "AF_XDP sends frames of up to %u bytes, not of %" G_GSIZE_FORMAT
                 ": take --generator packet",
                 CHUNK_MAX + 4, spec->length + 4);
    return FALSE;
  }
  xdp->chunk = spec->length <= CHUNK_SMALL ? CHUNK_SMALL : CHUNK_MAX;
  void *memory = mmap (NULL, (gsize) xdp->chunk * SLOTS, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot map %" G_GSIZE_FORMAT " bytes",
                        (gsize) xdp->chunk * SLOTS);
    return FALSE;
  }
  xdp->memory = memory;
  return TRUE;
}

static void
xdp_free (VrGenerator *generator)
{
  Xdp *xdp = (Xdp *) generator;
  close_socket (xdp);
  if (xdp->program >= 0)
    close (xdp->program);
  vr_bell_free (xdp->bell);
  if (xdp->memory != NULL)
    munmap (xdp->memory, (gsize) xdp->chunk * SLOTS);
  g_free (xdp);
}

/* That the interface is there and up is told in the words of every generator. */
static gboolean
look_at_interface (Xdp *xdp, const VrGeneratorSpec *spec, GError **error)
{
  g_auto (VrPacketSocket) packet = { .fd = -1 };
  if (!vr_packet_socket_open (&packet, spec->netns_fd, spec->ifname, error))
    return FALSE;
  xdp->base.mtu = packet.mtu;
  return TRUE;
}

static VrGenerator *
xdp_open (const VrGeneratorSpec *spec, GError **error)
{
  Xdp *xdp = g_new0 (Xdp, 1);
  xdp->base = (VrGenerator){ .kind = vr_generator_xdp (), .slots = SLOTS, .batch = BATCH };
  xdp->program = -1;
  xdp->bell = vr_bell_new ();
  xdp->base.bell = xdp->bell;
  libxdp_set_print (stay_silent);
  for (guint i = 0; i < SLOTS; i++)
    xdp->free[xdp->free_count++] = i;
  if (!look_at_interface (xdp, spec, error) || !map_memory (xdp, spec, error)
      || !open_program (xdp, spec, error) || !open_either (xdp, spec, error)) {
    xdp_free (&xdp->base);
    return NULL;
  }
  return &xdp->base;
}

static guint8 *
xdp_bytes (VrGenerator *generator, guint slot)
{
  const Xdp *xdp = (const Xdp *) generator;
  return xdp->memory + (gsize) slot * xdp->chunk;
}

static void
reap (Xdp *xdp)
{
  guint32 first = 0;
  guint count = xsk_ring_cons__peek (&xdp->completed, SLOTS, &first);
  for (guint i = 0; i < count; i++)
    xdp->free[xdp->free_count++]
        = (guint) (*xsk_ring_cons__comp_addr (&xdp->completed, first + i) / xdp->chunk);
  xsk_ring_cons__release (&xdp->completed, count);
}

static guint
xdp_room (VrGenerator *generator, guint wanted, guint *slots)
{
  Xdp *xdp = (Xdp *) generator;
  reap (xdp);
  guint room = MIN (wanted, xdp->free_count);
  for (guint i = 0; i < room; i++)
    slots[i] = xdp->free[xdp->free_count - 1 - i];
  return room;
}

/* There are as many places in the ring as slots, so there is one. */
static void
xdp_put (VrGenerator *generator, const guint *lengths, guint count)
{
  Xdp *xdp = (Xdp *) generator;
  guint32 first = 0;
  xsk_ring_prod__reserve (&xdp->transmit, count, &first);
  for (guint i = 0; i < count; i++)
    *xsk_ring_prod__tx_desc (&xdp->transmit, first + i)
        = (struct xdp_desc){ .addr = (guint64) xdp->free[--xdp->free_count] * xdp->chunk,
                             .len = lengths[i] };
  xsk_ring_prod__submit (&xdp->transmit, count);
  xdp->queued += count;
}

static VrGeneratorFlush
xdp_flush (VrGenerator *generator, guint64 until_ns)
{
  Xdp *xdp = (Xdp *) generator;
  VrGeneratorFlush flush = { 0 };
  if (xsk_ring_prod__needs_wakeup (&xdp->transmit))
    flush.errnum = vr_bell_ring (xdp->bell, xsk_socket__fd (xdp->socket), until_ns,
                                 &generator->system_calls);
  guint32 taken = __atomic_load_n (xdp->transmit.consumer, __ATOMIC_ACQUIRE);
  flush.taken = taken - xdp->taken;
  xdp->taken = taken;
  xdp->queued -= flush.taken;
  /* xsk_generic_xmit(): the device dropped the last one that it was handed. */
  if (!xdp->is_zero_copy && flush.errnum == EBUSY && flush.taken > 0)
    flush.refused = 1;
  return flush;
}

/* A device that reads by itself may have begun on them: then they go. */
static void
xdp_withdraw (VrGenerator *generator)
{
  Xdp *xdp = (Xdp *) generator;
  if (xdp->is_zero_copy)
    return;
  for (; xdp->queued > 0; xdp->queued--) {
    guint32 last = --xdp->transmit.cached_prod;
    xdp->free[xdp->free_count++]
        = (guint) (xsk_ring_prod__tx_desc (&xdp->transmit, last)->addr / xdp->chunk);
  }
  __atomic_store_n (xdp->transmit.producer, xdp->transmit.cached_prod, __ATOMIC_RELEASE);
}

static gboolean
xdp_is_idle (VrGenerator *generator)
{
  Xdp *xdp = (Xdp *) generator;
  reap (xdp);
  return !xdp->is_zero_copy || xdp->free_count == SLOTS;
}

const VrGeneratorKind *
vr_generator_xdp (void)
{
  static const VrGeneratorKind kind = {
    .name = "xdp",
    .open = xdp_open,
    .free = xdp_free,
    .bytes = xdp_bytes,
    .room = xdp_room,
    .put = xdp_put,
    .flush = xdp_flush,
    .withdraw = xdp_withdraw,
    .is_idle = xdp_is_idle,
  };
  return &kind;
}
