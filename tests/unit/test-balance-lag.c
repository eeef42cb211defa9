/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a back-end has what its control processor has, tick by tick; and the digests of sets that
 * tell. */
#include "balance/vr-balance-digest.h"
#include "balance/vr-balance-lag.h"

#include <glib.h>

/* So many ticks, in each of which that is told, and one's own is this; what it says then. */
static VrBeatKind
pass (VrLag *lag, guint ticks, guint64 told, guint64 own)
{
  VrBeatKind says = VR_BEAT_WAITS;
  for (guint i = 0; i < ticks; i++) {
    vr_lag_hear (lag, told);
    says = vr_lag_tick (lag, &own, true);
  }
  return says;
}

/* One that had what was told, be it nothing. */
static VrLag
joined (void)
{
  VrLag lag = { 0 };
  g_assert_cmpint (pass (&lag, 1, 0, 0), ==, VR_BEAT_FORWARDS);
  return lag;
}

static void
test_late (void)
{
  VrLag lag = { 0 };
  g_assert_cmpint (pass (&lag, 10, 1, 1), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&lag, VR_LAG_TICKS - 1, 2, 1), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&lag, 1, 2, 1), ==, VR_BEAT_LATE);
  g_assert_cmpint (pass (&lag, 100, 2, 1), ==, VR_BEAT_LATE);
  g_assert_cmpint (pass (&lag, 1, 2, 3), ==, VR_BEAT_LATE);
  g_assert_cmpint (pass (&lag, 1, 2, 2), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&lag, VR_LAG_TICKS - 1, 2, 1), ==, VR_BEAT_FORWARDS);
}

/* A difference that is over in time counts for nothing, however often there is one. */
static void
test_on_its_way (void)
{
  VrLag lag = joined ();
  for (guint64 i = 1; i < 20; i++) {
    g_assert_cmpint (pass (&lag, VR_LAG_TICKS - 1, i + 1, i), ==, VR_BEAT_FORWARDS);
    g_assert_cmpint (pass (&lag, 1, i + 1, i + 1), ==, VR_BEAT_FORWARDS);
  }
}

/* While both change nobody can tell what is on its way; where one stands still it is known. */
static void
test_changes (void)
{
  VrLag lag = joined ();
  for (guint64 i = 1; i < 100; i++)
    g_assert_cmpint (pass (&lag, 1, 2 * i, 2 * i + 1), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&lag, VR_LAG_TICKS - 2, 198, 7), ==, VR_BEAT_FORWARDS);
  for (guint64 i = 1; i < VR_LAG_TICKS - 2; i++)
    g_assert_cmpint (pass (&lag, 1, 300 + i, 7), ==, i >= 3 ? VR_BEAT_LATE : VR_BEAT_FORWARDS);
  VrLag slow = joined ();
  for (guint64 i = 1; i < VR_LAG_TICKS; i++)
    g_assert_cmpint (pass (&slow, 1, 1000, i), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&slow, 1, 1000, VR_LAG_TICKS), ==, VR_BEAT_LATE);
}

/* Neither does one fall behind while nothing is told, or its own is not known, or its session is
 * not whole; nor does it catch up. */
static void
test_not_known (void)
{
  VrLag lag = joined ();
  guint64 own = 1;
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (vr_lag_tick (&lag, &own, true), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&lag, 1, 2, 1), ==, VR_BEAT_FORWARDS);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (vr_lag_tick (&lag, &own, true), ==, VR_BEAT_FORWARDS);
  for (guint i = 0; i < 100; i++) {
    vr_lag_hear (&lag, 2);
    g_assert_cmpint (vr_lag_tick (&lag, NULL, true), ==, VR_BEAT_FORWARDS);
  }
  for (guint i = 0; i < 100; i++) {
    vr_lag_hear (&lag, 2);
    g_assert_cmpint (vr_lag_tick (&lag, &own, false), ==, VR_BEAT_KEEPS);
  }
  g_assert_cmpint (pass (&lag, VR_LAG_TICKS, 2, 1), ==, VR_BEAT_LATE);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (vr_lag_tick (&lag, &own, false), ==, VR_BEAT_LATE);
  own = 2;
  g_assert_cmpint (vr_lag_tick (&lag, &own, true), ==, VR_BEAT_LATE);
  vr_lag_hear (&lag, 2);
  g_assert_cmpint (vr_lag_tick (&lag, &own, false), ==, VR_BEAT_KEEPS);
}

