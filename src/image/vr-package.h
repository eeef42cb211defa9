/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Debian package of one version, as locks and manifests name it. */
#pragma once

#include <glib.h>

typedef struct {
  char *name;
  char *version;
  char *architecture;
  char *filename; /* the archive's, without a directory; NULL where nothing was downloaded by us */
  char *sha256;   /* of the file, hex; NULL likewise */
  guint64 size_bytes;
} VrPackage;

VrPackage *vr_package_new (const char *name, const char *version, const char *architecture);
VrPackage *vr_package_copy (const VrPackage *package);
void vr_package_free (VrPackage *package);

/* An empty array that owns VrPackages. */
GPtrArray *vr_package_array_new (void);

/* The one of that name, or NULL; owned by the array. */
const VrPackage *vr_package_find (const GPtrArray *packages, const char *name);

/* Orders by name, then architecture. */
void vr_package_array_sort (GPtrArray *packages);

/* Whether the text may be a package's name or version (Debian policy 5.6.1 and 5.6.12), and so may
 * stand in an argument of apt. */
gboolean vr_package_is_name (const char *text);
gboolean vr_package_is_version (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPackage, vr_package_free)
