/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ethtool's netlink family rather than its ioctl: it tells which settings a device has, where the
 * ioctl says 0, takes those alone that are to change, and explains a refusal. */
#include "sys/vr-netlink-nic.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-netlink-internal.h"

/* Those that one pair of messages reads and sets. */
typedef enum { CHANNELS, RINGS, COALESCING, GROUPS } Group;

static const struct {
  guint8 get, set; /* commands of the family */
  const char *what;
} groups[GROUPS] = {
  [CHANNELS] = { ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_MSG_CHANNELS_SET, "channels" },
  [RINGS] = { ETHTOOL_MSG_RINGS_GET, ETHTOOL_MSG_RINGS_SET, "ring sizes" },
  [COALESCING] = { ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_COALESCE_SET, "coalescing" },
};

/* Every group's header is its first attribute. */
G_STATIC_ASSERT (ETHTOOL_A_CHANNELS_HEADER == 1 && ETHTOOL_A_RINGS_HEADER == 1
                 && ETHTOOL_A_COALESCE_HEADER == 1);
#define HEADER 1
#define ATTRIBUTE_MAX 63
G_STATIC_ASSERT (ETHTOOL_A_COALESCE_MAX <= ATTRIBUTE_MAX);

/* An attribute, and the one that has its limit; 0 where there is none. */
typedef struct {
  int value, limit;
} Attribute;

/* A device has the one attribute or the two for receiving and sending, of which it may lack one. */
static const struct {
  const char *name;
  Group group;
  Attribute both, rx, tx;
} rows[VR_NIC_SETTINGS] = {
  [VR_NIC_CHANNELS]
  = { "channels", CHANNELS,
      .both = { ETHTOOL_A_CHANNELS_COMBINED_COUNT, ETHTOOL_A_CHANNELS_COMBINED_MAX },
      .rx = { ETHTOOL_A_CHANNELS_RX_COUNT, ETHTOOL_A_CHANNELS_RX_MAX },
      .tx = { ETHTOOL_A_CHANNELS_TX_COUNT, ETHTOOL_A_CHANNELS_TX_MAX } },
  [VR_NIC_RX_RING] = { "rx-ring", RINGS, .both = { ETHTOOL_A_RINGS_RX, ETHTOOL_A_RINGS_RX_MAX } },
  [VR_NIC_TX_RING] = { "tx-ring", RINGS, .both = { ETHTOOL_A_RINGS_TX, ETHTOOL_A_RINGS_TX_MAX } },
  [VR_NIC_RX_USECS] = { "rx-usecs", COALESCING, .both = { ETHTOOL_A_COALESCE_RX_USECS } },
  [VR_NIC_TX_USECS] = { "tx-usecs", COALESCING, .both = { ETHTOOL_A_COALESCE_TX_USECS } },
  [VR_NIC_RX_FRAMES] = { "rx-frames", COALESCING, .both = { ETHTOOL_A_COALESCE_RX_MAX_FRAMES } },
  [VR_NIC_TX_FRAMES] = { "tx-frames", COALESCING, .both = { ETHTOOL_A_COALESCE_TX_MAX_FRAMES } },
  [VR_NIC_ADAPTIVE]
  = { "adaptive-coalescing", COALESCING, .rx = { ETHTOOL_A_COALESCE_USE_ADAPTIVE_RX },
      .tx = { ETHTOOL_A_COALESCE_USE_ADAPTIVE_TX } },
};

typedef struct {
  VrNetlink *netlink;
  const char *ifname;
  guint16 family;
} Device;

