/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-recipe-doc.h"

#include <string.h>

#include "image/vr-recipe.h"

static void
append_escaped (GString *page, const char *text)
{
  for (; *text != '\0'; text++) {
    if (*text == '\\')
      g_string_append (page, "\\e");
    else if (*text == '-')
      g_string_append (page, "\\-");
    else
      g_string_append_c (page, *text);
  }
}

static void
append_key (GString *page, const VrRecipeKey *key)
{
  g_string_append (page, ".TP\n.B ");
  append_escaped (page, key->key);
  g_string_append_c (page, '\n');
  append_escaped (page, key->doc);
  g_string_append_printf (page, "\nThe value is %s.\n", vr_recipe_kind_text (key->kind));
  if (key->fallback != NULL && *key->fallback != '\0')
    g_string_append_printf (page, "Default: %s.\n", key->fallback);
  if (key->types != NULL)
    g_string_append_printf (page, "Only for images of type%.*s.\n", (int) strlen (key->types) - 1,
                            key->types);
}

char *
vr_recipe_man (void)
{
  guint count;
  const VrRecipeKey *keys = vr_recipe_keys (&count);
  GString *page = g_string_new (NULL);
  for (guint i = 0; i < count; i++) {
    if (i == 0 || strcmp (keys[i].section, keys[i - 1].section) != 0)
      g_string_append_printf (page, ".SS \"[%s]\"\n", keys[i].section);
    append_key (page, &keys[i]);
  }
  g_string_append (page, ".SS \"[packages]\"\nEach key is the name of a Debian package to have in "
                         "the image, with all that it depends on. The value, which may be left out "
                         "with the sign of equality, is its exact version.\n");
  return g_string_free (page, FALSE);
}
