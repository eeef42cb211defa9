/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-initrd.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/vr-error.h"

typedef struct archive ArchiveWriter;
typedef struct archive ArchiveReader;
typedef struct archive_entry ArchiveEntry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveWriter, archive_write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveReader, archive_read_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveEntry, archive_entry_free)

/* cpio's own; the kernel wants what follows at a multiple of four. */
#define BLOCK 512
/* More than the headers of two entries, the trailer one of them, and the padding. */
#define AROUND (4 * BLOCK)

static ArchiveEntry *
entry_new (const char *name, gsize size)
{
  ArchiveEntry *entry = archive_entry_new ();
  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0444);
  archive_entry_set_size (entry, (la_int64_t) size);
  archive_entry_set_mtime (entry, 0, 0);
  return entry;
}

/* The archive, of which the same name and text give the same bytes. */
static GByteArray *
pack (const char *name, const char *text, GError **error)
{
  gsize size = strlen (text), used = 0;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (ArchiveWriter) archive = archive_write_new ();
  g_autoptr (ArchiveEntry) entry = entry_new (name, size);
  g_byte_array_set_size (bytes, (guint) (size + strlen (name) + AROUND));
  if (archive_write_set_format_cpio_newc (archive) == ARCHIVE_OK
      && archive_write_set_bytes_per_block (archive, BLOCK) == ARCHIVE_OK
      && archive_write_open_memory (archive, bytes->data, bytes->len, &used) == ARCHIVE_OK
      && archive_write_header (archive, entry) == ARCHIVE_OK
      && archive_write_data (archive, text, size) == (la_ssize_t) size
      && archive_write_close (archive) == ARCHIVE_OK) {
    g_byte_array_set_size (bytes, (guint) used);
    return g_steal_pointer (&bytes);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "cannot pack \"%s\" for a guest: %s", name,
               archive_error_string (archive));
  return NULL;
}

gboolean
vr_initrd_write (const char *path, const char *name, const char *text, const char *base,
                 GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GByteArray) bytes = pack (name, text, error);
  if (bytes == NULL)
    return FALSE;
  g_autoptr (GMappedFile) rest = g_mapped_file_new (base, FALSE, &cause);
  if (rest != NULL) {
    g_byte_array_append (bytes, (const guint8 *) g_mapped_file_get_contents (rest),
                         (guint) g_mapped_file_get_length (rest));
    if (g_file_set_contents_full (path, (const char *) bytes->data, bytes->len,
                                  G_FILE_SET_CONTENTS_CONSISTENT, 0644, &cause))
      return TRUE;
  }
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\" with the initrd \"%s\": %s",
               path, base, cause->message);
  return FALSE;
}

/* What of the first entry is its data; NULL where it is not `name`. */
static char *
digest_of_first (GMappedFile *file, gsize size, const char *name)
{
  char block[65536];
  struct archive_entry *entry;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (ArchiveReader) archive = archive_read_new ();
  if (archive_read_support_format_cpio (archive) != ARCHIVE_OK
      || archive_read_open_memory (archive, g_mapped_file_get_contents (file), size) != ARCHIVE_OK
      || archive_read_next_header (archive, &entry) != ARCHIVE_OK
      || g_strcmp0 (archive_entry_pathname (entry), name) != 0)
    return NULL;
  la_ssize_t got;
  while ((got = archive_read_data (archive, block, sizeof block)) > 0)
    g_checksum_update (sum, (const guchar *) block, got);
  return got == 0 ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

char *
vr_initrd_probe (const char *path, const char *name, const char *base)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr (GMappedFile) rest = g_mapped_file_new (base, FALSE, NULL);
  if (file == NULL || rest == NULL)
    return NULL;
  gsize size = g_mapped_file_get_length (file), behind = g_mapped_file_get_length (rest);
  if (size <= behind
      || memcmp (g_mapped_file_get_contents (file) + size - behind,
                 g_mapped_file_get_contents (rest), behind)
             != 0)
    return NULL;
  return digest_of_first (file, size - behind, name);
}
