/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stream is made of: departures at their times, flows, sizes in turn, and the refusals. */
#include <math.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-lane.h"
#include "traffic/vr-stream-text.h"

#define MS 1000000ull
#define S (1000 * MS)

/* The time of frame `index` after the start. */
static guint64
exact_ns (guint64 index, guint64 rate_pps)
{
  return (guint64) ((unsigned __int128) index * S / rate_pps);
}

static void
test_constant (void)
{
  static const guint64 rates[] = { 1, 3, 7, 999, 40000, 1488095, 14880952 };
  for (gsize r = 0; r < G_N_ELEMENTS (rates); r++) {
    VrDepartures departures = { .rate_pps = rates[r] };
    vr_departures_start (&departures, 77);
    for (guint64 i = 0; i < 20000; i++) {
      g_assert_cmpuint (departures.next_ns, ==, 77 + exact_ns (i, rates[r]));
      vr_departures_take (&departures);
    }
  }
}

/* A rate of a part of a frame, as one in bits a second makes: 82.345 a second, to the ns. */
static void
test_rest (void)
{
  VrDepartures departures = { .rate_pps = 82, .rate_rest = 345 };
  vr_departures_start (&departures, 77);
  for (guint64 i = 0; i < 20000; i++) {
    g_assert_cmpuint (departures.next_ns, ==, 77 + exact_ns (i * 1000, 82345));
    vr_departures_take (&departures);
  }
}

static void
test_burst (void)
{
  VrDepartures departures = { .kind = VR_DEPART_BURST, .rate_pps = 30000, .burst = 8 };
  vr_departures_start (&departures, 5);
  for (guint64 i = 0; i < 20000; i++) {
    g_assert_cmpuint (departures.next_ns, ==, 5 + exact_ns (i - i % 8, 30000));
    vr_departures_take (&departures);
  }
}

/* Mean and standard deviation of gaps are both 1 / rate; the same seed gives the same times. */
static void
test_poisson (void)
{
  enum { FRAMES = 200000 };
  VrDepartures departures = { .kind = VR_DEPART_POISSON, .rate_pps = 10000, .random = 42 };
  VrDepartures same = departures;
  double sum = 0, squares = 0;
  vr_departures_start (&departures, 0);
  vr_departures_start (&same, 0);
  for (guint i = 0; i < FRAMES; i++) {
    guint64 before = departures.next_ns;
    vr_departures_take (&departures);
    vr_departures_take (&same);
    double gap = (double) (departures.next_ns - before);
    g_assert_cmpuint (departures.next_ns, ==, same.next_ns);
    sum += gap;
    squares += gap * gap;
  }
  double mean = sum / FRAMES, deviation = sqrt (squares / FRAMES - mean * mean);
  g_assert_cmpfloat_with_epsilon (mean, 100000, 1000);
  g_assert_cmpfloat_with_epsilon (deviation, 100000, 2000);
}

/* The frames that rate and duration make are all due before the slack is over, and not all before
 * the duration is. */
static void
test_slack (void)
{
  guint late = 0;
  for (guint64 seed = 0; seed < 200; seed++) {
    VrStream stream = { .rate_pps = 4000, .departure = VR_DEPART_POISSON };
    VrDepartures departures
        = { .kind = VR_DEPART_POISSON, .rate_pps = stream.rate_pps, .random = seed };
    vr_departures_start (&departures, 0);
    for (guint64 i = vr_stream_frames (&stream, S / 2); i > 1; i--)
      vr_departures_take (&departures);
    g_assert_cmpuint (departures.next_ns, <=, S / 2 + vr_stream_slack_ns (&stream, S / 2));
    late += departures.next_ns > S / 2;
  }
  g_assert_cmpuint (late, >, 50);
  VrStream constant = { .rate_pps = 4000 };
  g_assert_cmpuint (vr_stream_slack_ns (&constant, S), ==, 0);
}

