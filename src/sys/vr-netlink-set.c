/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces, changed: one attribute a function. */
#include "sys/vr-netlink.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-netlink-internal.h"
#include "sys/vr-netns.h"

/* IFALIASZ of linux/if.h, less the final NUL. */
#define ALIAS_MAX_LENGTH 255

/* Flags in `mask` become those in `flags`. NULL where the name is none. */
static struct nl_msg *
change_new (const char *ifname, guint mask, guint flags, GError **error)
{
  if (!vr_netlink_check_name (ifname, error))
    return NULL;
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_change = mask, .ifi_flags = flags };
  struct nl_msg *message = vr_netlink_message (RTM_SETLINK, 0, &header, sizeof header);
  vr_netlink_put_string (message, IFLA_IFNAME, ifname);
  return message;
}

gboolean
vr_netlink_set_up (VrNetlink *netlink, const char *ifname, gboolean up, GError **error)
{
  struct nl_msg *message = change_new (ifname, IFF_UP, up ? IFF_UP : 0, error);
  if (message == NULL)
    return FALSE;
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "set %s %s", ifname, up ? "up" : "down");
}

gboolean
vr_netlink_set_promiscuous (VrNetlink *netlink, const char *ifname, gboolean promiscuous,
                            GError **error)
{
  guint flags = promiscuous ? IFF_PROMISC : 0;
  struct nl_msg *message = change_new (ifname, IFF_PROMISC, flags, error);
  if (message == NULL)
    return FALSE;
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "turn promiscuous mode of %s %s", ifname,
                           promiscuous ? "on" : "off");
}

gboolean
vr_netlink_set_all_multicast (VrNetlink *netlink, const char *ifname, gboolean all_multicast,
                              GError **error)
{
  guint flags = all_multicast ? IFF_ALLMULTI : 0;
  struct nl_msg *message = change_new (ifname, IFF_ALLMULTI, flags, error);
  if (message == NULL)
    return FALSE;
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "turn all-multicast mode of %s %s", ifname,
                           all_multicast ? "on" : "off");
}

gboolean
vr_netlink_set_mtu (VrNetlink *netlink, const char *ifname, guint mtu, GError **error)
{
  struct nl_msg *message = change_new (ifname, 0, 0, error);
  if (message == NULL)
    return FALSE;
  vr_netlink_put_u32 (message, IFLA_MTU, mtu);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "set the MTU of %s to %u bytes", ifname, mtu);
}

gboolean
vr_netlink_set_queue_length (VrNetlink *netlink, const char *ifname, guint queue_length,
                             GError **error)
{
  struct nl_msg *message = change_new (ifname, 0, 0, error);
  if (message == NULL)
    return FALSE;
  vr_netlink_put_u32 (message, IFLA_TXQLEN, queue_length);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "set the queue length of %s to %u packets",
                           ifname, queue_length);
}

gboolean
vr_netlink_set_master (VrNetlink *netlink, const char *ifname, const char *master, GError **error)
{
  int index = master != NULL ? vr_netlink_index (netlink, master, error) : 0;
  if (master != NULL && index == 0)
    return FALSE;
  struct nl_msg *message = change_new (ifname, 0, 0, error);
  if (message == NULL)
    return FALSE;
  vr_netlink_put_u32 (message, IFLA_MASTER, (guint32) index);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (master == NULL)
    return vr_netlink_check (netlink, errnum, error, "release %s from its bridge", ifname);
  return vr_netlink_check (netlink, errnum, error, "make %s a port of %s", ifname, master);
}

gboolean
vr_netlink_check_alias (const char *ifname, const char *alias, GError **error)
{
  if (alias == NULL || strnlen (alias, ALIAS_MAX_LENGTH + 1) <= ALIAS_MAX_LENGTH)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "the alias of %s is longer than %d bytes", ifname,
               ALIAS_MAX_LENGTH);
  return FALSE;
}

gboolean
vr_netlink_set_alias (VrNetlink *netlink, const char *ifname, const char *alias, GError **error)
{
  const char *text = alias != NULL ? alias : "";
  if (!vr_netlink_check_alias (ifname, text, error))
    return FALSE;
  struct nl_msg *message = change_new (ifname, 0, 0, error);
  if (message == NULL)
    return FALSE;
  vr_netlink_put (message, IFLA_IFALIAS, text, strlen (text));
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "set the alias of %s to \"%s\"", ifname, text);
}

gboolean
vr_netlink_set_mac (VrNetlink *netlink, const char *ifname, const VrMac *mac, GError **error)
{
  struct nl_msg *message = change_new (ifname, 0, 0, error);
  if (message == NULL)
    return FALSE;
  vr_netlink_put (message, IFLA_ADDRESS, mac->bytes, sizeof mac->bytes);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  char text[VR_MAC_TEXT_SIZE];
  return vr_netlink_check (netlink, errnum, error, "set the MAC address of %s to %s", ifname,
                           vr_mac_print (mac, text));
}

gboolean
vr_netlink_set_netns (VrNetlink *netlink, const char *ifname, const char *netns, GError **error)
{
  g_auto (VrFd) fd = vr_netns_open (netns, error);
  if (fd < 0)
    return FALSE;
  struct nl_msg *message = change_new (ifname, 0, 0, error);
  if (message == NULL)
    return FALSE;
  vr_netlink_put_u32 (message, IFLA_NET_NS_FD, (guint32) fd);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  return vr_netlink_check (netlink, errnum, error, "move %s to namespace %s", ifname, netns);
}
