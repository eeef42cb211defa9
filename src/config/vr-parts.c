/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-parts.h"

#include <string.h>

#include "base/vr-name.h"
#include "config/vr-check-control.h"
#include "config/vr-check-router.h"
#include "config/vr-reader.h"

#define DEFAULT_MTU 1500

static const VrOrigin *
place_of (const VrPlaces *places, const VrMsr *msr, const char *key)
{
  const VrOrigin *place = vr_places_get (places, msr, key, 0);
  return place != NULL ? place : &msr->common.origin;
}

static gboolean
check_counts (const VrLab *lab, const VrPlaces *places, const VrMsr *msr, GError **error)
{
  guint ports = msr->common.interfaces->len;
  if (ports == 0)
    return vr_places_error (error, &msr->common.origin,
                            "MSR \"%s\" has no interface: add interface = PORT ADDRESS/LENGTH",
                            msr->common.name);
  if (msr->balancers > ports)
    return vr_places_error (error, place_of (places, msr, "balancers"),
                            "balancers: %u are more than MSR \"%s\" has interfaces, %u, and one "
                            "without an interface has nothing to do: lower balancers, or add an "
                            "interface",
                            msr->balancers, msr->common.name, ports);
  guint others = msr->control == VR_SWITCH_ON ? 1 : 0;
  return lab->routers->len + msr->balancers + msr->routers + others <= VR_LAB_ROUTERS_MAX
         || vr_places_error (error, &msr->common.origin,
                             "MSR \"%s\" makes more than %d routers of this lab: lower routers",
                             msr->common.name, VR_LAB_ROUTERS_MAX);
}

static gboolean
check_interface (const VrLab *lab, const VrMsr *msr, guint index, GError **error)
{
  const VrInterface *interface = msr->common.interfaces->pdata[index];
  if (vr_check_port_of (lab, "interface", interface->port, &interface->origin, error) == NULL)
    return FALSE;
  for (guint i = 0; i < index; i++) {
    const VrInterface *other = msr->common.interfaces->pdata[i];
    if (strcmp (other->port, interface->port) == 0)
      return vr_places_error (error, &interface->origin,
                              "interface: MSR \"%s\" has an interface on port \"%s\" already, at "
                              "%s:%u: put all its addresses there",
                              msr->common.name, other->port, other->origin.file,
                              other->origin.line);
  }
  return TRUE;
}

/* What joins a router to a port is called after both. */
static gboolean
check_own_name (const VrLab *lab, const VrMsr *msr, GError **error)
{
  const VrRouter *other = vr_lab_router (lab, msr->common.name);
  for (guint i = 0; other == NULL && i < lab->pvrs->len; i++) {
    const VrPvr *pvr = lab->pvrs->pdata[i];
    other = strcmp (pvr->common.name, msr->common.name) == 0 ? &pvr->common : NULL;
  }
  return other == NULL
         || vr_places_error (error, &msr->common.origin,
                             "MSR \"%s\" has the name of another router, at %s:%u: rename either",
                             msr->common.name, other->origin.file, other->origin.line);
}

static gboolean
check_weights (const VrPlaces *places, const VrMsr *msr, GError **error)
{
  guint sum = 0, listed = 0;
  for (guint i = 1; i <= msr->routers; i++)
    sum += vr_msr_weight (msr, i);
  for (guint i = 1; i <= MAX (msr->weights->len, msr->routers); i++)
    listed += MAX (vr_msr_weight (msr, i), 1);
  if (msr->weights->len == 0)
    return TRUE;
  if (sum == 0)
    return vr_places_error (error, place_of (places, msr, "weights"),
                            "weights: all %u back-ends of MSR \"%s\" have 0, and nobody forwards: "
                            "raise one",
                            msr->routers, msr->common.name);
  return msr->balancer == VR_BALANCER_XDP || listed <= VR_MSR_NFTABLES_WEIGHTS_MAX
         || vr_places_error (error, place_of (places, msr, "weights"),
                             "weights: %u together, a 0 counting as 1, are more than a balancer by "
                             "nftables takes, %d: write smaller numbers, or balancer = xdp",
                             listed, VR_MSR_NFTABLES_WEIGHTS_MAX);
}

static gboolean
check_msr (const VrLab *lab, const VrPlaces *places, const VrMsr *msr, GError **error)
{
  if (msr->common.kind != VR_KIND_GUEST)
    return vr_places_error (error, place_of (places, msr, "kind"),
                            "kind: the parts of MSR \"%s\" are guests: write kind = guest, or a "
                            "[router] of kind = native",
                            msr->common.name);
  if (msr->policy == VR_BALANCE_LEAST && msr->balancer != VR_BALANCER_XDP)
    return vr_places_error (
        error, place_of (places, msr, "policy"),
        "policy: MSR \"%s\" has balancer = nftables, which knows no load: write "
        "balancer = xdp, or another policy",
        msr->common.name);
  if (!check_own_name (lab, msr, error) || !check_counts (lab, places, msr, error)
      || !check_weights (places, msr, error))
    return FALSE;
  for (guint i = 0; i < msr->common.interfaces->len; i++)
    if (!check_interface (lab, msr, i, error))
      return FALSE;
  if (!vr_check_control (places, msr, error))
    return FALSE;
  /* Without a control processor nothing that a back-end asks leaves the MSR. */
  if (msr->control == VR_SWITCH_ON)
    return TRUE;
  g_autofree char *who = g_strdup_printf ("no back-end of MSR \"%s\"", msr->common.name);
  return vr_check_gateways (lab, &msr->common, who, error);
}

