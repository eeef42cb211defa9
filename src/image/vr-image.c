/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-image.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "image/vr-digest.h"
#include "image/vr-manifest.h"

#define STAMP_FILE ".verified"

void
vr_image_free (VrImage *image)
{
  g_free (image->name);
  g_free (image->type);
  g_free (image->directory);
  g_free (image->kernel);
  g_free (image->initrd);
  g_free (image->disk);
  g_free (image->command_line);
  g_free (image->kernel_version);
  g_free (image->digest);
  g_free (image);
}

static gboolean
refuse_file (const char *path, const char *name, const char *what, const char *wanted,
             const char *found, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
               "\"%s\" is not as the image's manifest has it: %s %s, found %s; build it anew with "
               "`vrkit image build %s`",
               path, what, wanted, found, name);
  return FALSE;
}

/* Sizes; and a text that changes whenever a file may have changed. */
static gboolean
check_sizes (const VrManifest *manifest, const char *directory, GString *stamp, GError **error)
{
  for (guint i = 0; i < manifest->files->len; i++) {
    const VrManifestFile *file = manifest->files->pdata[i];
    g_autofree char *path = g_build_filename (directory, file->name, NULL);
    g_autofree char *wanted = g_strdup_printf ("%" G_GUINT64_FORMAT, file->size_bytes);
    struct stat st;
    if (lstat (path, &st) != 0)
      return refuse_file (path, manifest->name, "size", wanted, g_strerror (errno), error);
    g_autofree char *found = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) st.st_size);
    if (!S_ISREG (st.st_mode))
      return refuse_file (path, manifest->name, "size", wanted, "no regular file", error);
    if (strcmp (wanted, found) != 0)
      return refuse_file (path, manifest->name, "size", wanted, found, error);
    g_string_append_printf (stamp, "%s %s %ju %ju %s %jd.%09ld %jd.%09ld\n", file->name,
                            file->sha256, (uintmax_t) st.st_dev, (uintmax_t) st.st_ino, found,
                            (intmax_t) st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                            (intmax_t) st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
  }
  return TRUE;
}

static gboolean
check_digests (const VrManifest *manifest, const char *directory, GError **error)
{
  for (guint i = 0; i < manifest->files->len; i++) {
    const VrManifestFile *file = manifest->files->pdata[i];
    g_autofree char *path = g_build_filename (directory, file->name, NULL);
    g_autofree char *found = vr_digest_file (path, NULL, error);
    if (found == NULL)
      return FALSE;
    if (strcmp (found, file->sha256) != 0)
      return refuse_file (path, manifest->name, "SHA-256", file->sha256, found, error);
  }
  return TRUE;
}

/* Somebody else's stamp, or one that somebody else may write, proves nothing. */
static gboolean
is_stamped (const char *directory, const char *stamp)
{
  g_autofree char *path = g_build_filename (directory, STAMP_FILE, NULL);
  g_autofree char *text = NULL;
  struct stat st;
  if (lstat (path, &st) != 0 || !S_ISREG (st.st_mode) || (st.st_mode & 022) != 0
      || (st.st_uid != 0 && st.st_uid != geteuid ()))
    return FALSE;
  return g_file_get_contents (path, &text, NULL, NULL) && strcmp (text, stamp) == 0;
}

static gboolean
check_files (const VrManifest *manifest, const char *directory, VrImageCheck check,
             gboolean remembered, GError **error)
{
  g_autoptr (GString) stamp = g_string_new (NULL);
  if (!check_sizes (manifest, directory, stamp, error))
    return FALSE;
  if (check == VR_IMAGE_STAT || (remembered && is_stamped (directory, stamp->str)))
    return TRUE;
  if (!check_digests (manifest, directory, error))
    return FALSE;
  /* Where it cannot be written the next check only takes longer. */
  g_autofree char *path = g_build_filename (directory, STAMP_FILE, NULL);
  g_file_set_contents_full (path, stamp->str, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL);
  return TRUE;
}

static char *
path_of (const VrManifest *manifest, const char *directory, const char *name)
{
  if (vr_manifest_find_file (manifest, name) == NULL)
    return NULL;
  return g_build_filename (directory, name, NULL);
}

static VrImage *
image_of (const VrManifest *manifest, const char *directory)
{
  VrImage *image = g_new0 (VrImage, 1);
  image->name = g_path_get_basename (directory);
  image->type = g_strdup (manifest->type);
  image->directory = g_strdup (directory);
  image->kernel = path_of (manifest, directory, "vmlinux");
  if (image->kernel == NULL)
    image->kernel = path_of (manifest, directory, "vmlinuz");
  image->initrd = path_of (manifest, directory, "initrd");
  image->disk = path_of (manifest, directory, "disk.img");
  image->command_line = g_strdup (manifest->command_line);
  image->memory_mib = manifest->memory_mib;
  image->kernel_version = g_strdup (manifest->kernel_version);
  g_autoptr (GString) parts = g_string_new (NULL);
  for (guint i = 0; i < manifest->files->len; i++) {
    const VrManifestFile *file = manifest->files->pdata[i];
    g_string_append_printf (parts, "%s %s\n", file->name, file->sha256);
    image->size_bytes += file->size_bytes;
  }
  image->digest = vr_digest_text (parts->str);
  return image;
}

static VrImage *
open_image (const char *images_dir, const char *name, VrImageCheck check, gboolean remembered,
            GError **error)
{
  if (!vr_name_check ("image", name, error))
    return NULL;
  g_autofree char *directory = g_build_filename (images_dir, name, NULL);
  g_autofree char *path = g_build_filename (directory, VR_MANIFEST_FILE, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "there is no image \"%s\" in \"%s\": make it with `vrkit image build %s`", name,
                 images_dir, name);
    return NULL;
  }
  g_autoptr (VrManifest) manifest = vr_manifest_read (path, error);
  if (manifest == NULL || !check_files (manifest, directory, check, remembered, error))
    return NULL;
  g_autoptr (VrImage) image = image_of (manifest, directory);
  if (image->kernel == NULL || image->initrd == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
                 "\"%s\" names no %s: build the image anew with `vrkit image build %s`", path,
                 image->kernel == NULL ? "kernel" : "initrd", name);
    return NULL;
  }
  return g_steal_pointer (&image);
}

VrImage *
vr_image_open (const char *images_dir, const char *name, VrImageCheck check, GError **error)
{
  return open_image (images_dir, name, check, TRUE, error);
}

VrImage *
vr_image_verify (const char *images_dir, const char *name, GError **error)
{
  return open_image (images_dir, name, VR_IMAGE_DIGEST, FALSE, error);
}

static gint
compare_images (gconstpointer a, gconstpointer b)
{
  const VrImage *one = *(VrImage *const *) a, *other = *(VrImage *const *) b;
  return strcmp (one->name, other->name);
}

GPtrArray *
vr_image_list (const char *images_dir, GError **error)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_image_free);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (images_dir, 0, &cause);
  if (dir == NULL && !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot list the images: %s", cause->message);
    return NULL;
  }
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *directory = g_build_filename (images_dir, name, NULL);
    g_autofree char *path = g_build_filename (directory, VR_MANIFEST_FILE, NULL);
    g_autoptr (VrManifest) manifest
        = vr_name_check ("image", name, NULL) && g_file_test (path, G_FILE_TEST_EXISTS)
              ? vr_manifest_read (path, NULL)
              : NULL;
    if (manifest != NULL)
      g_ptr_array_add (images, image_of (manifest, directory));
  }
  g_ptr_array_sort (images, compare_images);
  return g_steal_pointer (&images);
}
