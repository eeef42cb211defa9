/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel's pktgen is told, what it tells, and its frames. */
#include "traffic/vr-pktgen-plan.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-checksum.h"
#include "traffic/vr-frame-format.h"

static VrStream
stream_of (const char *source, const char *destination, guint size)
{
  VrStream stream = vr_stream_default (1);
  g_assert_true (vr_prefix_parse_address (source, &stream.frame.source, NULL));
  g_assert_true (vr_prefix_parse_address (destination, &stream.frame.destination, NULL));
  stream.frame.source_mac = (VrMac){ { 0x52, 0x54, 0, 0, 0, 1 } };
  stream.frame.destination_mac = (VrMac){ { 0x52, 0x54, 0, 0, 0, 2 } };
  stream.frame.source_port = 49152;
  stream.frame.destination_port = 9;
  stream.frame.size = size;
  stream.rate_pps = 5000;
  return stream;
}

static void
assert_told (const VrStream *stream, guint64 frames, const char *wanted)
{
  g_auto (GStrv) lines = vr_pktgen_settings (stream, frames);
  g_autofree char *told = g_strjoinv ("; ", lines);
  g_assert_cmpstr (told, ==, wanted);
}

static void
test_settings (void)
{
  VrStream stream = stream_of ("198.18.0.1", "198.18.0.2", 64);
  g_assert_true (vr_pktgen_check (&stream, 1, NULL));
  assert_told (&stream, 1000,
               "count 1000; pkt_size 60; clone_skb 0; ratep 5000; dst_mac 52:54:00:00:00:02; "
               "src_mac 52:54:00:00:00:01; dst_min 198.18.0.2; src_min 198.18.0.1; "
               "udp_src_min 49152; udp_src_max 49152; udp_dst_min 9; udp_dst_max 9");
  stream.rate_pps = 82;
  stream.rate_rest = 345;
  g_auto (GStrv) lines = vr_pktgen_settings (&stream, 1);
  g_assert_true (g_strv_contains ((const char *const *) lines, "delay 12144028"));
  stream.rate_rest = 0;
  stream.flows = 10;
  stream.flow_order = VR_FLOWS_RANDOM;
  stream.frame.vlan = 7;
  stream.rate_pps = 0;
  stream.sizes[0] = 1518;
  stream.sizes_count = 1;
  assert_told (&stream, 1,
               "count 1; pkt_size 1514; clone_skb 0; delay 0; dst_mac 52:54:00:00:00:02; "
               "src_mac 52:54:00:00:00:01; dst_min 198.18.0.2; src_min 198.18.0.1; "
               "udp_src_min 1024; udp_src_max 1034; udp_dst_min 9; udp_dst_max 9; "
               "flag UDPSRC_RND; vlan_id 7");
  stream = stream_of ("2001:2::1", "2001:2::2", 82);
  assert_told (&stream, 1,
               "count 1; pkt_size 78; clone_skb 0; ratep 5000; dst_mac 52:54:00:00:00:02; "
               "src_mac 52:54:00:00:00:01; dst6 2001:2::2; src6 2001:2::1; "
               "udp_src_min 49152; udp_src_max 49152; udp_dst_min 9; udp_dst_max 9");
}

static void
assert_refused (const VrStream *stream, guint count, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_pktgen_check (stream, count, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, why));
  g_assert_nonnull (strstr (error->message, "take the generator packet"));
}

static void
test_refusals (void)
{
  const VrStream good = stream_of ("198.18.0.1", "198.18.0.2", 64);
  VrStream bad = good;
  VrCapture capture = { .count = 0 };
  assert_refused (&good, 2, "one stream, not 2");
  bad.departure = VR_DEPART_POISSON;
  assert_refused (&bad, 1, "constant departures");
  bad = good;
  bad.capture = &capture;
  assert_refused (&bad, 1, "no file");
  bad = good;
  bad.sizes_count = 2;
  assert_refused (&bad, 1, "one size, not 2");
  bad = good;
  bad.flows = VR_PKTGEN_FLOWS_MAX;
  g_assert_true (vr_pktgen_check (&bad, 1, NULL));
  bad.flows++;
  assert_refused (&bad, 1, "at most 64511 flows, not 64512");
  bad = good;
  bad.to_network = TRUE;
  bad.flows = 1;
  g_assert_true (vr_pktgen_check (&bad, 1, NULL));
  bad.flows = 2;
  bad.frame.destination.length = 24;
  assert_refused (&bad, 1, "flows to one destination");
  bad = good;
  bad.frame.ttl = VR_PKTGEN_TTL;
  g_assert_true (vr_pktgen_check (&bad, 1, NULL));
  bad.frame.ttl = 1;
  assert_refused (&bad, 1, "a TTL of 32, not 1");
  bad = good;
  bad.frame.vlan = 7;
  assert_refused (&bad, 1, "66 bytes are the least here, not 64");
  bad = stream_of ("2001:2::1", "2001:2::2", 81);
  assert_refused (&bad, 1, "82 bytes are the least here, not 81");
}

