/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 of files and texts, in lower-case hex. */
#pragma once

#include <glib.h>

/* The file's digest, and its size where `size_bytes` is not NULL. VR_ERROR_HOST when it cannot be
 * read; the message names it. */
char *vr_digest_file (const char *path, guint64 *size_bytes, GError **error);
char *vr_digest_text (const char *text);

/* Whether it is 64 lower-case hex digits. */
gboolean vr_digest_is_hex (const char *text);
