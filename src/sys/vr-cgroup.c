/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gio/gunixmounts.h>
#include <libcgroup.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/vr-error.h"
#include "sys/vr-mark.h"

/* CGROUP2_SUPER_MAGIC, linux/magic.h. */
#define CGROUP2_MAGIC 0x63677270
#define VALUE_MAX_LENGTH 4096
#define MARK_PREFIX "user.vrkit."

/* libcgroup keeps its table of mounts, its last errno and more in static variables. */
static GMutex lock;

/* What libcgroup would print is in the errors. */
static void
swallow (void *data, int level, const char *format, va_list args)
{
  (void) data;
  (void) level;
  (void) format;
  (void) args;
}

/* The table of mounts is read once a process. To be called with the lock held. */
static gboolean
ready (GError **error)
{
  static gboolean initialised;
  if (initialised)
    return TRUE;
  cgroup_set_logger (swallow, CGROUP_LOG_ERROR, NULL);
  int code = cgroup_init ();
  initialised = code == 0;
  if (!initialised)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot use cgroups: %s", cgroup_strerror (code));
  return initialised;
}

/* Where the controller's tree is mounted; NULL where it is not. */
static char *
mount_of (const char *controller, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  char *mount = NULL;
  if (!ready (error))
    return NULL;
  if (cgroup_get_subsys_mount_point (controller, &mount) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "no cgroup tree with the controller %s is mounted",
                 controller);
    return NULL;
  }
  char *copy = g_strdup (mount);
  free (mount);
  return copy;
}

static guint
version_of_mount (const char *mount)
{
  struct statfs fs;
  if (statfs (mount, &fs) != 0)
    return 0;
  return fs.f_type == CGROUP2_MAGIC ? 2 : 1;
}

guint
vr_cgroup_version (const char *controller)
{
  g_autofree char *mount = mount_of (controller, NULL);
  return mount != NULL ? version_of_mount (mount) : 0;
}

/* A line of /proc/TID/cgroup is ID:CONTROLLERS:PATH, of version 2 with no controllers, cgroups(7).
 * Returns the path in `line` where it is of that tree. */
static const char *
path_in_line (char *line, const char *controller, guint version)
{
  g_auto (GStrv) parts = g_strsplit (line, ":", 3);
  if (g_strv_length (parts) != 3)
    return NULL;
  g_auto (GStrv) names = g_strsplit (parts[1], ",", -1);
  gboolean found = version == 2 ? *parts[1] == '\0'
                                : g_strv_contains ((const char *const *) names, controller);
  return found ? line + strlen (parts[0]) + strlen (parts[1]) + 2 : NULL;
}

char *
vr_cgroup_of_thread (pid_t tid, const char *controller, GError **error)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/cgroup", (int) tid);
  g_autofree char *text = NULL;
  g_autofree char *mount = mount_of (controller, error);
  if (mount == NULL)
    return NULL;
  guint version = version_of_mount (mount);
  if (!g_file_get_contents (file, &text, NULL, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "thread %d is gone", (int) tid);
    return NULL;
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *path = path_in_line (*line, controller, version);
    if (path != NULL)
      return g_strdup (path);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "thread %d is in no cgroup of the controller %s",
               (int) tid, controller);
  return NULL;
}

/* Sets the error of a call on the group. libcgroup keeps the kernel's answer only with ECGOTHER. */
static gboolean
fail (const VrCgroup *group, const char *what, int code, GError **error)
{
  if (code == ECGOTHER)
    vr_error_set_errno (error, VR_ERROR_KERNEL, cgroup_get_last_errno (),
                        "cannot %s cgroup %s of the controller %s", what, group->path,
                        group->controller);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot %s cgroup %s of the controller %s: %s",
                 what, group->path, group->controller, cgroup_strerror (code));
  return FALSE;
}

/* Calls `function` with libcgroup's form of the group, in which `file`, unless NULL, has `value`.
 */
