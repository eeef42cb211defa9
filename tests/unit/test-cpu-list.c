/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-cpu-list.h"

static void
assert_list (const char *text, guint length, guint first, guint last)
{
  g_autoptr (GArray) list = vr_cpu_list_parse (text);
  g_assert_nonnull (list);
  g_assert_cmpuint (list->len, ==, length);
  if (length > 0) {
    g_assert_cmpuint (g_array_index (list, guint, 0), ==, first);
    g_assert_cmpuint (g_array_index (list, guint, length - 1), ==, last);
  }
}

static void
test_parse (void)
{
  assert_list ("", 0, 0, 0);
  assert_list ("0", 1, 0, 0);
  assert_list ("0-3,8\n", 5, 0, 8);
  assert_list ("8,0-3,2", 5, 0, 8);
  assert_list ("8191", 1, 8191, 8191);
  static const char *const bad[] = { "3-1", "a", "1,", ",", "-1", "1-", "8192", "1-2-3", "0x1" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (vr_cpu_list_parse (bad[i]));
}

static void
test_print (void)
{
  static const char *const texts[] = { "", "0", "0-1", "0-3,8", "1,3,5-7,8191" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) list = vr_cpu_list_parse (texts[i]);
    g_autofree char *printed = vr_cpu_list_print (list);
    g_assert_cmpstr (printed, ==, texts[i]);
  }
}

static void
test_compare (void)
{
  static const char *const ascending[] = { "", "0", "1", "0-1", "0,2", "1-2", "0-2" };
  for (gsize i = 0; i < G_N_ELEMENTS (ascending); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (ascending); j++) {
      g_autoptr (GArray) a = vr_cpu_list_parse (ascending[i]);
      g_autoptr (GArray) b = vr_cpu_list_parse (ascending[j]);
      g_assert_cmpint (vr_cpu_list_compare (a, b), ==, i < j ? -1 : i > j);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cpu-list/parse", test_parse);
  g_test_add_func ("/cpu-list/compare", test_compare);
  g_test_add_func ("/cpu-list/print", test_print);
  return g_test_run ();
}
