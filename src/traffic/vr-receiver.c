/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-receiver.h"

#include <errno.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-frame.h"
#include "traffic/vr-match.h"
#include "traffic/vr-packet-ring.h"

#define RING_DEFAULT_MIB 32
#define POLL_MS 100
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000ull
/* The kernel's timer for a block's handover counts in jiffies of up to 10 ms. */
#define SETTLE_LEAST_NS ((VR_PACKET_RING_RETIRE_MS + 4 * 10) * NS_PER_MS)

struct VrReceiver {
  VrPacketSocket packet;
  VrPacketRing ring;
  VrFd wake; /* eventfd: the deadline has been set */
  char *ifname;
  const VrClock *clock;
  VrTally *by_id[65536];
  VrMatch *match;                  /* of a replay; NULL: none */
  VrTally *replayed;               /* its tally */
  guint64 replayed_frames;         /* how many of it were sent */
  VrTally *pktgen;                 /* the tally of pktgen's frames; NULL: they are foreign */
  guint64 start_ns, start_wall_ns; /* of the clock, and of CLOCK_REALTIME */
  VrReceiverResult *result;        /* the thread's while it runs */
  guint64 offset_ns;               /* from CLOCK_REALTIME to the clock's time */
  int errnum;                      /* of the interface; 0: none */
  atomic_ullong count;
  atomic_ullong deadline_ns; /* G_MAXUINT64: not yet stopped */
  GThread *thread;           /* NULL: joined */
};

static void
count_frame (VrReceiver *receiver, const VrFrameSeen *seen, guint64 wall_ns)
{
  VrReceiverResult *result = receiver->result;
  VrTally *tally = receiver->by_id[seen->stamp.stream];
  if (tally == NULL) {
    result->foreign++;
    return;
  }
  guint64 before = tally->received;
  guint64 latency_ns = vr_frame_latency (seen->stamp.time_ns, wall_ns + receiver->offset_ns);
  vr_tally_add (tally, seen->stamp.sequence, seen->ttl, latency_ns);
  if (tally->received != before)
    result->ttl_count[seen->ttl]++;
  atomic_fetch_add_explicit (&receiver->count, 1, memory_order_relaxed);
}

/* FALSE for a frame that is not of the replay. */
static gboolean
count_replayed (VrReceiver *receiver, const VrPacketRingFrame *frame)
{
  VrMatchKind *kind = receiver->match != NULL && !frame->is_cut
                          ? vr_match_find (receiver->match, frame->bytes, frame->length)
                          : NULL;
  if (kind == NULL)
    return FALSE;
  if (frame->is_for_other)
    receiver->result->misaddressed++;
  else
    kind->arrived++;
  atomic_fetch_add_explicit (&receiver->count, frame->is_for_other ? 0 : 1, memory_order_relaxed);
  return TRUE;
}

/* FALSE for a frame that is none of pktgen's. */
static gboolean
count_pktgen (VrReceiver *receiver, const VrPacketRingFrame *frame)
{
  VrFrameSeen seen;
  VrFrameVerdict verdict = receiver->pktgen != NULL && !frame->is_cut
                               ? vr_frame_parse_pktgen (frame->bytes, frame->length, &seen)
                               : VR_FRAME_FOREIGN;
  if (verdict == VR_FRAME_FOREIGN)
    return FALSE;
  guint64 before = receiver->pktgen->received;
  if (verdict == VR_FRAME_CORRUPT) {
    receiver->result->corrupted++;
  } else if (seen.stamp.time_ns + NS_PER_US < receiver->start_wall_ns) {
    receiver->result->stale++;
  } else if (frame->is_for_other) {
    receiver->result->misaddressed++;
  } else {
    vr_tally_add (receiver->pktgen, seen.stamp.sequence, seen.ttl, VR_TALLY_NO_LATENCY);
    receiver->result->ttl_count[seen.ttl] += receiver->pktgen->received - before;
    atomic_fetch_add_explicit (&receiver->count, 1, memory_order_relaxed);
  }
  return TRUE;
}

/* The numbers of a stream's frames are the same in every run: one that a router has held back from
 * a run before would stand for one of this run that is lost. */
