/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces, made and removed. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "sys/vr-netlink-internal.h"
#include "sys/vr-netns.h"

/* A request to make an interface, with its two nests open. */
typedef struct {
  struct nl_msg *message;
  struct nlattr *link_info;
  struct nlattr *data;
} Creation;

static gboolean
check_spec (const VrLinkSpec *spec, GError **error)
{
  return vr_netlink_check_name (spec->name, error)
         && vr_netlink_check_alias (spec->name, spec->alias, error);
}

static void
put_sizes (struct nl_msg *message, const VrLinkSpec *spec)
{
  if (spec->mtu != 0)
    vr_netlink_put_u32 (message, IFLA_MTU, spec->mtu);
  if (spec->queue_length >= 0)
    vr_netlink_put_u32 (message, IFLA_TXQLEN, (guint32) spec->queue_length);
}

static Creation
creation_new (const VrLinkSpec *spec, const char *kind, int lower_index, int netns_fd)
{
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  Creation creation = { NULL };
  creation.message
      = vr_netlink_message (RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
  vr_netlink_put_string (creation.message, IFLA_IFNAME, spec->name);
  put_sizes (creation.message, spec);
  if (spec->mac != NULL)
    vr_netlink_put (creation.message, IFLA_ADDRESS, spec->mac->bytes, sizeof spec->mac->bytes);
  if (lower_index != 0)
    vr_netlink_put_u32 (creation.message, IFLA_LINK, (guint32) lower_index);
  if (netns_fd >= 0)
    vr_netlink_put_u32 (creation.message, IFLA_NET_NS_FD, (guint32) netns_fd);
  creation.link_info = vr_netlink_nest (creation.message, IFLA_LINKINFO);
  vr_netlink_put_string (creation.message, IFLA_INFO_KIND, kind);
  creation.data = vr_netlink_nest (creation.message, IFLA_INFO_DATA);
  return creation;
}

/* Sends the request. 0 or errno. */
static int
creation_send (Creation *creation, VrNetlink *netlink)
{
  nla_nest_end (creation->message, creation->data);
  nla_nest_end (creation->message, creation->link_info);
  return vr_netlink_transact (netlink, creation->message, NULL, NULL);
}

/* `what` as "macvtap vr0 on eth1 in mode bridge". */
static gboolean
check_created (VrNetlink *netlink, int errnum, const char *kind, const char *what, GError **error)
{
  if (errnum == EOPNOTSUPP) {
    g_autofree char *option = g_ascii_strup (kind, -1);
    g_set_error (
        error, VR_ERROR, VR_ERROR_HOST,
        "cannot create %s: this kernel has no %s; `modprobe %s`, or a kernel with CONFIG_%s", what,
        kind, kind, option);
    return FALSE;
  }
  if (errnum == EEXIST) {
    g_set_error (
        error, VR_ERROR, VR_ERROR_BUSY,
        "cannot create %s%s: there is an interface of this name already; `ip -d link show` "
        "tells whose",
        what, vr_netlink_place (netlink));
    return FALSE;
  }
  return vr_netlink_check (netlink, errnum, error, "create %s", what);
}

/* What the kernel takes in no creation. `mac` is NULL where it did take it. Undoes the creation on
 * failure. */
static gboolean
finish (VrNetlink *netlink, const char *ifname, const char *alias, const VrMac *mac, GError **error)
{
  if ((alias == NULL || vr_netlink_set_alias (netlink, ifname, alias, error))
      && (mac == NULL || vr_netlink_set_mac (netlink, ifname, mac, error)))
    return TRUE;
  vr_netlink_delete (netlink, ifname, NULL);
  return FALSE;
}

/* An open descriptor of the namespace, -1 for NULL. FALSE on failure. */
static gboolean
open_netns (const char *netns, VrFd *fd, GError **error)
{
  *fd = netns != NULL ? vr_netns_open (netns, error) : -1;
  return netns == NULL || *fd >= 0;
}

gboolean
vr_netlink_add_veth (VrNetlink *netlink, const VrLinkSpec *spec, const char *peer_name,
                     const char *peer_netns, GError **error)
{
  g_auto (VrFd) fd = -1;
  if (!check_spec (spec, error) || !vr_netlink_check_name (peer_name, error)
      || !open_netns (peer_netns, &fd, error))
    return FALSE;
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  Creation creation = creation_new (spec, "veth", 0, -1);
  struct nlattr *peer = vr_netlink_nest (creation.message, VETH_INFO_PEER);
  nlmsg_append (creation.message, &header, sizeof header, NLMSG_ALIGNTO);
  vr_netlink_put_string (creation.message, IFLA_IFNAME, peer_name);
  put_sizes (creation.message, spec);
  if (fd >= 0)
    vr_netlink_put_u32 (creation.message, IFLA_NET_NS_FD, (guint32) fd);
  nla_nest_end (creation.message, peer);
  int errnum = creation_send (&creation, netlink);
  g_autofree char *what
      = g_strdup_printf ("veth %s with peer %s%s%s", spec->name, peer_name,
                         peer_netns != NULL ? " in " : "", peer_netns != NULL ? peer_netns : "");
  if (!check_created (netlink, errnum, "veth", what, error))
    return FALSE;
  g_autoptr (VrNetlink) far = peer_netns != NULL ? vr_netlink_new (peer_netns, error) : NULL;
  if ((peer_netns == NULL || far != NULL)
      && finish (far != NULL ? far : netlink, peer_name, spec->alias, NULL, error))
    return finish (netlink, spec->name, spec->alias, NULL, error);
  vr_netlink_delete (netlink, spec->name, NULL);
  return FALSE;
}

gboolean
vr_netlink_add_bridge (VrNetlink *netlink, const VrLinkSpec *spec, GError **error)
{
  if (!check_spec (spec, error))
    return FALSE;
  const guint8 off = 0;
  Creation creation = creation_new (spec, "bridge", 0, -1);
  vr_netlink_put_u32 (creation.message, IFLA_BR_FORWARD_DELAY, 0);
  vr_netlink_put_u32 (creation.message, IFLA_BR_STP_STATE, 0);
  vr_netlink_put (creation.message, IFLA_BR_MCAST_SNOOPING, &off, sizeof off);
  int errnum = creation_send (&creation, netlink);
  g_autofree char *what = g_strconcat ("bridge ", spec->name, NULL);
  if (!check_created (netlink, errnum, "bridge", what, error))
    return FALSE;
  return finish (netlink, spec->name, spec->alias, NULL, error);
}

/* Which macvtap or macvlan keeps one of `mode` from being made on `lower`; NULL where none does. A
 * passthru has its lower device alone. */
static char *
find_rival (VrNetlink *netlink, int lower_index, const char *mode)
{
  g_autoptr (GPtrArray) links = vr_netlink_links (netlink, NULL);
  for (guint i = 0; links != NULL && i < links->len; i++) {
    const VrLink *link = g_ptr_array_index (links, i);
    gboolean on_lower = link->lower_index == lower_index && link->lower_netnsid == -1;
    if (on_lower && link->macvtap_mode[0] != '\0'
        && (strcmp (mode, "passthru") == 0 || strcmp (link->macvtap_mode, "passthru") == 0))
      return g_strdup (link->name);
  }
  return NULL;
}

/* What a macvtap or macvlan is made of beside its spec. */
typedef struct {
  const char *kind;
  const char *lower;
  const char *mode;
  const char *netns; /* or NULL */
} Macvlan;

/* Why the kernel said EINVAL or EBUSY, of which it gives no account. FALSE, and no error, where it
 * is not clear. */
static gboolean
explain_refusal (VrNetlink *netlink, int errnum, const VrLinkSpec *spec, const Macvlan *macvlan,
                 GError **error)
{
  g_autoptr (VrLink) lower = vr_netlink_link (netlink, macvlan->lower, NULL);
  g_autofree char *rival = lower != NULL ? find_rival (netlink, lower->index, macvlan->mode) : NULL;
  if (errnum == EINVAL && rival != NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot create %s %s in mode %s: %s is on %s already, and passthru shares it with "
                 "nobody",
                 macvlan->kind, spec->name, macvlan->mode, rival, macvlan->lower);
  else if (errnum == EINVAL && lower != NULL && spec->mtu > lower->mtu)
    g_set_error (
        error, VR_ERROR, VR_ERROR_INFEASIBLE,
        "cannot create %s %s: its MTU of %u is above the %u of %s; raise that, or lower it",
        macvlan->kind, spec->name, spec->mtu, lower->mtu, macvlan->lower);
  else if (errnum == EBUSY)
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot create %s %s: %s is a port of a bridge, or in other use; `ip -d link show "
                 "%s` tells",
                 macvlan->kind, spec->name, macvlan->lower, macvlan->lower);
  else
    return FALSE;
  return TRUE;
}

