/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on namespaces and what is set inside them: settings, offloads, addresses, routes. */
#include <string.h>

#include "apply/vr-host-ops.h"
#include "base/vr-error.h"
#include "sys/vr-ethtool.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"
#include "sys/vr-sysctl.h"

/* What was found, when it is as wanted but for one key. */
static GVariant *
want_with (const VrOp *op, const char *key, const char *value)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  GVariantIter iter;
  const char *name, *wanted;
  g_variant_iter_init (&iter, op->want);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &wanted)) {
    const char *is = g_strcmp0 (name, key) == 0 ? value : wanted;
    if (is != NULL)
      g_variant_builder_add (&builder, "{ss}", name, is);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Whether the namespace that the operation works in is there; without one, the host's own is. */
static gboolean
is_inside_nothing (const VrOp *op)
{
  const char *netns = vr_op_get (op, "netns");
  return netns != NULL && !vr_netns_exists (netns);
}

/* --- Namespaces: their own loopback bears the alias that tells whose they are ------------------
 */

static gboolean
probe_netns (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  (void) host;
  if (!vr_netns_exists (op->target)) {
    *found = NULL;
    return TRUE;
  }
  g_autoptr (VrNetlink) netlink = vr_netlink_new (op->target, error);
  g_autoptr (VrLink) lo = netlink != NULL ? vr_netlink_link (netlink, "lo", error) : NULL;
  if (lo == NULL)
    return FALSE;
  const char *alias = vr_op_get (op, "alias");
  if (lo->alias != NULL && strcmp (lo->alias, alias) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "%s: namespace %s is there already and is \"%s\", not \"%s\": take that lab down, "
                 "or give one of the two another name",
                 op->why, op->target, lo->alias, alias);
    return FALSE;
  }
  *found = want_with (op, "alias", lo->alias);
  return TRUE;
}

static gboolean
apply_netns (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) host;
  if (found == NULL && !vr_netns_create (op->target, error))
    return FALSE;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (op->target, error);
  return netlink != NULL && vr_netlink_set_alias (netlink, "lo", vr_op_get (op, "alias"), error);
}

static gboolean
undo_netns (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GError) cause = NULL;
  (void) old;
  /* A plain file that a killed creation left opens as no namespace, and is removed all the same. */
  if (!probe_netns (host, op, &found, &cause) && g_error_matches (cause, VR_ERROR, VR_ERROR_BUSY)) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  return vr_netns_delete (op->target, error);
}

/* --- Settings ----------------------------------------------------------------------------------
 */

static gboolean
probe_sysctl (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_autofree char *value = NULL;
  (void) host;
  (void) error;
  /* Settings of an interface are there only once it is; apply says so if they never come. */
  if (is_inside_nothing (op)
      || !vr_sysctl_get (vr_op_get (op, "netns"), vr_op_get (op, "name"), &value, NULL)) {
    *found = NULL;
    return TRUE;
  }
  g_strdelimit (value, "\t", ' ');
  *found = want_with (op, "value", value);
  return TRUE;
}

