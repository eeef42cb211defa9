/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "image/vr-digest.h"
#include "image/vr-image.h"
#include "image/vr-manifest.h"

typedef struct {
  char *images;
  char *directory; /* of the image "small" */
} Fixture;

static char *
file_of (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->directory, name, NULL);
}

static void
write_file (const Fixture *fixture, const char *name, const char *content)
{
  g_autofree char *path = file_of (fixture, name);
  g_assert_true (g_file_set_contents (path, content, -1, NULL));
}

static void
set_up (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const names[] = { "initrd", "vmlinux", "vmlinuz" };
  fixture->images = g_dir_make_tmp ("vrkit-images-XXXXXX", NULL);
  fixture->directory = g_build_filename (fixture->images, "small", NULL);
  g_assert_cmpint (g_mkdir (fixture->directory, 0755), ==, 0);
  g_autoptr (VrManifest) manifest = vr_manifest_new ();
  char **const members[] = { &manifest->name,          &manifest->type,
                             &manifest->lock_sha256,   &manifest->wanted_lock_sha256,
                             &manifest->recipe_sha256, &manifest->inputs_sha256 };
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    *members[i] = g_strdup ("small");
  manifest->kernel_version = g_strdup ("6.1.0-1-amd64");
  manifest->command_line = g_strdup ("mitigations=off");
  manifest->memory_mib = 112;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *sha256 = vr_digest_text (names[i]);
    write_file (fixture, names[i], names[i]);
    vr_manifest_add_file (manifest, names[i], sha256, strlen (names[i]));
  }
  g_autofree char *path = file_of (fixture, VR_MANIFEST_FILE);
  g_assert_true (vr_manifest_write (manifest, path, NULL));
}

static void
tear_down (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const names[]
      = { "initrd", "vmlinux", "vmlinuz", VR_MANIFEST_FILE, ".verified" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = file_of (fixture, names[i]);
    g_remove (path);
  }
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->images), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->images);
}

static void
test_open (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrImage) image = vr_image_open (fixture->images, "small", VR_IMAGE_DIGEST, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (image->name, ==, "small");
  g_assert_true (g_str_has_suffix (image->kernel, "/small/vmlinux"));
  g_assert_true (g_str_has_suffix (image->initrd, "/small/initrd"));
  g_assert_null (image->disk);
  g_assert_cmpstr (image->command_line, ==, "mitigations=off");
  g_assert_cmpuint (image->memory_mib, ==, 112);
  g_assert_cmpuint (image->size_bytes, ==, 6 + 7 + 7);
  g_assert_true (vr_digest_is_hex (image->digest));
}

/* Images made before there was the member have no limit. */
static void
test_without_memory (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *path = file_of (fixture, VR_MANIFEST_FILE);
  g_autoptr (VrManifest) manifest = vr_manifest_read (path, NULL);
  manifest->memory_mib = 0;
  g_assert_true (vr_manifest_write (manifest, path, NULL));
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_null (strstr (text, "memory_mib"));
  g_autoptr (VrImage) image = vr_image_open (fixture->images, "small", VR_IMAGE_STAT, NULL);
  g_assert_cmpuint (image->memory_mib, ==, 0);
}

static void
expect (const Fixture *fixture, const char *name, VrErrorCode code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_image_open (fixture->images, name, VR_IMAGE_DIGEST, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, VR_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_missing (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  expect (fixture, "other", VR_ERROR_HOST, "vrkit image build other");
  expect (fixture, "other", VR_ERROR_HOST, fixture->images);
  expect (fixture, "../small", VR_ERROR_PROFILE, "image name");
  expect (fixture, "", VR_ERROR_PROFILE, "image name");
}

static void
test_changed (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  write_file (fixture, "initrd", "INITRD");
  g_autofree char *wanted = vr_digest_text ("initrd");
  g_autofree char *found = vr_digest_text ("INITRD");
  expect (fixture, "small", VR_ERROR_VERIFY, wanted);
  expect (fixture, "small", VR_ERROR_VERIFY, found);
  g_autoptr (VrImage) image = vr_image_open (fixture->images, "small", VR_IMAGE_STAT, NULL);
  g_assert_nonnull (image);
  write_file (fixture, "initrd", "longer");
  write_file (fixture, "vmlinux", "longer");
  expect (fixture, "small", VR_ERROR_VERIFY, "size 7, found 6");
  g_autofree char *path = file_of (fixture, "initrd");
  g_remove (path);
  expect (fixture, "small", VR_ERROR_VERIFY, path);
}

/* What is remembered holds for the very files, and only where nobody else can have written it. */
static void
test_remembered (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *stamp = file_of (fixture, ".verified");
  g_autoptr (VrImage) image = vr_image_open (fixture->images, "small", VR_IMAGE_DIGEST, NULL);
  g_assert_nonnull (image);
  g_assert_true (g_file_test (stamp, G_FILE_TEST_EXISTS));
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (stamp, &text, NULL, NULL));

  write_file (fixture, "initrd", "INITRD");
  expect (fixture, "small", VR_ERROR_VERIFY, "initrd");

  write_file (fixture, "initrd", "initrd");
  g_autoptr (VrImage) again = vr_image_open (fixture->images, "small", VR_IMAGE_DIGEST, NULL);
  g_assert_nonnull (again);
  g_autofree char *renewed = NULL;
  g_assert_true (g_file_get_contents (stamp, &renewed, NULL, NULL));
  g_assert_cmpstr (text, !=, renewed);
  g_assert_cmpstr (image->digest, ==, again->digest);

  g_assert_true (g_file_set_contents (stamp, "forged", -1, NULL));
  g_assert_cmpint (g_chmod (stamp, 0666), ==, 0);
  g_autoptr (VrImage) third = vr_image_verify (fixture->images, "small", NULL);
  g_assert_nonnull (third);
  struct stat st;
  g_assert_cmpint (lstat (stamp, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 022, ==, 0);
}

static void
test_bad_manifest (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const texts[] = {
    "",
    "[]",
    "{}",
    "{\"schema\":\"vrkit.image/2\"}",
    "{\"schema\":\"vrkit.image/1\"}",
    "{\"schema\":\"vrkit.image/1\",\"name\":\"s\",\"type\":\"s\",\"kernel_version\":\"6\","
    "\"command_line\":\"\",\"lock_sha256\":\"\",\"wanted_lock_sha256\":\"\",\"recipe_sha256\":\"\","
    "\"inputs_sha256\":\"\",\"packages\":[],\"files\":[{\"name\":\"../../etc/passwd\","
    "\"sha256\":\"0\",\"size_bytes\":1}]}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    write_file (fixture, VR_MANIFEST_FILE, texts[i]);
    expect (fixture, "small", VR_ERROR_HOST, VR_MANIFEST_FILE);
  }
}

static void
test_list (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) images = vr_image_list (fixture->images, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (images->len, ==, 1);
  g_assert_cmpstr (((VrImage *) images->pdata[0])->name, ==, "small");
  g_autoptr (GPtrArray) none = vr_image_list ("/nowhere/images", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/image/open", test_open);
  ADD ("/image/without-memory", test_without_memory);
  ADD ("/image/missing", test_missing);
  ADD ("/image/changed", test_changed);
  ADD ("/image/remembered", test_remembered);
  ADD ("/image/bad-manifest", test_bad_manifest);
  ADD ("/image/list", test_list);
  return g_test_run ();
}
