/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permanent entries of the neighbour tables. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-netlink-internal.h"

static struct nl_msg *
request_new (int type, int flags, int index, const VrPrefix *address)
{
  struct ndmsg header = {
    .ndm_family = (guint8) address->family,
    .ndm_ifindex = index,
    .ndm_state = type == RTM_NEWNEIGH ? NUD_PERMANENT : 0,
  };
  struct nl_msg *message = vr_netlink_message (type, flags, &header, sizeof header);
  vr_netlink_put_address (message, NDA_DST, address);
  return message;
}

typedef struct {
  const char *ifname;
  int index;
  const VrPrefix *address;
  VrMac mac; /* where found */
  gboolean found;
} Entry;

static void
take_entry (struct nlmsghdr *message, gpointer data)
{
  Entry *entry = data;
  const struct ndmsg *header = nlmsg_data (message);
  struct nlattr *mac = nlmsg_find_attr (message, sizeof *header, NDA_LLADDR);
  if (message->nlmsg_type != RTM_NEWNEIGH || (header->ndm_state & NUD_PERMANENT) == 0 || mac == NULL
      || nla_len (mac) != sizeof entry->mac.bytes)
    return;
  memcpy (entry->mac.bytes, nla_data (mac), sizeof entry->mac.bytes);
  entry->found = TRUE;
}

static gboolean
find_entry (VrNetlink *netlink, Entry *entry, GError **error)
{
  entry->index = vr_netlink_index (netlink, entry->ifname, error);
  if (entry->index == 0)
    return FALSE;
  struct nl_msg *message = request_new (RTM_GETNEIGH, 0, entry->index, entry->address);
  int errnum = vr_netlink_transact (netlink, message, take_entry, entry);
  if (errnum == ENOENT)
    return TRUE;
  char text[VR_PREFIX_TEXT_SIZE];
  return vr_netlink_check (netlink, errnum, error, "read neighbour %s of %s",
                           vr_prefix_print_address (entry->address, text), entry->ifname);
}

gboolean
vr_netlink_find_neighbour (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                           VrMac *mac, gboolean *present, GError **error)
{
  Entry entry = { .ifname = ifname, .address = address };
  if (!find_entry (netlink, &entry, error))
    return FALSE;
  if (entry.found)
    *mac = entry.mac;
  *present = entry.found;
  return TRUE;
}

gboolean
vr_netlink_add_neighbour (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                          const VrMac *mac, GError **error)
{
  Entry entry = { .ifname = ifname, .address = address };
  if (!find_entry (netlink, &entry, error))
    return FALSE;
  char text[VR_PREFIX_TEXT_SIZE];
  char mac_text[VR_MAC_TEXT_SIZE];
  vr_prefix_print_address (address, text);
  gboolean same = memcmp (entry.mac.bytes, mac->bytes, sizeof mac->bytes) == 0;
  if (entry.found && !same) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot add neighbour %s to %s%s: it is there with %s; delete that first", text,
                 ifname, vr_netlink_place (netlink), vr_mac_print (&entry.mac, mac_text));
    return FALSE;
  }
  if (entry.found)
    return TRUE;
  struct nl_msg *message
      = request_new (RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, entry.index, address);
  vr_netlink_put (message, NDA_LLADDR, mac->bytes, sizeof mac->bytes);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "add neighbour %s at %s to %s", text,
                           vr_mac_print (mac, mac_text), ifname);
}

gboolean
vr_netlink_del_neighbour (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                          GError **error)
{
  int index;
  if (!vr_netlink_find_index (netlink, ifname, &index, error))
    return FALSE;
  if (index == 0)
    return TRUE;
  struct nl_msg *message = request_new (RTM_DELNEIGH, 0, index, address);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum == ENOENT || errnum == ENODEV)
    return TRUE;
  char text[VR_PREFIX_TEXT_SIZE];
  return vr_netlink_check (netlink, errnum, error, "delete neighbour %s of %s",
                           vr_prefix_print_address (address, text), ifname);
}
