/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"

#define RANDOM "XXXXXX"
#define TRIES 16

struct VrScratch {
  char *path;
  VrFd fd; /* of the directory, locked */
};

/* The directory, or -1: of this user, and no symbolic link, whoever else may write in its parent.
 */
static int
open_own (const char *path)
{
  struct stat status;
  g_auto (VrFd) fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &status) != 0 || status.st_uid != geteuid ())
    return -1;
  return vr_fd_steal (&fd);
}

static gboolean
is_still_there (const char *path, int fd)
{
  struct stat named, opened;
  return lstat (path, &named) == 0 && fstat (fd, &opened) == 0 && named.st_dev == opened.st_dev
         && named.st_ino == opened.st_ino;
}

static void
remove_directory (const char *path, int fd)
{
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *entry;
  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    unlinkat (fd, entry, 0);
  rmdir (path);
}

static void
remove_dead (const char *parent, const char *prefix)
{
  g_autoptr (GDir) entries = g_dir_open (parent, 0, NULL);
  const char *entry;
  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL) {
    if (!g_str_has_prefix (entry, prefix) || strlen (entry) != strlen (prefix) + strlen (RANDOM))
      continue;
    g_autofree char *path = g_build_filename (parent, entry, NULL);
    g_auto (VrFd) fd = open_own (path);
    if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && is_still_there (path, fd))
      remove_directory (path, fd);
  }
}

/* Another run may take a new directory for a dead one's, before it is locked: then it is gone. */
static gboolean
make_locked (VrScratch *scratch, const char *parent, const char *prefix)
{
  g_autofree char *path = g_strconcat (parent, "/", prefix, RANDOM, NULL);
  if (g_mkdtemp (path) == NULL)
    return FALSE;
  scratch->fd = open_own (path);
  if (scratch->fd < 0 || flock (scratch->fd, LOCK_EX) != 0 || !is_still_there (path, scratch->fd)) {
    vr_fd_clear (&scratch->fd);
    return FALSE;
  }
  scratch->path = g_steal_pointer (&path);
  return TRUE;
}

VrScratch *
vr_scratch_new (const char *parent, const char *prefix, GError **error)
{
  g_autoptr (VrScratch) scratch = g_new0 (VrScratch, 1);
  scratch->fd = -1;
  remove_dead (parent, prefix);
  for (guint i = 0; i < TRIES; i++)
    if (make_locked (scratch, parent, prefix))
      return g_steal_pointer (&scratch);
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write below \"%s\"", parent);
  return NULL;
}

const char *
vr_scratch_path (const VrScratch *scratch)
{
  return scratch->path;
}

void
vr_scratch_free (VrScratch *scratch)
{
  if (scratch->path != NULL)
    remove_directory (scratch->path, scratch->fd);
  vr_fd_clear (&scratch->fd);
  g_free (scratch->path);
  g_free (scratch);
}