static void
test_slip (void)
{
  VrDepartures departures = { .rate_pps = 1000, .lag_max_ns = 10 * MS };
  vr_departures_start (&departures, 0);
  vr_departures_slip (&departures, 10 * MS);
  g_assert_cmpuint (departures.slipped_ns, ==, 0);
  vr_departures_slip (&departures, 410 * MS);
  g_assert_cmpuint (departures.slipped_ns, ==, 400 * MS);
  g_assert_cmpuint (departures.next_ns, ==, 400 * MS);
  VrDepartures flat_out = { .rate_pps = 0, .lag_max_ns = MS };
  vr_departures_start (&flat_out, 3);
  vr_departures_take (&flat_out);
  vr_departures_slip (&flat_out, S);
  g_assert_cmpuint (flat_out.next_ns, ==, 3);
  g_assert_cmpuint (flat_out.slipped_ns, ==, 0);
}

static VrPrefix
prefix (const char *text)
{
  VrPrefix parsed;
  g_assert_true (vr_prefix_parse (text, &parsed, NULL));
  return parsed;
}

static const struct {
  const char *source;
  guint64 addresses;
} rooms[] = {
  { "198.18.1.2/24", 253 },       { "198.18.1.254/24", 1 },    { "198.18.1.2/32", 1 },
  { "198.18.1.2/31", 2 },         { "198.18.0.1/15", 131070 }, { "2001:2::1/128", 1 },
  { "2001:2::1/127", 1 },         { "2001:2::2/127", 2 },      { "2001:2::fffe/112", 2 },
  { "2001:2::1/64", 0xffffffff },
};

static void
test_room (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rooms); i++) {
    VrPrefix source = prefix (rooms[i].source);
    g_assert_cmpuint (vr_flows_most (&source), ==, rooms[i].addresses * VR_FLOWS_PORTS);
  }
}

/* A million flows in turn are a million different ones, none of which leaves its network. */
static void
test_flows (void)
{
  VrFlows flows = { .base = { .source = 0xc6120102, .destination = 7, .source_port = 49152 },
                    .count = VR_FLOWS_MAX };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < VR_FLOWS_MAX; i++) {
    VrFrameFlow flow = vr_flows_take (&flows);
    guint64 key = (guint64) flow.source << 16 | flow.source_port;
    g_assert_cmpuint (flow.source_port, >=, VR_FLOWS_PORT_LEAST);
    g_assert_cmpuint (flow.source, <=, 0xc61201fe);
    g_assert_cmpuint (flow.destination, ==, 7);
    g_assert_true (g_hash_table_add (seen, g_memdup2 (&key, sizeof key)));
  }
  VrFrameFlow again = vr_flows_take (&flows);
  g_assert_cmpuint (again.source_port, ==, 49152);
}

/* A million flows in turn to three destinations: each is another, and each destination's turn comes
 * at the same time. */
static void
test_destinations (void)
{
  VrFlows flows
      = { .base = { .source = 0xc6120102, .destination = 0xc61202fd, .source_port = 1024 },
          .count = VR_FLOWS_MAX,
          .destinations = 3 };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < VR_FLOWS_MAX; i++) {
    VrFrameFlow flow = vr_flows_take (&flows);
    guint64 key
        = (guint64) flow.source << 32 | (guint64) flow.source_port << 8 | (flow.destination & 0xff);
    g_assert_cmpuint (flow.destination, ==, 0xc61202fd + i % 3);
    g_assert_cmpuint (flow.source - 0xc6120102, ==, i / 3 / VR_FLOWS_PORTS);
    g_assert_true (g_hash_table_add (seen, g_memdup2 (&key, sizeof key)));
  }
}

/* Each of 50 flows has about its share of what is chosen evenly. */
static void
test_random_flows (void)
{
  enum { FLOWS = 50, FRAMES = 50000 };
  VrFlows flows
      = { .base = { .source_port = 2000 }, .count = FLOWS, .order = VR_FLOWS_RANDOM, .random = 1 };
  guint counts[FLOWS] = { 0 };
  for (guint i = 0; i < FRAMES; i++) {
    VrFrameFlow flow = vr_flows_take (&flows);
    g_assert_cmpuint (flow.source_port - 2000, <, FLOWS);
    counts[flow.source_port - 2000]++;
  }
  for (guint i = 0; i < FLOWS; i++) {
    g_assert_cmpuint (counts[i], >, FRAMES / FLOWS * 8 / 10);
    g_assert_cmpuint (counts[i], <, FRAMES / FLOWS * 12 / 10);
  }
}

