/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-check-lab.h"

#include <string.h>
#include <sys/socket.h>

#include "config/vr-check-addresses.h"
#include "config/vr-check-router.h"

/* RFC 8200, section 5. */
#define IPV6_MTU_MIN 1280
/* Frames of 9728 bytes, with their header and checksum (NETDEV_DPDK_MAX_PKT_LEN, lib/netdev-dpdk.c
 * of Open vSwitch). */
#define DPDK_MTU_MAX 9710

/* What is left of a page beside a frame, and two tags in it, is DPDK's and the kernel's. */
#define AF_XDP_MTU_MAX 1500

static const VrOrigin *
place_of (const VrPlaces *places, const VrPort *port, const char *key, guint index)
{
  const VrOrigin *place = vr_places_get (places, port, key, index);
  return place != NULL ? place : &port->origin;
}

static gboolean
check_vhost_user (const VrPlaces *places, const VrPort *port, GError **error)
{
  const VrOrigin *queue = vr_places_get (places, port, "queue-length", 0);
  if (queue != NULL)
    return vr_places_error (error, queue,
                            "queue-length: port \"%s\" has attach = vhost-user, and the host holds "
                            "no packets before its routers: remove the key",
                            port->name);
  return port->mtu <= DPDK_MTU_MAX
         || vr_places_error (
             error, place_of (places, port, "mtu", 0),
             "mtu: \"%u\" of port \"%s\" with attach = vhost-user is more than Open "
             "vSwitch with DPDK carries: at most %d, or write another attach",
             port->mtu, port->name, DPDK_MTU_MAX);
}

/* A guest's card has no device of the kernel's. */
static gboolean
check_driver (const VrPlaces *places, const VrPort *port, GError **error)
{
  const VrOrigin *driver = vr_places_get (places, port, "driver", 0);
  if (driver == NULL)
    return TRUE;
  if (port->attach != VR_ATTACH_VHOST_USER)
    return vr_places_error (error, driver,
                            "driver: port \"%s\" has attach = %s, and a driver is that of Open "
                            "vSwitch with DPDK: remove the key, or write attach = vhost-user",
                            port->name, vr_attach_name (port->attach));
  if (vr_port_is_internal (port))
    return vr_places_error (error, driver,
                            "driver: port \"%s\" has device = internal, and so no device: remove "
                            "the key",
                            port->name);
  return port->driver != VR_DRIVER_AF_XDP || port->mtu <= AF_XDP_MTU_MAX
         || vr_places_error (
             error, place_of (places, port, "mtu", 0),
             "mtu: \"%u\" of port \"%s\" is more than driver = af-xdp takes: at most "
             "%d, or write driver = af-packet",
             port->mtu, port->name, AF_XDP_MTU_MAX);
}

static gboolean
check_attach (const VrPlaces *places, const VrPort *port, GError **error)
{
  const VrOrigin *mode = vr_places_get (places, port, "mode", 0);
  if (port->attach != VR_ATTACH_MACVTAP && mode != NULL)
    return vr_places_error (error, mode,
                            "mode: port \"%s\" has attach = %s, and a mode is a macvtap's: "
                            "remove either",
                            port->name, vr_attach_name (port->attach));
  if (vr_port_is_on_ovs (port) && port->promiscuous == VR_SWITCH_OFF)
    return vr_places_error (error, place_of (places, port, "promiscuous", 0),
                            "promiscuous: port \"%s\" has attach = %s, and Open vSwitch takes all "
                            "frames of its ports: write auto",
                            port->name, vr_attach_name (port->attach));
  if (!check_driver (places, port, error)
      || (port->attach == VR_ATTACH_VHOST_USER && !check_vhost_user (places, port, error)))
    return FALSE;
  if (vr_port_is_test (port))
    return TRUE;
  static const char *const keys[] = { "test-address", "test-gateway" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const VrOrigin *test = vr_places_get (places, port, keys[i], 0);
    if (test != NULL)
      return vr_places_error (
          error, test,
          "%s: port \"%s\" is on \"%s\", a device of the host, whose far end is "
          "not ours: remove the key, or write device = test",
          keys[i], port->name, port->device);
  }
  return TRUE;
}

static gboolean
check_gateway (const VrPlaces *places, const VrPort *port, guint index, GError **error)
{
  const VrPrefix *gateway = &g_array_index (port->test_gateways, VrPrefix, index);
  const VrOrigin *place = place_of (places, port, "test-gateway", index);
  char text[VR_PREFIX_TEXT_SIZE];
  vr_prefix_print_address (gateway, text);
  for (guint i = 0; i < index; i++)
    if (g_array_index (port->test_gateways, VrPrefix, i).family == gateway->family)
      return vr_places_error (error, place,
                              "test-gateway: \"%s\" is a second gateway for the same kind of "
                              "address: give one for IPv4 and one for IPv6",
                              text);
  gboolean reached = FALSE;
  for (guint i = 0; i < port->test_addresses->len; i++) {
    const VrPrefix *own = &g_array_index (port->test_addresses, VrPrefix, i);
    VrPrefix end = *gateway;
    end.length = own->length;
    if (vr_prefix_same_address (own, gateway))
      return vr_places_error (
          error, place, "test-gateway: \"%s\" is the test-address itself: name the router's", text);
    reached = reached || (vr_prefix_contains (own, gateway) && vr_prefix_is_host (&end));
  }
  return reached
         || vr_places_error (error, place,
                             "test-gateway: \"%s\" is no host on the network of a test-address of "
                             "port \"%s\": change it, or add a test-address",
                             text, port->name);
}

