/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an image says of itself: manifest.json, schema vrkit.image/1. */
#pragma once

#include <glib.h>

#define VR_MANIFEST_FILE "manifest.json"

typedef struct {
  char *name; /* no directory in it */
  char *sha256;
  guint64 size_bytes;
} VrManifestFile;

typedef struct {
  char *name;
  char *type;               /* "router", "host" */
  char *kernel_version;     /* as `uname -r` in the guest says */
  char *command_line;       /* what the image adds to the kernel's */
  guint64 memory_mib;       /* the least that a guest needs; 0: not known, and not written */
  GPtrArray *files;         /* VrManifestFile, owned, ordered by name */
  GPtrArray *packages;      /* VrPackage of names and versions alone, owned */
  char *lock_sha256;        /* of the image's file "lock" */
  char *wanted_lock_sha256; /* of the lock beside the recipe; "" where there was none */
  char *recipe_sha256;      /* vr_recipe_digest() of the recipe that it was made of */
  char *inputs_sha256;      /* of the builder's scripts, the overlay and own programs */
} VrManifest;

VrManifest *vr_manifest_new (void);
void vr_manifest_free (VrManifest *manifest);

void vr_manifest_add_file (VrManifest *manifest, const char *name, const char *sha256,
                           guint64 size_bytes);
const VrManifestFile *vr_manifest_find_file (const VrManifest *manifest, const char *name);

/* VR_ERROR_HOST when the file cannot be read or is no manifest; the message names it. */
VrManifest *vr_manifest_read (const char *path, GError **error);
gboolean vr_manifest_write (const VrManifest *manifest, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrManifest, vr_manifest_free)