typedef struct {
  const VrCgroup *group;
  const char *what; /* for the error */
  const char *file, *value;
  pid_t tid;
} Call;

static gboolean
with_group (const Call *call, int (*function) (struct cgroup *group, const Call *call),
            GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  if (!ready (error))
    return FALSE;
  struct cgroup *group = cgroup_new_cgroup (call->group->path);
  struct cgroup_controller *controller
      = group != NULL ? cgroup_add_controller (group, call->group->controller) : NULL;
  int code = controller != NULL ? 0 : ECGOTHER;
  if (code == 0 && call->file != NULL)
    code = cgroup_add_value_string (controller, call->file, call->value);
  if (code == 0)
    code = function (group, call);
  gboolean good = code == 0 || fail (call->group, call->what, code, error);
  cgroup_free (&group);
  return good;
}

static int
modify (struct cgroup *group, const Call *call)
{
  (void) call;
  return cgroup_modify_cgroup (group);
}

static int
create (struct cgroup *group, const Call *call)
{
  (void) call;
  return cgroup_create_cgroup (group, 1);
}

static int
attach (struct cgroup *group, const Call *call)
{
  return cgroup_attach_task_pid (group, call->tid);
}

/* The directory of the group, or NULL. */
static char *
directory_of (const VrCgroup *group, GError **error)
{
  g_autofree char *mount = mount_of (group->controller, error);
  return mount != NULL ? g_build_filename (mount, group->path, NULL) : NULL;
}

char *
vr_cgroup_file (const VrCgroup *group, const char *file)
{
  g_autofree char *directory = directory_of (group, NULL);
  return directory != NULL ? g_build_filename (directory, file, NULL) : NULL;
}

static gboolean
make_threaded (const VrCgroup *group, const char *directory, GError **error)
{
  if (mkdir (directory, 0755) != 0 && errno != EEXIST) {
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot make cgroup %s", group->path);
    return FALSE;
  }
  return vr_cgroup_write (group, "cgroup.type", "threaded", error);
}

gboolean
vr_cgroup_make (const VrCgroup *group, GError **error)
{
  g_autofree char *directory = directory_of (group, error);
  if (directory == NULL)
    return FALSE;
  if (vr_cgroup_version (group->controller) == 2)
    return make_threaded (group, directory, error);
  Call call = { .group = group, .what = "make" };
  return with_group (&call, create, error);
}

gboolean
vr_cgroup_exists (const VrCgroup *group)
{
  g_autofree char *directory = directory_of (group, NULL);
  return directory != NULL && g_file_test (directory, G_FILE_TEST_IS_DIR);
}

gboolean
vr_cgroup_has (const VrCgroup *group, const char *file)
{
  g_autofree char *path = vr_cgroup_file (group, file);
  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS);
}

char **
vr_cgroup_children (const VrCgroup *group)
{
  g_autofree char *directory = directory_of (group, NULL);
  g_autoptr (GDir) entries = directory != NULL ? g_dir_open (directory, 0, NULL) : NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const char *name;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      g_strv_builder_add (names, name);
  }
  return g_strv_builder_end (names);
}

/* Not through libcgroup, which takes a group that is in use for removed (2.0.2). */
gboolean
vr_cgroup_remove (const VrCgroup *group, GError **error)
{
  g_autofree char *directory = directory_of (group, NULL);
  if (directory == NULL || rmdir (directory) == 0 || errno == ENOENT)
    return TRUE;
  if (errno == EBUSY)
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot remove cgroup %s of the controller %s: there are threads or groups in it: "
                 "move them elsewhere",
                 group->path, group->controller);
  else
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno,
                        "cannot remove cgroup %s of the controller %s", group->path,
                        group->controller);
  return FALSE;
}

/* Of nftw: a directory comes after what is in it. Files of a group go with it. */
static int
remove_directory (const char *path, const struct stat *status, int type, struct FTW *ftw)
{
  (void) status;
  (void) ftw;
  return type != FTW_DP || rmdir (path) == 0 || errno == ENOENT ? 0 : errno;
}

