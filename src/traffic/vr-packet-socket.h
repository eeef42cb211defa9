/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AF_PACKET sockets on an interface of a given network namespace. */
#pragma once

#include <glib.h>

#include "base/vr-fd.h"

typedef struct {
  VrFd fd; /* SOCK_RAW, close-on-exec; bound to no protocol: it receives nothing yet */
  int ifindex;
  guint mtu; /* bytes */
} VrPacketSocket;

/* Opens a socket in the namespace that `netns_fd` is open on (-1: the caller's own) for its
 * interface `ifname`; the caller's thread stays in its namespace. VR_ERROR_PERMISSION without
 * CAP_NET_RAW (or, for a namespace, CAP_SYS_ADMIN), VR_ERROR_TRAFFIC when there is no such
 * interface or it is down. */
gboolean vr_packet_socket_open (VrPacketSocket *packet, int netns_fd, const char *ifname,
                                GError **error);
void vr_packet_socket_clear (VrPacketSocket *packet);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrPacketSocket, vr_packet_socket_clear)

/* Binds to the interface for `protocol` (host order; 0: sends only). VR_ERROR_TRAFFIC. */
gboolean vr_packet_socket_bind (const VrPacketSocket *packet, guint16 protocol, GError **error);
