/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-routes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define CHANGES (RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_LINK | RTMGRP_IPV4_IFADDR)
/* For the changes of a tick of 100 ms, some thousand routes. */
#define CHANGES_SIZE (4 << 20)
/* Parts of all routes that are read in a tick, of some hundred each. */
#define PARTS_A_TICK 32

/* What matters of a route's attributes; NULL, or 0, where there is none. */
typedef struct {
  const struct rtattr *to;
  const struct rtattr *gateway;
  uint32_t metric;
  uint32_t interface;
} Attributes;

static uint32_t
number_of (const struct rtattr *attribute)
{
  uint32_t number = 0;
  if (RTA_PAYLOAD (attribute) >= sizeof number)
    memcpy (&number, RTA_DATA (attribute), sizeof number);
  return number;
}

static Attributes
attributes_of (const struct nlmsghdr *message)
{
  Attributes found = { 0 };
  const struct rtmsg *route = NLMSG_DATA (message);
  int left = (int) RTM_PAYLOAD (message);
  for (const struct rtattr *each = RTM_RTA (route); RTA_OK (each, left);
       each = RTA_NEXT (each, left))
    if (each->rta_type == RTA_DST)
      found.to = each;
    else if (each->rta_type == RTA_GATEWAY)
      found.gateway = each;
    else if (each->rta_type == RTA_PRIORITY)
      found.metric = number_of (each);
    else if (each->rta_type == RTA_OIF)
      found.interface = number_of (each);
  return found;
}

static uint64_t
name_of (VrRoutes *routes, uint32_t interface)
{
  char name[IF_NAMESIZE] = "";
  uint64_t *known = interface < VR_ROUTES_NAMES ? &routes->names[interface] : NULL;
  if (known != NULL && *known != 0)
    return *known;
  (void) if_indextoname (interface, name);
  uint64_t hash = vr_digest_hash (0, name, strlen (name));
  if (known != NULL)
    *known = hash;
  return hash;
}

static uint64_t
key_of (const struct rtmsg *route, const Attributes *attributes)
{
  const uint8_t head[] = { route->rtm_family, route->rtm_dst_len };
  uint64_t key = vr_digest_hash (0, head, sizeof head);
  key = vr_digest_hash (key, &attributes->metric, sizeof attributes->metric);
  if (attributes->to == NULL)
    return key;
  return vr_digest_hash (key, RTA_DATA (attributes->to), RTA_PAYLOAD (attributes->to));
}

static bool
is_own (const struct rtmsg *route, const Attributes *attributes)
{
  return route->rtm_protocol == RTPROT_BIRD && route->rtm_type == RTN_UNICAST
         && attributes->gateway != NULL && attributes->interface != 0;
}

/* One that comes in the place of another is told alone. */
static void
take_route (VrRoutes *routes, const struct nlmsghdr *message)
{
  const struct rtmsg *route = NLMSG_DATA (message);
  if (message->nlmsg_len < NLMSG_LENGTH (sizeof *route) || route->rtm_table != RT_TABLE_MAIN
      || (route->rtm_flags & RTM_F_CLONED) != 0)
    return;
  Attributes attributes = attributes_of (message);
  uint64_t key = key_of (route, &attributes);
  if (message->nlmsg_type == RTM_NEWROUTE && is_own (route, &attributes)) {
    uint64_t way = vr_digest_hash (name_of (routes, attributes.interface),
                                   RTA_DATA (attributes.gateway), RTA_PAYLOAD (attributes.gateway));
    if (!vr_digest_put (&routes->digest, key, way))
      routes->state = VR_ROUTES_WANTED;
  } else if (message->nlmsg_type == RTM_NEWROUTE ? (message->nlmsg_flags & NLM_F_REPLACE) != 0
                                                 : route->rtm_protocol == RTPROT_BIRD) {
    vr_digest_drop (&routes->digest, key);
  }
}

/* False at an end. */
static bool
take_message (VrRoutes *routes, const struct nlmsghdr *message)
{
  if (message->nlmsg_type == RTM_NEWROUTE || message->nlmsg_type == RTM_DELROUTE)
    take_route (routes, message);
  else if (message->nlmsg_type == NLMSG_DONE)
    return false;
  else
    routes->state = VR_ROUTES_WANTED;
  if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
    routes->state = VR_ROUTES_WANTED;
  return true;
}

