/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-recipe.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "image/vr-digest.h"
#include "image/vr-package.h"
#include "image/vr-recipe-value.h"

#define PACKAGES_SECTION "packages"
#define SIZE_MAX_BYTES (1024 * 1024)
#define PACKAGES_MAX 1000

typedef struct {
  VrRecipe *recipe;
  guint line;
  char *section;    /* NULL before the first */
  GHashTable *seen; /* "section" or "section.key" → line */
} Reader;

static gpointer
field_of (const VrRecipe *recipe, const VrRecipeKey *key)
{
  return G_STRUCT_MEMBER_P (recipe, key->offset);
}

static void
package_free (gpointer data)
{
  VrRecipePackage *package = data;
  g_free (package->name);
  g_free (package->version);
  g_free (package);
}

static VrRecipe *
recipe_new (const char *path)
{
  VrRecipe *recipe = g_new0 (VrRecipe, 1);
  recipe->path = g_strdup (path);
  recipe->packages = g_ptr_array_new_with_free_func (package_free);
  return recipe;
}

void
vr_recipe_free (VrRecipe *recipe)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  for (guint i = 0; i < count; i++)
    vr_recipe_value_clear (&keys[i], field_of (recipe, &keys[i]));
  g_ptr_array_unref (recipe->packages);
  g_free (recipe->path);
  g_free (recipe);
}

static gboolean refuse (const Reader *reader, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
refuse (const Reader *reader, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s:%u: %s", reader->recipe->path, reader->line,
               text);
  return FALSE;
}

/* Sections, or the keys of one; each once, NULL-terminated, the strings the table's. */
static const char **
known_words (const char *section)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  if (section == NULL)
    g_ptr_array_add (words, (gpointer) PACKAGES_SECTION);
  for (guint i = 0; i < count; i++) {
    const char *word = section == NULL ? keys[i].section : keys[i].key;
    gboolean fits = section == NULL || strcmp (section, keys[i].section) == 0;
    if (fits && !g_ptr_array_find_with_equal_func (words, word, g_str_equal, NULL))
      g_ptr_array_add (words, (gpointer) word);
  }
  g_ptr_array_add (words, NULL);
  return (const char **) g_ptr_array_steal (words, NULL);
}

static gboolean
refuse_word (const Reader *reader, const char *what, const char *word, const char *section,
             GError **error)
{
  g_autofree const char **words = known_words (section);
  g_autofree char *quoted = vr_name_quote (word);
  g_autofree char *all = g_strjoinv (", ", (char **) words);
  const char *meant = vr_name_suggest (word, words);
  if (meant != NULL)
    return refuse (reader, error, "unknown %s \"%s\": did you mean \"%s\"?", what, quoted, meant);
  return refuse (reader, error, "unknown %s \"%s\": there are %s", what, quoted, all);
}

static gboolean
note_once (Reader *reader, const char *what, const char *word, GError **error)
{
  guint first = GPOINTER_TO_UINT (g_hash_table_lookup (reader->seen, word));
  if (first != 0)
    return refuse (reader, error, "%s %s stands a second time, first in line %u", what, word,
                   first);
  g_hash_table_insert (reader->seen, g_strdup (word), GUINT_TO_POINTER (reader->line));
  return TRUE;
}

static gboolean
read_section (Reader *reader, char *line, GError **error)
{
  gsize length = strlen (line);
  if (line[length - 1] != ']')
    return refuse (reader, error, "a section ends with ]: write [image]");
  line[length - 1] = '\0';
  const char *section = g_strstrip (line + 1);
  g_autofree const char **sections = known_words (NULL);
  if (!g_strv_contains (sections, section))
    return refuse_word (reader, "section", section, NULL, error);
  g_free (reader->section);
  reader->section = g_strdup (section);
  return note_once (reader, "section", section, error);
}

