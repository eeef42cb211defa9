/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-port-lock.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/vr-error.h"
#include "sys/vr-netns.h"

typedef struct {
  const char *netns, *ifname;
  VrFd *lock;
} Locking;

/* By index, since an interface may be renamed while it is under test. */
static socklen_t
name_port (guint ifindex, struct sockaddr_un *address)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  int length
      = snprintf (address->sun_path + 1, sizeof address->sun_path - 1, "vrkit-port-%u", ifindex);
  return (socklen_t) (offsetof (struct sockaddr_un, sun_path) + 1 + (gsize) length);
}

/* The process that listens at the address; 0 where it is gone meanwhile, or not to be seen. */
static pid_t
find_holder (const struct sockaddr_un *address, socklen_t size)
{
  struct ucred holder = { .pid = 0 };
  socklen_t holder_size = sizeof holder;
  g_auto (VrFd) fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect (fd, (const struct sockaddr *) address, size) != 0
      || getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &holder, &holder_size) != 0)
    return 0;
  return holder.pid;
}

static gboolean
refuse (const Locking *locking, pid_t holder, GError **error)
{
  g_autofree char *process = holder != 0 ? g_strdup_printf (" %d", holder) : g_strdup ("");
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "interface \"%s\"%s%s is under test by another process%s: a port has one tester at "
               "a time; wait until it is done, or end it",
               locking->ifname, locking->netns != NULL ? " in namespace " : "",
               locking->netns != NULL ? locking->netns : "", process);
  return FALSE;
}

/* Runs in the port's namespace. */
static gboolean
lock_here (gpointer data, GError **error)
{
  const Locking *locking = data;
  struct sockaddr_un address;
  guint ifindex = if_nametoindex (locking->ifname);
  socklen_t size = name_port (ifindex, &address);
  if (ifindex == 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot lock interface \"%s\"",
                        locking->ifname);
    return FALSE;
  }
  g_auto (VrFd) fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && bind (fd, (const struct sockaddr *) &address, size) == 0
      && listen (fd, SOMAXCONN) == 0) {
    *locking->lock = vr_fd_steal (&fd);
    return TRUE;
  }
  if (errno == EADDRINUSE) {
    pid_t holder = find_holder (&address, size);
    return holder == getpid () || refuse (locking, holder, error);
  }
  vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot lock interface \"%s\"",
                      locking->ifname);
  return FALSE;
}

gboolean
vr_port_lock (const char *netns, const char *ifname, VrFd *lock, GError **error)
{
  Locking locking = { netns, ifname, lock };
  return vr_netns_call (netns, lock_here, &locking, error);
}
