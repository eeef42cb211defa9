/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A port's own devices: a NIC of the host, or a veth pair with a namespace; and a bridge if wanted;
 * or a bridge alone. */
#include "plan/vr-plan-parts.h"

#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "plan/vr-known.h"

#define DEFAULT_MTU 1500
/* The default routes of a far end; base/vr-address.h has no text form that names both families. */
#define ANY_IPV4 ((VrPrefix){ .family = AF_INET })
#define ANY_IPV6 ((VrPrefix){ .family = AF_INET6 })

guint
vr_plan_port_mtu (const VrPort *port)
{
  return port->mtu != 0 ? port->mtu : DEFAULT_MTU;
}

char *
vr_plan_lower_name (const VrLab *lab, const VrPort *port)
{
  char ifname[VR_IFNAME_SIZE];
  if (vr_port_is_of_host (port))
    return g_strdup (port->device);
  if (vr_port_is_internal (port))
    return g_strdup (vr_port_bridge_name (port, lab->name, ifname));
  return g_strdup (vr_name_ifname (lab->name, "port", port->name, ifname));
}

VrOpKind
vr_plan_lower_kind (const VrPort *port)
{
  if (vr_port_is_internal (port))
    return vr_port_is_on_ovs (port) ? VR_OP_OVS_BRIDGE : VR_OP_BRIDGE;
  return vr_port_is_test (port) ? VR_OP_VETH : VR_OP_LINK;
}

void
vr_plan_netns (VrPlanner *planner, const char *name, const char *why)
{
  g_autofree char *netns = vr_name_domain (planner->lab->name, name);
  g_autofree char *alias = vr_name_alias (planner->lab->name, "netns", name);
  vr_plan_add (planner, vr_op_new (VR_OP_NETNS, netns, why, "alias", alias, NULL));
}

void
vr_plan_sysctl (VrPlanner *planner, const char *netns, const char *name, const char *value,
                const char *why)
{
  g_autofree char *target = g_strconcat (netns, "/", name, NULL);
  VrOp *op
      = vr_op_new (VR_OP_SYSCTL, target, why, "netns", netns, "name", name, "value", value, NULL);
  vr_op_add_need (op, VR_OP_NETNS, netns);
  /* net.FAMILY.conf.INTERFACE.KEY, and neigh likewise */
  g_auto (GStrv) words = g_strsplit (name, ".", 5);
  if (g_strv_length (words) == 5)
    vr_plan_need_inner (planner, op, netns, words[3]);
  vr_plan_add (planner, op);
}

void
vr_plan_address (VrPlanner *planner, const char *netns, const char *ifname, const VrPrefix *address,
                 const char *why)
{
  char text[VR_PREFIX_TEXT_SIZE];
  vr_prefix_print (address, text);
  g_autofree char *target = g_strconcat (netns, "/", ifname, "/", text, NULL);
  VrOp *op = vr_op_new (VR_OP_ADDRESS, target, why, "netns", netns, "ifname", ifname, "address",
                        text, NULL);
  vr_op_add_need (op, VR_OP_NETNS, netns);
  vr_plan_need_inner (planner, op, netns, ifname);
  vr_plan_add (planner, op);
}

void
vr_plan_neighbour (const char *port, const VrPrefix *address, const VrMac *mac, gpointer inside)
{
  const VrPlanInside *in = inside;
  char address_text[VR_PREFIX_TEXT_SIZE], mac_text[VR_MAC_TEXT_SIZE], inner[16];
  vr_prefix_print_address (address, address_text);
  vr_plan_inner_name (port, inner);
  g_autofree char *target = g_strconcat (in->netns, "/", inner, "/", address_text, NULL);
  VrOp *op = vr_op_new (VR_OP_NEIGHBOUR, target, in->why, "netns", in->netns, "ifname", inner,
                        "address", address_text, "mac", vr_mac_print (mac, mac_text), NULL);
  vr_op_add_need (op, VR_OP_NETNS, in->netns);
  vr_plan_need_inner (in->planner, op, in->netns, inner);
  vr_plan_add (in->planner, op);
}

void
vr_plan_route (VrPlanner *planner, const char *netns, const VrPrefix *destination,
               const VrPrefix *via, const char *ifname, const char *why)
{
  char to[VR_PREFIX_TEXT_SIZE], through[VR_PREFIX_TEXT_SIZE];
  vr_prefix_print (destination, to);
  g_autofree char *target = g_strconcat (netns, "/", to, NULL);
  VrOp *op = vr_op_new (VR_OP_ROUTE, target, why, "netns", netns, "destination", to,
                        via != NULL ? "via" : "ifname",
                        via != NULL ? vr_prefix_print_address (via, through) : ifname, NULL);
  vr_op_add_need (op, VR_OP_NETNS, netns);
  vr_plan_need_inner (planner, op, netns, ifname);
  vr_plan_add (planner, op);
}

