/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The XDP balancer between veth pairs: what it does to frames, how it shares them out, that it is
 * changed without a loss, and that it leaves nothing. */
#include "host/balance-fixture.h"

#include <gsl/gsl_cdf.h>

#define BACKENDS 3
#define FLOWS 1200
#define BURST 32
#define SIZE 100

static const int equal[BACKENDS] = { 1, 1, 1 };
static const int weighted[BACKENDS] = { 1, 2, 3 };

typedef struct {
  guint64 packets[BACKENDS + 1]; /* by the last byte of a back-end's MAC */
  guint64 bytes[BACKENDS + 1];
} Shares;

static void
assert_shares (const guint64 *packets, const int *weights)
{
  double sum = 0, all = 0, square = 0;
  guint free_terms = 0;
  for (guint i = 0; i < BACKENDS; i++) {
    sum += weights[i];
    all += (double) packets[i + 1];
  }
  for (guint i = 0; i < BACKENDS; i++) {
    double expected = all * weights[i] / sum;
    if (weights[i] == 0) {
      g_assert_cmpuint (packets[i + 1], ==, 0);
      continue;
    }
    square
        += ((double) packets[i + 1] - expected) * ((double) packets[i + 1] - expected) / expected;
    free_terms++;
  }
  g_test_message ("chi-square %.2f", square);
  g_assert_cmpfloat (gsl_cdf_chisq_Q (square, free_terms - 1), >, 0.01);
}

/* Takes `count` frames at the inner side, and adds up where they went. */
static void
take (const Bench *b, guint count, Shares *shares)
{
  Frame got;
  for (guint i = 0; i < count; i++) {
    g_assert_true (next_own (b, INNER, WAIT_MS, &got));
    g_assert_cmpint (got.bytes[5], >=, 1);
    g_assert_cmpint (got.bytes[5], <=, BACKENDS);
    shares->packets[got.bytes[5]]++;
    shares->bytes[got.bytes[5]] += got.size;
  }
}

/* Sends so many frames of one flow, of sizes in turn, and adds up where they went. */
static Shares
spread (const Bench *b, guint count, gsize even, gsize odd)
{
  Shares shares = { 0 };
  for (guint i = 0; i < count; i += BURST) {
    guint burst = MIN (BURST, count - i);
    for (guint k = 0; k < burst; k++) {
      Frame frame = ipv4_frame (LEFT, 1, 1000, i + k + 1, (i + k) % 2 == 0 ? even : odd);
      send_frame (b, LEFT, &frame);
    }
    take (b, burst, &shares);
  }
  return shares;
}

/* --- frames --------------------------------------------------------------------------------- */

static void
test_verifier (G_GNUC_UNUSED Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  const char *argv[] = { VRKIT_BALANCE, "--verify", NULL };
  g_autofree char *output = NULL, *errors = NULL;
  int status;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output,
                               &errors, &status, NULL));
  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpint (status, ==, 0);
  g_auto (GStrv) lines = g_strsplit (g_strstrip (output), "\n", -1);
  guint programs = 0;
  for (char **line = lines; *line != NULL; line++) {
    gboolean processed = g_str_has_prefix (*line, "processed ");
    programs += processed;
    if (!processed && !g_str_has_prefix (*line, "verification time ")
        && !g_str_has_prefix (*line, "stack depth "))
      g_error ("the verifier says: %s", *line);
  }
  g_assert_cmpuint (programs, ==, 2);
}

static void
assert_inward (const Bench *b, Side side, const Frame *sent)
{
  static const guint8 prefix[5] = { 2, 0, 0, 0, 1 };
  Frame got;
  send_frame (b, side, sent);
  g_assert_true (next_own (b, INNER, WAIT_MS, &got));
  g_assert_cmpint (got.vlan, ==, side + 1);
  g_assert_cmpmem (got.bytes, 5, prefix, 5);
  g_assert_cmpmem (got.bytes + 6, 6, neighbour, 6);
  g_assert_cmpmem (got.bytes + 12, got.size - 12, sent->bytes + 12, sent->size - 12);
}

