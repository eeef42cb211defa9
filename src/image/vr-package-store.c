/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-package-store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "image/vr-digest.h"

char *
vr_package_store_path (const char *cache_dir, const char *sha256)
{
  g_autofree char *name = g_strconcat (sha256, ".deb", NULL);
  return g_build_filename (cache_dir, "packages", name, NULL);
}

static gboolean
is_stored (const char *cache_dir, const char *sha256)
{
  g_autofree char *path = vr_package_store_path (cache_dir, sha256);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  g_autofree char *found = vr_digest_file (path, NULL, NULL);
  if (g_strcmp0 (found, sha256) == 0)
    return TRUE;
  g_unlink (path);
  return FALSE;
}

GPtrArray *
vr_package_store_missing (const char *cache_dir, const GPtrArray *packages)
{
  GPtrArray *missing = g_ptr_array_new ();
  for (guint i = 0; i < packages->len; i++) {
    VrPackage *package = packages->pdata[i];
    if (package->sha256 == NULL || !is_stored (cache_dir, package->sha256))
      g_ptr_array_add (missing, package);
  }
  return missing;
}

static gboolean
check_digest (const VrPackage *package, const char *sha256, GError **error)
{
  if (package->sha256 == NULL || strcmp (package->sha256, sha256) == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
               "package %s %s: the lock wants SHA-256 %s, the source has %s; another source, or a "
               "new lock, is needed",
               package->name, package->version, package->sha256, sha256);
  return FALSE;
}

static gboolean
add_package (const char *cache_dir, const char *directory, VrPackage *package, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (package->version, ":", -1);
  g_autofree char *version = g_strjoinv ("%3a", parts);
  g_autofree char *name
      = g_strdup_printf ("%s_%s_%s.deb", package->name, version, package->architecture);
  g_autofree char *from = g_build_filename (directory, name, NULL);
  guint64 size_bytes = 0;
  g_autofree char *sha256 = vr_digest_file (from, &size_bytes, error);
  if (sha256 == NULL || !check_digest (package, sha256, error))
    return FALSE;
  g_autofree char *to = vr_package_store_path (cache_dir, sha256);
  if (g_rename (from, to) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot move \"%s\" to \"%s\"", from, to);
    return FALSE;
  }
  if (package->sha256 == NULL) {
    package->sha256 = g_steal_pointer (&sha256);
    package->size_bytes = size_bytes;
    package->filename = g_steal_pointer (&name);
  }
  return TRUE;
}

gboolean
vr_package_store_add (const char *cache_dir, const char *directory, GPtrArray *packages,
                      GError **error)
{
  g_autofree char *store = g_build_filename (cache_dir, "packages", NULL);
  if (g_mkdir_with_parents (store, 0755) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", store);
    return FALSE;
  }
  for (guint i = 0; i < packages->len; i++)
    if (!add_package (cache_dir, directory, packages->pdata[i], error))
      return FALSE;
  return TRUE;
}
