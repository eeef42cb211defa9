/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vr-root.h"

#include <string.h>

char *
vr_root_text (const char *root, const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  char *text = NULL;
  if (!g_file_get_contents (full, &text, NULL, NULL))
    return NULL;
  return g_strchomp (text);
}

char *
vr_root_textf (const char *root, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *path = g_strdup_vprintf (format, args);
  va_end (args);
  return vr_root_text (root, path);
}

gint64
vr_root_number (const char *root, const char *path, gint64 otherwise)
{
  g_autofree char *text = vr_root_text (root, path);
  gint64 number;
  if (text == NULL || !g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return otherwise;
  return number;
}

gint64
vr_root_numberf (const char *root, gint64 otherwise, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *path = g_strdup_vprintf (format, args);
  va_end (args);
  return vr_root_number (root, path, otherwise);
}

gboolean
vr_root_has (const char *root, const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  return g_file_test (full, G_FILE_TEST_EXISTS);
}

char *
vr_root_link_name (const char *root, const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *target = g_file_read_link (full, NULL);
  return target != NULL ? g_path_get_basename (target) : NULL;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
vr_root_entries (const char *root, const char *path)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autoptr (GDir) dir = g_dir_open (full, 0, NULL);
  if (dir == NULL)
    return entries;
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    g_ptr_array_add (entries, g_strdup (name));
  g_ptr_array_sort (entries, compare_names);
  return entries;
}

char *
vr_root_field (const char *text, const char *key)
{
  gsize length = strlen (key);
  for (const char *line = text; line != NULL && *line != '\0';) {
    const char *end = strchrnul (line, '\n');
    if (strncmp (line, key, length) == 0 && strchr (": \t", line[length]) != NULL
        && line[length] != '\0') {
      const char *value = line + length;
      value += strspn (value, ": \t");
      return g_strchomp (g_strndup (value, (gsize) (MAX (end, value) - value)));
    }
    line = *end == '\n' ? end + 1 : NULL;
  }
  return NULL;
}
