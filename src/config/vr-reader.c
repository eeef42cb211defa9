/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-reader.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-value.h"

VrReader *
vr_reader_new (const VrSchema *schema, gpointer root)
{
  VrReader *reader = g_new0 (VrReader, 1);
  reader->schema = schema;
  reader->root = root;
  reader->places = vr_places_new ();
  reader->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return reader;
}

void
vr_reader_free (VrReader *reader)
{
  g_clear_pointer (&reader->places, vr_places_free);
  g_hash_table_unref (reader->groups);
  g_free (reader);
}

static VrOrigin *
copy_origin (const VrOrigin *origin)
{
  return g_memdup2 (origin, sizeof *origin);
}

static gpointer
field_of (gpointer target, const VrSchemaKey *key)
{
  return G_STRUCT_MEMBER_P (target, key->offset);
}

/* A test proves them to be good values. */
void
vr_reader_fill_defaults (const VrSchema *schema, const char *group, gpointer target)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (schema, &count);
  for (guint i = 0; i < count; i++) {
    VrValue value = { .text = keys[i].fallback };
    if (vr_schema_has (schema, group, &keys[i]) && value.text != NULL)
      vr_value_read (&keys[i], &value, field_of (target, &keys[i]), NULL);
  }
}

static gboolean
refuse_group (const VrReader *reader, const VrOrigin *origin, const char *word, GError **error)
{
  g_autofree char *quoted = vr_name_quote (word);
  const char *meant = vr_schema_suggest_group (reader->schema, word);
  return vr_places_error (error, origin, "there is no group [%s]%s%s%s: see %s", quoted,
                          meant != NULL ? "; did you mean [" : "", meant != NULL ? meant : "",
                          meant != NULL ? "]?" : "", reader->schema->page);
}

static gboolean
check_group (VrReader *reader, const VrOrigin *origin, const VrSchemaGroup *group, const char *name,
             GError **error)
{
  if (group->noun == NULL && name != NULL)
    return vr_places_error (error, origin, "[%s] takes no name: write [%s]", group->name,
                            group->name);
  if (group->noun != NULL && name == NULL)
    return vr_places_error (error, origin, "[%s] lacks a name: write [%s NAME]", group->name,
                            group->name);
  if (name != NULL && !vr_name_check (group->noun, name, error))
    return vr_places_prefix (error, origin, "[%s NAME]: ", group->name);
  g_autofree char *whole
      = g_strchomp (g_strdup_printf ("%s %s", group->name, name != NULL ? name : ""));
  const VrOrigin *first = g_hash_table_lookup (reader->groups, whole);
  if (first != NULL)
    return vr_places_error (error, origin,
                            "[%s] stands a second time, first at %s:%u: join the two, or give one "
                            "another name",
                            whole, first->file, first->line);
  if (group->noun != NULL && vr_schema_instances (reader->root, group) >= group->limit)
    return vr_places_error (error, origin, "this is %s number %u, and %s has at most %u: split it",
                            group->name, group->limit + 1, reader->schema->whole, group->limit);
  g_hash_table_insert (reader->groups, g_steal_pointer (&whole), copy_origin (origin));
  return TRUE;
}

/* "[GROUP]" or "[GROUP NAME]", with blanks anywhere between. */
static gboolean
read_group (VrReader *reader, VrCursor *cursor, char *text, GError **error)
{
  const VrOrigin *origin = &cursor->origin;
  gsize length = strlen (text);
  if (length == 0 || text[length - 1] != ']')
    return vr_places_error (error, origin, "a group ends with ]: write [router r1]");
  text[length - 1] = '\0';
  g_strstrip (text);
  gsize word = strcspn (text, " ");
  g_autofree char *head = g_strndup (text, word);
  const char *name = text[word] != '\0' ? g_strchug (text + word) : NULL;
  const VrSchemaGroup *group = vr_schema_group (reader->schema, head);
  if (group == NULL)
    return refuse_group (reader, origin, head, error);
  if (!check_group (reader, origin, group, name, error))
    return FALSE;
  cursor->group = group;
  cursor->target = group->add (reader->root, g_strdup (name), *origin);
  vr_reader_fill_defaults (reader->schema, group->name, cursor->target);
  return TRUE;
}

/* The name of a group that has the key, when the wrong one has it; else NULL. */
static const VrSchemaGroup *
owner_of (const VrReader *reader, const char *key)
{
  guint count;
  const VrSchemaGroup *groups = vr_schema_groups (reader->schema, &count);
  for (guint i = 0; i < count; i++)
    if (vr_schema_key (reader->schema, groups[i].name, key) != NULL)
      return &groups[i];
  return NULL;
}

