/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sender's loop with a clock and a generator of the test's own: how late frames leave, and how
 * many at once when it was held up. */
#include <errno.h>

#include "traffic/vr-sender-loop.h"

#define US 1000ull
#define MS (1000 * US)
#define SLOTS VR_GENERATOR_BATCH_MAX
#define BATCH 64

/* A reading takes 1 us; at `hold_at_ns` the program stands still for `hold_ns`. */
typedef struct {
  guint64 time_ns, hold_at_ns, hold_ns;
} Time;

static guint64
now_ns (gpointer data)
{
  Time *time = data;
  time->time_ns += US;
  if (time->hold_at_ns != 0 && time->time_ns >= time->hold_at_ns) {
    time->time_ns += time->hold_ns;
    time->hold_at_ns = 0;
  }
  return time->time_ns;
}

static void
wait_until (gpointer data, guint64 until_ns)
{
  Time *time = data;
  time->time_ns = MAX (time->time_ns, until_ns);
}

static guint8 frames[SLOTS][VR_FRAME_SIZE_MAX];
static guint queued, taken_most; /* what a flush takes at the most */
static guint64 full_flushes;     /* that take nothing yet */

static guint8 *
bytes (VrGenerator *generator, guint slot)
{
  (void) generator;
  return frames[slot];
}

static guint
room (VrGenerator *generator, guint wanted, guint *slots)
{
  (void) generator;
  for (guint i = 0; i < wanted; i++)
    slots[i] = i;
  return wanted;
}

static void
put (VrGenerator *generator, const guint *lengths, guint count)
{
  (void) generator;
  (void) lengths;
  queued += count;
}

static VrGeneratorFlush
flush (VrGenerator *generator, guint64 until_ns)
{
  (void) generator;
  (void) until_ns;
  if (full_flushes > 0) {
    full_flushes--;
    return (VrGeneratorFlush){ .errnum = EAGAIN };
  }
  guint taken = MIN (queued, taken_most);
  queued -= taken;
  return (VrGeneratorFlush){ .taken = taken, .errnum = queued > 0 ? EAGAIN : 0 };
}

static void
withdraw (VrGenerator *generator)
{
  (void) generator;
  queued = 0;
}

static gboolean
is_idle (VrGenerator *generator)
{
  (void) generator;
  return TRUE;
}

static VrStream
stream_of (guint16 id, guint64 count, guint64 rate_pps)
{
  VrStream stream
      = { .id = id,
          .frame = { .source_port = 49152, .destination_port = 9, .size = 64, .ttl = 64 },
          .count = count,
          .rate_pps = rate_pps };
  g_assert_true (vr_prefix_parse ("198.18.0.1/15", &stream.frame.source, NULL));
  g_assert_true (vr_prefix_parse ("198.18.0.2/15", &stream.frame.destination, NULL));
  return stream;
}

