/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-copy.h"

#include <sys/stat.h>

#include "base/vr-error.h"
#include "sys/vr-mark.h"

/* Of sysfs, which does not go when a file system is emptied or a CPU goes offline. */
#define OBJECT "sys/devices/system/cpu"
#define PREFIX "trusted.vrkit."
#define TAG_LENGTH 16

char *
vr_copy_object (const char *root)
{
  return g_build_filename (root, OBJECT, NULL);
}

/* What the copies of all files of a directory have in common. Containers may have the same path on
 * file systems of their own. */
static char *
prefix_of (const char *directory)
{
  struct stat status = { 0 };
  if (stat (directory, &status) != 0)
    g_debug ("\"%s\" is not there", directory);
  g_autofree char *where
      = g_strdup_printf ("%" G_GUINT64_FORMAT " %s", (guint64) status.st_dev, directory);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, where, -1);
  return g_strdup_printf (PREFIX "%.*s.", TAG_LENGTH, digest);
}

static char *
name_of (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *prefix = prefix_of (directory);
  return g_strconcat (prefix, base, NULL);
}

void
vr_copy_keep (const char *object, const char *path, const char *text)
{
  g_autofree char *name = name_of (path);
  if (!vr_mark_write (object, name, text))
    g_debug ("\"%s\" has no copy in the kernel", path);
}

void
vr_copy_drop (const char *object, const char *path)
{
  g_autofree char *name = name_of (path);
  if (!vr_mark_remove (object, name))
    g_debug ("the copy of \"%s\" stays in the kernel", path);
}

static gboolean
write_again (const char *path, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (g_file_test (path, G_FILE_TEST_EXISTS) || g_file_set_contents (path, text, -1, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "\"%s\" is lost, and cannot be written again: %s",
               path, cause->message);
  return FALSE;
}

gboolean
vr_copy_recover (const char *object, const char *path, GError **error)
{
  g_autofree char *name = name_of (path);
  g_autofree char *text
      = g_file_test (path, G_FILE_TEST_EXISTS) ? NULL : vr_mark_read (object, name);
  return text == NULL || write_again (path, text, error);
}

gboolean
vr_copy_recover_all (const char *object, const char *directory, GError **error)
{
  g_autofree char *prefix = prefix_of (directory);
  g_autoptr (GHashTable) marks = vr_marks_read (object, prefix);
  GHashTableIter iter;
  gpointer name, text;
  g_hash_table_iter_init (&iter, marks);
  while (g_hash_table_iter_next (&iter, &name, &text)) {
    g_autofree char *path = g_build_filename (directory, name, NULL);
    if (!write_again (path, text, error))
      return FALSE;
  }
  return TRUE;
}
