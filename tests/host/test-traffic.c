/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sender and receiver over a veth pair between two namespaces: all frames are accounted for. */
#include "host/traffic-fixture.h"

#include <string.h>

#include "traffic/vr-bias.h"
#include "traffic/vr-sender.h"

/* Of FRAMES over so many streams, how many one has. */
static guint64
share (guint streams, guint index)
{
  return FRAMES / streams + (index < FRAMES % streams);
}

static VrSenderResult
send_frames (const Fixture *f, const VrFrameSpec *spec, guint streams, guint64 rate_pps,
             const char *generator)
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
                              .generator = generator,
                              .clock = vr_clock_system () };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (&options, &error);
  g_assert_no_error (error);
  VrSenderResult result;
  vr_sender_run (sender, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vr_sender_generator (sender)->kind->name, ==, generator);
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
exchange_by (const Fixture *f, const VrFrameSpec *spec, guint streams, guint64 rate_pps,
             const char *generator)
{
  guint64 dropped_before = kernel_dropped (f);
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, streams, FRAMES);
  VrSenderResult sent = send_frames (f, spec, streams, rate_pps, generator);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_cmpuint (sent.asked, ==, FRAMES);
  g_assert_cmpuint (sent.sent, ==, FRAMES);
  g_assert_cmpuint (sent.refused, ==, 0);
  /* Paced, a call a departure at the most, and flat out one for 16; more where it was held up. */
  guint64 calls_max = rate_pps != 0 ? FRAMES : FRAMES / 16;
  g_assert_cmpuint (sent.system_calls, <=, calls_max + 2 * sent.eagain);
  g_assert_cmpuint (vr_receiver_count (receiver), ==, result->received);
  guint64 dropped = kernel_dropped (f) - dropped_before + result->tester_dropped;
  assert_all_told (result, streams, dropped);
}

static void
exchange (const Fixture *f, const VrFrameSpec *spec, guint streams, guint64 rate_pps)
{
  exchange_by (f, spec, streams, rate_pps, "packet");
  exchange_by (f, spec, streams, rate_pps, "xdp");
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
  send_frames (f, &spec, 1, 0, "packet");
  send_frames (f, &spec, 1, 0, "xdp");
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

/* The faster one is taken for what is fast, where it can be; and what stands against it is told. */
static void
assert_chosen (VrSenderOptions *options, const char *name, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (options, &error);
  g_assert_no_error (error);
  const VrGenerator *generator = vr_sender_generator (sender);
  g_assert_cmpstr (generator->kind->name, ==, name);
  g_assert_cmpstr (generator->mode, ==, "copy");
  if (why == NULL)
    g_assert_null (generator->why);
  else
    g_assert_nonnull (strstr (generator->why, why));
}

static void
test_chosen (Fixture *f, gconstpointer data)
{
  (void) data;
  g_assert_true (run ("ip -n %s link set port mtu 9000", f->left));
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  VrStream stream = { .frame = spec, .count = 10, .rate_pps = 1000 };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .clock = vr_clock_system () };
  assert_chosen (&options, "packet", NULL);
  stream.rate_pps = VR_GENERATOR_XDP_LEAST_PPS;
  assert_chosen (&options, "xdp", "no zero-copy on \"port\"");
  stream.rate_pps = 0;
  assert_chosen (&options, "xdp", "no zero-copy");
  stream.frame.size = 9018;
  assert_chosen (&options, "packet", "up to 4100 bytes, not of 9018");
  stream.frame.size = 4100;
  g_autoptr (VrSender) first = vr_sender_new (&options, NULL);
  g_assert_nonnull (first);
  assert_chosen (&options, "packet", "another sender has it");
}

/* A second run sends the same again, whatever the first left behind. */
static void
send_twice (const Fixture *f, const char *generator)
{
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  VrStream stream = { .id = 100, .frame = spec, .count = FRAMES, .rate_pps = 20000 };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .generator = generator,
                              .clock = vr_clock_system () };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (&options, &error);
  g_assert_no_error (error);
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, 1, FRAMES);
  VrSenderResult sent;
  for (guint i = 0; i < 2; i++) {
    g_assert_true (vr_sender_run (sender, &sent, &error));
    g_assert_cmpuint (sent.sent, ==, FRAMES);
  }
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_cmpuint (result->duplicated + result->tester_dropped + kernel_dropped (f), >=, FRAMES);
  g_assert_cmpuint (result->received + result->duplicated + result->tester_dropped
                        + kernel_dropped (f),
                    ==, 2 * FRAMES);
}

static void
test_twice (Fixture *f, gconstpointer data)
{
  (void) data;
  send_twice (f, "packet");
}

static void
test_twice_xdp (Fixture *f, gconstpointer data)
{
  (void) data;
  send_twice (f, "xdp");
}

/* Readings of the clock that stamps are made of come 2 ms before the program goes on: what comes
 * between the tester's stamp and the device is the tester's, and no part of the kernel's way. */
#define HELD_NS 2000000ull
static guint walls, frames_stamped;

static guint64
early_now_ns (gpointer data)
{
  (void) data;
  guint64 now_ns = vr_clock_system ()->now_ns (NULL);
  /* A frame's stamp is the first reading behind those that clocks are compared by, three times. */
  if (walls == 4 || frames_stamped == 0) {
    walls = 0;
    frames_stamped++;
    g_usleep (HELD_NS / 1000);
  } else if (walls == 3) {
    walls = 4;
  }
  return now_ns;
}

static guint64
counted_wall_ns (gpointer data)
{
  (void) data;
  walls++;
  return vr_clock_system ()->wall_ns (NULL);
}

