/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-members.h"

#include "base/vr-name.h"
#include "config/vr-check-router.h"

static const VrOrigin *
place_of (const VrPlaces *places, const VrPvr *pvr, const char *key)
{
  const VrOrigin *place = vr_places_get (places, pvr, key, 0);
  return place != NULL ? place : &pvr->common.origin;
}

static gboolean
check_kind (const VrPlaces *places, const VrPvr *pvr, GError **error)
{
  return pvr->common.kind == VR_KIND_GUEST
         || vr_places_error (error, place_of (places, pvr, "kind"),
                             "kind: the members of PVR \"%s\" share macvtaps, which only guests "
                             "can open: write kind = guest, or a [router] of kind = native",
                             pvr->common.name);
}

static gboolean
check_interface (const VrLab *lab, const VrPlaces *places, const VrPvr *pvr,
                 const VrInterface *interface, GError **error)
{
  const VrPort *port = vr_lab_port (lab, interface->port);
  guint queues = vr_interface_queues (interface);
  if (port != NULL && port->attach != VR_ATTACH_MACVTAP)
    return vr_places_error (error, &interface->origin,
                            "interface: the members of PVR \"%s\" share a macvtap, and port \"%s\" "
                            "has attach = %s: write attach = macvtap there",
                            pvr->common.name, port->name, vr_attach_name (port->attach));
  return pvr->members * queues <= VR_INTERFACE_QUEUES_MAX
         || vr_places_error (error, place_of (places, pvr, "members"),
                             "members: %u with %u queues each on port \"%s\" are more than the %d "
                             "queues that a macvtap has: %u members fit with these, or %u queues "
                             "with so many members",
                             pvr->members, queues, interface->port, VR_INTERFACE_QUEUES_MAX,
                             VR_INTERFACE_QUEUES_MAX / queues,
                             VR_INTERFACE_QUEUES_MAX / pvr->members);
}

static gboolean
check_pvr (const VrLab *lab, const VrPlaces *places, const VrPvr *pvr, GError **error)
{
  if (!check_kind (places, pvr, error))
    return FALSE;
  for (guint i = 0; i < pvr->common.interfaces->len; i++)
    if (!check_interface (lab, places, pvr, pvr->common.interfaces->pdata[i], error))
      return FALSE;
  g_autofree char *who = g_strdup_printf ("only one member of PVR \"%s\"", pvr->common.name);
  return vr_check_gateways (lab, &pvr->common, who, error);
}

static gboolean
check_name (const VrLab *lab, const VrPvr *pvr, const char *name, GError **error)
{
  const VrOrigin *origin = &pvr->common.origin;
  const VrRouter *other = vr_lab_router (lab, name);
  if (other != NULL)
    return vr_places_error (error, origin,
                            "PVR \"%s\" has a member \"%s\", and so is a router called, at %s:%u: "
                            "rename either",
                            pvr->common.name, name, other->origin.file, other->origin.line);
  return vr_name_check ("member", name, NULL)
         || vr_places_error (error, origin,
                             "PVR \"%s\" has a member \"%s\", whose name is too long: shorten the "
                             "PVR's",
                             pvr->common.name, name);
}

static gboolean
add_members (VrLab *lab, const VrPvr *pvr, GError **error)
{
  if (lab->routers->len + pvr->members > VR_LAB_ROUTERS_MAX)
    return vr_places_error (error, &pvr->common.origin,
                            "PVR \"%s\" makes more than %d routers of this lab: lower members",
                            pvr->common.name, VR_LAB_ROUTERS_MAX);
  for (guint i = 1; i <= pvr->members; i++) {
    g_autofree char *name = g_strdup_printf ("%s-%u", pvr->common.name, i);
    if (!check_name (lab, pvr, name, error))
      return FALSE;
    vr_lab_add_member (lab, pvr, i);
  }
  return TRUE;
}

gboolean
vr_members_add (VrLab *lab, const VrPlaces *places, GError **error)
{
  for (guint i = 0; i < lab->pvrs->len; i++)
    if (!check_pvr (lab, places, lab->pvrs->pdata[i], error)
        || !add_members (lab, lab->pvrs->pdata[i], error))
      return FALSE;
  return TRUE;
}
