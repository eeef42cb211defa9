/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of sending and counting: pacer, tally, shares of streams. */
#include "traffic/vr-pacer.h"
#include "traffic/vr-sender.h"
#include "traffic/vr-tally.h"

#define MS 1000000ull

static void
test_pacer_rate (void)
{
  VrPacer pacer = { .start_ns = 5000, .rate_pps = 1000, .lag_max_ns = 10 * MS };
  g_assert_cmpuint (vr_pacer_due (&pacer, 4999, 0), ==, 0);
  g_assert_cmpuint (vr_pacer_due (&pacer, 5000, 0), ==, 1);
  g_assert_cmpuint (vr_pacer_due (&pacer, 5000, 1), ==, 0);
  g_assert_cmpuint (vr_pacer_next_ns (&pacer, 1), ==, 5000 + MS);
  g_assert_cmpuint (vr_pacer_due (&pacer, 5000 + 3 * MS, 1), ==, 3);
  g_assert_cmpuint (pacer.slipped_ns, ==, 0);
}

/* What is due is due at its time and not before, at any rate. */
static void
test_pacer_exact (void)
{
  static const guint64 rates[] = { 1, 3, 7, 999, 40000, 1488095, 14880952 };
  for (gsize r = 0; r < G_N_ELEMENTS (rates); r++) {
    VrPacer pacer = { .start_ns = 77, .rate_pps = rates[r], .lag_max_ns = G_MAXUINT64 / 2 };
    for (guint64 sent = 0; sent < 5000; sent += 13) {
      guint64 next_ns = vr_pacer_next_ns (&pacer, sent);
      g_assert_cmpuint (vr_pacer_due (&pacer, next_ns, sent), ==, 1);
      g_assert_cmpuint (vr_pacer_due (&pacer, next_ns - 1, sent), ==, 0);
    }
    guint64 day_ns = 86400ull * 1000 * MS;
    g_assert_cmpuint (vr_pacer_due (&pacer, 77 + day_ns, 0), ==, 86400 * rates[r] + 1);
  }
}

static void
test_pacer_slip (void)
{
  VrPacer pacer = { .start_ns = 0, .rate_pps = 1000, .lag_max_ns = 10 * MS };
  g_assert_cmpuint (vr_pacer_due (&pacer, 510 * MS, 100), ==, 11);
  g_assert_cmpuint (pacer.slipped_ns, ==, 400 * MS);
  g_assert_cmpuint (vr_pacer_due (&pacer, 510 * MS, 111), ==, 0);
  g_assert_cmpuint (vr_pacer_due (&pacer, 511 * MS, 111), ==, 1);
  g_assert_cmpuint (pacer.slipped_ns, ==, 400 * MS);
}

static void
test_pacer_flat_out (void)
{
  VrPacer pacer = { .start_ns = 0, .rate_pps = 0 };
  g_assert_cmpuint (vr_pacer_due (&pacer, 0, 1000000), >, 1000000);
  g_assert_cmpuint (pacer.slipped_ns, ==, 0);
}

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
  g_assert_cmpuint (tally->latency_min_ns, ==, 1000);
  g_assert_cmpuint (tally->latency_max_ns, ==, 1009);
  /* 0 to 5, 8 and 9 arrived first: (0+1+2+3+4+5+8+9) / 8 = 4. */
  g_assert_cmpuint (vr_tally_latency_mean_ns (tally), ==, 1004);
  g_assert_cmpuint (vr_tally_lost (tally, 100), ==, 92);
  g_assert_true (vr_tally_has (tally, 99));
  g_assert_false (vr_tally_has (tally, 98));
  g_assert_false (vr_tally_has (tally, 100));
}

static void
test_shares (void)
{
  g_assert_cmpuint (vr_sender_share (10, 3, 0), ==, 4);
  g_assert_cmpuint (vr_sender_share (10, 3, 1), ==, 3);
  g_assert_cmpuint (vr_sender_share (10, 3, 2), ==, 3);
  g_assert_cmpuint (vr_sender_share (2, 3, 2), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame-account/pacer-rate", test_pacer_rate);
  g_test_add_func ("/frame-account/pacer-exact", test_pacer_exact);
  g_test_add_func ("/frame-account/pacer-slip", test_pacer_slip);
  g_test_add_func ("/frame-account/pacer-flat-out", test_pacer_flat_out);
  g_test_add_func ("/frame-account/tally", test_tally);
  g_test_add_func ("/frame-account/shares", test_shares);
  return g_test_run ();
}
