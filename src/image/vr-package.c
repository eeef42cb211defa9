/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-package.h"

#include <string.h>

VrPackage *
vr_package_new (const char *name, const char *version, const char *architecture)
{
  VrPackage *package = g_new0 (VrPackage, 1);
  package->name = g_strdup (name);
  package->version = g_strdup (version);
  package->architecture = g_strdup (architecture);
  return package;
}

VrPackage *
vr_package_copy (const VrPackage *package)
{
  VrPackage *copy = vr_package_new (package->name, package->version, package->architecture);
  copy->filename = g_strdup (package->filename);
  copy->sha256 = g_strdup (package->sha256);
  copy->size_bytes = package->size_bytes;
  return copy;
}

void
vr_package_free (VrPackage *package)
{
  g_free (package->name);
  g_free (package->version);
  g_free (package->architecture);
  g_free (package->filename);
  g_free (package->sha256);
  g_free (package);
}

GPtrArray *
vr_package_array_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) vr_package_free);
}

const VrPackage *
vr_package_find (const GPtrArray *packages, const char *name)
{
  for (guint i = 0; i < packages->len; i++) {
    const VrPackage *package = packages->pdata[i];
    if (strcmp (package->name, name) == 0)
      return package;
  }
  return NULL;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const VrPackage *one = *(VrPackage *const *) a, *other = *(VrPackage *const *) b;
  int order = strcmp (one->name, other->name);
  return order != 0 ? order : g_strcmp0 (one->architecture, other->architecture);
}

void
vr_package_array_sort (GPtrArray *packages)
{
  g_ptr_array_sort (packages, compare);
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

gboolean
vr_package_is_name (const char *text)
{
  return (g_ascii_islower (text[0]) || g_ascii_isdigit (text[0])) && text[1] != '\0'
         && text[strspn (text, LOWER DIGITS "+-.")] == '\0';
}

gboolean
vr_package_is_version (const char *text)
{
  return g_ascii_isdigit (text[0]) && text[strspn (text, LOWER UPPER DIGITS "+-.:~")] == '\0';
}
