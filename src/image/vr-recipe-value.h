/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of a recipe: from text into a field, and back as text. Builders put them into paths and
 * arguments, so each kind admits only characters that mean nothing there. */
#pragma once

#include "image/vr-recipe.h"

/* Parses `text` for the row into the field. VR_ERROR_PROFILE with the value and what is wanted. */
gboolean vr_recipe_value_read (const VrRecipeKey *key, const char *recipe_path, const char *text,
                               gpointer field, GError **error);

/* The field's value as lines of text, one a word of a list; none where nothing is set. */
char **vr_recipe_value_lines (const VrRecipeKey *key, gconstpointer field);

void vr_recipe_value_clear (const VrRecipeKey *key, gpointer field);
