/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A balancer's watch between veth pairs: whom it hears, what it writes, and that a back-end is
 * heard by its beat. What time does to it, the unit test has. */
#include "host/balance-fixture.h"

#define PROTOCOL 0x88b5
#define BEAT "vrkit beat 1"
#define WAITING "vrkit wait 1"
#define LEFT_BEHIND "vrkit left 1"

static const int equal[] = { 1, 1, 1 };

static GPid
spawn_in (int *netns, char **argv, int *out, int *err)
{
  GPid pid;
  g_assert_true (g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, enter_netns,
                                           netns, &pid, NULL, out, err, NULL));
  return pid;
}

static char *
written_path (const Bench *b)
{
  return g_build_filename (b->dir, "written", NULL);
}

static void
start_watch (Bench *b)
{
  g_autofree char *written = written_path (b);
  char *argv[] = { (char *) VRKIT_BALANCE, (char *) "--watch", b->path, written, NULL };
  b->pid = spawn_in (&b->netns, argv, &b->out, &b->err);
  assert_line (b->out, "ready");
}

/* Such a process has nothing to undo, and no end of its own. */
static void
kill_spawned (GPid pid)
{
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
stop_watch (Bench *b)
{
  g_autofree char *written = written_path (b);
  g_assert_cmpint (kill (b->pid, SIGTERM), ==, 0);
  int status = wait_end (b);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGTERM);
  g_unlink (written);
}

/* From the back-end of that number, as from an interface of its own. */
static void
send_from (const Bench *b, guint8 number, guint16 protocol, const char *payload)
{
  Frame frame = { .size = 14 + strlen (payload) };
  memset (frame.bytes, 0xff, 6);
  memcpy (frame.bytes + 6, (const guint8[]){ 2, 0, 0, 0, 1, number }, 6);
  frame.bytes[12] = (guint8) (protocol >> 8);
  frame.bytes[13] = (guint8) protocol;
  memcpy (frame.bytes + 14, payload, strlen (payload));
  send_frame (b, INNER, &frame);
}

/* The weights in the file, one after the other; "" while there is no file. */
static char *
weights (const Bench *b)
{
  g_autofree char *written = written_path (b);
  g_autofree char *text = NULL;
  GString *found = g_string_new (NULL);
  if (g_file_get_contents (written, &text, NULL, NULL)) {
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
      if (g_str_has_prefix (*line, "backend "))
        g_string_append (found, strrchr (*line, ' ') + 1);
  }
  return g_string_free (found, FALSE);
}

static void
wait_weights (const Bench *b, const char *wanted)
{
  g_autofree char *got = weights (b);
  for (int waited = 0; waited < WAIT_MS && strcmp (got, wanted) != 0; waited += 10) {
    g_usleep (10000);
    g_free (got);
    got = weights (b);
  }
  g_assert_cmpstr (got, ==, wanted);
}

/* What is no beat comes first: had it been heard, the first line would be another. */
static void
test_hears (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  describe (b, "hash", equal, 2);
  start_watch (b);
  send_from (b, 2, PROTOCOL, "vrkit beat 0");
  send_from (b, 2, PROTOCOL, "vrkit");
  send_from (b, 2, PROTOCOL + 1, BEAT);
  send_from (b, 1, PROTOCOL, BEAT);
  assert_line (b->out, "changed 02:00:00:00:01:02");
  g_autofree char *after = weights (b);
  g_assert_cmpstr (after, ==, "10");
  describe (b, "hash", equal, 3);
  g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
  assert_line (b->out, "changed 02:00:00:00:01:02 02:00:00:00:01:03");
  send_from (b, 1, PROTOCOL, LEFT_BEHIND);
  send_from (b, 9, PROTOCOL, BEAT);
  assert_line (b->out, "changed 02:00:00:00:01:01 02:00:00:00:01:02 02:00:00:00:01:03");
  g_autofree char *learned = weights (b);
  g_assert_cmpstr (learned, ==, "0001");
  send_from (b, 8, PROTOCOL, WAITING);
  assert_line (b->out,
               "changed 02:00:00:00:01:01 02:00:00:00:01:02 02:00:00:00:01:03 02:00:00:00:01:08");
  g_autofree char *waiting = weights (b);
  g_assert_cmpstr (waiting, ==, "00001");
  stop_watch (b);
}

static void
test_wrong (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  describe (b, "hash", equal, 2);
  start_watch (b);
  g_assert_true (g_file_set_contents (b->path, "policy hash\ninner\n", -1, NULL));
  g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
  g_autofree char *wrong
      = g_strdup_printf ("vrkit-balance: %s:2: the form is \"inner INTERFACE\"", b->path);
  assert_line (b->err, wrong);
  g_assert_true (g_file_set_contents (
      b->path, "policy hash\ninner left\nouter right 02:00:00:00:00:02 1\nend\n", -1, NULL));
  g_assert_cmpint (kill (b->pid, SIGHUP), ==, 0);
  assert_line (b->err, "vrkit-balance: the line inner cannot change while it runs: start it anew");
  send_from (b, 2, PROTOCOL, BEAT);
  assert_line (b->out, "changed 02:00:00:00:01:01");
  stop_watch (b);
}

