/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-kernel-config.h"

#include <gio/gio.h>
#include <string.h>

/* No kernel's is as long; what is longer is none. */
#define SIZE_MAX_BYTES (4u << 20)

static char *
read_all (GInputStream *stream)
{
  g_autofree char *text = g_malloc (SIZE_MAX_BYTES + 1);
  gsize size;
  if (!g_input_stream_read_all (stream, text, SIZE_MAX_BYTES, &size, NULL, NULL) || size == 0
      || size == SIZE_MAX_BYTES || memchr (text, '\0', size) != NULL)
    return NULL;
  return g_strndup (text, size);
}

static GInputStream *
open_file (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  return (GInputStream *) g_file_read (file, NULL, NULL);
}

static char *
read_packed (const char *path)
{
  g_autoptr (GInputStream) packed = open_file (path);
  if (packed == NULL)
    return NULL;
  g_autoptr (GZlibDecompressor) unpack = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (packed, G_CONVERTER (unpack));
  return read_all (stream);
}

static char *
read_plain (const char *path)
{
  g_autoptr (GInputStream) stream = open_file (path);
  return stream != NULL ? read_all (stream) : NULL;
}

char *
vr_kernel_config (const char *root, const char *release)
{
  g_autofree char *packed = g_build_filename (root, "proc/config.gz", NULL);
  g_autofree char *boot = g_strdup_printf ("%s/boot/config-%s", root, release);
  g_autofree char *modules = g_strdup_printf ("%s/lib/modules/%s/config", root, release);
  g_autofree char *built = g_strdup_printf ("%s/lib/modules/%s/build/.config", root, release);
  const char *const plain[] = { boot, modules, built };
  char *text = read_packed (packed);
  for (guint i = 0; text == NULL && i < G_N_ELEMENTS (plain); i++)
    text = read_plain (plain[i]);
  return text;
}
