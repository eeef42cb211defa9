/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-image-build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "image/vr-apt.h"
#include "image/vr-digest.h"
#include "image/vr-image-inputs.h"
#include "image/vr-image-packages.h"
#include "image/vr-lock-changes.h"
#include "image/vr-lock.h"
#include "image/vr-manifest.h"
#include "image/vr-recipe.h"
#include "image/vr-spec.h"

#define LOCK_FILE "lock"

/* One build under way. */
typedef struct {
  const VrImageBuild *request;
  const VrRecipe *recipe;
  const char *inputs_sha256;
  char *lock_path;   /* beside the recipe */
  char *work_dir;    /* below the cache */
  char *staging_dir; /* the image to be, beside the image that is */
  char *image_dir;
} Build;

static void
build_clear (Build *build)
{
  g_free (build->lock_path);
  g_free (build->work_dir);
  g_free (build->staging_dir);
  g_free (build->image_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Build, build_clear)

static gboolean
make_directory (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0755) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", path);
  return FALSE;
}

static gboolean
remove_tree (const char *path, GError **error)
{
  const char *argv[] = { "rm", "-rf", "--", path, NULL };
  return vr_process_stream (argv, NULL, NULL, NULL, error);
}

static gboolean
take_cache (const char *cache_dir, VrFd *fd, GError **error)
{
  g_autofree char *path = g_build_filename (cache_dir, LOCK_FILE, NULL);
  if (!make_directory (cache_dir, error))
    return FALSE;
  *fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (*fd < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", path);
    return FALSE;
  }
  if (flock (*fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "another build uses the cache \"%s\": wait for it, or name another cache",
               cache_dir);
  return FALSE;
}

/* "" where there is no lock. */
static char *
digest_or_none (const char *path)
{
  g_autofree char *digest = vr_digest_file (path, NULL, NULL);
  return digest != NULL ? g_steal_pointer (&digest) : g_strdup ("");
}

static VrImage *
image_as_it_is (const Build *build)
{
  const VrImageBuild *request = build->request;
  g_autofree char *path = g_build_filename (build->image_dir, VR_MANIFEST_FILE, NULL);
  g_autoptr (VrManifest) manifest = vr_manifest_read (path, NULL);
  if (manifest == NULL || request->when == VR_IMAGE_ALWAYS || request->lock == VR_IMAGE_LOCK_UPDATE)
    return NULL;
  g_autofree char *recipe_sha256 = vr_recipe_digest (build->recipe, VR_RECIPE_BUILDS);
  g_autofree char *lock_sha256 = digest_or_none (build->lock_path);
  const char *of_image = request->lock == VR_IMAGE_LOCK_REQUIRE ? manifest->lock_sha256
                                                                : manifest->wanted_lock_sha256;
  if (strcmp (manifest->recipe_sha256, recipe_sha256) != 0
      || strcmp (manifest->inputs_sha256, build->inputs_sha256) != 0
      || strcmp (of_image, lock_sha256) != 0)
    return NULL;
  return vr_image_open (request->images_dir, build->recipe->name, VR_IMAGE_DIGEST, NULL);
}

/* The builder leaves its results where the image will be: WORK/out leads there. */
static gboolean
prepare (const Build *build, GError **error)
{
  g_autofree char *out = g_build_filename (build->work_dir, "out", NULL);
  if (!remove_tree (build->work_dir, error) || !remove_tree (build->staging_dir, error)
      || !make_directory (build->work_dir, error) || !make_directory (build->staging_dir, error))
    return FALSE;
  if (symlink (build->staging_dir, out) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", out);
    return FALSE;
  }
  return vr_spec_write (build->recipe, build->request->cache_dir, build->request->own_dir,
                        build->work_dir, error);
}

/* A host's builder runs apt itself, and finds its sources in WORK/apt, and the versions to keep to,
 * unless that is NULL, in WORK/pins. */
static gboolean
give_apt (const Build *build, const VrLock *kept, GError **error)
{
  g_autoptr (VrApt) apt = vr_apt_open (build->request->cache_dir, build->recipe->suite,
                                       build->request->source, error);
  g_autofree char *path = g_build_filename (build->work_dir, "apt", NULL);
  if (apt == NULL || (kept != NULL && !vr_spec_write_pins (kept->packages, build->work_dir, error)))
    return FALSE;
  if (symlink (vr_apt_directory (apt), path) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", path);
  return FALSE;
}

static gboolean
run_builder (const Build *build, GError **error)
{
  g_autofree char *name = g_strconcat ("build-", build->recipe->type, NULL);
  g_autofree char *script = g_build_filename (build->request->data_dir, name, NULL);
  const char *argv[] = { script, build->work_dir, NULL };
  return vr_process_stream (argv, NULL, build->request->progress, build->request->progress_data,
                            error);
}

/* What a host's builder resolved, against the lock beside the recipe. */
static VrLock *
lock_of_result (const Build *build, GPtrArray *packages, GError **error)
{
  const VrImageBuild *request = build->request;
  g_autofree char *digest = vr_recipe_digest (build->recipe, VR_RECIPE_RESOLVES);
  g_autoptr (VrLock) lock = vr_lock_new (digest, packages);
  g_autoptr (VrLock) before = NULL;
  if (g_file_test (build->lock_path, G_FILE_TEST_EXISTS)) {
    before = vr_lock_read (build->lock_path, error);
    if (before == NULL)
      return NULL;
  }
  vr_image_tell_changes (request, before, lock);
  g_auto (GStrv) changes = before != NULL ? vr_lock_changes (before, lock) : NULL;
  if (request->lock == VR_IMAGE_LOCK_REQUIRE && changes != NULL && changes[0] != NULL) {
    g_set_error (
        error, VR_ERROR, VR_ERROR_HOST,
        "the lock \"%s\" cannot be kept to: %s; build without --locked, or make a new lock "
        "with --update-lock",
        build->lock_path, changes[0]);
    return NULL;
  }
  if (request->lock == VR_IMAGE_LOCK_UPDATE && !vr_lock_write (lock, build->lock_path, error))
    return NULL;
  return g_steal_pointer (&lock);
}

static gboolean
add_files (const Build *build, VrManifest *manifest, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (build->staging_dir, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (build->staging_dir, name, NULL);
    guint64 size_bytes = 0;
    g_autofree char *sha256 = vr_digest_file (path, &size_bytes, error);
    if (sha256 == NULL)
      return FALSE;
    if (chmod (path, 0644) != 0) {
      vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot change the mode of \"%s\"", path);
      return FALSE;
    }
    vr_manifest_add_file (manifest, name, sha256, size_bytes);
  }
  return TRUE;
}

static gboolean
write_manifest (const Build *build, const VrLock *lock, const char *kernel_version, GError **error)
{
  g_autofree char *lock_path = g_build_filename (build->staging_dir, LOCK_FILE, NULL);
  g_autofree char *path = g_build_filename (build->staging_dir, VR_MANIFEST_FILE, NULL);
  g_autoptr (VrManifest) manifest = vr_manifest_new ();
  if (!vr_lock_write (lock, lock_path, error) || !add_files (build, manifest, error))
    return FALSE;
  manifest->name = g_strdup (build->recipe->name);
  manifest->type = g_strdup (build->recipe->type);
  manifest->kernel_version = g_strdup (kernel_version);
  manifest->command_line = g_strdup (build->recipe->command_line);
  manifest->memory_mib = build->recipe->memory_bytes >> 20;
  manifest->lock_sha256 = digest_or_none (lock_path);
  manifest->wanted_lock_sha256 = digest_or_none (build->lock_path);
  manifest->recipe_sha256 = vr_recipe_digest (build->recipe, VR_RECIPE_BUILDS);
  manifest->inputs_sha256 = g_strdup (build->inputs_sha256);
  for (guint i = 0; i < lock->packages->len; i++)
    g_ptr_array_add (manifest->packages, vr_package_copy (lock->packages->pdata[i]));
  return vr_manifest_write (manifest, path, error);
}

/* A reader sees the whole old image or the whole new one; what is written is on the disk first. */
static gboolean
swap_in (const Build *build, GError **error)
{
  g_auto (VrFd) fd = open (build->staging_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || syncfs (fd) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write \"%s\"", build->staging_dir);
    return FALSE;
  }
  gboolean exists = g_file_test (build->image_dir, G_FILE_TEST_EXISTS);
  if (renameat2 (AT_FDCWD, build->staging_dir, AT_FDCWD, build->image_dir,
                 exists ? RENAME_EXCHANGE : RENAME_NOREPLACE)
      != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot put the image to \"%s\"",
                        build->image_dir);
    return FALSE;
  }
  return !exists || remove_tree (build->staging_dir, error);
}

