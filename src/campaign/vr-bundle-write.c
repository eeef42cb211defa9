/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-json.h"
#include "base/vr-scratch.h"
#include "campaign/vr-bundle.h"
#include "campaign/vr-campaign-dir.h"

#define CHUNK_BYTES 65536
#define FIGURES "figures"

typedef struct archive Archive;
typedef struct archive_entry ArchiveEntry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveEntry, archive_entry_free)

/* --- One file after another ---------------------------------------------------------------------
 */

static gboolean
blame (struct archive *archive, const char *path, GError **error)
{
  const char *says = archive_error_string (archive);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", path,
               says != NULL ? says : "the archive fails");
  return FALSE;
}

/* What would differ from one packing to the next (times, owners, modes) is the same for all. */
static gboolean
begin_file (struct archive *archive, const char *path, const char *name, guint64 size_bytes,
            GError **error)
{
  g_autoptr (ArchiveEntry) entry = archive_entry_new ();
  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, (gint64) size_bytes);
  archive_entry_set_mtime (entry, 0, 0);
  return archive_write_header (archive, entry) == ARCHIVE_OK || blame (archive, path, error);
}

static gboolean
put_bytes (struct archive *archive, const char *path, const char *bytes, gsize size, GError **error)
{
  return archive_write_data (archive, bytes, size) == (la_ssize_t) size
         || blame (archive, path, error);
}

/* Its size is that of the index: a file that has changed since is refused. */
static gboolean
put_file (struct archive *archive, const char *path, const char *from, const VrBundleFile *file,
          GError **error)
{
  g_autofree char *source = g_build_filename (from, file->name, NULL);
  g_autofree char *chunk = g_malloc (CHUNK_BYTES);
  g_auto (VrFd) fd = open (source, O_RDONLY | O_CLOEXEC);
  guint64 left = file->size_bytes;
  if (fd < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", source);
    return FALSE;
  }
  if (!begin_file (archive, path, file->name, left, error))
    return FALSE;
  while (left > 0) {
    ssize_t got = read (fd, chunk, MIN (left, CHUNK_BYTES));
    if (got <= 0) {
      g_set_error (error, VR_ERROR, VR_ERROR_HOST, "\"%s\" changed while it was packed: %s", source,
                   got < 0 ? g_strerror (errno) : "it became shorter");
      return FALSE;
    }
    if (!put_bytes (archive, path, chunk, (gsize) got, error))
      return FALSE;
    left -= (guint64) got;
  }
  return TRUE;
}

/* --- What is packed -----------------------------------------------------------------------------
 */

typedef struct {
  const char *directory; /* the campaign's */
  const char *staging;   /* beside the bundle, for what is not ready yet */
  VrBundleIndex *index;
} Packing;

