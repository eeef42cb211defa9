/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "base/vr-name.h"
#include "cli/vr-cli.h"
#include "image/vr-image-build.h"
#include "image/vr-image.h"

#define DEFAULT_CACHE_DIR "/var/cache/vrkit"
#define RECIPE_SUFFIX ".recipe"

static char *recipes_dir, *cache_dir, *source;
static gboolean locked, update_lock, force;

static const GOptionEntry options[] = {
  { "recipes", 0, 0, G_OPTION_ARG_FILENAME, &recipes_dir,
    "build: where recipes and builders are (default: those that came with the program)", "DIR" },
  { "cache", 0, 0, G_OPTION_ARG_FILENAME, &cache_dir,
    "build: where packages are kept (default: " DEFAULT_CACHE_DIR ")", "DIR" },
  { "source", 0, 0, G_OPTION_ARG_STRING, &source,
    "build: an archive's URI, or a directory of .deb files, instead of this host's mirrors",
    "SOURCE" },
  { "locked", 0, 0, G_OPTION_ARG_NONE, &locked,
    "build: only the versions of the lock; one that is gone is an error", NULL },
  { "update-lock", 0, 0, G_OPTION_ARG_NONE, &update_lock,
    "build: resolve anew, and write the lock beside the recipe", NULL },
  { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "build: even where nothing has changed", NULL },
  { 0 },
};

/* guest-image/ beside the build directory, or where it is installed. */
static char *
find_recipes (GError **error)
{
  static const char *const places[] = { "../guest-image", "../share/vrkit/guest-image" };
  if (recipes_dir != NULL)
    return g_canonicalize_filename (recipes_dir, NULL);
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *directory = g_path_get_dirname (program != NULL ? program : ".");
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_canonicalize_filename (places[i], directory);
    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      return g_steal_pointer (&path);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "there are no recipes in \"%s/%s\" nor in \"%s/%s\": name their directory with "
               "--recipes",
               directory, places[0], directory, places[1]);
  return NULL;
}

/* vrkit's programs for guests beside this one, or where they are installed; NULL: nowhere. */
static char *
find_own (void)
{
  static const char *const places[] = { "guest", "../libexec/vrkit/guest" };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *directory = g_path_get_dirname (program != NULL ? program : ".");
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_canonicalize_filename (places[i], directory);
    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      return g_steal_pointer (&path);
  }
  return NULL;
}

static const char *
suggest_recipe (const char *directory, const char *name)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *entry;
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (entry, RECIPE_SUFFIX))
      g_ptr_array_add (names, g_strndup (entry, strlen (entry) - strlen (RECIPE_SUFFIX)));
  g_ptr_array_add (names, NULL);
  return g_intern_string (vr_name_suggest (name, (const char *const *) names->pdata));
}

/* A path stands for itself, a name for that recipe in the directory. */
static char *
recipe_path (const char *directory, const char *argument, GError **error)
{
  if (strchr (argument, '/') != NULL || g_str_has_suffix (argument, RECIPE_SUFFIX))
    return g_strdup (argument);
  if (!vr_name_check ("image", argument, error)) {
    vr_cli_blame_option ("NAME", error);
    return NULL;
  }
  g_autofree char *file = g_strconcat (argument, RECIPE_SUFFIX, NULL);
  g_autofree char *path = g_build_filename (directory, file, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  const char *meant = suggest_recipe (directory, argument);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "there is no recipe \"%s\" in \"%s\"%s%s%s",
               argument, directory, meant != NULL ? ": did you mean " : "",
               meant != NULL ? meant : "", meant != NULL ? "?" : "");
  return NULL;
}

static void
add_image (JsonBuilder *builder, const VrImage *image)
{
  const struct {
    const char *name, *value;
  } members[] = {
    { "name", image->name },
    { "type", image->type },
    { "directory", image->directory },
    { "kernel_version", image->kernel_version },
    { "command_line", image->command_line },
    { "digest", image->digest },
  };
  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    json_builder_set_member_name (builder, members[i].name);
    json_builder_add_string_value (builder, members[i].value);
  }
  vr_json_add_number (builder, "memory_mib", image->memory_mib);
  vr_json_add_number (builder, "size_bytes", image->size_bytes);
  json_builder_end_object (builder);
}

static gboolean
print_images (const VrCli *cli, const GPtrArray *images, GError **error)
{
  if (!cli->json) {
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < images->len; i++) {
      const VrImage *image = images->pdata[i];
      g_string_append_printf (text, "%-20s %-7s %6" G_GUINT64_FORMAT " MiB  %-24s %.12s\n",
                              image->name, image->type, image->size_bytes >> 20,
                              image->kernel_version, image->digest);
    }
    return text->len == 0 || vr_cli_print (text->str, error);
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, "vrkit.images/1");
  json_builder_set_member_name (builder, "images");
  json_builder_begin_array (builder);
  for (guint i = 0; i < images->len; i++)
    add_image (builder, images->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autofree char *text = vr_json_text (builder, VR_JSON_PRETTY);
  return vr_cli_print (text, error);
}

