/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gateways of routers that are made of several, where the answers of neighbours reach only some. */
#include "config/vr-check-router.h"

static gboolean
is_test_address (const VrLab *lab, const VrRouter *router, const VrPrefix *address)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    const VrPort *port = vr_lab_port (lab, interface->port);
    for (guint k = 0; port != NULL && k < port->test_addresses->len; k++)
      if (vr_prefix_same_address (&g_array_index (port->test_addresses, VrPrefix, k), address))
        return TRUE;
  }
  return FALSE;
}

static gboolean
has_address (const VrInterface *interface, const VrPrefix *address)
{
  for (guint i = 0; interface != NULL && i < interface->addresses->len; i++)
    if (vr_prefix_same_address (&g_array_index (interface->addresses, VrPrefix, i), address))
      return TRUE;
  return FALSE;
}

/* Routers that stand in the profile before what is made of it: a PVR and an MSR are one. */
static gboolean
is_static (const VrLab *lab, const VrPort *port, const VrPrefix *address)
{
  for (guint i = 0; i < lab->declared->len; i++)
    if (has_address (vr_router_interface (lab->declared->pdata[i], port->name), address))
      return TRUE;
  for (guint i = 0; i < lab->pvrs->len; i++)
    if (has_address (vr_router_interface (&((VrPvr *) lab->pvrs->pdata[i])->common, port->name),
                     address))
      return TRUE;
  for (guint i = 0; i < lab->msrs->len; i++)
    if (has_address (vr_router_interface (&((VrMsr *) lab->msrs->pdata[i])->common, port->name),
                     address))
      return TRUE;
  return FALSE;
}

static gboolean
is_static_router (const VrLab *lab, const VrRouter *router, const VrPrefix *address)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrPort *port
        = vr_lab_port (lab, ((const VrInterface *) router->interfaces->pdata[i])->port);
    if (port != NULL && port->neighbours == VR_NEIGHBOURS_STATIC && is_static (lab, port, address))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_neighbour (const VrRouter *router, const VrPrefix *address)
{
  for (guint i = 0; i < router->neighbours->len; i++)
    if (vr_prefix_same_address (&((VrNeighbour *) router->neighbours->pdata[i])->address, address))
      return TRUE;
  return FALSE;
}

gboolean
vr_check_gateways (const VrLab *lab, const VrRouter *router, const char *who, GError **error)
{
  for (guint i = 0; i < router->routes->len; i++) {
    const VrRoute *route = router->routes->pdata[i];
    char text[VR_PREFIX_TEXT_SIZE];
    if (route->has_via && !is_neighbour (router, &route->via)
        && !is_test_address (lab, router, &route->via)
        && !is_static_router (lab, router, &route->via))
      return vr_places_error (error, &route->origin,
                              "route: %s would hear where the gateway %s is: add "
                              "neighbour = %s MAC PORT",
                              who, vr_prefix_print_address (&route->via, text), text);
  }
  return TRUE;
}
