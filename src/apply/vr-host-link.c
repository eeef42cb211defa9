/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on links: what is made is read back whole. */
#include <net/if.h>
#include <string.h>

#include "apply/vr-host-attribute.h"
#include "apply/vr-host-ops.h"
#include "base/vr-error.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"
#include "sys/vr-sysctl.h"
#include "sys/vr-tap.h"

static const char *
yes_no (gboolean value)
{
  return value ? "yes" : "no";
}

/* The interface's name in its namespace: targets of a macvlan hold the namespace too. */
static const char *
ifname_of (const VrOp *op)
{
  const char *ifname = vr_op_get (op, "ifname");
  return ifname != NULL ? ifname : op->target;
}

/* A kernel without IPv6, and an interface that is gone, have none to turn off. */
static gboolean
ipv6_is_off (const char *ifname)
{
  g_autofree char *name = g_strdup_printf ("net/ipv6/conf/%s/disable_ipv6", ifname);
  g_autofree char *value = NULL;
  return !vr_sysctl_get (NULL, name, &value, NULL) || strcmp (value, "1") == 0;
}

static void
add (GVariantBuilder *builder, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (builder, "{ss}", key, value);
}

static void
add_name (GVariantBuilder *builder, const char *key, int index)
{
  char name[IF_NAMESIZE];
  add (builder, key, index > 0 ? if_indextoname ((guint) index, name) : NULL);
}

static void
add_attributes (GVariantBuilder *builder, const VrOp *op, const VrLink *link)
{
  char mac[VR_MAC_TEXT_SIZE], mtu[16], queue_length[16];
  g_snprintf (mtu, sizeof mtu, "%u", link->mtu);
  g_snprintf (queue_length, sizeof queue_length, "%u", link->queue_length);
  add (builder, "alias", link->alias);
  add (builder, "mac", vr_mac_print (&link->mac, mac));
  add (builder, "mode", link->macvtap_mode);
  add (builder, "mtu", mtu);
  add (builder, "queue-length", queue_length);
  add (builder, "promiscuous", yes_no (link->promiscuous));
  add (builder, "all-multicast", yes_no (link->all_multicast));
  add (builder, "up", yes_no (link->up));
  add (builder, "netns", vr_op_get (op, "netns"));
  add (builder, "ifname", vr_op_get (op, "ifname"));
  add_name (builder, "master", link->master_index);
  if (vr_op_get (op, "multi-queue") != NULL)
    add (builder, "multi-queue", yes_no (link->multi_queue));
  if (vr_op_get (op, "floods") != NULL)
    add (builder, "floods", yes_no (link->floods));
  if (vr_op_get (op, "vlans") != NULL)
    add (builder, "vlans", yes_no (link->vlans));
  if (vr_op_get (op, "lower") != NULL)
    add_name (builder, "lower", link->lower_index);
  if (vr_op_get (op, "ipv6") != NULL)
    add (builder, "ipv6", ipv6_is_off (link->name) ? "off" : "on");
}

static gboolean
check_owner (const VrOp *op, const VrLink *link, GError **error)
{
  const char *alias = vr_op_get (op, "alias");
  if (alias == NULL || link->alias == NULL || strcmp (alias, link->alias) == 0)
    return TRUE;
  g_set_error (
      error, VR_ERROR, VR_ERROR_BUSY,
      "%s: interface %s is there already and is \"%s\", not \"%s\": remove it, or take its "
      "lab down",
      op->why, ifname_of (op), link->alias, alias);
  return FALSE;
}

/* Of a port of a bridge that keeps VLANs apart. */
static gboolean
add_vlan (GVariantBuilder *builder, const VrOp *op, VrNetlink *netlink, GError **error)
{
  guint vlan;
  if (vr_op_get (op, "vlan") == NULL)
    return TRUE;
  if (!vr_netlink_vlan (netlink, ifname_of (op), &vlan, error))
    return FALSE;
  g_autofree char *text = g_strdup_printf ("%u", vlan);
  add (builder, "vlan", text);
  return TRUE;
}

