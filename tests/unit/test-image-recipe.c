/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/vr-error.h"
#include "image/vr-lock.h"
#include "image/vr-recipe.h"

#define PATH "/recipes/small.recipe"
#define IMAGE "[image]\nname = small\ntype = router\n"
#define KERNEL "[kernel]\npackage = linux-image-amd64\n"
#define REST "[packages]\niproute2\n[files]\noverlay = small\n"
#define WHOLE IMAGE KERNEL REST

static VrRecipe *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  VrRecipe *recipe = vr_recipe_parse (PATH, text, &error);
  g_assert_no_error (error);
  return recipe;
}

static void
test_whole (void)
{
  g_autoptr (VrRecipe) recipe = parse (
      "# a comment\n[image]\nname = small\ntype = router\nprograms = ip, ss\n  nft # more\n"
      "command-line = mitigations=off quiet\nmemory = 112M\n"
      "[kernel]\npackage = linux-image-amd64\nversion = 6.1.192-2\n"
      "[packages]\nzsh\nbird2 = 2.0.12-7\n"
      "[modules]\nload = virtio_net\nkeep = sch_*, act_*\n"
      "[files]\noverlay = files/small\nown = balance\n[exclude]\npaths = usr/share/doc, "
      "etc/init.d\n");
  g_assert_cmpstr (recipe->name, ==, "small");
  g_assert_cmpstr (recipe->suite, ==, "bookworm");
  g_assert_cmpstr (recipe->command_line, ==, "mitigations=off quiet");
  g_assert_cmpuint (g_strv_length (recipe->programs), ==, 3);
  g_assert_cmpstr (recipe->programs[2], ==, "nft");
  g_assert_cmpuint (recipe->memory_bytes, ==, 112 << 20);
  g_assert_cmpstr (recipe->kernel_version, ==, "6.1.192-2");
  g_assert_cmpstr (recipe->overlay, ==, "/recipes/files/small");
  g_assert_cmpuint (g_strv_length (recipe->own), ==, 1);
  g_assert_cmpstr (recipe->own[0], ==, "balance");
  g_assert_cmpuint (recipe->packages->len, ==, 2);
  const VrRecipePackage *first = recipe->packages->pdata[0], *second = recipe->packages->pdata[1];
  g_assert_cmpstr (first->name, ==, "bird2");
  g_assert_cmpstr (first->version, ==, "2.0.12-7");
  g_assert_cmpstr (second->name, ==, "zsh");
  g_assert_null (second->version);
  g_assert_cmpstr (recipe->modules_keep[1], ==, "act_*");
  g_assert_cmpuint (g_strv_length (recipe->exclude_packages), ==, 0);
}

/* Each text, and what its error begins with and holds. */
static const struct {
  const char *text, *place, *words;
} wrong[] = {
  { "name = small\n", PATH ":1: ", "before the first section" },
  { "[imag]\n", PATH ":1: ", "did you mean \"image\"" },
  { "[image\n", PATH ":1: ", "ends with ]" },
  { "\n\n[image]\nnam = x\n", PATH ":4: ", "did you mean \"name\"" },
  { "[image]\nfrobnicate = x\n", PATH ":2: ", "there are name" },
  { "[image]\nname =\n", PATH ":2: ", "has no value" },
  { "[image]\nname = ../../etc\n", PATH ":2: ", "is not a name" },
  { "[image]\nname = small\nname = other\n", PATH ":3: ", "first in line 2" },
  { IMAGE "[image]\n", PATH ":4: ", "second time" },
  { "[image]\nname = small\ntype = switch\n", PATH ":3: ", "router or host" },
  { IMAGE "[kernel]\npackage = linux; reboot\n", PATH ":5: ", "is not a name of a Debian package" },
  { IMAGE "[kernel]\npackage = linux-image\nversion = $(id)\n", PATH ":6: ", "is not a version" },
  { IMAGE "[kernel]\nfile = /boot/../etc/x\n", PATH ":5: ", "is not a path" },
  { IMAGE "[packages]\n-oDebug::x=1\n", PATH ":5: ", "is not a name of a Debian package" },
  { IMAGE "[packages]\nbird2\nbird2\n", PATH ":6: ", "first in line 5" },
  { IMAGE "[packages]\nbird2 = \n", PATH ":5: ", "is not a version" },
  { IMAGE "[files]\nown = ../vrkit\n", PATH ":5: ", "is not a list" },
  { IMAGE "[exclude]\npaths = ../etc/passwd\n", PATH ":5: ", "is not a list" },
  { IMAGE "[exclude]\npaths = /etc/passwd\n", PATH ":5: ", "is not a list" },
  { IMAGE "[image]\n", PATH ":4: ", "second time" },
  { IMAGE "command-line = quiet\" init=/bin/sh\n" KERNEL REST, PATH ":4: ", "is not arguments" },
  { IMAGE "memory = 1000K\n" KERNEL REST, PATH ":4: ", "is not a size of whole MiB" },
  { IMAGE REST, PATH ":1: ", "one of package, file and source, not 0" },
  { IMAGE "[kernel]\npackage = a0\nsource = linux-source-6.1\n" REST, PATH ":4: ", "not 2" },
  { IMAGE "[kernel]\nfile = vmlinuz\n" REST, PATH ":4: ", "file and modules go together" },
  { IMAGE KERNEL "config = x.config\n" REST, PATH ":4: ", "are for source" },
  { IMAGE "size = 2G\n" KERNEL REST, PATH ":4: ", "takes no image.size" },
  { IMAGE KERNEL, PATH ":1: ", "has no packages" },
  { "[image]\nname = small\ntype = host\n" KERNEL REST, PATH ":1: ", "has no size" },
};

