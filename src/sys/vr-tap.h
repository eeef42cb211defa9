/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Persistent tap interfaces, and the character devices of macvtaps. */
#pragma once

#include <glib.h>

#include "sys/vr-netlink.h"

/* Makes a persistent tap in the calling thread's namespace, down, with a virtio-net header and no
 * packet information; more than one queue (at most 256) makes it multi-queue, and then every opener
 * must ask for that. vr_netlink_delete() removes it. A name that is taken is VR_ERROR_BUSY; no
 * /dev/net/tun is VR_ERROR_HOST; a failure, or a kill in between, leaves nothing. */
gboolean vr_tap_create (const VrLinkSpec *spec, guint queues, GError **error);

/* "/dev/tapN": the character device of the macvtap with this index. The caller owns it. */
char *vr_tap_device_node (int ifindex);

/* Whether the node exists as a character device; VR_ERROR_HOST with the way out. */
gboolean vr_tap_check_device_node (int ifindex, GError **error);