/* The far end of a veth: its keys are there only where all of it is. */
static gboolean
add_peer (GVariantBuilder *builder, const VrOp *op, GError **error)
{
  const char *netns = vr_op_get (op, "peer-netns"), *peer = vr_op_get (op, "peer");
  char mac[VR_MAC_TEXT_SIZE];
  if (peer == NULL || !vr_netns_exists (netns))
    return TRUE;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  g_autoptr (GError) cause = NULL;
  if (netlink == NULL)
    return FALSE;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, peer, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (link == NULL || !link->up)
    return TRUE;
  add (builder, "peer", peer);
  add (builder, "peer-netns", netns);
  add (builder, "peer-mac", vr_mac_print (&link->mac, mac));
  return TRUE;
}

static gboolean
probe_link (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  const char *netns = vr_op_get (op, "netns");
  (void) host;
  if (netns != NULL && !vr_netns_exists (netns)) {
    *found = NULL;
    return TRUE;
  }
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  if (netlink == NULL)
    return FALSE;
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname_of (op), &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (link != NULL && !check_owner (op, link, error))
    return FALSE;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  if (link != NULL) {
    add_attributes (&builder, op, link);
    if (!add_vlan (&builder, op, netlink, error) || !add_peer (&builder, op, error))
      return FALSE;
  }
  *found = link != NULL ? g_variant_ref_sink (g_variant_builder_end (&builder)) : NULL;
  return TRUE;
}

/* --- Kinds that are made -----------------------------------------------------------------------
 */

typedef gboolean (*Create) (const VrOp *op, VrNetlink *netlink, const VrLinkSpec *spec,
                            GError **error);

static gboolean
make (VrHostBackend *host, const VrOp *op, GVariant *found, Create create, GError **error)
{
  const char *mac = vr_op_get (op, "mac"), *mtu = vr_op_get (op, "mtu");
  const char *netns = vr_op_get (op, "netns");
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  g_autoptr (GVariant) made = NULL;
  VrMac address;
  VrLinkSpec spec
      = { .name = ifname_of (op), .alias = vr_op_get (op, "alias"), .queue_length = -1 };
  if (netlink == NULL || (mac != NULL && !vr_mac_parse (mac, &address, error))
      || (mtu != NULL && !vr_host_number (mtu, &spec.mtu, error)))
    return FALSE;
  spec.mac = mac != NULL ? &address : NULL;
  if (found == NULL && !create (op, netlink, &spec, error))
    return FALSE;
  if (found == NULL && !probe_link (host, op, &made, error))
    return FALSE;
  g_autoptr (VrNetlink) inside = netns != NULL ? vr_netlink_new (netns, error) : NULL;
  if (netns != NULL && inside == NULL)
    return FALSE;
  return vr_host_set_attributes (inside != NULL ? inside : netlink, spec.name, op->want,
                                 found != NULL ? found : made, error);
}

static gboolean
undo_made (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  const char *netns = vr_op_get (op, "netns");
  (void) old;
  g_autoptr (GVariant) found = NULL;
  /* What bears another alias is not ours to delete. */
  if (!probe_link (host, op, &found, error))
    return FALSE;
  if (found == NULL)
    return TRUE;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  return netlink != NULL && vr_netlink_delete (netlink, ifname_of (op), error);
}

static gboolean
create_bridge (const VrOp *op, VrNetlink *netlink, const VrLinkSpec *spec, GError **error)
{
  (void) op;
  return vr_netlink_add_bridge (netlink, spec, error);
}

static gboolean
apply_bridge (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  return make (host, op, found, create_bridge, error);
}

static gboolean
create_tap (const VrOp *op, VrNetlink *netlink, const VrLinkSpec *spec, GError **error)
{
  gboolean multi_queue = g_strcmp0 (vr_op_get (op, "multi-queue"), "yes") == 0;
  (void) netlink;
  return vr_tap_create (spec, multi_queue ? 2 : 1, error);
}

static gboolean
apply_tap (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  return make (host, op, found, create_tap, error);
}

static gboolean
create_macvtap (const VrOp *op, VrNetlink *netlink, const VrLinkSpec *spec, GError **error)
{
  return vr_netlink_add_macvtap (netlink, spec, vr_op_get (op, "lower"), vr_op_get (op, "mode"),
                                 error);
}