/* Of a back-end whose interface has the address of that number; with `log` one that waits for its
 * table, from the process of which that name with ".pid" has the id, and else NULL. What it prints
 * first was read. */
static GPid
start_beat (int *netns, const char *interface, const char *log, int *out)
{
  g_autofree char *pid_path = log != NULL ? g_strconcat (log, ".pid", NULL) : NULL;
  char *argv[] = { (char *) VRKIT_BALANCE, (char *) "--beat", (char *) interface,
                   (char *) log,           pid_path,          NULL };
  GPid pid = spawn_in (netns, argv, out, NULL);
  assert_line (*out, "ready");
  return pid;
}

/* i of the first, and j of the second. */
static void
make_two (const Bench *b)
{
  g_assert_true (run ("ip -n %s link set dev i address 02:00:00:00:01:01", b->peer));
  g_assert_true (run ("ip -n %s link add link i name j address 02:00:00:00:01:02 type macvlan "
                      "mode private",
                      b->peer));
  g_assert_true (run ("ip -n %s link set dev j up", b->peer));
}

static void
test_beats (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  make_two (b);
  describe (b, "hash", equal, 3);
  start_watch (b);
  int peer = vr_netns_open (b->peer, NULL);
  int out[3];
  GPid first = start_beat (&peer, "i", NULL, &out[0]);
  GPid second = start_beat (&peer, "j", NULL, &out[1]);
  wait_weights (b, "110");
  g_assert_cmpint (kill (second, SIGSTOP), ==, 0);
  wait_weights (b, "100");
  g_assert_cmpint (kill (second, SIGCONT), ==, 0);
  wait_weights (b, "110");
  kill_spawned (first);
  wait_weights (b, "010");
  first = start_beat (&peer, "i", NULL, &out[2]);
  wait_weights (b, "110");
  g_assert_cmpint (kill (first, SIGTERM), ==, 0);
  g_assert_cmpint (waitpid (first, NULL, 0), ==, first);
  wait_weights (b, "010");
  kill_spawned (second);
  for (guint i = 0; i < G_N_ELEMENTS (out); i++)
    close (out[i]);
  close (peer);
  stop_watch (b);
}

