/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-schema-doc.h"

#include <string.h>

#include "config/vr-value.h"

const char *
vr_schema_type_text (const VrSchemaKey *key)
{
  return vr_value_syntax (key);
}

char *
vr_schema_range_text (const VrSchemaKey *key)
{
  return vr_value_range (key);
}

const char *
vr_schema_default_text (const VrSchemaKey *key)
{
  if (key->fallback != NULL)
    return key->fallback;
  return key->presence == VR_KEY_REQUIRED ? "none: the key must be given" : key->absent;
}

/* man(7) takes a backslash as its own, and a plain hyphen as a typographic one. */
static void
append_escaped (GString *man, const char *text)
{
  for (; *text != '\0'; text++) {
    if (*text == '\\')
      g_string_append (man, "\\e");
    else if (*text == '-')
      g_string_append (man, "\\-");
    else
      g_string_append_c (man, *text);
  }
}

static void
append_line (GString *man, const char *label, const char *text)
{
  g_string_append (man, label);
  append_escaped (man, text);
  g_string_append (man, ".\n");
}

static void
append_key (GString *man, const VrSchemaKey *key)
{
  g_autofree char *range = vr_schema_range_text (key);
  g_string_append (man, ".TP\n.BR ");
  for (guint i = 0; i < vr_schema_spellings (key); i++) {
    g_string_append (man, i > 0 ? " \", \" " : "");
    append_escaped (man, vr_schema_spelling (key, i));
  }
  g_string_append (man, " \" = \\fI");
  append_escaped (man, vr_schema_type_text (key));
  g_string_append (man, "\\fP\"\n");
  append_escaped (man, key->doc);
  g_string_append (man, "\n");
  if (*range != '\0')
    append_line (man, "Range: ", range);
  append_line (man, "Default: ", vr_schema_default_text (key));
  if (key->list == VR_LIST_COMMAS)
    g_string_append (man, "May be repeated; commas separate items.\n");
  else if (key->patterns != NULL)
    g_string_append (man, "Each key at most once.\n");
  else if (key->list == VR_LIST_LINES)
    g_string_append (man, "May be repeated; a comma is part of the value.\n");
}

char *
vr_schema_man (const VrSchema *schema)
{
  GString *man = g_string_new (NULL);
  guint group_count, key_count;
  const VrSchemaGroup *groups = vr_schema_groups (schema, &group_count);
  const VrSchemaKey *keys = vr_schema_keys (schema, &key_count);
  for (guint i = 0; i < group_count; i++) {
    g_string_append_printf (man, ".SS [%s%s]\n", groups[i].name,
                            groups[i].noun != NULL ? " NAME" : "");
    append_escaped (man, groups[i].doc);
    if (groups[i].noun != NULL)
      g_string_append_printf (man, "\nAt most %u in %s.", groups[i].limit, schema->whole);
    g_string_append_c (man, '\n');
    for (guint k = 0; k < key_count; k++)
      if (strcmp (keys[k].group, groups[i].name) == 0)
        append_key (man, &keys[k]);
  }
  return g_string_free (man, FALSE);
}

static void
append_words (GString *words, const char *group)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++) {
    if (!vr_schema_has (vr_schema_profile (), group, &keys[i]))
      continue;
    for (guint k = 0; k < vr_schema_spellings (&keys[i]); k++)
      g_string_append_printf (words, "%s.%s\n", group, vr_schema_spelling (&keys[i], k));
    for (const char *const *word = keys[i].words; word != NULL && *word != NULL; word++)
      if (**word != '\0')
        g_string_append_printf (words, "%s.%s=%s\n", group, keys[i].key, *word);
  }
}

char *
vr_schema_completion (void)
{
  GString *words = g_string_new (NULL);
  guint count;
  const VrSchemaGroup *groups = vr_schema_groups (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++)
    g_string_append_printf (words, "[%s]\n", groups[i].name);
  for (guint i = 0; i < count; i++)
    append_words (words, groups[i].name);
  return g_string_free (words, FALSE);
}
