/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-image-packages.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "image/vr-apt.h"
#include "image/vr-lock-changes.h"
#include "image/vr-package-store.h"

#define RECIPE_SUFFIX ".recipe"
#define SOURCE_PREFIX "linux-source-"
#define CONFIG_PREFIX "linux-config-"

void
vr_image_tell (const VrImageBuild *request, const char *format, ...)
{
  if (request->progress == NULL)
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  request->progress (line, request->progress_data);
}

void
vr_image_tell_changes (const VrImageBuild *request, const VrLock *before, const VrLock *after)
{
  if (before == NULL)
    return;
  g_auto (GStrv) changes = vr_lock_changes (before, after);
  if (changes[0] == NULL)
    vr_image_tell (request, "no package differs from the lock");
  for (char **change = changes; *change != NULL; change++)
    vr_image_tell (request, "changed: %s", *change);
}

char *
vr_image_lock_path (const char *recipe_path)
{
  gsize length = strlen (recipe_path);
  if (g_str_has_suffix (recipe_path, RECIPE_SUFFIX))
    length -= strlen (RECIPE_SUFFIX);
  return g_strdup_printf ("%.*s.lock", (int) length, recipe_path);
}

static char *
want (const char *name, const char *version)
{
  return version == NULL ? g_strdup (name) : g_strdup_printf ("%s=%s", name, version);
}

char **
vr_image_packages_wanted (const VrRecipe *recipe)
{
  g_autoptr (GPtrArray) wants = g_ptr_array_new ();
  for (guint i = 0; i < recipe->packages->len; i++) {
    const VrRecipePackage *package = recipe->packages->pdata[i];
    g_ptr_array_add (wants, want (package->name, package->version));
  }
  if (recipe->kernel_package != NULL)
    g_ptr_array_add (wants, want (recipe->kernel_package, recipe->kernel_version));
  g_ptr_array_add (wants, NULL);
  return (char **) g_ptr_array_steal (wants, NULL);
}

static gboolean
is_excluded (const VrRecipe *recipe, const char *name)
{
  for (char **pattern = recipe->exclude_packages; *pattern != NULL; pattern++)
    if (g_pattern_match_simple (*pattern, name))
      return TRUE;
  return FALSE;
}

/* The kernel's source and its configuration, without the tools that they depend on: those are the
 * machine's, not the image's. */
static gboolean
resolve_source (VrApt *apt, const VrRecipe *recipe, GPtrArray *packages, GError **error)
{
  if (recipe->kernel_source == NULL)
    return TRUE;
  gboolean known = g_str_has_prefix (recipe->kernel_source, SOURCE_PREFIX);
  g_autofree char *source = want (recipe->kernel_source, recipe->kernel_version);
  g_autofree char *config
      = recipe->kernel_flavour == NULL || !known
            ? NULL
            : g_strconcat (CONFIG_PREFIX, recipe->kernel_source + strlen (SOURCE_PREFIX), NULL);
  const char *wants[] = { source, config, NULL };
  g_autoptr (GPtrArray) all = vr_apt_resolve (apt, wants, error);
  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->len; i++) {
    const VrPackage *package = all->pdata[i];
    if (strcmp (package->name, recipe->kernel_source) == 0
        || g_strcmp0 (package->name, config) == 0)
      g_ptr_array_add (packages, vr_package_copy (package));
  }
  return TRUE;
}

/* Package names in a lock are unique, so one closure is enough: amd64 and all alone are asked for.
 */
static GPtrArray *
resolve (VrApt *apt, const VrRecipe *recipe, GError **error)
{
  g_auto (GStrv) wants = vr_image_packages_wanted (recipe);
  g_autoptr (GPtrArray) all = vr_apt_resolve (apt, (const char *const *) wants, error);
  if (all == NULL)
    return NULL;
  g_autoptr (GPtrArray) packages = vr_package_array_new ();
  for (guint i = 0; i < all->len; i++) {
    const VrPackage *package = all->pdata[i];
    if (!is_excluded (recipe, package->name))
      g_ptr_array_add (packages, vr_package_copy (package));
  }
  if (!resolve_source (apt, recipe, packages, error))
    return NULL;
  return g_steal_pointer (&packages);
}

