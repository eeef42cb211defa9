/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab's directory: one process at a time changes it, and it comes and goes as a whole. */
#include "lab/vr-store.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vr-error.h"

typedef struct {
  char *dir;
  VrSite site;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->dir = g_dir_make_tmp ("vrkit-store-XXXXXX", NULL);
  f->site = (VrSite){ .root_dir = "/", .run_dir = f->dir, .uri = "test:///default" };
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *labs = g_build_filename (f->dir, "labs", NULL);
  g_rmdir (labs);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
}

static VrStore *
store_made (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  VrStore *store = vr_store_open (&f->site, "lab1", VR_STORE_MAKE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (store);
  return store;
}

static void
test_lock_excludes (Fixture *f, gconstpointer unused)
{
  (void) unused;
  int ready[2];
  g_assert_cmpint (pipe (ready), ==, 0);
  pid_t pid = fork ();
  if (pid == 0) {
    VrStore *store = vr_store_open (&f->site, "lab1", VR_STORE_MAKE, NULL);
    _exit (store != NULL && write (ready[1], "x", 1) == 1 && pause () == 0 ? 0 : 1);
  }
  char byte;
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  static const VrStoreOpen hows[] = { VR_STORE_MAKE, VR_STORE_FIND, VR_STORE_CLEAR };
  for (gsize i = 0; i < G_N_ELEMENTS (hows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *number = g_strdup_printf ("process %d:", (int) pid);
    g_assert_null (vr_store_open (&f->site, "lab1", hows[i], &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
    g_assert_nonnull (strstr (error->message, number));
    g_assert_nonnull (strstr (error->message, "lab1"));
  }
  /* The lock of a process that was killed is nobody's. */
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_true (vr_store_remove (store_made (f), NULL));
}

static void
test_find (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_store_open (&f->site, "lab1", VR_STORE_FIND, &error));
  g_assert_no_error (error);
  g_autofree char *dir = g_build_filename (f->dir, "labs", "lab1", NULL);
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
  vr_store_close (store_made (f));
  VrStore *store = vr_store_open (&f->site, "lab1", VR_STORE_FIND, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vr_store_dir (store), ==, dir);
  g_autofree char *journal = vr_store_journal_path (store);
  g_assert_true (g_str_has_prefix (journal, dir));
  g_assert_true (g_file_set_contents (journal, "x", -1, NULL));
  g_assert_true (vr_store_remove (store, NULL));
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
}

/* A process was killed when it had made the directory, or had only that left to remove. */
static void
test_no_lock (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_store_open (&f->site, "lab1", VR_STORE_CLEAR, &error));
  g_assert_no_error (error);
  g_autofree char *dir = g_build_filename (f->dir, "labs", "lab1", NULL);
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  g_assert_null (vr_store_open (&f->site, "lab1", VR_STORE_FIND, &error));
  g_assert_no_error (error);
  VrStore *store = vr_store_open (&f->site, "lab1", VR_STORE_CLEAR, &error);
  g_assert_no_error (error);
  g_assert_nonnull (store);
  g_assert_true (vr_store_remove (store, NULL));
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
}

static void
test_cannot_make (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autofree char *labs = g_build_filename (f->dir, "labs", NULL);
  g_assert_true (g_file_set_contents (labs, "", -1, NULL));
  g_assert_null (vr_store_open (&f->site, "lab1", VR_STORE_MAKE, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, labs));
  g_assert_cmpint (g_unlink (labs), ==, 0);
}

/* Makes and removes the lab as fast as it can. Only being busy is an excuse. */
static int
come_and_go (const Fixture *f)
{
  for (guint i = 0; i < 400; i++) {
    g_autoptr (GError) error = NULL;
    VrStore *store = vr_store_open (&f->site, "lab1", VR_STORE_MAKE, &error);
    if (store == NULL && !g_error_matches (error, VR_ERROR, VR_ERROR_BUSY))
      return 1;
    if (store != NULL && !vr_store_remove (store, NULL))
      return 2;
  }
  return 0;
}

static void
test_removal_race (Fixture *f, gconstpointer unused)
{
  (void) unused;
  pid_t pids[3];
  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++)
    if ((pids[i] = fork ()) == 0)
      _exit (come_and_go (f));
  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++) {
    int status;
    g_assert_cmpint (waitpid (pids[i], &status, 0), ==, pids[i]);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  }
  g_assert_true (vr_store_remove (store_made (f), NULL));
}