static void
measure_bias (const Fixture *f, const char *generator, const char *path)
{
  enum { BIAS_FRAMES = 50 };
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  VrClock clock = *vr_clock_system ();
  VrBiasOptions options = { .from_netns_fd = f->left_fd,
                            .to_netns_fd = f->right_fd,
                            .from_ifname = "port",
                            .to_ifname = "port",
                            .frame = &spec,
                            .generator = generator,
                            .frames = BIAS_FRAMES,
                            .clock = &clock };
  g_autoptr (GError) error = NULL;
  g_autofree VrBias *plain = g_new0 (VrBias, 1), *held = g_new0 (VrBias, 1);
  g_assert_true (vr_bias_measure (&options, plain, &error));
  walls = frames_stamped = 0;
  clock.now_ns = early_now_ns;
  clock.wall_ns = counted_wall_ns;
  g_assert_true (vr_bias_measure (&options, held, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (plain->path, ==, path);
  g_assert_cmpuint (held->told_ns.count, ==, BIAS_FRAMES);
  g_assert_cmpuint (held->kernel_ns.count, ==, BIAS_FRAMES);
  g_assert_cmpuint (held->added_ns.count, ==, BIAS_FRAMES);
  /* To open AF_XDP the clock is read, too. */
  if (g_strcmp0 (generator, "xdp") != 0) {
    g_assert_cmpuint (frames_stamped, ==, BIAS_FRAMES);
    g_assert_cmpuint (held->added_ns.min, >=, HELD_NS * 9 / 10);
  }
  g_assert_cmpuint (vr_histogram_quantile (&held->added_ns, 0.5), >=, HELD_NS * 9 / 10);
  g_assert_cmpuint (vr_histogram_quantile (&plain->added_ns, 0.5), <, HELD_NS / 2);
  g_assert_cmpuint (vr_histogram_quantile (&plain->kernel_ns, 0.5), >, 0);
  g_assert_cmpuint (vr_histogram_quantile (&held->kernel_ns, 0.5), <, HELD_NS / 2);
}

static void
test_bias (Fixture *f, gconstpointer data)
{
  (void) data;
  measure_bias (f, NULL, "send");
  measure_bias (f, "packet", "packet");
  measure_bias (f, "xdp", "xdp");
  measure_bias (f, "pktgen", "send");
}

/* Of the sanitizers' run-time library, where one is linked: calls the hooks in the thread that
 * takes or gives back memory. */
typedef void (*MallocHook) (const volatile void *memory, size_t size);
typedef void (*FreeHook) (const volatile void *memory);
extern int __sanitizer_install_malloc_and_free_hooks (MallocHook, FreeHook) __attribute__ ((weak));

static gint is_watched, taken, given;

static void
count_malloc (const volatile void *memory, size_t size)
{
  (void) memory;
  (void) size;
  if (g_atomic_int_get (&is_watched) != 0)
    g_atomic_int_inc (&taken);
}

static void
count_free (const volatile void *memory)
{
  if (memory != NULL && g_atomic_int_get (&is_watched) != 0)
    g_atomic_int_inc (&given);
}

static VrSender *
sender_of (const Fixture *f, guint16 id, guint64 rate_pps, const char *generator)
{
  VrStream stream = { .id = id,
                      .frame = frame_spec ("198.18.0.1", "198.18.0.2", 64),
                      .sizes = { 64, 570, 1518 },
                      .sizes_count = 3,
                      .flows = 1000,
                      .flow_order = VR_FLOWS_RANDOM,
                      .departure = rate_pps != 0 ? VR_DEPART_POISSON : VR_DEPART_CONSTANT,
                      .count = FRAMES,
                      .rate_pps = rate_pps };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .generator = generator,
                              .clock = vr_clock_system () };
  g_autoptr (GError) error = NULL;
  VrSender *sender = vr_sender_new (&options, &error);
  g_assert_no_error (error);
  return sender;
}

/* From the first frame to the last neither sender nor receiver takes memory or gives any back. */
static void
watch_memory (const Fixture *f, guint64 rate_pps, const char *generator)
{
  VrSenderResult sent;
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, 1, FRAMES);
  g_autoptr (VrSender) sender = sender_of (f, 100, rate_pps, generator);
  g_atomic_int_set (&is_watched, 1);
  gboolean is_sent = vr_sender_run (sender, &sent, NULL);
  g_usleep (SETTLE_NS / 1000);
  g_atomic_int_set (&is_watched, 0);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_true (is_sent);
  g_assert_cmpuint (sent.sent, ==, FRAMES);
  g_assert_cmpuint (result->received, >, 0);
  g_assert_cmpint (taken, ==, 0);
  g_assert_cmpint (given, ==, 0);
}

static void
test_no_allocation (Fixture *f, gconstpointer data)
{
  (void) data;
  static const char *const generators[] = { "packet", "xdp" };
  if (__sanitizer_install_malloc_and_free_hooks == NULL) {
    g_test_skip ("it takes a sanitizer to see what is allocated");
    return;
  }
  g_assert_cmpint (__sanitizer_install_malloc_and_free_hooks (count_malloc, count_free), >, 0);
  g_atomic_int_set (&is_watched, 1);
  g_free (g_malloc (1));
  g_atomic_int_set (&is_watched, 0);
  g_assert_cmpint (taken, ==, 1);
  g_assert_cmpint (given, ==, 1);
  taken = given = 0;
  for (guint i = 0; i < G_N_ELEMENTS (generators); i++) {
    watch_memory (f, 50000, generators[i]);
    watch_memory (f, 0, generators[i]);
  }
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
  add ("/traffic/chosen", test_chosen);
  add ("/traffic/twice", test_twice);
  add ("/traffic/twice-xdp", test_twice_xdp);
  add ("/traffic/bias", test_bias);
  add ("/traffic/no-allocation", test_no_allocation);
  return g_test_run ();
}
