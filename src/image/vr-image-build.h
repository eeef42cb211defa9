/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes an image of a recipe: resolves, downloads, builds, and replaces IMAGES/NAME as a whole. */
#pragma once

#include "image/vr-image.h"
#include "image/vr-process.h"

/* What the lock beside the recipe (NAME.lock for NAME.recipe) means. */
typedef enum {
  VR_IMAGE_LOCK_PREFER,  /* as it says while it can be had; else resolved anew, which is told */
  VR_IMAGE_LOCK_REQUIRE, /* as it says, or VR_ERROR_HOST */
  VR_IMAGE_LOCK_UPDATE,  /* resolved anew, and written beside the recipe */
} VrImageLock;

/* Whether an image that is there and made of the same recipe, lock and inputs is taken as it is. */
typedef enum { VR_IMAGE_IF_CHANGED, VR_IMAGE_ALWAYS } VrImageWhen;

typedef struct {
  const char *recipe_path;
  const char *images_dir;
  const char *cache_dir; /* packages, apt's lists, and the work directory */
  const char *data_dir;  /* where the builders are: guest-image/ */
  const char *own_dir;   /* where vrkit's programs for guests are; NULL: nowhere */
  const char *source;    /* see vr_apt_open() */
  VrImageLock lock;
  VrImageWhen when;
  VrProcessLine progress; /* may be NULL */
  gpointer progress_data;
} VrImageBuild;

/* VR_ERROR_PROFILE: the recipe, with file and line. VR_ERROR_HOST: a package cannot be had, or the
 * builder failed. VR_ERROR_BUSY: another build uses the cache. VR_ERROR_VERIFY: a download is not
 * what the lock says. The image that was there stays as it was on any error. */
gboolean vr_image_build (const VrImageBuild *request, VrImage **built, GError **error);
