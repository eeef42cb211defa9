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
  /* It writes its pid only after it has the lock. */
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is being changed by process %s: wait for it, or end it", lab,
               *pid != '\0' ? pid : "(just starting)");
}

/* Whether the file that is locked is still the one at `path`: a `down` may have removed it. */
static gboolean
is_same_file (int fd, const char *path)
{
  struct stat ours, theirs;
  return fstat (fd, &ours) == 0 && stat (path, &theirs) == 0 && ours.st_ino == theirs.st_ino
         && ours.st_dev == theirs.st_dev;
}

static gboolean
note_pid (int fd, const char *path, GError **error)
{
  char pid[16];
  int length = g_snprintf (pid, sizeof pid, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) == 0 && pwrite (fd, pid, (gsize) length, 0) == length)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write \"%s\"", path);
  return FALSE;
}

static int
open_lock (const char *path, VrStoreOpen how, GError **error)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | (how == VR_STORE_MAKE ? O_CREAT : 0), 0644);
  if (fd < 0 && !(how == VR_STORE_FIND && errno == ENOENT))
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", path);
  return fd;
}

VrStore *
vr_store_open (const VrSite *site, const char *lab, VrStoreOpen how, GError **error)
{
  g_autofree char *parent = labs_dir (site);
  g_autofree char *dir = g_build_filename (parent, lab, NULL);
  g_autofree char *path = g_build_filename (dir, "lock", NULL);
  for (;;) {
    if (how == VR_STORE_MAKE && g_mkdir_with_parents (dir, 0755) != 0) {
      vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", dir);
      return NULL;
    }
    g_autoptr (GError) cause = NULL;
    g_auto (VrFd) fd = open_lock (path, how, &cause);
    /* A `down` has removed the directory since it was made. */
    if (fd < 0 && how == VR_STORE_MAKE && errno == ENOENT)
      continue;
    if (fd < 0) {
      if (cause != NULL)
        g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
    if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
      set_busy (error, lab, fd);
      return NULL;
    }
    if (!is_same_file (fd, path))
      continue;
    if (!note_pid (fd, path, error))
      return NULL;
    VrStore *store = g_new0 (VrStore, 1);
    store->dir = g_steal_pointer (&dir);
    store->lock = vr_fd_steal (&fd);
    return store;
  }
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
  record->is_up = json_object_get_boolean_member_with_default (object, "is_up", FALSE);
  return TRUE;
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
  json_builder_set_member_name (builder, "is_up");
  json_builder_add_boolean_value (builder, record->is_up);
  json_builder_end_object (builder);
  return vr_json_write (path, builder, error);
}

gboolean
vr_store_remove (VrStore *store, GError **error)
{
  g_autoptr (VrStore) owned = store;
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
  /* Not empty: somebody has begun anew since the lock is gone. */
  if (g_unlink (lock) == 0 && (g_rmdir (store->dir) == 0 || errno == ENOTEMPTY))
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
