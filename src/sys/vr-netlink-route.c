/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unicast routes of the main table. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-netlink-internal.h"

/* "198.19.0.0/16 via 198.18.1.2 dev NAME", as messages need it. */
static char *
route_text (const VrNetlinkRoute *route)
{
  char text[VR_PREFIX_TEXT_SIZE];
  g_autoptr (GString) words = g_string_new (vr_prefix_print (&route->destination, text));
  if (route->via != NULL)
    g_string_append_printf (words, " via %s", vr_prefix_print_address (route->via, text));
  if (route->ifname != NULL)
    g_string_append_printf (words, " dev %s", route->ifname);
  return g_string_free (g_steal_pointer (&words), FALSE);
}

static gboolean
check_route (const VrNetlinkRoute *route, GError **error)
{
  const char *wrong = NULL;
  if (route->via == NULL && route->ifname == NULL)
    wrong = "it needs a gateway or an interface";
  else if (route->via != NULL && route->via->family != route->destination.family)
    wrong = "destination and gateway are of different families";
  else if (!vr_prefix_is_network (&route->destination))
    wrong = "the destination has bits behind its prefix length";
  if (wrong == NULL)
    return TRUE;
  g_autofree char *text = route_text (route);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "route %s: %s", text, wrong);
  return FALSE;
}

static guint8
address_size (const VrPrefix *prefix)
{
  return prefix->family == AF_INET ? 4 : 16;
}

/* `index` is 0 where the route names no interface. */
static struct nl_msg *
request_new (int type, int flags, const VrNetlinkRoute *route, int index)
{
  struct rtmsg header = {
    .rtm_family = (guint8) route->destination.family,
    .rtm_dst_len = (guint8) route->destination.length,
    .rtm_table = RT_TABLE_MAIN,
    .rtm_protocol = RTPROT_STATIC,
    .rtm_scope = route->via != NULL ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
    .rtm_type = RTN_UNICAST,
  };
  if (type == RTM_DELROUTE) {
    header.rtm_protocol = RTPROT_UNSPEC;
    header.rtm_scope = RT_SCOPE_NOWHERE;
  }
  struct nl_msg *message = vr_netlink_message (type, flags, &header, sizeof header);
  if (route->destination.length > 0)
    vr_netlink_put_address (message, RTA_DST, &route->destination);
  if (route->via != NULL)
    vr_netlink_put_address (message, RTA_GATEWAY, route->via);
  if (index != 0)
    vr_netlink_put_u32 (message, RTA_OIF, (guint32) index);
  return message;
}

typedef struct {
  const VrNetlinkRoute *route;
  int index; /* 0: any interface */
  gboolean found;
  gboolean absent; /* surely: the most specific route is one of the main table, and wider */
} Search;

static gboolean
same_address (const struct nlattr *attribute, const VrPrefix *address)
{
  return attribute != NULL && nla_len (attribute) == address_size (address)
         && memcmp (nla_data (attribute), address->bytes, address_size (address)) == 0;
}

static gboolean
same_route (const struct rtmsg *header, struct nlattr *attributes[], const Search *search)
{
  const VrNetlinkRoute *route = search->route;
  if (header->rtm_type != RTN_UNICAST || header->rtm_dst_len != route->destination.length
      || (header->rtm_flags & RTM_F_CLONED) != 0)
    return FALSE;
  if (header->rtm_dst_len > 0 && !same_address (attributes[RTA_DST], &route->destination))
    return FALSE;
  if (route->via != NULL ? !same_address (attributes[RTA_GATEWAY], route->via)
                         : attributes[RTA_GATEWAY] != NULL || attributes[RTA_VIA] != NULL)
    return FALSE;
  return search->index == 0
         || (attributes[RTA_OIF] != NULL
             && nla_get_u32 (attributes[RTA_OIF]) == (guint32) search->index);
}

static void
compare_route (struct nlmsghdr *message, gpointer data)
{
  Search *search = data;
  const struct rtmsg *header = nlmsg_data (message);
  struct nlattr *attributes[RTA_MAX + 1];
  if (message->nlmsg_type != RTM_NEWROUTE || header->rtm_family != search->route->destination.family
      || nlmsg_parse (message, sizeof *header, attributes, RTA_MAX, NULL) < 0)
    return;
  guint32 table
      = attributes[RTA_TABLE] != NULL ? nla_get_u32 (attributes[RTA_TABLE]) : header->rtm_table;
  if (table != RT_TABLE_MAIN)
    return;
  if (same_route (header, attributes, search))
    search->found = TRUE;
  else if (header->rtm_dst_len < search->route->destination.length)
    search->absent = TRUE;
}

