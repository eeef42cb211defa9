/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of a PVR's members against chi-squared as tables have it. */
#include "campaign/vr-share.h"

#include "observe/vr-path.h"

#define assert_near(a, b, reach) g_assert_cmpfloat_with_epsilon (a, b, reach)

/* Members 1, 2, … that have received, and forwarded, that much. */
static GArray *
counts (const guint64 *received, guint n)
{
  GArray *members = g_array_new (FALSE, FALSE, sizeof (VrMemberCount));
  for (guint i = 0; i < n; i++) {
    VrMemberCount count = { .number = i + 1, .received = received[i], .forwarded = received[i] };
    g_array_append_val (members, count);
  }
  return members;
}

static VrShares *
shares_of (const guint64 *before, const guint64 *after, guint n, guint64 flows)
{
  g_autoptr (GArray) one = counts (before, n), other = counts (after, n);
  return vr_shares_new (one, other, flows);
}

static void
test_two (void)
{
  static const guint64 before[] = { 1000, 500 }, after[] = { 6310, 5190 };
  g_autoptr (VrShares) shares = shares_of (before, after, 2, 1000);
  const VrShare *first = &g_array_index (shares->members, VrShare, 0);
  g_assert_cmpuint (first->received, ==, 5310);
  assert_near (first->share, 0.531, 1e-12);
  assert_near (shares->expected, 0.5, 1e-12);
  g_assert_true (shares->is_tested);
  /* 531 and 469 flows: 2 * 31^2 / 500 = 3.844; the 5 % point of one degree is 3.841. */
  assert_near (shares->chi_squared, 3.844, 1e-9);
  assert_near (shares->p, 0.05, 1e-3);
}

static void
test_three (void)
{
  static const guint64 before[] = { 0, 0, 0 }, after[] = { 400, 300, 200 };
  g_autoptr (VrShares) shares = shares_of (before, after, 3, 90);
  /* 40, 30 and 20 flows: 200 / 30; of two degrees p is exp (-x / 2). */
  assert_near (shares->chi_squared, 200.0 / 30, 1e-9);
  assert_near (shares->p, 0.0356739933, 1e-9);
}

static void
test_untested (void)
{
  static const guint64 none[] = { 0, 0 }, some[] = { 10, 20 };
  static const struct {
    const guint64 *after;
    guint members;
    guint64 flows;
  } rows[] = { { some, 2, 9 }, { some, 2, 0 }, { some, 1, 1000 }, { none, 2, 1000 } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (VrShares) shares = shares_of (none, rows[i].after, rows[i].members, rows[i].flows);
    g_assert_nonnull (shares);
    g_assert_false (shares->is_tested);
  }
}

static void
test_unknown (void)
{
  static const guint64 small[] = { 10, 20 }, large[] = { 20, 30 };
  g_autoptr (GArray) one = counts (small, 1), two = counts (large, 2);
  g_autoptr (GArray) none = counts (NULL, 0);
  g_assert_null (vr_shares_new (one, two, 10));
  g_assert_null (vr_shares_new (none, none, 10));
  g_assert_null (shares_of (large, small, 2, 10));
  g_array_index (two, VrMemberCount, 0).number = 3;
  g_autoptr (GArray) before = counts (small, 2);
  g_assert_null (vr_shares_new (before, two, 10));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/share/two", test_two);
  g_test_add_func ("/share/three", test_three);
  g_test_add_func ("/share/untested", test_untested);
  g_test_add_func ("/share/unknown", test_unknown);
  return g_test_run ();
}