static void
assert_outward (const Bench *b, Side side, const Frame *sent)
{
  Frame got, with = tagged (sent, (guint16) (side + 1));
  send_frame (b, INNER, &with);
  g_assert_true (next_own (b, side, WAIT_MS, &got));
  g_assert_cmpint (got.vlan, ==, 0);
  g_assert_cmpmem (got.bytes, 6, sent->bytes, 6);
  g_assert_cmpmem (got.bytes + 6, 6, router_macs[side], 6);
  g_assert_cmpmem (got.bytes + 12, got.size - 12, sent->bytes + 12, sent->size - 12);
}

static void
test_frames (Bench *b, gconstpointer mode)
{
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  for (Side side = LEFT; side <= RIGHT; side++) {
    const Frame frames[] = { ipv4_frame (side, 1, 1, 1, 60), ipv6_frame (side, 1, 1, 1, 80),
                             ipv4_frame (side, 1, 1, 1, 1514), ipv6_frame (side, 1, 1, 1, 1514) };
    for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
      assert_inward (b, side, &frames[i]);
      assert_outward (b, side, &frames[i]);
    }
  }
  g_assert_cmpuint (counter (b, "port left ", "in_packets"), ==, 4);
  g_assert_cmpuint (counter (b, "port left ", "in_bytes"), ==, 60 + 80 + 2 * 1514);
  g_assert_cmpuint (counter (b, "port right ", "out_packets"), ==, 4);
  g_assert_cmpuint (counter (b, "port right ", "out_bytes"), ==, 60 + 80 + 2 * 1514);
  stop (b);
}

/* None of the test's frames is at that side, nor comes within a while. */
static void
assert_quiet (const Bench *b, Side side)
{
  Frame got;
  g_assert_false (next_own (b, side, QUIET_MS, &got));
}

/* Asks for 198.18.1.1 by ARP, and gets the router's MAC. */
static void
assert_arp (const Bench *b)
{
  static const guint8 question[]
      = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,   0,  0, 9, 9, 8, 6, 0, 1, 8, 0,   6,  4, 0,
          1,    2,    0,    0,    0,    9,    9, 198, 18, 1, 2, 0, 0, 0, 0, 0, 0, 198, 18, 1, 1 };
  Frame frame = { .size = 60 }, got = { 0 };
  memcpy (frame.bytes, question, sizeof question);
  send_frame (b, LEFT, &frame);
  do
    g_assert_true (next_frame (b, LEFT, WAIT_MS, &got));
  while (got.bytes[12] != 8 || got.bytes[13] != 6 || got.bytes[21] != 2);
  g_assert_cmpmem (got.bytes + 22, 6, router_macs[LEFT], 6);
}

static void
test_up (Bench *b, gconstpointer mode)
{
  Frame own4 = ipv4_frame (LEFT, 1, 1, 1, 60), own6 = ipv6_frame (LEFT, 1, 1, 1, 80);
  Frame plain = ipv4_frame (LEFT, 1, 1, 1, 60), group = ipv4_frame (LEFT, 1, 1, 1, 60);
  Frame link_local = ipv6_frame (LEFT, 1, 1, 1, 80), other = ipv4_frame (LEFT, 1, 1, 1, 60);
  Frame in_vlan = tagged (&plain, 5), short_one = ipv4_frame (LEFT, 1, 1, 1, 60);
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  assert_arp (b);
  guint64 before = counter (b, "port left ", "up_packets");
  g_assert_cmpint (inet_pton (AF_INET, "198.18.1.1", own4.bytes + 30), ==, 1);
  g_assert_cmpint (inet_pton (AF_INET6, "2001:2:0:1::1", own6.bytes + 38), ==, 1);
  g_assert_cmpint (inet_pton (AF_INET, "224.0.0.5", group.bytes + 30), ==, 1);
  g_assert_cmpint (inet_pton (AF_INET6, "fe80::1", link_local.bytes + 38), ==, 1);
  other.bytes[5] = 77;
  short_one.bytes[14] = 0x44;
  const Frame *const all[] = { &own4, &own6, &group, &link_local, &other, &in_vlan, &short_one };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    send_frame (b, LEFT, all[i]);
  assert_quiet (b, INNER);
  guint64 up = counter (b, "port left ", "up_packets") - before;
  g_assert_cmpuint (up, >=, G_N_ELEMENTS (all));
  g_assert_cmpuint (counter (b, "port left ", "in_packets"), ==, 0);
  stop (b);
}

