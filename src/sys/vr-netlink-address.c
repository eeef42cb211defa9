/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses of interfaces. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-netlink-internal.h"

static struct nl_msg *
request_new (int type, int flags, int index, const VrPrefix *address)
{
  struct ifaddrmsg header = {
    .ifa_family = (guint8) address->family,
    .ifa_prefixlen = (guint8) address->length,
    .ifa_flags = address->family == AF_INET6 ? IFA_F_NODAD : 0,
    .ifa_scope = RT_SCOPE_UNIVERSE,
    .ifa_index = (guint32) index,
  };
  struct nl_msg *message = vr_netlink_message (type, flags, &header, sizeof header);
  vr_netlink_put_address (message, IFA_LOCAL, address);
  vr_netlink_put_address (message, IFA_ADDRESS, address);
  return message;
}

typedef struct {
  const VrPrefix *address;
  const char *ifname;
  int index;
  gboolean found;
} Search;

static void
compare_address (struct nlmsghdr *message, gpointer data)
{
  Search *search = data;
  const struct ifaddrmsg *header = nlmsg_data (message);
  struct nlattr *attributes[IFA_MAX + 1];
  if (message->nlmsg_type != RTM_NEWADDR || header->ifa_family != search->address->family
      || (int) header->ifa_index != search->index
      || header->ifa_prefixlen != search->address->length
      || nlmsg_parse (message, sizeof *header, attributes, IFA_MAX, NULL) < 0)
    return;
  /* IPv6 gives IFA_LOCAL only beside the address of a peer. */
  struct nlattr *own = attributes[attributes[IFA_LOCAL] != NULL ? IFA_LOCAL : IFA_ADDRESS];
  int size = header->ifa_family == AF_INET ? 4 : 16;
  if (own != NULL && nla_len (own) == size
      && memcmp (nla_data (own), search->address->bytes, (gsize) size) == 0)
    search->found = TRUE;
}

static gboolean
find_address (VrNetlink *netlink, Search *search, GError **error)
{
  int errnum = EAGAIN;
  while (errnum == EAGAIN) {
    struct ifaddrmsg header = {
      .ifa_family = (guint8) search->address->family,
      .ifa_index = (guint32) search->index,
    };
    struct nl_msg *message = vr_netlink_message (RTM_GETADDR, NLM_F_DUMP, &header, sizeof header);
    search->found = FALSE;
    errnum = vr_netlink_transact (netlink, message, compare_address, search);
  }
  return vr_netlink_check (netlink, errnum, error, "list the addresses of %s", search->ifname);
}

gboolean
vr_netlink_has_address (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                        gboolean *present, GError **error)
{
  Search search = { .address = address, .ifname = ifname };
  search.index = vr_netlink_index (netlink, ifname, error);
  if (search.index == 0 || !find_address (netlink, &search, error))
    return FALSE;
  *present = search.found;
  return TRUE;
}

gboolean
vr_netlink_add_address (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                        GError **error)
{
  Search search = { .address = address, .ifname = ifname };
  search.index = vr_netlink_index (netlink, ifname, error);
  if (search.index == 0)
    return FALSE;
  char text[VR_PREFIX_TEXT_SIZE];
  vr_prefix_print (address, text);
  struct nl_msg *message
      = request_new (RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, search.index, address);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum != EEXIST)
    return vr_netlink_check (netlink, errnum, error, "add address %s to %s", text, ifname);
  if (!find_address (netlink, &search, error))
    return FALSE;
  if (!search.found)
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot add address %s to %s%s: it has the address with another prefix length; "
                 "delete that first",
                 text, ifname, vr_netlink_place (netlink));
  return search.found;
}

gboolean
vr_netlink_del_address (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                        GError **error)
{
  int index;
  if (!vr_netlink_find_index (netlink, ifname, &index, error))
    return FALSE;
  if (index == 0)
    return TRUE;
  struct nl_msg *message = request_new (RTM_DELADDR, 0, index, address);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum == EADDRNOTAVAIL || errnum == ENODEV)
    return TRUE;
  char text[VR_PREFIX_TEXT_SIZE];
  return vr_netlink_check (netlink, errnum, error, "delete address %s of %s",
                           vr_prefix_print (address, text), ifname);
}
