/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread that somebody else changes is put right once. */
#include "control/vr-control-watch.h"

static void
test_once (void)
{
  g_autoptr (VrControlWatches) watches = vr_control_watches_new ();
  VrControlWatch *watch = vr_control_watch (watches, "r1/vcpu.0");
  g_assert_cmpint (vr_control_watch_judge (watch, FALSE), ==, VR_WATCH_FINE);
  vr_control_watch_settle (watch, TRUE);
  g_assert_cmpint (vr_control_watch_judge (watch, TRUE), ==, VR_WATCH_MEND);
  vr_control_watch_settle (watch, TRUE);
  g_assert_cmpint (vr_control_watch_judge (watch, FALSE), ==, VR_WATCH_FINE);
  g_assert_cmpint (vr_control_watch_judge (watch, TRUE), ==, VR_WATCH_ABANDON);
  vr_control_watch_settle (watch, TRUE);
  /* It is told once, and holds whatever the thread is like from then on. */
  g_assert_cmpint (vr_control_watch_judge (watch, TRUE), ==, VR_WATCH_LEAVE);
  g_assert_cmpint (vr_control_watch_judge (watch, FALSE), ==, VR_WATCH_LEAVE);
}

/* As while somebody else is at the lab. */
static void
test_failed (void)
{
  g_autoptr (VrControlWatches) watches = vr_control_watches_new ();
  VrControlWatch *watch = vr_control_watch (watches, "r1/vcpu.0");
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpint (vr_control_watch_judge (watch, TRUE), ==, VR_WATCH_MEND);
    vr_control_watch_settle (watch, FALSE);
  }
  g_assert_cmpint (vr_control_watch_judge (watch, TRUE), ==, VR_WATCH_MEND);
  vr_control_watch_settle (watch, TRUE);
  g_assert_cmpint (vr_control_watch_judge (watch, TRUE), ==, VR_WATCH_ABANDON);
}

/* A transaction of others says nothing of it. */
static void
test_beside (void)
{
  g_autoptr (VrControlWatches) watches = vr_control_watches_new ();
  VrControlWatch *one = vr_control_watch (watches, "r1/vcpu.0");
  VrControlWatch *other = vr_control_watch (watches, "r2/vcpu.0");
  g_assert_cmpint (vr_control_watch_judge (one, TRUE), ==, VR_WATCH_MEND);
  g_assert_cmpint (vr_control_watch_judge (other, FALSE), ==, VR_WATCH_FINE);
  vr_control_watch_settle (one, TRUE);
  vr_control_watch_settle (other, TRUE);
  g_assert_true (vr_control_watch (watches, "r1/vcpu.0")->was_mended);
  g_assert_false (vr_control_watch (watches, "r2/vcpu.0")->was_mended);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-watch/once", test_once);
  g_test_add_func ("/control-watch/failed", test_failed);
  g_test_add_func ("/control-watch/beside", test_beside);
  return g_test_run ();
}
