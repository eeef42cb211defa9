/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-check-addresses.h"

#include <string.h>
#include <sys/socket.h>

#include "config/vr-address-book.h"

static gboolean
add_address (VrAddressBook *book, const char *key, const VrPrefix *prefix, const VrOrigin *origin,
             gconstpointer scopes[2], GError **error)
{
  VrPrefix address = *prefix;
  address.length = prefix->family == AF_INET6 ? 128 : 32;
  for (guint i = 0; i < 2; i++) {
    const VrOrigin *first = vr_address_book_add (book, scopes[i], &address, origin);
    char text[VR_PREFIX_TEXT_SIZE];
    if (first != NULL)
      return vr_places_error (
          error, origin,
          "%s: address \"%s\" is given a second time %s, first at %s:%u: change "
          "one",
          key, vr_prefix_print_address (&address, text), i == 0 ? "on this port" : "in this router",
          first->file, first->line);
    if (scopes[1] == NULL)
      break;
  }
  return TRUE;
}

static gboolean
add_mac (VrAddressBook *book, const VrPort *port, const VrRouter *router,
         const VrInterface *interface, GError **error)
{
  static const VrMac none;
  if (memcmp (&interface->mac, &none, sizeof none) == 0)
    return TRUE;
  const VrOrigin *first = vr_address_book_add_mac (book, port, &interface->mac, &interface->origin);
  const char *where = "on this port";
  if (first == NULL) {
    first = vr_address_book_add_mac (book, vr_router_declared (router), &interface->mac,
                                     &interface->origin);
    where = "in this router";
  }
  char text[VR_MAC_TEXT_SIZE];
  return first == NULL
         || vr_places_error (error, &interface->origin,
                             "interface: MAC address \"%s\" is given a second time %s, first at "
                             "%s:%u: change one, or leave both out",
                             vr_mac_print (&interface->mac, text), where, first->file, first->line);
}

static gboolean
add_interface (const VrLab *lab, VrAddressBook *book, const VrRouter *router,
               const VrInterface *interface, GError **error)
{
  const VrPort *port = vr_lab_port (lab, interface->port);
  gconstpointer scopes[2] = { port, vr_router_declared (router) };
  for (guint i = 0; i < interface->addresses->len; i++)
    if (!add_address (book, "interface", &g_array_index (interface->addresses, VrPrefix, i),
                      &interface->origin, scopes, error))
      return FALSE;
  return add_mac (book, port, router, interface, error);
}

static gboolean
add_port (const VrPlaces *places, VrAddressBook *book, const VrPort *port, GError **error)
{
  gconstpointer scopes[2] = { port, NULL };
  for (guint i = 0; i < port->test_addresses->len; i++) {
    const VrOrigin *origin = vr_places_get (places, port, "test-address", i);
    if (!add_address (book, "test-address", &g_array_index (port->test_addresses, VrPrefix, i),
                      origin != NULL ? origin : &port->origin, scopes, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
vr_check_addresses (const VrLab *lab, const VrPlaces *places, GError **error)
{
  g_autoptr (VrAddressBook) book = vr_address_book_new ();
  for (guint i = 0; i < lab->ports->len; i++)
    if (!add_port (places, book, lab->ports->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    /* The members of a PVR have the addresses of the first. */
    for (guint k = 0; router->member <= 1 && k < router->interfaces->len; k++)
      if (!add_interface (lab, book, router, router->interfaces->pdata[k], error))
        return FALSE;
  }
  return TRUE;
}
