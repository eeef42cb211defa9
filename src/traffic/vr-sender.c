/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-sender.h"

#include <errno.h>
#include <netpacket/packet.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-pacer.h"
#include "traffic/vr-packet-socket.h"

#define BURST_DEFAULT 32
#define LAG_DEFAULT_NS 10000000ull
#define STALL_NS 1000000000ull
/* Ahead by less, a sleep would come back too late: timers have 50 us of slack, prctl(2). */
#define SPIN_NS 20000ull
#define RETRY_NS 50000ull
#define SEND_BUFFER (16 << 20)

struct VrSender {
  VrPacketSocket packet;
  char *ifname;
  const VrClock *clock;
  VrFrame frame;
  VrSenderStream *streams;
  guint streams_count;
  guint64 asked, rate_pps, duration_ns, lag_max_ns;
  guint burst;
  guint8 *buffers; /* `burst` frames, one after the other */
  struct iovec vectors[VR_SENDER_BURST_MAX];
  struct mmsghdr messages[VR_SENDER_BURST_MAX];
  atomic_int stopped;
};

typedef struct {
  VrPacer pacer;
  guint64 deadline_ns; /* G_MAXUINT64: none */
  guint64 stalled_ns;  /* since when the kernel takes nothing; 0: it does */
  guint64 last_ns;     /* the last system call */
  guint next_stream;
  guint32 next_sequence;
} Run;

guint64
vr_sender_share (guint64 frames, guint streams_count, guint index)
{
  return frames / streams_count + (index < frames % streams_count);
}

/* The frames asked for, or 0 where nothing bounds them. */
static guint64
resolve_count (const VrSenderOptions *options)
{
  guint64 by_time
      = (guint64) ((unsigned __int128) options->duration_ns * options->rate_pps / 1000000000u);
  if (options->count == 0)
    return by_time;
  return options->duration_ns != 0 && options->rate_pps != 0 ? MIN (options->count, by_time)
                                                             : options->count;
}

static gboolean
check_options (const VrSenderOptions *options, GError **error)
{
  guint64 asked = resolve_count (options);
  if (asked == 0)
    g_set_error (
        error, VR_ERROR, VR_ERROR_USAGE,
        "nothing to send: give a number of frames, or a duration and a rate that make one");
  else if (options->burst > VR_SENDER_BURST_MAX)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "bursts of %u frames: at most %d", options->burst,
                 VR_SENDER_BURST_MAX);
  else if (options->streams != NULL
           && (options->streams_count == 0 || options->streams_count > VR_SENDER_STREAMS_MAX))
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u streams: from 1 to %d",
                 options->streams_count, VR_SENDER_STREAMS_MAX);
  else if (asked > (guint64) MAX (options->streams_count, 1) << 32)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%" G_GUINT64_FORMAT " frames over %u streams: at most 4294967296 a stream", asked,
                 MAX (options->streams_count, 1));
  else
    return TRUE;
  return FALSE;
}