static gboolean
apply_sysctl (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) host;
  (void) found;
  if (vr_sysctl_set (vr_op_get (op, "netns"), vr_op_get (op, "name"), vr_op_get (op, "value"),
                     error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

static gboolean
undo_sysctl (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  const char *value = vr_op_lookup (old, "value");
  (void) host;
  if (value == NULL || is_inside_nothing (op))
    return TRUE;
  return vr_sysctl_set (vr_op_get (op, "netns"), vr_op_get (op, "name"), value, error);
}

/* --- Offloads: "on" and "off" when all are that can be changed, else each by its name ----------
 */

static char *
offloads_text (const VrOffloads *offloads)
{
  guint32 mask = offloads->changeable & VR_OFFLOADS_SEGMENTATION;
  VrOffloadSet set = vr_offloads_subset (offloads, mask);
  if (set.on == 0)
    return g_strdup ("off");
  return set.on == set.mask ? g_strdup ("on") : vr_offloads_print (&set);
}

static gboolean
offloads_set_of (const char *text, const VrOffloads *offloads, VrOffloadSet *set, GError **error)
{
  *set = vr_offloads_off (offloads, VR_OFFLOADS_SEGMENTATION);
  if (strcmp (text, "off") == 0)
    return TRUE;
  set->on = set->mask;
  return strcmp (text, "on") == 0 || vr_offloads_parse (text, set, error);
}

static gboolean
probe_offloads (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  VrOffloads offloads;
  g_autoptr (GError) cause = NULL;
  (void) host;
  if (is_inside_nothing (op)) {
    *found = NULL;
    return TRUE;
  }
  if (!vr_ethtool_get_offloads (vr_op_get (op, "netns"), vr_op_get (op, "ifname"), &offloads,
                                &cause)) {
    if (!g_error_matches (cause, VR_ERROR, VR_ERROR_HOST)) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
    *found = NULL;
    return TRUE;
  }
  g_autofree char *text = offloads_text (&offloads);
  *found = want_with (op, "offloads", text);
  return TRUE;
}

static gboolean
set_offloads (const VrOp *op, const char *text, GError **error)
{
  const char *netns = vr_op_get (op, "netns"), *ifname = vr_op_get (op, "ifname");
  VrOffloads offloads;
  VrOffloadSet set;
  return vr_ethtool_get_offloads (netns, ifname, &offloads, error)
         && offloads_set_of (text, &offloads, &set, error)
         && vr_ethtool_set_offloads (netns, ifname, &set, error);
}

static gboolean
apply_offloads (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) host;
  (void) found;
  return set_offloads (op, vr_op_get (op, "offloads"), error);
}

static gboolean
undo_offloads (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  const char *text = vr_op_lookup (old, "offloads");
  if (!probe_offloads (host, op, &found, error))
    return FALSE;
  return found == NULL || text == NULL || set_offloads (op, text, error);
}

/* --- Addresses, neighbours, routes -------------------------------------------------------------
 */

/* An absent interface has no addresses: vr_netlink says VR_ERROR_HOST, which is no error here. */
static gboolean
absent_is_false (gboolean good, GError *cause, gboolean *present, GError **error)
{
  if (good)
    return TRUE;
  if (!g_error_matches (cause, VR_ERROR, VR_ERROR_HOST)) {
    g_propagate_error (error, cause);
    return FALSE;
  }
  g_error_free (cause);
  *present = FALSE;
  return TRUE;
}

typedef enum { DO_PROBE, DO_ADD, DO_DELETE } Verb;

static gboolean
address_verb (VrNetlink *netlink, const VrOp *op, Verb verb, gboolean *present, GError **error)
{
  const char *ifname = vr_op_get (op, "ifname");
  VrPrefix address;
  if (!vr_prefix_parse (vr_op_get (op, "address"), &address, error))
    return FALSE;
  if (verb == DO_ADD)
    return vr_netlink_add_address (netlink, ifname, &address, error);
  if (verb == DO_DELETE)
    return vr_netlink_del_address (netlink, ifname, &address, error);
  return vr_netlink_has_address (netlink, ifname, &address, present, error);
}

static gboolean
neighbour_verb (VrNetlink *netlink, const VrOp *op, Verb verb, gboolean *present, GError **error)
{
  const char *ifname = vr_op_get (op, "ifname");
  VrPrefix address;
  VrMac mac, found;
  if (!vr_prefix_parse_address (vr_op_get (op, "address"), &address, error)
      || !vr_mac_parse (vr_op_get (op, "mac"), &mac, error))
    return FALSE;
  if (verb == DO_ADD)
    return vr_netlink_add_neighbour (netlink, ifname, &address, &mac, error);
  if (verb == DO_DELETE)
    return vr_netlink_del_neighbour (netlink, ifname, &address, error);
  if (!vr_netlink_find_neighbour (netlink, ifname, &address, &found, present, error))
    return FALSE;
  *present = *present && memcmp (&found, &mac, sizeof mac) == 0;
  return TRUE;
}

static gboolean
route_verb (VrNetlink *netlink, const VrOp *op, Verb verb, gboolean *present, GError **error)
{
  const char *via = vr_op_get (op, "via");
  VrNetlinkRoute route = { .ifname = vr_op_get (op, "ifname") };
  VrPrefix gateway;
  if (!vr_prefix_parse (vr_op_get (op, "destination"), &route.destination, error)
      || (via != NULL && !vr_prefix_parse_address (via, &gateway, error)))
    return FALSE;
  route.via = via != NULL ? &gateway : NULL;
  if (verb == DO_ADD)
    return vr_netlink_add_route (netlink, &route, error);
  if (verb == DO_DELETE)
    return vr_netlink_del_route (netlink, &route, error);
  return vr_netlink_has_route (netlink, &route, present, error);
}

static gboolean
run_verb (const VrOp *op, Verb verb, gboolean *present, GError **error)
{
  if (verb != DO_ADD && is_inside_nothing (op)) {
    *present = FALSE;
    return TRUE;
  }
  g_autoptr (VrNetlink) netlink = vr_netlink_new (vr_op_get (op, "netns"), error);
  if (netlink == NULL)
    return FALSE;
  GError *cause = NULL;
  gboolean good;
  if (op->kind == VR_OP_ADDRESS)
    good = address_verb (netlink, op, verb, present, &cause);
  else if (op->kind == VR_OP_NEIGHBOUR)
    good = neighbour_verb (netlink, op, verb, present, &cause);
  else
    good = route_verb (netlink, op, verb, present, &cause);
  if (verb == DO_PROBE)
    return absent_is_false (good, cause, present, error);
  if (!good)
    g_propagate_prefixed_error (error, cause, "%s: ", op->why);
  return good;
}

static gboolean
probe_inside (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  gboolean present = FALSE;
  (void) host;
  if (!run_verb (op, DO_PROBE, &present, error))
    return FALSE;
  *found = present ? g_variant_ref (op->want) : NULL;
  return TRUE;
}

static gboolean
apply_inside (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  gboolean present;
  (void) host;
  (void) found;
  return run_verb (op, DO_ADD, &present, error);
}

static gboolean
undo_inside (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  gboolean present;
  (void) host;
  (void) old;
  return run_verb (op, DO_DELETE, &present, error);
}

static const VrHostOp rows[VR_OP_KINDS] = {
  [VR_OP_NETNS] = { probe_netns, apply_netns, undo_netns },
  [VR_OP_SYSCTL] = { probe_sysctl, apply_sysctl, undo_sysctl },
  [VR_OP_OFFLOADS] = { probe_offloads, apply_offloads, undo_offloads },
  [VR_OP_ADDRESS] = { probe_inside, apply_inside, undo_inside },
  [VR_OP_NEIGHBOUR] = { probe_inside, apply_inside, undo_inside },
  [VR_OP_ROUTE] = { probe_inside, apply_inside, undo_inside },
};

const VrHostOp *
vr_host_net_op (VrOpKind kind)
{
  return rows[kind].probe != NULL ? &rows[kind] : NULL;
}