static guint
largest_mtu (const VrLab *lab, const VrMsr *msr)
{
  guint largest = 0;
  for (guint i = 0; i < msr->common.interfaces->len; i++) {
    const VrInterface *interface = msr->common.interfaces->pdata[i];
    guint mtu = vr_lab_port (lab, interface->port)->mtu;
    largest = MAX (largest, mtu != 0 ? mtu : DEFAULT_MTU);
  }
  return largest;
}

static gboolean
check_inner (const VrPlaces *places, const VrMsr *msr, const VrPort *port, guint mtu,
             GError **error)
{
  if (!vr_port_is_internal (port))
    return vr_places_error (error, &msr->common.origin,
                            "MSR \"%s\" has an internal port \"%s\", and so is another called, at "
                            "%s:%u: rename either, or write device = internal there",
                            msr->common.name, port->name, port->origin.file, port->origin.line);
  static const char *const keys[] = { "vlan", "neighbours" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const VrOrigin *given = vr_places_get (places, port, keys[i], 0);
    if (given != NULL)
      return vr_places_error (error, given,
                              "%s: port \"%s\" carries the ports of MSR \"%s\" as VLANs, in which "
                              "its parts know one another: remove the key",
                              keys[i], port->name, msr->common.name);
  }
  const VrOrigin *place = vr_places_get (places, port, "mtu", 0);
  return port->mtu == 0 || port->mtu >= mtu
         || vr_places_error (error, place != NULL ? place : &port->origin,
                             "mtu: the packets of MSR \"%s\", of up to %u bytes, pass port \"%s\": "
                             "raise it to that",
                             msr->common.name, mtu, port->name);
}

/* No part's name is longer than the internal port's. The port may stand in the profile, where it is
 * to have another queue or the like. */
static gboolean
add_inner (VrLab *lab, const VrPlaces *places, VrMsr *msr, GError **error)
{
  g_autofree char *name = g_strconcat (msr->common.name, "-inner", NULL);
  guint mtu = largest_mtu (lab, msr);
  VrPort *port = vr_lab_port (lab, name);
  if (port != NULL && !check_inner (places, msr, port, mtu, error))
    return FALSE;
  if (!vr_name_check ("port", name, NULL))
    return vr_places_error (error, &msr->common.origin,
                            "MSR \"%s\" has an internal port \"%s\", whose name is too long: "
                            "shorten the MSR's",
                            msr->common.name, name);
  if (port == NULL) {
    port = vr_port_new ();
    vr_reader_fill_defaults (vr_schema_profile (), "port", port);
    port->origin = msr->common.origin;
    port->name = g_strdup (name);
    port->device = g_strdup ("internal");
    port->attach = VR_ATTACH_BRIDGE;
    vr_lab_add_port (lab, port);
  }
  port->mtu = port->mtu != 0 ? port->mtu : mtu;
  msr->inner = g_steal_pointer (&name);
  return TRUE;
}

static gboolean
check_name (const VrLab *lab, const VrMsr *msr, const char *name, GError **error)
{
  const VrRouter *other = vr_lab_router (lab, name);
  return other == NULL
         || vr_places_error (error, &msr->common.origin,
                             "MSR \"%s\" has a part \"%s\", and so is a router called, at %s:%u: "
                             "rename either",
                             msr->common.name, name, other->origin.file, other->origin.line);
}

static gboolean
add_parts (VrLab *lab, const VrMsr *msr, VrPart part, guint count, GError **error)
{
  for (guint i = 1; i <= count; i++) {
    g_autofree char *name = vr_msr_part_name (msr, part, i);
    if (!check_name (lab, msr, name, error))
      return FALSE;
    if (part == VR_PART_BALANCER)
      vr_lab_add_balancer (lab, msr, i);
    else if (part == VR_PART_BACKEND)
      vr_lab_add_backend (lab, msr, i);
    else
      vr_lab_add_control (lab, msr);
  }
  return TRUE;
}

gboolean
vr_parts_add (VrLab *lab, const VrPlaces *places, GError **error)
{
  for (guint i = 0; i < lab->msrs->len; i++) {
    VrMsr *msr = lab->msrs->pdata[i];
    if (!check_msr (lab, places, msr, error) || !add_inner (lab, places, msr, error)
        || !add_parts (lab, msr, VR_PART_BALANCER, msr->balancers, error)
        || !add_parts (lab, msr, VR_PART_BACKEND, msr->routers, error)
        || !add_parts (lab, msr, VR_PART_CONTROL, msr->control == VR_SWITCH_ON ? 1 : 0, error))
      return FALSE;
  }
  return TRUE;
}
