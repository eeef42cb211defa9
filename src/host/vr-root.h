/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files of the kernel, below a root directory: "/" in earnest, a fixture's in a test. Paths
 * are relative to the root, as "proc/meminfo". What cannot be read is told as absent: on a live
 * system a file of /proc or /sys may go between two looks. */
#pragma once

#include <glib.h>

/* The file's text without trailing white space, or NULL. The caller owns it. */
char *vr_root_text (const char *root, const char *path);
char *vr_root_textf (const char *root, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The file's number, or `otherwise` where it cannot be read or is no decimal number. */
gint64 vr_root_number (const char *root, const char *path, gint64 otherwise);
gint64 vr_root_numberf (const char *root, gint64 otherwise, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

gboolean vr_root_has (const char *root, const char *path);

/* The last component of what the symbolic link points at, or NULL. The caller owns it. */
char *vr_root_link_name (const char *root, const char *path);

/* The directory's entries, sorted by name; empty where it cannot be read. */
GPtrArray *vr_root_entries (const char *root, const char *path);

/* The text behind "KEY" and its separator (white space or a colon) on the first line of `text` that
 * starts with it, trimmed, or NULL. The caller owns it. */
char *vr_root_field (const char *text, const char *key);
