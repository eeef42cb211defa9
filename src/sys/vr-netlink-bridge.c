/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bridge does with addresses and VLANs, and which VLAN a port of one is in. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-netlink-internal.h"

/* BR_DEFAULT_AGEING_TIME of the kernel, 300 s, in the hundredths of one that it takes. */
#define AGEING_TICKS 30000
#define VLAN_MAX 4094
/* In the VLAN of untagged frames, and frames of it leave without a tag. */
#define UNTAGGED (BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED)

/* A request to change a bridge, with its two nests open. */
typedef struct {
  struct nl_msg *message;
  struct nlattr *link_info;
  struct nlattr *data;
} Change;

/* RTM_SETLINK takes nothing of a kind's own. FALSE: there is no such interface. */
static gboolean
change_begin (Change *change, VrNetlink *netlink, const char *ifname, GError **error)
{
  int index = vr_netlink_index (netlink, ifname, error);
  if (index == 0)
    return FALSE;
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
  change->message = vr_netlink_message (RTM_NEWLINK, 0, &header, sizeof header);
  change->link_info = vr_netlink_nest (change->message, IFLA_LINKINFO);
  vr_netlink_put_string (change->message, IFLA_INFO_KIND, "bridge");
  change->data = vr_netlink_nest (change->message, IFLA_INFO_DATA);
  return TRUE;
}

/* 0 or errno. */
static int
change_send (Change *change, VrNetlink *netlink)
{
  nla_nest_end (change->message, change->data);
  nla_nest_end (change->message, change->link_info);
  return vr_netlink_transact (netlink, change->message, NULL, NULL);
}

gboolean
vr_netlink_set_floods (VrNetlink *netlink, const char *ifname, gboolean floods, GError **error)
{
  Change change;
  if (!change_begin (&change, netlink, ifname, error))
    return FALSE;
  vr_netlink_put_u32 (change.message, IFLA_BR_AGEING_TIME, floods ? 0 : AGEING_TICKS);
  int errnum = change_send (&change, netlink);
  return vr_netlink_check (netlink, errnum, error, "make bridge %s %s", ifname,
                           floods ? "flood" : "learn addresses");
}

gboolean
vr_netlink_set_vlans (VrNetlink *netlink, const char *ifname, gboolean vlans, GError **error)
{
  const guint8 filtering = vlans ? 1 : 0;
  const guint16 initial = vlans ? 0 : 1;
  Change change;
  if (!change_begin (&change, netlink, ifname, error))
    return FALSE;
  vr_netlink_put (change.message, IFLA_BR_VLAN_FILTERING, &filtering, sizeof filtering);
  vr_netlink_put (change.message, IFLA_BR_VLAN_DEFAULT_PVID, &initial, sizeof initial);
  int errnum = change_send (&change, netlink);
  if (errnum != EOPNOTSUPP)
    return vr_netlink_check (netlink, errnum, error, "make bridge %s %s", ifname,
                             vlans ? "keep VLANs apart" : "know no VLANs");
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "cannot make bridge %s keep VLANs apart: this kernel's bridges know none "
               "(CONFIG_BRIDGE_VLAN_FILTERING)",
               ifname);
  return FALSE;
}

/* --- Ports ------------------------------------------------------------------------------------ */

/* What a port is found to be in. */
typedef struct {
  int index;
  guint count; /* VLANs, a range being one */
  guint vlan;  /* the last that is without tags */
} Found;

static void
take_vlans (struct nlmsghdr *message, gpointer data)
{
  Found *found = data;
  const struct ifinfomsg *header = nlmsg_data (message);
  struct nlattr *vlans = nlmsg_find_attr (message, sizeof *header, IFLA_AF_SPEC);
  if (message->nlmsg_type != RTM_NEWLINK || header->ifi_index != found->index || vlans == NULL)
    return;
  struct nlattr *attribute;
  int remaining;
  nla_for_each_nested (attribute, vlans, remaining)
  {
    struct bridge_vlan_info info;
    if (nla_type (attribute) != IFLA_BRIDGE_VLAN_INFO || nla_len (attribute) < (int) sizeof info)
      continue;
    memcpy (&info, nla_data (attribute), sizeof info);
    found->count++;
    found->vlan = info.flags == UNTAGGED ? info.vid : 0;
  }
}

gboolean
vr_netlink_vlan (VrNetlink *netlink, const char *ifname, guint *vlan, GError **error)
{
  Found found = { .index = vr_netlink_index (netlink, ifname, error) };
  if (found.index == 0)
    return FALSE;
  int errnum = EAGAIN;
  while (errnum == EAGAIN) {
    /* The kernel tells them in a list of all ports alone. */
    struct ifinfomsg header = { .ifi_family = AF_BRIDGE };
    struct nl_msg *message = vr_netlink_message (RTM_GETLINK, NLM_F_DUMP, &header, sizeof header);
    vr_netlink_put_u32 (message, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
    found.count = 0;
    errnum = vr_netlink_transact (netlink, message, take_vlans, &found);
  }
  if (!vr_netlink_check (netlink, errnum, error, "read the VLANs of %s", ifname))
    return FALSE;
  *vlan = found.count == 1 ? found.vlan : 0;
  return TRUE;
}

static struct nl_msg *
vlans_new (int type, int index, const struct bridge_vlan_info *vlans, guint count)
{
  struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = index };
  struct nl_msg *message = vr_netlink_message (type, 0, &header, sizeof header);
  struct nlattr *nest = vr_netlink_nest (message, IFLA_AF_SPEC);
  for (guint i = 0; i < count; i++)
    vr_netlink_put (message, IFLA_BRIDGE_VLAN_INFO, &vlans[i], sizeof vlans[i]);
  nla_nest_end (message, nest);
  return message;
}

/* It leaves all others first. */
gboolean
vr_netlink_set_vlan (VrNetlink *netlink, const char *ifname, guint vlan, GError **error)
{
  static const struct bridge_vlan_info all[] = {
    { .flags = BRIDGE_VLAN_INFO_RANGE_BEGIN, .vid = 1 },
    { .flags = BRIDGE_VLAN_INFO_RANGE_END, .vid = VLAN_MAX },
  };
  const struct bridge_vlan_info one = { .flags = UNTAGGED, .vid = (guint16) vlan };
  int index = vr_netlink_index (netlink, ifname, error);
  if (index == 0)
    return FALSE;
  struct nl_msg *message = vlans_new (RTM_DELLINK, index, all, G_N_ELEMENTS (all));
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum == 0)
    errnum = vr_netlink_transact (netlink, vlans_new (RTM_SETLINK, index, &one, 1), NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "put %s into VLAN %u of its bridge", ifname,
                           vlan);
}
