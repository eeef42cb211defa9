/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures out of files of both forms and both byte orders; what a replay makes of them; frames
 * that are known again behind a router; and files that are refused. */
#include "traffic/vr-match.h"
#include "traffic/vr-replay.h"

#include <string.h>

#include "base/vr-error.h"

#define MS 1000000ull
#define FRAME 60 /* bytes */

/* A file as it is built. */
typedef struct {
  GByteArray *bytes;
  gboolean is_foreign; /* the other byte order */
} File;

static void
put32 (File *file, guint32 value)
{
  guint32 ordered = file->is_foreign ? GUINT32_SWAP_LE_BE (value) : value;
  g_byte_array_append (file->bytes, (const guint8 *) &ordered, sizeof ordered);
}

static void
put16 (File *file, guint16 value)
{
  guint16 ordered = file->is_foreign ? GUINT16_SWAP_LE_BE (value) : value;
  g_byte_array_append (file->bytes, (const guint8 *) &ordered, sizeof ordered);
}

/* Of pcap, savefile(5), with times in us. */
static File
begin (gboolean is_foreign, guint32 link_type)
{
  File file = { g_byte_array_new (), is_foreign };
  put32 (&file, 0xa1b2c3d4);
  put16 (&file, 2);
  put16 (&file, 4);
  put32 (&file, 0);
  put32 (&file, 0);
  put32 (&file, 65535);
  put32 (&file, link_type);
  return file;
}

static void
fill_frame (guint8 *frame, gsize length, guint8 mark)
{
  memset (frame, mark, length);
  frame[12] = 0x08;
  frame[13] = 0x00;
  frame[14] = 0x45;
  frame[16] = (guint8) ((length - 14) >> 8);
  frame[17] = (guint8) (length - 14);
  frame[22] = 64;
}

static void
add_frame (File *file, guint64 time_us, guint length, guint8 mark)
{
  g_autofree guint8 *frame = g_malloc (length + 64);
  fill_frame (frame, MAX (length, 24), mark);
  put32 (file, (guint32) (time_us / 1000000));
  put32 (file, (guint32) (time_us % 1000000));
  put32 (file, length);
  put32 (file, length);
  g_byte_array_append (file->bytes, frame, length);
}

static VrCapture *
read_bytes (const guint8 *bytes, gsize size, GError **error)
{
  FILE *stream = fmemopen ((gpointer) bytes, size, "rb");
  g_assert_nonnull (stream);
  return vr_capture_read (stream, "test.pcap", error);
}

static VrCapture *
end (File *file, GError **error)
{
  g_autoptr (GByteArray) bytes = file->bytes;
  return read_bytes (bytes->data, bytes->len, error);
}

/* Three frames, 2 and 4 ms apart. */
static VrCapture *
capture_three (gboolean is_foreign)
{
  g_autoptr (GError) error = NULL;
  File file = begin (is_foreign, 1);
  add_frame (&file, 5000000, FRAME, 1);
  add_frame (&file, 5002000, FRAME + 40, 2);
  add_frame (&file, 5006000, FRAME, 1);
  VrCapture *capture = end (&file, &error);
  g_assert_no_error (error);
  return capture;
}

static void
assert_three (const VrCapture *capture)
{
  g_assert_cmpuint (capture->count, ==, 3);
  g_assert_cmpuint (capture->bytes, ==, 3 * FRAME + 40);
  g_assert_cmpuint (capture->frames[1].length, ==, FRAME + 40);
  g_assert_cmpuint (capture->frames[1].bytes[0], ==, 2);
  g_assert_cmpuint (capture->gaps_ns[0], ==, 2 * MS);
  g_assert_cmpuint (capture->gaps_ns[1], ==, 4 * MS);
  g_assert_cmpuint (capture->gaps_ns[2], ==, 3 * MS);
  g_assert_cmpuint (capture->period_ns, ==, 9 * MS);
}

