/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "campaign/vr-bundle.h"
#include "campaign/vr-campaign-dir.h"
#include "config/vr-profile.h"

#define INDEX "bundle.json"
#define INDEX_SIZE_MAX 65536
#define BLOCK_BYTES 65536

/* Of a frame of zstd: RFC 8878, section 3.1.1. */
static const guchar magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_read_free)

gboolean
vr_bundle_is (const char *path)
{
  guchar begin[sizeof magic];
  g_auto (VrFd) fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  return fd >= 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR)
         && read (fd, begin, sizeof begin) == sizeof begin
         && memcmp (begin, magic, sizeof magic) == 0;
}

/* --- Errors ------------------------------------------------------------------------------------
 */

static gboolean
blame (struct archive *archive, const char *path, GError **error)
{
  const char *says = archive_error_string (archive);
  g_autofree char *quoted = vr_name_quote (says != NULL ? says : "it ends too early");
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "\"%s\": this is no bundle, or a damaged one: %s",
               path, quoted);
  return FALSE;
}

static gboolean
refuse (const char *path, const char *name, const char *why, GError **error)
{
  g_autofree char *quoted = vr_name_quote (name != NULL ? name : "");
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "\"%s\": %s: %s", path, quoted, why);
  return FALSE;
}

/* --- Entries -----------------------------------------------------------------------------------
 */

/* The next entry, a plain file of the name that is to come. */
static gboolean
next_file (struct archive *archive, const char *path, const char *wanted, guint64 *size_bytes,
           GError **error)
{
  struct archive_entry *entry;
  if (archive_read_next_header (archive, &entry) != ARCHIVE_OK)
    return blame (archive, path, error);
  const char *name = archive_entry_pathname (entry);
  if (g_strcmp0 (name, wanted) != 0)
    return refuse (path, name, "the bundle holds it where its index has another file", error);
  if (archive_entry_filetype (entry) != AE_IFREG || archive_entry_hardlink (entry) != NULL
      || archive_entry_symlink (entry) != NULL || !archive_entry_size_is_set (entry)
      || archive_entry_size (entry) < 0)
    return refuse (path, name, "the bundle has no plain file of that name", error);
  *size_bytes = (guint64) archive_entry_size (entry);
  return TRUE;
}

static VrBundleIndex *
read_index (struct archive *archive, const char *path, GError **error)
{
  guint64 size_bytes;
  if (!next_file (archive, path, INDEX, &size_bytes, error))
    return NULL;
  if (size_bytes > INDEX_SIZE_MAX) {
    refuse (path, INDEX, "it is too long to be an index", error);
    return NULL;
  }
  g_autofree char *text = g_malloc0 (size_bytes + 1);
  if (archive_read_data (archive, text, size_bytes) != (la_ssize_t) size_bytes) {
    blame (archive, path, error);
    return NULL;
  }
  VrBundleIndex *index = vr_bundle_index_parse (text, size_bytes, error);
  if (index == NULL)
    g_prefix_error (error, "\"%s\": ", path);
  return index;
}

/* libarchive gives no more bytes than the entry's header says. */
static gboolean
unpack (struct archive *archive, const char *path, const char *directory, const VrBundleFile *file,
        GError **error)
{
  g_autofree char *target = vr_campaign_dir_file (directory, file->name);
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  g_autoptr (GChecksum) digest = g_checksum_new (G_CHECKSUM_SHA256);
  g_auto (VrFd) fd = open (target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  la_ssize_t got = 0;
  while (fd >= 0 && (got = archive_read_data (archive, block, BLOCK_BYTES)) > 0) {
    g_checksum_update (digest, (const guchar *) block, got);
    if (!vr_fd_write (fd, block, (gsize) got))
      break;
  }
  if (fd < 0 || got > 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot unpack into \"%s\"", target);
    return FALSE;
  }
  if (got < 0)
    return blame (archive, path, error);
  return strcmp (g_checksum_get_string (digest), file->sha256) == 0
         || refuse (path, file->name, "it is not as the bundle's index says: the bundle is damaged",
                    error);
}

static gboolean
is_wanted (const char *name, VrBundlePart part)
{
  static const char *const texts[] = { VR_CAMPAIGN_EXPERIMENT, VR_CAMPAIGN_PROFILE, NULL };
  static const char *const results[] = { VR_CAMPAIGN_MANIFEST, VR_CAMPAIGN_RESULTS, NULL };
  return g_strv_contains (texts, name)
         || (part == VR_BUNDLE_RESULTS && g_strv_contains (results, name));
}

