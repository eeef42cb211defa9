/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-export.h"

#include <string.h>

/* About a line of CSV. */
#define LINE_BYTES 1024

/* Quoted where it holds what CSV takes for its own. */
static void
append_text (GString *line, const char *text)
{
  if (line->len > 0)
    g_string_append_c (line, ',');
  if (text == NULL || strpbrk (text, ",\"\r\n") == NULL) {
    g_string_append (line, text != NULL ? text : "");
    return;
  }
  g_string_append_c (line, '"');
  for (const char *p = text; *p != '\0'; p++)
    g_string_append (line, *p == '"' ? "\"\"" : (char[]){ *p, '\0' });
  g_string_append_c (line, '"');
}

/* By hand: a line has a hundred of them, and to format them would take longer than to read them. */
static void
append_number (GString *line, gint64 number)
{
  char digits[24], *end = digits + sizeof digits, *first = end;
  guint64 left = number < 0 ? 0 - (guint64) number : (guint64) number;
  do
    *--first = (char) ('0' + left % 10);
  while ((left /= 10) > 0);
  if (number < 0)
    *--first = '-';
  if (line->len > 0)
    *--first = ',';
  g_string_append_len (line, first, end - first);
}

char *
vr_export_csv_names (const char *const *factors)
{
  static const char *const after[]
      = { "try", "how", "reason", "begun_ns", "ended_ns", "clocksource", "host_notes" };
  GString *line = g_string_new ("run,block,condition");
  for (; *factors != NULL; factors++)
    append_text (line, *factors);
  for (guint i = 0; i < G_N_ELEMENTS (after); i++)
    append_text (line, after[i]);
  for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
    g_string_append_printf (line, ",host_%s", vr_host_watch_name (i));
  for (guint i = 0; i < VR_SAMPLE_COLUMNS; i++)
    append_text (line, vr_sample_name (i));
  return g_string_free (line, FALSE);
}

char *
vr_export_csv_line (const VrStoredAttempt *stored)
{
  const VrAttempt *attempt = &stored->attempt;
  const VrHostWatch *host = attempt->host;
  GString *line = g_string_sized_new (LINE_BYTES);
  append_number (line, stored->run);
  append_number (line, stored->block);
  append_number (line, stored->condition);
  for (guint i = 0; i < stored->levels_count; i++)
    append_text (line, stored->levels[i]);
  append_number (line, attempt->number);
  append_text (line, attempt->how);
  append_text (line, attempt->reason);
  append_number (line, (gint64) attempt->begun_ns);
  append_number (line, (gint64) attempt->ended_ns);
  append_text (line, host != NULL ? host->clocksource : NULL);
  append_text (line, host != NULL ? host->notes : NULL);
  for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
    if (host != NULL)
      append_number (line, host->values[i]);
    else
      append_text (line, NULL);
  for (guint i = 0; i < VR_SAMPLE_COLUMNS; i++)
    if (attempt->sample != NULL)
      append_number (line, attempt->sample->values[i]);
    else
      append_text (line, NULL);
  return g_string_free (line, FALSE);
}

static void
add_host (JsonBuilder *builder, const VrHostWatch *host)
{
  json_builder_set_member_name (builder, "host");
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "clocksource", host->clocksource);
  vr_json_add_string (builder, "notes", host->notes);
  for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
    vr_json_add_number (builder, vr_host_watch_name (i), (guint64) host->values[i]);
  json_builder_end_object (builder);
}

static void
add_run (JsonBuilder *builder, const VrStoredAttempt *stored, const char *const *factors)
{
  const VrAttempt *attempt = &stored->attempt;
  vr_json_add_number (builder, "run", stored->run);
  vr_json_add_number (builder, "block", stored->block);
  vr_json_add_number (builder, "condition", stored->condition);
  json_builder_set_member_name (builder, "levels");
  json_builder_begin_object (builder);
  for (guint i = 0; i < stored->levels_count && factors[i] != NULL; i++)
    vr_json_add_string (builder, factors[i], stored->levels[i]);
  json_builder_end_object (builder);
  vr_json_add_number (builder, "try", attempt->number);
  vr_json_add_string (builder, "how", attempt->how);
  vr_json_add_string (builder, "reason", attempt->reason);
  vr_json_add_number (builder, "begun_ns", attempt->begun_ns);
  vr_json_add_number (builder, "ended_ns", attempt->ended_ns);
}

char *
vr_export_json_element (const VrStoredAttempt *stored, const char *const *factors)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_run (builder, stored, factors);
  if (stored->attempt.host != NULL)
    add_host (builder, stored->attempt.host);
  json_builder_end_object (builder);
  char *text = vr_json_text (builder, VR_JSON_COMPACT);
  if (stored->attempt.load_json == NULL)
    return text;
  /* The load is JSON already: it takes the place of the closing brace. */
  text[strlen (text) - 1] = '\0';
  char *whole = g_strconcat (text, ",\"load\":", stored->attempt.load_json, "}", NULL);
  g_free (text);
  return whole;
}
