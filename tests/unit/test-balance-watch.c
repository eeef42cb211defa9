/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which back-ends of a balancer get packets, by who is heard in which tick; and the description
 * that says so, written and read again. */
#include "balance/vr-balance-watch.h"
#include "balance/vr-balance-write.h"

#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

typedef struct {
  VrWatch watch;
  VrBalance balance;
} Fixture;

static const guint8 head[] = { 2, 0, 0, 0, 1 };

/* As many back-ends as there are digits, each of that weight. */
static VrBalance
balance_of (const char *weights)
{
  VrBalance balance = { .backends_count = strlen (weights) };
  for (guint i = 0; weights[i] != '\0'; i++) {
    memcpy (balance.backends[i].mac, head, sizeof head);
    balance.backends[i].mac[5] = (guint8) (i + 1);
    balance.backends[i].weight = (guint32) g_ascii_digit_value (weights[i]);
  }
  return balance;
}

static void
ask (Fixture *f, const char *weights)
{
  f->balance = balance_of (weights);
  vr_watch_take (&f->watch, &f->balance);
}

/* So many ticks, in each of which these back-ends ("13": the first and the third) are heard; those
 * behind a "w" wait, and those behind an "l" are late. */
static void
pass (Fixture *f, guint ticks, const char *heard)
{
  static void (*const hear[]) (VrWatch *, const uint8_t *)
      = { ['\0'] = vr_watch_hear, ['w'] = vr_watch_hear_waiting, ['l'] = vr_watch_hear_late };
  for (guint i = 0; i < ticks; i++) {
    char said = '\0';
    for (const char *each = heard; *each != '\0'; each++) {
      guint8 mac[6];
      memcpy (mac, head, sizeof head);
      mac[5] = (guint8) g_ascii_digit_value (*each);
      if (g_ascii_isdigit (*each))
        hear[(guchar) said](&f->watch, mac);
      else
        said = *each;
    }
    vr_watch_tick (&f->watch);
  }
}

static gboolean
weigh (Fixture *f, const char *wanted)
{
  gboolean changed = vr_watch_weigh (&f->watch, &f->balance);
  g_autoptr (GString) got = g_string_new (NULL);
  for (guint i = 0; i < f->balance.backends_count; i++)
    g_string_append_printf (got, "%u", f->balance.backends[i].weight);
  g_assert_cmpstr (got->str, ==, wanted);
  return changed;
}

static void
test_start (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "121");
  g_assert_false (weigh (f, "121"));
  pass (f, 1000, "");
  g_assert_false (weigh (f, "121"));
  pass (f, 1, "2");
  g_assert_true (weigh (f, "020"));
  pass (f, 1, "123");
  g_assert_true (weigh (f, "121"));
  g_assert_false (weigh (f, "121"));
}

static void
test_silent (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "11");
  pass (f, 1, "12");
  pass (f, VR_WATCH_SILENT_TICKS - 1, "1");
  weigh (f, "11");
  pass (f, 1, "12");
  pass (f, VR_WATCH_SILENT_TICKS - 1, "1");
  g_assert_false (weigh (f, "11"));
  pass (f, 1, "1");
  g_assert_true (weigh (f, "10"));
}

static void
test_back (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "11");
  pass (f, 1, "12");
  pass (f, VR_WATCH_SILENT_TICKS, "1");
  pass (f, VR_WATCH_STEADY_TICKS - 1, "12");
  weigh (f, "10");
  pass (f, 1, "12");
  g_assert_true (weigh (f, "11"));
}

/* A silence while it is waited for begins the wait anew; a shorter gap does not. */
static void
test_flapping (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "11");
  pass (f, 1, "12");
  pass (f, VR_WATCH_SILENT_TICKS, "1");
  for (guint i = 0; i < 10; i++) {
    pass (f, VR_WATCH_STEADY_TICKS - VR_WATCH_SILENT_TICKS, "12");
    pass (f, VR_WATCH_SILENT_TICKS, "1");
  }
  weigh (f, "10");
  pass (f, 1, "12");
  pass (f, VR_WATCH_SILENT_TICKS - 1, "1");
  pass (f, VR_WATCH_STEADY_TICKS - VR_WATCH_SILENT_TICKS, "12");
  weigh (f, "11");
}

static void
test_nobody (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "111");
  pass (f, 1, "123");
  pass (f, VR_WATCH_SILENT_TICKS, "23");
  weigh (f, "011");
  pass (f, VR_WATCH_SILENT_TICKS, "");
  g_assert_false (weigh (f, "011"));
  pass (f, 1, "1");
  g_assert_true (weigh (f, "100"));
  pass (f, VR_WATCH_STEADY_TICKS - 1, "12");
  weigh (f, "100");
  pass (f, 1, "12");
  weigh (f, "110");
}

