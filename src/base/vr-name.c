/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-name.h"

#include <string.h>

#include "base/vr-error.h"

#define QUOTE_MAX 60
#define ALIAS_PREFIX "vrkit:"

char *
vr_name_quote (const char *text)
{
  g_autofree char *valid
      = g_utf8_make_valid (text, (gssize) MIN (strlen (text), 4 * (QUOTE_MAX + 1)));
  g_autoptr (GString) quoted = g_string_new (NULL);
  guint characters = 0;
  const char *p = valid;
  for (; *p != '\0' && characters < QUOTE_MAX; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c == '\n')
      g_string_append (quoted, "\\n");
    else if (g_unichar_isprint (c))
      g_string_append_unichar (quoted, c);
    else
      g_string_append_c (quoted, '?');
    characters++;
  }
  if (*p != '\0')
    g_string_append (quoted, "…");
  return g_string_free (g_steal_pointer (&quoted), FALSE);
}

gboolean
vr_name_refuse (GError **error, const char *text, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *quoted = vr_name_quote (text);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "\"%s\" %s", quoted, reason);
  return FALSE;
}

static gboolean
is_name (const char *name)
{
  if (!g_ascii_islower (name[0]) || strnlen (name, VR_NAME_MAX + 1) > VR_NAME_MAX)
    return FALSE;
  return strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (name);
}

gboolean
vr_name_check (const char *what, const char *name, GError **error)
{
  if (is_name (name))
    return TRUE;
  return vr_name_refuse (error, name,
                         "is not a valid %s name: a lower-case letter, then at most %d letters, "
                         "digits and hyphens",
                         what, VR_NAME_MAX - 1);
}

const char *
vr_name_ifname (const char *lab, const char *role, const char *name, char ifname[VR_IFNAME_SIZE])
{
  g_autofree char *alias = vr_name_alias (lab, role, name);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, alias, -1);
  g_snprintf (ifname, VR_IFNAME_SIZE, "vr%.10s", digest);
  return ifname;
}

char *
vr_name_domain (const char *lab, const char *router)
{
  return g_strdup_printf ("vrkit-%s-%s", lab, router);
}

char *
vr_name_alias (const char *lab, const char *role, const char *name)
{
  return g_strdup_printf (ALIAS_PREFIX "%s:%s:%s", lab, role, name);
}

char *
vr_name_lab_of_alias (const char *alias)
{
  if (alias == NULL || !g_str_has_prefix (alias, ALIAS_PREFIX))
    return NULL;
  const char *lab = alias + strlen (ALIAS_PREFIX);
  const char *end = strchr (lab, ':');
  if (end == NULL)
    return NULL;
  g_autofree char *name = g_strndup (lab, (gsize) (end - lab));
  return is_name (name) ? g_steal_pointer (&name) : NULL;
}

/* Optimal string alignment: three rows of its table are alive at a time. */
static guint
edit_distance (const char *a, const char *b)
{
  gsize width = strlen (b) + 1;
  g_autofree guint *table = g_new (guint, 3 * width);
  guint *before = table, *last = table + width, *row = table + 2 * width;
  for (guint j = 0; j < width; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++) {
    guint *oldest = before;
    before = last;
    last = row;
    row = oldest;
    row[0] = i;
    for (guint j = 1; j < width; j++) {
      row[j] = MIN (last[j - 1] + (a[i - 1] != b[j - 1]), MIN (last[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = MIN (row[j], before[j - 2] + 1);
    }
  }
  return row[width - 1];
}

const char *
vr_name_suggest (const char *word, const char *const *words)
{
  const char *nearest = NULL;
  gsize length = strnlen (word, 65);
  guint least = (guint) MAX (length / 3, 1) + 1;
  if (length > 64)
    return NULL;
  for (; *words != NULL; words++) {
    guint distance = edit_distance (word, *words);
    if (distance < least) {
      least = distance;
      nearest = *words;
    }
  }
  return nearest;
}
