/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file descriptor that closes itself when it leaves scope: `g_auto (VrFd) fd = open (…)`. */
#pragma once

#include <glib.h>
#include <unistd.h>

typedef int VrFd;

static inline void
vr_fd_clear (VrFd *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static inline int
vr_fd_steal (VrFd *fd)
{
  int taken = *fd;
  *fd = -1;
  return taken;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrFd, vr_fd_clear)

/* Writes all of it, however many calls that takes. FALSE with errno. */
gboolean vr_fd_write (int fd, gconstpointer data, gsize size);
