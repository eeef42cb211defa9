/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work directory between vr-image-build and the builders, as guest-image/README.md has it. */
#pragma once

#include "image/vr-package.h"
#include "image/vr-recipe.h"

/* WORK/spec. `cache_dir` is for what the builder downloads, `own_dir` has own programs.
 * VR_ERROR_HOST. */
gboolean vr_spec_write (const VrRecipe *recipe, const char *cache_dir, const char *own_dir,
                        const char *work_dir, GError **error);

/* WORK/packages, with each package's file in the store below `cache_dir`. VR_ERROR_HOST. */
gboolean vr_spec_write_packages (const GPtrArray *packages, const char *cache_dir,
                                 const char *work_dir, GError **error);

/* WORK/pins: the versions that apt is to take, as apt_preferences(5) has them. A pin of more than
 * 1000 also goes back to an older version. VR_ERROR_HOST. */
gboolean vr_spec_write_pins (const GPtrArray *packages, const char *work_dir, GError **error);

/* WORK/result: the kernel's version, and the packages that the builder resolved itself (none for a
 * router). VR_ERROR_INTERNAL where the builder broke its contract. */
gboolean vr_spec_read_result (const char *work_dir, char **kernel_version, GPtrArray **packages,
                              GError **error);
