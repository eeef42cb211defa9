/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-archive.h"

#include <string.h>

#include "base/vr-error.h"
#include "image/vr-process.h"

#define DEPTH_MAX 16

void
vr_archive_free (VrArchive *archive)
{
  g_free (archive->path);
  g_clear_pointer (&archive->package, vr_package_free);
  g_free (archive);
}

static VrArchive *
archive_read (const char *path, GError **error)
{
  const char *argv[]
      = { "dpkg-deb", "--show", "--showformat=${Package} ${Version} ${Architecture}", path, NULL };
  g_autofree char *output = vr_process_output (argv, error);
  if (output == NULL)
    return NULL;
  g_auto (GStrv) fields = g_strsplit (output, " ", -1);
  if (g_strv_length (fields) != 3 || !vr_package_is_name (fields[0])
      || !vr_package_is_version (fields[1])) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "\"%s\" is no package that can be used", path);
    return NULL;
  }
  VrArchive *archive = g_new0 (VrArchive, 1);
  archive->path = g_strdup (path);
  archive->package = vr_package_new (fields[0], fields[1], fields[2]);
  return archive;
}

static gboolean
scan (const char *directory, guint depth, GPtrArray *archives, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &cause);
  if (dir == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read the packages: %s", cause->message);
    return FALSE;
  }
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
      if (depth < DEPTH_MAX && !scan (path, depth + 1, archives, error))
        return FALSE;
    } else if (g_str_has_suffix (name, ".deb")) {
      VrArchive *archive = archive_read (path, error);
      if (archive == NULL)
        return FALSE;
      g_ptr_array_add (archives, archive);
    }
  }
  return TRUE;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const VrArchive *one = *(VrArchive *const *) a, *other = *(VrArchive *const *) b;
  return strcmp (one->path, other->path);
}

GPtrArray *
vr_archive_scan (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) archives
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_archive_free);
  if (!scan (directory, 0, archives, error))
    return NULL;
  if (archives->len == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "there is no package (.deb) in \"%s\"", directory);
    return NULL;
  }
  g_ptr_array_sort (archives, compare);
  return g_steal_pointer (&archives);
}

const VrArchive *
vr_archive_find (const GPtrArray *archives, const VrPackage *package)
{
  for (guint i = 0; i < archives->len; i++) {
    const VrArchive *archive = archives->pdata[i];
    if (strcmp (archive->package->name, package->name) == 0
        && strcmp (archive->package->version, package->version) == 0
        && g_strcmp0 (archive->package->architecture, package->architecture) == 0)
      return archive;
  }
  return NULL;
}
