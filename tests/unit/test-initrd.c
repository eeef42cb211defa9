/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An initrd with a guest's configuration before it: what the kernel's and cpio's reader find there,
 * and what is taken for another. */
#include "sys/vr-initrd.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"

#define BASE "\x02\x21\x4c\x18 an initrd, and not packed"

typedef struct {
  char *directory, *path, *base;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->directory = g_dir_make_tmp ("vrkit-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "initrd", NULL);
  fixture->base = g_build_filename (fixture->directory, "base", NULL);
  g_assert_true (g_file_set_contents (fixture->base, BASE, -1, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_unlink (fixture->path);
  g_unlink (fixture->base);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
  g_free (fixture->base);
}

static char *
contents (const char *path, gsize *size)
{
  char *bytes = NULL;
  g_assert_true (g_file_get_contents (path, &bytes, size, NULL));
  return bytes;
}

/* newc: a magic number, 13 fields of eight hex digits, the name, its data; padded to four. */
static void
test_format (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gsize size, again_size;
  (void) data;
  g_assert_true (vr_initrd_write (fixture->path, "config", "hello\n", fixture->base, &error));
  g_assert_no_error (error);
  g_autofree char *bytes = contents (fixture->path, &size);
  gsize archive = size - strlen (BASE);
  g_assert_cmpmem (bytes, 6, "070701", 6);
  g_assert_cmpmem (bytes + 6 + 6 * 8, 8, "00000006", 8);
  g_assert_cmpstr (bytes + 110, ==, "config");
  g_assert_cmpmem (bytes + 120, 6, "hello\n", 6);
  g_assert_cmpmem (bytes + 128, 6, "070701", 6);
  g_assert_cmpstr (bytes + 128 + 110, ==, "TRAILER!!!");
  g_assert_cmpuint (archive % 4, ==, 0);
  g_assert_cmpmem (bytes + archive, strlen (BASE), BASE, strlen (BASE));
  g_assert_true (vr_initrd_write (fixture->path, "config", "hello\n", fixture->base, &error));
  g_autofree char *again = contents (fixture->path, &again_size);
  g_assert_cmpmem (again, again_size, bytes, size);
}

static void
test_probe (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (3000000, 'x');
  g_autofree char *wanted = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_autoptr (GError) error = NULL;
  gsize size;
  (void) data;
  g_assert_null (vr_initrd_probe (fixture->path, "config", fixture->base));
  g_assert_true (vr_initrd_write (fixture->path, "config", text, fixture->base, &error));
  g_autofree char *found = vr_initrd_probe (fixture->path, "config", fixture->base);
  g_assert_cmpstr (found, ==, wanted);
  g_assert_null (vr_initrd_probe (fixture->path, "other", fixture->base));
  g_assert_null (vr_initrd_probe (fixture->base, "config", fixture->base));
  g_autofree char *bytes = contents (fixture->path, &size);
  bytes[200] ^= 1;
  g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) size, NULL));
  g_autofree char *changed = vr_initrd_probe (fixture->path, "config", fixture->base);
  g_assert_cmpstr (changed, !=, wanted);
  bytes[size - 1] ^= 1;
  g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) size, NULL));
  g_assert_null (vr_initrd_probe (fixture->path, "config", fixture->base));
}

static void
test_refuses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *nowhere = g_build_filename (fixture->directory, "no", "file", NULL);
  (void) data;
  g_assert_false (vr_initrd_write (fixture->path, "config", "x", nowhere, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, nowhere));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  g_assert_false (vr_initrd_write (nowhere, "config", "x", fixture->base, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, nowhere));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/initrd/format", Fixture, NULL, set_up, test_format, tear_down);
  g_test_add ("/initrd/probe", Fixture, NULL, set_up, test_probe, tear_down);
  g_test_add ("/initrd/refuses", Fixture, NULL, set_up, test_refuses, tear_down);
  return g_test_run ();
}
