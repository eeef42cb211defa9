/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces and their counters, read. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-netlink-internal.h"

static const struct {
  const char *name;
  guint32 mode;
} macvlan_modes[] = {
  { "bridge", MACVLAN_MODE_BRIDGE }, { "private", MACVLAN_MODE_PRIVATE },
  { "vepa", MACVLAN_MODE_VEPA },     { "passthru", MACVLAN_MODE_PASSTHRU },
  { "source", MACVLAN_MODE_SOURCE },
};

guint32
vr_netlink_macvlan_mode (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (macvlan_modes); i++)
    if (strcmp (macvlan_modes[i].name, name) == 0)
      return macvlan_modes[i].mode;
  return 0;
}

const char *
vr_netlink_macvlan_mode_name (guint32 mode)
{
  for (gsize i = 0; i < G_N_ELEMENTS (macvlan_modes); i++)
    if (macvlan_modes[i].mode == mode)
      return macvlan_modes[i].name;
  return NULL;
}

void
vr_link_free (VrLink *link)
{
  g_free (link->alias);
  g_free (link);
}

static guint32
u32_of (const struct nlattr *attribute, guint32 otherwise)
{
  return attribute != NULL ? nla_get_u32 (attribute) : otherwise;
}

static void
copy_text (char *target, gsize size, const struct nlattr *attribute)
{
  if (attribute != NULL)
    g_strlcpy (target, nla_data (attribute), MIN (size, (gsize) nla_len (attribute)));
}

/* A kernel whose bridges know no VLANs tells no default one. */
static void
read_bridge (VrLink *link, struct nlattr *data)
{
  struct nlattr *bridge[IFLA_BR_MAX + 1];
  if (nla_parse_nested (bridge, IFLA_BR_MAX, data, NULL) < 0)
    return;
  const struct nlattr *filtering = bridge[IFLA_BR_VLAN_FILTERING];
  const struct nlattr *initial = bridge[IFLA_BR_VLAN_DEFAULT_PVID];
  link->floods = u32_of (bridge[IFLA_BR_AGEING_TIME], 1) == 0;
  link->vlans = filtering != NULL && nla_get_u8 (filtering) != 0 && initial != NULL
                && nla_get_u16 (initial) == 0;
}

static void
read_kind (VrLink *link, struct nlattr *link_info)
{
  struct nlattr *info[IFLA_INFO_MAX + 1];
  if (link_info == NULL || nla_parse_nested (info, IFLA_INFO_MAX, link_info, NULL) < 0)
    return;
  copy_text (link->kind, sizeof link->kind, info[IFLA_INFO_KIND]);
  struct nlattr *tun[IFLA_TUN_MAX + 1];
  if (strcmp (link->kind, "tun") == 0 && info[IFLA_INFO_DATA] != NULL
      && nla_parse_nested (tun, IFLA_TUN_MAX, info[IFLA_INFO_DATA], NULL) >= 0)
    link->multi_queue = tun[IFLA_TUN_MULTI_QUEUE] != NULL && nla_get_u8 (tun[IFLA_TUN_MULTI_QUEUE]);
  if (strcmp (link->kind, "bridge") == 0 && info[IFLA_INFO_DATA] != NULL)
    read_bridge (link, info[IFLA_INFO_DATA]);
  gboolean has_mode = strcmp (link->kind, "macvtap") == 0 || strcmp (link->kind, "macvlan") == 0;
  struct nlattr *macvlan[IFLA_MACVLAN_MAX + 1];
  if (!has_mode || info[IFLA_INFO_DATA] == NULL
      || nla_parse_nested (macvlan, IFLA_MACVLAN_MAX, info[IFLA_INFO_DATA], NULL) < 0)
    return;
  const char *mode = vr_netlink_macvlan_mode_name (u32_of (macvlan[IFLA_MACVLAN_MODE], 0));
  if (mode != NULL)
    g_strlcpy (link->macvtap_mode, mode, sizeof link->macvtap_mode);
}