static VrStream
stream_of (const char *source, const char *destination, guint size)
{
  return (VrStream){ .id = 9,
                     .frame = { .source = prefix (source),
                                .destination = prefix (destination),
                                .source_port = 49152,
                                .destination_port = 9,
                                .size = size,
                                .ttl = 64 },
                     .count = 100,
                     .rate_pps = 1000 };
}

/* Sizes in turn, every frame a good one of its number; then the same again. */
static void
test_lane (void)
{
  VrStream stream = stream_of ("198.18.1.2/24", "198.18.2.2/24", 0);
  static const guint sizes[] = { 64, 9018, 570, 64 };
  memcpy (stream.sizes, sizes, sizeof sizes);
  stream.sizes_count = G_N_ELEMENTS (sizes);
  stream.flows = 3;
  VrLane lane;
  guint8 bytes[VR_FRAME_SIZE_MAX];
  VrLaneSlot slot = { .bytes = bytes };
  g_assert_true (vr_lane_init (&lane, &stream, 100, NULL));
  g_assert_cmpuint (vr_lane_length (&lane), ==, 9014);
  for (guint run = 0; run < 2; run++) {
    vr_lane_start (&lane, 1000);
    for (guint i = 0; i < 100; i++) {
      VrFrameSeen seen;
      g_assert_false (vr_lane_is_done (&lane));
      vr_lane_take (&lane, &slot);
      vr_lane_stamp (&slot, 12345);
      g_assert_cmpuint (slot.form->frame.length, ==, sizes[i % 4] - 4);
      g_assert_cmpint (vr_frame_parse (bytes, slot.form->frame.length, &seen), ==, VR_FRAME_GOOD);
      g_assert_cmpuint (seen.stamp.stream, ==, 9);
      g_assert_cmpuint (seen.stamp.sequence, ==, i);
      g_assert_cmpuint (seen.stamp.time_ns, ==, 12345);
      g_assert_cmpuint (seen.source_port, ==, 49152 + i % 3);
      g_assert_cmpuint (lane.last_due_ns, ==, 1000 + i * MS);
    }
    g_assert_true (vr_lane_is_done (&lane));
  }
  vr_lane_clear (&lane);
}