/* A beat that is lost now and then changes nothing. */
static void
test_lost_beats (void)
{
  VrLag lag = joined ();
  guint64 own = 1;
  for (guint i = 0; i < VR_LAG_TICKS; i++) {
    if (i % (VR_LAG_SILENT_TICKS / 2) == 0)
      vr_lag_hear (&lag, 2);
    g_assert_cmpint (vr_lag_tick (&lag, &own, true), ==,
                     i + 1 == VR_LAG_TICKS ? VR_BEAT_LATE : VR_BEAT_FORWARDS);
  }
}

/* Whatever BIRD says, one that joins is yet to get what its kernel has not: however long that
 * takes, and each time anew. */
static void
test_joins (void)
{
  VrLag lag = { 0 };
  guint64 own = 9;
  vr_lag_hear (&lag, 9);
  g_assert_cmpint (vr_lag_tick (&lag, &own, false), ==, VR_BEAT_WAITS);
  for (guint64 i = 1; i < 2 * VR_LAG_TICKS; i++)
    g_assert_cmpint (pass (&lag, 1, 9, 100 + i), ==, VR_BEAT_WAITS);
  g_assert_cmpint (pass (&lag, 2 * VR_LAG_JOIN_TICKS, 9, 8), ==, VR_BEAT_WAITS);
  g_assert_cmpint (pass (&lag, 1, 9, 9), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (pass (&lag, 1, 10, 9), ==, VR_BEAT_FORWARDS);
  g_assert_cmpint (vr_lag_tick (&lag, &own, false), ==, VR_BEAT_KEEPS);
  g_assert_cmpint (pass (&lag, VR_LAG_TICKS - 1, 10, 9), ==, VR_BEAT_KEEPS);
  g_assert_cmpint (pass (&lag, 1, 10, 9), ==, VR_BEAT_LATE);
  g_assert_cmpint (pass (&lag, 1, 10, 10), ==, VR_BEAT_FORWARDS);
}

/* Where one of the two is not known for long, nothing but BIRD's word is to be had. */
static void
test_joins_unknown (void)
{
  VrLag silent = { 0 }, blind = { 0 };
  guint64 own = 1;
  for (guint i = 1; i < VR_LAG_TICKS; i++)
    g_assert_cmpint (vr_lag_tick (&silent, &own, true), ==, VR_BEAT_WAITS);
  vr_lag_hear (&silent, 2);
  for (guint i = 1; i < VR_LAG_SILENT_TICKS + VR_LAG_TICKS; i++)
    g_assert_cmpint (vr_lag_tick (&silent, &own, true), ==, VR_BEAT_WAITS);
  g_assert_cmpint (vr_lag_tick (&silent, &own, true), ==, VR_BEAT_FORWARDS);
  for (guint i = 1; i <= VR_LAG_TICKS; i++) {
    vr_lag_hear (&blind, 2);
    g_assert_cmpint (vr_lag_tick (&blind, NULL, true), ==,
                     i == VR_LAG_TICKS ? VR_BEAT_FORWARDS : VR_BEAT_WAITS);
  }
}

/* While both change they may never be seen to be the same. */
static void
test_joins_changing (void)
{
  VrLag lag = { 0 };
  for (guint64 i = 1; i <= VR_LAG_JOIN_TICKS; i++)
    g_assert_cmpint (pass (&lag, 1, 2 * i, 2 * i + 1), ==,
                     i == VR_LAG_JOIN_TICKS ? VR_BEAT_FORWARDS : VR_BEAT_WAITS);
}

#define THINGS 5000

/* Any way to a set gives its digest, and the empty one has that of nothing. */
static void
test_digest (void)
{
  VrDigest up = { 0 }, down = { 0 };
  for (guint64 i = 1; i <= THINGS; i++) {
    guint64 other = THINGS + 1 - i;
    g_assert_true (vr_digest_put (&up, i, i));
    g_assert_true (vr_digest_put (&down, other, 7));
    g_assert_true (vr_digest_put (&down, other, other));
  }
  g_assert_cmpuint (up.sum, ==, down.sum);
  g_assert_cmpuint (up.count, ==, down.count);
  guint64 all = up.sum;
  vr_digest_put (&up, 17, 18);
  g_assert_cmpuint (up.sum, !=, all);
  vr_digest_put (&up, 17, 17);
  g_assert_cmpuint (up.sum, ==, all);
  vr_digest_drop (&up, 17);
  g_assert_cmpuint (up.sum, !=, all);
  vr_digest_drop (&up, 17);
  vr_digest_drop (&up, THINGS + 1);
  for (guint64 i = THINGS; i > 0; i--)
    vr_digest_drop (&up, i);
  g_assert_cmpuint (up.sum, ==, 0);
  g_assert_cmpuint (up.count, ==, 0);
  vr_digest_drop (&up, 3);
  vr_digest_clear (&up);
  vr_digest_clear (&down);
}

/* Against a table of glib's: at random, with keys that share places. */
static void
test_digest_at_random (void)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  VrDigest digest = { 0 };
  for (guint i = 0; i < 20000; i++) {
    guint key = (guint) g_test_rand_int_range (1, 200) * 64, value = i + 1;
    if (g_test_rand_bit ()) {
      g_assert_true (vr_digest_put (&digest, key, value));
      g_hash_table_insert (wanted, GUINT_TO_POINTER (key), GUINT_TO_POINTER (value));
    } else {
      vr_digest_drop (&digest, key);
      g_hash_table_remove (wanted, GUINT_TO_POINTER (key));
    }
    g_assert_cmpuint (digest.count, ==, g_hash_table_size (wanted));
  }
  VrDigest anew = { 0 };
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &key, &value))
    vr_digest_put (&anew, GPOINTER_TO_UINT (key), GPOINTER_TO_UINT (value));
  g_assert_cmpuint (digest.sum, ==, anew.sum);
  vr_digest_clear (&digest);
  vr_digest_clear (&anew);
}

static void
test_hash (void)
{
  guint64 first = vr_digest_hash (0, "a", 1);
  g_assert_cmpuint (first, ==, vr_digest_hash (0, "ab", 1));
  g_assert_cmpuint (first, !=, vr_digest_hash (0, "b", 1));
  g_assert_cmpuint (first, !=, vr_digest_hash (1, "a", 1));
  g_assert_cmpuint (first, !=, vr_digest_hash (0, "a", 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/balance-lag/late", test_late);
  g_test_add_func ("/balance-lag/on its way", test_on_its_way);
  g_test_add_func ("/balance-lag/changes", test_changes);
  g_test_add_func ("/balance-lag/not known", test_not_known);
  g_test_add_func ("/balance-lag/lost beats", test_lost_beats);
  g_test_add_func ("/balance-lag/joins", test_joins);
  g_test_add_func ("/balance-lag/joins unknown", test_joins_unknown);
  g_test_add_func ("/balance-lag/joins changing", test_joins_changing);
  g_test_add_func ("/balance-lag/digest", test_digest);
  g_test_add_func ("/balance-lag/digest at random", test_digest_at_random);
  g_test_add_func ("/balance-lag/hash", test_hash);
  return g_test_run ();
}
