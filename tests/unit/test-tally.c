/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of counting. */
#include "traffic/vr-tally.h"

static void
test_tally (void)
{
  g_autoptr (VrTally) tally = vr_tally_new (9, 100);
  static const guint32 arrivals[] = { 0, 1, 4, 2, 3, 5, 5, 1, 99, 6, 100, 4000000000u };
  for (guint i = 0; i < G_N_ELEMENTS (arrivals); i++)
    vr_tally_add (tally, arrivals[i], (guint8) (arrivals[i] == 4 ? 60 : 63), 1000 + i);
  g_assert_cmpuint (tally->received, ==, 8);
  g_assert_cmpuint (tally->duplicated, ==, 2);
  g_assert_cmpuint (tally->reordered, ==, 3);
  g_assert_cmpuint (tally->unexpected, ==, 2);
  g_assert_cmpuint (tally->ttl_min, ==, 60);
  g_assert_cmpuint (tally->ttl_max, ==, 63);
  g_assert_cmpuint (tally->latency_ns.min, ==, 1000);
  g_assert_cmpuint (tally->latency_ns.max, ==, 1009);
  /* 0 to 5, 8 and 9 arrived first: (0+1+2+3+4+5+8+9) / 8 = 4. */
  g_assert_cmpuint (vr_histogram_mean (&tally->latency_ns), ==, 1004);
  g_assert_cmpuint (tally->jitter_ns.count, ==, 7);
  g_assert_cmpuint (tally->jitter_ns.max, ==, 3);
  g_assert_cmpuint (tally->jitter_ns.sum, ==, 9);
  g_assert_cmpuint (vr_tally_lost (tally, 100), ==, 92);
  g_assert_true (vr_tally_has (tally, 99));
  g_assert_false (vr_tally_has (tally, 98));
  g_assert_false (vr_tally_has (tally, 100));
}

static void
test_no_latency (void)
{
  g_autoptr (VrTally) tally = vr_tally_new (0, 2);
  vr_tally_add (tally, 0, 32, VR_TALLY_NO_LATENCY);
  vr_tally_add (tally, 1, 32, VR_TALLY_NO_LATENCY);
  g_assert_cmpuint (tally->received, ==, 2);
  g_assert_cmpuint (tally->ttl_min, ==, 32);
  g_assert_cmpuint (tally->latency_ns.count + tally->jitter_ns.count, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tally/all", test_tally);
  g_test_add_func ("/tally/no-latency", test_no_latency);
  return g_test_run ();
}
