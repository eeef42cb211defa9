/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-profile.h"

#include <string.h>

#include "config/vr-schema.h"
#include "config/vr-value.h"

static void
print_key (GString *text, const VrSchemaKey *key, gconstpointer target)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  vr_value_print (key, G_STRUCT_MEMBER_P (target, key->offset), values);
  for (guint i = 0; i < values->len; i++) {
    const char *value = values->pdata[i];
    if (key->patterns != NULL)
      g_string_append_printf (text, "%s\n", value);
    else if (key->fallback == NULL || strcmp (value, key->fallback) != 0)
      g_string_append_printf (text, "%s = %s\n", key->key, value);
  }
}

static void
print_instance (GString *text, const VrSchemaGroup *group, gconstpointer target)
{
  if (text->len > 0)
    g_string_append_c (text, '\n');
  if (group->noun != NULL)
    g_string_append_printf (text, "[%s %s]\n", group->name,
                            G_STRUCT_MEMBER (const char *, target, group->name_offset));
  else
    g_string_append_printf (text, "[%s]\n", group->name);
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++)
    if (vr_schema_has (vr_schema_profile (), group->name, &keys[i]))
      print_key (text, &keys[i], target);
}

char *
vr_profile_print (const VrLab *lab)
{
  GString *text = g_string_new (NULL);
  guint count;
  const VrSchemaGroup *groups = vr_schema_groups (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++)
    for (guint k = 0; k < vr_schema_instances (lab, &groups[i]); k++)
      print_instance (text, &groups[i], vr_schema_instance (lab, &groups[i], k));
  return g_string_free (text, FALSE);
}
