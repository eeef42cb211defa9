/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-tap-queue.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-netlink.h"

/* Frames of a queue given back at most: the longest ring that the kernel allows a macvtap is far
 * below it, and what comes back by a loop is never endless. */
#define GIVE_BACK_MAX 65536
#define FRAME_MAX 65600 /* a frame of the longest IP packet, with its virtio-net header */
#define EMPTY_RETRY_US 1000

typedef struct {
  char *node; /* "/dev/tap7" */
  gboolean is_bridge;
} Macvtap;

struct VrTapSet {
  GArray *macvtaps; /* Macvtap */
};

/* A descriptor of the process that is a queue of the set's, as one of ours. */
typedef gboolean (*QueueFunc) (int fd, const Macvtap *macvtap, gpointer data);

static void
macvtap_clear (gpointer data)
{
  g_free (((Macvtap *) data)->node);
}

static gboolean
add_macvtap (VrTapSet *set, VrNetlink *netlink, const char *ifname, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (link == NULL || *link->macvtap_mode == '\0') {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "interface %s is %s", ifname,
                 link == NULL ? "gone" : "no macvtap");
    return FALSE;
  }
  Macvtap macvtap = { .node = g_strdup_printf ("/dev/tap%d", link->index),
                      .is_bridge = strcmp (link->macvtap_mode, "bridge") == 0 };
  g_array_append_val (set->macvtaps, macvtap);
  return TRUE;
}

VrTapSet *
vr_tap_set_new (const char *const *ifnames, GError **error)
{
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  if (netlink == NULL)
    return NULL;
  g_autoptr (VrTapSet) set = g_new0 (VrTapSet, 1);
  set->macvtaps = g_array_new (FALSE, FALSE, sizeof (Macvtap));
  g_array_set_clear_func (set->macvtaps, macvtap_clear);
  for (; *ifnames != NULL; ifnames++)
    if (!add_macvtap (set, netlink, *ifnames, error))
      return NULL;
  return g_steal_pointer (&set);
}

void
vr_tap_set_free (VrTapSet *set)
{
  g_array_unref (set->macvtaps);
  g_free (set);
}

static const Macvtap *
find_macvtap (const VrTapSet *set, const char *node)
{
  for (guint i = 0; i < set->macvtaps->len; i++)
    if (strcmp (g_array_index (set->macvtaps, Macvtap, i).node, node) == 0)
      return &g_array_index (set->macvtaps, Macvtap, i);
  return NULL;
}

/* A descriptor that is closed meanwhile is none of the process's. */
static gboolean
call_for (int pidfd, int number, const Macvtap *macvtap, QueueFunc call, gpointer data)
{
  g_auto (VrFd) fd = (int) syscall (SYS_pidfd_getfd, pidfd, number, 0);
  if (fd < 0)
    return errno == EBADF || errno == ESRCH;
  return call (fd, macvtap, data);
}

/* Calls for each queue of the set's that the process has open. FALSE with errno. */
static gboolean
each_queue (const VrTapSet *set, pid_t process, QueueFunc call, gpointer data)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) process);
  g_auto (VrFd) pidfd = (int) syscall (SYS_pidfd_open, process, 0);
  g_autoptr (GDir) dir = pidfd >= 0 ? g_dir_open (path, 0, NULL) : NULL;
  /* A process that has ended has no queue. */
  if (dir == NULL)
    return pidfd >= 0 || errno == ESRCH;
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_autofree char *node = g_file_read_link (file, NULL);
    const Macvtap *macvtap = node != NULL ? find_macvtap (set, node) : NULL;
    if (macvtap != NULL && !call_for (pidfd, atoi (name), macvtap, call, data))
      return FALSE;
  }
  return TRUE;
}

/* The kernel refuses with EINVAL what is so already. */
static gboolean
set_queue (int fd, short flag)
{
  struct ifreq request = { .ifr_flags = flag };
  return ioctl (fd, TUNSETQUEUE, &request) == 0 || errno == EINVAL;
}

/* Whether all of the poll(2) events have come. */
static gboolean
is_ready_for (int fd, short events)
{
  struct pollfd query = { .fd = fd, .events = events };
  return poll (&query, 1, 0) == 1 && (query.revents & events) == events;
}

/* A frame that is written goes through the macvtap's lower device to the macvtap itself, whose
 * address it bears. QEMU makes its queues non-blocking, too. */
static void
give_back (int fd)
{
  g_autofree char *frame = g_malloc (FRAME_MAX);
  int flags = fcntl (fd, F_GETFL);
  if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) < 0)
    return;
  for (guint i = 0; i < GIVE_BACK_MAX && is_ready_for (fd, POLLIN | POLLOUT); i++) {
    ssize_t size = read (fd, frame, FRAME_MAX);
    if (size <= 0 || write (fd, frame, (gsize) size) != size)
      return;
  }
}

static gboolean
hold_queue (int fd, const Macvtap *macvtap, gpointer data)
{
  if (!set_queue (fd, IFF_DETACH_QUEUE))
    return FALSE;
  if (macvtap->is_bridge)
    give_back (fd);
  ++*(guint *) data;
  return TRUE;
}

static gboolean
take_out_queue (int fd, const Macvtap *macvtap, gpointer data)
{
  (void) macvtap;
  (void) data;
  return set_queue (fd, IFF_DETACH_QUEUE);
}

static gboolean
join_queue (int fd, const Macvtap *macvtap, gpointer data)
{
  (void) macvtap;
  (void) data;
  return set_queue (fd, IFF_ATTACH_QUEUE);
}

static gboolean
count_waiting (int fd, const Macvtap *macvtap, gpointer data)
{
  (void) macvtap;
  *(guint *) data += is_ready_for (fd, POLLIN);
  return TRUE;
}

static gboolean
each_queue_or_error (const VrTapSet *set, pid_t process, QueueFunc call, gpointer data,
                     GError **error)
{
  if (each_queue (set, process, call, data))
    return TRUE;
  VrErrorCode code = errno == EPERM || errno == EACCES ? VR_ERROR_PERMISSION : VR_ERROR_KERNEL;
  vr_error_set_errno (error, code, errno, "cannot reach the macvtap queues of process %d",
                      (int) process);
  return FALSE;
}

gboolean
vr_tap_set_hold (const VrTapSet *set, pid_t process, guint *count, GError **error)
{
  guint held = 0;
  if (!each_queue_or_error (set, process, hold_queue, &held, error))
    return FALSE;
  if (count != NULL)
    *count = held;
  return TRUE;
}

gboolean
vr_tap_set_leave (const VrTapSet *set, pid_t process, gint64 timeout_us, guint *unread,
                  GError **error)
{
  gint64 end_us = g_get_monotonic_time () + timeout_us;
  guint waiting;
  if (!each_queue_or_error (set, process, take_out_queue, NULL, error))
    return FALSE;
  for (;;) {
    waiting = 0;
    if (!each_queue_or_error (set, process, count_waiting, &waiting, error))
      return FALSE;
    if (waiting == 0 || g_get_monotonic_time () >= end_us)
      break;
    g_usleep (EMPTY_RETRY_US);
  }
  if (unread != NULL)
    *unread = waiting;
  return TRUE;
}

gboolean
vr_tap_set_join (const VrTapSet *set, pid_t process, GError **error)
{
  return each_queue_or_error (set, process, join_queue, NULL, error);
}
