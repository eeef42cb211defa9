/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-host-attribute.h"

#include <string.h>

#include "base/vr-error.h"
#include "plan/vr-op.h"
#include "sys/vr-sysctl.h"

gboolean
vr_host_number (const char *text, guint *value, GError **error)
{
  guint64 number;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "\"%s\" is no number", text);
    return FALSE;
  }
  *value = (guint) number;
  return TRUE;
}

static gboolean
set_mtu (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  guint mtu;
  return vr_host_number (value, &mtu, error) && vr_netlink_set_mtu (netlink, ifname, mtu, error);
}

static gboolean
set_queue_length (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  guint packets;
  return vr_host_number (value, &packets, error)
         && vr_netlink_set_queue_length (netlink, ifname, packets, error);
}

static gboolean
set_promiscuous (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  return vr_netlink_set_promiscuous (netlink, ifname, strcmp (value, "yes") == 0, error);
}

static gboolean
set_all_multicast (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  return vr_netlink_set_all_multicast (netlink, ifname, strcmp (value, "yes") == 0, error);
}

static gboolean
set_up (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  return vr_netlink_set_up (netlink, ifname, strcmp (value, "yes") == 0, error);
}

static gboolean
set_floods (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  return vr_netlink_set_floods (netlink, ifname, strcmp (value, "yes") == 0, error);
}

static gboolean
set_vlans (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  return vr_netlink_set_vlans (netlink, ifname, strcmp (value, "yes") == 0, error);
}

static gboolean
set_vlan (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  guint vlan;
  return vr_host_number (value, &vlan, error) && vr_netlink_set_vlan (netlink, ifname, vlan, error);
}

static gboolean
set_ipv6 (VrNetlink *netlink, const char *ifname, const char *value, GError **error)
{
  (void) netlink;
  g_autofree char *name = g_strdup_printf ("net/ipv6/conf/%s/disable_ipv6", ifname);
  return vr_sysctl_set (NULL, name, strcmp (value, "off") == 0 ? "1" : "0", error);
}

static const struct {
  const char *key;
  gboolean (*set) (VrNetlink *netlink, const char *ifname, const char *value, GError **error);
} attributes[] = {
  { "alias", vr_netlink_set_alias },
  { "mtu", set_mtu },
  { "queue-length", set_queue_length },
  { "ipv6", set_ipv6 },
  { "promiscuous", set_promiscuous },
  { "all-multicast", set_all_multicast },
  { "floods", set_floods },
  { "vlans", set_vlans },
  { "master", vr_netlink_set_master },
  { "vlan", set_vlan },
  { "up", set_up },
};

gboolean
vr_host_set_attributes (VrNetlink *netlink, const char *ifname, GVariant *want, GVariant *found,
                        GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++) {
    const char *wanted = vr_op_lookup (want, attributes[i].key);
    if (wanted != NULL && g_strcmp0 (wanted, vr_op_lookup (found, attributes[i].key)) != 0
        && !attributes[i].set (netlink, ifname, wanted, error))
      return FALSE;
  }
  return TRUE;
}
