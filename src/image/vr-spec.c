/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-spec.h"

#include <string.h>

#include "base/vr-error.h"
#include "image/vr-recipe-value.h"
#include "image/vr-package-store.h"

#define SCHEMA "vrkit.image-spec/1"
/* 2023-11-14T22:13:20Z: the time of every file in an image, whenever it is built. */
#define EPOCH_S 1700000000

/* A recipe's keys as the builders know them. */
static const struct {
  const char *section, *key, *name;
} names[] = {
  { "image", "name", "name" },
  { "image", "type", "type" },
  { "image", "suite", "suite" },
  { "image", "size", "size" },
  { "image", "memory", "memory" },
  { "image", "command-line", "command_line" },
  { "image", "programs", "program" },
  { "kernel", "package", "kernel.package" },
  { "kernel", "version", "kernel.version" },
  { "kernel", "file", "kernel.file" },
  { "kernel", "modules", "kernel.modules" },
  { "kernel", "source", "kernel.source" },
  { "kernel", "flavour", "kernel.flavour" },
  { "kernel", "config", "kernel.config" },
  { "modules", "load", "module.load" },
  { "modules", "keep", "module.keep" },
  { "files", "overlay", "overlay" },
  { "files", "own", "own" },
  { "exclude", "packages", "exclude.package" },
  { "exclude", "paths", "exclude.path" },
};

static const char *
name_of (const VrRecipeKey *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i].section, key->section) == 0 && strcmp (names[i].key, key->key) == 0)
      return names[i].name;
  g_assert_not_reached ();
}

static gboolean
write_text (const char *work_dir, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (work_dir, name, NULL);
  g_autoptr (GError) cause = NULL;
  if (g_file_set_contents (path, text, -1, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", path, cause->message);
  return FALSE;
}

gboolean
vr_spec_write (const VrRecipe *recipe, const char *cache_dir, const char *own_dir,
               const char *work_dir, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "schema=" SCHEMA "\nepoch=%d\ncache=%s\n", EPOCH_S, cache_dir);
  if (recipe->own[0] != NULL)
    g_string_append_printf (text, "own_directory=%s\n", own_dir);
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  for (guint i = 0; i < count; i++) {
    g_auto (GStrv) lines
        = vr_recipe_value_lines (&keys[i], G_STRUCT_MEMBER_P (recipe, keys[i].offset));
    for (char **line = lines; *line != NULL; line++)
      g_string_append_printf (text, "%s=%s\n", name_of (&keys[i]), *line);
  }
  for (guint i = 0; i < recipe->packages->len; i++) {
    const VrRecipePackage *package = recipe->packages->pdata[i];
    gboolean any = package->version == NULL;
    g_string_append_printf (text, "package=%s%s%s\n", package->name, any ? "" : "=",
                            any ? "" : package->version);
  }
  return write_text (work_dir, "spec", text->str, error);
}

gboolean
vr_spec_write_packages (const GPtrArray *packages, const char *cache_dir, const char *work_dir,
                        GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < packages->len; i++) {
    const VrPackage *package = packages->pdata[i];
    g_autofree char *path = vr_package_store_path (cache_dir, package->sha256);
    g_string_append_printf (text, "%s\t%s\t%s\t%" G_GUINT64_FORMAT "\t%s\t%s\n", package->name,
                            package->version, package->architecture, package->size_bytes,
                            package->sha256, path);
  }
  return write_text (work_dir, "packages", text->str, error);
}

gboolean
vr_spec_write_pins (const GPtrArray *packages, const char *work_dir, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < packages->len; i++) {
    const VrPackage *package = packages->pdata[i];
    g_string_append_printf (text, "Package: %s\nPin: version %s\nPin-Priority: 1001\n\n",
                            package->name, package->version);
  }
  return write_text (work_dir, "pins", text->str, error);
}

static VrPackage *
parse_package (const char *text)
{
  g_auto (GStrv) fields = g_strsplit (text, " ", -1);
  if (g_strv_length (fields) != 3 || !vr_package_is_name (fields[0])
      || !vr_package_is_version (fields[1]) || !vr_package_is_name (fields[2]))
    return NULL;
  return vr_package_new (fields[0], fields[1], fields[2]);
}

static gboolean
parse_line (const char *line, char **kernel_version, GPtrArray *packages)
{
  VrPackage *package = NULL;
  if (g_str_has_prefix (line, "package="))
    package = parse_package (line + strlen ("package="));
  if (package != NULL) {
    g_ptr_array_add (packages, package);
    return TRUE;
  }
  if (!g_str_has_prefix (line, "kernel_version=") || *kernel_version != NULL)
    return *line == '\0';
  *kernel_version = g_strdup (line + strlen ("kernel_version="));
  return TRUE;
}

gboolean
vr_spec_read_result (const char *work_dir, char **kernel_version, GPtrArray **packages,
                     GError **error)
{
  g_autofree char *path = g_build_filename (work_dir, "result", NULL);
  g_autofree char *text = NULL;
  g_autofree char *version = NULL;
  g_autoptr (GPtrArray) found = vr_package_array_new ();
  if (!g_file_get_contents (path, &text, NULL, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "the builder left no \"%s\"", path);
    return FALSE;
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    if (!parse_line (*line, &version, found)) {
      g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "\"%s\": cannot read \"%s\"", path, *line);
      return FALSE;
    }
  }
  if (version == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "\"%s\" names no kernel_version", path);
    return FALSE;
  }
  *kernel_version = g_steal_pointer (&version);
  *packages = g_steal_pointer (&found);
  return TRUE;
}
