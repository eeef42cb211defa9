/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-sender.h"

#include <errno.h>
#include <netpacket/packet.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-lane.h"
#include "traffic/vr-packet-socket.h"

#define BATCH_DEFAULT 32
#define LAG_DEFAULT_NS 10000000ull
#define LATE_LEAST_NS 1000000ull
#define STALL_NS 1000000000ull
/* Ahead by less, a sleep would come back too late: timers have 50 us of slack, prctl(2). */
#define SPIN_NS 20000ull
#define RETRY_NS 50000ull
#define SEND_BUFFER (16 << 20)

struct VrSender {
  VrPacketSocket packet;
  char *ifname;
  const VrClock *clock;
  VrLane *lanes;
  guint lanes_count;
  guint64 asked, duration_ns, lag_max_ns;
  guint64 slack_ns; /* by which a schedule may go beyond the duration */
  guint batch;
  guint8 *buffers; /* `batch` frames, one after the other */
  VrLaneSlot slots[VR_SENDER_BATCH_MAX];
  struct iovec vectors[VR_SENDER_BATCH_MAX];
  struct mmsghdr messages[VR_SENDER_BATCH_MAX];
  atomic_int stopped;
  atomic_ullong count;
};

typedef struct {
  guint64 start_ns;
  guint64 deadline_ns; /* G_MAXUINT64: none */
  guint64 stalled_ns;  /* since when the kernel takes nothing; 0: it does */
  guint64 last_ns;     /* the last system call */
  guint head, filled;  /* slots from head to filled wait to be sent */
} Run;

