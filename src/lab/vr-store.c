/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-json.h"
#include "base/vr-name.h"

#define SCHEMA "vrkit.lab/1"
/* Each needs another process to remove the lab at that very time. */
#define TRIES_MAX 1000

struct VrStore {
  char *dir;
  VrFd lock;
};

void
vr_record_clear (VrRecord *record)
{
  g_clear_pointer (&record->profile_path, g_free);
  g_clear_pointer (&record->profile, g_free);
  g_clear_pointer (&record->uri, g_free);
  g_clear_pointer (&record->emulators, g_variant_unref);
  record->is_up = FALSE;
}

char *
vr_site_host_path (const VrSite *site, const char *name)
{
  return g_build_filename (site->run_dir, "host", name, NULL);
}

static char *
labs_dir (const VrSite *site)
{
  return g_build_filename (site->run_dir, "labs", NULL);
}

static char *
record_path (const char *dir)
{
  return g_build_filename (dir, "state.json", NULL);
}

char *
vr_store_journal_path (const VrStore *store)
{
  return g_build_filename (store->dir, "journal", NULL);
}

const char *
vr_store_dir (const VrStore *store)
{
  return store->dir;
}

static void
set_busy (GError **error, const char *lab, int fd)
{
  char pid[16] = "";
  ssize_t size = pread (fd, pid, sizeof pid - 1, 0);
  pid[MAX (size, 0)] = '\0';
  g_strstrip (pid);
  /* It writes its pid only after it has the lock, and where it can. */
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is being changed by process %s: wait for it, or end it", lab,
               *pid != '\0' ? pid : "(unknown)");
}

/* Whether the file that is locked is still the one at `path`: a `down` may have removed it. */
static gboolean
is_same_file (int fd, const char *path)
{
  struct stat ours, theirs;
  return fstat (fd, &ours) == 0 && stat (path, &theirs) == 0 && ours.st_ino == theirs.st_ino
         && ours.st_dev == theirs.st_dev;
}

/* For the message to others; a full disk must not keep a lab from being taken down. */
static void
note_pid (int fd)
{
  char pid[16];
  int length = g_snprintf (pid, sizeof pid, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) != 0 || pwrite (fd, pid, (gsize) length, 0) != length)
    g_debug ("the lock does not tell who has it: %s", g_strerror (errno));
}

/* Only the parents by g_mkdir_with_parents: it calls a directory that goes at that moment no
 * directory. */
static gboolean
make_dir (const char *dir, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (dir);
  if (g_mkdir_with_parents (parent, 0755) == 0 && (g_mkdir (dir, 0755) == 0 || errno == EEXIST))
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", dir);
  return FALSE;
}

/* One try. FALSE asks for another one: a `down` has removed the directory in between. */
static gboolean
try_open (const char *dir, const char *lab, VrStoreOpen how, VrStore **store, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "lock", NULL);
  if (how == VR_STORE_MAKE && !make_dir (dir, error))
    return TRUE;
  g_auto (VrFd) fd = open (path, O_RDWR | O_CLOEXEC | (how != VR_STORE_FIND ? O_CREAT : 0), 0644);
  if (fd < 0 && errno == ENOENT)
    return how != VR_STORE_MAKE;
  if (fd < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", path);
    return TRUE;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    set_busy (error, lab, fd);
    return TRUE;
  }
  if (!is_same_file (fd, path))
    return FALSE;
  note_pid (fd);
  *store = g_new0 (VrStore, 1);
  (*store)->dir = g_strdup (dir);
  (*store)->lock = vr_fd_steal (&fd);
  return TRUE;
}

VrStore *
vr_store_open (const VrSite *site, const char *lab, VrStoreOpen how, GError **error)
{
  g_autofree char *parent = labs_dir (site);
  g_autofree char *dir = g_build_filename (parent, lab, NULL);
  VrStore *store = NULL;
  for (guint tries = 0; tries < TRIES_MAX; tries++)
    if (try_open (dir, lab, how, &store, error))
      return store;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY, "\"%s\" is removed as often as it is made", dir);
  return NULL;
}

