/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-claim-record.h"

#include <string.h>

#include "apply/vr-copy.h"
#include "base/vr-error.h"
#include "base/vr-json.h"

#define SCHEMA "vrkit.claim/1"

void
vr_claim_record_free (VrClaimRecord *claim)
{
  g_free (claim->path);
  g_free (claim->target);
  g_clear_pointer (&claim->original, g_variant_unref);
  g_hash_table_unref (claim->labs);
  g_free (claim);
}

VrClaimRecord *
vr_claim_record_new (VrOpKind kind, const char *target, const char *path)
{
  VrClaimRecord *claim = g_new0 (VrClaimRecord, 1);
  claim->kind = kind;
  claim->target = g_strdup (target);
  claim->path = g_strdup (path);
  claim->labs
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  return claim;
}

VrClaimRecord *
vr_claim_record_read (const char *path, GError **error)
{
  g_autoptr (JsonNode) node = vr_json_read_object (path, SCHEMA, error);
  if (node == NULL)
    return NULL;
  JsonObject *object = json_node_get_object (node);
  const char *kind = vr_json_string (object, "kind");
  const char *target = vr_json_string (object, "target");
  JsonNode *labs = json_object_get_member (object, "labs");
  if (kind == NULL || vr_op_kind_parse (kind) == VR_OP_KINDS || target == NULL || labs == NULL
      || !JSON_NODE_HOLDS_OBJECT (labs)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "\"%s\" is no claim", path);
    return NULL;
  }
  VrClaimRecord *claim = vr_claim_record_new (vr_op_kind_parse (kind), target, path);
  claim->original = vr_json_strings (json_object_get_member (object, "original"));
  g_autoptr (GList) names = json_object_get_members (json_node_get_object (labs));
  for (GList *name = names; name != NULL; name = name->next) {
    JsonNode *want = json_object_get_member (json_node_get_object (labs), name->data);
    GVariant *strings = vr_json_strings (want);
    if (strings != NULL)
      g_hash_table_insert (claim->labs, g_strdup (name->data), strings);
  }
  return claim;
}

gboolean
vr_claim_record_write (const VrClaimRecord *claim, const char *copies, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, SCHEMA);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, vr_op_kind_name (claim->kind));
  json_builder_set_member_name (builder, "target");
  json_builder_add_string_value (builder, claim->target);
  json_builder_set_member_name (builder, "original");
  vr_json_add_strings (builder, claim->original);
  json_builder_set_member_name (builder, "labs");
  json_builder_begin_object (builder);
  GHashTableIter iter;
  gpointer name, want;
  g_hash_table_iter_init (&iter, claim->labs);
  while (g_hash_table_iter_next (&iter, &name, &want)) {
    json_builder_set_member_name (builder, name);
    vr_json_add_strings (builder, want);
  }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *text = vr_json_text (builder, VR_JSON_COMPACT);
  if (!vr_json_write (claim->path, builder, error))
    return FALSE;
  if (copies != NULL)
    vr_copy_keep (copies, claim->path, text);
  return TRUE;
}

gboolean
vr_claim_record_conflicts (const VrClaimRecord *claim, const char *lab, const VrOp *op,
                           GError **error)
{
  GHashTableIter labs;
  gpointer other, held;
  g_hash_table_iter_init (&labs, claim->labs);
  while (g_hash_table_iter_next (&labs, &other, &held)) {
    GVariantIter keys;
    const char *key, *value;
    g_variant_iter_init (&keys, op->want);
    while (g_strcmp0 (other, lab) != 0 && g_variant_iter_next (&keys, "{&s&s}", &key, &value)) {
      const char *theirs = vr_op_lookup (held, key);
      if (theirs != NULL && g_strcmp0 (theirs, value) != 0) {
        g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                     "%s: lab %s holds %s of %s at %s, and this lab wants %s: take that lab down, "
                     "or make the two agree",
                     op->why, (const char *) other, key, op->target, theirs, value);
        return TRUE;
      }
    }
  }
  return FALSE;
}

static gboolean
is_held (const VrClaimRecord *claim, const char *key)
{
  GHashTableIter labs;
  gpointer held;
  g_hash_table_iter_init (&labs, claim->labs);
  while (g_hash_table_iter_next (&labs, NULL, &held))
    if (vr_op_lookup (held, key) != NULL)
      return TRUE;
  return FALSE;
}

GVariant *
vr_claim_record_originals (const VrClaimRecord *claim, VrClaimHolding holding)
{
  if (claim->original == NULL)
    return NULL;
  GVariantBuilder builder;
  GVariantIter keys;
  const char *key, *value;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&keys, claim->original);
  while (g_variant_iter_next (&keys, "{&s&s}", &key, &value))
    if (is_held (claim, key) == (holding == VR_CLAIM_HELD))
      g_variant_builder_add (&builder, "{ss}", key, value);
  g_autoptr (GVariant) strings = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_n_children (strings) > 0 ? g_steal_pointer (&strings) : NULL;
}

void
vr_claim_record_remember (VrClaimRecord *claim, GVariant *want, GVariant *found)
{
  GVariantBuilder builder;
  GVariantIter keys;
  const char *key, *value;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (claim->original != NULL) {
    g_variant_iter_init (&keys, claim->original);
    while (g_variant_iter_next (&keys, "{&s&s}", &key, &value))
      g_variant_builder_add (&builder, "{ss}", key, value);
  }
  g_variant_iter_init (&keys, want);
  while (g_variant_iter_next (&keys, "{&s&s}", &key, &value)) {
    const char *is = vr_op_lookup (found, key);
    if (is != NULL && vr_op_lookup (claim->original, key) == NULL)
      g_variant_builder_add (&builder, "{ss}", key, is);
  }
  g_clear_pointer (&claim->original, g_variant_unref);
  claim->original = g_variant_ref_sink (g_variant_builder_end (&builder));
}
