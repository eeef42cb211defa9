/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-internal.h"

/* Two ports in one VLAN would be one, under two names. */
static gboolean
check_vlan (const VrLab *lab, const VrPlaces *places, const VrPort *port, GError **error)
{
  const VrOrigin *place = vr_places_get (places, port, "vlan", 0);
  if (place == NULL)
    return TRUE;
  if (!vr_port_is_internal (port))
    return vr_places_error (error, place,
                            "vlan: port \"%s\" has device = %s, and a VLAN of the lab's switch "
                            "joins routers alone: remove the key, or write device = internal",
                            port->name, port->device);
  if (port->attach == VR_ATTACH_HUB)
    return vr_places_error (
        error, place,
        "vlan: \"%u\" of port \"%s\" needs a switch, and a hub is none: write "
        "attach = bridge or ovs; or remove the key, for a hub of the port's own",
        port->vlan, port->name);
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *other = lab->ports->pdata[i];
    if (other != port && other->vlan == port->vlan && other->attach == port->attach)
      return vr_places_error (error, place,
                              "vlan: \"%u\" is port \"%s\" already, at %s:%u: give each its own, "
                              "of 1 to 4094, or join the two ports",
                              port->vlan, other->name, other->origin.file, other->origin.line);
  }
  return TRUE;
}

static gboolean
check_keys (const VrPlaces *places, const VrPort *port, GError **error)
{
  static const char *const keys[] = { "mode",
                                      "promiscuous",
                                      "channels",
                                      "rx-ring",
                                      "tx-ring",
                                      "rx-usecs",
                                      "tx-usecs",
                                      "rx-frames",
                                      "tx-frames",
                                      "test-address",
                                      "adaptive-coalescing",
                                      "test-gateway" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const VrOrigin *place = vr_places_get (places, port, keys[i], 0);
    if (place != NULL)
      return vr_places_error (error, place,
                              "%s: port \"%s\" has device = internal, a bridge with neither a "
                              "device nor a far end: remove the key, or write another device",
                              keys[i], port->name);
  }
  const VrOrigin *attach = vr_places_get (places, port, "attach", 0);
  return attach == NULL || port->attach != VR_ATTACH_MACVTAP
         || vr_places_error (
             error, attach,
             "attach: port \"%s\" has device = internal, which is a bridge: write "
             "bridge, hub, ovs or vhost-user, or device = test, whose macvtaps reach one "
             "another",
             port->name);
}

static gboolean
settle (const VrPlaces *places, VrPort *port, GError **error)
{
  if (!check_keys (places, port, error))
    return FALSE;
  if (port->attach == VR_ATTACH_MACVTAP)
    port->attach = VR_ATTACH_BRIDGE;
  return TRUE;
}

gboolean
vr_internal_settle (VrLab *lab, const VrPlaces *places, GError **error)
{
  for (guint i = 0; i < lab->ports->len; i++) {
    VrPort *port = lab->ports->pdata[i];
    if (vr_port_is_internal (port) && !settle (places, port, error))
      return FALSE;
  }
  for (guint i = 0; i < lab->ports->len; i++)
    if (!check_vlan (lab, places, lab->ports->pdata[i], error))
      return FALSE;
  return TRUE;
}
