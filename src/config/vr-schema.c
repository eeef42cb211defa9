/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-schema.h"

#include <string.h>

#include "base/vr-name.h"

const VrSchemaGroup *
vr_schema_groups (const VrSchema *schema, guint *count)
{
  *count = schema->groups_count;
  return schema->groups;
}

const VrSchemaKey *
vr_schema_keys (const VrSchema *schema, guint *count)
{
  *count = schema->keys_count;
  return schema->keys;
}

const VrSchemaGroup *
vr_schema_group (const VrSchema *schema, const char *group)
{
  for (guint i = 0; i < schema->groups_count; i++)
    if (strcmp (schema->groups[i].name, group) == 0)
      return &schema->groups[i];
  return NULL;
}

gboolean
vr_schema_has (const VrSchema *schema, const char *group, const VrSchemaKey *key)
{
  if (strcmp (key->group, group) == 0)
    return TRUE;
  const VrSchemaGroup *row = vr_schema_group (schema, group);
  return row != NULL && row->like != NULL && strcmp (key->group, row->like) == 0;
}

guint
vr_schema_spellings (const VrSchemaKey *key)
{
  return key->patterns != NULL ? g_strv_length ((char **) key->patterns) : 1;
}

const char *
vr_schema_spelling (const VrSchemaKey *key, guint index)
{
  return key->patterns != NULL ? key->patterns[index] : key->key;
}

/* Up to the first point, and with it. */
static gsize
fixed_length (const char *spelling)
{
  const char *point = strchr (spelling, '.');
  return point != NULL ? (gsize) (point - spelling) + 1 : strlen (spelling) + 1;
}

static gboolean
is_spelled (const VrSchemaKey *row, const char *key)
{
  for (guint i = 0; i < vr_schema_spellings (row); i++) {
    const char *spelling = vr_schema_spelling (row, i);
    if (strncmp (spelling, key, fixed_length (spelling)) == 0)
      return TRUE;
  }
  return FALSE;
}

const VrSchemaKey *
vr_schema_key (const VrSchema *schema, const char *group, const char *key)
{
  for (guint i = 0; i < schema->keys_count; i++)
    if (vr_schema_has (schema, group, &schema->keys[i]) && is_spelled (&schema->keys[i], key))
      return &schema->keys[i];
  return NULL;
}

static GPtrArray *
instances (gconstpointer root, const VrSchemaGroup *group)
{
  return G_STRUCT_MEMBER (GPtrArray *, root, group->list);
}

guint
vr_schema_instances (gconstpointer root, const VrSchemaGroup *group)
{
  if (group->noun != NULL)
    return instances (root, group)->len;
  return group->list == 0 || G_STRUCT_MEMBER (gpointer, root, group->list) != NULL;
}

gpointer
vr_schema_instance (gconstpointer root, const VrSchemaGroup *group, guint index)
{
  if (group->noun != NULL)
    return instances (root, group)->pdata[index];
  return group->list == 0 ? (gpointer) root : G_STRUCT_MEMBER (gpointer, root, group->list);
}

const char *
vr_schema_suggest_group (const VrSchema *schema, const char *word)
{
  g_autofree const char **words = g_new0 (const char *, schema->groups_count + 1);
  for (guint i = 0; i < schema->groups_count; i++)
    words[i] = schema->groups[i].name;
  return vr_name_suggest (word, words);
}

/* What a pattern leaves open is nobody's misspelling: only the fixed parts are compared. */
static char *
fixed_part (const char *spelling)
{
  return g_strndup (spelling, strcspn (spelling, "."));
}

const char *
vr_schema_suggest_key (const VrSchema *schema, const char *group, const char *word)
{
  g_autoptr (GPtrArray) fixed = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) spellings = g_ptr_array_new ();
  for (guint i = 0; i < schema->keys_count; i++)
    for (guint k = 0; vr_schema_has (schema, group, &schema->keys[i])
                      && k < vr_schema_spellings (&schema->keys[i]);
         k++) {
      const char *spelling = vr_schema_spelling (&schema->keys[i], k);
      g_ptr_array_add (fixed, fixed_part (spelling));
      g_ptr_array_add (spellings, (gpointer) spelling);
    }
  g_ptr_array_add (fixed, NULL);
  g_autofree char *wrong = fixed_part (word);
  const char *nearest = vr_name_suggest (wrong, (const char *const *) fixed->pdata);
  guint index;
  return nearest != NULL && g_ptr_array_find (fixed, nearest, &index) ? spellings->pdata[index]
                                                                      : NULL;
}