static gboolean
download (const VrImageBuild *request, VrApt *apt, GPtrArray *packages, GError **error)
{
  if (packages->len == 0)
    return TRUE;
  g_autofree char *directory = g_build_filename (vr_apt_directory (apt), "cache", "archives", NULL);
  vr_image_tell (request, "downloading %u packages", packages->len);
  return vr_apt_download (apt, packages, directory, error)
         && vr_package_store_add (request->cache_dir, directory, packages, error);
}

/* A package that is in the store in the version found is not fetched again. */
static void
take_known (const char *cache_dir, const GPtrArray *known, GPtrArray *packages)
{
  for (guint i = 0; known != NULL && i < packages->len; i++) {
    VrPackage *package = packages->pdata[i];
    const VrPackage *same = vr_package_find (known, package->name);
    if (same == NULL || same->sha256 == NULL || strcmp (same->version, package->version) != 0
        || strcmp (same->architecture, package->architecture) != 0)
      continue;
    g_autofree char *path = vr_package_store_path (cache_dir, same->sha256);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    package->sha256 = g_strdup (same->sha256);
    package->filename = g_strdup (same->filename);
    package->size_bytes = same->size_bytes;
  }
}

static VrLock *
lock_anew (const VrImageBuild *request, const VrRecipe *recipe, VrApt *apt, const VrLock *before,
           GError **error)
{
  vr_image_tell (request, "resolving the packages of %s", recipe->name);
  g_autoptr (GPtrArray) packages = resolve (apt, recipe, error);
  if (packages == NULL)
    return NULL;
  take_known (request->cache_dir, before != NULL ? before->packages : NULL, packages);
  g_autoptr (GPtrArray) missing = vr_package_store_missing (request->cache_dir, packages);
  if (!download (request, apt, missing, error))
    return NULL;
  g_autofree char *digest = vr_recipe_digest (recipe, VR_RECIPE_RESOLVES);
  g_autoptr (VrLock) lock = vr_lock_new (digest, g_steal_pointer (&packages));
  vr_image_tell_changes (request, before, lock);
  if (request->lock == VR_IMAGE_LOCK_UPDATE) {
    g_autofree char *path = vr_image_lock_path (request->recipe_path);
    if (!vr_lock_write (lock, path, error))
      return NULL;
  }
  return g_steal_pointer (&lock);
}

static VrApt *
open_apt (const VrImageBuild *request, const VrRecipe *recipe, GError **error)
{
  g_autoptr (VrApt) apt = vr_apt_open (request->cache_dir, recipe->suite, request->source, error);
  if (apt == NULL)
    return NULL;
  vr_image_tell (request, "fetching the lists of packages");
  return vr_apt_update (apt, error) ? g_steal_pointer (&apt) : NULL;
}

/* Why the lock as it is cannot be used at all, or NULL. */
static const char *
objection (const VrImageBuild *request, const VrRecipe *recipe, const VrLock *lock)
{
  if (request->lock == VR_IMAGE_LOCK_UPDATE)
    return "a new one is wanted";
  if (lock == NULL)
    return "there is none";
  g_autofree char *digest = vr_recipe_digest (recipe, VR_RECIPE_RESOLVES);
  return strcmp (digest, lock->recipe_sha256) == 0 ? NULL : "it belongs to another recipe";
}

static void
refuse_lock (const char *path, const char *why, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "the lock \"%s\" cannot be kept to: %s; build without --locked, or make a new lock "
               "with --update-lock",
               path, why);
}

/* The lock beside the recipe; NULL without error where there is none. */
static VrLock *
read_lock (const char *path, GError **error)
{
  return g_file_test (path, G_FILE_TEST_EXISTS) ? vr_lock_read (path, error) : NULL;
}

