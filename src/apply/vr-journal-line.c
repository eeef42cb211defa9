/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-journal-line.h"

#include <string.h>

#include "base/vr-json.h"

#define SCHEMA "vrkit.journal/1"

char *
vr_journal_line_header (const char *lab)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  vr_json_add_string (builder, "lab", lab);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

char *
vr_journal_line_begin (guint64 number, const VrOp *op, GVariant *old)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "begin");
  json_builder_add_int_value (builder, (gint64) number);
  vr_json_add_string (builder, "kind", vr_op_kind_name (op->kind));
  vr_json_add_string (builder, "target", op->target);
  vr_json_add_string (builder, "why", op->why);
  json_builder_set_member_name (builder, "shared");
  json_builder_add_boolean_value (builder, op->shared);
  json_builder_set_member_name (builder, "want");
  vr_json_add_strings (builder, op->want);
  json_builder_set_member_name (builder, "old");
  vr_json_add_strings (builder, old);
  json_builder_set_member_name (builder, "needs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < op->needs->len; i++)
    json_builder_add_string_value (builder, op->needs->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

char *
vr_journal_line_mark (VrJournalEvent event, guint64 number)
{
  return g_strdup_printf ("{\"%s\":%" G_GUINT64_FORMAT "}",
                          event == VR_JOURNAL_DONE ? "done" : "undone", number);
}

static gboolean
add_needs (VrOp *op, JsonNode *needs)
{
  if (needs == NULL || !JSON_NODE_HOLDS_ARRAY (needs))
    return FALSE;
  JsonArray *ids = json_node_get_array (needs);
  for (guint i = 0; i < json_array_get_length (ids); i++) {
    JsonNode *id = json_array_get_element (ids, i);
    if (json_node_get_value_type (id) != G_TYPE_STRING)
      return FALSE;
    g_ptr_array_add (op->needs, json_node_dup_string (id));
  }
  return TRUE;
}

static VrOp *
op_of_line (JsonObject *object)
{
  const char *kind_name = vr_json_string (object, "kind");
  const char *target = vr_json_string (object, "target");
  const char *why = vr_json_string (object, "why");
  VrOpKind kind = kind_name != NULL ? vr_op_kind_parse (kind_name) : VR_OP_KINDS;
  g_autoptr (GVariant) want = vr_json_strings (json_object_get_member (object, "want"));
  if (kind == VR_OP_KINDS || target == NULL || want == NULL)
    return NULL;
  g_autoptr (VrOp) op = vr_op_new (kind, target, why != NULL ? why : "", NULL);
  g_variant_unref (op->want);
  op->want = g_steal_pointer (&want);
  op->shared = json_object_get_boolean_member_with_default (object, "shared", FALSE);
  return add_needs (op, json_object_get_member (object, "needs")) ? g_steal_pointer (&op) : NULL;
}

/* FALSE where the member is absent or no number of an entry. */
static gboolean
number_of_line (JsonObject *object, const char *event, guint64 *number)
{
  JsonNode *node = json_object_get_member (object, event);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64
      || json_node_get_int (node) < 1)
    return FALSE;
  *number = (guint64) json_node_get_int (node);
  return TRUE;
}

static gboolean
parse_header (VrJournalLine *line, JsonObject *object)
{
  line->event = VR_JOURNAL_HEADER;
  line->lab = g_strdup (vr_json_string (object, "lab"));
  return g_strcmp0 (vr_json_string (object, "schema"), SCHEMA) == 0 && line->lab != NULL;
}

static gboolean
parse_begin (VrJournalLine *line, JsonObject *object)
{
  line->event = VR_JOURNAL_BEGIN;
  line->op = op_of_line (object);
  line->old = vr_json_strings (json_object_get_member (object, "old"));
  return line->op != NULL;
}

gboolean
vr_journal_line_parse (VrJournalLine *line, JsonParser *parser, const char *text)
{
  if (!json_parser_load_from_data (parser, text, (gssize) strlen (text), NULL))
    return FALSE;
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  JsonObject *object = json_node_get_object (root);
  if (json_object_has_member (object, "schema"))
    return parse_header (line, object);
  if (number_of_line (object, "begin", &line->number))
    return parse_begin (line, object);
  gboolean done = number_of_line (object, "done", &line->number);
  line->event = done ? VR_JOURNAL_DONE : VR_JOURNAL_UNDONE;
  return done || number_of_line (object, "undone", &line->number);
}

void
vr_journal_line_clear (VrJournalLine *line)
{
  g_clear_pointer (&line->lab, g_free);
  g_clear_pointer (&line->op, vr_op_free);
  g_clear_pointer (&line->old, g_variant_unref);
}