static gboolean
read_package (Reader *reader, const char *name, const char *version, GError **error)
{
  g_autofree char *quoted = vr_name_quote (name);
  if (!vr_package_is_name (name))
    return refuse (reader, error, "\"%s\" is not %s", quoted,
                   vr_recipe_kind_text (VR_RECIPE_PACKAGE));
  g_autofree char *quoted_version = vr_name_quote (version != NULL ? version : "");
  if (version != NULL && !vr_package_is_version (version))
    return refuse (reader, error, "%s = \"%s\" is not %s", name, quoted_version,
                   vr_recipe_kind_text (VR_RECIPE_VERSION));
  if (reader->recipe->packages->len == PACKAGES_MAX)
    return refuse (reader, error, "more than %d packages", PACKAGES_MAX);
  g_autofree char *word = g_strconcat (PACKAGES_SECTION ".", name, NULL);
  if (!note_once (reader, "package", word, error))
    return FALSE;
  VrRecipePackage *package = g_new0 (VrRecipePackage, 1);
  package->name = g_strdup (name);
  package->version = g_strdup (version);
  g_ptr_array_add (reader->recipe->packages, package);
  return TRUE;
}

static const VrRecipeKey *
find_key (const char *section, const char *name)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  for (guint i = 0; i < count; i++)
    if (strcmp (keys[i].section, section) == 0 && strcmp (keys[i].key, name) == 0)
      return &keys[i];
  return NULL;
}

static gboolean
read_key (Reader *reader, const char *name, const char *value, GError **error)
{
  const VrRecipeKey *key = find_key (reader->section, name);
  if (key == NULL)
    return refuse_word (reader, "key", name, reader->section, error);
  if (value == NULL || *value == '\0')
    return refuse (reader, error, "%s has no value: write %s = %s", name, name,
                   vr_recipe_kind_text (key->kind));
  g_autofree char *word = g_strconcat (key->section, ".", key->key, NULL);
  if (!note_once (reader, "key", word, error))
    return FALSE;
  g_autoptr (GError) cause = NULL;
  if (!vr_recipe_value_read (key, reader->recipe->path, value, field_of (reader->recipe, key),
                             &cause))
    return refuse (reader, error, "%s", cause->message);
  return TRUE;
}

static gboolean
read_line (Reader *reader, char *line, GError **error)
{
  if (line[0] == '[')
    return read_section (reader, line, error);
  if (reader->section == NULL)
    return refuse (reader, error, "a key before the first section: begin with [image]");
  char *value = strchr (line, '=');
  if (value != NULL) {
    *value = '\0';
    value = g_strstrip (value + 1);
  }
  const char *name = g_strstrip (line);
  return strcmp (reader->section, PACKAGES_SECTION) == 0 ? read_package (reader, name, value, error)
                                                         : read_key (reader, name, value, error);
}

/* A line that begins with a blank goes on with the one above; # begins a comment. */
static gboolean
read_lines (Reader *reader, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) whole = g_string_new (NULL);
  guint number = 0;
  for (char **line = lines;; line++) {
    number++;
    gboolean goes_on = *line != NULL && (**line == ' ' || **line == '\t');
    if (*line != NULL) {
      (*line)[strcspn (*line, "#")] = '\0';
      g_strstrip (*line);
      if (**line == '\0')
        continue;
    }
    if (!goes_on && whole->len > 0) {
      if (!read_line (reader, whole->str, error))
        return FALSE;
      g_string_truncate (whole, 0);
    }
    if (*line == NULL)
      return TRUE;
    if (whole->len == 0)
      reader->line = number;
    else
      g_string_append_c (whole, ' ');
    g_string_append (whole, *line);
  }
}

static gboolean
takes (const VrRecipe *recipe, const VrRecipeKey *key)
{
  g_autofree char *word = g_strdup_printf (" %s ", recipe->type);
  return key->types == NULL || strstr (key->types, word) != NULL;
}

static gboolean
check_types (Reader *reader, GError **error)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  for (guint i = 0; i < count; i++) {
    g_autofree char *word = g_strconcat (keys[i].section, ".", keys[i].key, NULL);
    guint line = GPOINTER_TO_UINT (g_hash_table_lookup (reader->seen, word));
    reader->line = line;
    if (line != 0 && !takes (reader->recipe, &keys[i]))
      return refuse (reader, error, "an image of type %s takes no %s", reader->recipe->type, word);
  }
  return TRUE;
}

