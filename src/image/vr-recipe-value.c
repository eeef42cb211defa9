/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-recipe-value.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "image/vr-package.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const char *
vr_recipe_kind_text (VrRecipeKind kind)
{
  static const char *const texts[] = {
    [VR_RECIPE_NAME] = "a name: a lower-case letter, then letters, digits and hyphens",
    [VR_RECIPE_TYPE] = "a type of image: router or host",
    [VR_RECIPE_PACKAGE] = "a name of a Debian package",
    [VR_RECIPE_VERSION] = "a version of a Debian package",
    [VR_RECIPE_PATH] = "a path of letters, digits and ._+/- without \"..\" above the recipe",
    [VR_RECIPE_SIZE] = "a size of whole MiB, as 128M or 2G",
    [VR_RECIPE_WORDS] = ("a list of names, paths and patterns (letters, digits and ._+:@/*?-), "
                         "none beginning with / or holding \"..\""),
    [VR_RECIPE_ARGUMENTS] = "arguments of the kernel (letters, digits and ._,=:/+- and blanks)",
  };
  return texts[kind];
}

static gboolean
has_only (const char *text, const char *characters)
{
  return text[0] != '\0' && text[strspn (text, characters)] == '\0';
}

static gboolean
climbs (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  return g_strv_contains ((const char *const *) parts, "..");
}

static gboolean
is_word (const char *word)
{
  return has_only (word, ALNUM "._+:@/*?-") && word[0] != '/' && word[0] != '-' && !climbs (word);
}

static gboolean
are_words (char **words)
{
  for (; *words != NULL; words++)
    if (!is_word (*words))
      return FALSE;
  return TRUE;
}

static char **
split_words (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, ", \t", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      g_strv_builder_add (builder, *part);
  return g_strv_builder_end (builder);
}

static gboolean
is_good_text (VrRecipeKind kind, const char *text)
{
  switch (kind) {
  case VR_RECIPE_NAME:
    return vr_name_check ("image", text, NULL);
  case VR_RECIPE_TYPE:
    return g_strv_contains (vr_recipe_types (), text);
  case VR_RECIPE_PACKAGE:
    return vr_package_is_name (text);
  case VR_RECIPE_VERSION:
    return vr_package_is_version (text);
  case VR_RECIPE_PATH:
    return has_only (text, ALNUM "._+/-") && !climbs (text);
  case VR_RECIPE_ARGUMENTS:
    return has_only (text, ALNUM "._,=:/+- ");
  case VR_RECIPE_SIZE:
  case VR_RECIPE_WORDS:
    break;
  }
  return TRUE;
}

static gboolean
refuse (const VrRecipeKey *key, const char *text, GError **error)
{
  g_autofree char *quoted = vr_name_quote (text);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s = \"%s\" is not %s", key->key, quoted,
               vr_recipe_kind_text (key->kind));
  return FALSE;
}

static char *
absolute (const char *recipe_path, const char *text)
{
  g_autofree char *directory = g_path_get_dirname (recipe_path);
  return g_canonicalize_filename (text, g_path_is_absolute (directory) ? directory : NULL);
}

gboolean
vr_recipe_value_read (const VrRecipeKey *key, const char *recipe_path, const char *text,
                      gpointer field, GError **error)
{
  if (!is_good_text (key->kind, text))
    return refuse (key, text, error);
  if (key->kind == VR_RECIPE_WORDS) {
    g_auto (GStrv) words = split_words (text);
    if (!are_words (words))
      return refuse (key, text, error);
    *(char ***) field = g_steal_pointer (&words);
  } else if (key->kind == VR_RECIPE_SIZE) {
    guint64 size;
    if (!vr_unit_parse_size (text, &size, NULL) || size % MIB != 0)
      return refuse (key, text, error);
    *(guint64 *) field = size;
  } else {
    *(char **) field = key->kind == VR_RECIPE_PATH ? absolute (recipe_path, text) : g_strdup (text);
  }
  return TRUE;
}

char **
vr_recipe_value_lines (const VrRecipeKey *key, gconstpointer field)
{
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  if (key->kind == VR_RECIPE_WORDS)
    return g_strdupv (*(char **const *) field);
  if (key->kind == VR_RECIPE_SIZE) {
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, *(const guint64 *) field);
    if (*(const guint64 *) field != 0)
      g_strv_builder_add (lines, text);
  } else if (*(char *const *) field != NULL) {
    g_strv_builder_add (lines, *(char *const *) field);
  }
  return g_strv_builder_end (lines);
}

void
vr_recipe_value_clear (const VrRecipeKey *key, gpointer field)
{
  if (key->kind == VR_RECIPE_WORDS)
    g_clear_pointer ((char ***) field, g_strfreev);
  else if (key->kind != VR_RECIPE_SIZE)
    g_clear_pointer ((char **) field, g_free);
}