static gboolean
refuse_key (const VrReader *reader, const VrCursor *cursor, const char *word, GError **error)
{
  const VrOrigin *origin = &cursor->origin;
  g_autofree char *quoted = vr_name_quote (word);
  if (strcmp (word, "include") == 0)
    return vr_places_error (error, origin,
                            "\"include\" stands inside [%s]: put it before the file's first group",
                            cursor->group->name);
  const VrSchemaGroup *owner = owner_of (reader, word);
  const char *meant = vr_schema_suggest_key (reader->schema, cursor->group->name, word);
  if (owner == NULL && meant != NULL)
    return vr_places_error (error, origin, "[%s] has no key \"%s\"; did you mean \"%s\"?",
                            cursor->group->name, quoted, meant);
  if (owner != NULL)
    return vr_places_error (error, origin, "[%s] has no key \"%s\", but [%s%s] has: move it there",
                            cursor->group->name, quoted, owner->name,
                            owner->noun != NULL ? " NAME" : "");
  return vr_places_error (error, origin, "[%s] has no key \"%s\": see %s", cursor->group->name,
                          quoted, reader->schema->page);
}

/* One value, or one item of a list. */
static gboolean
read_value (VrReader *reader, VrCursor *cursor, const char *text, GError **error)
{
  const VrSchemaKey *key = cursor->key;
  VrValue value = { text, cursor->origin, cursor->word };
  g_autofree char *shown = vr_name_quote (cursor->word);
  if (*text == '\0')
    return vr_places_error (error, &value.origin, "%s has %s: give it %s, or remove it", shown,
                            key->list == VR_LIST_COMMAS ? "an empty item" : "no value",
                            vr_value_syntax (key));
  if (!vr_value_read (key, &value, field_of (cursor->target, key), error))
    return vr_places_prefix (error, &value.origin, "%s: ", shown);
  if (!vr_value_has_origin (key))
    vr_places_add (reader->places, cursor->target, key, value.origin);
  return TRUE;
}

static gboolean
read_items (VrReader *reader, VrCursor *cursor, char *text, GError **error)
{
  for (char *item = text, *comma; item != NULL; item = comma != NULL ? comma + 1 : NULL) {
    comma = strchr (item, ',');
    if (comma != NULL)
      *comma = '\0';
    if (!read_value (reader, cursor, g_strstrip (item), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_scalar (VrReader *reader, VrCursor *cursor, const char *text, GError **error)
{
  const VrSchemaKey *key = cursor->key;
  const VrOrigin *first = vr_places_get (reader->places, cursor->target, key->key, 0);
  if (first != NULL)
    return vr_places_refuse_second (error, &cursor->origin, key->key, first);
  if (*text != '\0')
    vr_value_clear (key, field_of (cursor->target, key));
  return read_value (reader, cursor, text, error);
}

gboolean
vr_reader_line (VrReader *reader, VrCursor *cursor, char *line, GError **error)
{
  const VrOrigin *origin = &cursor->origin;
  if (line[0] == '[')
    return read_group (reader, cursor, line + 1, error);
  char *equals = strchr (line, '=');
  if (equals == NULL || equals == line) {
    g_autofree char *quoted = vr_name_quote (line);
    return vr_places_error (error, origin, "\"%s\" is neither [GROUP] nor KEY = VALUE", quoted);
  }
  *equals = '\0';
  g_strchomp (line);
  char *text = g_strchug (equals + 1);
  if (cursor->group == NULL) {
    g_autofree char *quoted = vr_name_quote (line);
    return vr_places_error (error, origin,
                            "key \"%s\" stands before the first group: only include may", quoted);
  }
  const VrSchemaKey *key = vr_schema_key (reader->schema, cursor->group->name, line);
  if (key == NULL)
    return refuse_key (reader, cursor, line, error);
  cursor->key = key;
  cursor->word = line;
  if (key->list == VR_LIST_COMMAS)
    return read_items (reader, cursor, text, error);
  if (key->list == VR_LIST_LINES)
    return read_value (reader, cursor, text, error);
  return read_scalar (reader, cursor, text, error);
}

static gboolean
check_row (const VrReader *reader, const VrSchemaKey *key, GError **error)
{
  const VrSchemaGroup *group = vr_schema_group (reader->schema, key->group);
  for (guint i = 0; i < vr_schema_instances (reader->root, group); i++) {
    gpointer target = vr_schema_instance (reader->root, group, i);
    if (!vr_value_is_unset (key, field_of (target, key)))
      continue;
    const char *name
        = group->noun != NULL ? G_STRUCT_MEMBER (const char *, target, group->name_offset) : "";
    g_autofree char *whole = g_strchomp (g_strdup_printf ("%s %s", group->name, name));
    const VrOrigin *origin = g_hash_table_lookup (reader->groups, whole);
    if (origin == NULL)
      continue;
    return vr_places_error (error, origin, "[%s] lacks the key \"%s\": add %s = %s", whole,
                            key->key, key->key, vr_value_syntax (key));
  }
  return TRUE;
}

gboolean
vr_reader_check_required (const VrReader *reader, GError **error)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (reader->schema, &count);
  for (guint i = 0; i < count; i++)
    if (keys[i].presence == VR_KEY_REQUIRED && !check_row (reader, &keys[i], error))
      return FALSE;
  return TRUE;
}
