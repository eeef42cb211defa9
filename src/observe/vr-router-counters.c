/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-router-counters.h"

#include <string.h>

#include "base/vr-error.h"

/* /proc/net/dev: eight fields of receipt, then eight of sending; packets are second of each. */
enum { RX_PACKETS = 1, TX_PACKETS = 9 };

void
vr_router_texts_clear (VrRouterTexts *texts)
{
  g_clear_pointer (&texts->dev, g_free);
  g_clear_pointer (&texts->snmp, g_free);
  g_clear_pointer (&texts->netstat, g_free);
  g_clear_pointer (&texts->snmp6, g_free);
}

/* The rest of the line at or after `text` that begins with `name` and `mark`; NULL without. */
static const char *
find_line (const char *text, const char *name, char mark)
{
  gsize length = strlen (name);
  for (const char *line = text; line != NULL; line = strchr (line, '\n')) {
    line += strspn (line, " \n");
    if (strncmp (line, name, length) == 0 && line[length] == mark)
      return line + length + 1;
  }
  return NULL;
}

/* The word number `index` of the line. */
static gboolean
read_word (const char *line, guint index, guint64 *value)
{
  gsize length = strcspn (line, "\n");
  for (guint i = 0;; i++) {
    gsize blanks = strspn (line, " \t");
    if (blanks >= length)
      return FALSE;
    line += blanks;
    length -= blanks;
    gsize word = MIN (strcspn (line, " \t\n"), length);
    if (i == index) {
      g_autofree char *digits = g_strndup (line, word);
      return g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT64, value, NULL);
    }
    line += word;
    length -= word;
  }
}

/* In snmp and netstat a line of names is followed by one of values, both beginning with the group.
 */
static guint64
read_field (const char *text, const char *group, const char *field)
{
  const char *names = find_line (text, group, ':');
  const char *values = names != NULL ? find_line (names, group, ':') : NULL;
  guint64 value = 0;
  if (values == NULL)
    return 0;
  g_autofree char *line = g_strndup (names, strcspn (names, "\n"));
  g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (strcmp (words[i], field) == 0)
      read_word (values, i, &value);
  return value;
}

/* A line a field; a kernel without IPv6 has none. */
static guint64
read_field6 (const char *text, const char *field)
{
  guint64 value = 0;
  const char *line = text != NULL ? find_line (text, field, ' ') : NULL;
  if (line != NULL)
    read_word (line, 0, &value);
  return value;
}

static void
set_reasons (const VrRouterTexts *texts, VrCounters *counters)
{
  static const char *const errors4[] = { "InAddrErrors", "InDiscards", "FragFails" };
  static const char *const errors6[]
      = { "Ip6InAddrErrors", "Ip6InDiscards", "Ip6InTooBigErrors", "Ip6InTruncatedPkts" };
  guint64 damaged = read_field (texts->netstat, "IpExt", "InCsumErrors");
  guint64 errors = damaged + read_field (texts->netstat, "IpExt", "InTruncatedPkts")
                   + read_field (texts->netstat, "TcpExt", "IPReversePathFilter");
  guint64 headers = read_field (texts->snmp, "Ip", "InHdrErrors");
  for (guint i = 0; i < G_N_ELEMENTS (errors4); i++)
    errors += read_field (texts->snmp, "Ip", errors4[i]);
  for (guint i = 0; i < G_N_ELEMENTS (errors6); i++)
    errors += read_field6 (texts->snmp6, errors6[i]);
  vr_counters_set (counters, VR_POINT_TTL,
                   headers - MIN (damaged, headers) + read_field6 (texts->snmp6, "Ip6InHdrErrors"));
  vr_counters_set (counters, VR_POINT_NO_ROUTE,
                   read_field (texts->netstat, "IpExt", "InNoRoutes")
                       + read_field6 (texts->snmp6, "Ip6InNoRoutes"));
  vr_counters_set (counters, VR_POINT_ERROR, errors);
  vr_counters_set (counters, VR_POINT_FORWARDED,
                   read_field (texts->snmp, "Ip", "ForwDatagrams")
                       + read_field6 (texts->snmp6, "Ip6OutForwDatagrams"));
}

gboolean
vr_router_counters_parse (const VrRouterTexts *texts, const char *in, const char *out,
                          VrCounters *counters, GError **error)
{
  guint64 received, sent;
  const char *in_line = find_line (texts->dev, in, ':');
  const char *out_line = find_line (texts->dev, out, ':');
  if (in_line == NULL || out_line == NULL || !read_word (in_line, RX_PACKETS, &received)
      || !read_word (out_line, TX_PACKETS, &sent) || find_line (texts->snmp, "Ip", ':') == NULL
      || find_line (texts->netstat, "IpExt", ':') == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "the router tells no counters of %s and %s", in,
                 out);
    return FALSE;
  }
  vr_counters_set (counters, VR_POINT_ROUTER_IN, received);
  vr_counters_set (counters, VR_POINT_ROUTER_OUT, sent);
  set_reasons (texts, counters);
  return TRUE;
}
