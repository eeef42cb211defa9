/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A router's routes and neighbours against its interfaces. */
#include <sys/socket.h>

#include "config/vr-address-book.h"
#include "config/vr-check-router.h"

/* Each is an operation of its own, journalled, and read back. */
#define NATIVE_SPLIT_MAX 1024U

/* What a router is joined to, for a hundred thousand routes to be looked up in. */
typedef struct {
  const VrRouter *router;
  VrAddressBook *networks;  /* of its interfaces' addresses */
  VrAddressBook *addresses; /* its own */
  gboolean lengths[2][129]; /* of the networks; IPv4, IPv6 */
} Joined;

static VrPrefix
whole (VrPrefix address)
{
  address.length = address.family == AF_INET6 ? 128 : 32;
  return address;
}

static void
join (Joined *joined, const VrInterface *interface)
{
  for (guint i = 0; i < interface->addresses->len; i++) {
    const VrPrefix *address = &g_array_index (interface->addresses, VrPrefix, i);
    VrPrefix network = vr_prefix_network (address), own = whole (*address);
    vr_address_book_add (joined->networks, joined->router, &network, &interface->origin);
    vr_address_book_add (joined->addresses, joined->router, &own, &interface->origin);
    joined->lengths[address->family == AF_INET6][address->length] = TRUE;
  }
}

/* Whether the address may be that of another host on a network of the router. */
static gboolean
reaches (const Joined *joined, const VrPrefix *address)
{
  VrPrefix end = *address;
  gboolean six = end.family == AF_INET6;
  for (end.length = six ? 128 : 32; end.length > 0; end.length--) {
    if (!joined->lengths[six][end.length])
      continue;
    VrPrefix network = vr_prefix_network (&end);
    if (vr_prefix_is_host (&end)
        && vr_address_book_find (joined->networks, joined->router, &network) != NULL)
      return TRUE;
  }
  return FALSE;
}

static gboolean
check_own (const Joined *joined, const VrPrefix *address, const VrOrigin *origin, const char *key,
           GError **error)
{
  VrPrefix end = whole (*address);
  const VrOrigin *own = vr_address_book_find (joined->addresses, joined->router, &end);
  char text[VR_PREFIX_TEXT_SIZE];
  return own == NULL
         || vr_places_error (error, origin,
                             "%s: \"%s\" is router \"%s\"'s own address (%s:%u): name "
                             "another host's",
                             key, vr_prefix_print_address (address, text), joined->router->name,
                             own->file, own->line);
}

static gboolean
check_out (const VrLab *lab, const VrRouter *router, const char *key, const char *port,
           const VrOrigin *origin, GError **error)
{
  if (vr_check_port_of (lab, key, port, origin, error) == NULL)
    return FALSE;
  return vr_router_interface (router, port) != NULL
         || vr_places_error (error, origin,
                             "%s: router \"%s\" has no interface on port \"%s\": add "
                             "interface = %s ADDRESS/LENGTH",
                             key, router->name, port, port);
}

static gboolean
check_via (const Joined *joined, const VrRoute *route, GError **error)
{
  if (!check_own (joined, &route->via, &route->origin, "route", error))
    return FALSE;
  char text[VR_PREFIX_TEXT_SIZE];
  return reaches (joined, &route->via)
         || vr_places_error (error, &route->origin,
                             "route: gateway \"%s\" is no host on a network of "
                             "router \"%s\": give an interface an address in its network, or name "
                             "another gateway",
                             vr_prefix_print_address (&route->via, text), joined->router->name);
}