static gboolean
check_macvlan (VrNetlink *netlink, int errnum, const VrLinkSpec *spec, const Macvlan *macvlan,
               GError **error)
{
  g_autofree char *what = g_strdup_printf (
      "%s %s on %s in mode %s%s%s", macvlan->kind, spec->name, macvlan->lower, macvlan->mode,
      macvlan->netns != NULL ? " for " : "", macvlan->netns != NULL ? macvlan->netns : "");
  g_autoptr (GError) failure = NULL;
  if (check_created (netlink, errnum, macvlan->kind, what, &failure))
    return TRUE;
  if (!explain_refusal (netlink, errnum, spec, macvlan, error))
    g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* What is left to do once the interface is made. The kernel gives a passthru the MAC of its lower
 * device, whatever was asked for, and gives that one its own back at the end. */
static gboolean
finish_macvlan (VrNetlink *netlink, const VrLinkSpec *spec, const Macvlan *macvlan, GError **error)
{
  const VrMac *mac = strcmp (macvlan->mode, "passthru") == 0 ? spec->mac : NULL;
  if (macvlan->netns == NULL)
    return finish (netlink, spec->name, spec->alias, mac, error);
  g_autoptr (VrNetlink) other = vr_netlink_new (macvlan->netns, error);
  return other != NULL && finish (other, spec->name, spec->alias, mac, error);
}

static gboolean
add_macvlan (VrNetlink *netlink, const VrLinkSpec *spec, const Macvlan *macvlan, GError **error)
{
  guint32 mode = vr_netlink_macvlan_mode (macvlan->mode);
  if (mode == 0 || mode == MACVLAN_MODE_SOURCE) {
    g_autofree char *quoted = vr_name_quote (macvlan->mode);
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "%s %s: the mode is bridge, private, vepa or passthru, not \"%s\"", macvlan->kind,
                 spec->name, quoted);
    return FALSE;
  }
  g_auto (VrFd) fd = -1;
  if (!check_spec (spec, error) || !open_netns (macvlan->netns, &fd, error))
    return FALSE;
  int lower_index = vr_netlink_index (netlink, macvlan->lower, error);
  if (lower_index == 0)
    return FALSE;
  Creation creation = creation_new (spec, macvlan->kind, lower_index, fd);
  vr_netlink_put_u32 (creation.message, IFLA_MACVLAN_MODE, mode);
  int errnum = creation_send (&creation, netlink);
  return check_macvlan (netlink, errnum, spec, macvlan, error)
         && finish_macvlan (netlink, spec, macvlan, error);
}

gboolean
vr_netlink_add_macvtap (VrNetlink *netlink, const VrLinkSpec *spec, const char *lower,
                        const char *mode, GError **error)
{
  const Macvlan macvlan = { .kind = "macvtap", .lower = lower, .mode = mode };
  return add_macvlan (netlink, spec, &macvlan, error);
}

gboolean
vr_netlink_add_macvlan (VrNetlink *netlink, const VrLinkSpec *spec, const char *lower,
                        const char *mode, const char *target_netns, GError **error)
{
  const Macvlan macvlan
      = { .kind = "macvlan", .lower = lower, .mode = mode, .netns = target_netns };
  return add_macvlan (netlink, spec, &macvlan, error);
}

gboolean
vr_netlink_delete (VrNetlink *netlink, const char *ifname, GError **error)
{
  if (!vr_netlink_check_name (ifname, error))
    return FALSE;
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  struct nl_msg *message = vr_netlink_message (RTM_DELLINK, 0, &header, sizeof header);
  vr_netlink_put_string (message, IFLA_IFNAME, ifname);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum == ENODEV)
    return TRUE;
  return vr_netlink_check (netlink, errnum, error, "delete interface %s", ifname);
}
