/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a recipe and the lock beside it to packages that lie in the store. */
#pragma once

#include "image/vr-image-build.h"
#include "image/vr-lock.h"
#include "image/vr-recipe.h"

/* The path of the lock that belongs to the request's recipe. */
char *vr_image_lock_path (const char *recipe_path);

/* Whether a request that is to keep to the lock beside the recipe can; VR_ERROR_HOST where there is
 * none, or it is of another recipe. */
gboolean vr_image_lock_check (const VrImageBuild *request, const VrRecipe *recipe, GError **error);

/* A lock whose packages are all in the store: the one beside the recipe, or a new one where that is
 * missing, of another recipe, or names what is gone, which is told as progress. With
 * VR_IMAGE_LOCK_UPDATE it is also written beside the recipe. Errors as vr_image_build(). */
VrLock *vr_image_packages_get (const VrImageBuild *request, const VrRecipe *recipe, GError **error);

/* The lock beside the recipe of a host, whose packages its builder fetches itself, where the source
 * has all of them; NULL in `*lock` where nothing is to be kept to, and why is told as progress.
 * With VR_IMAGE_LOCK_REQUIRE that is VR_ERROR_HOST. */
gboolean vr_image_packages_pin (const VrImageBuild *request, const VrRecipe *recipe, VrLock **lock,
                                GError **error);

/* What the recipe asks of apt: "NAME" or "NAME=VERSION". */
char **vr_image_packages_wanted (const VrRecipe *recipe);

/* Tells what differs, a line each, where `before` is not NULL. */
void vr_image_tell_changes (const VrImageBuild *request, const VrLock *before, const VrLock *after);

/* A line of progress. */
void vr_image_tell (const VrImageBuild *request, const char *format, ...) G_GNUC_PRINTF (2, 3);