static VrLink *
link_from (struct nlmsghdr *message)
{
  struct nlattr *attributes[IFLA_MAX + 1];
  if (message->nlmsg_type != RTM_NEWLINK
      || nlmsg_parse (message, sizeof (struct ifinfomsg), attributes, IFLA_MAX, NULL) < 0)
    return NULL;
  const struct ifinfomsg *header = nlmsg_data (message);
  VrLink *link = g_new0 (VrLink, 1);
  link->index = header->ifi_index;
  link->up = (header->ifi_flags & IFF_UP) != 0;
  link->promiscuous = (header->ifi_flags & IFF_PROMISC) != 0;
  link->all_multicast = (header->ifi_flags & IFF_ALLMULTI) != 0;
  link->carrier = link->up && (header->ifi_flags & IFF_LOWER_UP) != 0;
  copy_text (link->name, sizeof link->name, attributes[IFLA_IFNAME]);
  struct nlattr *mac = attributes[IFLA_ADDRESS];
  if (mac != NULL && nla_len (mac) == sizeof link->mac.bytes)
    memcpy (link->mac.bytes, nla_data (mac), sizeof link->mac.bytes);
  link->mtu = u32_of (attributes[IFLA_MTU], 0);
  link->queue_length = u32_of (attributes[IFLA_TXQLEN], 0);
  link->promiscuity = u32_of (attributes[IFLA_PROMISCUITY], 0);
  link->master_index = (int) u32_of (attributes[IFLA_MASTER], 0);
  link->lower_index = (int) u32_of (attributes[IFLA_LINK], 0);
  link->lower_netnsid = (int) u32_of (attributes[IFLA_LINK_NETNSID], (guint32) -1);
  if (attributes[IFLA_IFALIAS] != NULL)
    link->alias = nla_strdup (attributes[IFLA_IFALIAS]);
  read_kind (link, attributes[IFLA_LINKINFO]);
  return link;
}

static struct nl_msg *
question (int flags, guint32 filter)
{
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
  struct nl_msg *message = vr_netlink_message (RTM_GETLINK, flags, &header, sizeof header);
  if (filter != 0)
    vr_netlink_put_u32 (message, IFLA_EXT_MASK, filter);
  return message;
}

static void
take_link (struct nlmsghdr *message, gpointer data)
{
  VrLink **link = data;
  if (*link == NULL)
    *link = link_from (message);
}

VrLink *
vr_netlink_link (VrNetlink *netlink, const char *ifname, GError **error)
{
  if (!vr_netlink_check_name (ifname, error))
    return NULL;
  g_autoptr (VrLink) link = NULL;
  struct nl_msg *message = question (0, RTEXT_FILTER_SKIP_STATS);
  vr_netlink_put_string (message, IFLA_IFNAME, ifname);
  int errnum = vr_netlink_transact (netlink, message, take_link, &link);
  if (errnum == ENODEV)
    return NULL;
  if (!vr_netlink_check (netlink, errnum, error, "read interface %s", ifname))
    return NULL;
  return g_steal_pointer (&link);
}

gboolean
vr_netlink_find_index (VrNetlink *netlink, const char *ifname, int *index, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname, &failure);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  *index = link != NULL ? link->index : 0;
  return TRUE;
}

int
vr_netlink_index (VrNetlink *netlink, const char *ifname, GError **error)
{
  int index = 0;
  if (!vr_netlink_find_index (netlink, ifname, &index, error))
    return 0;
  if (index == 0)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "there is no interface %s%s; `ip link` lists those there are", ifname,
                 vr_netlink_place (netlink));
  return index;
}

static void
collect_link (struct nlmsghdr *message, gpointer data)
{
  VrLink *link = link_from (message);
  if (link != NULL)
    g_ptr_array_add (data, link);
}

static gint
compare_indices (gconstpointer a, gconstpointer b)
{
  const VrLink *const *left = a;
  const VrLink *const *right = b;
  return (*left)->index - (*right)->index;
}

