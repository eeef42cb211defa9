/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-known.h"

#include <string.h>

#include "plan/vr-plan-parts.h"

typedef struct {
  VrKnownFunction function;
  gpointer data;
  const VrRouter *asker; /* NULL: the far end */
  GArray *told;          /* VrPrefix: routers that are one to the outside have one address */
} Telling;

static gboolean
is_named (const VrRouter *router, const VrPrefix *address)
{
  for (guint i = 0; router != NULL && i < router->neighbours->len; i++)
    if (vr_prefix_same_address (&((VrNeighbour *) router->neighbours->pdata[i])->address, address))
      return TRUE;
  return FALSE;
}

static void
tell (Telling *telling, const char *port, const GArray *addresses, const VrMac *mac)
{
  for (guint i = 0; i < addresses->len; i++) {
    const VrPrefix *address = &g_array_index (addresses, VrPrefix, i);
    gboolean known = is_named (telling->asker, address);
    for (guint k = 0; !known && k < telling->told->len; k++)
      known = vr_prefix_same_address (&g_array_index (telling->told, VrPrefix, k), address);
    if (known)
      continue;
    g_array_append_vals (telling->told, address, 1);
    telling->function (port, address, mac, telling->data);
  }
}

/* The answers reach one member of a PVR alone, and of an MSR the balancers. */
static gboolean
hears_no_answer (const VrRouter *router)
{
  return router->pvr != NULL
         || (router->part == VR_PART_BACKEND && !vr_msr_is_controlled (router->msr));
}

static void
tell_routers (Telling *telling, const VrLab *lab, const VrPort *port)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *other = lab->routers->pdata[i];
    const VrInterface *interface = vr_router_interface (other, port->name);
    if (interface != NULL
        && (telling->asker == NULL
            || strcmp (vr_router_outward (other), vr_router_outward (telling->asker)) != 0))
      tell (telling, port->name, interface->addresses, &interface->mac);
  }
}

/* A back-end has its MSR's ports; a balancer those of its own. */
static const GPtrArray *
ports_of (const VrRouter *router)
{
  return router->part == VR_PART_BALANCER ? router->interfaces
                                          : vr_router_declared (router)->interfaces;
}

void
vr_router_each_known (const VrLab *lab, const VrRouter *router, VrKnownFunction function,
                      gpointer data)
{
  const GPtrArray *interfaces = ports_of (router);
  for (guint i = 0; i < interfaces->len; i++) {
    const VrPort *port = vr_lab_port (lab, ((const VrInterface *) interfaces->pdata[i])->port);
    gboolean is_static = port->neighbours == VR_NEIGHBOURS_STATIC;
    if (!is_static && !hears_no_answer (router))
      continue;
    g_autoptr (GArray) told = g_array_new (FALSE, FALSE, sizeof (VrPrefix));
    Telling telling = { function, data, router, told };
    VrMac far = vr_plan_test_mac (lab, port);
    tell (&telling, port->name, port->test_addresses, &far);
    if (is_static)
      tell_routers (&telling, lab, port);
  }
}

void
vr_port_each_known (const VrLab *lab, const VrPort *port, VrKnownFunction function, gpointer data)
{
  g_autoptr (GArray) told = g_array_new (FALSE, FALSE, sizeof (VrPrefix));
  Telling telling = { function, data, NULL, told };
  if (port->neighbours == VR_NEIGHBOURS_STATIC)
    tell_routers (&telling, lab, port);
}
