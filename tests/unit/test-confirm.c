/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which worker's time grew: one, none, or not clearly one. */
#include <glib.h>

#include "lab/vr-confirm.h"

static void
test_one_grew (void)
{
  const guint64 before[] = { 1000, 50, 7000 };
  const guint64 after[] = { 1100, 950, 7300 };
  g_assert_cmpuint (vr_confirm_mover (before, after, 3), ==, 1);
  const guint64 twice[] = { 1000, 650, 7300 };
  g_assert_cmpuint (vr_confirm_mover (before, twice, 3), ==, 1);
}

static void
test_none_grew (void)
{
  const guint64 times[] = { 1000, 50 };
  g_assert_cmpuint (vr_confirm_mover (times, times, 2), ==, 2);
  g_assert_cmpuint (vr_confirm_mover (times, times, 0), ==, 0);
}

static void
test_hidden_by_others (void)
{
  const guint64 before[] = { 1000, 50, 7000 };
  const guint64 after[] = { 1500, 950, 7000 };
  g_assert_cmpuint (vr_confirm_mover (before, after, 3), ==, 3);
}

/* The worker of before has ended, and another has its number. */
static void
test_time_that_fell (void)
{
  const guint64 before[] = { 1000, 50 };
  const guint64 after[] = { 0, 60 };
  g_assert_cmpuint (vr_confirm_mover (before, after, 2), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/confirm/one-grew", test_one_grew);
  g_test_add_func ("/confirm/none-grew", test_none_grew);
  g_test_add_func ("/confirm/hidden", test_hidden_by_others);
  g_test_add_func ("/confirm/fell", test_time_that_fell);
  return g_test_run ();
}