GPtrArray *
vr_netlink_links (VrNetlink *netlink, GError **error)
{
  g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_link_free);
  int errnum = EAGAIN;
  while (errnum == EAGAIN) {
    g_ptr_array_set_size (links, 0);
    struct nl_msg *message = question (NLM_F_DUMP, RTEXT_FILTER_SKIP_STATS);
    errnum = vr_netlink_transact (netlink, message, collect_link, links);
  }
  if (!vr_netlink_check (netlink, errnum, error, "list the interfaces"))
    return NULL;
  g_ptr_array_sort (links, compare_indices);
  return g_steal_pointer (&links);
}

typedef struct {
  struct rtnl_link_stats64 values;
  gboolean found;
} Statistics;

static void
take_statistics (struct nlmsghdr *message, gpointer data)
{
  Statistics *statistics = data;
  struct nlattr *attribute = nlmsg_find_attr (message, sizeof (struct ifinfomsg), IFLA_STATS64);
  if (message->nlmsg_type != RTM_NEWLINK || attribute == NULL)
    return;
  gsize size = MIN (sizeof statistics->values, (gsize) nla_len (attribute));
  memcpy (&statistics->values, nla_data (attribute), size);
  statistics->found = TRUE;
}

static VrLinkCounters
counters_from (const struct rtnl_link_stats64 *values)
{
  return (VrLinkCounters){
    .rx_packets = values->rx_packets,
    .rx_bytes = values->rx_bytes,
    .rx_dropped = values->rx_dropped,
    .rx_errors = values->rx_errors,
    .tx_packets = values->tx_packets,
    .tx_bytes = values->tx_bytes,
    .tx_dropped = values->tx_dropped,
    .tx_errors = values->tx_errors,
    .rx_missed = values->rx_missed_errors,
    .rx_nohandler = values->rx_nohandler,
  };
}

gboolean
vr_netlink_counters (VrNetlink *netlink, const char *ifname, VrLinkCounters *counters,
                     GError **error)
{
  if (!vr_netlink_check_name (ifname, error))
    return FALSE;
  Statistics statistics = { .found = FALSE };
  struct nl_msg *message = question (0, 0);
  vr_netlink_put_string (message, IFLA_IFNAME, ifname);
  int errnum = vr_netlink_transact (netlink, message, take_statistics, &statistics);
  if (errnum == 0 && !statistics.found)
    errnum = ENODATA;
  if (!vr_netlink_check (netlink, errnum, error, "read the counters of %s", ifname))
    return FALSE;
  *counters = counters_from (&statistics.values);
  return TRUE;
}

static void
take_statistics_at (struct nlmsghdr *message, gpointer data)
{
  Statistics *statistics = data;
  struct nlattr *attribute
      = nlmsg_find_attr (message, sizeof (struct if_stats_msg), IFLA_STATS_LINK_64);
  if (message->nlmsg_type != RTM_NEWSTATS || attribute == NULL)
    return;
  memcpy (&statistics->values, nla_data (attribute),
          MIN (sizeof statistics->values, (gsize) nla_len (attribute)));
  statistics->found = TRUE;
}

gboolean
vr_netlink_counters_at (VrNetlink *netlink, int index, VrLinkCounters *counters, GError **error)
{
  struct if_stats_msg header
      = { .ifindex = (guint32) index, .filter_mask = IFLA_STATS_FILTER_BIT (IFLA_STATS_LINK_64) };
  Statistics statistics = { .found = FALSE };
  struct nl_msg *message = vr_netlink_message (RTM_GETSTATS, 0, &header, sizeof header);
  int errnum = vr_netlink_transact (netlink, message, take_statistics_at, &statistics);
  if (errnum == ENODEV)
    return FALSE;
  if (errnum == 0 && !statistics.found)
    errnum = ENODATA;
  if (!vr_netlink_check (netlink, errnum, error, "read the counters of interface %d", index))
    return FALSE;
  *counters = counters_from (&statistics.values);
  return TRUE;
}