/* The database comes from the staging directory. */
static const char *
place_of (const Packing *packing, const char *name)
{
  return strcmp (name, VR_CAMPAIGN_RESULTS) == 0 ? packing->staging : packing->directory;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* What the report has drawn, by name. */
static GPtrArray *
figures_of (const char *directory)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = vr_campaign_dir_file (directory, FIGURES);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *entry;
  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL) {
    g_autofree char *name = g_strconcat (FIGURES "/", entry, NULL);
    if (vr_bundle_size_max (name) > 0)
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
has (const char *directory, const char *name)
{
  g_autofree char *path = vr_campaign_dir_file (directory, name);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static gboolean
index_files (Packing *packing, GError **error)
{
  static const struct {
    const char *name;
    gboolean is_optional;
  } files[] = { { VR_CAMPAIGN_EXPERIMENT, FALSE },
                { VR_CAMPAIGN_PROFILE, FALSE },
                { VR_CAMPAIGN_MANIFEST, FALSE },
                { VR_CAMPAIGN_PLAN, FALSE },
                { VR_CAMPAIGN_KERNEL_CONFIG, TRUE },
                { VR_CAMPAIGN_RESULTS, FALSE },
                { "report.html", TRUE } };
  g_autoptr (GPtrArray) figures = figures_of (packing->directory);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    const char *from = place_of (packing, files[i].name);
    if ((!files[i].is_optional || has (from, files[i].name))
        && !vr_bundle_index_add (packing->index, from, files[i].name, error))
      return FALSE;
  }
  for (guint i = 0; i < figures->len; i++)
    if (!vr_bundle_index_add (packing->index, packing->directory, figures->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* As the campaign was begun: the database's number of repetitions grows while intervals are wide.
 */
static gboolean
read_choice (Packing *packing, VrResults *results, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (packing->directory, VR_CAMPAIGN_MANIFEST);
  g_autoptr (JsonNode) manifest = vr_json_read_object (path, "vrkit.manifest/1", error);
  g_autofree char *only = manifest != NULL ? vr_results_get (results, "only", error) : NULL;
  g_autofree char *quick = only != NULL ? vr_results_get (results, "quick", error) : NULL;
  if (quick == NULL)
    return FALSE;
  JsonObject *root = json_node_get_object (manifest);
  JsonObject *experiment = json_object_has_member (root, "experiment")
                               ? json_object_get_object_member (root, "experiment")
                               : NULL;
  packing->index->quick = strcmp (quick, "1") == 0;
  packing->index->only = *only != '\0' ? g_strsplit (only, "\n", -1) : g_new0 (char *, 1);
  packing->index->experiment = vr_results_get (results, "experiment", error);
  packing->index->repetitions
      = experiment != NULL
            ? (guint) json_object_get_int_member_with_default (experiment, "repetitions", 1)
            : 1;
  return packing->index->experiment != NULL;
}

static gboolean
stage (Packing *packing, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (packing->directory, VR_CAMPAIGN_RESULTS);
  g_autofree char *copy = vr_campaign_dir_file (packing->staging, VR_CAMPAIGN_RESULTS);
  g_autoptr (VrResults) results = vr_results_open (file, VR_RESULTS_READ, error);
  return results != NULL && vr_results_copy (results, copy, error)
         && read_choice (packing, results, error) && index_files (packing, error);
}

/* --- The whole ----------------------------------------------------------------------------------
 */

static gboolean
pack (const Packing *packing, const char *path, GError **error)
{
  g_autoptr (Archive) archive = archive_write_new ();
  g_autofree char *index = vr_bundle_index_json (packing->index);
  if (archive_write_set_format_pax_restricted (archive) != ARCHIVE_OK
      || archive_write_add_filter_zstd (archive) != ARCHIVE_OK
      || archive_write_open_filename (archive, path) != ARCHIVE_OK)
    return blame (archive, path, error);
  if (!begin_file (archive, path, "bundle.json", strlen (index), error)
      || !put_bytes (archive, path, index, strlen (index), error))
    return FALSE;
  for (guint i = 0; i < packing->index->files->len; i++) {
    const VrBundleFile *file = packing->index->files->pdata[i];
    if (!put_file (archive, path, place_of (packing, file->name), file, error))
      return FALSE;
  }
  return archive_write_close (archive) == ARCHIVE_OK || blame (archive, path, error);
}

static gboolean
make_durable (const char *from, const char *path, GError **error)
{
  g_auto (VrFd) fd = open (from, O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && fsync (fd) == 0 && rename (from, path) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write \"%s\"", path);
  return FALSE;
}

gboolean
vr_bundle_write (const char *directory, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (VrScratch) staging = vr_scratch_new (folder, ".vrkit-bundle-", error);
  if (staging == NULL)
    return FALSE;
  g_autofree char *bundle = g_build_filename (vr_scratch_path (staging), "bundle", NULL);
  g_autoptr (VrBundleIndex) index = vr_bundle_index_new ();
  Packing packing = { directory, vr_scratch_path (staging), index };
  return stage (&packing, error) && pack (&packing, bundle, error)
         && make_durable (bundle, path, error);
}
