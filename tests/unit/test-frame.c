/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-frame.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-checksum.h"

static VrPrefix
address (const char *text)
{
  VrPrefix prefix;
  g_assert_true (vr_prefix_parse_address (text, &prefix, NULL));
  return prefix;
}

static VrFrameSpec
spec_of (int family, guint vlan, guint size)
{
  return (VrFrameSpec){
    .source_mac = { { 0x52, 0x54, 0, 0, 0, 1 } },
    .destination_mac = { { 0x52, 0x54, 0, 0, 0, 2 } },
    .source = address (family == AF_INET ? "198.18.0.1" : "2001:2::1"),
    .destination = address (family == AF_INET ? "198.19.255.2" : "2001:2:0:ffff::2"),
    .source_port = 1024,
    .destination_port = 9,
    .vlan = vlan,
    .size = size,
    .ttl = 64,
    .dscp = 10,
  };
}

static const struct {
  int family;
  guint vlan, least;
} shapes[] = { { AF_INET, 0, 64 }, { AF_INET, 5, 64 }, { AF_INET6, 0, 80 }, { AF_INET6, 5, 84 } };

static void
test_sizes (void)
{
  guint8 buffer[VR_FRAME_SIZE_MAX];
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    VrFrame frame = { 0 };
    g_autoptr (GError) error = NULL;
    guint least = shapes[i].least;
    g_assert_cmpuint (vr_frame_least_size (shapes[i].family, shapes[i].vlan), ==, least);
    VrFrameSpec spec = spec_of (shapes[i].family, shapes[i].vlan, least - 1);
    g_assert_false (vr_frame_build (&spec, buffer, sizeof buffer, &frame, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
    g_autofree char *told = g_strdup_printf (" is %u ", least);
    g_assert_nonnull (strstr (error->message, told));
    spec.size = least;
    g_assert_true (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
    g_assert_cmpuint (frame.length, ==, least - 4);
    g_assert_true (vr_frame_build (&spec, buffer, least - 4, &frame, NULL));
    g_assert_false (vr_frame_build (&spec, buffer, least - 5, &frame, NULL));
    spec.size = VR_FRAME_SIZE_MAX + 1;
    g_assert_false (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
  }
}

static void
test_refusals (void)
{
  guint8 buffer[200] = { 0 };
  static const guint8 untouched[200];
  VrFrame frame;
  VrFrameSpec mixed = spec_of (AF_INET, 0, 64);
  mixed.destination = address ("2001:2::2");
  VrFrameSpec vlan = spec_of (AF_INET, 4095, 100);
  VrFrameSpec ttl = spec_of (AF_INET, 0, 64);
  ttl.ttl = 0;
  VrFrameSpec dscp = spec_of (AF_INET, 0, 64);
  dscp.dscp = 64;
  const VrFrameSpec *const bad[] = { &mixed, &vlan, &ttl, &dscp };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_frame_build (bad[i], buffer, sizeof buffer, &frame, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  }
  g_assert_cmpmem (buffer, sizeof buffer, untouched, sizeof untouched);
}

/* The bytes of an IPv4 frame, as computed by hand. */
static void
test_bytes (void)
{
  guint8 buffer[60];
  VrFrame frame;
  VrFrameSpec spec = spec_of (AF_INET, 0, 64);
  g_assert_true (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
  static const guint8 headers[] = {
    0x52, 0x54, 0,    0,    0,    2,    0x52, 0x54, 0,    0,    0,    1,    0x08, 0x00, /* Ethernet
                                                                                         */
    0x45, 40,   0,    46,   0,    0,    0x40, 0,    64,   17,   0xaf, 0x6d,             /* IPv4 */
    198,  18,   0,    1,    198,  19,   255,  2,    0x04, 0x00, 0,    9,    0,    26,   0,
    0,                                                                      /* addresses, UDP */
    0xa5, 0xb8, 0x9f, 0xf2, 0x56, 0x52, 0,    7,    0,    1,    0x02, 0x03, /* pattern, magic, … */
    0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,                                     /* time */
  };
  VrFrameStamp stamp = { .stream = 7, .sequence = 0x10203, .time_ns = 0xffff0a0b0c0d0e0full };
  vr_frame_stamp (&frame, buffer, &stamp);
  g_assert_cmpuint (vr_checksum_fold (vr_checksum_add (0, headers + 14, 20)), ==, 0xffff);
  g_assert_cmpmem (buffer, sizeof buffer, headers, sizeof headers);
}

static void
assert_seen (const VrFrameSeen *seen, const VrFrameStamp *stamp, const VrFrameFlow *flow)
{
  guint last = seen->source.family == AF_INET ? 0 : 12;
  guint32 source, destination;
  memcpy (&source, seen->source.bytes + last, 4);
  memcpy (&destination, seen->destination.bytes + last, 4);
  g_assert_cmphex (GUINT32_FROM_BE (source), ==, flow->source);
  g_assert_cmphex (GUINT32_FROM_BE (destination), ==, flow->destination);
  g_assert_cmpuint (seen->source_port, ==, flow->source_port);
  g_assert_cmpuint (seen->destination_port, ==, flow->destination_port);
  g_assert_cmpuint (seen->stamp.stream, ==, stamp->stream);
  g_assert_cmpuint (seen->stamp.sequence, ==, stamp->sequence);
  g_assert_cmpuint (seen->stamp.time_ns, ==, stamp->time_ns & ((1ull << 48) - 1));
  g_assert_cmpuint (seen->ttl, ==, 64);
}

/* Patched at random, a frame is as whole as a new one; of even and odd lengths. */
static void
test_patches (void)
{
  guint8 buffer[VR_FRAME_SIZE_MAX];
  for (guint i = 0; i < 4000; i++) {
    guint shape = i % G_N_ELEMENTS (shapes);
    guint size = (guint) g_test_rand_int_range ((gint32) shapes[shape].least, 1519);
    VrFrameSpec spec = spec_of (shapes[shape].family, shapes[shape].vlan, size);
    VrFrame frame;
    VrFrameSeen seen;
    g_assert_true (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
    for (guint j = 0; j < 4; j++) {
      VrFrameFlow flow = { (guint32) g_test_rand_int (), (guint32) g_test_rand_int (),
                           (guint16) g_test_rand_int (), (guint16) g_test_rand_int () };
      VrFrameStamp stamp = { (guint16) g_test_rand_int (), (guint32) g_test_rand_int (),
                             (guint64) g_test_rand_int () << 20 };
      vr_frame_set_flow (&frame, buffer, &flow);
      vr_frame_stamp (&frame, buffer, &stamp);
      g_assert_cmpint (vr_frame_parse (buffer, frame.length, &seen), ==, VR_FRAME_GOOD);
      assert_seen (&seen, &stamp, &flow);
    }
  }
}

/* A router takes one from the TTL, and mends the checksum. */
static void
test_forwarded (void)
{
  guint8 buffer[100];
  VrFrame frame;
  VrFrameSeen seen;
  VrFrameSpec spec = spec_of (AF_INET, 0, 64);
  g_assert_true (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
  buffer[frame.network + 8]--;
  g_assert_cmpint (vr_frame_parse (buffer, frame.length, &seen), ==, VR_FRAME_CORRUPT);
  buffer[frame.network + 10]++;
  g_assert_cmpint (vr_frame_parse (buffer, frame.length, &seen), ==, VR_FRAME_GOOD);
  g_assert_cmpuint (seen.ttl, ==, 63);
  memset (buffer + frame.length, 0xee, 10);
  g_assert_cmpint (vr_frame_parse (buffer, frame.length + 10, &seen), ==, VR_FRAME_GOOD);
}

/* Whatever byte is damaged: the frame is never good with another content, except where nothing
 * guards it: MAC addresses, tag, and IPv4's ports, UDP checksum and signature. */
static void
test_damage (void)
{
  for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++) {
    guint8 buffer[131];
    VrFrame frame;
    VrFrameSeen seen;
    VrFrameSpec spec = spec_of (shapes[s].family, shapes[s].vlan, 133);
    g_assert_true (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
    for (guint i = frame.network; i < frame.length; i++) {
      gboolean unguarded
          = frame.family == AF_INET
            && ((i >= frame.transport && i < frame.transport + 4) || i >= frame.signature);
      /* IPv6's class and label are in no checksum. */
      unguarded |= frame.family == AF_INET6 && i < frame.network + 4;
      unguarded |= frame.family == AF_INET6 && i == frame.network + 7;
      buffer[i] ^= 0x24;
      VrFrameVerdict verdict = vr_frame_parse (buffer, frame.length, &seen);
      g_assert_true (unguarded || verdict != VR_FRAME_GOOD);
      buffer[i] ^= 0x24;
    }
    g_assert_cmpint (vr_frame_parse (buffer, frame.length, &seen), ==, VR_FRAME_GOOD);
  }
}

/* Cut anywhere, or of random bytes: judged without a look beyond the end (the sanitizer watches).
 */
static void
test_hostile (void)
{
  for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++) {
    guint8 buffer[100];
    VrFrame frame;
    VrFrameSeen seen;
    VrFrameSpec spec = spec_of (shapes[s].family, shapes[s].vlan, 100);
    g_assert_true (vr_frame_build (&spec, buffer, sizeof buffer, &frame, NULL));
    for (gsize length = 0; length < frame.length; length++) {
      g_autofree guint8 *cut = g_memdup2 (buffer, length);
      g_assert_cmpint (vr_frame_parse (cut, length, &seen), !=, VR_FRAME_GOOD);
    }
    for (guint i = 0; i < 20000; i++) {
      g_autofree guint8 *copy = g_memdup2 (buffer, frame.length);
      for (guint j = 0; j < 3; j++)
        copy[g_test_rand_int_range (12, (gint32) frame.length)] = (guint8) g_test_rand_int ();
      vr_frame_parse (copy, frame.length, &seen);
    }
  }
}

static void
test_latency (void)
{
  guint64 modulo = 1ull << 48;
  g_assert_cmpuint (vr_frame_latency (1000, 5 * modulo + 3500), ==, 2500);
  g_assert_cmpuint (vr_frame_latency (modulo - 10, modulo + 20), ==, 30);
  g_assert_cmpuint (vr_frame_latency (3500, 1000), ==, 0);
}

/* Where the time of the stamp has gone round meanwhile, too. */
static void
test_before (void)
{
  guint64 modulo = 1ull << 48;
  g_assert_true (vr_frame_is_before (1000, 5 * modulo + 1001));
  g_assert_true (vr_frame_is_before (modulo - 10, 3 * modulo));
  g_assert_false (vr_frame_is_before (1001, 5 * modulo + 1001));
  g_assert_false (vr_frame_is_before (1002, 5 * modulo + 1001));
  g_assert_false (vr_frame_is_before (5, 3 * modulo - 10));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/sizes", test_sizes);
  g_test_add_func ("/frame/refusals", test_refusals);
  g_test_add_func ("/frame/bytes", test_bytes);
  g_test_add_func ("/frame/patches", test_patches);
  g_test_add_func ("/frame/forwarded", test_forwarded);
  g_test_add_func ("/frame/damage", test_damage);
  g_test_add_func ("/frame/hostile", test_hostile);
  g_test_add_func ("/frame/latency", test_latency);
  g_test_add_func ("/frame/before", test_before);
  return g_test_run ();
}
