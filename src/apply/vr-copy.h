/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of what is on record of the host's values, kept by the kernel on an object that lasts as
 * long as they do: where the files are lost, they are written again from these. A copy is of one
 * file at one path of one file system, so that several state directories do not meet. What the
 * kernel does not keep (more than 64 KiB, or a tree that is read-only) is only in its file. */
#pragma once

#include <glib.h>

/* The object below `root`, "/" but in tests. The caller owns it. */
char *vr_copy_object (const char *root);

/* After the file at `path` was written with that text; and before it is removed, so that what has a
 * copy and no file is lost. Only root can. */
void vr_copy_keep (const char *object, const char *path, const char *text);
void vr_copy_drop (const char *object, const char *path);

/* Writes the file at `path` again where it is lost. VR_ERROR_HOST where it cannot be written. */
gboolean vr_copy_recover (const char *object, const char *path, GError **error);
/* The same of all files of a directory. */
gboolean vr_copy_recover_all (const char *object, const char *directory, GError **error);
