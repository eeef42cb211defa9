/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-mark.h"

#include <errno.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/xattr.h>

gboolean
vr_mark_write (const char *path, const char *name, const char *text)
{
  return setxattr (path, name, text, strlen (text), 0) == 0;
}

gboolean
vr_mark_remove (const char *path, const char *name)
{
  return removexattr (path, name) == 0 || errno == ENODATA || errno == ENOENT;
}

char *
vr_mark_read (const char *path, const char *name)
{
  g_autofree char *text = g_malloc (XATTR_SIZE_MAX);
  ssize_t size = getxattr (path, name, text, XATTR_SIZE_MAX);
  return size >= 0 ? g_strndup (text, (gsize) size) : NULL;
}

GHashTable *
vr_marks_read (const char *path, const char *prefix)
{
  GHashTable *marks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *names = g_malloc (XATTR_LIST_MAX);
  ssize_t length = listxattr (path, names, XATTR_LIST_MAX);
  for (const char *name = names; length > 0 && name < names + length; name += strlen (name) + 1) {
    char *text = g_str_has_prefix (name, prefix) ? vr_mark_read (path, name) : NULL;
    if (text != NULL)
      g_hash_table_insert (marks, g_strdup (name + strlen (prefix)), text);
  }
  return marks;
}
