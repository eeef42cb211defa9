/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-cpu-list.h"

#include <string.h>

#define CPU_MAX 8191

static gboolean
parse_range (const char *text, guint64 *first, guint64 *last)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  if (ends[0] == NULL || !g_ascii_string_to_unsigned (ends[0], 10, 0, CPU_MAX, first, NULL))
    return FALSE;
  *last = *first;
  return ends[1] == NULL || g_ascii_string_to_unsigned (ends[1], 10, *first, CPU_MAX, last, NULL);
}

static GArray *
collect (const gboolean *present)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint cpu = 0; cpu <= CPU_MAX; cpu++)
    if (present[cpu])
      g_array_append_val (list, cpu);
  return list;
}

GArray *
vr_cpu_list_parse (const char *text)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autofree gboolean *present = g_new0 (gboolean, CPU_MAX + 1);
  if (trimmed[0] == '\0')
    return collect (present);
  g_auto (GStrv) ranges = g_strsplit (trimmed, ",", -1);
  for (char **range = ranges; *range != NULL; range++) {
    guint64 first, last;
    if (!parse_range (*range, &first, &last))
      return NULL;
    for (guint64 cpu = first; cpu <= last; cpu++)
      present[cpu] = TRUE;
  }
  return collect (present);
}

gboolean
vr_cpu_list_has (const GArray *list, guint cpu)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    if (g_array_index (list, guint, i) == cpu)
      return TRUE;
  return FALSE;
}

gint
vr_cpu_list_compare (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return a->len < b->len ? -1 : 1;
  for (guint i = 0; i < a->len; i++) {
    guint x = g_array_index (a, guint, i), y = g_array_index (b, guint, i);
    if (x != y)
      return x < y ? -1 : 1;
  }
  return 0;
}

char *
vr_cpu_list_print (const GArray *list)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0, last; i < list->len; i = last + 1) {
    guint first = g_array_index (list, guint, i);
    last = i;
    while (last + 1 < list->len && g_array_index (list, guint, last + 1) == first + (last + 1 - i))
      last++;
    g_string_append_printf (text, "%s%u", i > 0 ? "," : "", first);
    if (last > i)
      g_string_append_printf (text, "-%u", first + (last - i));
  }
  return g_string_free (text, FALSE);
}
