/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks on files of the kernel's own trees, which last as long as the thing that the file is:
 * extended attributes. cgroups take "user.NAME", which everybody reads; all trees take
 * "trusted.NAME", which only root sees. A value has at most 64 KiB (XATTR_SIZE_MAX). */
#pragma once

#include <glib.h>

/* Replaces what is there. FALSE with errno. */
gboolean vr_mark_write (const char *path, const char *name, const char *text);
/* A mark or a path that is not there is success. FALSE with errno. */
gboolean vr_mark_remove (const char *path, const char *name);
/* NULL where there is none. The caller owns it. */
char *vr_mark_read (const char *path, const char *name);
/* The marks whose names begin with `prefix`: rest of the name → value, both owned; none where there
 * is no such path. */
GHashTable *vr_marks_read (const char *path, const char *prefix);
