/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread's CPU time through files that stay open, of a tree made for the purpose. */
#include "observe/vr-thread-meter.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/vr-error.h"

/* The name holds what stands around names; processor is 3. */
#define STAT                                                                                       \
  "12 (CPU 0) (x)/TCG) S 1 1 1 0 -1 4194624 2 0 0 0 30 10 0 0 20 0 3 0 100 1 2 3 4 5 6 7 8 9 0 0 " \
  "0 0 0 0 17 3 0 0 0 0 0\n"

typedef struct {
  char *root;
  char *task;
} Tree;

/* In place, as what is open has to see it. */
static void
write_file (const Tree *tree, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (tree->task, name, NULL);
  FILE *file = fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
set_up (Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
  tree->root = g_dir_make_tmp ("vrkit-meter-XXXXXX", NULL);
  g_assert_nonnull (tree->root);
  tree->task = g_build_filename (tree->root, "proc/12/task/12", NULL);
  g_assert_cmpint (g_mkdir_with_parents (tree->task, 0700), ==, 0);
  write_file (tree, "schedstat", "123456789 5000 17\n");
  write_file (tree, "stat", STAT);
}

static void
tear_down (Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const parts[] = { "proc/12/task/12/stat",
                                       "proc/12/task/12/schedstat",
                                       "proc/12/task/12",
                                       "proc/12/task",
                                       "proc/12",
                                       "proc",
                                       "" };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *path = g_build_filename (tree->root, parts[i], NULL);
    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_free (tree->task);
  g_free (tree->root);
}

static void
test_read (Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (VrThreadMeter) meter = VR_THREAD_METER_INIT;
  VrThreadReading reading = { 0 };
  g_assert_true (vr_thread_meter_open (&meter, tree->root, 12, &error));
  g_assert_no_error (error);
  g_assert_true (vr_thread_meter_read (&meter, &reading));
  g_assert_cmpuint (reading.cpu_time_ns, ==, 123456789);
  g_assert_cmpuint (reading.wait_time_ns, ==, 5000);
  g_assert_cmpuint (reading.last_cpu, ==, 3);
  write_file (tree, "schedstat", "223456789 6000 18\n");
  g_assert_true (vr_thread_meter_read (&meter, &reading));
  g_assert_cmpuint (reading.cpu_time_ns, ==, 223456789);
}

/* A thread that has ended is read as nothing, and what was read before stands. */
static void
test_ended (Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (VrThreadMeter) meter = VR_THREAD_METER_INIT;
  VrThreadReading reading = { .cpu_time_ns = 7 };
  g_assert_true (vr_thread_meter_open (&meter, tree->root, 12, &error));
  const char *const broken[] = { "", "x\n", "1\n" };
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    write_file (tree, "schedstat", broken[i]);
    g_assert_false (vr_thread_meter_read (&meter, &reading));
  }
  write_file (tree, "schedstat", "1 2 3\n");
  write_file (tree, "stat", "12 (CPU 0/TCG) S 1 1\n");
  g_assert_false (vr_thread_meter_read (&meter, &reading));
  g_assert_cmpuint (reading.cpu_time_ns, ==, 7);
  vr_thread_meter_clear (&meter);
  g_assert_false (vr_thread_meter_open (&meter, tree->root, 13, &error));
  g_assert_no_error (error);
  g_assert_cmpint (meter.stat, ==, -1);
}

static void
test_too_many (Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (VrThreadMeter) meter = VR_THREAD_METER_INIT;
  struct rlimit limit, none;
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  none = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  gboolean opened = vr_thread_meter_open (&meter, tree->root, 12, &error);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_false (opened);
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "ulimit -n"));
}

#define ADD(path, function)                                                                        \
  g_test_add ("/thread-meter/" path, Tree, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("read", test_read);
  ADD ("ended", test_ended);
  ADD ("too-many", test_too_many);
  return g_test_run ();
}
