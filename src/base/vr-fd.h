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

/* Waits until nobody else has the turn for what is to be written at `path`, and has it until the
 * descriptor is closed. What is locked is the directory, or before anybody has made that, the
 * nearest above. -1 where no turn can be had. */
VrFd vr_fd_wait_for_turn (const char *path);

/* Writes all of it, however many calls that takes. FALSE with errno. */
gboolean vr_fd_write (int fd, gconstpointer data, gsize size);
