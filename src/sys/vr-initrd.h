/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An initrd with one file more: an archive (cpio, newc) with that file before another initrd. The
 * kernel unpacks archives that follow each other, and of two compressed ones only the last (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst), so this one is not compressed. */
#pragma once

#include <glib.h>

/* Writes `path`, readable for all: the file `name`, at the root, with `text`, then all of the
 * initrd `base`. `path` has the whole or is as it was. VR_ERROR_HOST with the file's name. */
gboolean vr_initrd_write (const char *path, const char *name, const char *text, const char *base,
                          GError **error);

/* The SHA-256 (lowercase hex, owned by the caller) of the first file in `path` where that is
 * `name` and what follows it are the bytes of `base`; NULL where it is not so, or cannot be read.
 */
char *vr_initrd_probe (const char *path, const char *name, const char *base);