static gboolean
check_kernel (Reader *reader, GError **error)
{
  const VrRecipe *recipe = reader->recipe;
  guint line = GPOINTER_TO_UINT (g_hash_table_lookup (reader->seen, "kernel"));
  reader->line = MAX (line, 1);
  guint given = (recipe->kernel_package != NULL) + (recipe->kernel_file != NULL)
                + (recipe->kernel_source != NULL);
  if (given != 1)
    return refuse (reader, error, "[kernel] wants one of package, file and source, not %u of them",
                   given);
  if ((recipe->kernel_file != NULL) != (recipe->kernel_modules != NULL))
    return refuse (reader, error, "[kernel] file and modules go together");
  if (recipe->kernel_version != NULL && recipe->kernel_file != NULL)
    return refuse (reader, error, "[kernel] version is for package and source, not for file");
  if (recipe->kernel_source == NULL
      && (recipe->kernel_config != NULL || recipe->kernel_flavour != NULL))
    return refuse (reader, error, "[kernel] config and flavour are for source");
  return TRUE;
}

static gboolean
check_whole (Reader *reader, GError **error)
{
  VrRecipe *recipe = reader->recipe;
  const char *missing = recipe->name == NULL                                            ? "name"
                        : recipe->type == NULL                                          ? "type"
                        : recipe->packages->len == 0                                    ? "packages"
                        : recipe->overlay == NULL                                       ? "overlay"
                        : strcmp (recipe->type, "host") == 0 && recipe->size_bytes == 0 ? "size"
                                                                                        : NULL;
  reader->line = 1;
  if (missing != NULL)
    return refuse (reader, error, "the recipe has no %s", missing);
  return check_types (reader, error) && check_kernel (reader, error);
}

static void
fill_defaults (VrRecipe *recipe)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  for (guint i = 0; i < count; i++) {
    gpointer field = field_of (recipe, &keys[i]);
    if (keys[i].fallback != NULL && *(gpointer *) field == NULL)
      vr_recipe_value_read (&keys[i], recipe->path, keys[i].fallback, field, NULL);
  }
  if (recipe->command_line == NULL)
    recipe->command_line = g_strdup ("");
}

static gint
compare_packages (gconstpointer a, gconstpointer b)
{
  const VrRecipePackage *one = *(VrRecipePackage *const *) a;
  const VrRecipePackage *other = *(VrRecipePackage *const *) b;
  return strcmp (one->name, other->name);
}

VrRecipe *
vr_recipe_parse (const char *path, const char *text, GError **error)
{
  g_autoptr (VrRecipe) recipe = recipe_new (path);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Reader reader = { .recipe = recipe, .line = 1, .seen = seen };
  gboolean good = read_lines (&reader, text, error) && check_whole (&reader, error);
  g_free (reader.section);
  if (!good)
    return NULL;
  fill_defaults (recipe);
  g_ptr_array_sort (recipe->packages, compare_packages);
  return g_steal_pointer (&recipe);
}

VrRecipe *
vr_recipe_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (GError) cause = NULL;
  if (!g_file_get_contents (path, &text, &length, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read the recipe: %s", cause->message);
    return NULL;
  }
  if (length > SIZE_MAX_BYTES || strlen (text) != length || !g_utf8_validate (text, -1, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s:1: no text in UTF-8 of at most %d bytes",
                 path, SIZE_MAX_BYTES);
    return NULL;
  }
  return vr_recipe_parse (path, text, error);
}

/* A path stands for what the recipe's directory holds: only its last part counts. */
static void
digest_key (GString *text, const VrRecipe *recipe, const VrRecipeKey *key)
{
  g_auto (GStrv) lines = vr_recipe_value_lines (key, field_of (recipe, key));
  for (char **line = lines; *line != NULL; line++) {
    g_autofree char *base = key->kind == VR_RECIPE_PATH ? g_path_get_basename (*line) : NULL;
    g_string_append_printf (text, "%s.%s=%s\n", key->section, key->key,
                            base != NULL ? base : *line);
  }
}

char *
vr_recipe_digest (const VrRecipe *recipe, VrRecipeEffect effect)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < count; i++)
    if (effect == VR_RECIPE_BUILDS || keys[i].effect == VR_RECIPE_RESOLVES)
      digest_key (text, recipe, &keys[i]);
  for (guint i = 0; i < recipe->packages->len; i++) {
    const VrRecipePackage *package = recipe->packages->pdata[i];
    g_string_append_printf (text, PACKAGES_SECTION ".%s=%s\n", package->name,
                            package->version != NULL ? package->version : "");
  }
  return vr_digest_text (text->str);
}