static void
test_pcap (void)
{
  for (guint is_foreign = 0; is_foreign < 2; is_foreign++) {
    g_autoptr (VrCapture) capture = capture_three (is_foreign == 1);
    assert_three (capture);
  }
}

static void
put_block (File *file, guint32 type, const File *body)
{
  guint32 padding = (4 - body->bytes->len % 4) % 4, length = 12 + body->bytes->len + padding;
  put32 (file, type);
  put32 (file, length);
  g_byte_array_append (file->bytes, body->bytes->data, body->bytes->len);
  g_byte_array_append (file->bytes, (const guint8 *) "\0\0\0", padding);
  put32 (file, length);
  g_byte_array_unref (body->bytes);
}

/* An enhanced packet block, pcapng's 4.3, with its time in us. */
static void
put_packet (File *file, guint64 time_us, guint length, guint8 mark)
{
  guint8 frame[FRAME + 64];
  File body = { g_byte_array_new (), file->is_foreign };
  fill_frame (frame, length, mark);
  put32 (&body, 0);
  put32 (&body, (guint32) (time_us >> 32));
  put32 (&body, (guint32) time_us);
  put32 (&body, length);
  put32 (&body, length);
  g_byte_array_append (body.bytes, frame, length);
  put_block (file, 6, &body);
}

static void
test_pcapng (void)
{
  for (guint is_foreign = 0; is_foreign < 2; is_foreign++) {
    g_autoptr (GError) error = NULL;
    File file = { g_byte_array_new (), is_foreign == 1 };
    File section = { g_byte_array_new (), is_foreign == 1 };
    File interface = { g_byte_array_new (), is_foreign == 1 };
    put32 (&section, 0x1a2b3c4d);
    put16 (&section, 1);
    put16 (&section, 0);
    put32 (&section, G_MAXUINT32);
    put32 (&section, G_MAXUINT32);
    put_block (&file, 0x0a0d0d0a, &section);
    put16 (&interface, 1);
    put16 (&interface, 0);
    put32 (&interface, 65535);
    put_block (&file, 1, &interface);
    put_packet (&file, 5000000, FRAME, 1);
    put_packet (&file, 5002000, FRAME + 40, 2);
    put_packet (&file, 5006000, FRAME, 1);
    g_autoptr (VrCapture) capture = end (&file, &error);
    g_assert_no_error (error);
    assert_three (capture);
  }
}

