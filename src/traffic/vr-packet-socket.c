/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-packet-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-within.h"

static int
open_socket (gpointer data)
{
  VrPacketSocket *packet = data;
  packet->fd = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  return packet->fd < 0 ? errno : 0;
}

static gboolean
ask_interface (VrPacketSocket *packet, const char *ifname, GError **error)
{
  struct ifreq request = { 0 };
  if (g_strlcpy (request.ifr_name, ifname, sizeof request.ifr_name) >= sizeof request.ifr_name
      || ioctl (packet->fd, SIOCGIFINDEX, &request) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "there is no interface \"%s\" to test on",
                 ifname);
    return FALSE;
  }
  packet->ifindex = request.ifr_ifindex;
  if (ioctl (packet->fd, SIOCGIFMTU, &request) == 0)
    packet->mtu = (guint) request.ifr_mtu;
  if (ioctl (packet->fd, SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_UP) == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "interface \"%s\" is down: bring it up before testing on it", ifname);
    return FALSE;
  }
  return TRUE;
}

gboolean
vr_packet_socket_open (VrPacketSocket *packet, int netns_fd, const char *ifname, GError **error)
{
  g_auto (VrPacketSocket) opened = { .fd = -1 };
  int errnum;
  if (!vr_within_call (netns_fd, open_socket, &opened, &errnum, error))
    return FALSE;
  if (errnum != 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errnum, "cannot open a packet socket%s",
                        netns_fd >= 0 ? " in the network namespace" : "");
    return FALSE;
  }
  if (!ask_interface (&opened, ifname, error))
    return FALSE;
  *packet = opened;
  opened.fd = -1;
  return TRUE;
}

void
vr_packet_socket_clear (VrPacketSocket *packet)
{
  vr_fd_clear (&packet->fd);
}

gboolean
vr_packet_socket_bind (const VrPacketSocket *packet, guint16 protocol, GError **error)
{
  struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                 .sll_protocol = htons (protocol),
                                 .sll_ifindex = packet->ifindex };
  if (bind (packet->fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot bind a packet socket");
  return FALSE;
}
