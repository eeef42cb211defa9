/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-sending.h"

#include <stdatomic.h>

#define TICK_SLICE_NS 50000000ull
#define PROBE_SLICE_NS 1000000ull
#define SETTLE_REST_NS 20000000ull
#define NS_PER_MS 1000000ull
/* What is under way when somebody ends the sending is waited for, but not for long. */
#define SETTLE_CANCELLED_NS 200000000ull

typedef struct {
  const VrSending *sending;
  const VrSender *sender;
  const VrReceiver *receiver; /* NULL: the counters do, after all */
  atomic_int is_over;
} Ticking;

static gpointer
tick_on (gpointer data)
{
  Ticking *ticking = data;
  const VrTrialRequest *request = ticking->sending->request;
  const VrClock *clock = request->clock;
  guint64 start_ns = clock->now_ns (clock->data), next_ns = start_ns + request->tick_ns;
  while (atomic_load (&ticking->is_over) == 0) {
    guint64 now_ns = clock->now_ns (clock->data);
    if (now_ns < next_ns) {
      clock->wait_until (clock->data, MIN (next_ns, now_ns + TICK_SLICE_NS));
      continue;
    }
    VrTrialTick tick = { .elapsed_ns = now_ns - start_ns,
                         .asked = vr_sender_asked (ticking->sender),
                         .sent = vr_sender_count (ticking->sender),
                         .is_counting = ticking->receiver == NULL };
    if (ticking->receiver != NULL)
      tick.received = vr_receiver_count (ticking->receiver);
    ticking->sending->tick (&tick, request->tick_data);
    next_ns += request->tick_ns;
  }
  return NULL;
}

static void
stop_sender (GCancellable *cancellable, gpointer data)
{
  (void) cancellable;
  vr_sender_stop (data);
}

static gboolean
run_sender (const VrSending *sending, VrSender *sender, const VrReceiver *receiver,
            VrSenderResult *sent, GError **error)
{
  Ticking ticking = { .sending = sending, .sender = sender, .receiver = receiver };
  GCancellable *cancellable = sending->request->cancellable;
  gulong handler = cancellable != NULL
                       ? g_cancellable_connect (cancellable, G_CALLBACK (stop_sender), sender, NULL)
                       : 0;
  GThread *thread
      = sending->tick != NULL ? g_thread_try_new ("vrkit-ticker", tick_on, &ticking, NULL) : NULL;
  gboolean done = vr_sender_run (sender, sent, error);
  atomic_store (&ticking.is_over, 1);
  if (thread != NULL)
    g_thread_join (thread);
  if (handler != 0)
    g_cancellable_disconnect (cancellable, handler);
  return done;
}

static VrReceiver *
start_receiver (const VrSending *sending, const VrSender *sender, GError **error)
{
  const VrBench *bench = sending->bench;
  g_autofree VrReceiverStream *streams = g_new0 (VrReceiverStream, bench->streams_count);
  for (guint i = 0; i < bench->streams_count; i++)
    streams[i] = (VrReceiverStream){
      .id = sending->streams[i].id,
      .capture = sending->streams[i].capture,
      .frames = vr_stream_frames (&sending->streams[i], sending->duration_ns),
      .is_pktgen = vr_sender_generator (sender)->kind->run != NULL,
    };
  VrReceiverOptions options = { .netns_fd = bench->to_netns,
                                .ifname = bench->to_ifname,
                                .streams = streams,
                                .streams_count = bench->streams_count,
                                .clock = sending->request->clock };
  return vr_receiver_start (&options, error);
}

static void
tell_generator (const VrGenerator *generator, VrTrial *trial)
{
  trial->generator = generator->kind->name;
  trial->generator_mode = generator->mode;
  trial->generator_sleep = vr_generator_sleep (generator);
  trial->generator_why = vr_generator_why (generator);
  trial->is_timed = generator->kind->run == NULL;
  if (generator->kind->ttl != 0)
    trial->ttl_sent = generator->kind->ttl;
}

static gboolean
is_cancelled (const VrSending *sending)
{
  GCancellable *cancellable = sending->request->cancellable;
  return cancellable != NULL && g_cancellable_is_cancelled (cancellable);
}

/* May return early, and does so when it is cancelled. */
static void
rest_until (const VrSending *sending, guint64 now_ns, guint64 until_ns)
{
  const VrClock *clock = sending->request->clock;
  GCancellable *cancellable = sending->request->cancellable;
  GPollFD fd;
  if (cancellable == NULL || until_ns - now_ns < NS_PER_MS || is_cancelled (sending)
      || !g_cancellable_make_pollfd (cancellable, &fd)) {
    clock->wait_until (clock->data, until_ns);
    return;
  }
  g_poll (&fd, 1, (int) MIN ((until_ns - now_ns) / NS_PER_MS, G_MAXINT));
  g_cancellable_release_fd (cancellable);
}

/* Gives the last frames their time, but for `rest_ns` of it, which it returns; 0 where somebody
 * ends it meanwhile. Tells whether the time was cut. */