static void
test_drops (Bench *b, gconstpointer mode)
{
  static const int none[BACKENDS] = { 0, 0, 0 };
  Frame frame = ipv4_frame (LEFT, 1, 1, 1, 60), foreign = tagged (&frame, 7);
  Frame question = tagged (&frame, LEFT + 1), group = question;
  describe (b, "hash", none, BACKENDS);
  start_ready (b, mode);
  send_frame (b, LEFT, &frame);
  question.bytes[17] = 0x06; /* ARP */
  group.bytes[0] |= 1;
  send_frame (b, INNER, &foreign);
  send_frame (b, INNER, &question);
  send_frame (b, INNER, &group);
  send_frame (b, INNER, &frame);
  assert_quiet (b, INNER);
  assert_quiet (b, LEFT);
  assert_quiet (b, RIGHT);
  g_assert_cmpuint (counter (b, "drop no-backend", "packets"), ==, 1);
  g_assert_cmpuint (counter (b, "drop foreign-vlan", "packets"), ==, 1);
  g_assert_cmpuint (counter (b, "drop no-packet", "packets"), ==, 2);
  g_assert_cmpuint (counter (b, "drop no-room", "packets"), ==, 0);
  g_assert_cmpuint (counter (b, "inner ", "up_packets"), >=, 1);
  stop (b);
}

/* What the balancer's own kernel is to hand to a control processor, or out for it. */
static void
test_control (Bench *b, gconstpointer mode)
{
  Frame frame = ipv4_frame (LEFT, 1, 1, 1, 60);
  Frame question = tagged (&frame, LEFT + 1), group = question;
  question.bytes[17] = 0x06; /* ARP */
  group.bytes[0] |= 1;
  g_assert_true (g_file_set_contents (
      b->path,
      "policy hash\ninner inner\nouter left 02:00:00:00:00:01 1\nouter right 02:00:00:00:00:02 2\n"
      "control 02:00:00:00:02:01\nbackend 02:00:00:00:01:01 1\nend\n",
      -1, NULL));
  start_ready (b, mode);
  guint64 before = counter (b, "inner ", "up_packets");
  send_frame (b, INNER, &question);
  send_frame (b, INNER, &group);
  assert_quiet (b, LEFT);
  g_assert_cmpuint (counter (b, "drop no-packet", "packets"), ==, 0);
  g_assert_cmpuint (counter (b, "inner ", "up_packets"), >=, before + 2);
  assert_outward (b, LEFT, &frame);
  stop (b);
}

/* --- policies ------------------------------------------------------------------------------- */

typedef Frame (*MakeFrame) (Side side, guint host, guint16 port, guint32 number, gsize size);

/* Two rounds over all flows: a flow has one back-end, and its frames come in order. */
static void
share_flows (const Bench *b, MakeFrame make, Shares *flows)
{
  static guint8 had[FLOWS];
  memset (had, 0, sizeof had);
  for (guint sent = 0, last = 0; sent < 2 * FLOWS; sent += BURST) {
    for (guint i = sent; i < sent + BURST && i < 2 * FLOWS; i++) {
      guint flow = i % FLOWS;
      Frame frame = make (LEFT, flow / 60, (guint16) (2000 + flow % 60), i + 1, SIZE);
      send_frame (b, LEFT, &frame);
    }
    for (guint i = sent; i < sent + BURST && i < 2 * FLOWS; i++, last++) {
      Frame got;
      g_assert_true (next_own (b, INNER, WAIT_MS, &got));
      g_assert_cmpuint (number_of (&got), ==, last + 1);
      guint flow = last % FLOWS;
      if (had[flow] == 0)
        flows->packets[got.bytes[5]]++;
      else
        g_assert_cmpuint (had[flow], ==, got.bytes[5]);
      had[flow] = got.bytes[5];
    }
  }
}

static void
test_hash (Bench *b, gconstpointer mode)
{
  static const MakeFrame makers[] = { ipv4_frame, ipv6_frame };
  describe (b, "hash", weighted, BACKENDS);
  start_ready (b, mode);
  for (guint i = 0; i < G_N_ELEMENTS (makers); i++) {
    Shares flows = { 0 };
    share_flows (b, makers[i], &flows);
    assert_shares (flows.packets, weighted);
  }
  guint64 sum = 0;
  for (guint i = 1; i <= BACKENDS; i++) {
    g_autofree char *line = g_strdup_printf ("backend 02:00:00:00:01:%02x ", i);
    sum += counter (b, line, "in_packets");
  }
  g_assert_cmpuint (sum, ==, 4 * FLOWS);
  g_assert_cmpuint (counter (b, "port left ", "in_bytes"), ==, (guint64) 4 * FLOWS * SIZE);
  stop (b);
}

