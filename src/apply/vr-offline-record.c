/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-offline-record.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apply/vr-copy.h"
#include "base/vr-error.h"
#include "base/vr-json.h"

#define SCHEMA "vrkit.offline/1"

static GHashTable *
table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
read_table (JsonObject *object, const char *name, GHashTable *table)
{
  JsonNode *node = json_object_get_member (object, name);
  g_autoptr (GVariant) strings = node != NULL ? vr_json_strings (node) : NULL;
  GVariantIter iter;
  char *key, *value;
  if (strings == NULL)
    return;
  g_variant_iter_init (&iter, strings);
  while (g_variant_iter_next (&iter, "{ss}", &key, &value))
    g_hash_table_insert (table, key, value);
}

VrOfflineRecord *
vr_offline_record_read (const char *root, const char *path, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *copies = vr_copy_object (root);
  if (!vr_copy_recover (copies, path, error))
    return NULL;
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    node = vr_json_read_object (path, SCHEMA, error);
    if (node == NULL)
      return NULL;
  }
  VrOfflineRecord *record = g_new0 (VrOfflineRecord, 1);
  record->path = g_strdup (path);
  record->copies = g_steal_pointer (&copies);
  record->cpus = table_new ();
  record->original = table_new ();
  record->left = table_new ();
  if (node == NULL)
    return record;
  read_table (json_node_get_object (node), "cpus", record->cpus);
  read_table (json_node_get_object (node), "original", record->original);
  read_table (json_node_get_object (node), "left", record->left);
  return record;
}

void
vr_offline_record_free (VrOfflineRecord *record)
{
  g_free (record->path);
  g_free (record->copies);
  g_hash_table_unref (record->cpus);
  g_hash_table_unref (record->original);
  g_hash_table_unref (record->left);
  g_free (record);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
sorted_keys (GHashTable *table)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, key);
  g_ptr_array_sort (keys, compare_names);
  return keys;
}

GPtrArray *
vr_offline_record_places (const VrOfflineRecord *record)
{
  return sorted_keys (record->original);
}

static void
write_table (JsonBuilder *builder, const char *name, GHashTable *table)
{
  g_autoptr (GPtrArray) keys = sorted_keys (table);
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  for (guint i = 0; i < keys->len; i++)
    vr_json_add_string (builder, keys->pdata[i], g_hash_table_lookup (table, keys->pdata[i]));
  json_builder_end_object (builder);
}

gboolean
vr_offline_record_write (const VrOfflineRecord *record, GError **error)
{
  if (g_hash_table_size (record->cpus) == 0) {
    vr_copy_drop (record->copies, record->path);
    if (unlink (record->path) == 0 || errno == ENOENT)
      return TRUE;
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot remove \"%s\"", record->path);
    return FALSE;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  write_table (builder, "cpus", record->cpus);
  write_table (builder, "original", record->original);
  write_table (builder, "left", record->left);
  json_builder_end_object (builder);
  g_autofree char *text = vr_json_text (builder, VR_JSON_COMPACT);
  if (!vr_json_write (record->path, builder, error))
    return FALSE;
  vr_copy_keep (record->copies, record->path, text);
  return TRUE;
}
