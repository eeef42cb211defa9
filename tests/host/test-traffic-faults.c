/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planted faults are found exactly; bad options and a failing interface are told for what they are.
 */
#include "host/traffic-fixture.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "observe/vr-stage.h"
#include "traffic/vr-packet-socket.h"
#include "traffic/vr-sender.h"

/* A hand-made sender, for faults that the real one never makes. */
typedef struct {
  VrPacketSocket packet;
  VrFrame frame;
  guint8 bytes[VR_FRAME_SIZE_MAX];
  guint64 time_ns; /* that frames bear; 0: the time as it is */
} Hand;

static void
hand_send (Hand *hand, guint16 stream, guint32 sequence)
{
  guint64 now_ns = vr_clock_system ()->now_ns (NULL);
  VrFrameStamp stamp = { .stream = stream,
                         .sequence = sequence,
                         .time_ns = hand->time_ns != 0 ? hand->time_ns : now_ns };
  vr_frame_stamp (&hand->frame, hand->bytes, &stamp);
  g_assert_cmpint (send (hand->packet.fd, hand->bytes, hand->frame.length, 0), ==,
                   (gssize) hand->frame.length);
}

static void
hand_send_damaged (Hand *hand, guint offset, guint32 sequence)
{
  hand->bytes[offset] ^= 0xff;
  hand_send (hand, 100, sequence);
  hand->bytes[offset] ^= 0xff;
}

static void
hand_open (Hand *hand, const Fixture *f, const VrFrameSpec *spec)
{
  g_autoptr (GError) error = NULL;
  vr_packet_socket_open (&hand->packet, f->left_fd, "port", &error);
  g_assert_no_error (error);
  vr_packet_socket_bind (&hand->packet, 0, &error);
  g_assert_no_error (error);
  hand->time_ns = 0;
  g_assert_true (vr_frame_build (spec, hand->bytes, sizeof hand->bytes, &hand->frame, NULL));
}

/* Keeps what is under way below what a veth's backlog holds: of each 100 numbers 98 frames count.
 */
static void
wait_for_receiver (const VrReceiver *receiver, guint hundreds_sent)
{
  while (vr_receiver_count (receiver) + 4 * 98 < (guint64) hundreds_sent * 98)
    g_thread_yield ();
}

/* Of each 100 frames: number 10 is missing, 20 comes three times, 30 comes after 33, 40 has a
 * damaged checksum, 50 a damaged payload, 60 another MAC, 70 and 71 change places. */
static void
hand_send_faulty (Hand *hand, guint32 sequence)
{
  switch (sequence % 100) {
  case 10:
  case 30:
  case 71:
    return;
  case 20:
    hand_send (hand, 100, sequence);
    hand_send (hand, 100, sequence);
    break;
  case 33:
    hand_send (hand, 100, sequence);
    hand_send (hand, 100, sequence - 3);
    return;
  case 40:
    hand_send_damaged (hand, hand->frame.network + 10, sequence);
    return;
  case 50:
    hand_send_damaged (hand, hand->frame.transport + 8, sequence);
    return;
  case 60:
    hand_send_damaged (hand, 3, sequence);
    return;
  case 70:
    hand_send (hand, 100, sequence + 1);
    break;
  default:
    break;
  }
  hand_send (hand, 100, sequence);
}

static void
test_faults (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, 1, FRAMES);
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  Hand hand;
  hand_open (&hand, f, &spec);
  for (guint32 i = 0; i < FRAMES; i++) {
    if (i % 100 == 0)
      wait_for_receiver (receiver, i / 100);
    hand_send_faulty (&hand, i);
  }
  hand_send (&hand, 100, FRAMES);
  hand_send (&hand, 7, 0);
  vr_packet_socket_clear (&hand.packet);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  guint hundreds = FRAMES / 100;
  g_assert_cmpuint (result->tester_dropped, ==, 0);
  g_assert_cmpuint (result->received, ==, FRAMES - 4 * hundreds);
  g_assert_cmpuint (vr_receiver_result_lost (result, FRAMES), ==, 4 * hundreds);
  g_assert_cmpuint (result->duplicated, ==, 2 * hundreds);
  g_assert_cmpuint (result->reordered, ==, 2 * hundreds);
  g_assert_cmpuint (result->corrupted, ==, 2 * hundreds + 1);
  g_assert_cmpuint (result->misaddressed, ==, hundreds);
  g_assert_cmpuint (result->foreign, >=, 1);
  const VrTally *tally = result->streams->pdata[0];
  for (guint32 i = 0; i < FRAMES; i++) {
    gboolean lost = i % 100 == 10 || i % 100 == 40 || i % 100 == 50 || i % 100 == 60;
    g_assert_true (vr_tally_has (tally, i) == !lost);
  }
}

/* Frames of a run before, which something on the way had kept, hide no loss of this one; those to
 * another MAC neither. */
