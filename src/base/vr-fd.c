/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

VrFd
vr_fd_wait_for_turn (const char *path)
{
  const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  VrFd fd = -1;
  g_autofree char *directory = g_path_get_dirname (path);
  while ((fd = open (directory, how)) < 0 && errno == ENOENT && strcmp (directory, ".") != 0) {
    char *above = g_path_get_dirname (directory);
    g_free (directory);
    directory = above;
  }
  while (fd >= 0 && flock (fd, LOCK_EX) != 0 && errno == EINTR)
    ;
  return fd;
}

gboolean
vr_fd_write (int fd, gconstpointer data, gsize size)
{
  const char *rest = data;
  while (size > 0) {
    gssize done = write (fd, rest, size);
    if (done < 0 && errno != EINTR)
      return FALSE;
    rest += MAX (done, 0);
    size -= (gsize) MAX (done, 0);
  }
  return TRUE;
}