gboolean
vr_image_lock_check (const VrImageBuild *request, const VrRecipe *recipe, GError **error)
{
  g_autofree char *path = vr_image_lock_path (request->recipe_path);
  g_autoptr (GError) cause = NULL;
  if (request->lock != VR_IMAGE_LOCK_REQUIRE)
    return TRUE;
  g_autoptr (VrLock) lock = read_lock (path, &cause);
  const char *why = cause == NULL ? objection (request, recipe, lock) : NULL;
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (why != NULL)
    refuse_lock (path, why, error);
  else
    return TRUE;
  return FALSE;
}

static VrLock *
replace_lock (const VrImageBuild *request, const VrRecipe *recipe, const VrLock *lock,
              const char *why, GError **error)
{
  g_autofree char *path = vr_image_lock_path (request->recipe_path);
  if (request->lock == VR_IMAGE_LOCK_REQUIRE) {
    refuse_lock (path, why, error);
    return NULL;
  }
  vr_image_tell (request, "the lock %s is not used: %s", path, why);
  g_autoptr (VrApt) apt = open_apt (request, recipe, error);
  return apt != NULL ? lock_anew (request, recipe, apt, lock, error) : NULL;
}

/* Why packages of the lock cannot be had, or NULL where all can; also NULL with an error. */
static char *
why_gone (VrApt *apt, const VrLock *lock, const GPtrArray *packages, GError **error)
{
  g_auto (GStrv) gone = vr_apt_gone (apt, packages, error);
  if (gone == NULL || gone[0] == NULL)
    return NULL;
  const VrPackage *first = vr_package_find (lock->packages, gone[0]);
  g_autofree char *all = g_strjoinv (", ", gone);
  return g_strdup_printf ("the source has no %s%s%s any more (gone: %s)", gone[0],
                          first != NULL ? " " : "", first != NULL ? first->version : "", all);
}

/* Takes the lock. */
static VrLock *
fetch_locked (const VrImageBuild *request, const VrRecipe *recipe, VrLock *taken, GError **error)
{
  g_autoptr (VrLock) lock = taken;
  g_autoptr (GPtrArray) missing = vr_package_store_missing (request->cache_dir, lock->packages);
  if (missing->len == 0)
    return g_steal_pointer (&lock);
  g_autoptr (VrApt) apt = open_apt (request, recipe, error);
  if (apt == NULL)
    return NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree char *why = why_gone (apt, lock, missing, &cause);
  if (why != NULL)
    return replace_lock (request, recipe, lock, why, error);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  return download (request, apt, missing, error) ? g_steal_pointer (&lock) : NULL;
}

VrLock *
vr_image_packages_get (const VrImageBuild *request, const VrRecipe *recipe, GError **error)
{
  g_autofree char *path = vr_image_lock_path (request->recipe_path);
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLock) lock = read_lock (path, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  const char *why = objection (request, recipe, lock);
  if (why != NULL)
    return replace_lock (request, recipe, lock, why, error);
  return fetch_locked (request, recipe, g_steal_pointer (&lock), error);
}

gboolean
vr_image_packages_pin (const VrImageBuild *request, const VrRecipe *recipe, VrLock **lock,
                       GError **error)
{
  g_autofree char *path = vr_image_lock_path (request->recipe_path);
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLock) kept = read_lock (path, &cause);
  g_autofree char *why = cause == NULL ? g_strdup (objection (request, recipe, kept)) : NULL;
  if (cause == NULL && why == NULL) {
    g_autoptr (VrApt) apt = open_apt (request, recipe, &cause);
    why = apt != NULL ? why_gone (apt, kept, kept->packages, &cause) : NULL;
  }
  *lock = NULL;
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (why != NULL && request->lock == VR_IMAGE_LOCK_REQUIRE) {
    refuse_lock (path, why, error);
    return FALSE;
  }
  if (why == NULL)
    *lock = g_steal_pointer (&kept);
  else
    vr_image_tell (request, "the lock %s is not used: %s", path, why);
  return TRUE;
}
