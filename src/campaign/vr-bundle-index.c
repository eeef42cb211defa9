/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bundle holds, and may hold. */
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "base/vr-name.h"
#include "campaign/vr-bundle.h"
#include "campaign/vr-campaign-dir.h"
#include "image/vr-digest.h"

#define SCHEMA "vrkit.bundle/1"
#define FIGURES "figures/"
#define FILES_MAX 256
#define ONLY_MAX 4096
#define REPETITIONS_MAX 100000
#define DEPTH_MAX 8

static const struct {
  const char *name;
  guint64 size_bytes;
} sizes[] = {
  { VR_CAMPAIGN_EXPERIMENT, 1u << 20 },    { VR_CAMPAIGN_PROFILE, 64u << 20 },
  { VR_CAMPAIGN_PLAN, 256u << 20 },        { VR_CAMPAIGN_MANIFEST, 1u << 20 },
  { VR_CAMPAIGN_KERNEL_CONFIG, 4u << 20 }, { VR_CAMPAIGN_RESULTS, 16ull << 30 },
  { "report.html", 256u << 20 },
};
#define FIGURE_SIZE_MAX (64u << 20)

static void
file_free (gpointer data)
{
  VrBundleFile *file = data;
  g_free (file->name);
  g_free (file->sha256);
  g_free (file);
}

VrBundleIndex *
vr_bundle_index_new (void)
{
  VrBundleIndex *index = g_new0 (VrBundleIndex, 1);
  index->files = g_ptr_array_new_with_free_func (file_free);
  return index;
}

void
vr_bundle_index_free (VrBundleIndex *index)
{
  g_free (index->experiment);
  g_strfreev (index->only);
  g_ptr_array_unref (index->files);
  g_free (index);
}

guint64
vr_bundle_size_max (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (strcmp (sizes[i].name, name) == 0)
      return sizes[i].size_bytes;
  if (!g_str_has_prefix (name, FIGURES))
    return 0;
  const char *figure = name + strlen (FIGURES);
  gsize length = strspn (figure, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-");
  return length > 0 && length <= 100 && figure[length] == '\0' && *figure != '.' ? FIGURE_SIZE_MAX
                                                                                 : 0;
}

gboolean
vr_bundle_index_add (VrBundleIndex *index, const char *directory, const char *name, GError **error)
{
  guint64 size_bytes;
  g_autofree char *path = vr_campaign_dir_file (directory, name);
  g_autofree char *digest = vr_digest_file (path, &size_bytes, error);
  if (digest == NULL)
    return FALSE;
  if (size_bytes > vr_bundle_size_max (name) || index->files->len >= FILES_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "\"%s\" has %" G_GUINT64_FORMAT
                 " bytes, and a bundle holds %d files, of it no more "
                 "than %" G_GUINT64_FORMAT " bytes",
                 path, size_bytes, FILES_MAX, vr_bundle_size_max (name));
    return FALSE;
  }
  VrBundleFile *file = g_new0 (VrBundleFile, 1);
  *file = (VrBundleFile){ g_strdup (name), size_bytes, g_steal_pointer (&digest) };
  g_ptr_array_add (index->files, file);
  return TRUE;
}

/* --- Printing -----------------------------------------------------------------------------------
 */

char *
vr_bundle_index_json (const VrBundleIndex *index)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  vr_json_add_string (builder, "experiment", index->experiment);
  vr_json_add_number (builder, "repetitions", index->repetitions);
  vr_json_add_boolean (builder, "quick", index->quick);
  json_builder_set_member_name (builder, "only");
  json_builder_begin_array (builder);
  for (char **only = index->only; *only != NULL; only++)
    json_builder_add_string_value (builder, *only);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < index->files->len; i++) {
    const VrBundleFile *file = index->files->pdata[i];
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "name", file->name);
    vr_json_add_number (builder, "size_bytes", file->size_bytes);
    vr_json_add_string (builder, "sha256", file->sha256);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

/* --- Reading ------------------------------------------------------------------------------------
 */

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "bundle.json: %s", why);
  return FALSE;
}

/* Brackets in a string are none. What begins a comment, which json-glib takes, is no JSON. */
gboolean
vr_bundle_is_shallow (const char *text, gsize size)
{
  gint depth = 0;
  gboolean is_string = FALSE;
  for (gsize i = 0; i < size && depth <= DEPTH_MAX; i++) {
    if (text[i] == '"')
      is_string = !is_string;
    else if (is_string)
      i += text[i] == '\\';
    else if (text[i] == '/')
      return FALSE;
    else
      depth += text[i] == '{' || text[i] == '[' ? 1 : text[i] == '}' || text[i] == ']' ? -1 : 0;
  }
  return depth <= DEPTH_MAX;
}