static gboolean
make_image (const Build *build, GError **error)
{
  gboolean is_host = strcmp (build->recipe->type, "host") == 0;
  g_autoptr (VrLock) lock = NULL, kept = NULL;
  if (is_host) {
    if (!vr_image_packages_pin (build->request, build->recipe, &kept, error))
      return FALSE;
  } else {
    lock = vr_image_packages_get (build->request, build->recipe, error);
    if (lock == NULL)
      return FALSE;
  }
  if (!prepare (build, error))
    return FALSE;
  if (is_host ? !give_apt (build, kept, error)
              : !vr_spec_write_packages (lock->packages, build->request->cache_dir, build->work_dir,
                                         error))
    return FALSE;
  g_autofree char *kernel_version = NULL;
  g_autoptr (GPtrArray) packages = NULL;
  if (!run_builder (build, error)
      || !vr_spec_read_result (build->work_dir, &kernel_version, &packages, error))
    return FALSE;
  if (is_host)
    lock = lock_of_result (build, g_steal_pointer (&packages), error);
  return lock != NULL && write_manifest (build, lock, kernel_version, error)
         && swap_in (build, error);
}

static void
build_init (Build *build, const VrImageBuild *request, const VrRecipe *recipe)
{
  g_autofree char *work = g_strconcat ("work-", recipe->name, NULL);
  g_autofree char *staging = g_strconcat (".new-", recipe->name, NULL);
  g_autofree char *images = g_canonicalize_filename (request->images_dir, NULL);
  g_autofree char *cache = g_canonicalize_filename (request->cache_dir, NULL);
  build->request = request;
  build->recipe = recipe;
  build->lock_path = vr_image_lock_path (request->recipe_path);
  build->work_dir = g_build_filename (cache, work, NULL);
  build->staging_dir = g_build_filename (images, staging, NULL);
  build->image_dir = g_build_filename (images, recipe->name, NULL);
}

gboolean
vr_image_build (const VrImageBuild *request, VrImage **built, GError **error)
{
  g_autoptr (VrRecipe) recipe = vr_recipe_read (request->recipe_path, error);
  if (recipe == NULL)
    return FALSE;
  g_autofree char *inputs
      = vr_image_inputs_digest (recipe, request->data_dir, request->own_dir, error);
  if (inputs == NULL)
    return FALSE;
  g_auto (Build) build = { .inputs_sha256 = inputs };
  build_init (&build, request, recipe);
  VrImage *image = image_as_it_is (&build);
  if (image != NULL) {
    vr_image_tell (request, "image %s is up to date", recipe->name);
    *built = image;
    return TRUE;
  }
  g_auto (VrFd) cache = -1;
  if (!vr_image_lock_check (request, recipe, error))
    return FALSE;
  if (!take_cache (request->cache_dir, &cache, error))
    return FALSE;
  gboolean made = make_image (&build, error);
  remove_tree (build.work_dir, NULL);
  if (!made)
    remove_tree (build.staging_dir, NULL);
  image = made ? vr_image_open (request->images_dir, recipe->name, VR_IMAGE_DIGEST, error) : NULL;
  if (image == NULL)
    return FALSE;
  *built = image;
  return TRUE;
}
