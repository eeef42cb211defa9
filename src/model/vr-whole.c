/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers that are made of several: what each is to the whole. */
#include <string.h>

#include "model/vr-lab.h"

char *
vr_pvr_member_name (const VrPvr *pvr, guint number)
{
  return g_strdup_printf ("%s-%u", pvr->common.name, number);
}

char *
vr_msr_part_name (const VrMsr *msr, VrPart part, guint number)
{
  if (part == VR_PART_CONTROL)
    return g_strconcat (msr->common.name, "-cp", NULL);
  return g_strdup_printf ("%s-%s%u", msr->common.name, part == VR_PART_BALANCER ? "lb" : "br",
                          number);
}

const VrRouter *
vr_router_declared (const VrRouter *router)
{
  if (router->pvr != NULL)
    return &router->pvr->common;
  return router->msr != NULL ? &router->msr->common : router;
}

const char *
vr_router_outward (const VrRouter *router)
{
  return vr_router_declared (router)->name;
}

gboolean
vr_router_is_of (const VrRouter *router, const char *whole)
{
  return (router->pvr != NULL || router->msr != NULL)
         && strcmp (vr_router_outward (router), whole) == 0;
}

gboolean
vr_router_is_member (const VrRouter *router)
{
  return router->pvr != NULL || router->part == VR_PART_BACKEND;
}

gboolean
vr_router_is_one_of (const VrRouter *router, const char *name)
{
  return (router->msr == NULL || router->part == VR_PART_BACKEND)
         && strcmp (vr_router_outward (router), name) == 0;
}

char *
vr_router_member_name (const VrRouter *router, guint number)
{
  return router->pvr != NULL ? vr_pvr_member_name (router->pvr, number)
                             : vr_msr_part_name (router->msr, VR_PART_BACKEND, number);
}

gboolean
vr_router_has_thread (const VrRouter *router, const VrThreadSelector *selector)
{
  if (selector->role == VR_THREAD_VCPU)
    return selector->index < router->vcpus;
  return selector->port == NULL || vr_router_interface (router, selector->port) != NULL;
}

const char *
vr_router_interface_owner (const VrRouter *router, const char *port)
{
  gboolean is_inside = router->msr != NULL && strcmp (port, router->msr->inner) == 0;
  return is_inside ? router->name : vr_router_outward (router);
}

const GPtrArray *
vr_router_routed (const VrRouter *router)
{
  if (router->part == VR_PART_BALANCER || router->part == VR_PART_CONTROL)
    return NULL;
  return vr_router_declared (router)->interfaces;
}

const VrInterface *
vr_router_routes_port (const VrRouter *router, const char *port)
{
  if (vr_router_routed (router) == NULL)
    return NULL;
  return vr_router_interface (vr_router_declared (router), port);
}

gboolean
vr_msr_is_controlled (const VrMsr *msr)
{
  return msr->control == VR_SWITCH_ON;
}

guint
vr_msr_weight (const VrMsr *msr, guint number)
{
  return number <= msr->weights->len ? g_array_index (msr->weights, guint, number - 1) : 1;
}

guint
vr_msr_vlan (guint index)
{
  return index + 1;
}
