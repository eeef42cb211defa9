/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-check-control.h"

#include <string.h>
#include <sys/socket.h>

#include "config/vr-item-routing.h"

static const VrOrigin *
place_of (const VrPlaces *places, const VrMsr *msr, const char *key)
{
  const VrOrigin *place = vr_places_get (places, msr, key, 0);
  return place != NULL ? place : &msr->common.origin;
}

static gboolean
refuse_off (const VrMsr *msr, const char *key, const VrOrigin *place, GError **error)
{
  return vr_places_error (error, place,
                          "%s: MSR \"%s\" has no control processor: write control = on, or remove "
                          "the key",
                          key, msr->common.name);
}

static gboolean
check_off (const VrPlaces *places, const VrMsr *msr, GError **error)
{
  static const char *const keys[] = { "control-vcpus", "control-memory", "router-id", "as" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const VrOrigin *place = vr_places_get (places, msr, keys[i], 0);
    if (place != NULL)
      return refuse_off (msr, keys[i], place, error);
  }
  if (msr->ospf->len > 0)
    return refuse_off (msr, "ospf", &((const VrOspf *) msr->ospf->pdata[0])->origin, error);
  return msr->bgp->len == 0
         || refuse_off (msr, "bgp", &((const VrBgp *) msr->bgp->pdata[0])->origin, error);
}

static gboolean
has_ipv4 (const VrMsr *msr)
{
  for (guint i = 0; i < msr->common.interfaces->len; i++)
    if (vr_interface_address (msr->common.interfaces->pdata[i], AF_INET) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
check_router_id (const VrPlaces *places, const VrMsr *msr, GError **error)
{
  if (msr->router_id->len == 0)
    return has_ipv4 (msr)
           || vr_places_error (error, &msr->common.origin,
                               "MSR \"%s\" has no IPv4 address for its neighbours to know it by: "
                               "add router-id = ADDRESS",
                               msr->common.name);
  return g_array_index (msr->router_id, VrPrefix, 0).family == AF_INET
         || vr_places_error (error, place_of (places, msr, "router-id"),
                             "router-id: it is written like an address of IPv4, whatever the "
                             "protocols carry");
}

static gboolean
check_ospf (const VrMsr *msr, guint index, GError **error)
{
  const VrOspf *ospf = msr->ospf->pdata[index];
  const VrInterface *interface = vr_router_interface (&msr->common, ospf->port);
  if (interface == NULL)
    return vr_places_error (error, &ospf->origin,
                            "ospf: MSR \"%s\" has no interface on port \"%s\": add interface = %s "
                            "ADDRESS/LENGTH",
                            msr->common.name, ospf->port, ospf->port);
  if (interface->addresses->len == 0)
    return vr_places_error (
        error, &ospf->origin,
        "ospf: the interface on port \"%s\" has no address (%s:%u): give it one", ospf->port,
        interface->origin.file, interface->origin.line);
  for (guint i = 0; i < index; i++) {
    const VrOspf *other = msr->ospf->pdata[i];
    if (strcmp (other->port, ospf->port) == 0)
      return vr_places_error (
          error, &ospf->origin,
          "ospf: port \"%s\" is given a second time, first at %s:%u: remove one", ospf->port,
          other->origin.file, other->origin.line);
  }
  return TRUE;
}

/* Where the neighbour may be; `own` tells that it is the MSR itself. */
static gboolean
is_next_to (const VrMsr *msr, const VrPrefix *address, gboolean *own)
{
  gboolean found = FALSE;
  *own = FALSE;
  for (guint i = 0; i < msr->common.interfaces->len; i++) {
    const GArray *addresses = ((const VrInterface *) msr->common.interfaces->pdata[i])->addresses;
    for (guint k = 0; k < addresses->len; k++) {
      const VrPrefix *here = &g_array_index (addresses, VrPrefix, k);
      found |= vr_prefix_contains (here, address);
      *own |= vr_prefix_same_address (here, address);
    }
  }
  return found;
}

static gboolean
check_bgp (const VrMsr *msr, guint index, GError **error)
{
  const VrBgp *bgp = msr->bgp->pdata[index];
  gboolean own;
  char text[VR_PREFIX_TEXT_SIZE];
  vr_prefix_print_address (&bgp->address, text);
  if (!is_next_to (msr, &bgp->address, &own))
    return vr_places_error (error, &bgp->origin,
                            "bgp: \"%s\" is on no network of MSR \"%s\": give an interface an "
                            "address in its network, or name another neighbour",
                            text, msr->common.name);
  if (own)
    return vr_places_error (error, &bgp->origin,
                            "bgp: \"%s\" is MSR \"%s\"'s own address: name another router's", text,
                            msr->common.name);
  for (guint i = 0; i < index; i++) {
    const VrBgp *other = msr->bgp->pdata[i];
    if (vr_prefix_same_address (&other->address, &bgp->address))
      return vr_places_error (error, &bgp->origin,
                              "bgp: \"%s\" is given a second time, first at %s:%u: remove one",
                              text, other->origin.file, other->origin.line);
  }
  return TRUE;
}

static gboolean
check_as (const VrPlaces *places, const VrMsr *msr, GError **error)
{
  if (msr->bgp->len > 0 && msr->as_number == 0)
    return vr_places_error (error, &((const VrBgp *) msr->bgp->pdata[0])->origin,
                            "bgp: MSR \"%s\" has no network of its own to speak for: add as = N",
                            msr->common.name);
  return msr->as_number == 0 || vr_item_check_as (msr->as_number, error)
         || vr_places_prefix (error, place_of (places, msr, "as"), "as: ");
}

gboolean
vr_check_control (const VrPlaces *places, const VrMsr *msr, GError **error)
{
  if (msr->control != VR_SWITCH_ON)
    return check_off (places, msr, error);
  if (!check_router_id (places, msr, error) || !check_as (places, msr, error))
    return FALSE;
  for (guint i = 0; i < msr->ospf->len; i++)
    if (!check_ospf (msr, i, error))
      return FALSE;
  for (guint i = 0; i < msr->bgp->len; i++)
    if (!check_bgp (msr, i, error))
      return FALSE;
  return TRUE;
}
