/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-manifest.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "image/vr-digest.h"
#include "image/vr-package.h"

#define SCHEMA "vrkit.image/1"
#define MEMORY "memory_mib"

/* The members that are plain strings. */
static const struct {
  const char *name;
  gsize offset;
} members[] = {
  { "name", G_STRUCT_OFFSET (VrManifest, name) },
  { "type", G_STRUCT_OFFSET (VrManifest, type) },
  { "kernel_version", G_STRUCT_OFFSET (VrManifest, kernel_version) },
  { "command_line", G_STRUCT_OFFSET (VrManifest, command_line) },
  { "lock_sha256", G_STRUCT_OFFSET (VrManifest, lock_sha256) },
  { "wanted_lock_sha256", G_STRUCT_OFFSET (VrManifest, wanted_lock_sha256) },
  { "recipe_sha256", G_STRUCT_OFFSET (VrManifest, recipe_sha256) },
  { "inputs_sha256", G_STRUCT_OFFSET (VrManifest, inputs_sha256) },
};

static char **
member (const VrManifest *manifest, guint i)
{
  return G_STRUCT_MEMBER_P (manifest, members[i].offset);
}

static void
file_free (gpointer data)
{
  VrManifestFile *file = data;
  g_free (file->name);
  g_free (file->sha256);
  g_free (file);
}

VrManifest *
vr_manifest_new (void)
{
  VrManifest *manifest = g_new0 (VrManifest, 1);
  manifest->files = g_ptr_array_new_with_free_func (file_free);
  manifest->packages = vr_package_array_new ();
  return manifest;
}

void
vr_manifest_free (VrManifest *manifest)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_free (*member (manifest, i));
  g_ptr_array_unref (manifest->files);
  g_ptr_array_unref (manifest->packages);
  g_free (manifest);
}

static gint
compare_files (gconstpointer a, gconstpointer b)
{
  const VrManifestFile *one = *(VrManifestFile *const *) a, *other = *(VrManifestFile *const *) b;
  return strcmp (one->name, other->name);
}

void
vr_manifest_add_file (VrManifest *manifest, const char *name, const char *sha256,
                      guint64 size_bytes)
{
  VrManifestFile *file = g_new0 (VrManifestFile, 1);
  file->name = g_strdup (name);
  file->sha256 = g_strdup (sha256);
  file->size_bytes = size_bytes;
  g_ptr_array_add (manifest->files, file);
  g_ptr_array_sort (manifest->files, compare_files);
}

const VrManifestFile *
vr_manifest_find_file (const VrManifest *manifest, const char *name)
{
  for (guint i = 0; i < manifest->files->len; i++) {
    const VrManifestFile *file = manifest->files->pdata[i];
    if (strcmp (file->name, name) == 0)
      return file;
  }
  return NULL;
}

static JsonArray *
array_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonObject *
element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* A file's name becomes a path below the image's directory: nothing may lead out of it. */
static gboolean
read_file (VrManifest *manifest, JsonObject *object)
{
  const char *name = object != NULL ? vr_json_string (object, "name") : NULL;
  const char *sha256 = object != NULL ? vr_json_string (object, "sha256") : NULL;
  gint64 size_bytes
      = object != NULL ? json_object_get_int_member_with_default (object, "size_bytes", -1) : -1;
  if (name == NULL || strchr (name, '/') != NULL || name[0] == '.' || name[0] == '\0'
      || sha256 == NULL || !vr_digest_is_hex (sha256) || size_bytes < 0)
    return FALSE;
  vr_manifest_add_file (manifest, name, sha256, (guint64) size_bytes);
  return TRUE;
}

static gboolean
read_package (VrManifest *manifest, JsonObject *object)
{
  const char *name = object != NULL ? vr_json_string (object, "name") : NULL;
  const char *version = object != NULL ? vr_json_string (object, "version") : NULL;
  if (name == NULL || version == NULL)
    return FALSE;
  g_ptr_array_add (manifest->packages, vr_package_new (name, version, NULL));
  return TRUE;
}

static const char *
read_members (VrManifest *manifest, JsonObject *object)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    const char *value = vr_json_string (object, members[i].name);
    if (value == NULL)
      return members[i].name;
    *member (manifest, i) = g_strdup (value);
  }
  gint64 memory_mib = json_object_get_int_member_with_default (object, MEMORY, 0);
  if (memory_mib < 0)
    return MEMORY;
  manifest->memory_mib = (guint64) memory_mib;
  JsonArray *files = array_of (object, "files"), *packages = array_of (object, "packages");
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++)
    if (!read_file (manifest, element (files, i)))
      return "files";
  for (guint i = 0; packages != NULL && i < json_array_get_length (packages); i++)
    if (!read_package (manifest, element (packages, i)))
      return "packages";
  return files == NULL ? "files" : packages == NULL ? "packages" : NULL;
}

VrManifest *
vr_manifest_read (const char *path, GError **error)
{
  g_autoptr (JsonNode) root = vr_json_read_object (path, SCHEMA, error);
  if (root == NULL)
    return NULL;
  g_autoptr (VrManifest) manifest = vr_manifest_new ();
  const char *wrong = read_members (manifest, json_node_get_object (root));
  if (wrong != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "\"%s\": \"%s\" is missing or not as " SCHEMA " wants it; build the image anew",
                 path, wrong);
    return NULL;
  }
  return g_steal_pointer (&manifest);
}

static void
add_files (JsonBuilder *builder, const VrManifest *manifest)
{
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < manifest->files->len; i++) {
    const VrManifestFile *file = manifest->files->pdata[i];
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "name");
    json_builder_add_string_value (builder, file->name);
    json_builder_set_member_name (builder, "sha256");
    json_builder_add_string_value (builder, file->sha256);
    json_builder_set_member_name (builder, "size_bytes");
    json_builder_add_int_value (builder, (gint64) file->size_bytes);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_packages (JsonBuilder *builder, const VrManifest *manifest)
{
  json_builder_set_member_name (builder, "packages");
  json_builder_begin_array (builder);
  for (guint i = 0; i < manifest->packages->len; i++) {
    const VrPackage *package = manifest->packages->pdata[i];
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "name");
    json_builder_add_string_value (builder, package->name);
    json_builder_set_member_name (builder, "version");
    json_builder_add_string_value (builder, package->version);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

gboolean
vr_manifest_write (const VrManifest *manifest, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, SCHEMA);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    json_builder_set_member_name (builder, members[i].name);
    json_builder_add_string_value (builder, *member (manifest, i));
  }
  if (manifest->memory_mib != 0)
    vr_json_add_number (builder, MEMORY, manifest->memory_mib);
  add_files (builder, manifest);
  add_packages (builder, manifest);
  json_builder_end_object (builder);
  return vr_json_write (path, builder, error);
}
