/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab that cannot be read anew is looked at ever more rarely, until it is changed. */
#include "control/vr-control-retry.h"

#define S 1000000000ull
#define PERIOD_NS (S / 2)

/* How often it is looked at in so many periods, and told of. */
static void
run (VrControlRetry *retry, const char *profile, guint64 *now_ns, guint periods, guint *looks,
     guint *tells)
{
  *looks = *tells = 0;
  for (guint i = 0; i < periods; i++, *now_ns += PERIOD_NS) {
    if (!vr_control_retry_is_due (retry, profile, *now_ns))
      continue;
    *looks += 1;
    *tells += vr_control_retry_fail (retry, profile, "it is stale", PERIOD_NS, *now_ns);
  }
}

static void
test_stale (void)
{
  g_auto (VrControlRetry) retry = { .profile = NULL };
  guint64 now_ns = 1000 * S;
  guint looks, tells;
  /* At 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5 and 123.5 s, and from then on each minute. */
  run (&retry, "a", &now_ns, 240, &looks, &tells);
  g_assert_cmpuint (looks, ==, 8);
  g_assert_cmpuint (tells, ==, 1);
  run (&retry, "a", &now_ns, 1200, &looks, &tells);
  g_assert_cmpuint (looks, ==, 10);
  g_assert_cmpuint (tells, ==, 0);
  /* Somebody has changed it: at once. */
  run (&retry, "b", &now_ns, 1, &looks, &tells);
  g_assert_cmpuint (looks, ==, 1);
  g_assert_cmpuint (tells, ==, 1);
}

/* What the controller itself changes meanwhile is no reason to look again. */
static void
test_own_change (void)
{
  g_auto (VrControlRetry) retry = { .profile = NULL };
  g_assert_true (vr_control_retry_fail (&retry, "a", "it is stale", PERIOD_NS, S));
  vr_control_retry_follow (&retry, "a with other reservations");
  g_assert_false (vr_control_retry_is_due (&retry, "a with other reservations", S + 1));
  g_assert_true (vr_control_retry_is_due (&retry, "b", S + 1));
}

static void
test_other_cause (void)
{
  g_auto (VrControlRetry) retry = { .profile = NULL };
  g_assert_true (vr_control_retry_fail (&retry, "a", "it is stale", PERIOD_NS, S));
  g_assert_false (vr_control_retry_fail (&retry, "a", "it is stale", PERIOD_NS, 2 * S));
  g_assert_true (vr_control_retry_fail (&retry, "a", "libvirt is gone", PERIOD_NS, 4 * S));
  vr_control_retry_clear (&retry);
  g_assert_true (vr_control_retry_is_due (&retry, "a", 4 * S));
  g_assert_true (vr_control_retry_fail (&retry, "a", "libvirt is gone", PERIOD_NS, 4 * S));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-retry/stale", test_stale);
  g_test_add_func ("/control-retry/own-change", test_own_change);
  g_test_add_func ("/control-retry/other-cause", test_other_cause);
  return g_test_run ();
}
