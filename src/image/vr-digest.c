/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"

#define BLOCK_BYTES (256 * 1024)
#define HEX_LENGTH 64

char *
vr_digest_file (const char *path, guint64 *size_bytes, GError **error)
{
  g_auto (VrFd) fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot read \"%s\"", path);
    return NULL;
  }
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *block = g_malloc (BLOCK_BYTES);
  guint64 size = 0;
  ssize_t count;
  while ((count = TEMP_FAILURE_RETRY (read (fd, block, BLOCK_BYTES))) > 0) {
    g_checksum_update (sum, block, count);
    size += (guint64) count;
  }
  if (count < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot read \"%s\"", path);
    return NULL;
  }
  if (size_bytes != NULL)
    *size_bytes = size;
  return g_strdup (g_checksum_get_string (sum));
}

char *
vr_digest_text (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

gboolean
vr_digest_is_hex (const char *text)
{
  return strlen (text) == HEX_LENGTH && text[strspn (text, "0123456789abcdef")] == '\0';
}
