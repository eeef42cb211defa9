/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Package archives (.deb) on disk: what they are, and a directory of them. */
#pragma once

#include "image/vr-package.h"

typedef struct {
  char *path;
  VrPackage *package; /* name, version and architecture */
} VrArchive;

void vr_archive_free (VrArchive *archive);

/* All archives in and below the directory, ordered by path. VR_ERROR_HOST where it cannot be read,
 * holds none, or one is broken. */
GPtrArray *vr_archive_scan (const char *directory, GError **error);

/* The one with that package's name, version and architecture, or NULL; owned by the array. */
const VrArchive *vr_archive_find (const GPtrArray *archives, const VrPackage *package);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrArchive, vr_archive_free)
