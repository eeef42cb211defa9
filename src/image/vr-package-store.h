/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downloaded packages, each a file named by its SHA-256. */
#pragma once

#include "image/vr-package.h"

/* The file's path for a digest, whether it is there or not. */
char *vr_package_store_path (const char *cache_dir, const char *sha256);

/* Those of the packages that are not in the store; the array owns nothing. A file whose content is
 * not what its name says is removed, and counts as missing. */
GPtrArray *vr_package_store_missing (const char *cache_dir, const GPtrArray *packages);

/* Moves DIRECTORY/NAME_VERSION_ARCHITECTURE.deb of each package into the store. A package with a
 * digest must have that one (else VR_ERROR_VERIFY); one without is given digest, size and file
 * name. VR_ERROR_HOST where the file is missing or cannot be moved. */
gboolean vr_package_store_add (const char *cache_dir, const char *directory, GPtrArray *packages,
                               GError **error);
