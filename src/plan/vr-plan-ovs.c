/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A port's bridge of Open vSwitch, and the interfaces that are ports of it. */
#include "plan/vr-plan-parts.h"

#include <string.h>
#include <sys/un.h>

#include "base/vr-error.h"

/* Of the driver's ring of received frames (drivers/net/af_packet of DPDK 22.11): a slot holds the
 * frame behind a header of the kernel's (TPACKET2_HDRLEN, 52) and room to align it; a block holds
 * whole slots, and is of pages. */
#define RING_SLOT 2048
#define RING_SLOT_HEAD 128
#define RING_BLOCK 4096

/* Of the lab's directory: where guests make their sockets. */
#define SOCKETS "sockets"

/* Other attachments that this host has, for a port that cannot have its own. The caller owns it. */
static char *
alternatives (const VrPlanner *planner, const VrPort *port)
{
  gboolean has_ovs = port->attach == VR_ATTACH_VHOST_USER && planner->facts->no_ovs == NULL;
  if (port->vlan != 0)
    return g_strdup (has_ovs                                ? "ovs"
                     : planner->facts->bridge_vlans_present ? "bridge"
                                                            : "bridge, without vlan,");
  gboolean has_macvtap = port->attach == VR_ATTACH_VHOST_USER && planner->facts->macvtap_present
                         && !vr_port_is_internal (port);
  return g_strconcat (has_ovs ? "ovs or " : "", "bridge", has_macvtap ? " or macvtap" : "", NULL);
}

static gboolean
check_driver (const VrPlanFacts *facts, const VrPort *port, GError **error)
{
  if (port->driver != VR_DRIVER_AF_XDP || facts->no_af_xdp == NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "%s:%u: [port %s] driver = af-xdp: %s; driver = af-packet does without",
               port->origin.file, port->origin.line, port->name, facts->no_af_xdp);
  return FALSE;
}

static gboolean
check_switch (const VrPlanner *planner, const VrPort *port, GError **error)
{
  const VrPlanFacts *facts = planner->facts;
  gboolean wants_dpdk = port->attach == VR_ATTACH_VHOST_USER;
  const char *lack = facts->no_ovs != NULL || !wants_dpdk ? facts->no_ovs : facts->no_dpdk;
  if (lack == NULL)
    return check_driver (facts, port, error);
  g_autofree char *others = alternatives (planner, port);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "%s:%u: [port %s] attach = %s: %s; attach = %s does "
               "without",
               port->origin.file, port->origin.line, port->name, vr_attach_name (port->attach),
               lack, others);
  return FALSE;
}

gboolean
vr_plan_ovs_bridge (VrPlanner *planner, const VrPort *port, const char *bridge, const char *why,
                    GError **error)
{
  gboolean in_kernel = planner->facts->ovs_in_kernel && port->attach == VR_ATTACH_OVS;
  if (!check_switch (planner, port, error))
    return FALSE;
  if (vr_plan_has (planner, VR_OP_OVS_BRIDGE, bridge))
    return TRUE;
  if (!in_kernel && port->attach == VR_ATTACH_OVS)
    vr_plan_notice (planner,
                    "[port %s] this kernel has no Open vSwitch: the switch's own process moves the "
                    "packets (datapath netdev)",
                    port->name);
  g_autofree char *alias = vr_port_bridge_alias (port, planner->lab->name);
  vr_plan_add (planner, vr_op_new (VR_OP_OVS_BRIDGE, bridge, why, "alias", alias, "datapath",
                                   in_kernel ? "system" : "netdev", NULL));
  return TRUE;
}

static VrOp *
port_op (const VrPort *port, const VrPlanOvsPort *spec, const char *type, const char *option,
         const char *mtu)
{
  g_autofree char *vlan = port->vlan != 0 ? g_strdup_printf ("%u", port->vlan) : NULL;
  VrOp *op = vr_op_new (VR_OP_OVS_PORT, spec->ifname, spec->why, "alias", spec->alias, "bridge",
                        spec->bridge, "state", "open", "vlan", vlan, "type", type, "options",
                        option, "mtu", mtu, NULL);
  vr_op_add_need (op, VR_OP_OVS_BRIDGE, spec->bridge);
  return op;
}

void
vr_plan_ovs_port (VrPlanner *planner, const VrPort *port, const VrPlanOvsPort *spec, VrOpKind kind)
{
  VrOp *op = port_op (port, spec, NULL, NULL, NULL);
  vr_op_add_need (op, kind, spec->ifname);
  vr_plan_add (planner, op);
}

/* The driver's slots are powers of two, at least as large as its default. */
static char *
device_option (const VrPort *port, const char *ifname, guint mtu)
{
  guint slot = RING_SLOT;
  if (port->driver == VR_DRIVER_AF_XDP)
    return g_strdup_printf ("dpdk-devargs=net_af_xdp_%s,iface=%s", ifname, ifname);
  while (slot < mtu + RING_SLOT_HEAD)
    slot *= 2;
  g_autofree char *ring
      = slot > RING_SLOT ? g_strdup_printf (",framesz=%u,blocksz=%u", slot, MAX (slot, RING_BLOCK))
                         : g_strdup ("");
  return g_strdup_printf ("dpdk-devargs=net_af_packet_%s,iface=%s%s", ifname, ifname, ring);
}

void
vr_plan_dpdk_port (VrPlanner *planner, const VrPort *port, const VrPlanOvsPort *spec, VrOpKind kind)
{
  guint mtu = vr_plan_port_mtu (port);
  g_autofree char *text = g_strdup_printf ("%u", mtu);
  g_autofree char *option = device_option (port, spec->ifname, mtu);
  VrOp *op = port_op (port, spec, "dpdk", option, text);
  vr_op_add_need (op, kind, spec->ifname);
  vr_plan_add (planner, op);
}

char *
vr_plan_socket (const VrPlanner *planner, const char *ifname)
{
  g_autofree char *name = g_strconcat (ifname, ".sock", NULL);
  return g_build_filename (planner->facts->run_dir, SOCKETS, name, NULL);
}

/* The guest listens and the switch connects, as often as it takes: neither has to be there first,
 * nor to stay. */
VrOp *
vr_plan_vhost_user_op (VrPlanner *planner, const VrPort *port, const VrPlanOvsPort *spec)
{
  g_autofree char *mtu = g_strdup_printf ("%u", vr_plan_port_mtu (port));
  g_autofree char *socket = vr_plan_socket (planner, spec->ifname);
  g_autofree char *option = g_strconcat ("vhost-server-path=", socket, NULL);
  return port_op (port, spec, "dpdkvhostuserclient", option, mtu);
}

gboolean
vr_plan_check_socket (const VrPlanner *planner, const VrPort *port, GError **error)
{
  static const struct sockaddr_un address;
  const char *dir = planner->facts->run_dir;
  gsize room = sizeof address.sun_path - VR_IFNAME_SIZE - strlen ("/" SOCKETS "/.sock");
  if (port->attach != VR_ATTACH_VHOST_USER || dir == NULL)
    return TRUE;
  if (strlen (dir) <= room && strpbrk (dir, "\"\\") == NULL)
    return TRUE;
  g_set_error (
      error, VR_ERROR, VR_ERROR_USAGE,
      "%s:%u: [port %s] attach = vhost-user: \"%s\", where its sockets would be, is longer "
      "than the %" G_GSIZE_FORMAT " bytes that their addresses have room for, or has a "
      "quotation mark or backslash: set VRKIT_RUN_DIR to another directory",
      port->origin.file, port->origin.line, port->name, dir, room);
  return FALSE;
}