static void
test_all_at_once (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "11");
  pass (f, 1, "12");
  weigh (f, "11");
  pass (f, VR_WATCH_SILENT_TICKS, "");
  g_assert_false (weigh (f, "11"));
}

/* One whose weight is 0 is heard, but does not keep the others from getting packets. */
static void
test_weightless (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "10");
  pass (f, 1, "12");
  weigh (f, "10");
  pass (f, VR_WATCH_SILENT_TICKS, "2");
  g_assert_false (weigh (f, "10"));
  ask (f, "11");
  weigh (f, "01");
}

static void
test_other_backends (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "11");
  pass (f, 1, "12");
  weigh (f, "11");
  ask (f, "111");
  g_assert_true (weigh (f, "110"));
  pass (f, 1, "12");
  weigh (f, "110");
  pass (f, 1, "123");
  g_assert_true (weigh (f, "111"));
  ask (f, "1");
  g_assert_false (weigh (f, "1"));
  pass (f, 1, "1");
  weigh (f, "1");
}

/* One that is heard and not named is a back-end, behind those that are, in the order of their MACs.
 */
static void
test_learned (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "2");
  pass (f, 1, "31");
  g_assert_true (weigh (f, "21"));
  g_assert_cmpuint (f->balance.backends[1].mac[5], ==, 3);
  pass (f, 1, "2");
  g_assert_true (weigh (f, "211"));
  g_assert_cmpuint (f->balance.backends[1].mac[5], ==, 2);
  pass (f, VR_WATCH_SILENT_TICKS, "12");
  g_assert_true (weigh (f, "210"));
  ask (f, "21");
  weigh (f, "210");
  g_assert_cmpuint (f->balance.backends[2].mac[5], ==, 3);
}

static void
leave (Fixture *f, guint8 number)
{
  guint8 mac[6];
  memcpy (mac, head, sizeof head);
  mac[5] = number;
  vr_watch_leave (&f->watch, mac);
}

/* One that is named, or not, is without packets at once, and is taken as a new one later. */
static void
test_leaving (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "1");
  pass (f, 1, "123");
  weigh (f, "111");
  leave (f, 2);
  leave (f, 9);
  g_assert_true (weigh (f, "11"));
  g_assert_cmpuint (f->balance.backends[1].mac[5], ==, 3);
  leave (f, 1);
  pass (f, 1, "3");
  g_assert_true (weigh (f, "01"));
  pass (f, 1, "123");
  g_assert_true (weigh (f, "111"));
}

/* One that has not the whole table is known, and gets nothing until it has; then at once. */
static void
test_waiting (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "1");
  pass (f, 1, "1");
  weigh (f, "1");
  pass (f, 1, "1w2");
  g_assert_true (weigh (f, "10"));
  pass (f, 100, "1w2");
  g_assert_false (weigh (f, "10"));
  pass (f, 1, "12");
  g_assert_true (weigh (f, "11"));
  pass (f, 1, "1w2");
  g_assert_true (weigh (f, "10"));
  pass (f, 1, "12");
  g_assert_true (weigh (f, "11"));
}

/* One that was silent meanwhile is steady before it gets packets, and waits if it says so then. */
static void
test_waiting_after_silence (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "11");
  pass (f, 1, "12");
  pass (f, VR_WATCH_SILENT_TICKS, "1");
  weigh (f, "10");
  pass (f, VR_WATCH_STEADY_TICKS - 1, "12");
  pass (f, 1, "1w2");
  g_assert_false (weigh (f, "10"));
  pass (f, 1, "12");
  g_assert_true (weigh (f, "11"));
}

/* As while the control processor is away: those that had a whole table get packets, one that had
 * none does not, nor one that was silent since. */
static void
test_all_wait (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "1111");
  pass (f, 1, "1234");
  pass (f, VR_WATCH_SILENT_TICKS, "124");
  pass (f, 1, "12w34");
  weigh (f, "1100");
  pass (f, 1, "1w25");
  weigh (f, "10000");
  pass (f, 1, "w12345");
  g_assert_true (weigh (f, "11010"));
  pass (f, 1, "2w1345");
  g_assert_true (weigh (f, "01000"));
  pass (f, VR_WATCH_SILENT_TICKS, "w5");
  g_assert_false (weigh (f, "01000"));
}

/* One that lags is given nothing while another does not, though that waits, and has the table that
 * it had; where all lag they are given what they had. */
