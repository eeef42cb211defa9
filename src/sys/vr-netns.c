/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"

#define NAME_MAX_LENGTH 200
#define RUN_DIR "/run" /* which VR_NETNS_DIR is below */
#define OWN_NETNS "/proc/thread-self/ns/net"
#define NSFS_MAGIC 0x6e736673 /* linux/magic.h has it since 6.11 only */

static gboolean
is_name (const char *name)
{
  gsize length = strlen (name);
  return length > 0 && length <= NAME_MAX_LENGTH && name[0] != '.'
         && strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == length;
}

/* The path of the name, or NULL and VR_ERROR_PROFILE. */
static char *
path_of (const char *name, GError **error)
{
  if (is_name (name))
    return g_strconcat (VR_NETNS_DIR "/", name, NULL);
  g_autofree char *quoted = vr_name_quote (name);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "\"%s\" is not a name for a network namespace: 1 to %d characters of "
               "[A-Za-z0-9._-], the first no dot",
               quoted, NAME_MAX_LENGTH);
  return NULL;
}

static gboolean
is_namespace (const char *path)
{
  struct statfs found;
  return statfs (path, &found) == 0 && (guint64) found.f_type == NSFS_MAGIC;
}

/* iproute2 does the same: a shared mount makes that a namespace which is created or deleted here is
 * so in the mount namespaces of other processes too, and none is kept alive there unseen. */
static gboolean
share_directory (GError **error)
{
  if (mount ("", VR_NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
    return TRUE;
  if (errno == EINVAL && mount (VR_NETNS_DIR, VR_NETNS_DIR, "none", MS_BIND | MS_REC, NULL) == 0
      && mount ("", VR_NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno,
                      "cannot make " VR_NETNS_DIR " a shared mount (run as root)");
  return FALSE;
}

/* Makes the directory where it is absent, and locks it as iproute2 does until the descriptor is
 * closed; -1 on failure. */
static int
lock_directory (GError **error)
{
  if (mkdir (VR_NETNS_DIR, 0755) < 0 && errno != EEXIST) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make the directory " VR_NETNS_DIR);
    return -1;
  }
  g_auto (VrFd) fd = open (VR_NETNS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || flock (fd, LOCK_EX) < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot lock " VR_NETNS_DIR);
    return -1;
  }
  return share_directory (error) ? vr_fd_steal (&fd) : -1;
}

/* Makes the file that the namespace is to be mounted on. */
static gboolean
reserve_name (const char *name, const char *path, GError **error)
{
  if (is_namespace (path)) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "network namespace %s exists already: `ip netns delete %s` removes it", name,
                 name);
    return FALSE;
  }
  g_auto (VrFd) fd = open (path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
  if (fd < 0)
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make %s", path);
  return fd >= 0;
}

static int
set_loopback_up (void)
{
  g_auto (VrFd) fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  return fd < 0 || ioctl (fd, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
}

typedef struct {
  const char *path;
  const char *failed; /* what failed, static */
  int errnum;
} Creation;

/* Runs in a thread of its own: that thread alone leaves the process's namespace, and ends there. */
static gpointer
create_in_thread (gpointer data)
{
  Creation *creation = data;
  if (unshare (CLONE_NEWNET) < 0) {
    creation->errnum = errno;
    creation->failed = "unshare";
    return NULL;
  }
  creation->errnum = set_loopback_up ();
  creation->failed = "setting lo up";
  if (creation->errnum == 0 && mount (OWN_NETNS, creation->path, "none", MS_BIND, NULL) < 0) {
    creation->errnum = errno;
    creation->failed = "mounting it";
  }
  return NULL;
}

gboolean
vr_netns_create (const char *name, GError **error)
{
  g_autofree char *path = path_of (name, error);
  if (path == NULL)
    return FALSE;
  g_auto (VrFd) lock = lock_directory (error);
  if (lock < 0 || !reserve_name (name, path, error))
    return FALSE;
  Creation creation = { .path = path };
  g_autoptr (GError) no_thread = NULL;
  GThread *thread = g_thread_try_new ("netns", create_in_thread, &creation, &no_thread);
  if (thread == NULL) {
    unlink (path);
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot create network namespace %s: %s", name,
                 no_thread->message);
    return FALSE;
  }
  g_thread_join (thread);
  if (creation.errnum == 0)
    return TRUE;
  unlink (path);
  vr_error_set_errno (error, VR_ERROR_KERNEL, creation.errnum,
                      "cannot create network namespace %s (%s)", name, creation.failed);
  return FALSE;
}

gboolean
vr_netns_hide (GError **error)
{
  if (unshare (CLONE_NEWNS) == 0 && mount ("", "/", "none", MS_PRIVATE | MS_REC, NULL) == 0
      && mount ("vrkit", RUN_DIR, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755") == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot leave the mount namespace");
  return FALSE;
}

gboolean
vr_netns_delete (const char *name, GError **error)
{
  g_autofree char *path = path_of (name, error);
  if (path == NULL)
    return FALSE;
  /* EINVAL: a file that nothing is mounted on. Deleting is to clear that away as well. */
  if (umount2 (path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT) {
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot unmount %s", path);
    return FALSE;
  }
  if (unlink (path) < 0 && errno != ENOENT) {
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot remove %s", path);
    return FALSE;
  }
  return TRUE;
}

gboolean
vr_netns_exists (const char *name)
{
  g_autofree char *path = path_of (name, NULL);
  return path != NULL && is_namespace (path);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
vr_netns_list (GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) unread = NULL;
  g_autoptr (GDir) directory = g_dir_open (VR_NETNS_DIR, 0, &unread);
  if (directory == NULL && !g_error_matches (unread, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot list namespaces: %s", unread->message);
    return NULL;
  }
  for (const char *name; directory != NULL && (name = g_dir_read_name (directory)) != NULL;)
    if (vr_netns_exists (name))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

int
vr_netns_open (const char *name, GError **error)
{
  g_autofree char *path = path_of (name, error);
  if (path == NULL)
    return -1;
  g_auto (VrFd) fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno != ENOENT) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open %s", path);
    return -1;
  }
  struct statfs found;
  if (fd < 0 || fstatfs (fd, &found) < 0 || (guint64) found.f_type != NSFS_MAGIC) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "there is no network namespace %s (%s)", name,
                 path);
    return -1;
  }
  return vr_fd_steal (&fd);
}

gboolean
vr_netns_call (const char *name, VrNetnsFunction function, gpointer data, GError **error)
{
  if (name == NULL)
    return function (data, error);
  g_auto (VrFd) target = vr_netns_open (name, error);
  if (target < 0)
    return FALSE;
  g_auto (VrFd) home = open (OWN_NETNS, O_RDONLY | O_CLOEXEC);
  if (home < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open " OWN_NETNS);
    return FALSE;
  }
  if (setns (target, CLONE_NEWNET) < 0) {
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot enter network namespace %s", name);
    return FALSE;
  }
  gboolean good = function (data, error);
  if (setns (home, CLONE_NEWNET) < 0) {
    g_critical ("cannot leave network namespace %s: %s", name, g_strerror (errno));
    abort ();
  }
  return good;
}
