/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-attach.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>

#include <bpf/bpf.h>

int
vr_attach_ifindex (const char *name, VrProblem *problem)
{
  unsigned index = if_nametoindex (name);
  if (index == 0)
    vr_problem_set (problem, "no interface %s: %s", name, strerror (errno));
  return (int) index;
}

static bool
ethtool_flags (int fd, const char *name, struct ethtool_value *value)
{
  struct ifreq request = { 0 };
  memcpy (request.ifr_name, name, strlen (name) + 1);
  request.ifr_data = (void *) value;
  return ioctl (fd, SIOCETHTOOL, &request) == 0;
}

/* A driver that knows no such flag leaves the tags in the frames. */
static bool
keep_tags (const char *name, VrProblem *problem)
{
  struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool good = fd >= 0;
  int cause = errno;
  if (good && ethtool_flags (fd, name, &value) && (value.data & ETH_FLAG_RXVLAN) != 0) {
    value.cmd = ETHTOOL_SFLAGS;
    value.data &= ~(uint32_t) ETH_FLAG_RXVLAN;
    good = ethtool_flags (fd, name, &value);
    cause = errno;
  }
  if (fd >= 0)
    close (fd);
  return good
         || vr_problem_set (problem,
                            "%s takes VLAN tags off its frames, and cannot be told not to: %s",
                            name, strerror (cause));
}

static int
link_in_mode (VrAttachment *attachment, int program, uint32_t flags)
{
  LIBBPF_OPTS (bpf_link_create_opts, options, .flags = flags);
  attachment->link = bpf_link_create (program, attachment->ifindex, BPF_XDP, &options);
  return attachment->link;
}

bool
vr_attach (VrAttachment *attachment, const char *name, int program, VrAttachMode mode,
           VrProblem *problem)
{
  attachment->ifindex = vr_attach_ifindex (name, problem);
  if (attachment->ifindex == 0 || !keep_tags (name, problem))
    return false;
  attachment->native = mode == VR_ATTACH_NATIVE_IF_CAN
                       && link_in_mode (attachment, program, XDP_FLAGS_DRV_MODE) >= 0;
  if (attachment->native || link_in_mode (attachment, program, XDP_FLAGS_SKB_MODE) >= 0)
    return true;
  int cause = -attachment->link;
  attachment->link = -1;
  if (cause == EBUSY || cause == EEXIST)
    return vr_problem_set (
        problem, "%s has an XDP program already: take it off (ip link set dev %s xdp off)", name,
        name);
  return vr_problem_set (problem, "cannot attach to %s: %s", name, strerror (cause));
}

bool
vr_attach_promiscuous (VrAttachment *attachment, const char *name, VrProblem *problem)
{
  struct packet_mreq request = { .mr_ifindex = attachment->ifindex, .mr_type = PACKET_MR_PROMISC };
  /* Of no protocol: it receives nothing. */
  attachment->socket = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (attachment->socket >= 0
      && setsockopt (attachment->socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request,
                     sizeof request)
             == 0)
    return true;
  return vr_problem_set (problem, "cannot make %s promiscuous: %s", name, strerror (errno));
}

void
vr_detach (VrAttachment *attachment)
{
  if (attachment->link >= 0)
    close (attachment->link);
  if (attachment->socket >= 0)
    close (attachment->socket);
  *attachment = (VrAttachment) VR_ATTACHMENT_NONE;
}