static guint64
settle (const VrSending *sending, guint64 rest_ns, gboolean *is_cut)
{
  const VrClock *clock = sending->request->clock;
  gboolean was_cancelled = is_cancelled (sending);
  guint64 settle_ns
      = was_cancelled ? MIN (sending->settle_ns, SETTLE_CANCELLED_NS) : sending->settle_ns;
  guint64 end_ns = clock->now_ns (clock->data) + settle_ns;
  *is_cut = settle_ns < sending->settle_ns;
  for (;;) {
    guint64 now_ns = clock->now_ns (clock->data);
    if (now_ns + rest_ns >= end_ns)
      return end_ns - MIN (now_ns, end_ns);
    if (!was_cancelled && is_cancelled (sending)) {
      *is_cut = TRUE;
      return 0;
    }
    rest_until (sending, now_ns, end_ns - rest_ns);
  }
}

static VrSender *
open_sender (const VrSending *sending, GError **error)
{
  const VrBench *bench = sending->bench;
  VrSenderOptions options = { .netns_fd = bench->from_netns,
                              .ifname = bench->from_ifname,
                              .streams = sending->streams,
                              .streams_count = bench->streams_count,
                              .duration_ns = sending->duration_ns,
                              .generator = sending->generator,
                              .xdp = sending->xdp,
                              .run_dir = bench->run_dir,
                              .clock = sending->request->clock };
  return vr_sender_new (&options, error);
}

typedef struct {
  VrSender *sender;     /* NULL: freed already */
  VrReceiver *receiver; /* NULL: there was none */
} Ends;

static gpointer
free_ends (gpointer data)
{
  g_autofree Ends *ends = data;
  g_clear_pointer (&ends->receiver, vr_receiver_free);
  g_clear_pointer (&ends->sender, vr_sender_free);
  return NULL;
}

/* The kernel has whoever closes a packet socket wait until no CPU can be at work on it any more,
 * some 20 ms each (synchronize_net() of packet_release(), net/packet/af_packet.c): as long as it
 * takes to read what was counted. What the next sender needs for itself is given back at once. */
static void
close_ends (const VrSending *sending, VrSender *sender, VrReceiver *receiver)
{
  Ends *ends = g_new (Ends, 1);
  *ends = (Ends){ sender, receiver };
  if (!vr_sender_generator (sender)->kind->is_shared)
    g_clear_pointer (&ends->sender, vr_sender_free);
  vr_bench_close (sending->bench, free_ends, ends);
}

gboolean
vr_sending_run (const VrSending *sending, VrTrial *trial, GError **error)
{
  const VrBench *bench = sending->bench;
  if (sending->is_counting && !vr_bench_check_receiver (bench, error))
    return FALSE;
  g_autoptr (VrSender) sender = open_sender (sending, error);
  g_autoptr (VrReceiver) receiver
      = sender != NULL && !sending->is_counting ? start_receiver (sending, sender, error) : NULL;
  if (sender == NULL || (receiver == NULL && !sending->is_counting)
      || !run_sender (sending, sender, receiver, &trial->sender, error))
    return FALSE;
  tell_generator (vr_sender_generator (sender), trial);
  guint64 offered_mpps = 0;
  for (guint i = 0; i < bench->streams_count; i++) {
    const VrStream *stream = &sending->streams[i];
    VrTrialStream told = { .id = stream->id,
                           .offered_pps = (vr_stream_rate_mpps (stream) + 500) / 1000,
                           .asked = vr_stream_frames (stream, sending->duration_ns),
                           .sent = vr_sender_stream_sent (sender, i),
                           .flows = stream->capture == NULL ? MAX (stream->flows, 1) : 0,
                           .flow_order = stream->flow_order,
                           .destinations = vr_stream_destinations (stream) };
    offered_mpps += vr_stream_rate_mpps (stream);
    g_array_append_val (trial->streams, told);
  }
  trial->offered_pps = (offered_mpps + 500) / 1000;
  if (receiver != NULL && sending->streams[0].capture != NULL)
    vr_receiver_expect (receiver, vr_sender_stream_sent (sender, 0));
  guint64 rest_ns = settle (sending, sending->is_counting ? 0 : SETTLE_REST_NS, &trial->is_cut);
  if (!sending->is_counting)
    trial->receiver = vr_receiver_stop (receiver, rest_ns, error);
  close_ends (sending, g_steal_pointer (&sender), g_steal_pointer (&receiver));
  return sending->is_counting ? vr_bench_check_receiver (bench, error) : trial->receiver != NULL;
}

gboolean
vr_sending_probe (const VrSending *sending, gboolean *came, GError **error)
{
  const VrClock *clock = sending->request->clock;
  VrSenderResult sent;
  g_autoptr (VrSender) sender = open_sender (sending, error);
  g_autoptr (VrReceiver) receiver = sender != NULL ? start_receiver (sending, sender, error) : NULL;
  if (receiver == NULL || !run_sender (sending, sender, receiver, &sent, error))
    return FALSE;
  guint64 now_ns = clock->now_ns (clock->data), end_ns = now_ns + sending->settle_ns;
  for (;
       !(*came = vr_receiver_count (receiver) >= sending->bench->streams_count) && now_ns < end_ns;
       now_ns = clock->now_ns (clock->data))
    clock->wait_until (clock->data, MIN (end_ns, now_ns + PROBE_SLICE_NS));
  close_ends (sending, g_steal_pointer (&sender), g_steal_pointer (&receiver));
  return TRUE;
}