/* A veth pair has queues, but neither rings nor interrupts. */
static gboolean
check_queues (const VrPlaces *places, const VrPort *port, GError **error)
{
  static const char *const keys[] = { "rx-ring",   "tx-ring",   "rx-usecs",           "tx-usecs",
                                      "rx-frames", "tx-frames", "adaptive-coalescing" };
  for (guint i = 0; vr_port_is_test (port) && i < G_N_ELEMENTS (keys); i++) {
    const VrOrigin *place = vr_places_get (places, port, keys[i], 0);
    if (place != NULL)
      return vr_places_error (error, place,
                              "%s: port \"%s\" has device = test, whose pair of interfaces has "
                              "neither rings nor interrupts: remove the key, or name a device of "
                              "the host",
                              keys[i], port->name);
  }
  return TRUE;
}

static gboolean
check_test_mtu (const VrPlaces *places, const VrPort *port, GError **error)
{
  if (port->mtu == 0 || port->mtu >= IPV6_MTU_MIN)
    return TRUE;
  for (guint i = 0; i < port->test_addresses->len; i++)
    if (g_array_index (port->test_addresses, VrPrefix, i).family == AF_INET6)
      return vr_places_error (error, place_of (places, port, "mtu", 0),
                              "mtu: \"%u\" is below IPv6's %d, and port \"%s\" has an IPv6 "
                              "test-address: raise it, or use IPv4 alone",
                              port->mtu, IPV6_MTU_MIN, port->name);
  return TRUE;
}

static gboolean
check_port (const VrPlaces *places, const VrPort *port, GError **error)
{
  if (!check_attach (places, port, error) || !check_queues (places, port, error)
      || !check_test_mtu (places, port, error))
    return FALSE;
  for (guint i = 0; i < port->test_gateways->len; i++)
    if (!check_gateway (places, port, i, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_devices (const VrLab *lab, const VrPlaces *places, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < lab->ports->len; i++) {
    VrPort *port = lab->ports->pdata[i];
    const VrPort *other = g_hash_table_lookup (known, port->device);
    if (other != NULL)
      return vr_places_error (error, place_of (places, port, "device", 0),
                              "device: \"%s\" carries port \"%s\" already, at %s:%u: join the two "
                              "ports, or name another device",
                              port->device, other->name, other->origin.file, other->origin.line);
    if (vr_port_is_of_host (port))
      g_hash_table_insert (known, port->device, port);
  }
  return TRUE;
}

/* Both would be the namespace vrkit-LAB-NAME. */
static gboolean
check_namespaces (const VrLab *lab, GError **error)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    const VrPort *port = vr_lab_port (lab, router->name);
    if (router->kind == VR_KIND_NATIVE && port != NULL && vr_port_is_test (port))
      return vr_places_error (error, &router->origin,
                              "[router %s]: a native router and a test port (%s:%u) are both "
                              "network namespaces of that name: rename one",
                              router->name, port->origin.file, port->origin.line);
  }
  return TRUE;
}

static gboolean
check_exclusive (const VrLab *lab, GError **error)
{
  g_autoptr (GHashTable) owners = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    for (guint k = 0; k < router->interfaces->len; k++) {
      const VrInterface *interface = router->interfaces->pdata[k];
      VrPort *port = vr_lab_port (lab, interface->port);
      const VrRouter *owner = g_hash_table_lookup (owners, port);
      if (owner != NULL && vr_router_outward (owner) != vr_router_outward (router))
        return vr_places_error (error, &interface->origin,
                                "interface: port \"%s\" has mode = passthru, and router \"%s\" has "
                                "it for itself (%s:%u): use another port or mode",
                                port->name, owner->name, owner->origin.file, owner->origin.line);
      if (port->attach == VR_ATTACH_MACVTAP && port->mode == VR_MACVTAP_PASSTHRU)
        g_hash_table_insert (owners, port, (gpointer) router);
    }
  }
  return TRUE;
}

gboolean
vr_check_lab (const VrLab *lab, const VrPlaces *places, GError **error)
{
  if (lab->routers->len == 0)
    return vr_places_error (error, &lab->origin,
                            "lab \"%s\" has no router: add a group [router NAME], [pvr NAME] or "
                            "[msr NAME]",
                            lab->name);
  for (guint i = 0; i < lab->ports->len; i++)
    if (!check_port (places, lab->ports->pdata[i], error))
      return FALSE;
  if (!check_devices (lab, places, error) || !check_namespaces (lab, error))
    return FALSE;
  for (guint i = 0; i < lab->routers->len; i++)
    if (!vr_check_router (lab, places, lab->routers->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < lab->msrs->len; i++)
    if (!vr_check_paths (lab, &((VrMsr *) lab->msrs->pdata[i])->common, error))
      return FALSE;
  return check_exclusive (lab, error) && vr_check_addresses (lab, places, error)
         && vr_check_schedules (lab, places, error) && vr_check_tenants (lab, places, error)
         && vr_check_follow (lab, places, error) && vr_check_host_settings (lab, places, error);
}
