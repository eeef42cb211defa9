/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images as they lie on disk: IMAGES/NAME with manifest.json and the files that it names. */
#pragma once

#include <glib.h>

/* How far the files are compared with the manifest: whether all are there with their sizes, or also
 * their digests. */
typedef enum { VR_IMAGE_STAT, VR_IMAGE_DIGEST } VrImageCheck;

typedef struct {
  char *name;
  char *type; /* "router", "host" */
  char *directory;
  char *kernel;         /* path of vmlinux where the image has one, else of vmlinuz */
  char *initrd;         /* path */
  char *disk;           /* path of disk.img, or NULL */
  char *command_line;   /* what the image adds to the kernel's; may be empty */
  guint64 memory_mib;   /* the least that a guest needs; 0: not known */
  char *kernel_version; /* as `uname -r` in the guest says */
  char *digest;         /* SHA-256 over the names and digests of all files */
  guint64 size_bytes;   /* of all files together */
} VrImage;

void vr_image_free (VrImage *image);

/* The image of that name. A digest once found right is remembered in the image's directory, in a
 * file that only counts while it is this user's or root's alone and every file's device, inode,
 * size, mtime and ctime are as they were; so VR_IMAGE_DIGEST costs reading all files only once.
 * VR_ERROR_PROFILE: no good name. VR_ERROR_HOST: no such image, or no manifest. VR_ERROR_VERIFY: a
 * file is missing or differs; the message names file, wanted and found. */
VrImage *vr_image_open (const char *images_dir, const char *name, VrImageCheck check,
                        GError **error);

/* Reads all files whatever is remembered; else as vr_image_open(). */
VrImage *vr_image_verify (const char *images_dir, const char *name, GError **error);

/* All images of the directory, VrImage, ordered by name; none where there is no directory. What
 * has no manifest is left out. VR_ERROR_HOST. */
GPtrArray *vr_image_list (const char *images_dir, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrImage, vr_image_free)
