/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast the host's time-stamp counter runs, and that it is asked once a boot. */
#include "sys/vr-tsc.h"

#include <glib/gstdio.h>

static gint64
monotonic_ns (gpointer unused)
{
  (void) unused;
  return g_get_monotonic_time () * 1000;
}

/* On a processor whose counter may stop both are 0. */
static void
test_measured (void)
{
  VrTscArgs args = { .boot_id = "boot-1", .clock = monotonic_ns };
  guint64 first = vr_tsc_khz (&args), second = vr_tsc_khz (&args);
  g_assert_true ((first == 0) == (second == 0));
  g_assert_cmpuint (MAX (first, second) - MIN (first, second), <=, first / 1000);
}

static void
test_remembered (void)
{
  g_autofree char *directory = g_dir_make_tmp ("vrkit-tsc-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "tsc.json", NULL);
  VrTscArgs args = { .cache_path = path, .boot_id = "boot-1", .clock = monotonic_ns };
  static const char kept[] = "{\"schema\":\"vrkit.tsc/1\",\"boot_id\":\"boot-1\",\"khz\":\"7\"}";
  static const char *const useless[]
      = { "{\"schema\":\"vrkit.tsc/1\",\"boot_id\":\"boot-1\",\"khz\":\"0\"}",
          "{\"schema\":\"vrkit.tsc/1\",\"boot_id\":\"boot-1\",\"khz\":\"7e9\"}",
          "{\"schema\":\"vrkit.tsc/1\",\"boot_id\":\"boot-1\"}", "{" };
  g_assert_true (g_file_set_contents (path, kept, -1, NULL));
  g_assert_cmpuint (vr_tsc_khz (&args), ==, 7);
  args.boot_id = "boot-2";
  guint64 measured = vr_tsc_khz (&args);
  g_assert_cmpuint (measured, !=, 7);
  if (measured > 0)
    g_assert_cmpuint (vr_tsc_khz (&args), ==, measured);
  args.boot_id = "boot-1";
  for (gsize i = 0; i < G_N_ELEMENTS (useless); i++) {
    g_assert_true (g_file_set_contents (path, useless[i], -1, NULL));
    g_assert_cmpuint (vr_tsc_khz (&args), !=, 7);
  }
  g_unlink (path);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

static gpointer
ask (gpointer data)
{
  const VrTscArgs *args = data;
  return GSIZE_TO_POINTER ((gsize) vr_tsc_khz (args));
}

/* Of many that ask for the first time at once each gets what is kept. */
static void
test_at_once (void)
{
  g_autofree char *directory = g_dir_make_tmp ("vrkit-tsc-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "tsc.json", NULL);
  VrTscArgs args = { .cache_path = path, .boot_id = "boot-1", .clock = monotonic_ns };
  GThread *threads[8];
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("tsc", ask, &args);
  gsize first = GPOINTER_TO_SIZE (g_thread_join (threads[0]));
  for (gsize i = 1; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (threads[i])), ==, first);
  g_unlink (path);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tsc/measured", test_measured);
  g_test_add_func ("/tsc/remembered", test_remembered);
  g_test_add_func ("/tsc/at-once", test_at_once);
  return g_test_run ();
}