static VrSenderResult
send_streams (const VrStream *streams, guint count, Time *time)
{
  static const VrGeneratorKind kind = { .bytes = bytes,
                                        .room = room,
                                        .put = put,
                                        .flush = flush,
                                        .withdraw = withdraw,
                                        .is_idle = is_idle };
  VrClock clock = { now_ns, now_ns, wait_until, time };
  VrGenerator generator = { .kind = &kind, .slots = SLOTS, .batch = BATCH };
  g_autofree VrLane *lanes = g_new0 (VrLane, count);
  g_autofree VrLaneSlot *slots = g_new0 (VrLaneSlot, SLOTS);
  VrSender sender
      = { .generator = &generator, .clock = &clock, .lanes = lanes, .lanes_count = count };
  VrSenderResult result;
  g_autoptr (GError) error = NULL;
  queued = 0;
  taken_most = MAX (taken_most, 1);
  sender.slots = slots;
  sender.batch = BATCH;
  for (guint i = 0; i < SLOTS; i++)
    slots[i].bytes = frames[i];
  for (guint i = 0; i < count; i++) {
    g_assert_true (vr_lane_init (&lanes[i], &streams[i], streams[i].count, NULL));
    lanes[i].departures.lag_max_ns = 10 * MS;
    sender.asked += streams[i].count;
    sender.is_flat_out = sender.is_flat_out || streams[i].rate_pps == 0;
  }
  g_assert_true (vr_sender_run (&sender, &result, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < count; i++)
    vr_lane_clear (&lanes[i]);
  return result;
}

static void
test_punctual (void)
{
  Time time = { .time_ns = 5 * MS };
  VrStream streams[] = { stream_of (0, 1000, 100000), stream_of (1, 1000, 100000) };
  taken_most = BATCH;
  VrSenderResult result = send_streams (streams, 2, &time);
  g_assert_cmpuint (result.sent, ==, 2000);
  g_assert_cmpuint (result.lateness.late_ns.count, ==, 2000);
  g_assert_cmpuint (result.lateness.late_ns.max, <=, 10 * US);
  g_assert_cmpuint (result.lateness.late, ==, 0);
  g_assert_cmpuint (result.lateness.burst, ==, 0);
  g_assert_cmpuint (result.lateness.caught_up, ==, 0);
}

/* Held up for 2 ms at 100,000 a second: 200 frames are due then, and leave in four batches. */
static void
test_held_up (void)
{
  Time time = { .time_ns = 5 * MS, .hold_at_ns = 7 * MS + 5 * US, .hold_ns = 2 * MS };
  VrStream stream = stream_of (0, 1000, 100000);
  taken_most = BATCH;
  VrSenderResult result = send_streams (&stream, 1, &time);
  g_assert_cmpuint (result.sent, ==, 1000);
  g_assert_cmpuint (result.lateness.burst, >=, 198);
  g_assert_cmpuint (result.lateness.burst, <=, 202);
  g_assert_cmpuint (result.lateness.caught_up, ==, result.lateness.burst);
  g_assert_cmpuint (result.lateness.late, >=, 190);
  g_assert_cmpuint (result.lateness.late, <=, 202);
  g_assert_cmpuint (result.lateness.late_ns.max, >=, 1990 * US);
  g_assert_cmpuint (result.lateness.late_ns.max, <=, 2010 * US);
  g_assert_cmpuint (result.slipped_ns, ==, 0);
}

/* What is due at once leaves at once, as it is asked for; held up, more does. */
static void
test_bursts_asked_for (void)
{
  Time time = { .time_ns = 5 * MS };
  VrStream stream = stream_of (0, 3000, 100000);
  stream.departure = VR_DEPART_BURST;
  stream.burst = 300;
  taken_most = BATCH;
  VrSenderResult result = send_streams (&stream, 1, &time);
  g_assert_cmpuint (result.lateness.burst, ==, 0);
  g_assert_cmpuint (result.lateness.late_ns.max, <=, 10 * US);
  time = (Time){ .time_ns = 5 * MS, .hold_at_ns = 7 * MS, .hold_ns = 8 * MS };
  result = send_streams (&stream, 1, &time);
  g_assert_cmpuint (result.lateness.burst, ==, 600);
  g_assert_cmpuint (result.lateness.caught_up, ==, 600);
}

/* A kernel that takes a frame at a time, or for a while none, has them leave with pauses. */
static void
test_full (void)
{
  Time time = { .time_ns = 5 * MS };
  VrStream stream = stream_of (0, 100, 100000);
  taken_most = 1;
  full_flushes = 10;
  VrSenderResult result = send_streams (&stream, 1, &time);
  g_assert_cmpuint (result.sent, ==, 100);
  g_assert_cmpuint (result.eagain, >=, 10);
  g_assert_cmpuint (result.lateness.late, >, 0);
  g_assert_cmpuint (result.lateness.caught_up, ==, 0);
}

/* Frames over the time are the rate that was asked for, of few frames as well, and of bursts. */
static void
test_rate (void)
{
  static const struct {
    guint64 count, rate_pps;
    guint burst;
  } rows[] = { { 2, 100, 0 }, { 1, 50, 0 }, { 10, 1000, 0 }, { 3000, 100000, 300 } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Time time = { .time_ns = 5 * MS };
    VrStream stream = stream_of (0, rows[i].count, rows[i].rate_pps);
    stream.departure = rows[i].burst != 0 ? VR_DEPART_BURST : VR_DEPART_CONSTANT;
    stream.burst = rows[i].burst;
    taken_most = BATCH;
    VrSenderResult result = send_streams (&stream, 1, &time);
    g_assert_cmpuint (result.sent, ==, rows[i].count);
    g_assert_cmpfloat_with_epsilon ((double) result.sent * 1e9 / (double) result.duration_ns,
                                    (double) rows[i].rate_pps, 0.005 * (double) rows[i].rate_pps);
    g_assert_false (result.tester_limited);
  }
}

/* Flat out there is no schedule. */
static void
test_flat_out (void)
{
  Time time = { .time_ns = 5 * MS };
  VrStream stream = stream_of (0, 1000, 0);
  taken_most = BATCH;
  VrSenderResult result = send_streams (&stream, 1, &time);
  g_assert_cmpuint (result.sent, ==, 1000);
  g_assert_cmpuint (result.lateness.late_ns.count, ==, 0);
  g_assert_cmpuint (result.lateness.burst, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sender/punctual", test_punctual);
  g_test_add_func ("/sender/held-up", test_held_up);
  g_test_add_func ("/sender/bursts-asked-for", test_bursts_asked_for);
  g_test_add_func ("/sender/full", test_full);
  g_test_add_func ("/sender/rate", test_rate);
  g_test_add_func ("/sender/flat-out", test_flat_out);
  return g_test_run ();
}