static void
assert_refused (const VrStream *stream, guint64 duration_ns, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_stream_check (stream, duration_ns, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_refusals (void)
{
  VrStream stream = stream_of ("198.18.1.250/24", "198.18.2.2/24", 64);
  g_assert_true (vr_stream_check (&stream, 0, NULL));
  stream.flows = 5 * VR_FLOWS_PORTS;
  g_assert_true (vr_stream_check (&stream, 0, NULL));
  stream.flows++;
  assert_refused (&stream, 0, "198.18.1.250/24");
  assert_refused (&stream, 0, "room for 322560; a source or destination with a shorter /LENGTH");
  /* 253 destinations as many again; of fewer flows one each. */
  g_assert_true (vr_stream_parse ("destination=198.18.2.253/24", &stream, NULL));
  g_assert_true (vr_stream_check (&stream, 0, NULL));
  g_assert_cmpuint (vr_stream_destinations (&stream), ==, 2);
  stream.flows = 10 * VR_FLOWS_PORTS + 1;
  assert_refused (&stream, 0, "room for 645120; a source or destination with a shorter /LENGTH");
  g_assert_true (vr_stream_parse ("destination=198.18.2.2/24 flows=100", &stream, NULL));
  g_assert_cmpuint (vr_stream_destinations (&stream), ==, 100);
  g_assert_true (vr_stream_parse ("destination=198.18.2.2 flows=100", &stream, NULL));
  g_assert_cmpuint (vr_stream_destinations (&stream), ==, 1);
  stream.frame.source = prefix ("198.18.0.1/15");
  stream.flows = VR_FLOWS_MAX + 1;
  assert_refused (&stream, 0, "room for 1000000");
  stream.flows = 2;
  stream.frame.source_port = 80;
  assert_refused (&stream, 0, "1024");
  stream.flows = 1;
  stream.departure = VR_DEPART_BURST;
  assert_refused (&stream, 0, "burst");
  stream.burst = 1;
  stream.sizes_count = VR_STREAM_SIZES_MAX + 1;
  assert_refused (&stream, 0, "sizes");
  stream.sizes_count = 0;
  stream.count = (1ull << 32) + 1;
  assert_refused (&stream, 0, "4294967296");
  stream.count = 0;
  assert_refused (&stream, 0, "nothing to send");
  assert_refused (&stream, MS / 2, "nothing to send");
}

static void
test_frames (void)
{
  VrStream stream = stream_of ("198.18.1.2/24", "198.18.2.2/24", 64);
  g_assert_cmpuint (vr_stream_frames (&stream, 0), ==, 100);
  g_assert_cmpuint (vr_stream_frames (&stream, S), ==, 100);
  g_assert_cmpuint (vr_stream_frames (&stream, 50 * MS), ==, 50);
  stream.count = 0;
  g_assert_cmpuint (vr_stream_frames (&stream, S), ==, 1000);
  g_assert_cmpfloat (vr_stream_mean_size (&stream), ==, 64);
  stream.sizes[0] = 64;
  stream.sizes[1] = 67;
  stream.sizes_count = 2;
  g_assert_cmpfloat (vr_stream_mean_size (&stream), ==, 65.5);
}

static void
test_text (void)
{
  VrStream stream = { .count = 5, .frame.size = 64 };
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_stream_parse ("  rate=1.5Mpps size=imix flows=1000,random\tdepartures=burst:8 "
                                  "ip=6 vlan=4094 ttl=1 ",
                                  &stream, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (stream.rate_pps, ==, 1500000);
  g_assert_cmpuint (stream.sizes_count, ==, 12);
  g_assert_cmpfloat (vr_stream_mean_size (&stream) * 12, ==, 7 * 64 + 4 * 570 + 1518);
  g_assert_cmpuint (stream.flows, ==, 1000);
  g_assert_cmpint (stream.flow_order, ==, VR_FLOWS_RANDOM);
  g_assert_cmpint (stream.departure, ==, VR_DEPART_BURST);
  g_assert_cmpuint (stream.burst, ==, 8);
  g_assert_cmpint (stream.frame.source.family, ==, AF_INET6);
  g_assert_cmpuint (stream.frame.vlan, ==, 4094);
  g_assert_cmpuint (stream.frame.ttl, ==, 1);
  g_assert_cmpuint (stream.count, ==, 5);
  g_assert_false (vr_stream_has_source (&stream));
  g_assert_false (vr_stream_has_destination (&stream));
  g_assert_false (vr_stream_has_next_hop (&stream));
  VrStream addressed = stream;
  g_assert_true (
      vr_stream_parse ("source=198.18.1.2/24 next-hop=52:54:00:00:00:01", &addressed, &error));
  g_assert_cmpint (addressed.frame.destination.family, ==, AF_INET);
  g_assert_true (vr_stream_parse ("destination=198.18.2.2", &addressed, &error));
  g_assert_cmpuint (addressed.frame.source.length, ==, 24);
  g_assert_true (vr_stream_has_source (&addressed) && vr_stream_has_destination (&addressed)
                 && vr_stream_has_next_hop (&addressed));
  g_assert_true (vr_stream_parse ("size=64,9018 departures=poisson count=4294967296 flows=7 ip=4",
                                  &stream, &error));
  g_assert_cmpuint (stream.sizes_count, ==, 2);
  g_assert_cmpuint (stream.sizes[1], ==, 9018);
  g_assert_cmpint (stream.departure, ==, VR_DEPART_POISSON);
  g_assert_cmpint (stream.flow_order, ==, VR_FLOWS_IN_TURN);
  g_assert_cmpint (stream.frame.source.family, ==, AF_INET);
}

static void
test_bit_rate (void)
{
  VrStream stream = { .frame.size = 64 };
  g_assert_true (vr_stream_parse ("rate=100Mbit/s size=64,1536", &stream, NULL));
  vr_stream_settle (&stream);
  g_assert_cmpuint (stream.rate_pps, ==, 15625); /* 10^8 / (800 * 8) */
  g_assert_true (vr_stream_parse ("size=64 rate=1bit/s", &stream, NULL));
  vr_stream_settle (&stream);
  g_assert_cmpuint (stream.rate_pps, ==, 1);
  g_assert_true (vr_stream_parse ("rate=77", &stream, NULL));
  vr_stream_settle (&stream);
  g_assert_cmpuint (vr_stream_rate_mpps (&stream), ==, 77000);
  /* 10^6 / (1518 * 8) is 82.3452: 82 would be 0.42 % less. */
  g_assert_true (vr_stream_parse ("size=1518 rate=1Mbit/s", &stream, NULL));
  vr_stream_settle (&stream);
  g_assert_cmpuint (vr_stream_rate_mpps (&stream), ==, 82345);
  g_assert_cmpuint (vr_stream_frames (&stream, 100 * S), ==, 8234);
}

static void
test_share (void)
{
  VrStream stream = { .frame.size = 64 };
  g_assert_true (vr_stream_parse ("rate=100%", &stream, NULL));
  vr_stream_settle (&stream);
  vr_stream_settle_share (&stream, 10000000000);
  g_assert_cmpuint (stream.rate_pps, ==, 14880952); /* RFC 2544, appendix B */
  g_assert_cmpuint (stream.rate_rest, ==, 381);
  g_assert_true (vr_stream_parse ("rate=12.5% size=1518", &stream, NULL));
  vr_stream_settle_share (&stream, 100000000);
  g_assert_cmpuint (vr_stream_rate_mpps (&stream), ==, 1015930); /* 10^8 / 8 / (1538 * 8) */
  /* Seven of 64, four of 570 and one of 1518 are 353.83 on average. */
  g_assert_true (vr_stream_parse ("rate=50% size=imix", &stream, NULL));
  vr_stream_settle_share (&stream, 1000000000);
  g_assert_cmpuint (vr_stream_rate_mpps (&stream), ==, 167186803);
  g_assert_true (vr_stream_parse ("rate=0.000001%", &stream, NULL));
  vr_stream_settle_share (&stream, 1);
  g_assert_cmpuint (stream.rate_pps, ==, 1);
  g_assert_true (vr_stream_parse ("rate=77", &stream, NULL));
  vr_stream_settle_share (&stream, 1000000000);
  g_assert_cmpuint (vr_stream_rate_mpps (&stream), ==, 77000);
}

static void
test_text_refused (void)
{
  static const char *const wrong[] = { "rate=0",
                                       "rate=fast",
                                       "rate=1001Mpps",
                                       "rate=0bit/s",
                                       "rate=1001Gbit/s",
                                       "rate=0%",
                                       "rate=100.1%",
                                       "rate=-5%",
                                       "rate=%",
                                       "rate=5%%",
                                       "rate=nan%",
                                       "size=",
                                       "size=64,",
                                       "size=9023",
                                       "size=big",
                                       "count=0",
                                       "count=4294967297",
                                       "flows=0",
                                       "flows=1000001",
                                       "flows=5,often",
                                       "departures=now",
                                       "departures=burst:0",
                                       "departures=burst",
                                       "ip=5",
                                       "vlan=0",
                                       "vlan=4095",
                                       "ttl=0",
                                       "ttl=256",
                                       "rate",
                                       "color=blue",
                                       "source=198.18.1.2",
                                       "source=198.18.1.255/24",
                                       "destination=198.18.1.255/24",
                                       "destination=198.18.1.2/33",
                                       "destination=224.0.0.1",
                                       "next-hop=1",
                                       "next-hop=ff:ff:ff:ff:ff:ff",
                                       "=5",
                                       "rate=1k size=x" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    VrStream stream = { .rate_pps = 77 };
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_stream_parse (wrong[i], &stream, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
    g_assert_cmpuint (stream.rate_pps, ==, 77);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream/constant", test_constant);
  g_test_add_func ("/stream/rest", test_rest);
  g_test_add_func ("/stream/burst", test_burst);
  g_test_add_func ("/stream/poisson", test_poisson);
  g_test_add_func ("/stream/slack", test_slack);
  g_test_add_func ("/stream/slip", test_slip);
  g_test_add_func ("/stream/room", test_room);
  g_test_add_func ("/stream/flows", test_flows);
  g_test_add_func ("/stream/destinations", test_destinations);
  g_test_add_func ("/stream/random-flows", test_random_flows);
  g_test_add_func ("/stream/lane", test_lane);
  g_test_add_func ("/stream/refusals", test_refusals);
  g_test_add_func ("/stream/frames", test_frames);
  g_test_add_func ("/stream/text", test_text);
  g_test_add_func ("/stream/bit-rate", test_bit_rate);
  g_test_add_func ("/stream/share", test_share);
  g_test_add_func ("/stream/text-refused", test_text_refused);
  return g_test_run ();
}