#define TREE_DEPTH 16

static gboolean
prune_tree (const char *directory, VrCgroupMatch match, const char *wanted, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (directory, 0, NULL);
  const char *name;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);
    int code = match (name, wanted)
                   ? nftw (path, remove_directory, TREE_DEPTH, FTW_DEPTH | FTW_PHYS | FTW_MOUNT)
                   : 0;
    if (code < 0)
      code = errno;
    if (code != 0 && code != ENOENT) {
      vr_error_set_errno (error, code == EBUSY ? VR_ERROR_BUSY : VR_ERROR_KERNEL, code,
                          "cannot remove cgroup %s", path);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
vr_cgroup_prune (const char *parent, VrCgroupMatch match, const char *wanted, GError **error)
{
  GList *mounts = g_unix_mounts_get (NULL);
  gboolean good = TRUE;
  for (GList *mount = mounts; mount != NULL && good; mount = mount->next) {
    g_autofree char *directory
        = g_build_filename (g_unix_mount_get_mount_path (mount->data), parent, NULL);
    const char *type = g_unix_mount_get_fs_type (mount->data);
    if (strcmp (type, "cgroup") == 0 || strcmp (type, "cgroup2") == 0)
      good = prune_tree (directory, match, wanted, error);
  }
  g_list_free_full (mounts, (GDestroyNotify) g_unix_mount_free);
  return good;
}

gboolean
vr_cgroup_attach (const VrCgroup *group, pid_t tid, GError **error)
{
  g_autofree char *what = g_strdup_printf ("move thread %d to", (int) tid);
  Call call = { .group = group, .what = what, .tid = tid };
  return with_group (&call, attach, error);
}

char *
vr_cgroup_read (const VrCgroup *group, const char *file, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  char buffer[VALUE_MAX_LENGTH] = "";
  void *handle = NULL;
  if (!ready (error))
    return NULL;
  int code = cgroup_read_value_begin (group->controller, group->path, (char *) file, &handle,
                                      buffer, sizeof buffer);
  if (handle != NULL)
    cgroup_read_value_end (&handle);
  if (code != 0 && code != ECGEOF) {
    g_autofree char *what = g_strdup_printf ("read %s of", file);
    fail (group, what, code, error);
    return NULL;
  }
  return g_strdup (g_strchomp (buffer));
}

gboolean
vr_cgroup_write (const VrCgroup *group, const char *file, const char *value, GError **error)
{
  g_autofree char *what = g_strdup_printf ("set %s to \"%s\" in", file, value);
  Call call = { .group = group, .what = what, .file = file, .value = value };
  return with_group (&call, modify, error);
}

/* --- Marks --------------------------------------------------------------------------------------
 */

gboolean
vr_cgroup_mark (const VrCgroup *group, const char *name, const char *value, GError **error)
{
  g_autofree char *directory = directory_of (group, error);
  g_autofree char *attribute = g_strconcat (MARK_PREFIX, name, NULL);
  if (directory == NULL)
    return FALSE;
  if (vr_mark_write (directory, attribute, value))
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot mark cgroup %s with %s", group->path,
                      name);
  return FALSE;
}

gboolean
vr_cgroup_unmark (const VrCgroup *group, const char *name, GError **error)
{
  g_autofree char *directory = directory_of (group, error);
  g_autofree char *attribute = g_strconcat (MARK_PREFIX, name, NULL);
  if (directory == NULL)
    return FALSE;
  if (vr_mark_remove (directory, attribute))
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot take the mark %s from cgroup %s", name,
                      group->path);
  return FALSE;
}

GHashTable *
vr_cgroup_marks (const VrCgroup *group)
{
  g_autofree char *directory = directory_of (group, NULL);
  return vr_marks_read (directory != NULL ? directory : "", MARK_PREFIX);
}
