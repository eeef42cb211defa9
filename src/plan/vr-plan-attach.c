/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an interface of a router hangs on its port: a table of variants, one row an attachment. */
#include "plan/vr-plan-parts.h"

#include "base/vr-name.h"

static const char *const mode_names[] = {
  [VR_MACVTAP_BRIDGE] = "bridge",
  [VR_MACVTAP_PRIVATE] = "private",
  [VR_MACVTAP_VEPA] = "vepa",
  [VR_MACVTAP_PASSTHRU] = "passthru",
};

typedef struct {
  VrPlanner *planner;
  const VrRouter *router;
  const VrInterface *interface;
  const VrPort *port;
  const char *lower;  /* the port's device */
  const char *bridge; /* the port's bridge, of whichever kind */
  const char *master; /* the same of Linux; NULL without */
  char *vlan;         /* of the master, that it is a port of; NULL: it knows none */
  char *ifname;       /* what is made on the host */
  char *alias;
  char *netns; /* of a native router */
  char *mtu;
  char *queue_length;
  char *why;
  char mac[VR_MAC_TEXT_SIZE];
  char inner[16];
} Attachment;

typedef struct {
  VrOp *(*guest) (const Attachment *a);
  VrOp *(*native) (const Attachment *a);
} AttachRow;

/* The guest joins multicast groups (IPv6 neighbour discovery is one) without the macvtap's knowing.
 */
static VrOp *
macvtap_guest (const Attachment *a)
{
  return vr_op_new (VR_OP_MACVTAP, a->ifname, a->why, "lower", a->lower, "mode",
                    mode_names[a->port->mode], "mac", a->mac, "alias", a->alias, "mtu", a->mtu,
                    "queue-length", a->queue_length, "ipv6", "off", "all-multicast", "yes", "up",
                    "yes", NULL);
}

static VrOp *
macvtap_native (const Attachment *a)
{
  g_autofree char *target = g_strconcat (a->netns, "/", a->inner, NULL);
  VrOp *op = vr_op_new (VR_OP_MACVLAN, target, a->why, "netns", a->netns, "ifname", a->inner,
                        "lower", a->lower, "mode", mode_names[a->port->mode], "mac", a->mac,
                        "alias", a->alias, "mtu", a->mtu, "up", "yes", NULL);
  vr_op_add_need (op, VR_OP_NETNS, a->netns);
  return op;
}

/* A macvtap becomes as many queues as it is opened for; a tap must be made for more than one. */
static VrOp *
tap_guest (const Attachment *a)
{
  const char *multi_queue = vr_interface_queues (a->interface) > 1 ? "yes" : "no";
  VrOp *op = vr_op_new (VR_OP_TAP, a->ifname, a->why, "multi-queue", multi_queue, "alias", a->alias,
                        "mtu", a->mtu, "queue-length", a->queue_length, "ipv6", "off", "up", "yes",
                        "master", a->master, "vlan", a->vlan, NULL);
  if (a->master != NULL)
    vr_op_add_need (op, VR_OP_BRIDGE, a->master);
  return op;
}

static VrOp *
veth_native (const Attachment *a)
{
  VrOp *op = vr_op_new (VR_OP_VETH, a->ifname, a->why, "alias", a->alias, "peer", a->inner,
                        "peer-netns", a->netns, "peer-mac", a->mac, "mtu", a->mtu, "ipv6", "off",
                        "up", "yes", "master", a->master, "vlan", a->vlan, NULL);
  vr_op_add_need (op, VR_OP_NETNS, a->netns);
  if (a->master != NULL)
    vr_op_add_need (op, VR_OP_BRIDGE, a->master);
  return op;
}

static VrOp *
vhost_user_guest (const Attachment *a)
{
  VrPlanOvsPort spec = { a->bridge, a->ifname, a->alias, a->why };
  return vr_plan_vhost_user_op (a->planner, a->port, &spec);
}

static const AttachRow rows[] = {
  [VR_ATTACH_MACVTAP] = { macvtap_guest, macvtap_native },
  [VR_ATTACH_BRIDGE] = { tap_guest, veth_native },
  [VR_ATTACH_OVS] = { tap_guest, veth_native },
  [VR_ATTACH_HUB] = { tap_guest, veth_native },
  [VR_ATTACH_VHOST_USER] = { vhost_user_guest, veth_native },
};

static void
attachment_clear (Attachment *a)
{
  g_free (a->ifname);
  g_free (a->alias);
  g_free (a->netns);
  g_free (a->vlan);
  g_free (a->mtu);
  g_free (a->queue_length);
  g_free (a->why);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attachment, attachment_clear)

static void
attachment_init (Attachment *a, const VrPlanner *planner)
{
  const char *lab = planner->lab->name;
  const char *owner = vr_router_interface_owner (a->router, a->port->name);
  g_autofree char *path = g_strconcat (owner, "/", a->port->name, NULL);
  g_autofree char *what = g_strdup_printf ("interface %s of router %s", a->port->name, owner);
  char ifname[VR_IFNAME_SIZE];
  a->ifname = g_strdup (vr_name_ifname (lab, "nic", path, ifname));
  a->alias = vr_name_alias (lab, "nic", path);
  a->netns = vr_name_domain (lab, a->router->name);
  a->master = vr_port_is_on_linux_bridge (a->port) ? a->bridge : NULL;
  if (a->master != NULL && a->port->vlan != 0)
    a->vlan = g_strdup_printf ("%u", a->port->vlan);
  a->mtu = g_strdup_printf ("%u", vr_plan_port_mtu (a->port));
  a->queue_length = g_strdup_printf ("%u", a->port->queue_length);
  a->why = vr_plan_why (a->interface->origin, what);
  vr_mac_print (&a->interface->mac, a->mac);
  vr_plan_inner_name (a->port->name, a->inner);
}

char *
vr_plan_attach (VrPlanner *planner, const VrRouter *router, const VrInterface *interface)
{
  const VrPort *port = vr_lab_port (planner->lab, interface->port);
  g_autofree char *lower = vr_plan_lower_name (planner->lab, port);
  char bridge[VR_IFNAME_SIZE];
  g_auto (Attachment) a = {
    .planner = planner,
    .router = router,
    .interface = interface,
    .port = port,
    .lower = lower,
    .bridge = vr_port_bridge_name (port, planner->lab->name, bridge),
  };
  attachment_init (&a, planner);
  if (router->member > 1)
    return g_steal_pointer (&a.ifname);
  gboolean native = router->kind == VR_KIND_NATIVE;
  VrOp *op = native ? rows[port->attach].native (&a) : rows[port->attach].guest (&a);
  if (!vr_port_is_internal (port))
    vr_op_add_need (op, vr_plan_lower_kind (port), lower);
  vr_plan_add (planner, op);
  VrPlanOvsPort spec = { a.bridge, a.ifname, a.alias, a.why };
  if (vr_port_is_on_ovs (port) && op->kind != VR_OP_OVS_PORT)
    vr_plan_ovs_port (planner, port, &spec, op->kind);
  return native ? NULL : g_steal_pointer (&a.ifname);
}
