/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A port's bridge of Open vSwitch, and the interfaces that are ports of it. */
#include "plan/vr-plan-parts.h"

#include "base/vr-error.h"

gboolean
vr_plan_ovs_bridge (VrPlanner *planner, const VrPort *port, const char *bridge, const char *why,
                    GError **error)
{
  const VrPlanFacts *facts = planner->facts;
  if (facts->no_ovs != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s:%u: [port %s] attach = ovs: %s; attach = bridge does without",
                 port->origin.file, port->origin.line, port->name, facts->no_ovs);
    return FALSE;
  }
  if (vr_plan_has (planner, VR_OP_OVS_BRIDGE, bridge))
    return TRUE;
  if (!facts->ovs_in_kernel)
    vr_plan_notice (planner,
                    "[port %s] this kernel has no Open vSwitch: the switch's own process moves the "
                    "packets (datapath netdev)",
                    port->name);
  g_autofree char *alias = vr_port_bridge_alias (port, planner->lab->name);
  vr_plan_add (planner, vr_op_new (VR_OP_OVS_BRIDGE, bridge, why, "alias", alias, "datapath",
                                   facts->ovs_in_kernel ? "system" : "netdev", NULL));
  return TRUE;
}

void
vr_plan_ovs_port (VrPlanner *planner, const VrPort *port, const char *bridge, const char *ifname,
                  VrOpKind kind, const char *alias, const char *why)
{
  g_autofree char *vlan = port->vlan != 0 ? g_strdup_printf ("%u", port->vlan) : NULL;
  VrOp *op = vr_op_new (VR_OP_OVS_PORT, ifname, why, "alias", alias, "bridge", bridge, "state",
                        "open", "vlan", vlan, NULL);
  vr_op_add_need (op, VR_OP_OVS_BRIDGE, bridge);
  vr_op_add_need (op, kind, ifname);
  vr_plan_add (planner, op);
}
