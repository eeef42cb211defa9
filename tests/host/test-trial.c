/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trial whose exact receiver cannot keep up counts instead, and says so; and none leaves anything
 * open. */
#include "host/traffic-fixture.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-trial.h"

/* Frames that fill the receiver's ring of 32 MiB more than twice. */
#define LARGE_FRAMES 9000
#define LARGE_SIZE 9018
#define JOINING_US (1 * G_USEC_PER_SEC)

/* A clock by which the receiver's thread stands still until the main one, which sends, has not
 * asked for the time for so long that it must be waiting for the receiver. */
static GThread *main_thread;
static gint64 asked_us; /* monotonic */

static guint64
held_now_ns (gpointer data)
{
  (void) data;
  if (g_thread_self () == main_thread)
    __atomic_store_n (&asked_us, g_get_monotonic_time (), __ATOMIC_RELAXED);
  else
    while (g_get_monotonic_time () - __atomic_load_n (&asked_us, __ATOMIC_RELAXED) < JOINING_US)
      g_usleep (1000);
  return vr_clock_system ()->now_ns (NULL);
}

static VrTrial *
run_trial (const Fixture *f, VrTrialReceiver receiver)
{
  VrClock clock = *vr_clock_system ();
  clock.now_ns = held_now_ns;
  main_thread = g_thread_self ();
  asked_us = g_get_monotonic_time ();
  g_assert_true (run ("ip -n %s link set port mtu 9000", f->left));
  g_assert_true (run ("ip -n %s link set port mtu 9000", f->right));
  g_autofree char *from = g_strconcat (f->left, "/port", NULL);
  g_autofree char *to = g_strconcat (f->right, "/port", NULL);
  VrStream stream
      = { .frame = frame_spec ("198.18.0.1", "198.18.0.2", LARGE_SIZE), .count = LARGE_FRAMES };
  VrSite site = { .root_dir = "/" };
  VrTrialRequest request = { .from = from,
                             .to = to,
                             .streams = &stream,
                             .streams_count = 1,
                             .receiver = receiver,
                             .clock = &clock };
  g_autoptr (GError) error = NULL;
  VrTrial *trial = vr_trial_run (&site, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (trial->sender.sent, ==, LARGE_FRAMES);
  return trial;
}

static void
test_falls_back (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (VrTrial) trial = run_trial (f, VR_TRIAL_AUTO);
  g_assert_true (trial->is_counting);
  const char *reached = strstr (trial->receiver_why, " frames, and examined ");
  g_assert_nonnull (strstr (trial->receiver_why, "had no room for "));
  g_assert_nonnull (reached);
  g_assert_cmpuint (g_ascii_strtoull (reached + strlen (" frames, and examined "), NULL, 10), >, 0);
  g_assert_cmpuint (trial->receiver->received, >=, LARGE_FRAMES);
  g_assert_cmpuint (vr_trial_lost (trial), ==, 0);
  g_assert_cmpint (vr_stage_lost (trial->stages, "receiver-buffer"), ==, 0);
  g_autofree char *json = vr_trial_json (trial, VR_JSON_COMPACT);
  g_assert_nonnull (strstr (json, "\"receiver\":\"counting\""));
  g_assert_nonnull (strstr (json, "\"latency_ns\":null"));
  g_autofree char *table = vr_trial_table (trial);
  g_assert_nonnull (strstr (table, "receiver   counting (the exact receiver had no room for "));
}

/* Asked to examine, it does, and says what it missed. */
static void
test_stays_exact (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (VrTrial) trial = run_trial (f, VR_TRIAL_EXACT);
  g_assert_false (trial->is_counting);
  g_assert_null (trial->receiver_why);
  g_assert_cmpuint (trial->receiver->tester_dropped, >, 0);
  g_assert_cmpuint (trial->receiver->received, >, 0);
  g_assert_cmpuint (vr_trial_lost (trial), >, 0);
  g_assert_cmpint (vr_stage_lost (trial->stages, "receiver-buffer"), >, 0);
}

static guint
count_in (const char *path)
{
  guint count = 0;
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* What a trial closes beside what comes next is closed when it returns. */
static void
test_leaves_nothing_open (Fixture *f, gconstpointer data)
{
  (void) data;
  guint descriptors = 0, threads = 0;
  for (guint i = 0; i < 3; i++) {
    g_autoptr (VrTrial) trial = run_trial (f, i == 1 ? VR_TRIAL_COUNTING : VR_TRIAL_EXACT);
    if (i > 0) {
      g_assert_cmpuint (count_in ("/proc/self/fd"), ==, descriptors);
      g_assert_cmpuint (count_in ("/proc/self/task"), ==, threads);
    }
    descriptors = count_in ("/proc/self/fd");
    threads = count_in ("/proc/self/task");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!traffic_can_run ())
    return 77;
  add ("/trial/falls-back", test_falls_back);
  add ("/trial/stays-exact", test_stays_exact);
  add ("/trial/leaves-nothing-open", test_leaves_nothing_open);
  return g_test_run ();
}