static void
test_late (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "111");
  pass (f, 1, "123");
  weigh (f, "111");
  pass (f, 1, "13l2");
  g_assert_true (weigh (f, "101"));
  pass (f, 100, "13l2");
  g_assert_false (weigh (f, "101"));
  pass (f, 1, "w13l2");
  g_assert_false (weigh (f, "101"));
  pass (f, 1, "l123");
  g_assert_true (weigh (f, "111"));
  pass (f, 1, "2l13");
  g_assert_true (weigh (f, "010"));
  pass (f, 1, "123");
  g_assert_true (weigh (f, "111"));
}

/* One that never had a whole table has nothing to fall behind. */
static void
test_late_and_new (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "111");
  pass (f, 1, "12w3");
  weigh (f, "110");
  pass (f, 1, "l12w3");
  g_assert_false (weigh (f, "110"));
}

static void
test_learned_too_many (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "1");
  for (guint i = 0; i < BALANCE_BACKENDS_MAX + 8; i++)
    vr_watch_hear (&f->watch, (const guint8[]){ 2, 0, 0, 0, 2, (guint8) i });
  pass (f, 1, "1");
  vr_watch_weigh (&f->watch, &f->balance);
  g_assert_cmpuint (f->balance.backends_count, ==, BALANCE_BACKENDS_MAX);
  g_assert_cmpuint (f->balance.backends[BALANCE_BACKENDS_MAX - 1].mac[5], ==,
                    BALANCE_BACKENDS_MAX - 2);
}

static void
test_nobody_known_left (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ask (f, "01");
  pass (f, 1, "2");
  weigh (f, "01");
  ask (f, "10");
  g_assert_false (weigh (f, "10"));
}

/* As a program does that takes the place of one that ended. */
static void
resume (Fixture *f, const char *asked, const char *in_force)
{
  f->watch = (VrWatch){ 0 };
  ask (f, asked);
  f->balance = balance_of (in_force);
  vr_watch_resume (&f->watch, &f->balance);
}

static void
test_resume (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  resume (f, "321", "301");
  g_assert_false (weigh (f, "301"));
  pass (f, 1, "1");
  g_assert_false (weigh (f, "301"));
  pass (f, 1, "12");
  g_assert_true (weigh (f, "321"));
  pass (f, VR_WATCH_SILENT_TICKS - 2, "12");
  g_assert_true (weigh (f, "320"));
}

/* Those that the description does not name, and one that is heard by nobody any more. */
static void
test_resume_learned (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  resume (f, "2", "211");
  g_assert_false (weigh (f, "211"));
  pass (f, VR_WATCH_SILENT_TICKS, "3");
  g_assert_true (weigh (f, "001"));
  pass (f, VR_WATCH_SILENT_TICKS, "");
  g_assert_false (weigh (f, "001"));
}

static const char description[] = "policy least\ninner i\nouter left 02:00:00:00:00:0a 4094\n"
                                  "outer right 02:00:00:00:00:0b 1\nlocal 198.18.1.1\n"
                                  "local 2001:2::1\nbackend 02:00:00:00:01:01 1000\n"
                                  "backend 02:00:00:00:01:02 0\nend\n";

static void
test_written (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  VrProblem problem = { "" };
  g_autofree char *dir = g_dir_make_tmp ("balance-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "description", NULL);
  g_autofree char *text = NULL;
  g_assert_true (vr_balance_parse ("f", description, strlen (description), &f->balance, &problem));
  g_assert_true (vr_balance_write (path, &f->balance, &problem));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, description);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_assert_false (vr_balance_write (path, &f->balance, &problem));
  g_autofree char *wanted = g_strdup_printf ("cannot write %s: No such file or directory", path);
  g_assert_cmpstr (problem.text, ==, wanted);
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/balance-watch/", name, NULL);
  g_test_add (path, Fixture, NULL, NULL, test, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("start", test_start);
  add ("silent", test_silent);
  add ("back", test_back);
  add ("flapping", test_flapping);
  add ("nobody", test_nobody);
  add ("all at once", test_all_at_once);
  add ("weightless", test_weightless);
  add ("other back-ends", test_other_backends);
  add ("learned", test_learned);
  add ("leaving", test_leaving);
  add ("waiting", test_waiting);
  add ("waiting after silence", test_waiting_after_silence);
  add ("all wait", test_all_wait);
  add ("late", test_late);
  add ("late and new", test_late_and_new);
  add ("learned too many", test_learned_too_many);
  add ("nobody known left", test_nobody_known_left);
  add ("resumed", test_resume);
  add ("resumed with learned ones", test_resume_learned);
  add ("written", test_written);
  return g_test_run ();
}
