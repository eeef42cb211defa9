/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-lock-changes.h"

#include <string.h>

static void
add_change (GPtrArray *lines, const char *name, const VrPackage *before, const VrPackage *after)
{
  if (before == NULL)
    g_ptr_array_add (lines, g_strdup_printf ("%s %s (added)", name, after->version));
  else if (after == NULL)
    g_ptr_array_add (lines, g_strdup_printf ("%s %s (removed)", name, before->version));
  else if (strcmp (before->version, after->version) != 0)
    g_ptr_array_add (lines, g_strdup_printf ("%s %s -> %s", name, before->version, after->version));
  else if (g_strcmp0 (before->sha256, after->sha256) != 0)
    g_ptr_array_add (lines,
                     g_strdup_printf ("%s %s (same version, other file)", name, before->version));
}

static gint
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
vr_lock_changes (const VrLock *before, const VrLock *after)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  for (guint i = 0; i < before->packages->len; i++) {
    const VrPackage *package = before->packages->pdata[i];
    add_change (lines, package->name, package, vr_package_find (after->packages, package->name));
  }
  for (guint i = 0; i < after->packages->len; i++) {
    const VrPackage *package = after->packages->pdata[i];
    if (vr_package_find (before->packages, package->name) == NULL)
      add_change (lines, package->name, NULL, package);
  }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_steal (lines, NULL);
}