static gboolean
print_image (const VrCli *cli, VrImage *image, GError **error)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new ();
  g_ptr_array_add (images, image);
  return print_images (cli, images, error);
}

static void
tell (const char *line, gpointer data)
{
  vr_cli_note (data, "%s", line);
}

static gboolean
build (VrCli *cli, const char *argument, GError **error)
{
  if (locked && update_lock) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--locked and --update-lock contradict");
    return FALSE;
  }
  if (argument == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "usage: vrkit image build NAME|RECIPE");
    return FALSE;
  }
  g_autofree char *directory = find_recipes (error);
  g_autofree char *path = directory != NULL ? recipe_path (directory, argument, error) : NULL;
  if (path == NULL)
    return FALSE;
  g_autofree char *own_dir = find_own ();
  VrImageBuild request = {
    .recipe_path = path,
    .images_dir = cli->site.images_dir,
    .cache_dir = cache_dir != NULL ? cache_dir : DEFAULT_CACHE_DIR,
    .data_dir = directory,
    .own_dir = own_dir,
    .source = source,
    .lock = locked        ? VR_IMAGE_LOCK_REQUIRE
            : update_lock ? VR_IMAGE_LOCK_UPDATE
                          : VR_IMAGE_LOCK_PREFER,
    .when = force ? VR_IMAGE_ALWAYS : VR_IMAGE_IF_CHANGED,
    .progress = tell,
    .progress_data = cli,
  };
  g_autoptr (VrImage) image = NULL;
  return vr_image_build (&request, &image, error) && print_image (cli, image, error);
}

static gboolean
list (VrCli *cli, const char *argument, GError **error)
{
  if (argument != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "usage: vrkit image list");
    return FALSE;
  }
  g_autoptr (GPtrArray) images = vr_image_list (cli->site.images_dir, error);
  if (images == NULL)
    return FALSE;
  if (images->len == 0)
    vr_cli_note (cli, "there is no image in %s", cli->site.images_dir);
  return print_images (cli, images, error);
}

static gboolean
verify (VrCli *cli, const char *argument, GError **error)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GPtrArray) images = NULL;
  g_autoptr (GPtrArray) good = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_image_free);
  if (argument == NULL) {
    images = vr_image_list (cli->site.images_dir, error);
    if (images == NULL)
      return FALSE;
  }
  for (guint i = 0; i < (images != NULL ? images->len : 1); i++) {
    const char *name = images != NULL ? ((VrImage *) images->pdata[i])->name : argument;
    g_autoptr (GError) cause = NULL;
    VrImage *image = vr_image_verify (cli->site.images_dir, name, &cause);
    if (image != NULL)
      g_ptr_array_add (good, image);
    vr_cli_keep_first (cli, &first, &cause);
  }
  if ((good->len > 0 || first == NULL) && !print_images (cli, good, error))
    return FALSE;
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  static const struct {
    const char *name;
    gboolean (*run) (VrCli *cli, const char *argument, GError **error);
  } verbs[] = { { "build", build }, { "list", list }, { "verify", verify } };
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].name, arguments[0]) == 0)
      return verbs[i].run (cli, arguments[1], error) ? 0 : 1;
  static const char *const names[] = { "build", "list", "verify", NULL };
  const char *meant = vr_name_suggest (arguments[0], names);
  g_autofree char *quoted = vr_name_quote (arguments[0]);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "image has no verb \"%s\": %s%s", quoted,
               meant != NULL ? "did you mean " : "there are build, list, verify",
               meant != NULL ? meant : "");
  return VR_ERROR_USAGE;
}

const VrCommand *
vr_cmd_image (void)
{
  static const VrCommand command = {
    .name = "image",
    .synopsis = "build NAME|RECIPE | list | verify [NAME]",
    .summary = "build, list and verify the images that guests run",
    .doc
    = "build makes an image of a recipe, see vrkit-image(5): packages come from this host's "
      "mirrors of Debian in the versions of the lock beside the recipe. A version that the mirrors "
      "have no more is resolved anew, and what changed is told; with --locked it is an error. "
      "Where the image is there already and nothing has changed, nothing is done. A host's image "
      "needs root. list shows all images. verify reads every file of one or all, and compares it "
      "with the image's manifest: exit status 9 where one differs; those that are right are "
      "listed. "
      "With --json the schema is "
      "vrkit.images/1: images (name, type, directory, kernel_version, command_line, digest, "
      "memory_mib, size_bytes).",
    .options = options,
    .least = 1,
    .most = 2,
    .run = run,
  };
  return &command;
}
