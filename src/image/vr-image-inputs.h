/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an image is made of besides its recipe and packages, as one digest. */
#pragma once

#include "image/vr-recipe.h"

/* Over the builder's scripts in `data_dir`, the overlay, the local kernel and configuration that
 * the recipe names, and vrkit's own programs in `own_dir`, which is NULL where there is none:
 * paths, whether executable, and contents. VR_ERROR_HOST. */
char *vr_image_inputs_digest (const VrRecipe *recipe, const char *data_dir, const char *own_dir,
                              GError **error);