static void
test_wrong (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (vr_recipe_parse (PATH, wrong[i].text, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, wrong[i].place));
    g_assert_nonnull (strstr (error->message, wrong[i].words));
  }
}

static void
test_digest (void)
{
  g_autoptr (VrRecipe) plain = parse (WHOLE);
  g_autoptr (VrRecipe) commented = parse ("# why\n" REST "\n" KERNEL IMAGE);
  g_autoptr (VrRecipe) pruned = parse (WHOLE "[exclude]\npaths = usr/share/doc\n");
  g_autoptr (VrRecipe) versioned = parse (IMAGE KERNEL "[packages]\niproute2 = 6.1.0-3\n"
                                                       "[files]\noverlay = small\n");
  g_autofree char *all = vr_recipe_digest (plain, VR_RECIPE_BUILDS);
  g_autofree char *all_commented = vr_recipe_digest (commented, VR_RECIPE_BUILDS);
  g_autofree char *all_pruned = vr_recipe_digest (pruned, VR_RECIPE_BUILDS);
  g_assert_cmpstr (all, ==, all_commented);
  g_assert_cmpstr (all, !=, all_pruned);
  g_autofree char *lock = vr_recipe_digest (plain, VR_RECIPE_RESOLVES);
  g_autofree char *lock_pruned = vr_recipe_digest (pruned, VR_RECIPE_RESOLVES);
  g_autofree char *lock_versioned = vr_recipe_digest (versioned, VR_RECIPE_RESOLVES);
  g_assert_cmpstr (lock, ==, lock_pruned);
  g_assert_cmpstr (lock, !=, lock_versioned);
}

static void
test_table (void)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  for (guint i = 0; i < count; i++) {
    g_assert_true (g_str_has_suffix (keys[i].doc, "."));
    g_assert_nonnull (vr_recipe_kind_text (keys[i].kind));
    for (guint j = i + 1; j < count; j++)
      g_assert_cmpuint (keys[i].offset, !=, keys[j].offset);
  }
}

/* A lock that is there is of that recipe, and has the source of a kernel that is to be built. */
static void
assert_locked (const VrRecipe *recipe, const char *directory)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.lock", directory, recipe->name);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLock) lock = vr_lock_read (path, &error);
  g_assert_no_error (error);
  g_autofree char *digest = vr_recipe_digest (recipe, VR_RECIPE_RESOLVES);
  g_assert_cmpstr (lock->recipe_sha256, ==, digest);
  if (recipe->kernel_source != NULL)
    g_assert_nonnull (vr_package_find (lock->packages, recipe->kernel_source));
}

static void
test_shipped (void)
{
  g_autofree char *directory = g_build_filename (VRKIT_SOURCE_DIR, "guest-image", NULL);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  g_assert_nonnull (dir);
  guint count = 0;
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, ".recipe"))
      continue;
    g_autofree char *path = g_build_filename (directory, name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (VrRecipe) recipe = vr_recipe_read (path, &error);
    g_assert_no_error (error);
    g_autofree char *file = g_strconcat (recipe->name, ".recipe", NULL);
    g_assert_cmpstr (file, ==, name);
    g_assert_true (g_file_test (recipe->overlay, G_FILE_TEST_IS_DIR));
    g_assert_true (recipe->kernel_config == NULL
                   || g_file_test (recipe->kernel_config, G_FILE_TEST_IS_REGULAR));
    assert_locked (recipe, directory);
    count++;
  }
  g_assert_cmpuint (count, >=, 1);
}

static void
test_unreadable (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_recipe_read ("/nowhere/x.recipe", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/recipe/whole", test_whole);
  g_test_add_func ("/image/recipe/wrong", test_wrong);
  g_test_add_func ("/image/recipe/digest", test_digest);
  g_test_add_func ("/image/recipe/table", test_table);
  g_test_add_func ("/image/recipe/shipped", test_shipped);
  g_test_add_func ("/image/recipe/unreadable", test_unreadable);
  return g_test_run ();
}