static gboolean
set_up_socket (VrSender *sender, const VrFrameSpec *spec, GError **error)
{
  guint overhead = 14 + VR_FRAME_FCS + (spec->vlan != 0 ? 4 : 0);
  if (spec->size > sender->packet.mtu + overhead) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "a frame of %u bytes does not fit interface \"%s\": its MTU of %u allows %u",
                 spec->size, sender->ifname, sender->packet.mtu, sender->packet.mtu + overhead);
    return FALSE;
  }
  int on = 1, size = SEND_BUFFER;
  if (setsockopt (sender->packet.fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot bypass the qdisc of \"%s\"",
                        sender->ifname);
    return FALSE;
  }
  /* Frames that lie in a receiver's queue are charged to this buffer: a full one holds the sender
   * up. Without the right to force it, the shortfall shows as EAGAIN. */
  if (setsockopt (sender->packet.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    setsockopt (sender->packet.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return vr_packet_socket_bind (&sender->packet, 0, error);
}

static gboolean
build_frames (VrSender *sender, const VrFrameSpec *spec, GError **error)
{
  guint8 bytes[VR_FRAME_SIZE_MAX];
  if (!vr_frame_build (spec, bytes, sizeof bytes, &sender->frame, error))
    return FALSE;
  gsize length = sender->frame.length;
  sender->buffers = g_malloc (length * sender->burst);
  for (guint i = 0; i < sender->burst; i++) {
    guint8 *buffer = sender->buffers + i * length;
    memcpy (buffer, bytes, length);
    sender->vectors[i] = (struct iovec){ .iov_base = buffer, .iov_len = length };
    sender->messages[i].msg_hdr
        = (struct msghdr){ .msg_iov = &sender->vectors[i], .msg_iovlen = 1 };
  }
  return TRUE;
}

static void
copy_streams (VrSender *sender, const VrSenderOptions *options)
{
  const VrSenderStream single = { .id = 0, .flow = vr_frame_flow (options->frame) };
  const VrSenderStream *streams = options->streams != NULL ? options->streams : &single;
  sender->streams_count = options->streams != NULL ? options->streams_count : 1;
  sender->streams = g_memdup2 (streams, sender->streams_count * sizeof *streams);
}

VrSender *
vr_sender_new (const VrSenderOptions *options, GError **error)
{
  if (!check_options (options, error))
    return NULL;
  g_autoptr (VrSender) sender = g_new0 (VrSender, 1);
  sender->packet.fd = -1;
  sender->ifname = g_strdup (options->ifname);
  sender->clock = options->clock;
  sender->asked = resolve_count (options);
  sender->rate_pps = options->rate_pps;
  sender->duration_ns = options->duration_ns;
  sender->lag_max_ns = options->lag_max_ns != 0 ? options->lag_max_ns : LAG_DEFAULT_NS;
  sender->burst = options->burst != 0 ? options->burst : BURST_DEFAULT;
  copy_streams (sender, options);
  if (!build_frames (sender, options->frame, error)
      || !vr_packet_socket_open (&sender->packet, options->netns_fd, options->ifname, error)
      || !set_up_socket (sender, options->frame, error))
    return NULL;
  return g_steal_pointer (&sender);
}

void
vr_sender_free (VrSender *sender)
{
  vr_packet_socket_clear (&sender->packet);
  g_free (sender->ifname);
  g_free (sender->streams);
  g_free (sender->buffers);
  g_free (sender);
}

void
vr_sender_stop (VrSender *sender)
{
  atomic_store (&sender->stopped, 1);
}

guint64
vr_sender_asked (const VrSender *sender)
{
  return sender->asked;
}

static void
advance (const VrSender *sender, guint *stream, guint32 *sequence)
{
  if (++*stream == sender->streams_count) {
    *stream = 0;
    (*sequence)++;
  }
}

static void
stamp_batch (VrSender *sender, const Run *run, guint count, guint64 now_ns)
{
  guint stream = run->next_stream;
  guint32 sequence = run->next_sequence;
  for (guint i = 0; i < count; i++) {
    const VrSenderStream *of = &sender->streams[stream];
    guint8 *bytes = sender->vectors[i].iov_base;
    VrFrameStamp stamp = { .stream = of->id, .sequence = sequence, .time_ns = now_ns };
    vr_frame_set_flow (&sender->frame, bytes, &of->flow);
    vr_frame_stamp (&sender->frame, bytes, &stamp);
    advance (sender, &stream, &sequence);
  }
}

/* With the qdisc bypassed, a full queue of the device is ENOBUFS; a full send buffer EAGAIN. */
static gboolean
is_congestion (int errnum)
{
  return errnum == EAGAIN || errnum == ENOBUFS || errnum == EINTR;
}

/* Sends up to `count` frames; FALSE when the interface is gone. */
static gboolean
send_batch (VrSender *sender, Run *run, guint count, VrSenderResult *result, GError **error)
{
  guint64 now_ns = sender->clock->now_ns (sender->clock->data);
  stamp_batch (sender, run, count, now_ns);
  int taken = sendmmsg (sender->packet.fd, sender->messages, count, MSG_DONTWAIT);
  int errnum = errno;
  if (taken < 0 && !is_congestion (errnum)) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errnum,
                        "interface \"%s\" takes no frames after %" G_GUINT64_FORMAT
                        " of %" G_GUINT64_FORMAT,
                        sender->ifname, result->sent, sender->asked);
    return FALSE;
  }
  run->last_ns = now_ns;
  if (taken > 0)
    run->stalled_ns = 0;
  else if (run->stalled_ns == 0)
    run->stalled_ns = now_ns;
  for (int i = 0; i < taken; i++)
    advance (sender, &run->next_stream, &run->next_sequence);
  result->sent += (guint64) MAX (taken, 0);
  if (taken < (int) count)
    result->eagain++;
  if (taken <= 0)
    sender->clock->wait_until (sender->clock->data, now_ns + RETRY_NS);
  return TRUE;
}

static gboolean
is_over (VrSender *sender, const Run *run, guint64 now_ns, guint64 sent)
{
  return sent >= sender->asked || now_ns >= run->deadline_ns
         || (run->stalled_ns != 0 && now_ns - run->stalled_ns > STALL_NS)
         || atomic_load_explicit (&sender->stopped, memory_order_relaxed) != 0;
}

static gboolean
run_loop (VrSender *sender, Run *run, VrSenderResult *result, GError **error)
{
  for (;;) {
    guint64 now_ns = sender->clock->now_ns (sender->clock->data);
    guint64 due = vr_pacer_due (&run->pacer, now_ns, result->sent);
    if (is_over (sender, run, now_ns, result->sent))
      return TRUE;
    if (due == 0) {
      guint64 next_ns = MIN (vr_pacer_next_ns (&run->pacer, result->sent), run->deadline_ns);
      if (next_ns > now_ns + SPIN_NS)
        sender->clock->wait_until (sender->clock->data, next_ns);
      continue;
    }
    guint64 count = MIN (MIN (due, sender->burst), sender->asked - result->sent);
    if (!send_batch (sender, run, (guint) count, result, error))
      return FALSE;
  }
}

gboolean
vr_sender_run (VrSender *sender, VrSenderResult *result, GError **error)
{
  guint64 start_ns = sender->clock->now_ns (sender->clock->data);
  VrSenderResult counted = { .asked = sender->asked };
  Run run = {
    .pacer
    = { .start_ns = start_ns, .rate_pps = sender->rate_pps, .lag_max_ns = sender->lag_max_ns },
    .deadline_ns
    = sender->duration_ns != 0 ? start_ns + sender->duration_ns + sender->lag_max_ns : G_MAXUINT64,
    .last_ns = start_ns
  };
  if (!run_loop (sender, &run, &counted, error))
    return FALSE;
  counted.slipped_ns = run.pacer.slipped_ns;
  counted.duration_ns = run.last_ns - start_ns;
  counted.tester_limited
      = counted.sent < counted.asked || counted.slipped_ns > counted.duration_ns / 100;
  *result = counted;
  return TRUE;
}