static void
say (const char *log, const char *said)
{
  FILE *file = g_fopen (log, "a");
  g_assert_nonnull (file);
  g_assert_cmpint (fprintf (file, "2026-01-02 03:04:05.678 <TRACE> control: %s\n", said), >, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* In place of BIRD. */
static GPid
start_sleeper (const char *pid_path)
{
  char *argv[] = { (char *) "sleep", (char *) "600", NULL };
  GPid pid;
  g_assert_true (g_spawn_async (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                end_with_test, NULL, &pid, NULL));
  g_autofree char *text = g_strdup_printf ("%d\n", (int) pid);
  g_assert_true (g_file_set_contents (pid_path, text, -1, NULL));
  return pid;
}

static void
say_whole (const char *log)
{
  say (log, "BGP session established");
  say (log, "Got END-OF-RIB");
  say (log, "Got END-OF-RIB");
}

/* Two back-ends that are watched: the first, which needs no table, is given packets alone. */
typedef struct {
  char *log; /* of the second's BIRD */
  char *pid_path;
  GPid bird, first, second;
  int peer, first_out, second_out;
} Pair;

static void
start_pair (Bench *b, Pair *pair)
{
  pair->log = g_build_filename (b->dir, "bird.log", NULL);
  pair->pid_path = g_strconcat (pair->log, ".pid", NULL);
  pair->bird = start_sleeper (pair->pid_path);
  make_two (b);
  describe (b, "hash", equal, 1);
  start_watch (b);
  pair->peer = vr_netns_open (b->peer, NULL);
  pair->first = start_beat (&pair->peer, "i", NULL, &pair->first_out);
  pair->second = start_beat (&pair->peer, "j", pair->log, &pair->second_out);
  wait_weights (b, "10");
}

static void
stop_pair (Bench *b, Pair *pair)
{
  kill_spawned (pair->first);
  kill_spawned (pair->second);
  close (pair->first_out);
  close (pair->second_out);
  close (pair->peer);
  stop_watch (b);
  g_assert_cmpint (g_unlink (pair->log), ==, 0);
  g_assert_cmpint (g_unlink (pair->pid_path), ==, 0);
  g_free (pair->log);
  g_free (pair->pid_path);
}

/* What the second has said of its table, and what the two are given then. */
static void
assert_says (const Bench *b, const Pair *pair, const char *word, const char *wanted)
{
  assert_line (pair->second_out, word);
  wait_weights (b, wanted);
}

/* One without the whole table is known to the watch, and is given nothing, each time anew; nor is
 * one whose BIRD has died. */
static void
test_waits (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  Pair pair;
  start_pair (b, &pair);
  say_whole (pair.log);
  assert_says (b, &pair, "whole", "11");
  say (pair.log, "BGP session closed");
  assert_says (b, &pair, "waits", "10");
  say_whole (pair.log);
  assert_says (b, &pair, "whole", "11");
  kill_spawned (pair.bird);
  assert_says (b, &pair, "waits", "10");
  stop_pair (b, &pair);
}

/* With a port of the same name as the control processor's. */
static void
make_port (const Bench *b)
{
  g_assert_true (run ("ip -n %s link add link l name left type macvlan mode private", b->peer));
  g_assert_true (run ("ip -n %s link set dev left up", b->peer));
  g_assert_true (run ("ip -n %s address add 198.18.1.1/24 dev left", b->peer));
  g_assert_true (run ("ip -n %s address add 2001:2:0:1::1/64 dev left nodad", b->peer));
}

/* As BIRD makes them. */
static void
route_by (const char *netns, guint gateway)
{
  g_assert_true (run ("ip -n %s route replace 198.19.1.0/24 via 198.18.1.%u dev left proto 12 "
                      "metric 2048",
                      netns, gateway));
  g_assert_true (run ("ip -n %s route replace 2001:2:0:11::/64 via 2001:2:0:1::%u dev left "
                      "proto 12 metric 2048",
                      netns, gateway));
}

static GPid
start_tell (Bench *b, int *out)
{
  char *argv[] = { (char *) VRKIT_BALANCE, (char *) "--tell", (char *) "inner", NULL };
  GPid pid = spawn_in (&b->netns, argv, out, NULL);
  assert_line (*out, "ready");
  return pid;
}

static void
assert_silence (int fd, int ms)
{
  struct pollfd waited = { .fd = fd, .events = POLLIN };
  g_assert_cmpint (poll (&waited, 1, ms), ==, 0);
}

/* One that joins is given nothing until its kernel has the routes that the control processor's has,
 * whatever BIRD says: each time that its session begins. */
static void
test_joins (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  Pair pair;
  int out;
  start_pair (b, &pair);
  make_port (b);
  GPid teller = start_tell (b, &out);
  for (guint gateway = 2; gateway < 4; gateway++) {
    route_by (b->balancer, gateway);
    /* The control processor tells it with its next beat. */
    assert_silence (pair.second_out, 1000);
    say_whole (pair.log);
    assert_silence (pair.second_out, 1000);
    wait_weights (b, "10");
    route_by (b->peer, gateway);
    assert_says (b, &pair, "whole", "11");
    say (pair.log, "BGP session closed");
    assert_says (b, &pair, "waits", "10");
  }
  kill_spawned (teller);
  kill_spawned (pair.bird);
  close (out);
  stop_pair (b, &pair);
}

/* One whose kernel has not the routes that the control processor's has is late, and given nothing,
 * whatever BIRD says; of a control processor that tells nothing it is not known. */
static void
test_late (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  Pair pair;
  int out;
  start_pair (b, &pair);
  make_port (b);
  route_by (b->balancer, 2);
  say_whole (pair.log);
  assert_says (b, &pair, "whole", "11");
  GPid teller = start_tell (b, &out);
  for (guint gateway = 2; gateway < 4; gateway++) {
    route_by (b->balancer, gateway);
    say (pair.log, "Sending KEEPALIVE");
    assert_says (b, &pair, "late", "10");
    route_by (b->peer, gateway);
    assert_says (b, &pair, "whole", "11");
  }
  kill_spawned (teller);
  kill_spawned (pair.bird);
  close (out);
  stop_pair (b, &pair);
}

/* Whether the program, so called, ends with that status and that sentence. */
static void
fails (const Bench *b, const char *option, const char *argument, int wanted, const char *problem)
{
  g_autofree char *written = written_path (b);
  char *argv[] = { (char *) VRKIT_BALANCE, (char *) option, (char *) argument, written, NULL };
  g_autofree char *errors = NULL;
  int status;
  if (strcmp (option, "--beat") == 0)
    argv[3] = NULL;
  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &errors, &status, NULL));
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, wanted);
  g_assert_true (g_str_has_prefix (errors, problem));
}

static void
test_does_not_begin (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  fails (b, "--beat", "nowhere", 8, "vrkit-balance: no interface nowhere: No such device");
  fails (b, "--watch", "/nowhere", 3, "vrkit-balance: cannot open /nowhere: No such file");
  describe (b, "hash", equal, 2);
  fails (b, "--watch", b->path, 8, "vrkit-balance: no interface inner: No such device");
}

static void
add (const char *name, void (*test) (Bench *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/balance-watch/", name, NULL);
  g_test_add (path, Bench, NULL, bench_set_up, test, bench_tear_down);
}

int
main (int argc, char **argv)
{
  if (geteuid () != 0) {
    g_print ("1..0 # SKIP needs root\n");
    return 77;
  }
  g_test_init (&argc, &argv, NULL);
  if (!vr_netns_hide (NULL))
    return 1;
  add ("hears", test_hears);
  add ("wrong", test_wrong);
  add ("beats", test_beats);
  add ("waits", test_waits);
  add ("joins", test_joins);
  add ("late", test_late);
  add ("does not begin", test_does_not_begin);
  return g_test_run ();
}
