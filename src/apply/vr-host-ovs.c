/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on Open vSwitch. What is ours bears our alias in its database, as links bear it in the
 * kernel; a bridge or a port without one is somebody else's. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "apply/vr-host-attribute.h"
#include "apply/vr-host-ops.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "sys/vr-netlink.h"
#include "sys/vr-ovs.h"

/* What the kernel's datapath is the master of, under this name. */
#define KERNEL_MASTER "ovs-system"
/* Of a port that is a guest's interface; the rest is the path of the guest's socket. */
#define SOCKET_OPTION "vhost-server-path="

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
  g_autoptr (VrOvs) ovs = vr_ovs_read (error);
  (void) host;
  (void) old;
  if (ovs == NULL)
    return FALSE;
  const VrOvsBridge *bridge = vr_ovs_bridge (ovs, op->target);
  return bridge == NULL
         || (check_owner (op, "bridge", bridge->alias, error)
             && vr_ovs_delete_bridge (ovs, bridge, error));
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

/* The path of the guest's socket, or NULL: the port is no guest's. */
static const char *
socket_of (const VrOp *op)
{
  const char *option = vr_op_get (op, "options");
  return option != NULL && g_str_has_prefix (option, SOCKET_OPTION)
             ? option + strlen (SOCKET_OPTION)
             : NULL;
}

/* QEMU, which runs as somebody else, is to make the socket. */
static gboolean
make_directory (VrHostBackend *host, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  uid_t user;
  gid_t group;
  VrVirt *virt = vr_host_backend_virt (host, error);
  if (virt == NULL || !vr_virt_qemu_owner (virt, &user, &group, error))
    return FALSE;
  if (g_mkdir_with_parents (directory, 0755) == 0 && chown (directory, user, group) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\" for QEMU's sockets",
                      directory);
  return FALSE;
}

static const char *
state_of (const VrOp *op, const VrOvsPort *port)
{
  const char *path = socket_of (op);
  g_autofree char *directory = path != NULL ? g_path_get_dirname (path) : NULL;
  if (directory != NULL && !g_file_test (directory, G_FILE_TEST_IS_DIR))
    return "without a directory for the guest's socket";
  return port->problem != NULL ? port->problem : "open";
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
  g_autofree char *mtu = g_strdup_printf ("%u", port->mtu);
  *found = g_variant_ref_sink (g_variant_new_parsed (
      "{'alias': %s, 'bridge': %s, 'state': %s, 'vlan': %s, 'type': %s, 'options': %s, 'mtu': %s}",
      port->alias, port->bridge, state_of (op, port), vlan, port->type != NULL ? port->type : "",
      port->options != NULL ? port->options : "", mtu));
  return TRUE;
}

/* One whose interface was made anew, or is in another VLAN, is opened anew. */
static gboolean
apply_port (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  const char *vlan = vr_op_get (op, "vlan"), *mtu = vr_op_get (op, "mtu");
  VrOvsPortSpec spec = { .bridge = vr_op_get (op, "bridge"),
                         .name = op->target,
                         .alias = vr_op_get (op, "alias"),
                         .type = vr_op_get (op, "type"),
                         .option = vr_op_get (op, "options") };
  const char *path = socket_of (op);
  return (path == NULL || make_directory (host, path, error))
         && (vlan == NULL || vr_host_number (vlan, &spec.vlan, error))
         && (mtu == NULL || vr_host_number (mtu, &spec.mtu, error))
         && (found == NULL || vr_ovs_delete_port (op->target, error))
         && vr_ovs_add_port (&spec, error);
}

/* A guest that was killed has not taken its socket away. That of one that runs stays: the switch
 * comes back by it. The directory goes with the last of its sockets. */
static void
remove_socket (const VrOp *op)
{
  const char *path = socket_of (op);
  g_autofree char *sockets = NULL;
  if (path == NULL || !g_file_get_contents ("/proc/net/unix", &sockets, NULL, NULL)
      || strstr (sockets, path) != NULL)
    return;
  g_autofree char *directory = g_path_get_dirname (path);
  unlink (path);
  rmdir (directory);
}

static gboolean
undo_port (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  (void) old;
  remove_socket (op);
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
