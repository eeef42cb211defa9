/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apt in a root of its own: it asks the same mirrors as the host, and neither sees nor changes what
 * the host has installed. The only file that knows apt. */
#pragma once

#include "image/vr-package.h"
#include "image/vr-process.h"

typedef struct VrApt VrApt;

/* Makes or takes up the root below `cache_dir` for a release of Debian. `source` NULL: the host's
 * own Debian mirrors, by apt's lists of this host; a URI: an archive, such as a snapshot's; else a
 * directory with package archives, and nothing but it. VR_ERROR_HOST. */
VrApt *vr_apt_open (const char *cache_dir, const char *suite, const char *source, GError **error);
void vr_apt_free (VrApt *apt);

/* Where apt.conf and sources.list.d are, for builders. */
const char *vr_apt_directory (const VrApt *apt);

/* Fetches the lists of packages. VR_ERROR_HOST. */
gboolean vr_apt_update (VrApt *apt, GError **error);

/* What installing `wants` ("NAME" or "NAME=VERSION", NULL-terminated) on an empty system takes:
 * VrPackage with name, version and architecture. VR_ERROR_HOST with apt's words. */
GPtrArray *vr_apt_resolve (VrApt *apt, const char *const *wants, GError **error);

/* The names of those packages that the sources have not, or not in that version any more. */
char **vr_apt_gone (VrApt *apt, const GPtrArray *packages, GError **error);

/* Downloads the packages into `directory`; apt verifies them against the signed lists. Their names
 * there are NAME_VERSION_ARCHITECTURE.deb, a colon of the version as %3a. VR_ERROR_HOST. */
gboolean vr_apt_download (VrApt *apt, const GPtrArray *packages, const char *directory,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrApt, vr_apt_free)