bool
vr_routes_take (VrRoutes *routes, const void *messages, size_t length)
{
  const char *at = messages, *end = at + length;
  while ((size_t) (end - at) >= sizeof (struct nlmsghdr)) {
    const struct nlmsghdr *message = (const void *) at;
    size_t left = (size_t) (end - at), size = NLMSG_ALIGN ((size_t) message->nlmsg_len);
    if (message->nlmsg_len < sizeof *message || message->nlmsg_len > left)
      break;
    if (!take_message (routes, message))
      return false;
    at += size < left ? size : left;
  }
  return true;
}

/* Whether some came; what overran is not told. */
static bool
take_changes (VrRoutes *routes)
{
  bool came = false;
  ssize_t length;
  while ((length = recv (routes->changes, routes->buffer, sizeof routes->buffer, MSG_DONTWAIT)) > 0
         || (length < 0 && errno == ENOBUFS)) {
    came = true;
    if (length < 0)
      routes->state = VR_ROUTES_WANTED;
    else
      vr_routes_take (routes, routes->buffer, (size_t) length);
  }
  return came;
}

static void
stop_reading (VrRoutes *routes, VrRoutesState state)
{
  if (routes->reading >= 0)
    close (routes->reading);
  routes->reading = -1;
  routes->state = state;
}

static bool
ask_all (VrRoutes *routes, int family)
{
  struct {
    struct nlmsghdr head;
    struct rtmsg route;
  } request = { .head = { .nlmsg_len = NLMSG_LENGTH (sizeof request.route),
                          .nlmsg_type = RTM_GETROUTE,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
                .route.rtm_family = (unsigned char) family };
  routes->family = family;
  return send (routes->reading, &request, request.head.nlmsg_len, 0)
         == (ssize_t) request.head.nlmsg_len;
}

static void
begin_reading (VrRoutes *routes)
{
  vr_digest_clear (&routes->digest);
  memset (routes->names, 0, sizeof routes->names);
  routes->reading = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (routes->reading >= 0 && ask_all (routes, AF_INET))
    routes->state = VR_ROUTES_READ;
  else
    stop_reading (routes, VR_ROUTES_WANTED);
}

static void
read_parts (VrRoutes *routes)
{
  for (int i = 0; i < PARTS_A_TICK && routes->state == VR_ROUTES_READ; i++) {
    ssize_t length = recv (routes->reading, routes->buffer, sizeof routes->buffer, MSG_DONTWAIT);
    if (length <= 0)
      break;
    if (vr_routes_take (routes, routes->buffer, (size_t) length))
      continue;
    if (routes->state == VR_ROUTES_READ && routes->family == AF_INET6)
      stop_reading (routes, VR_ROUTES_KNOWN);
    else if (routes->state == VR_ROUTES_READ && !ask_all (routes, AF_INET6))
      routes->state = VR_ROUTES_WANTED;
  }
  if (routes->state == VR_ROUTES_WANTED)
    stop_reading (routes, VR_ROUTES_WANTED);
}

bool
vr_routes_open (VrRoutes *routes, VrProblem *problem)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CHANGES };
  int size = CHANGES_SIZE;
  *routes = (VrRoutes){ .reading = -1 };
  routes->changes = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (routes->changes >= 0) {
    (void) setsockopt (routes->changes, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind (routes->changes, (struct sockaddr *) &address, sizeof address) == 0)
      return true;
  }
  vr_problem_set (problem, "cannot hear the kernel's routes: %s", strerror (errno));
  vr_routes_close (routes);
  return false;
}

/* A part that was read may be of before a change that was heard already: all is read without one.
 */
bool
vr_routes_follow (VrRoutes *routes)
{
  bool came = take_changes (routes);
  if (came && routes->reading >= 0)
    stop_reading (routes, VR_ROUTES_WANTED);
  if (!came && routes->state == VR_ROUTES_WANTED)
    begin_reading (routes);
  if (routes->state == VR_ROUTES_READ)
    read_parts (routes);
  return routes->state == VR_ROUTES_KNOWN;
}

void
vr_routes_close (VrRoutes *routes)
{
  stop_reading (routes, VR_ROUTES_WANTED);
  if (routes->changes >= 0)
    close (routes->changes);
  routes->changes = -1;
  vr_digest_clear (&routes->digest);
}