static void
device_clear (Device *device)
{
  g_clear_pointer (&device->netlink, vr_netlink_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Device, device_clear)

/* A group's attributes as they are; -1 where the device has none. */
typedef struct {
  gint64 attributes[ATTRIBUTE_MAX + 1];
} Reply;

const char *
vr_nic_setting_name (VrNicSetting setting)
{
  return rows[setting].name;
}

void
vr_nic_state_clear (VrNicState *state)
{
  for (guint i = 0; i < VR_NIC_SETTINGS; i++)
    g_clear_pointer (&state->values[i], g_free);
}

/* --- Messages ----------------------------------------------------------------------------------
 */

static void
find_family (struct nlmsghdr *message, gpointer data)
{
  struct nlattr *id = nlmsg_find_attr (message, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
  if (id != NULL)
    *(guint16 *) data = nla_get_u16 (id);
}

static gboolean
device_open (const char *netns, const char *ifname, Device *device, GError **error)
{
  const struct genlmsghdr header = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
  if (!vr_netlink_check_name (ifname, error))
    return FALSE;
  device->netlink = vr_netlink_new_generic (netns, error);
  if (device->netlink == NULL)
    return FALSE;
  device->ifname = ifname;
  struct nl_msg *message = vr_netlink_message (GENL_ID_CTRL, 0, &header, sizeof header);
  vr_netlink_put_string (message, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
  int errnum = vr_netlink_transact (device->netlink, message, find_family, &device->family);
  return vr_netlink_check (device->netlink, errnum, error, "find ethtool's netlink family");
}

static struct nl_msg *
device_message (const Device *device, guint8 command)
{
  const struct genlmsghdr header = { .cmd = command, .version = ETHTOOL_GENL_VERSION };
  struct nl_msg *message = vr_netlink_message (device->family, 0, &header, sizeof header);
  struct nlattr *nest = vr_netlink_nest (message, HEADER | NLA_F_NESTED);
  vr_netlink_put_string (message, ETHTOOL_A_HEADER_DEV_NAME, device->ifname);
  nla_nest_end (message, nest);
  return message;
}

static void
read_reply (struct nlmsghdr *message, gpointer data)
{
  Reply *reply = data;
  struct nlattr *attribute;
  int left;
  nlmsg_for_each_attr (attribute, message, GENL_HDRLEN, left)
  {
    int type = nla_type (attribute);
    if (type == HEADER || type > ATTRIBUTE_MAX)
      continue;
    if (nla_len (attribute) == sizeof (guint32))
      reply->attributes[type] = nla_get_u32 (attribute);
    else if (nla_len (attribute) == sizeof (guint8))
      reply->attributes[type] = nla_get_u8 (attribute);
  }
}

/* A device without the group has none of its attributes. */
static gboolean
device_get (const Device *device, Group group, Reply *reply, GError **error)
{
  for (guint i = 0; i <= ATTRIBUTE_MAX; i++)
    reply->attributes[i] = -1;
  struct nl_msg *message = device_message (device, groups[group].get);
  int errnum = vr_netlink_transact (device->netlink, message, read_reply, reply);
  return errnum == EOPNOTSUPP
         || vr_netlink_check (device->netlink, errnum, error, "read the %s of interface %s",
                              groups[group].what, device->ifname);
}

/* --- Words -------------------------------------------------------------------------------------
 */

static gint64
value_of (const Reply *reply, Attribute attribute)
{
  return attribute.value != 0 ? reply->attributes[attribute.value] : -1;
}

static gboolean
is_switch (VrNicSetting setting)
{
  return setting == VR_NIC_ADAPTIVE;
}

static char *
print_value (VrNicSetting setting, gint64 value)
{
  if (is_switch (setting))
    return g_strdup (value != 0 ? "on" : "off");
  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

/* NULL where the device has no such setting. */
static char *
print_setting (VrNicSetting setting, const Reply *reply)
{
  gint64 both = value_of (reply, rows[setting].both);
  gint64 rx = value_of (reply, rows[setting].rx), tx = value_of (reply, rows[setting].tx);
  if (both >= 0)
    return print_value (setting, both);
  if (rx < 0 && tx < 0)
    return NULL;
  if (rx < 0 || tx < 0 || rx == tx)
    return print_value (setting, MAX (rx, tx));
  g_autofree char *receiving = print_value (setting, rx);
  g_autofree char *sending = print_value (setting, tx);
  return g_strconcat (receiving, "/", sending, NULL);
}

/* 0: it does not tell. */
static guint32
limit_of (VrNicSetting setting, const Reply *reply)
{
  const Attribute *used
      = value_of (reply, rows[setting].both) >= 0 ? &rows[setting].both : &rows[setting].rx;
  gint64 limit = used->limit != 0 ? reply->attributes[used->limit] : -1;
  return limit > 0 ? (guint32) limit : 0;
}

static gboolean
parse_value (VrNicSetting setting, const char *text, guint32 *value)
{
  guint64 number = strcmp (text, "on") == 0;
  if (is_switch (setting) ? number == 0 && strcmp (text, "off") != 0
                          : !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL))
    return FALSE;
  *value = (guint32) number;
  return TRUE;
}

/* "A", or "A/B" of receiving and sending. */
static gboolean
parse_setting (VrNicSetting setting, const char *text, guint32 values[2], GError **error)
{
  g_auto (GStrv) sides = g_strsplit (text, "/", 2);
  if (sides[0] != NULL && parse_value (setting, sides[0], &values[0])
      && parse_value (setting, sides[1] != NULL ? sides[1] : sides[0], &values[1]))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "\"%s\" is no value of %s", text,
               rows[setting].name);
  return FALSE;
}

/* --- Reading and setting -----------------------------------------------------------------------
 */

gboolean
vr_nic_read (const char *netns, const char *ifname, VrNicState *state, GError **error)
{
  Reply replies[GROUPS];
  g_auto (Device) device = { .netlink = NULL };
  if (!device_open (netns, ifname, &device, error))
    return FALSE;
  for (Group group = 0; group < GROUPS; group++)
    if (!device_get (&device, group, &replies[group], error))
      return FALSE;
  for (VrNicSetting i = 0; i < VR_NIC_SETTINGS; i++) {
    state->values[i] = print_setting (i, &replies[rows[i].group]);
    state->limits[i] = limit_of (i, &replies[rows[i].group]);
  }
  return TRUE;
}

static gboolean
check_setting (const Device *device, VrNicSetting setting, const Reply *reply, const char *text,
               const guint32 values[2], GError **error)
{
  g_autofree char *is = print_setting (setting, reply);
  guint32 limit = limit_of (setting, reply);
  if (is == NULL)
    g_set_error (
        error, VR_ERROR, VR_ERROR_HOST, "%s = %s: interface %s has no %s to set: leave the key out",
        rows[setting].name, text, device->ifname,
        rows[setting].group == COALESCING ? rows[setting].name : groups[rows[setting].group].what);
  else if (limit != 0 && MAX (values[0], values[1]) > limit)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s = %s: interface %s takes at most %u",
                 rows[setting].name, text, device->ifname, limit);
  else
    return TRUE;
  return FALSE;
}

static void
put_value (struct nl_msg *message, VrNicSetting setting, int attribute, guint32 value)
{
  if (is_switch (setting)) {
    guint8 toggle = value != 0;
    vr_netlink_put (message, attribute, &toggle, sizeof toggle);
  } else {
    vr_netlink_put_u32 (message, attribute, value);
  }
}

static gboolean
put_setting (const Device *device, struct nl_msg *message, VrNicSetting setting, const Reply *reply,
             const char *text, GError **error)
{
  guint32 values[2];
  if (!parse_setting (setting, text, values, error)
      || !check_setting (device, setting, reply, text, values, error))
    return FALSE;
  if (value_of (reply, rows[setting].both) >= 0) {
    put_value (message, setting, rows[setting].both.value, values[0]);
    return TRUE;
  }
  if (value_of (reply, rows[setting].rx) >= 0)
    put_value (message, setting, rows[setting].rx.value, values[0]);
  if (value_of (reply, rows[setting].tx) >= 0)
    put_value (message, setting, rows[setting].tx.value, values[1]);
  return TRUE;
}

static gboolean
set_group (const Device *device, Group group, const char *const *values, GError **error)
{
  Reply reply;
  g_autoptr (GString) text = g_string_new (NULL);
  if (!device_get (device, group, &reply, error))
    return FALSE;
  struct nl_msg *message = device_message (device, groups[group].set);
  for (VrNicSetting i = 0; i < VR_NIC_SETTINGS; i++) {
    if (rows[i].group != group || values[i] == NULL)
      continue;
    if (!put_setting (device, message, i, &reply, values[i], error)) {
      nlmsg_free (message);
      return FALSE;
    }
    g_string_append_printf (text, "%s%s = %s", text->len > 0 ? ", " : "", rows[i].name, values[i]);
  }
  int errnum = vr_netlink_transact (device->netlink, message, NULL, NULL);
  return vr_netlink_check (device->netlink, errnum, error, "set %s of interface %s", text->str,
                           device->ifname);
}

gboolean
vr_nic_write (const char *netns, const char *ifname, const char *const values[VR_NIC_SETTINGS],
              GError **error)
{
  gboolean wanted[GROUPS] = { FALSE };
  g_auto (Device) device = { .netlink = NULL };
  for (VrNicSetting i = 0; i < VR_NIC_SETTINGS; i++)
    wanted[rows[i].group] = wanted[rows[i].group] || values[i] != NULL;
  if (!device_open (netns, ifname, &device, error))
    return FALSE;
  for (Group group = 0; group < GROUPS; group++)
    if (wanted[group] && !set_group (&device, group, values, error))
      return FALSE;
  return TRUE;
}