static gboolean
unpack_all (struct archive *archive, const char *path, VrBundlePart part, VrUnpacked *unpacked,
            GError **error)
{
  guint wanted = part == VR_BUNDLE_RESULTS ? 4 : 2;
  const GPtrArray *files = unpacked->index->files;
  for (guint i = 0; i < files->len && wanted > 0; i++) {
    const VrBundleFile *file = files->pdata[i];
    guint64 size_bytes;
    if (!next_file (archive, path, file->name, &size_bytes, error))
      return FALSE;
    if (size_bytes != file->size_bytes)
      return refuse (path, file->name, "it is not as long as the bundle's index says", error);
    if (!is_wanted (file->name, part))
      continue;
    wanted--;
    if (!unpack (archive, path, unpacked->directory, file, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_manifest (const char *path, const VrUnpacked *unpacked, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (unpacked->directory, VR_CAMPAIGN_MANIFEST);
  g_autofree char *text = NULL;
  gsize size;
  return (g_file_get_contents (file, &text, &size, NULL) && vr_bundle_is_shallow (text, size))
         || refuse (path, VR_CAMPAIGN_MANIFEST, "this is no manifest", error);
}

/* --- The whole ---------------------------------------------------------------------------------
 */

static gboolean
read_bundle (const char *path, VrBundlePart part, VrUnpacked *unpacked, GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();
  if (archive_read_support_format_tar (archive) != ARCHIVE_OK
      || archive_read_support_filter_zstd (archive) != ARCHIVE_OK
      || archive_read_open_filename (archive, path, BLOCK_BYTES) != ARCHIVE_OK)
    return blame (archive, path, error);
  unpacked->index = read_index (archive, path, error);
  if (unpacked->index == NULL)
    return FALSE;
  unpacked->scratch = vr_scratch_new (g_get_tmp_dir (), "vrkit-bundle-", error);
  if (unpacked->scratch == NULL) {
    g_prefix_error (error, "cannot unpack \"%s\": ", path);
    return FALSE;
  }
  unpacked->directory = g_strdup (vr_scratch_path (unpacked->scratch));
  return unpack_all (archive, path, part, unpacked, error)
         && (part == VR_BUNDLE_TEXTS || check_manifest (path, unpacked, error));
}

gboolean
vr_bundle_open (const char *path, VrBundlePart part, VrUnpacked *unpacked, GError **error)
{
  g_auto (VrUnpacked) opened = { 0 };
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    unpacked->directory = g_strdup (path);
    return TRUE;
  }
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "\"%s\": there is no such bundle, and no such directory", path);
    return FALSE;
  }
  if (!vr_bundle_is (path)) {
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "\"%s\": this is no bundle", path);
    return FALSE;
  }
  if (!read_bundle (path, part, &opened, error))
    return FALSE;
  *unpacked = opened;
  opened = (VrUnpacked){ 0 };
  return TRUE;
}

void
vr_unpacked_clear (VrUnpacked *unpacked)
{
  g_clear_pointer (&unpacked->scratch, vr_scratch_free);
  g_clear_pointer (&unpacked->index, vr_bundle_index_free);
  g_clear_pointer (&unpacked->directory, g_free);
}

/* --- The experiment ----------------------------------------------------------------------------
 */

static gboolean
includes_some (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (g_strchug (*line), "include"))
      return TRUE;
  return FALSE;
}

/* As vrkit has stored it: a profile that includes could read any file here. */
static gboolean
check_profile (const char *path, const char *profile, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  if (!g_file_get_contents (profile, &text, NULL, &cause))
    return refuse (path, VR_CAMPAIGN_PROFILE, cause->message, error);
  if (includes_some (text))
    return refuse (path, VR_CAMPAIGN_PROFILE, "it includes others, as no bundle's does", error);
  g_autoptr (VrLab) lab = vr_profile_parse (text, strlen (text), VR_CAMPAIGN_PROFILE, error);
  g_autofree char *printed = lab != NULL ? vr_profile_print (lab) : NULL;
  if (printed == NULL) {
    g_prefix_error (error, "\"%s\": ", path);
    return FALSE;
  }
  return strcmp (printed, text) == 0
         || refuse (path, VR_CAMPAIGN_PROFILE, "it is not as vrkit stores profiles", error);
}

VrExperiment *
vr_bundle_experiment (const char *path, const VrUnpacked *unpacked, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *name = g_strconcat (unpacked->index->experiment, ".conf", NULL);
  g_autofree char *place = g_build_filename (absolute, name, NULL);
  g_autofree char *file = vr_campaign_dir_file (unpacked->directory, VR_CAMPAIGN_EXPERIMENT);
  g_autofree char *profile = vr_campaign_dir_file (unpacked->directory, VR_CAMPAIGN_PROFILE);
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  gsize size;
  if (!check_profile (path, profile, error))
    return NULL;
  if (!g_file_get_contents (file, &text, &size, &cause) || strlen (text) != size) {
    refuse (path, VR_CAMPAIGN_EXPERIMENT, cause != NULL ? cause->message : "it is no text", error);
    return NULL;
  }
  VrExperiment *experiment = vr_experiment_parse (text, place, error);
  if (experiment == NULL)
    return NULL;
  g_free (experiment->profile);
  experiment->profile = g_steal_pointer (&profile);
  experiment->bundle = g_steal_pointer (&absolute);
  return experiment;
}
