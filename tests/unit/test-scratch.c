/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories of one run: gone with it, and after a kill with the next one; nobody else's. */
#include "base/vr-scratch.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vr-error.h"

#define PREFIX ".vrkit-test-"

static guint
count (const char *parent)
{
  guint found = 0;
  g_autoptr (GDir) entries = g_dir_open (parent, 0, NULL);
  while (g_dir_read_name (entries) != NULL)
    found++;
  return found;
}

static VrScratch *
scratch_in (const char *parent)
{
  g_autoptr (GError) error = NULL;
  VrScratch *scratch = vr_scratch_new (parent, PREFIX, &error);
  g_assert_no_error (error);
  g_autofree char *file = g_build_filename (vr_scratch_path (scratch), "file", NULL);
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  return scratch;
}

/* A child that makes one and lives on; it is there when this returns. */
static pid_t
child_with_one (const char *parent)
{
  int ready[2];
  char byte;
  g_assert_cmpint (pipe (ready), ==, 0);
  pid_t child = fork ();
  if (child == 0) {
    VrScratch *scratch = scratch_in (parent);
    g_assert_cmpint (write (ready[1], "", 1), ==, 1);
    for (;;)
      pause ();
    vr_scratch_free (scratch);
  }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return child;
}

static void
test_lives (void)
{
  struct stat status;
  g_autofree char *parent = g_dir_make_tmp ("vrkit-scratch-XXXXXX", NULL);
  VrScratch *one = scratch_in (parent), *other = scratch_in (parent);
  g_assert_cmpint (stat (vr_scratch_path (one), &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0700);
  g_assert_cmpuint (count (parent), ==, 2);
  vr_scratch_free (one);
  g_assert_cmpuint (count (parent), ==, 1);
  vr_scratch_free (other);
  g_assert_cmpuint (count (parent), ==, 0);
  g_assert_cmpint (g_rmdir (parent), ==, 0);
}

static void
test_killed (void)
{
  g_autofree char *parent = g_dir_make_tmp ("vrkit-scratch-XXXXXX", NULL);
  pid_t child = child_with_one (parent), living = child_with_one (parent);
  g_assert_cmpuint (count (parent), ==, 2);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  g_assert_cmpuint (count (parent), ==, 2);
  VrScratch *next = scratch_in (parent);
  g_assert_cmpuint (count (parent), ==, 2);
  vr_scratch_free (next);
  g_assert_cmpuint (count (parent), ==, 1);
  g_assert_cmpint (kill (living, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (living, NULL, 0), ==, living);
  vr_scratch_free (scratch_in (parent));
  g_assert_cmpint (g_rmdir (parent), ==, 0);
}

/* Other names, what is no directory, and what a link of that name points to. */
static void
test_others (void)
{
  static const char *const names[] = { PREFIX "abcdefg", PREFIX "abcde", "vrkit-test-abcdef" };
  g_autofree char *parent = g_dir_make_tmp ("vrkit-scratch-XXXXXX", NULL);
  g_autofree char *elsewhere = g_dir_make_tmp ("vrkit-scratch-XXXXXX", NULL);
  g_autofree char *kept = g_build_filename (elsewhere, "kept", NULL);
  g_autofree char *link = g_build_filename (parent, PREFIX "linked", NULL);
  g_autofree char *file = g_build_filename (parent, PREFIX "a-file", NULL);
  g_assert_true (g_file_set_contents (kept, "x", 1, NULL));
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_assert_cmpint (symlink (elsewhere, link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (parent, names[i], NULL);
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  }
  vr_scratch_free (scratch_in (parent));
  g_assert_cmpuint (count (parent), ==, G_N_ELEMENTS (names) + 2);
  g_assert_cmpuint (count (elsewhere), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (parent, names[i], NULL);
    g_assert_cmpint (g_rmdir (path), ==, 0);
  }
  g_unlink (link);
  g_unlink (file);
  g_unlink (kept);
  g_assert_cmpint (g_rmdir (elsewhere), ==, 0);
  g_assert_cmpint (g_rmdir (parent), ==, 0);
}

static void
test_refuses (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_scratch_new ("/nowhere/at/all", PREFIX, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "/nowhere/at/all"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scratch/lives", test_lives);
  g_test_add_func ("/scratch/killed", test_killed);
  g_test_add_func ("/scratch/others", test_others);
  g_test_add_func ("/scratch/refuses", test_refuses);
  return g_test_run ();
}