/* Asks for the most specific route to the destination's first address: that settles nearly every
 * case without reading a table of perhaps 100,000 routes. `found` and `absent` both FALSE: not
 * settled.
 */
static void
look_up (VrNetlink *netlink, Search *search)
{
  const VrPrefix *destination = &search->route->destination;
  if (destination->length == 0)
    return;
  struct rtmsg header = {
    .rtm_family = (guint8) destination->family,
    .rtm_dst_len = (guint8) (8 * address_size (destination)),
    .rtm_flags = RTM_F_FIB_MATCH | (destination->family == AF_INET ? RTM_F_LOOKUP_TABLE : 0),
  };
  struct nl_msg *message = vr_netlink_message (RTM_GETROUTE, 0, &header, sizeof header);
  vr_netlink_put_address (message, RTA_DST, destination);
  int errnum = vr_netlink_transact (netlink, message, compare_route, search);
  if (errnum == ENETUNREACH)
    search->absent = TRUE;
}

static gboolean
find_route (VrNetlink *netlink, Search *search, GError **error)
{
  look_up (netlink, search);
  if (search->found || search->absent)
    return TRUE;
  int errnum = EAGAIN;
  while (errnum == EAGAIN) {
    struct rtmsg header = {
      .rtm_family = (guint8) search->route->destination.family,
      .rtm_table = RT_TABLE_MAIN,
    };
    struct nl_msg *message = vr_netlink_message (RTM_GETROUTE, NLM_F_DUMP, &header, sizeof header);
    search->found = FALSE;
    errnum = vr_netlink_transact (netlink, message, compare_route, search);
  }
  /* A namespace that never had a route has no main table. */
  if (errnum == ENOENT)
    errnum = 0;
  g_autofree char *text = route_text (search->route);
  return vr_netlink_check (netlink, errnum, error, "look for route %s", text);
}

/* Checks the route and finds its interface's index: 0 where it names none. */
static gboolean
prepare (VrNetlink *netlink, const VrNetlinkRoute *route, int *index, GError **error)
{
  *index = 0;
  if (!check_route (route, error))
    return FALSE;
  if (route->ifname != NULL)
    *index = vr_netlink_index (netlink, route->ifname, error);
  return route->ifname == NULL || *index != 0;
}

gboolean
vr_netlink_has_route (VrNetlink *netlink, const VrNetlinkRoute *route, gboolean *present,
                      GError **error)
{
  Search search = { .route = route };
  if (!prepare (netlink, route, &search.index, error) || !find_route (netlink, &search, error))
    return FALSE;
  *present = search.found;
  return TRUE;
}

gboolean
vr_netlink_add_route (VrNetlink *netlink, const VrNetlinkRoute *route, GError **error)
{
  Search search = { .route = route };
  if (!prepare (netlink, route, &search.index, error))
    return FALSE;
  g_autofree char *text = route_text (route);
  struct nl_msg *message
      = request_new (RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, search.index);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum != EEXIST)
    return vr_netlink_check (netlink, errnum, error, "add route %s", text);
  if (!find_route (netlink, &search, error))
    return FALSE;
  if (!search.found)
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "cannot add route %s%s: another route to this destination is there; delete it "
                 "first",
                 text, vr_netlink_place (netlink));
  return search.found;
}

gboolean
vr_netlink_del_route (VrNetlink *netlink, const VrNetlinkRoute *route, GError **error)
{
  int index = 0;
  if (!check_route (route, error)
      || (route->ifname != NULL && !vr_netlink_find_index (netlink, route->ifname, &index, error)))
    return FALSE;
  if (route->ifname != NULL && index == 0)
    return TRUE;
  struct nl_msg *message = request_new (RTM_DELROUTE, 0, route, index);
  int errnum = vr_netlink_transact (netlink, message, NULL, NULL);
  if (errnum == ESRCH || errnum == ENODEV)
    return TRUE;
  g_autofree char *text = route_text (route);
  return vr_netlink_check (netlink, errnum, error, "delete route %s", text);
}
