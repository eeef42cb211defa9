/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lock: the packages of an image, each of one version and digest; schema vrkit.image-lock/1. No
 * address of a mirror stands in it. */
#pragma once

#include "image/vr-package.h"

typedef struct {
  char *recipe_sha256; /* vr_recipe_digest() of what it was resolved from */
  GPtrArray *packages; /* VrPackage, owned, ordered */
} VrLock;

/* Takes the packages. */
VrLock *vr_lock_new (const char *recipe_sha256, GPtrArray *packages);
void vr_lock_free (VrLock *lock);

/* VR_ERROR_HOST when the file cannot be read or is no lock; the message names it. */
VrLock *vr_lock_read (const char *path, GError **error);
gboolean vr_lock_write (const VrLock *lock, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrLock, vr_lock_free)