static gboolean
check_destination (const Joined *joined, VrAddressBook *known, const VrRoute *route,
                   const VrPrefix *destination, GError **error)
{
  char text[VR_PREFIX_TEXT_SIZE];
  const VrOrigin *first = vr_address_book_add (known, joined->router, destination, &route->origin);
  if (first != NULL)
    return vr_places_error (error, &route->origin,
                            "route: \"%s\" has a route already, at %s:%u: "
                            "remove one",
                            vr_prefix_print (destination, text), first->file, first->line);
  first = vr_address_book_find (joined->networks, joined->router, destination);
  return first == NULL
         || vr_places_error (error, &route->origin,
                             "route: \"%s\" is connected by an interface "
                             "(%s:%u), and needs no route: remove it",
                             vr_prefix_print (destination, text), first->file, first->line);
}

static gboolean
check_route (const VrLab *lab, const Joined *joined, VrAddressBook *known, const VrRoute *route,
             GError **error)
{
  gboolean leads = route->has_via ? check_via (joined, route, error)
                                  : check_out (lab, joined->router, "route", route->port,
                                               &route->origin, error);
  if (!leads)
    return FALSE;
  if (joined->router->kind == VR_KIND_NATIVE && route->count > NATIVE_SPLIT_MAX)
    return vr_places_error (error, &route->origin,
                            "route: \"by /%u\" makes %u routes, and a native router takes at most "
                            "%u of one line: take a shorter length, or kind = guest",
                            route->destination.length, route->count, NATIVE_SPLIT_MAX);
  VrPrefix destination = route->destination;
  for (guint i = 0; i < route->count; i++, destination = vr_prefix_next (&destination))
    if (!check_destination (joined, known, route, &destination, error))
      return FALSE;
  return TRUE;
}

static gboolean
on_link (const VrInterface *interface, const VrPrefix *address)
{
  for (guint i = 0; i < interface->addresses->len; i++) {
    const VrPrefix *own = &g_array_index (interface->addresses, VrPrefix, i);
    VrPrefix end = *address;
    end.length = own->length;
    if (vr_prefix_contains (own, &end) && vr_prefix_is_host (&end))
      return TRUE;
  }
  return FALSE;
}

static gboolean
check_neighbour (const VrLab *lab, const Joined *joined, VrAddressBook *known,
                 const VrNeighbour *neighbour, GError **error)
{
  const VrOrigin *origin = &neighbour->origin;
  if (!check_out (lab, joined->router, "neighbour", neighbour->port, origin, error)
      || !check_own (joined, &neighbour->address, origin, "neighbour", error))
    return FALSE;
  const VrInterface *interface = vr_router_interface (joined->router, neighbour->port);
  char text[VR_PREFIX_TEXT_SIZE];
  vr_prefix_print_address (&neighbour->address, text);
  if (!on_link (interface, &neighbour->address))
    return vr_places_error (error, origin,
                            "neighbour: \"%s\" is no host on a network of router "
                            "\"%s\" on port \"%s\" (%s:%u)",
                            text, joined->router->name, neighbour->port, interface->origin.file,
                            interface->origin.line);
  const VrOrigin *first = vr_address_book_add (known, interface, &neighbour->address, origin);
  return first == NULL
         || vr_places_error (error, origin,
                             "neighbour: \"%s\" on port \"%s\" is given a second "
                             "time, first at %s:%u: remove one",
                             text, neighbour->port, first->file, first->line);
}

gboolean
vr_check_paths (const VrLab *lab, const VrRouter *router, GError **error)
{
  g_autoptr (VrAddressBook) networks = vr_address_book_new ();
  g_autoptr (VrAddressBook) addresses = vr_address_book_new ();
  g_autoptr (VrAddressBook) known = vr_address_book_new ();
  Joined joined = { router, networks, addresses, { { FALSE } } };
  for (guint i = 0; i < router->interfaces->len; i++)
    join (&joined, router->interfaces->pdata[i]);
  for (guint i = 0; i < router->routes->len; i++)
    if (!check_route (lab, &joined, known, router->routes->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < router->neighbours->len; i++)
    if (!check_neighbour (lab, &joined, known, router->neighbours->pdata[i], error))
      return FALSE;
  return TRUE;
}