static gboolean
is_stale (const VrReceiver *receiver, const VrFrameStamp *stamp)
{
  return receiver->by_id[stamp->stream] != NULL
         && vr_frame_is_before (stamp->time_ns, receiver->start_ns);
}

static void
handle_frame (const VrPacketRingFrame *frame, gpointer data)
{
  VrReceiver *receiver = data;
  VrFrameSeen seen;
  if (count_replayed (receiver, frame) || count_pktgen (receiver, frame))
    return;
  VrFrameVerdict verdict
      = frame->is_cut ? VR_FRAME_FOREIGN : vr_frame_parse (frame->bytes, frame->length, &seen);
  if (verdict == VR_FRAME_FOREIGN)
    receiver->result->foreign++;
  else if (verdict == VR_FRAME_CORRUPT)
    receiver->result->corrupted++;
  else if (is_stale (receiver, &seen.stamp))
    receiver->result->stale++;
  else if (frame->is_for_other)
    receiver->result->misaddressed++;
  else
    count_frame (receiver, &seen, frame->wall_ns);
}

static void
drain (VrReceiver *receiver)
{
  receiver->offset_ns = vr_clock_offset_ns (receiver->clock);
  vr_packet_ring_drain (&receiver->ring, handle_frame, receiver);
}

static void
take_socket_error (VrReceiver *receiver)
{
  int errnum = 0;
  socklen_t size = sizeof errnum;
  getsockopt (receiver->packet.fd, SOL_SOCKET, SO_ERROR, &errnum, &size);
  if (errnum != 0)
    receiver->errnum = errnum;
}

static gpointer
receive (gpointer data)
{
  VrReceiver *receiver = data;
  struct pollfd fds[] = { { .fd = receiver->packet.fd, .events = POLLIN },
                          { .fd = receiver->wake, .events = POLLIN } };
  for (;;) {
    guint64 deadline_ns = atomic_load (&receiver->deadline_ns);
    guint64 now_ns = receiver->clock->now_ns (receiver->clock->data);
    guint64 left_ms = deadline_ns > now_ns ? (deadline_ns - now_ns) / NS_PER_MS + 1 : 0;
    /* Stopped, the eventfd has told all it can. */
    fds[1].fd = deadline_ns == G_MAXUINT64 ? receiver->wake : -1;
    poll (fds, G_N_ELEMENTS (fds), (int) MIN (left_ms, POLL_MS));
    if ((fds[0].revents & POLLERR) != 0)
      take_socket_error (receiver);
    drain (receiver);
    if (left_ms == 0)
      return NULL;
  }
}

static void
set_deadline (VrReceiver *receiver, guint64 deadline_ns)
{
  atomic_store (&receiver->deadline_ns, deadline_ns);
  eventfd_write (receiver->wake, 1);
  g_thread_join (g_steal_pointer (&receiver->thread));
}

static gboolean
add_streams (VrReceiver *receiver, const VrReceiverOptions *options, GError **error)
{
  for (guint i = 0; i < options->streams_count; i++) {
    const VrReceiverStream *stream = &options->streams[i];
    if (receiver->by_id[stream->id] != NULL || stream->frames > 1ull << 32
        || (stream->capture != NULL && receiver->match != NULL)) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                   "stream %u of %" G_GUINT64_FORMAT
                   " frames: a stream is expected once, with at most 4294967296 frames, and one of "
                   "a capture",
                   stream->id, stream->frames);
      return FALSE;
    }
    receiver->by_id[stream->id] = vr_tally_new (stream->id, stream->frames);
    g_ptr_array_add (receiver->result->streams, receiver->by_id[stream->id]);
    if (stream->is_pktgen)
      receiver->pktgen = receiver->by_id[stream->id];
    if (stream->capture != NULL) {
      receiver->match = vr_match_new (stream->capture, stream->frames);
      receiver->replayed = receiver->by_id[stream->id];
      receiver->replayed_frames = stream->frames;
    }
  }
  return TRUE;
}