static gboolean
apply_macvtap (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  if (!make (host, op, found, create_macvtap, error))
    return FALSE;
  return vr_tap_check_device_node ((int) if_nametoindex (op->target), error);
}

static gboolean
create_macvlan (const VrOp *op, VrNetlink *netlink, const VrLinkSpec *spec, GError **error)
{
  return vr_netlink_add_macvlan (netlink, spec, vr_op_get (op, "lower"), vr_op_get (op, "mode"),
                                 vr_op_get (op, "netns"), error);
}

static gboolean
apply_macvlan (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  return make (host, op, found, create_macvlan, error);
}

static gboolean
create_veth (const VrOp *op, VrNetlink *netlink, const VrLinkSpec *spec, GError **error)
{
  return vr_netlink_add_veth (netlink, spec, vr_op_get (op, "peer"), vr_op_get (op, "peer-netns"),
                              error);
}

/* The far end follows the near one: same MTU, up, with the planned MAC. */
static gboolean
apply_veth (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  const char *peer = vr_op_get (op, "peer"), *mtu = vr_op_get (op, "mtu");
  guint peer_mtu;
  VrMac mac;
  if (!vr_mac_parse (vr_op_get (op, "peer-mac"), &mac, error)
      || !vr_host_number (mtu, &peer_mtu, error) || !make (host, op, found, create_veth, error))
    return FALSE;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (vr_op_get (op, "peer-netns"), error);
  return netlink != NULL && vr_netlink_set_mac (netlink, peer, &mac, error)
         && vr_netlink_set_mtu (netlink, peer, peer_mtu, error)
         && vr_netlink_set_up (netlink, peer, TRUE, error);
}

/* --- NICs that are not ours --------------------------------------------------------------------
 */

static gboolean
apply_link (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) host;
  if (found == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s: interface %s is gone", op->why, op->target);
    return FALSE;
  }
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  return netlink != NULL && vr_host_set_attributes (netlink, op->target, op->want, found, error);
}

/* A NIC that was pulled out has nothing to restore. */
static gboolean
undo_link (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  if (!probe_link (host, op, &found, error))
    return FALSE;
  if (found == NULL || old == NULL)
    return TRUE;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  return netlink != NULL && vr_host_set_attributes (netlink, op->target, old, found, error);
}

static gboolean
probe_enslave (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_autoptr (GVariant) link = NULL;
  if (!probe_link (host, op, &link, error))
    return FALSE;
  const char *master = vr_op_lookup (link, "master"), *wanted = vr_op_get (op, "master");
  if (master != NULL && strcmp (master, wanted) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "%s: interface %s is a port of %s: release it (ip link set %s nomaster), or use "
                 "another",
                 op->why, op->target, master, op->target);
    return FALSE;
  }
  *found = g_steal_pointer (&link);
  return TRUE;
}

static gboolean
undo_enslave (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  (void) old;
  if (!probe_link (host, op, &found, error))
    return FALSE;
  if (g_strcmp0 (vr_op_lookup (found, "master"), vr_op_get (op, "master")) != 0)
    return TRUE;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  return netlink != NULL && vr_netlink_set_master (netlink, op->target, NULL, error);
}

static const VrHostOp rows[VR_OP_KINDS] = {
  [VR_OP_VETH] = { probe_link, apply_veth, undo_made },
  [VR_OP_BRIDGE] = { probe_link, apply_bridge, undo_made },
  [VR_OP_MACVTAP] = { probe_link, apply_macvtap, undo_made },
  [VR_OP_TAP] = { probe_link, apply_tap, undo_made },
  [VR_OP_MACVLAN] = { probe_link, apply_macvlan, undo_made },
  [VR_OP_LINK] = { probe_link, apply_link, undo_link },
  [VR_OP_ENSLAVE] = { probe_enslave, apply_link, undo_enslave },
};

const VrHostOp *
vr_host_link_op (VrOpKind kind)
{
  return rows[kind].probe != NULL ? &rows[kind] : NULL;
}