/* What has no ports of its own goes where its addresses say, whatever lies where ports would. */
static void
test_addresses_only (Bench *b, gconstpointer mode)
{
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  for (guint host = 1; host <= 8; host++) {
    guint first[3] = { 0 };
    for (guint16 port = 1; port <= 8; port++) {
      Frame fragment = ipv4_frame (LEFT, host, port, port, SIZE);
      Frame options = ipv6_frame (LEFT, host, port, port, SIZE), echo = fragment;
      fragment.bytes[20] = port == 1 ? 0x20 : 0; /* the first one: more follow */
      fragment.bytes[21] = (guint8) (port - 1);
      options.bytes[20] = IPPROTO_HOPOPTS;
      echo.bytes[23] = IPPROTO_ICMP;
      const guint now[3]
          = { ask (b, LEFT, &fragment), ask (b, LEFT, &options), ask (b, LEFT, &echo) };
      for (guint i = 0; i < 3; i++) {
        first[i] = port == 1 ? now[i] : first[i];
        g_assert_cmpuint (now[i], ==, first[i]);
      }
    }
  }
  stop (b);
}

static void
test_round_robin (Bench *b, gconstpointer mode)
{
  static const int weights[BACKENDS] = { 2, 0, 6 };
  describe (b, "round-robin", weights, BACKENDS);
  start_ready (b, mode);
  guint counts[BACKENDS + 1] = { 0 };
  for (guint i = 1; i <= 40; i++) {
    Frame frame = ipv4_frame (LEFT, 1, 1, i, SIZE);
    counts[ask (b, LEFT, &frame)]++;
    /* A round is four turns where one CPU takes them all, as on a veth the sender's does. */
    g_assert_cmpuint (counts[2], ==, 0);
  }
  g_assert_cmpuint (counts[1], >=, 10 - 3);
  g_assert_cmpuint (counts[1], <=, 10 + 3);
  stop (b);
}

static void
test_random (Bench *b, gconstpointer mode)
{
  describe (b, "random", weighted, BACKENDS);
  start_ready (b, mode);
  Shares shares = spread (b, FLOWS, SIZE, SIZE);
  assert_shares (shares.packets, weighted);
  stop (b);
}

/* In turn, one back-end would get all long frames, and 14 times the bytes. */
static void
test_least (Bench *b, gconstpointer mode)
{
  static const int weights[BACKENDS] = { 1, 1, 0 };
  describe (b, "least", weights, BACKENDS);
  start_ready (b, mode);
  Shares shares = spread (b, FLOWS, 1500, SIZE);
  double part = (double) shares.bytes[1] / (double) (shares.bytes[1] + shares.bytes[2]);
  g_test_message ("share of bytes %.3f", part);
  g_assert_cmpfloat (part, >, 0.4);
  g_assert_cmpfloat (part, <, 0.6);
  g_assert_cmpuint (shares.packets[3], ==, 0);
  stop (b);
}

/* --- changes -------------------------------------------------------------------------------- */

static void
ask_flows (const Bench *b, guint8 *backends)
{
  for (guint i = 0; i < FLOWS; i++) {
    Frame frame = ipv4_frame (LEFT, i / 60, (guint16) (2000 + i % 60), i + 1, SIZE);
    backends[i] = (guint8) ask (b, LEFT, &frame);
  }
}

static void
change (Bench *b)
{
  g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
  assert_line (b->out, "changed");
}

static void
test_weight_to_zero (Bench *b, gconstpointer mode)
{
  static const int without[BACKENDS] = { 1, 0, 1 };
  static guint8 before[FLOWS], during[FLOWS], after[FLOWS];
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  ask_flows (b, before);
  describe (b, "hash", without, BACKENDS);
  change (b);
  ask_flows (b, during);
  describe (b, "hash", equal, BACKENDS);
  change (b);
  ask_flows (b, after);
  guint back = 0;
  for (guint i = 0; i < FLOWS; i++) {
    g_assert_cmpuint (during[i], !=, 2);
    if (before[i] != 2)
      g_assert_cmpuint (during[i], ==, before[i]);
    g_assert_cmpuint (after[i], ==, before[i]);
    back += after[i] == 2;
  }
  g_assert_cmpuint (back, >, FLOWS / 4);
  stop (b);
}