static gboolean
open_ring (VrReceiver *receiver, const VrReceiverOptions *options, GError **error)
{
  guint ring_mib = options->ring_mib != 0 ? options->ring_mib : RING_DEFAULT_MIB;
  if (!vr_packet_socket_open (&receiver->packet, options->netns_fd, options->ifname, error)
      || !vr_packet_ring_open (&receiver->ring, &receiver->packet, (gsize) ring_mib << 20, error)
      || !vr_packet_socket_bind (&receiver->packet, ETH_P_ALL, error))
    return FALSE;
  receiver->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (receiver->wake < 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot make an eventfd");
    return FALSE;
  }
  return TRUE;
}

VrReceiver *
vr_receiver_start (const VrReceiverOptions *options, GError **error)
{
  g_autoptr (VrReceiver) receiver = g_new0 (VrReceiver, 1);
  receiver->packet.fd = -1;
  receiver->wake = -1;
  receiver->ifname = g_strdup (options->ifname);
  receiver->clock = options->clock;
  receiver->start_ns = options->clock->now_ns (options->clock->data);
  receiver->start_wall_ns = options->clock->wall_ns (options->clock->data);
  receiver->result = g_new0 (VrReceiverResult, 1);
  receiver->result->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_tally_free);
  atomic_init (&receiver->deadline_ns, G_MAXUINT64);
  if (!add_streams (receiver, options, error) || !open_ring (receiver, options, error))
    return NULL;
  g_autoptr (GError) cause = NULL;
  receiver->thread = g_thread_try_new ("vrkit-receiver", receive, receiver, &cause);
  if (receiver->thread == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "cannot start a thread: %s", cause->message);
    return NULL;
  }
  return g_steal_pointer (&receiver);
}

guint64
vr_receiver_count (const VrReceiver *receiver)
{
  return atomic_load_explicit (&receiver->count, memory_order_relaxed);
}

void
vr_receiver_expect (VrReceiver *receiver, guint64 replayed)
{
  receiver->replayed_frames = replayed;
}

/* Which of the frames that are alike were copies shows when it is known how many were sent. */
static void
count_replay (VrReceiver *receiver)
{
  if (receiver->match == NULL)
    return;
  vr_match_expect (receiver->match, receiver->replayed_frames);
  vr_match_count (receiver->match, &receiver->replayed->received, &receiver->replayed->duplicated);
}

static void
sum_up (VrReceiverResult *result)
{
  for (guint i = 0; i < result->streams->len; i++) {
    const VrTally *tally = result->streams->pdata[i];
    result->corrupted += tally->unexpected;
    result->received += tally->received;
    result->duplicated += tally->duplicated;
    result->reordered += tally->reordered;
    vr_histogram_merge (&result->latency_ns, &tally->latency_ns);
    vr_histogram_merge (&result->jitter_ns, &tally->jitter_ns);
  }
}

VrReceiverResult *
vr_receiver_stop (VrReceiver *receiver, guint64 settle_ns, GError **error)
{
  guint64 now_ns = receiver->clock->now_ns (receiver->clock->data);
  set_deadline (receiver, now_ns + MAX (settle_ns, SETTLE_LEAST_NS));
  if (receiver->errnum != 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, receiver->errnum,
                        "interface \"%s\" failed while frames were counted on it",
                        receiver->ifname);
    return NULL;
  }
  receiver->result->tester_dropped = vr_packet_ring_dropped (&receiver->ring);
  count_replay (receiver);
  sum_up (receiver->result);
  return g_steal_pointer (&receiver->result);
}

void
vr_receiver_free (VrReceiver *receiver)
{
  if (receiver->thread != NULL)
    set_deadline (receiver, 0);
  vr_packet_ring_clear (&receiver->ring);
  vr_packet_socket_clear (&receiver->packet);
  vr_fd_clear (&receiver->wake);
  g_clear_pointer (&receiver->result, vr_receiver_result_free);
  g_clear_pointer (&receiver->match, vr_match_free);
  g_free (receiver->ifname);
  g_free (receiver);
}

void
vr_receiver_result_free (VrReceiverResult *result)
{
  g_ptr_array_unref (result->streams);
  g_free (result);
}

VrReceiverResult *
vr_receiver_result_counted (guint64 received)
{
  VrReceiverResult *result = g_new0 (VrReceiverResult, 1);
  result->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_tally_free);
  result->received = received;
  return result;
}

guint64
vr_receiver_result_lost (const VrReceiverResult *result, guint64 sent)
{
  return sent - MIN (sent, result->received);
}
