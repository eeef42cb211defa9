/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sender and receiver over a veth pair between two namespaces: all frames are accounted for. */
#include "host/traffic-fixture.h"

#include "traffic/vr-sender.h"

/* Of FRAMES over so many streams, how many one has. */
static guint64
share (guint streams, guint index)
{
  return FRAMES / streams + (index < FRAMES % streams);
}

static VrSenderResult
send_frames (const Fixture *f, const VrFrameSpec *spec, guint streams, guint64 rate_pps)
{
  VrStream sent[16] = { { 0 } };
  for (guint i = 0; i < streams; i++) {
    sent[i] = (VrStream){ .id = (guint16) (100 + i),
                          .frame = *spec,
                          .count = share (streams, i),
                          .rate_pps = rate_pps / streams };
    sent[i].frame.source_port += (guint16) i;
  }
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = sent,
                              .streams_count = streams,
                              .clock = vr_clock_system () };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (&options, &error);
  g_assert_no_error (error);
  VrSenderResult result;
  vr_sender_run (sender, &result, &error);
  g_assert_no_error (error);
  return result;
}

/* Frames that the kernel itself dropped between the two: a veth's backlog is finite, and on a busy
 * machine overflows. So does the receiver's ring, which tells it. */
static guint64
kernel_dropped (const Fixture *f)
{
  g_autofree char *line = g_strdup_printf (
      "ip netns exec %s cat /sys/class/net/port/statistics/rx_dropped", f->right);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autofree char *output = NULL;
  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, NULL, NULL));
  return g_ascii_strtoull (output, NULL, 10);
}

static void
assert_all_told (const VrReceiverResult *result, guint streams, guint64 dropped)
{
  g_assert_cmpuint (result->received, ==, FRAMES - dropped);
  g_assert_cmpuint (vr_receiver_result_lost (result, FRAMES), ==, dropped);
  g_assert_cmpuint (result->duplicated, ==, 0);
  g_assert_cmpuint (result->reordered, ==, 0);
  g_assert_cmpuint (result->corrupted, ==, 0);
  g_assert_cmpuint (result->misaddressed, ==, 0);
  g_assert_cmpuint (result->ttl_count[64], ==, result->received);
  g_assert_cmpuint (result->latency_ns.count, ==, result->received);
  g_assert_cmpuint (result->jitter_ns.count, ==,
                    result->received - MIN (streams, result->received));
  guint64 lost = 0;
  for (guint i = 0; i < streams; i++) {
    const VrTally *tally = result->streams->pdata[i];
    g_assert_cmpuint (tally->stream, ==, 100 + i);
    lost += vr_tally_lost (tally, share (streams, i));
  }
  g_assert_cmpuint (lost, ==, dropped);
}

static void
exchange (const Fixture *f, const VrFrameSpec *spec, guint streams, guint64 rate_pps)
{
  guint64 dropped_before = kernel_dropped (f);
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, streams, FRAMES);
  VrSenderResult sent = send_frames (f, spec, streams, rate_pps);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_cmpuint (sent.asked, ==, FRAMES);
  g_assert_cmpuint (sent.sent, ==, FRAMES);
  g_assert_cmpuint (vr_receiver_count (receiver), ==, result->received);
  guint64 dropped = kernel_dropped (f) - dropped_before + result->tester_dropped;
  assert_all_told (result, streams, dropped);
}

static void
test_ipv4 (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  exchange (f, &spec, 1, 20000);
  spec.size = 1518;
  exchange (f, &spec, 3, 20000);
}

static void
test_ipv6 (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("2001:2::1", "2001:2::2", 80);
  exchange (f, &spec, 4, 20000);
}

static void
test_flat_out (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  exchange (f, &spec, 7, 0);
}

/* What the interface sends itself does not count as received on it. */
static void
test_own_frames (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  g_autoptr (VrReceiver) receiver = start_receiver (f->left_fd, 1, FRAMES);
  send_frames (f, &spec, 1, 0);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_cmpuint (result->received, ==, 0);
  g_assert_cmpuint (result->ttl_count[64], ==, 0);
}

/* The sender is stopped before its hour is over; what it tells as sent is what came. */
static gpointer
stop_after_some (gpointer data)
{
  gpointer *both = data;
  while (vr_receiver_count (both[1]) < 1000)
    g_thread_yield ();
  vr_sender_stop (both[0]);
  return NULL;
}

static void
test_stopped (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  VrStream stream = { .id = 100, .frame = spec, .rate_pps = 20000 };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .duration_ns = 3600ull * 1000000000,
                              .clock = vr_clock_system () };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (&options, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (vr_sender_asked (sender), ==, 72000000);
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, 1, vr_sender_asked (sender));
  gpointer both[] = { sender, receiver };
  GThread *stopper = g_thread_new ("stopper", stop_after_some, both);
  VrSenderResult sent;
  g_assert_true (vr_sender_run (sender, &sent, &error));
  g_thread_join (stopper);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_true (sent.stopped);
  g_assert_cmpuint (vr_sender_stream_sent (sender, 0), ==, sent.sent);
  g_assert_cmpuint (vr_sender_count (sender), ==, sent.sent);
  g_assert_cmpuint (sent.sent, >=, 1000);
  g_assert_cmpuint (result->received + result->tester_dropped + kernel_dropped (f), ==, sent.sent);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!traffic_can_run ())
    return 77;
  add ("/traffic/ipv4", test_ipv4);
  add ("/traffic/ipv6", test_ipv6);
  add ("/traffic/flat-out", test_flat_out);
  add ("/traffic/own-frames", test_own_frames);
  add ("/traffic/stopped", test_stopped);
  return g_test_run ();
}