/* Back-ends, weights and policy change all the while, and each frame arrives. */
static void
test_change_under_traffic (Bench *b, gconstpointer mode)
{
  static const int versions[][BACKENDS] = { { 1, 1, 1 }, { 1, 0, 5 }, { 0, 7, 1 } };
  static const char *const policies[] = { "hash", "round-robin", "random", "least" };
  Shares shares = { 0 };
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  guint sent = 0;
  for (guint i = 0; i < 24; i++) {
    describe (b, policies[i % 4], versions[i % 3], BACKENDS - (i % 5 == 0));
    g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
    struct pollfd told = { .fd = b->out, .events = POLLIN };
    do {
      for (guint k = 0; k < BURST; k++) {
        Frame frame = ipv4_frame (LEFT, k, 1, ++sent, SIZE);
        send_frame (b, LEFT, &frame);
      }
      take (b, BURST, &shares);
    } while (poll (&told, 1, 0) == 0);
    assert_line (b->out, "changed");
  }
  assert_quiet (b, INNER);
  g_assert_cmpuint (counter (b, "port left ", "in_packets"), ==, sent);
  g_assert_cmpuint (shares.packets[1] + shares.packets[2] + shares.packets[3], ==, sent);
  stop (b);
}

/* A back-end begins at 0, also the third one, which gets the place of the first. */
static void
test_place_of_another (Bench *b, gconstpointer mode)
{
  describe (b, "hash", equal, 1);
  start_ready (b, mode);
  Frame frame = ipv4_frame (LEFT, 1, 1, 1, SIZE);
  g_assert_cmpuint (ask (b, LEFT, &frame), ==, 1);
  for (guint i = 2; i <= 3; i++) {
    g_autofree char *text
        = g_strdup_printf ("policy hash\ninner inner\nouter left 02:00:00:00:00:01 1\n"
                           "outer right 02:00:00:00:00:02 2\nbackend 02:00:00:00:01:%02x 1\nend\n",
                           i);
    g_autofree char *line = g_strdup_printf ("backend 02:00:00:00:01:%02x ", i);
    g_assert_true (g_file_set_contents (b->path, text, -1, NULL));
    change (b);
    g_assert_cmpuint (ask (b, LEFT, &frame), ==, i);
    g_assert_cmpuint (counter (b, line, "in_packets"), ==, 1);
    g_assert_cmpuint (counter (b, line, "in_bytes"), ==, SIZE);
  }
  /* 198.18.1.1 is the balancer's no more. */
  g_assert_cmpint (inet_pton (AF_INET, "198.18.1.1", frame.bytes + 30), ==, 1);
  g_assert_cmpuint (ask (b, LEFT, &frame), ==, 3);
  stop (b);
}

static void
test_wrong_change (Bench *b, gconstpointer mode)
{
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  g_assert_true (g_file_set_contents (b->path, "policy hash\ninner\n", -1, NULL));
  g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
  g_autofree char *wrong
      = g_strdup_printf ("vrkit-balance: %s:2: the form is \"inner INTERFACE\"", b->path);
  assert_line (b->err, wrong);
  g_assert_true (g_file_set_contents (
      b->path, "policy hash\ninner inner\nouter left 02:00:00:00:00:01 1\nend\n", -1, NULL));
  g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
  assert_line (b->err,
               "vrkit-balance: the lines inner, outer and control cannot change while it runs: "
               "start it anew");
  Frame frame = ipv4_frame (RIGHT, 1, 1, 1, SIZE);
  ask (b, RIGHT, &frame);
  stop (b);
}

/* --- beginning and end ---------------------------------------------------------------------- */

static void
assert_no_xdp (const Bench *b)
{
  for (int i = 0; i < SIDES; i++) {
    g_autofree char *line
        = g_strdup_printf ("ip -n %s -details link show dev %s", b->balancer, inside[i]);
    g_auto (GStrv) argv = g_strsplit (line, " ", -1);
    g_autofree char *output = NULL;
    g_assert_true (g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL,
                                 NULL, NULL));
    g_assert_nonnull (strstr (output, inside[i]));
    g_assert_null (strstr (output, "xdp"));
    g_assert_null (strstr (output, "promiscuity 1"));
  }
}

