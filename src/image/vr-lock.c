/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-lock.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "image/vr-digest.h"

#define SCHEMA "vrkit.image-lock/1"

VrLock *
vr_lock_new (const char *recipe_sha256, GPtrArray *packages)
{
  VrLock *lock = g_new0 (VrLock, 1);
  lock->recipe_sha256 = g_strdup (recipe_sha256);
  lock->packages = packages;
  vr_package_array_sort (packages);
  return lock;
}

void
vr_lock_free (VrLock *lock)
{
  g_free (lock->recipe_sha256);
  g_ptr_array_unref (lock->packages);
  g_free (lock);
}

static gboolean
is_file_name (const char *name)
{
  return name[0] != '\0' && name[0] != '.' && strpbrk (name, "/\n\t") == NULL;
}

/* Names and versions become arguments of apt, digests names of files: nothing else passes. A
 * package of a host image has no file, since its builder fetched it. */
static VrPackage *
read_package (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  if (object == NULL)
    return NULL;
  const char *name = vr_json_string (object, "name"), *version = vr_json_string (object, "version");
  const char *architecture = vr_json_string (object, "architecture");
  const char *filename = vr_json_string (object, "filename");
  const char *sha256 = vr_json_string (object, "sha256");
  gint64 size_bytes = json_object_get_int_member_with_default (object, "size_bytes", 0);
  if (name == NULL || !vr_package_is_name (name) || version == NULL
      || !vr_package_is_version (version) || architecture == NULL
      || !vr_package_is_name (architecture) || (filename == NULL) != (sha256 == NULL)
      || (filename != NULL && !is_file_name (filename))
      || (sha256 != NULL && !vr_digest_is_hex (sha256)) || size_bytes < 0)
    return NULL;
  VrPackage *package = vr_package_new (name, version, architecture);
  package->filename = g_strdup (filename);
  package->sha256 = g_strdup (sha256);
  package->size_bytes = (guint64) size_bytes;
  return package;
}

VrLock *
vr_lock_read (const char *path, GError **error)
{
  g_autoptr (JsonNode) root = vr_json_read_object (path, SCHEMA, error);
  if (root == NULL)
    return NULL;
  JsonObject *object = json_node_get_object (root);
  const char *recipe_sha256 = vr_json_string (object, "recipe_sha256");
  JsonNode *list = json_object_get_member (object, "packages");
  g_autoptr (GPtrArray) packages = vr_package_array_new ();
  gboolean good = recipe_sha256 != NULL && list != NULL && JSON_NODE_HOLDS_ARRAY (list);
  guint count = good ? json_array_get_length (json_node_get_array (list)) : 0;
  for (guint i = 0; good && i < count; i++) {
    VrPackage *package = read_package (json_array_get_element (json_node_get_array (list), i));
    good = package != NULL;
    if (good)
      g_ptr_array_add (packages, package);
  }
  if (!good) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "\"%s\" is no lock of schema " SCHEMA " (package %u): remove it, and it is made "
                 "anew",
                 path, packages->len + 1);
    return NULL;
  }
  return vr_lock_new (recipe_sha256, g_steal_pointer (&packages));
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  if (value == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

gboolean
vr_lock_write (const VrLock *lock, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_string (builder, "schema", SCHEMA);
  add_string (builder, "recipe_sha256", lock->recipe_sha256);
  json_builder_set_member_name (builder, "packages");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lock->packages->len; i++) {
    const VrPackage *package = lock->packages->pdata[i];
    json_builder_begin_object (builder);
    add_string (builder, "name", package->name);
    add_string (builder, "version", package->version);
    add_string (builder, "architecture", package->architecture);
    add_string (builder, "filename", package->filename);
    if (package->sha256 != NULL) {
      json_builder_set_member_name (builder, "size_bytes");
      json_builder_add_int_value (builder, (gint64) package->size_bytes);
    }
    add_string (builder, "sha256", package->sha256);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_write (path, builder, error);
}