static gboolean
check_options (const VrSenderOptions *options, GError **error)
{
  if (options->batch > VR_SENDER_BATCH_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "batches of %u frames: at most %d",
                 options->batch, VR_SENDER_BATCH_MAX);
    return FALSE;
  }
  if (options->streams_count == 0 || options->streams_count > VR_SENDER_STREAMS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u streams: from 1 to %d",
                 options->streams_count, VR_SENDER_STREAMS_MAX);
    return FALSE;
  }
  for (guint i = 0; i < options->streams_count; i++)
    if (!vr_stream_check (&options->streams[i], options->duration_ns, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_mtu (const VrSender *sender, const VrStream *stream, gsize length, GError **error)
{
  guint overhead = 14 + (stream->frame.vlan != 0 ? 4 : 0);
  if (length <= sender->packet.mtu + overhead)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "a frame of %" G_GSIZE_FORMAT
               " bytes does not fit interface \"%s\": its MTU of %u allows %u",
               length + VR_FRAME_FCS, sender->ifname, sender->packet.mtu,
               sender->packet.mtu + overhead + VR_FRAME_FCS);
  return FALSE;
}

static gboolean
set_up_socket (VrSender *sender, GError **error)
{
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
build_lanes (VrSender *sender, const VrSenderOptions *options, GError **error)
{
  gsize length = 0;
  sender->lanes = g_new0 (VrLane, options->streams_count);
  sender->lanes_count = options->streams_count;
  for (guint i = 0; i < options->streams_count; i++) {
    const VrStream *stream = &options->streams[i];
    VrLane *lane = &sender->lanes[i];
    if (!vr_lane_init (lane, stream, vr_stream_frames (stream, options->duration_ns), error)
        || !check_mtu (sender, stream, vr_lane_length (lane), error))
      return FALSE;
    lane->departures.lag_max_ns = sender->lag_max_ns;
    sender->asked += lane->asked;
    sender->slack_ns = MAX (sender->slack_ns, vr_stream_slack_ns (stream, options->duration_ns));
    length = MAX (length, vr_lane_length (lane));
  }
  sender->buffers = g_malloc (length * sender->batch);
  for (guint i = 0; i < sender->batch; i++) {
    sender->slots[i] = (VrLaneSlot){ .bytes = sender->buffers + i * length };
    sender->vectors[i].iov_base = sender->slots[i].bytes;
    sender->messages[i].msg_hdr
        = (struct msghdr){ .msg_iov = &sender->vectors[i], .msg_iovlen = 1 };
  }
  return TRUE;
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
  sender->duration_ns = options->duration_ns;
  sender->lag_max_ns = options->lag_max_ns != 0 ? options->lag_max_ns : LAG_DEFAULT_NS;
  sender->batch = options->batch != 0 ? options->batch : BATCH_DEFAULT;
  if (!vr_packet_socket_open (&sender->packet, options->netns_fd, options->ifname, error)
      || !build_lanes (sender, options, error) || !set_up_socket (sender, error))
    return NULL;
  return g_steal_pointer (&sender);
}

void
vr_sender_free (VrSender *sender)
{
  vr_packet_socket_clear (&sender->packet);
  for (guint i = 0; i < sender->lanes_count; i++)
    vr_lane_clear (&sender->lanes[i]);
  g_free (sender->lanes);
  g_free (sender->ifname);
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

guint64
vr_sender_count (const VrSender *sender)
{
  return atomic_load_explicit (&sender->count, memory_order_relaxed);
}

guint64
vr_sender_stream_sent (const VrSender *sender, guint index)
{
  return sender->lanes[index].sent;
}

/* The lane whose frame is due first; NULL when all are done. */
static VrLane *
next_lane (VrSender *sender)
{
  VrLane *next = NULL;
  for (guint i = 0; i < sender->lanes_count; i++) {
    VrLane *lane = &sender->lanes[i];
    if (!vr_lane_is_done (lane)
        && (next == NULL || lane->departures.next_ns < next->departures.next_ns))
      next = lane;
  }
  return next;
}

/* Fills the slots with what is due; returns when the next frame is, G_MAXUINT64 for none. */
static guint64
fill (VrSender *sender, Run *run, guint64 now_ns)
{
  run->head = run->filled = 0;
  for (;;) {
    VrLane *lane = next_lane (sender);
    if (lane == NULL || run->filled == sender->batch || lane->departures.next_ns > now_ns)
      return lane != NULL ? lane->departures.next_ns : G_MAXUINT64;
    vr_departures_slip (&lane->departures, now_ns);
    VrLaneSlot *slot = &sender->slots[run->filled];
    vr_lane_take (lane, slot);
    sender->vectors[run->filled++].iov_len = slot->form->frame.length;
  }
}

/* With the qdisc bypassed, a full queue of the device is ENOBUFS; a full send buffer EAGAIN. */
static gboolean
is_congestion (int errnum)
{
  return errnum == EAGAIN || errnum == ENOBUFS || errnum == EINTR;
}

static void
count_taken (VrSender *sender, Run *run, guint taken, VrSenderResult *result)
{
  for (guint i = 0; i < taken; i++)
    sender->slots[run->head + i].lane->sent++;
  run->head += taken;
  result->sent += taken;
  atomic_store_explicit (&sender->count, result->sent, memory_order_relaxed);
}

/* Sends what waits, as far as the kernel takes it; FALSE when the interface is gone. */
static gboolean
send_batch (VrSender *sender, Run *run, VrSenderResult *result, GError **error)
{
  guint64 now_ns = sender->clock->now_ns (sender->clock->data);
  guint waiting = run->filled - run->head;
  for (guint i = run->head; i < run->filled; i++)
    vr_lane_stamp (&sender->slots[i], now_ns);
  int taken = sendmmsg (sender->packet.fd, sender->messages + run->head, waiting, MSG_DONTWAIT);
  int errnum = errno;
  if (taken < 0 && !is_congestion (errnum)) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errnum,
                        "interface \"%s\" takes no frames after %" G_GUINT64_FORMAT
                        " of %" G_GUINT64_FORMAT,
                        sender->ifname, result->sent, sender->asked);
    return FALSE;
  }
  run->last_ns = now_ns;
  count_taken (sender, run, (guint) MAX (taken, 0), result);
  if (taken > 0)
    run->stalled_ns = 0;
  else if (run->stalled_ns == 0)
    run->stalled_ns = now_ns;
  if (taken < (int) waiting)
    result->eagain++;
  if (taken <= 0)
    sender->clock->wait_until (sender->clock->data, now_ns + RETRY_NS);
  return TRUE;
}

static gboolean
is_over (VrSender *sender, const Run *run, guint64 now_ns)
{
  return now_ns >= run->deadline_ns || (run->stalled_ns != 0 && now_ns - run->stalled_ns > STALL_NS)
         || atomic_load_explicit (&sender->stopped, memory_order_relaxed) != 0;
}

static gboolean
run_loop (VrSender *sender, Run *run, VrSenderResult *result, GError **error)
{
  for (;;) {
    guint64 now_ns = sender->clock->now_ns (sender->clock->data);
    guint64 next_ns = run->head < run->filled ? 0 : fill (sender, run, now_ns);
    if (is_over (sender, run, now_ns) || (run->filled == run->head && next_ns == G_MAXUINT64))
      return TRUE;
    if (run->filled > run->head) {
      if (!send_batch (sender, run, result, error))
        return FALSE;
    } else if (MIN (next_ns, run->deadline_ns) > now_ns + SPIN_NS) {
      sender->clock->wait_until (sender->clock->data, MIN (next_ns, run->deadline_ns));
    }
  }
}

static void
judge (const VrSender *sender, const Run *run, VrSenderResult *result)
{
  guint64 planned_ns = 0;
  for (guint i = 0; i < sender->lanes_count; i++) {
    const VrLane *lane = &sender->lanes[i];
    guint64 slipped_ns = lane->departures.slipped_ns;
    result->slipped_ns = MAX (result->slipped_ns, slipped_ns);
    if (lane->departures.rate_pps == 0)
      planned_ns = G_MAXUINT64 / 2;
    else
      planned_ns = MAX (planned_ns, lane->last_due_ns - run->start_ns - slipped_ns);
  }
  result->duration_ns = run->last_ns - run->start_ns;
  result->tester_limited = (!result->stopped && result->sent < result->asked)
                           || result->slipped_ns > result->duration_ns / 100
                           || result->duration_ns > planned_ns + planned_ns / 100 + LATE_LEAST_NS;
}

gboolean
vr_sender_run (VrSender *sender, VrSenderResult *result, GError **error)
{
  guint64 start_ns = sender->clock->now_ns (sender->clock->data);
  guint64 end_ns = start_ns + sender->duration_ns + sender->slack_ns + sender->lag_max_ns;
  VrSenderResult counted = { .asked = sender->asked };
  Run run = { .start_ns = start_ns,
              .deadline_ns = sender->duration_ns != 0 ? end_ns : G_MAXUINT64,
              .last_ns = start_ns };
  for (guint i = 0; i < sender->lanes_count; i++)
    vr_lane_start (&sender->lanes[i], start_ns);
  atomic_store (&sender->count, 0);
  if (!run_loop (sender, &run, &counted, error))
    return FALSE;
  counted.stopped = atomic_load (&sender->stopped) != 0 && counted.sent < counted.asked;
  judge (sender, &run, &counted);
  *result = counted;
  return TRUE;
}