static void
test_record (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  VrRecord written = { .profile_path = (char *) "/etc/\"a b\".conf",
                       .profile = (char *) "[lab]\nname = lab1\n",
                       .uri = (char *) "qemu:///system",
                       .is_up = TRUE };
  g_autoptr (GVariant) emulators
      = g_variant_ref_sink (g_variant_new_parsed ("{'/usr/bin/qemu': 'version 7'}"));
  written.emulators = emulators;
  g_auto (VrRecord) read = { 0 };
  g_assert_false (vr_store_read (&f->site, "lab1", &read, &error));
  g_assert_no_error (error);
  VrStore *store = store_made (f);
  g_assert_true (vr_store_write (store, "lab1", &written, NULL));
  g_assert_true (vr_store_read (&f->site, "lab1", &read, NULL));
  g_assert_cmpstr (read.profile_path, ==, written.profile_path);
  g_assert_cmpstr (read.profile, ==, written.profile);
  g_assert_cmpstr (read.uri, ==, written.uri);
  g_assert_true (read.is_up);
  g_assert_true (g_variant_equal (read.emulators, emulators));
  vr_record_clear (&read);
  written.is_up = FALSE;
  written.profile = NULL;
  written.emulators = NULL;
  g_assert_true (vr_store_write (store, "lab1", &written, NULL));
  g_assert_true (vr_store_read (&f->site, "lab1", &read, NULL));
  g_assert_false (read.is_up);
  g_assert_null (read.profile);
  g_assert_null (read.emulators);
  g_assert_true (vr_store_remove (store, NULL));
}

static void
test_bad_record (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const texts[] = { "", "{", "[]", "{\"schema\":\"vrkit.plan/1\"}" };
  VrStore *store = store_made (f);
  g_autofree char *path = g_build_filename (vr_store_dir (store), "state.json", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (VrRecord) record = { 0 };
    g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
    g_assert_false (vr_store_read (&f->site, "lab1", &record, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (error->message, path));
  }
  g_assert_true (vr_store_remove (store, NULL));
}

static void
test_list (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_auto (GStrv) none = vr_store_list (&f->site);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  VrStore *b = vr_store_open (&f->site, "b", VR_STORE_MAKE, NULL);
  VrStore *a = vr_store_open (&f->site, "a", VR_STORE_MAKE, NULL);
  g_autofree char *stranger = g_build_filename (f->dir, "labs", "No Lab", NULL);
  g_assert_true (g_file_set_contents (stranger, "", -1, NULL));
  g_auto (GStrv) names = vr_store_list (&f->site);
  g_assert_cmpstrv (names, ((const char *const[]){ "a", "b", NULL }));
  g_assert_true (vr_store_remove (a, NULL));
  g_assert_true (vr_store_remove (b, NULL));
  g_assert_cmpint (g_unlink (stranger), ==, 0);
  g_autofree char *path = vr_site_host_path (&f->site, "claims");
  g_assert_true (g_str_has_suffix (path, "/host/claims"));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *f, gconstpointer unused);
  } tests[] = {
    { "/store/lock-excludes", test_lock_excludes },
    { "/store/find", test_find },
    { "/store/no-lock", test_no_lock },
    { "/store/cannot-make", test_cannot_make },
    { "/store/removal-race", test_removal_race },
    { "/store/record", test_record },
    { "/store/bad-record", test_bad_record },
    { "/store/list", test_list },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
