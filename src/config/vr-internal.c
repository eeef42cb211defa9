/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-internal.h"

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
  return attach == NULL || port->attach == VR_ATTACH_BRIDGE
         || vr_places_error (error, attach,
                             "attach: port \"%s\" has device = internal, which is a bridge: "
                             "remove the key, or write device = test, whose macvtaps reach one "
                             "another",
                             port->name);
}

gboolean
vr_internal_settle (VrLab *lab, const VrPlaces *places, GError **error)
{
  for (guint i = 0; i < lab->ports->len; i++) {
    VrPort *port = lab->ports->pdata[i];
    if (!vr_port_is_internal (port))
      continue;
    if (!check_keys (places, port, error))
      return FALSE;
    port->attach = VR_ATTACH_BRIDGE;
  }
  return TRUE;
}