static void
add_offloads (VrPlanner *planner, const VrPort *port, const char *netns, const char *ifname,
              const char *why)
{
  if (port->offloads == VR_SWITCH_AUTO)
    return;
  g_autofree char *target
      = netns != NULL ? g_strconcat (netns, "/", ifname, NULL) : g_strdup (ifname);
  VrOp *op = vr_op_new (VR_OP_OFFLOADS, target, why, "ifname", ifname, "offloads",
                        port->offloads == VR_SWITCH_ON ? "on" : "off", "netns", netns, NULL);
  g_autofree char *lower = vr_plan_lower_name (planner->lab, port);
  vr_op_add_need (op, vr_plan_lower_kind (port), lower);
  op->shared = !vr_port_is_test (port);
  vr_plan_add (planner, op);
}

/* Ports that are VLANs share one, whose MTU the kernel keeps at the smallest of its ports'; what is
 * forwarded goes by the port's. */
static gboolean
add_bridge (VrPlanner *planner, const VrPort *port, const char *bridge, const char *why,
            GError **error)
{
  gboolean shared = port->vlan != 0;
  if (shared && !planner->facts->bridge_vlans_present) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s:%u: [port %s] vlan = %u: bridges of this kernel know no VLANs "
                 "(CONFIG_BRIDGE_VLAN_FILTERING): write attach = ovs, or remove the key, for a "
                 "bridge of the port's own",
                 port->origin.file, port->origin.line, port->name, port->vlan);
    return FALSE;
  }
  if (shared && vr_plan_has (planner, VR_OP_BRIDGE, bridge))
    return TRUE;
  g_autofree char *alias = vr_port_bridge_alias (port, planner->lab->name);
  g_autofree char *mtu = shared ? NULL : g_strdup_printf ("%u", vr_plan_port_mtu (port));
  vr_plan_add (planner, vr_op_new (VR_OP_BRIDGE, bridge, why, "alias", alias, "mtu", mtu, "floods",
                                   port->attach == VR_ATTACH_HUB ? "yes" : "no", "vlans",
                                   shared ? "yes" : NULL, "ipv6", "off", "up", "yes", NULL));
  return TRUE;
}

/* The namespace's stack only answers for the far end's addresses; it has nothing to say by itself.
 */
static void
add_test_netns (VrPlanner *planner, const VrPort *port, const char *netns, const char *why)
{
  vr_plan_netns (planner, port->name, why);
  vr_plan_sysctl (planner, netns, "net.ipv6.conf.default.accept_dad", "0", why);
  vr_plan_sysctl (planner, netns, "net.ipv6.conf.default.accept_ra", "0", why);
  vr_plan_sysctl (planner, netns, "net.ipv6.conf.default.router_solicitations", "0", why);
}

static void
add_test_addresses (VrPlanner *planner, const VrPort *port, const char *netns, const char *why)
{
  char inner[16];
  vr_plan_inner_name (port->name, inner);
  for (guint i = 0; i < port->test_addresses->len; i++)
    vr_plan_address (planner, netns, inner, &g_array_index (port->test_addresses, VrPrefix, i),
                     why);
  VrPlanInside inside = { planner, netns, why };
  vr_port_each_known (planner->lab, port, vr_plan_neighbour, &inside);
  for (guint i = 0; i < port->test_gateways->len; i++) {
    const VrPrefix *via = &g_array_index (port->test_gateways, VrPrefix, i);
    VrPrefix any = via->family == AF_INET ? ANY_IPV4 : ANY_IPV6;
    vr_plan_route (planner, netns, &any, via, inner, why);
  }
}

/* What an own device is set to, so that taking `on` out of a profile takes it back; a NIC of the
 * host is left as it is. */
static const char *
promiscuity (const VrPort *port)
{
  /* It makes its ports so, and the kernel shows that like anybody's wish. */
  if (vr_port_is_on_ovs (port))
    return "yes";
  if (port->promiscuous == VR_SWITCH_AUTO && !vr_port_is_test (port))
    return NULL;
  return port->promiscuous == VR_SWITCH_ON ? "yes" : "no";
}

VrMac
vr_plan_test_mac (const VrLab *lab, const VrPort *port)
{
  g_autofree char *seed = g_strconcat (lab->name, "/test/", port->name, NULL);
  return vr_mac_derive (seed);
}