static void
test_status (void)
{
  static const char text[] = "Params: count 1000  min_pkt_size: 60  max_pkt_size: 60\n"
                             "Current:\n"
                             "     pkts-sofar: 996  errors: 4\n"
                             "     started: 59296795us  stopped: 59496558us idle: 163386us\n"
                             "     seq_num: 1001  cur_dst_mac_offset: 0  cur_src_mac_offset: 0\n";
  VrPktgenStatus status = { .sent = 1 };
  g_assert_true (vr_pktgen_parse_status (text, &status));
  g_assert_cmpuint (status.sent, ==, 996);
  g_assert_cmpuint (status.dropped, ==, 4);
  g_assert_cmpuint (status.stopped_us - status.started_us, ==, 199763);
  g_assert_false (vr_pktgen_parse_status ("", &status));
  g_assert_false (vr_pktgen_parse_status ("pkts-sofar: 1 errors: 0\n", &status));
  g_assert_cmpuint (status.sent, ==, 996);
}

/* A frame as pktgen makes it, of what ours begins with. */
static gsize
make_frame (const char *source, const char *destination, guint size, guint8 *bytes)
{
  VrStream stream = stream_of (source, destination, size);
  VrFrame frame;
  g_assert_true (vr_frame_build (&stream.frame, bytes, VR_FRAME_SIZE_MAX, &frame, NULL));
  guint8 *header = bytes + frame.transport + FRAME_UDP;
  memset (header, 0, frame.length - frame.transport - FRAME_UDP);
  vr_frame_put32 (header, FRAME_PKTGEN_MAGIC);
  vr_frame_put32 (header + 4, 8);
  vr_frame_put32 (header + 8, 1700000000);
  vr_frame_put32 (header + 12, 123456);
  return frame.length;
}

static void
assert_known (const char *source, const char *destination, guint size)
{
  guint8 bytes[VR_FRAME_SIZE_MAX];
  VrFrameSeen seen;
  gsize length = make_frame (source, destination, size, bytes);
  g_assert_cmpint (vr_frame_parse (bytes, length, &seen), ==, VR_FRAME_FOREIGN);
  g_assert_cmpint (vr_frame_parse_pktgen (bytes, length, &seen), ==, VR_FRAME_GOOD);
  g_assert_cmpuint (seen.stamp.stream, ==, 0);
  g_assert_cmpuint (seen.stamp.sequence, ==, 7);
  g_assert_cmpuint (seen.stamp.time_ns, ==, 1700000000123456000u);
  g_assert_cmpuint (seen.ttl, ==, 64);
  g_assert_cmpuint (seen.source_port, ==, 49152);
  for (gsize cut = 0; cut < length; cut++) {
    g_autofree guint8 *part = g_memdup2 (bytes, cut);
    g_assert_cmpint (vr_frame_parse_pktgen (part, cut, &seen), !=, VR_FRAME_GOOD);
  }
}

static void
test_frames (void)
{
  guint8 bytes[VR_FRAME_SIZE_MAX];
  VrFrameSeen seen;
  assert_known ("198.18.0.1", "198.18.0.2", 64);
  assert_known ("2001:2::1", "2001:2::2", 82);
  gsize length = make_frame ("198.18.0.1", "198.18.0.2", 64, bytes);
  bytes[FRAME_ETHERNET + 8]--;
  g_assert_cmpint (vr_frame_parse_pktgen (bytes, length, &seen), ==, VR_FRAME_CORRUPT);
  length = make_frame ("198.18.0.1", "198.18.0.2", 64, bytes);
  bytes[FRAME_ETHERNET + FRAME_IPV4 + 5]++;
  g_assert_cmpint (vr_frame_parse_pktgen (bytes, length, &seen), ==, VR_FRAME_CORRUPT);
  bytes[FRAME_ETHERNET + FRAME_IPV4 + FRAME_UDP]++;
  g_assert_cmpint (vr_frame_parse_pktgen (bytes, length, &seen), ==, VR_FRAME_FOREIGN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pktgen/settings", test_settings);
  g_test_add_func ("/pktgen/refusals", test_refusals);
  g_test_add_func ("/pktgen/status", test_status);
  g_test_add_func ("/pktgen/frames", test_frames);
  return g_test_run ();
}
