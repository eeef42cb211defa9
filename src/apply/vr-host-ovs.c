/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on Open vSwitch. What is ours bears our alias in its database, as links bear it in the
 * kernel; a bridge or a port without one is somebody else's. */
#include <net/if.h>
#include <string.h>

#include "apply/vr-host-attribute.h"
#include "apply/vr-host-ops.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "sys/vr-netlink.h"
#include "sys/vr-ovs.h"

/* What the kernel's datapath is the master of, under this name. */
#define KERNEL_MASTER "ovs-system"

static gboolean
check_owner (const VrOp *op, const char *what, const char *alias, GError **error)
{
  const char *ours = vr_op_get (op, "alias");
  if (g_strcmp0 (alias, ours) == 0)
    return TRUE;
  g_set_error (
      error, VR_ERROR, VR_ERROR_BUSY,
      "%s: %s %s of Open vSwitch is there already and is %s, not \"%s\": remove it, or take "
      "its lab down",
      op->why, what, op->target, alias != NULL ? alias : "not vrkit's", ours);
  return FALSE;
}

/* --- Bridges -----------------------------------------------------------------------------------
 */

static gboolean
probe_bridge (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_autoptr (VrOvs) ovs = vr_ovs_read (error);
  (void) host;
  if (ovs == NULL)
    return FALSE;
  const VrOvsBridge *bridge = vr_ovs_bridge (ovs, op->target);
  *found = NULL;
  if (bridge == NULL)
    return TRUE;
  if (!check_owner (op, "bridge", bridge->alias, error))
    return FALSE;
  *found = g_variant_ref_sink (
      g_variant_new_parsed ("{'alias': %s, 'datapath': %s}", bridge->alias, bridge->datapath));
  return TRUE;
}

static gboolean
apply_bridge (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) host;
  (void) found;
  return vr_ovs_add_bridge (op->target, vr_op_get (op, "datapath"), vr_op_get (op, "alias"), error);
}

static gboolean
undo_bridge (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  (void) old;
  return probe_bridge (host, op, &found, error)
         && (found == NULL || vr_ovs_delete_bridge (op->target, error));
}

/* --- Ports -------------------------------------------------------------------------------------
 */

/* Whose port the interface is in the kernel; NULL: nobody's, or a lab's, which lets go of it
 * before.
 */
static gboolean
find_holder (const char *ifname, char **holder, GError **error)
{
  char name[IF_NAMESIZE];
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  if (netlink == NULL)
    return FALSE;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname, &cause);
  if (link != NULL && link->master_index > 0
      && if_indextoname ((guint) link->master_index, name) != NULL
      && strcmp (name, KERNEL_MASTER) != 0) {
    g_autoptr (VrLink) master = vr_netlink_link (netlink, name, &cause);
    g_autofree char *lab = vr_name_lab_of_alias (master != NULL ? master->alias : NULL);
    *holder = lab == NULL ? g_strdup (name) : NULL;
  }
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
check_free (const VrOp *op, GError **error)
{
  g_autofree char *holder = NULL;
  if (!find_holder (op->target, &holder, error))
    return FALSE;
  if (holder == NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "%s: interface %s is a port of %s: release it (ip link set %s nomaster), or use "
               "another",
               op->why, op->target, holder, op->target);
  return FALSE;
}

static gboolean
probe_port (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_autoptr (VrOvs) ovs = vr_ovs_read (error);
  (void) host;
  if (ovs == NULL)
    return FALSE;
  const VrOvsPort *port = vr_ovs_port (ovs, op->target);
  *found = NULL;
  if (port == NULL)
    return check_free (op, error);
  if (!check_owner (op, "port", port->alias, error))
    return FALSE;
  g_autofree char *vlan = g_strdup_printf ("%u", port->vlan);
  *found = g_variant_ref_sink (
      g_variant_new_parsed ("{'alias': %s, 'bridge': %s, 'state': %s, 'vlan': %s}", port->alias,
                            port->bridge, port->problem == NULL ? "open" : port->problem, vlan));
  return TRUE;
}

/* One whose interface was made anew, or is in another VLAN, is opened anew. */
static gboolean
apply_port (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  const char *text = vr_op_get (op, "vlan");
  guint vlan = 0;
  (void) host;
  return (text == NULL || vr_host_number (text, &vlan, error))
         && (found == NULL || vr_ovs_delete_port (op->target, error))
         && vr_ovs_add_port (vr_op_get (op, "bridge"), op->target, vlan, vr_op_get (op, "alias"),
                             error);
}

static gboolean
undo_port (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  (void) old;
  return probe_port (host, op, &found, error)
         && (found == NULL || vr_ovs_delete_port (op->target, error));
}

static const VrHostOp rows[VR_OP_KINDS] = {
  [VR_OP_OVS_BRIDGE] = { probe_bridge, apply_bridge, undo_bridge },
  [VR_OP_OVS_PORT] = { probe_port, apply_port, undo_port },
};

const VrHostOp *
vr_host_ovs_op (VrOpKind kind)
{
  return rows[kind].probe != NULL ? &rows[kind] : NULL;
}
