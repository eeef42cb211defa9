/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a back-end has its whole table, by what BIRD writes into its log. */
#include "balance/vr-balance-session.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#define AT "2026-01-02 03:04:05.678 "
#define SAID AT "<TRACE> control: "
#define ESTABLISHED SAID "BGP session established\n"
#define END SAID "Got END-OF-RIB\n"
#define CLOSED SAID "BGP session closed\n"
#define UPDATE SAID "Got UPDATE\n"

typedef struct {
  VrSession session;
  char *dir, *path;
  GString *written;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->dir = g_dir_make_tmp ("session-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "bird.log", NULL);
  f->session = (VrSession){ .path = f->path, .file = -1, .process = -1 };
  f->written = g_string_new (NULL);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  if (f->session.file >= 0)
    close (f->session.file);
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_string_free (f->written, TRUE);
  g_free (f->path);
  g_free (f->dir);
}

static gboolean
after (Fixture *f, const char *text)
{
  vr_session_take (&f->session, text, strlen (text));
  return vr_session_is_whole (&f->session);
}

/* As BIRD does: the file grows in place. */
static gboolean
after_log (Fixture *f, const char *text)
{
  FILE *log = g_fopen (f->path, "a");
  g_assert_nonnull (log);
  g_assert_cmpint (fputs (text, log), >=, 0);
  g_assert_cmpint (fclose (log), ==, 0);
  vr_session_follow (&f->session);
  return vr_session_is_whole (&f->session);
}

static void
test_both_ends (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_false (after (f, ""));
  g_assert_false (after (f, AT "<INFO> Started\n" SAID "Connecting to fe80::1%inner\n"));
  g_assert_false (after (f, ESTABLISHED UPDATE UPDATE));
  g_assert_false (after (f, END UPDATE));
  g_assert_true (after (f, END));
  g_assert_true (after (f, UPDATE SAID "Got KEEPALIVE\n"));
}

/* What is left of the session before does not count for the next. */
static void
test_closed (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (after (f, ESTABLISHED END END));
  g_assert_false (after (f, CLOSED));
  g_assert_false (after (f, END END));
  g_assert_false (after (f, ESTABLISHED END));
  g_assert_true (after (f, END));
  g_assert_false (after (f, CLOSED ESTABLISHED END CLOSED ESTABLISHED END));
}

/* What others say, or a neighbour has BIRD write. */
static void
test_not_said (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_false (after (f, ESTABLISHED END));
  g_assert_false (after (f, AT "<TRACE> other: Got END-OF-RIB\n"));
  g_assert_false (after (f, AT "<RMT> control: Received: <TRACE> control: Got END-OF-RIB\n"));
  g_assert_false (after (f, SAID "Got END-OF-RIB or so\n"));
  g_assert_false (after (f, SAID "Sending END-OF-RIB\n" SAID "Got END-OF-\n\n<\n<TRACE>\n"));
  g_assert_true (after (f, END));
}

static void
test_pieces (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char text[] = ESTABLISHED END END;
  for (gsize i = 0; i + 1 < sizeof text - 1; i++) {
    vr_session_take (&f->session, text + i, 1);
    g_assert_false (vr_session_is_whole (&f->session));
  }
  g_assert_true (after (f, "\n"));
}

static void
test_long_line (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *line = g_strnfill ((gsize) 10 * VR_SESSION_LINE_MAX, 'x');
  g_assert_false (after (f, ESTABLISHED END SAID));
  g_assert_false (after (f, line));
  g_assert_false (after (f, "\n"));
  g_assert_true (after (f, END));
}

static void
test_followed (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *old = g_strconcat (f->path, ".old", NULL);
  vr_session_follow (&f->session);
  g_assert_false (vr_session_is_whole (&f->session));
  g_assert_false (after_log (f, ESTABLISHED END));
  g_assert_true (after_log (f, END));
  g_assert_false (after_log (f, CLOSED ESTABLISHED));
  FILE *log = g_fopen (f->path, "a");
  g_assert_nonnull (log);
  g_assert_cmpint (g_rename (f->path, old), ==, 0);
  g_assert_cmpint (fputs (END, log), >=, 0);
  g_assert_cmpint (fclose (log), ==, 0);
  vr_session_follow (&f->session);
  g_assert_false (vr_session_is_whole (&f->session));
  g_assert_true (after_log (f, END));
  g_assert_cmpint (g_unlink (old), ==, 0);
  g_assert_false (after_log (f, CLOSED));
}

static void
name_process (Fixture *f, pid_t pid)
{
  g_autofree char *text = g_strdup_printf ("%ld\n", (long) pid);
  g_assert_true (g_file_set_contents (f->session.pid_path, text, -1, NULL));
}

/* A BIRD that is killed has no last word. */
static void
test_killed (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "bird.pid", NULL);
  f->session.pid_path = path;
  pid_t child = fork ();
  if (child == 0) {
    pause ();
    _exit (0);
  }
  g_assert_cmpint (child, >, 0);
  name_process (f, child);
  g_assert_true (after_log (f, ESTABLISHED END END));
  vr_session_follow (&f->session);
  g_assert_true (vr_session_is_whole (&f->session));
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  vr_session_follow (&f->session);
  g_assert_false (vr_session_is_whole (&f->session));
  vr_session_follow (&f->session);
  g_assert_false (vr_session_is_whole (&f->session));
  /* Another one. */
  name_process (f, getpid ());
  g_assert_true (after_log (f, ESTABLISHED END END));
  g_assert_cmpint (close (f->session.process), ==, 0);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* A BIRD that hangs is there, and its session is, until the other end gives it up. */
static void
test_hanging (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (after_log (f, ESTABLISHED END END));
  for (guint i = 1; i < VR_SESSION_SILENT_LOOKS; i++) {
    vr_session_follow (&f->session);
    g_assert_true (vr_session_is_whole (&f->session));
  }
  vr_session_follow (&f->session);
  g_assert_false (vr_session_is_whole (&f->session));
  vr_session_follow (&f->session);
  g_assert_false (vr_session_is_whole (&f->session));
  g_assert_true (after_log (f, SAID "Sending KEEPALIVE\n"));
  g_assert_false (after_log (f, CLOSED));
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/balance-session/", name, NULL);
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("both ends", test_both_ends);
  add ("closed", test_closed);
  add ("not said", test_not_said);
  add ("pieces", test_pieces);
  add ("long line", test_long_line);
  add ("followed", test_followed);
  add ("killed", test_killed);
  add ("hanging", test_hanging);
  return g_test_run ();
}