void
vr_store_close (VrStore *store)
{
  vr_fd_clear (&store->lock);
  g_free (store->dir);
  g_free (store);
}

gboolean
vr_store_read (const VrSite *site, const char *lab, VrRecord *record, GError **error)
{
  g_autofree char *parent = labs_dir (site);
  g_autofree char *dir = g_build_filename (parent, lab, NULL);
  g_autofree char *path = record_path (dir);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  g_autoptr (JsonNode) node = vr_json_read_object (path, SCHEMA, error);
  if (node == NULL)
    return FALSE;
  JsonObject *object = json_node_get_object (node);
  record->profile_path = g_strdup (vr_json_string (object, "profile_path"));
  record->profile = g_strdup (vr_json_string (object, "profile"));
  record->uri = g_strdup (vr_json_string (object, "uri"));
  record->emulators = vr_json_strings (json_object_get_member (object, "emulators"));
  record->is_up = json_object_get_boolean_member_with_default (object, "is_up", FALSE);
  return TRUE;
}

char *
vr_store_uri (const VrSite *site, const char *lab, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  if (!vr_store_read (site, lab, &record, NULL) || record.uri == NULL)
    return g_strdup (site->uri);
  if (!site->uri_is_given || strcmp (record.uri, site->uri) == 0)
    return g_steal_pointer (&record.uri);
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is at the libvirt \"%s\", not at \"%s\": leave --connect and "
               "LIBVIRT_DEFAULT_URI out, or give that one",
               lab, record.uri, site->uri);
  return NULL;
}

gint64
vr_store_changed_ns (const VrSite *site, const char *lab)
{
  struct stat status;
  g_autofree char *parent = labs_dir (site);
  g_autofree char *dir = g_build_filename (parent, lab, NULL);
  g_autofree char *path = record_path (dir);
  if (stat (path, &status) != 0)
    return 0;
  return (gint64) status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
}

gboolean
vr_store_write (VrStore *store, const char *lab, const VrRecord *record, GError **error)
{
  const char *const members[][2] = { { "schema", SCHEMA },
                                     { "lab", lab },
                                     { "profile_path", record->profile_path },
                                     { "profile", record->profile },
                                     { "uri", record->uri },
                                     { "vrkit_version", VRKIT_VERSION } };
  g_autofree char *path = record_path (store->dir);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++) {
    json_builder_set_member_name (builder, members[i][0]);
    json_builder_add_string_value (builder, members[i][1]);
  }
  json_builder_set_member_name (builder, "emulators");
  vr_json_add_strings (builder, record->emulators);
  json_builder_set_member_name (builder, "is_up");
  json_builder_add_boolean_value (builder, record->is_up);
  json_builder_end_object (builder);
  return vr_json_write (path, builder, error);
}

gboolean
vr_store_remove (VrStore *store, GError **error)
{
  g_autoptr (VrStore) owned G_GNUC_UNUSED = store;
  g_autoptr (GDir) directory = g_dir_open (store->dir, 0, NULL);
  const char *name;
  /* The lock goes last, so that nobody finds a half-emptied directory unlocked. */
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *path = g_build_filename (store->dir, name, NULL);
    if (strcmp (name, "lock") != 0 && g_unlink (path) != 0) {
      vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot remove \"%s\"", path);
      return FALSE;
    }
  }
  g_autofree char *lock = g_build_filename (store->dir, "lock", NULL);
  /* Not empty, or gone: somebody has begun anew since the lock is no more. */
  if (g_unlink (lock) == 0 && (g_rmdir (store->dir) == 0 || errno == ENOTEMPTY || errno == ENOENT))
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot remove \"%s\"", store->dir);
  return FALSE;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
vr_store_list (const VrSite *site)
{
  g_autofree char *parent = labs_dir (site);
  g_autoptr (GDir) directory = g_dir_open (parent, 0, NULL);
  GPtrArray *names = g_ptr_array_new ();
  const char *name;
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    if (vr_name_check ("lab", name, NULL))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}