static gboolean
add_test_port (VrPlanner *planner, const VrPort *port, const char *bridge, const char *why,
               GError **error)
{
  const char *lab = planner->lab->name;
  g_autofree char *netns = vr_name_domain (lab, port->name);
  g_autofree char *alias = vr_name_alias (lab, "port", port->name);
  g_autofree char *near_end = vr_plan_lower_name (planner->lab, port);
  g_autofree char *mtu = g_strdup_printf ("%u", vr_plan_port_mtu (port));
  char inner[16], peer_mac[VR_MAC_TEXT_SIZE];
  VrMac mac = vr_plan_test_mac (planner->lab, port);

  add_test_netns (planner, port, netns, why);
  VrOp *veth = vr_op_new (VR_OP_VETH, near_end, why, "alias", alias, "peer",
                          vr_plan_inner_name (port->name, inner), "peer-netns", netns, "peer-mac",
                          vr_mac_print (&mac, peer_mac), "mtu", mtu, "ipv6", "off", "promiscuous",
                          promiscuity (port), "up", "yes", "master", bridge, NULL);
  vr_op_add_need (veth, VR_OP_NETNS, netns);
  if (bridge != NULL)
    vr_op_add_need (veth, VR_OP_BRIDGE, bridge);
  vr_plan_add (planner, veth);
  if (!vr_plan_nic (planner, port, why, error))
    return FALSE;
  add_offloads (planner, port, NULL, near_end, why);
  add_offloads (planner, port, netns, inner, why);
  add_test_addresses (planner, port, netns, why);
  return TRUE;
}

static gboolean
add_host_port (VrPlanner *planner, const VrPort *port, const char *bridge, const char *why,
               GError **error)
{
  const VrPlanNic *nic = g_hash_table_lookup (planner->facts->nics, port->device);
  if (nic == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s:%u: [port %s] device = %s: this host has no such interface; `ip link` lists "
                 "them, and `device = test` makes one",
                 port->origin.file, port->origin.line, port->name, port->device);
    return FALSE;
  }
  if (nic->mtu_max != 0 && port->mtu > nic->mtu_max) {
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "%s:%u: [port %s] mtu = %u: %s takes at most %u", port->origin.file,
                 port->origin.line, port->name, port->mtu, port->device, nic->mtu_max);
    return FALSE;
  }
  /* DPDK sets it, wanted or not. */
  gboolean sets_mtu = port->mtu != 0 || port->attach == VR_ATTACH_VHOST_USER;
  g_autofree char *mtu = sets_mtu ? g_strdup_printf ("%u", vr_plan_port_mtu (port)) : NULL;
  VrOp *link = vr_op_new (VR_OP_LINK, port->device, why, "mtu", mtu, "promiscuous",
                          promiscuity (port), "up", "yes", NULL);
  link->shared = TRUE;
  vr_plan_add (planner, link);
  if (bridge != NULL) {
    VrOp *enslave = vr_op_new (VR_OP_ENSLAVE, port->device, why, "master", bridge, NULL);
    vr_op_add_need (enslave, VR_OP_BRIDGE, bridge);
    vr_plan_add (planner, enslave);
  }
  if (!vr_plan_nic (planner, port, why, error))
    return FALSE;
  add_offloads (planner, port, NULL, port->device, why);
  return TRUE;
}

static void
add_ovs_port (VrPlanner *planner, const VrPort *port, const char *bridge, const char *why)
{
  g_autofree char *lower = vr_plan_lower_name (planner->lab, port);
  g_autofree char *alias = vr_name_alias (planner->lab->name, "port", port->name);
  VrPlanOvsPort spec = { bridge, lower, alias, why };
  if (port->attach == VR_ATTACH_VHOST_USER)
    vr_plan_dpdk_port (planner, port, &spec, vr_plan_lower_kind (port));
  else
    vr_plan_ovs_port (planner, port, &spec, vr_plan_lower_kind (port));
}

gboolean
vr_plan_port (VrPlanner *planner, const VrPort *port, GError **error)
{
  g_autofree char *what = g_strdup_printf ("port %s", port->name);
  g_autofree char *why = vr_plan_why (port->origin, what);
  char name[VR_IFNAME_SIZE];
  const char *bridge = vr_port_bridge_name (port, planner->lab->name, name);
  const char *master = vr_port_is_on_linux_bridge (port) ? bridge : NULL;
  if (master != NULL && !add_bridge (planner, port, bridge, why, error))
    return FALSE;
  if (vr_port_is_on_ovs (port)
      && (!vr_plan_check_socket (planner, port, error)
          || !vr_plan_ovs_bridge (planner, port, bridge, why, error)))
    return FALSE;
  if (vr_port_is_internal (port))
    return TRUE;
  if (vr_port_is_test (port) ? !add_test_port (planner, port, master, why, error)
                             : !add_host_port (planner, port, master, why, error))
    return FALSE;
  if (vr_port_is_on_ovs (port))
    add_ovs_port (planner, port, bridge, why);
  return TRUE;
}