static void
assert_refused (File *file, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (end (file, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_true (g_str_has_prefix (error->message, "test.pcap: "));
  if (strstr (error->message, message) == NULL)
    g_error ("not \"%s\": %s", message, error->message);
}

static void
test_refused (void)
{
  File text = { g_byte_array_new (), FALSE };
  g_byte_array_append (text.bytes, (const guint8 *) "no capture at all, but a text", 29);
  assert_refused (&text, "no pcap or pcapng file");
  File empty = begin (FALSE, 1);
  assert_refused (&empty, "there is no frame in it");
  File raw = begin (FALSE, 101);
  add_frame (&raw, 0, FRAME, 1);
  assert_refused (&raw, "its frames are not Ethernet's but RAW's");
  File broken = begin (FALSE, 1);
  add_frame (&broken, 0, FRAME, 1);
  add_frame (&broken, 0, FRAME, 2);
  g_byte_array_set_size (broken.bytes, broken.bytes->len - 10);
  assert_refused (&broken, "it breaks off after 1 frames: truncated dump file");
  File cut = begin (TRUE, 1);
  add_frame (&cut, 0, FRAME, 1);
  add_frame (&cut, 0, FRAME, 2);
  cut.bytes->data[cut.bytes->len - FRAME - 2] = 9;
  assert_refused (&cut, "frame 2 was cut when it was captured, to 60 of 2364 bytes");
  File shorter = begin (FALSE, 1);
  add_frame (&shorter, 0, 14, 1);
  assert_refused (&shorter, "frame 1 has 14 bytes: 15 to 9018 can be sent");
  File longer = begin (FALSE, 1);
  add_frame (&longer, 0, 9019, 1);
  assert_refused (&longer, "frame 1 has 9019 bytes");
  File hostile = begin (FALSE, 1);
  add_frame (&hostile, 0, FRAME, 1);
  memset (hostile.bytes->data + 24 + 8, 0xff, 4);
  assert_refused (&hostile, "it breaks off after 0 frames: ");
  File late = begin (FALSE, 1);
  add_frame (&late, 0, FRAME, 1);
  add_frame (&late, 86400ull * 1000000 + 1, FRAME, 1);
  assert_refused (&late, "frame 2 is more than 24 hours after the first");
}

static void
test_backwards (void)
{
  g_autoptr (GError) error = NULL;
  File file = begin (FALSE, 1);
  add_frame (&file, 5000, FRAME, 1);
  add_frame (&file, 7000, FRAME, 1);
  add_frame (&file, 6000, FRAME, 1);
  add_frame (&file, 0, FRAME, 1);
  g_autoptr (VrCapture) capture = end (&file, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (capture->gaps_ns[0], ==, 2 * MS);
  g_assert_cmpuint (capture->gaps_ns[1], ==, 0);
  g_assert_cmpuint (capture->gaps_ns[2], ==, 0);
}

static void
test_mtu (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrCapture) capture = capture_three (FALSE);
  g_assert_true (vr_capture_check_mtu (capture, FRAME + 40 - 14, "eth1", &error));
  g_assert_false (vr_capture_check_mtu (capture, FRAME + 40 - 15, "eth1", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_cmpstr (
      error->message, ==,
      "frame 2 of the file has 104 bytes with FCS and does not fit interface \"eth1\": "
      "its MTU of 85 allows 103");
  capture->frames[1].bytes[12] = 0x81;
  g_assert_true (vr_capture_check_mtu (capture, FRAME + 40 - 18, "eth1", NULL));
}

static void
test_own_times (void)
{
  g_autoptr (VrCapture) capture = capture_three (FALSE);
  VrDepartures departures = { .kind = VR_DEPART_RECORDED,
                              .rate_pps = 333,
                              .gaps_ns = capture->gaps_ns,
                              .gaps_count = capture->count };
  static const guint64 due_ms[] = { 0, 2, 6, 9, 11, 15, 18 };
  vr_departures_start (&departures, 77);
  for (guint i = 0; i < G_N_ELEMENTS (due_ms); i++) {
    g_assert_cmpuint (departures.next_ns, ==, 77 + due_ms[i] * MS);
    vr_departures_take (&departures);
  }
}

static void
test_bounds (void)
{
  static const struct {
    VrReplay wish;
    guint64 frames; /* with a rate of 1000 pps, where the times are not the file's own */
  } cases[] = { { { .at_own_times = TRUE }, 3 },
                { { .loops = 5, .at_own_times = TRUE }, 15 },
                { { .loops = 5, .count = 7, .at_own_times = TRUE }, 7 },
                { { .count = 100, .at_own_times = TRUE }, 100 },
                { { .duration_ns = 6 * MS, .at_own_times = TRUE }, 2 },
                { { .duration_ns = 9 * MS + 1, .at_own_times = TRUE }, 4 },
                { { .duration_ns = 90 * MS, .at_own_times = TRUE }, 30 },
                { { .loops = 2, .duration_ns = 90 * MS, .at_own_times = TRUE }, 6 },
                { { .loops = 2 }, 6 },
                { { .duration_ns = 50 * MS }, 50 },
                { { .loops = 2, .duration_ns = 50 * MS }, 6 },
                { { .count = 20, .duration_ns = 50 * MS }, 20 } };
  g_autoptr (VrCapture) capture = capture_three (FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    VrStream stream = { .rate_pps = 1000 };
    vr_replay_set (&cases[i].wish, capture, &stream, &error);
    g_assert_no_error (error);
    guint64 duration_ns = cases[i].wish.at_own_times ? 0 : cases[i].wish.duration_ns;
    g_assert_cmpuint (vr_stream_frames (&stream, duration_ns), ==, cases[i].frames);
    g_assert_cmpuint (stream.rate_pps, ==, cases[i].wish.at_own_times ? 333 : 1000);
  }
  g_autoptr (GError) error = NULL;
  VrStream stream = { .rate_pps = 1000 };
  VrReplay many = { .loops = G_MAXUINT32 };
  g_assert_false (vr_replay_set (&many, capture, &stream, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_null (stream.capture);
}

/* Of a replay that ends early, what was not sent is not expected either: its place is no copy's. */
static void
test_match_early (void)
{
  guint8 frame[FRAME + 44];
  guint64 received, duplicated;
  g_autoptr (VrCapture) capture = capture_three (FALSE);
  g_autoptr (VrMatch) match = vr_match_new (capture, 30);
  fill_frame (frame, FRAME, 1);
  VrMatchKind *kind = vr_match_find (match, frame, FRAME);
  g_assert_cmpuint (kind->expected, ==, 20);
  kind->arrived = 5;
  vr_match_count (match, &received, &duplicated);
  g_assert_cmpuint (received, ==, 5);
  g_assert_cmpuint (duplicated, ==, 0);
  vr_match_expect (match, 4);
  g_assert_cmpuint (kind->expected, ==, 3);
  vr_match_count (match, &received, &duplicated);
  g_assert_cmpuint (received, ==, 3);
  g_assert_cmpuint (duplicated, ==, 2);
}

/* The first frame and the third are alike. */
static void
test_match (void)
{
  guint8 frame[FRAME + 44];
  g_autoptr (VrCapture) capture = capture_three (FALSE);
  g_autoptr (VrMatch) match = vr_match_new (capture, 5);
  fill_frame (frame, FRAME, 1);
  VrMatchKind *kind = vr_match_find (match, frame, FRAME);
  g_assert_nonnull (kind);
  g_assert_cmpuint (kind->expected, ==, 3);
  /* As a router hands it on, padded: MAC addresses, TTL and checksum are others. */
  memset (frame, 9, 12);
  frame[22] = 63;
  frame[24] = frame[25] = 0x55;
  memset (frame + FRAME, 0, 4);
  g_assert_true (vr_match_find (match, frame, FRAME + 4) == kind);
  for (gsize i = 14; i < FRAME; i++) {
    if (i == 22 || i == 24 || i == 25)
      continue;
    frame[i] ^= 0x10;
    g_assert_null (vr_match_find (match, frame, FRAME));
    frame[i] ^= 0x10;
  }
  fill_frame (frame, FRAME + 40, 2);
  g_assert_cmpuint (vr_match_find (match, frame, FRAME + 40)->expected, ==, 2);
  g_assert_null (vr_match_find (match, frame, FRAME + 39));
  for (gsize length = 0; length < 14; length++)
    g_assert_null (vr_match_find (match, frame, length));
  /* With a tag, as long as a frame of two tags would need to be. */
  memmove (frame + 16, frame + 12, FRAME - 16);
  memcpy (frame + 12, "\x81\x00\x00\x05", 4);
  frame[16] = 0x88;
  frame[17] = 0xa8;
  g_assert_null (vr_match_find (match, frame, 18));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/capture/pcap", test_pcap);
  g_test_add_func ("/capture/pcapng", test_pcapng);
  g_test_add_func ("/capture/refused", test_refused);
  g_test_add_func ("/capture/backwards", test_backwards);
  g_test_add_func ("/capture/mtu", test_mtu);
  g_test_add_func ("/capture/own-times", test_own_times);
  g_test_add_func ("/capture/bounds", test_bounds);
  g_test_add_func ("/capture/match", test_match);
  g_test_add_func ("/capture/match-early", test_match_early);
  return g_test_run ();
}