static void
test_stale (Fixture *f, gconstpointer data)
{
  (void) data;
  enum { OLD = 50, NEW = 70 };
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  Hand hand;
  hand_open (&hand, f, &spec);
  hand.time_ns = vr_clock_system ()->now_ns (NULL);
  g_autoptr (VrReceiver) receiver = start_receiver (f->right_fd, 1, 100);
  for (guint32 i = 0; i < OLD; i++)
    hand_send (&hand, 100, i);
  hand_send_damaged (&hand, 3, OLD);
  hand_send (&hand, 7, 0);
  hand.time_ns = 0;
  for (guint32 i = 30; i < 30 + NEW; i++)
    hand_send (&hand, 100, i);
  vr_packet_socket_clear (&hand.packet);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  g_assert_cmpuint (result->stale, ==, OLD + 1);
  g_assert_cmpuint (result->received, ==, NEW);
  g_assert_cmpuint (vr_receiver_result_lost (result, 100), ==, 100 - NEW);
  g_assert_cmpuint (result->duplicated + result->reordered + result->misaddressed, ==, 0);
  g_assert_cmpuint (result->latency_ns.count, ==, NEW);
}

/* A clock that holds up the receiver's thread, which asks it before it looks at its ring. */
static gint is_held;

static guint64
held_now_ns (gpointer data)
{
  (void) data;
  while (g_atomic_int_get (&is_held) != 0)
    g_usleep (1000);
  return vr_clock_system ()->now_ns (NULL);
}

/* 1 MiB of ring holds some 8000 small frames; what it has no room for is the tester's own loss, to
 * the last frame. */
static void
test_full_buffer (Fixture *f, gconstpointer data)
{
  (void) data;
  VrClock clock = *vr_clock_system ();
  clock.now_ns = held_now_ns;
  VrReceiverStream stream = { .id = 100, .frames = 4 * FRAMES };
  VrReceiverOptions options = { .netns_fd = f->right_fd,
                                .ifname = "port",
                                .streams = &stream,
                                .streams_count = 1,
                                .ring_mib = 1,
                                .clock = &clock };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrReceiver) receiver = vr_receiver_start (&options, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&is_held, 1);
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  Hand hand;
  hand_open (&hand, f, &spec);
  for (guint32 i = 0; i < 4 * FRAMES; i++)
    hand_send (&hand, 100, i);
  vr_packet_socket_clear (&hand.packet);
  g_atomic_int_set (&is_held, 0);
  g_autoptr (VrReceiverResult) result = stop_receiver (receiver);
  guint64 lost = vr_receiver_result_lost (result, 4 * FRAMES);
  g_assert_cmpuint (lost, >, FRAMES);
  VrCounters counted = { .known = 0 };
  vr_counters_set (&counted, VR_POINT_SENT, 4 * FRAMES);
  vr_counters_set (&counted, VR_POINT_BUFFER_DROPPED, result->tester_dropped);
  g_autoptr (GArray) stages = vr_stage_attribute (&counted, lost);
  /* Neighbour discovery of the two namespaces may be dropped as well. */
  g_assert_cmpint (ABS (vr_stage_lost (stages, "unattributed")), <=, 10);
  g_assert_cmpint (vr_stage_lost (stages, "receiver-buffer"), >=, (gint64) lost);
}

static void
assert_refused (const VrSenderOptions *options, VrErrorCode code, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (options, &error);
  g_assert_null (sender);
  g_assert_error (error, VR_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 1519);
  VrStream stream = { .frame = spec, .count = 1 };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .clock = vr_clock_system () };
  assert_refused (&options, VR_ERROR_USAGE, "MTU of 1500 allows 1518");
  stream.frame.size = 63;
  assert_refused (&options, VR_ERROR_USAGE, "64");
  stream.frame.size = 64;
  options.ifname = "no-such";
  assert_refused (&options, VR_ERROR_TRAFFIC, "no-such");
  options.ifname = "port";
  stream.count = 0;
  assert_refused (&options, VR_ERROR_USAGE, "nothing to send");
  stream.count = 1;
  stream.flows = 64513;
  assert_refused (&options, VR_ERROR_USAGE, "room for 64512");
  stream.flows = 1;
  options.batch = VR_GENERATOR_BATCH_MAX + 1;
  assert_refused (&options, VR_ERROR_USAGE, "batches");
  options.batch = 1;
  options.generator = "none";
  assert_refused (&options, VR_ERROR_USAGE, "there are auto, packet, xdp");
  options.generator = "xdp";
  g_assert_true (run ("ip -n %s link set port down", f->left));
  assert_refused (&options, VR_ERROR_TRAFFIC, "down");
}

/* How AF_XDP is to send is taken from the user; what the driver has not is refused. */
static void
assert_mode (VrSenderOptions *options, VrXdpMode mode, VrXdpCopy copy, const char *wanted)
{
  options->xdp = (VrXdpChoice){ mode, copy };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrSender) sender = vr_sender_new (options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vr_sender_generator (sender)->mode, ==, wanted);
}

