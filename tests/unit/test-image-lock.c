/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "image/vr-digest.h"
#include "image/vr-lock-changes.h"
#include "image/vr-lock.h"
#include "image/vr-package-store.h"

typedef struct {
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("vrkit-lock-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "small.lock", NULL);
}

static void
tear_down (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static VrPackage *
package (const char *name, const char *version, const char *content)
{
  VrPackage *made = vr_package_new (name, version, "amd64");
  made->sha256 = vr_digest_text (content);
  made->size_bytes = strlen (content);
  made->filename = g_strdup_printf ("%s_%s_amd64.deb", name, version);
  return made;
}

static VrLock *
lock_of (VrPackage *first, VrPackage *second)
{
  GPtrArray *packages = vr_package_array_new ();
  g_ptr_array_add (packages, first);
  g_ptr_array_add (packages, second);
  return vr_lock_new ("recipe", packages);
}

static void
test_round_trip (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VrLock) lock
      = lock_of (package ("zsh", "5.9-4", "z"), package ("bird2", "2.0-7", "b"));
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_lock_write (lock, fixture->path, &error));
  g_assert_no_error (error);
  g_autoptr (VrLock) read = vr_lock_read (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->recipe_sha256, ==, "recipe");
  g_assert_cmpuint (read->packages->len, ==, 2);
  const VrPackage *first = read->packages->pdata[0];
  g_assert_cmpstr (first->name, ==, "bird2");
  g_assert_cmpstr (first->version, ==, "2.0-7");
  g_assert_cmpstr (first->architecture, ==, "amd64");
  g_assert_cmpstr (first->filename, ==, "bird2_2.0-7_amd64.deb");
  g_assert_cmpuint (first->size_bytes, ==, 1);
  g_auto (GStrv) changes = vr_lock_changes (lock, read);
  g_assert_null (changes[0]);
}

/* A lock is read from a file that anybody may have written: nothing in it may become a path or an
 * option. */
static void
test_hostile (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  static const char *const entries[] = {
    "{\"name\":\"-oX=y\",\"version\":\"1\",\"architecture\":\"amd64\"}",
    "{\"name\":\"bird2\",\"version\":\"1 2\",\"architecture\":\"amd64\"}",
    "{\"name\":\"bird2\",\"version\":\"1\",\"architecture\":\"../x\"}",
    ("{\"name\":\"bird2\",\"version\":\"1\",\"architecture\":\"amd64\",\"filename\":\"../x\","
     "\"sha256\":\"" HEX "\"}"),
    ("{\"name\":\"bird2\",\"version\":\"1\",\"architecture\":\"amd64\",\"filename\":\"x\","
     "\"sha256\":\"../../etc/passwd\"}"),
    "{\"name\":\"bird2\",\"version\":\"1\",\"architecture\":\"amd64\",\"filename\":\"x\"}",
    "7",
  };
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    g_autofree char *text
        = g_strdup_printf ("{\"schema\":\"vrkit.image-lock/1\",\"recipe_sha256\":\"x\","
                           "\"packages\":[%s]}",
                           entries[i]);
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
    g_assert_null (vr_lock_read (fixture->path, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (error->message, fixture->path));
  }
}

static void
test_changes (G_GNUC_UNUSED Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VrLock) before = lock_of (package ("bird2", "2.0-7", "b"), package ("dash", "1", "d"));
  g_autoptr (VrLock) after = lock_of (package ("bird2", "2.0-8", "c"), package ("zsh", "5", "z"));
  g_auto (GStrv) changes = vr_lock_changes (before, after);
  g_assert_cmpuint (g_strv_length (changes), ==, 3);
  g_assert_cmpstr (changes[0], ==, "bird2 2.0-7 -> 2.0-8");
  g_assert_cmpstr (changes[1], ==, "dash 1 (removed)");
  g_assert_cmpstr (changes[2], ==, "zsh 5 (added)");
}

static void
remove_store (const Fixture *fixture, const char *sha256)
{
  g_autofree char *stored = vr_package_store_path (fixture->directory, sha256);
  g_autofree char *store = g_path_get_dirname (stored);
  g_unlink (stored);
  g_rmdir (store);
}

static void
test_store (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GPtrArray) packages = vr_package_array_new ();
  g_ptr_array_add (packages, vr_package_new ("bird2", "1:2.0", "amd64"));
  g_autofree char *file = g_build_filename (fixture->directory, "bird2_1%3a2.0_amd64.deb", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (file, "content", -1, NULL));
  g_assert_true (vr_package_store_add (fixture->directory, fixture->directory, packages, &error));
  g_assert_no_error (error);
  const VrPackage *added = packages->pdata[0];
  g_autofree char *sha256 = vr_digest_text ("content");
  g_assert_cmpstr (added->sha256, ==, sha256);
  g_assert_cmpuint (added->size_bytes, ==, 7);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_autoptr (GPtrArray) none = vr_package_store_missing (fixture->directory, packages);
  g_assert_cmpuint (none->len, ==, 0);

  g_autofree char *stored = vr_package_store_path (fixture->directory, sha256);
  g_assert_true (g_file_set_contents (stored, "spoilt!", -1, NULL));
  g_autoptr (GPtrArray) missing = vr_package_store_missing (fixture->directory, packages);
  g_assert_cmpuint (missing->len, ==, 1);
  g_assert_false (g_file_test (stored, G_FILE_TEST_EXISTS));

  g_assert_true (g_file_set_contents (file, "other", -1, NULL));
  g_assert_false (vr_package_store_add (fixture->directory, fixture->directory, packages, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_VERIFY);
  g_unlink (file);
  remove_store (fixture, sha256);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/image/lock/round-trip", test_round_trip);
  ADD ("/image/lock/hostile", test_hostile);
  ADD ("/image/lock/changes", test_changes);
  ADD ("/image/store", test_store);
  return g_test_run ();
}
