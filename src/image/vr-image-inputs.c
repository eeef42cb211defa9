/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-image-inputs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "image/vr-digest.h"

static gboolean add_path (GString *text, const char *name, const char *path, GError **error);

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static gboolean
add_directory (GString *text, const char *name, const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &cause);
  if (dir == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s", cause->message);
    return FALSE;
  }
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_free);
  const char *entry;
  while ((entry = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (entries, g_strdup (entry));
  g_ptr_array_sort (entries, compare_names);
  for (guint i = 0; i < entries->len; i++) {
    g_autofree char *inner = g_build_filename (path, entries->pdata[i], NULL);
    g_autofree char *inner_name = g_build_filename (name, entries->pdata[i], NULL);
    if (!add_path (text, inner_name, inner, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_path (GString *text, const char *name, const char *path, GError **error)
{
  struct stat st;
  if (lstat (path, &st) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot read \"%s\"", path);
    return FALSE;
  }
  if (S_ISDIR (st.st_mode))
    return add_directory (text, name, path, error);
  g_autofree char *content
      = S_ISLNK (st.st_mode) ? g_file_read_link (path, NULL) : vr_digest_file (path, NULL, error);
  if (content == NULL)
    return FALSE;
  g_string_append_printf (text, "%s %c %s\n", name, st.st_mode & S_IXUSR ? 'x' : '-', content);
  return TRUE;
}

/* The scripts that an image of a type is built with; NULL-terminated. */
static const char *const *
scripts_of (const char *type)
{
  static const char *const host[] = { "build-host", "lib.sh", "make-ext4", NULL };
  static const char *const router[]
      = { "build-router", "build-kernel", "lib.sh", "unpack-vmlinux", NULL };
  return strcmp (type, "host") == 0 ? host : router;
}

static gboolean
add_own (GString *text, const VrRecipe *recipe, const char *own_dir, GError **error)
{
  for (char **name = recipe->own; *name != NULL; name++) {
    g_autofree char *path = g_build_filename (own_dir != NULL ? own_dir : "", *name, NULL);
    if (own_dir == NULL || strchr (*name, '/') != NULL
        || !g_file_test (path, G_FILE_TEST_IS_EXECUTABLE)) {
      g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                   "%s: own = %s: vrkit has no such program for guests in \"%s\"", recipe->path,
                   *name, own_dir != NULL ? own_dir : "libexec/vrkit/guest");
      return FALSE;
    }
    if (!add_path (text, *name, path, error))
      return FALSE;
  }
  return TRUE;
}

/* A local kernel's modules are told by the kernel they belong to: hashing them would take long. */
char *
vr_image_inputs_digest (const VrRecipe *recipe, const char *data_dir, const char *own_dir,
                        GError **error)
{
  const char *const files[] = { recipe->overlay, recipe->kernel_file, recipe->kernel_config };
  static const char *const names[] = { "overlay", "kernel", "config" };
  g_autoptr (GString) text = g_string_new (NULL);
  for (const char *const *script = scripts_of (recipe->type); *script != NULL; script++) {
    g_autofree char *path = g_build_filename (data_dir, *script, NULL);
    if (!add_path (text, *script, path, error))
      return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (files[i] != NULL && !add_path (text, names[i], files[i], error))
      return NULL;
  if (!add_own (text, recipe, own_dir, error))
    return NULL;
  return vr_digest_text (text->str);
}