static void
fails (Bench *b, int wanted, const char *problem)
{
  start (b, "native");
  g_autofree char *line = read_line (b->err);
  if (strstr (line, problem) == NULL)
    g_error ("\"%s\" does not hold \"%s\"", line, problem);
  int status = wait_end (b);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, wanted);
  assert_no_xdp (b);
}

static void
test_does_not_begin (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  fails (b, 3, "cannot open");
  g_assert_true (g_file_set_contents (b->path, "policy most\n", -1, NULL));
  fails (b, 3, ":1: no policy is called \"most\"");
  g_assert_true (g_file_set_contents (b->path,
                                      "policy hash\ninner inner\nouter left 02:00:00:00:00:01 1\n"
                                      "outer absent 02:00:00:00:00:02 2\nend\n",
                                      -1, NULL));
  fails (b, 8, "no interface absent: No such device");
  g_assert_false (g_file_test (b->pins, G_FILE_TEST_EXISTS));
}

static void
test_leaves_nothing (Bench *b, gconstpointer mode)
{
  describe (b, "hash", equal, BACKENDS);
  start_ready (b, mode);
  g_assert_true (g_file_test (b->pins, G_FILE_TEST_IS_DIR));
  Bench second = *b;
  start (&second, mode);
  g_autofree char *line = read_line (second.err);
  g_assert_nonnull (strstr (line, "inner has an XDP program already"));
  g_assert_cmpint (WEXITSTATUS (wait_end (&second)), ==, 8);
  g_assert_cmpuint (counter (b, "drop no-room", "packets"), ==, 0);
  stop (b);
  assert_no_xdp (b);
  g_assert_false (g_file_test (b->pins, G_FILE_TEST_EXISTS));
}

/* The kernel takes off what a killed one had on, and the next one its pins; but not its flows,
 * which have the back-ends that they had, though the file alone would have given some to others. */
static void
test_killed (Bench *b, gconstpointer mode)
{
  static guint8 before[FLOWS], after[FLOWS];
  describe (b, "hash", equal, BACKENDS - 1);
  start_ready (b, mode);
  describe (b, "hash", equal, BACKENDS);
  change (b);
  ask_flows (b, before);
  g_assert_cmpint (kill (b->pid, SIGKILL), ==, 0);
  g_assert_true (WIFSIGNALED (wait_end (b)));
  assert_no_xdp (b);
  start_ready (b, mode);
  g_assert_cmpuint (counter (b, "port left ", "in_packets"), ==, 0);
  ask_flows (b, after);
  g_assert_cmpmem (after, sizeof after, before, sizeof before);
  stop (b);
  start_ready (b, mode);
  ask_flows (b, after);
  g_assert_cmpint (memcmp (after, before, sizeof before), !=, 0);
  stop (b);
}

static void
add (const char *name, const char *mode, void (*test) (Bench *, gconstpointer))
{
  g_autofree char *path = g_strdup_printf ("/balance/%s/%s", mode, name);
  g_test_add (path, Bench, mode, bench_set_up, test, bench_tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const modes[] = { "native", "generic" };
  if (geteuid () != 0) {
    g_print ("1..0 # SKIP needs root\n");
    return 77;
  }
  g_test_init (&argc, &argv, NULL);
  if (!vr_netns_hide (NULL))
    return 1;
  add ("verifier", "native", test_verifier);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    add ("frames", modes[i], test_frames);
    add ("up", modes[i], test_up);
    add ("drops", modes[i], test_drops);
    add ("control", modes[i], test_control);
    add ("change under traffic", modes[i], test_change_under_traffic);
  }
  add ("hash", "native", test_hash);
  add ("addresses only", "native", test_addresses_only);
  add ("round robin", "native", test_round_robin);
  add ("random", "native", test_random);
  add ("least", "native", test_least);
  add ("weight to zero", "native", test_weight_to_zero);
  add ("place of another", "native", test_place_of_another);
  add ("wrong change", "native", test_wrong_change);
  add ("does not begin", "native", test_does_not_begin);
  add ("leaves nothing", "native", test_leaves_nothing);
  add ("killed", "native", test_killed);
  return g_test_run ();
}
