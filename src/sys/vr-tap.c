/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"

#define TUN_DEVICE "/dev/net/tun"
#define QUEUES_MAX 256 /* MAX_TAP_QUEUES, drivers/net/tun.c */

static int
open_device (const char *name, GError **error)
{
  int fd = open (TUN_DEVICE, O_RDWR | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "cannot create tap %s: no " TUN_DEVICE "; `modprobe tun`, or a kernel with "
                 "CONFIG_TUN",
                 name);
  else
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot create tap %s: cannot open %s", name,
                        TUN_DEVICE);
  return -1;
}

/* IFF_TUN_EXCL keeps the kernel from handing out a tap that is there already. */
static gboolean
attach (int fd, const char *name, guint queues, GError **error)
{
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
  request.ifr_flags |= (short) IFF_TUN_EXCL;
  if (queues > 1)
    request.ifr_flags |= IFF_MULTI_QUEUE;
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  if (ioctl (fd, TUNSETIFF, &request) == 0)
    return TRUE;
  int errnum = errno;
  if (errnum == EBUSY)
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot create tap %s: an interface of this name is there already; `ip -d link "
                 "show %s` tells whose",
                 name, name);
  else
    vr_error_set_errno (error, VR_ERROR_KERNEL, errnum, "cannot create tap %s (run as root)", name);
  return FALSE;
}

static gboolean
apply_spec (const VrLinkSpec *spec, GError **error)
{
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  if (netlink == NULL)
    return FALSE;
  const char *name = spec->name;
  return (spec->alias == NULL || vr_netlink_set_alias (netlink, name, spec->alias, error))
         && (spec->mac == NULL || vr_netlink_set_mac (netlink, name, spec->mac, error))
         && (spec->mtu == 0 || vr_netlink_set_mtu (netlink, name, spec->mtu, error))
         && (spec->queue_length < 0
             || vr_netlink_set_queue_length (netlink, name, (guint) spec->queue_length, error));
}

gboolean
vr_tap_create (const VrLinkSpec *spec, guint queues, GError **error)
{
  gsize length = strnlen (spec->name, VR_LINK_NAME_SIZE);
  if (length == 0 || length == VR_LINK_NAME_SIZE || strpbrk (spec->name, "%/") != NULL
      || queues == 0 || queues > QUEUES_MAX) {
    g_set_error (
        error, VR_ERROR, VR_ERROR_PROFILE,
        "tap \"%.16s\" with %u queues: a name has 1 to %d characters without %% and /, and "
        "there are 1 to %d queues",
        spec->name, queues, VR_LINK_NAME_SIZE - 1, QUEUES_MAX);
    return FALSE;
  }
  g_auto (VrFd) fd = open_device (spec->name, error);
  /* It becomes persistent last: until then, closing the descriptor removes it. */
  if (fd < 0 || !attach (fd, spec->name, queues, error) || !apply_spec (spec, error))
    return FALSE;
  if (ioctl (fd, TUNSETPERSIST, 1) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot make tap %s persistent", spec->name);
  return FALSE;
}

char *
vr_tap_device_node (int ifindex)
{
  return g_strdup_printf ("/dev/tap%d", ifindex);
}

gboolean
vr_tap_check_device_node (int ifindex, GError **error)
{
  g_autofree char *node = vr_tap_device_node (ifindex);
  struct stat status;
  if (stat (node, &status) == 0 && S_ISCHR (status.st_mode))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "macvtap %d has no character device %s: the kernel makes it where devtmpfs is "
               "mounted on /dev, and udev elsewhere; in a container, run where the host's /dev is, "
               "or `mknod %s c` with the numbers of /sys/class/macvtap/tap%d/dev",
               ifindex, node, node, ifindex);
  return FALSE;
}
