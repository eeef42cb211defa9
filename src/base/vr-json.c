/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-json.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"

char *
vr_json_text (JsonBuilder *builder, VrJsonStyle style)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, style == VR_JSON_PRETTY);
}

JsonNode *
vr_json_read_object (const char *path, const char *schema, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) cause = NULL;
  if (!json_parser_load_from_file (parser, path, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read \"%s\": %s", path, cause->message);
    return NULL;
  }
  JsonNode *root = json_parser_get_root (parser);
  const char *found = root != NULL && JSON_NODE_HOLDS_OBJECT (root)
                          ? vr_json_string (json_node_get_object (root), "schema")
                          : NULL;
  if (g_strcmp0 (found, schema) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "\"%s\" is not of schema %s but %s", path, schema,
                 found != NULL ? found : "of none");
    return NULL;
  }
  return json_node_ref (root);
}

gboolean
vr_json_write (const char *path, JsonBuilder *builder, GError **error)
{
  g_autofree char *text = vr_json_text (builder, VR_JSON_PRETTY);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  g_autoptr (GError) cause = NULL;
  if (!g_file_set_contents_full (path, line, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                 &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", path, cause->message);
    return FALSE;
  }
  return TRUE;
}

const char *
vr_json_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

void
vr_json_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value != NULL ? value : "");
}

void
vr_json_add_number (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) value);
}

void
vr_json_add_double (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
vr_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
vr_json_add_strings (JsonBuilder *builder, GVariant *strings)
{
  if (strings == NULL) {
    json_builder_add_null_value (builder);
    return;
  }
  GVariantIter iter;
  const char *key, *value;
  json_builder_begin_object (builder);
  g_variant_iter_init (&iter, strings);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value)) {
    json_builder_set_member_name (builder, key);
    json_builder_add_string_value (builder, value);
  }
  json_builder_end_object (builder);
}

GVariant *
vr_json_strings (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  JsonObject *object = json_node_get_object (node);
  g_autoptr (GList) members = json_object_get_members (object);
  for (GList *m = members; m != NULL; m = m->next) {
    const char *value = vr_json_string (object, m->data);
    if (value != NULL)
      g_variant_builder_add (&builder, "{ss}", (const char *) m->data, value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* --- Differences --------------------------------------------------------------------------------
 */

/* The first member that two objects do not have alike, or NULL; owned by one of them. */
static const char *
find_difference (JsonObject *then, JsonObject *now)
{
  g_autoptr (GList) members = json_object_get_members (now);
  g_autoptr (GList) old_members = json_object_get_members (then);
  for (GList *m = members; m != NULL; m = m->next) {
    JsonNode *before = json_object_get_member (then, m->data);
    if (before == NULL || !json_node_equal (before, json_object_get_member (now, m->data)))
      return m->data;
  }
  for (GList *m = old_members; m != NULL; m = m->next)
    if (!json_object_has_member (now, m->data))
      return m->data;
  return NULL;
}

static char *
value_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL ? json_to_string (node, FALSE) : g_strdup ("nothing");
}

static JsonObject *
object_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

char *
vr_json_difference (JsonObject *then, JsonObject *now, const char *const *parts)
{
  for (; *parts != NULL; parts++) {
    JsonObject *before = object_of (then, *parts), *after = object_of (now, *parts);
    gboolean deep = before != NULL && after != NULL;
    const char *name = deep ? find_difference (before, after) : *parts;
    if (name == NULL)
      continue;
    g_autofree char *was = value_text (deep ? before : then, name);
    g_autofree char *is = value_text (deep ? after : now, name);
    if (deep || strcmp (was, is) != 0)
      return g_strdup_printf ("%s%s%s is %s, and was %s", deep ? *parts : "", deep ? "." : "", name,
                              is, was);
  }
  return NULL;
}