static void
assert_no_mode (VrSenderOptions *options, VrXdpMode mode, VrXdpCopy copy, VrErrorCode code,
                const char *words)
{
  options->xdp = (VrXdpChoice){ mode, copy };
  assert_refused (options, code, words);
}

static gboolean
has_program (const Fixture *f)
{
  g_autofree char *line = g_strdup_printf ("ip -n %s link show dev port", f->left);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autofree char *output = NULL;
  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, NULL, NULL));
  return strstr (output, "prog/xdp") != NULL;
}

/* Beside a program, of a sender that has one. */
static void
assert_one_program (const Fixture *f, VrSenderOptions *options)
{
  options->xdp = (VrXdpChoice){ VR_XDP_MODE_NATIVE, VR_XDP_COPY_COPY };
  g_autoptr (VrSender) first = vr_sender_new (options, NULL);
  g_assert_nonnull (first);
  g_assert_true (has_program (f));
  assert_no_mode (options, VR_XDP_MODE_NATIVE, VR_XDP_COPY_COPY, VR_ERROR_BUSY,
                  "has an XDP program already");
}

static void
test_modes (Fixture *f, gconstpointer data)
{
  (void) data;
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  VrStream stream = { .frame = spec, .count = 10, .rate_pps = 1000 };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .generator = "xdp",
                              .clock = vr_clock_system () };
  assert_mode (&options, VR_XDP_MODE_SKB, VR_XDP_COPY_AUTO, "skb-copy");
  assert_mode (&options, VR_XDP_MODE_AUTO, VR_XDP_COPY_COPY, "copy");
  assert_mode (&options, VR_XDP_MODE_NATIVE, VR_XDP_COPY_COPY, "native-copy");
  assert_mode (&options, VR_XDP_MODE_NATIVE, VR_XDP_COPY_AUTO, "native-copy");
  g_assert_false (has_program (f));
  assert_no_mode (&options, VR_XDP_MODE_AUTO, VR_XDP_COPY_ZERO, VR_ERROR_HOST,
                  "no zero-copy on \"port\"");
  assert_no_mode (&options, VR_XDP_MODE_NATIVE, VR_XDP_COPY_ZERO, VR_ERROR_HOST,
                  "take --xdp-copy copy or auto)");
  assert_no_mode (&options, VR_XDP_MODE_SKB, VR_XDP_COPY_ZERO, VR_ERROR_USAGE, "copies each frame");
  g_assert_false (has_program (f));
  assert_one_program (f, &options);
  g_assert_false (has_program (f));
  g_assert_true (run ("ip -n %s link set port mtu 9000", f->right));
  assert_no_mode (&options, VR_XDP_MODE_NATIVE, VR_XDP_COPY_COPY, VR_ERROR_HOST,
                  "no XDP in the driver on \"port\"");
  options.generator = "packet";
  assert_no_mode (&options, VR_XDP_MODE_SKB, VR_XDP_COPY_AUTO, VR_ERROR_USAGE,
                  "xdp-mode skb is of the generator xdp, not of packet");
}

/* The interface goes down under the receiver, and under the sender. */
static void
take_down (Fixture *f, const char *generator)
{
  VrFrameSpec spec = frame_spec ("198.18.0.1", "198.18.0.2", 64);
  VrStream stream = { .frame = spec, .count = 10 };
  VrSenderOptions options = { .netns_fd = f->left_fd,
                              .ifname = "port",
                              .streams = &stream,
                              .streams_count = 1,
                              .generator = generator,
                              .clock = vr_clock_system () };
  g_autoptr (VrSender) sender = vr_sender_new (&options, NULL);
  g_assert_nonnull (sender);
  g_autoptr (VrReceiver) receiver = start_receiver (f->left_fd, 1, FRAMES);
  g_assert_true (run ("ip -n %s link set port down", f->left));
  g_autoptr (GError) send_error = NULL, receive_error = NULL;
  VrSenderResult sent;
  g_assert_false (vr_sender_run (sender, &sent, &send_error));
  g_assert_error (send_error, VR_ERROR, VR_ERROR_TRAFFIC);
  g_assert_null (vr_receiver_stop (receiver, 0, &receive_error));
  g_assert_error (receive_error, VR_ERROR, VR_ERROR_TRAFFIC);
}

static void
test_taken_down (Fixture *f, gconstpointer data)
{
  (void) data;
  take_down (f, "packet");
}

static void
test_taken_down_xdp (Fixture *f, gconstpointer data)
{
  (void) data;
  take_down (f, "xdp");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!traffic_can_run ())
    return 77;
  add ("/traffic-faults/planted", test_faults);
  add ("/traffic-faults/stale", test_stale);
  add ("/traffic-faults/full-buffer", test_full_buffer);
  add ("/traffic-faults/refusals", test_refusals);
  add ("/traffic-faults/modes", test_modes);
  add ("/traffic-faults/taken-down", test_taken_down);
  add ("/traffic-faults/taken-down-xdp", test_taken_down_xdp);
  return g_test_run ();
}