static gint64
number_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_INT64
             ? json_node_get_int (node)
             : -1;
}

static JsonArray *
array_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
has_file (const VrBundleIndex *index, const char *name)
{
  for (guint i = 0; i < index->files->len; i++) {
    const VrBundleFile *file = index->files->pdata[i];
    if (strcmp (file->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
read_file (VrBundleIndex *index, JsonNode *node, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *name = object != NULL ? vr_json_string (object, "name") : NULL;
  const char *digest = name != NULL ? vr_json_string (object, "sha256") : NULL;
  if (digest == NULL || !vr_digest_is_hex (digest))
    return refuse (error, "a file without name and digest");
  gint64 size_bytes = number_of (object, "size_bytes");
  guint64 most = vr_bundle_size_max (name);
  if (most == 0 || has_file (index, name)) {
    g_autofree char *quoted = vr_name_quote (name);
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "bundle.json: holds \"%s\"%s", quoted,
                 most == 0 ? ", which no bundle does" : " twice");
    return FALSE;
  }
  if (size_bytes < 0 || (guint64) size_bytes > most) {
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
                 "bundle.json: %s has %" G_GINT64_FORMAT " bytes, not 0 to %" G_GUINT64_FORMAT,
                 name, size_bytes, most);
    return FALSE;
  }
  VrBundleFile *file = g_new0 (VrBundleFile, 1);
  *file = (VrBundleFile){ g_strdup (name), (guint64) size_bytes, g_strdup (digest) };
  g_ptr_array_add (index->files, file);
  return TRUE;
}

static gboolean
read_files (VrBundleIndex *index, JsonObject *root, GError **error)
{
  static const char *const needed[]
      = { VR_CAMPAIGN_EXPERIMENT, VR_CAMPAIGN_PROFILE, VR_CAMPAIGN_MANIFEST, VR_CAMPAIGN_RESULTS };
  JsonArray *files = array_of (root, "files");
  if (files == NULL || json_array_get_length (files) > FILES_MAX)
    return refuse (error, "no list of files, or too long a one");
  for (guint i = 0; i < json_array_get_length (files); i++)
    if (!read_file (index, json_array_get_element (files, i), error))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!has_file (index, needed[i])) {
      g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "bundle.json: lacks %s", needed[i]);
      return FALSE;
    }
  return TRUE;
}

/* The database has them as lines. */
static gboolean
read_only (VrBundleIndex *index, JsonObject *root, GError **error)
{
  JsonArray *only = array_of (root, "only");
  guint count = only != NULL ? json_array_get_length (only) : 0;
  if (only == NULL || count > ONLY_MAX)
    return refuse (error, "no list \"only\", or too long a one");
  index->only = g_new0 (char *, count + 1);
  for (guint i = 0; i < count; i++) {
    JsonNode *node = json_array_get_element (only, i);
    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING
        || strchr (json_node_get_string (node), '\n') != NULL)
      return refuse (error, "\"only\" holds what is no FACTOR=LEVEL");
    index->only[i] = g_strdup (json_node_get_string (node));
  }
  return TRUE;
}

VrBundleIndex *
vr_bundle_index_parse (const char *text, gsize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (VrBundleIndex) index = vr_bundle_index_new ();
  JsonNode *node = vr_bundle_is_shallow (text, size) && g_utf8_validate_len (text, size, NULL)
                           && json_parser_load_from_data (parser, text, (gssize) size, NULL)
                       ? json_parser_get_root (parser)
                       : NULL;
  JsonObject *root
      = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  if (root == NULL || g_strcmp0 (vr_json_string (root, "schema"), SCHEMA) != 0) {
    refuse (error, "this is no index of " SCHEMA);
    return NULL;
  }
  const char *name = vr_json_string (root, "experiment");
  gint64 repetitions = number_of (root, "repetitions");
  JsonNode *quick = json_object_get_member (root, "quick");
  if (name == NULL || !vr_name_check ("experiment", name, NULL) || repetitions < 1
      || repetitions > REPETITIONS_MAX || quick == NULL
      || json_node_get_value_type (quick) != G_TYPE_BOOLEAN) {
    refuse (error,
            "no name of an experiment, no number of repetitions, or not whether it is quick");
    return NULL;
  }
  index->experiment = g_strdup (name);
  index->repetitions = (guint) repetitions;
  index->quick = json_node_get_boolean (quick);
  if (!read_only (index, root, error) || !read_files (index, root, error))
    return NULL;
  return g_steal_pointer (&index);
}
