/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ioctl rather than ethtool's netlink family: it sets any number of features in one call as
 * well, and needs neither the family's number nor bit sets of two formats. */
#include "sys/vr-ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "sys/vr-netns.h"

/* By bit of VrOffload. The kernel's names: net/ethtool/common.c, netdev_features_strings. */
static const struct {
  const char *name;
  const char *kernel_name;
} features[] = {
  { "tso", "tx-tcp-segmentation" },
  { "tso-ecn", "tx-tcp-ecn-segmentation" },
  { "tso-accecn", "tx-tcp-accecn-segmentation" },
  { "tso-mangleid", "tx-tcp-mangleid-segmentation" },
  { "tso6", "tx-tcp6-segmentation" },
  { "uso", "tx-udp-segmentation" },
  { "gso", "tx-generic-segmentation" },
  { "gso-list", "tx-gso-list" },
  { "gro", "rx-gro" },
  { "lro", "rx-lro" },
  { "gro-hw", "rx-gro-hw" },
  { "rx-checksum", "rx-checksum" },
  { "tx-checksum", "tx-checksum-ip-generic" },
  { "tx-checksum4", "tx-checksum-ipv4" },
  { "tx-checksum6", "tx-checksum-ipv6" },
  { "tx-checksum-sctp", "tx-checksum-sctp" },
  { "sg", "tx-scatter-gather" },
  { "sg-fraglist", "tx-scatter-gather-fraglist" },
};
G_STATIC_ASSERT ((1u << G_N_ELEMENTS (features)) - 1 == VR_OFFLOADS_ALL);

typedef struct {
  VrFd socket;
  const char *ifname;
  guint count;                            /* features of this kernel */
  int positions[G_N_ELEMENTS (features)]; /* of ours among them; -1: unknown to it */
} Device;

static void
device_clear (Device *device)
{
  vr_fd_clear (&device->socket);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Device, device_clear)

static gboolean
open_socket (gpointer data, GError **error)
{
  Device *device = data;
  device->socket = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (device->socket < 0)
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open a socket for %s", device->ifname);
  return device->socket >= 0;
}

/* The socket stays in its namespace, so that only opening it has to happen there. */
static gboolean
device_open (const char *netns, const char *ifname, Device *device, GError **error)
{
  if (strnlen (ifname, IFNAMSIZ) < IFNAMSIZ) {
    device->ifname = ifname;
    return vr_netns_call (netns, open_socket, device, error);
  }
  g_autofree char *quoted = vr_name_quote (ifname);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "\"%s\" cannot name an interface: it has more than %d characters", quoted,
               IFNAMSIZ - 1);
  return FALSE;
}

/* 0 or errno. */
static int
device_request (const Device *device, void *command)
{
  struct ifreq request = { .ifr_data = command };
  g_strlcpy (request.ifr_name, device->ifname, sizeof request.ifr_name);
  return ioctl (device->socket, SIOCETHTOOL, &request) < 0 ? errno : 0;
}

static gboolean
device_check (const Device *device, int errnum, const char *what, GError **error)
{
  if (errnum == 0)
    return TRUE;
  VrErrorCode code = errnum == ENODEV || errnum == EOPNOTSUPP ? VR_ERROR_HOST : VR_ERROR_KERNEL;
  vr_error_set_errno (error, code, errnum, "cannot %s of interface %s", what, device->ifname);
  return FALSE;
}

static gboolean
device_read_count (Device *device, GError **error)
{
  union {
    struct ethtool_sset_info info;
    guint8 space[sizeof (struct ethtool_sset_info) + sizeof (guint32)];
  } command = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES } };
  if (!device_check (device, device_request (device, &command), "count the features", error))
    return FALSE;
  memcpy (&device->count, command.space + sizeof command.info, sizeof (guint32));
  return TRUE;
}

static gboolean
device_read_names (Device *device, GError **error)
{
  if (!device_read_count (device, error))
    return FALSE;
  gsize size = sizeof (struct ethtool_gstrings) + (gsize) device->count * ETH_GSTRING_LEN;
  g_autofree struct ethtool_gstrings *strings = g_malloc0 (size);
  strings->cmd = ETHTOOL_GSTRINGS;
  strings->string_set = ETH_SS_FEATURES;
  strings->len = device->count;
  if (!device_check (device, device_request (device, strings), "list the features", error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++) {
    device->positions[i] = -1;
    for (guint j = 0; j < device->count; j++)
      if (strncmp ((const char *) strings->data + j * ETH_GSTRING_LEN, features[i].kernel_name,
                   ETH_GSTRING_LEN)
          == 0)
        device->positions[i] = (int) j;
  }
  return TRUE;
}

static gboolean
device_read (const Device *device, VrOffloads *offloads, GError **error)
{
  guint blocks = (device->count + 31) / 32;
  gsize size
      = sizeof (struct ethtool_gfeatures) + blocks * sizeof (struct ethtool_get_features_block);
  g_autofree struct ethtool_gfeatures *command = g_malloc0 (size);
  command->cmd = ETHTOOL_GFEATURES;
  command->size = blocks;
  if (!device_check (device, device_request (device, command), "read the offloads", error))
    return FALSE;
  VrOffloads found = { .changeable = 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++) {
    if (device->positions[i] < 0)
      continue;
    const struct ethtool_get_features_block *block = &command->features[device->positions[i] / 32];
    guint32 bit = 1u << (device->positions[i] % 32);
    found.state.mask |= 1u << i;
    if ((block->active & bit) != 0)
      found.state.on |= 1u << i;
    if ((block->available & ~block->never_changed & bit) != 0)
      found.changeable |= 1u << i;
  }
  *offloads = found;
  return TRUE;
}

static gboolean
device_write (const Device *device, guint32 mask, guint32 on, GError **error)
{
  guint blocks = (device->count + 31) / 32;
  gsize size
      = sizeof (struct ethtool_sfeatures) + blocks * sizeof (struct ethtool_set_features_block);
  g_autofree struct ethtool_sfeatures *command = g_malloc0 (size);
  command->cmd = ETHTOOL_SFEATURES;
  command->size = blocks;
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++) {
    if (device->positions[i] < 0 || (mask & (1u << i)) == 0)
      continue;
    struct ethtool_set_features_block *block = &command->features[device->positions[i] / 32];
    guint32 bit = 1u << (device->positions[i] % 32);
    block->valid |= bit;
    if ((on & (1u << i)) != 0)
      block->requested |= bit;
  }
  return device_check (device, device_request (device, command), "set the offloads", error);
}

gboolean
vr_ethtool_get_offloads (const char *netns, const char *ifname, VrOffloads *offloads,
                         GError **error)
{
  g_auto (Device) device = { .socket = -1 };
  return device_open (netns, ifname, &device, error) && device_read_names (&device, error)
         && device_read (&device, offloads, error);
}

/* "tso=on,…" of the wanted states, for messages. */
static char *
wanted_text (const VrOffloadSet *set, guint32 mask)
{
  const VrOffloadSet part = { .mask = mask, .on = set->on & mask };
  return vr_offloads_print (&part);
}

gboolean
vr_ethtool_set_offloads (const char *netns, const char *ifname, const VrOffloadSet *set,
                         GError **error)
{
  VrOffloads before;
  VrOffloads after;
  g_auto (Device) device = { .socket = -1 };
  if (!device_open (netns, ifname, &device, error) || !device_read_names (&device, error)
      || !device_read (&device, &before, error))
    return FALSE;
  /* Only what differs is written: asking for what a dependency keeps off would be remembered by the
   * kernel, and then the former state could not be put back. */
  guint32 change = set->mask & (before.state.on ^ set->on);
  guint32 fixed = change & ~before.changeable;
  if (fixed != 0) {
    g_autofree char *text = wanted_text (set, fixed);
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "cannot set %s of interface %s: its driver or kernel has that fixed; leave it out",
                 text, ifname);
    return FALSE;
  }
  if (change == 0)
    return TRUE;
  if (!device_write (&device, change, set->on, error) || !device_read (&device, &after, error))
    return FALSE;
  guint32 wrong = set->mask & (after.state.on ^ set->on);
  if (wrong == 0)
    return TRUE;
  device_write (&device, change, before.state.on, NULL);
  g_autofree char *text = wanted_text (set, wrong);
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
               "interface %s did not follow %s: another feature, or the device below, keeps it; "
               "what was is put back",
               ifname, text);
  return FALSE;
}

VrOffloadSet
vr_offloads_subset (const VrOffloads *offloads, guint32 mask)
{
  guint32 known = mask & offloads->state.mask;
  return (VrOffloadSet){ .mask = known, .on = known & offloads->state.on };
}

VrOffloadSet
vr_offloads_off (const VrOffloads *offloads, guint32 mask)
{
  return (VrOffloadSet){ .mask = mask & offloads->changeable };
}

char *
vr_offloads_print (const VrOffloadSet *set)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++)
    if ((set->mask & (1u << i)) != 0)
      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "," : "", features[i].name,
                              (set->on & (1u << i)) != 0 ? "on" : "off");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The bit of a name; 0 where it is unknown. */
static guint32
bit_of (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++)
    if (strcmp (features[i].name, name) == 0)
      return 1u << i;
  return 0;
}

gboolean
vr_offloads_parse (const char *text, VrOffloadSet *set, GError **error)
{
  VrOffloadSet parsed = { .mask = 0 };
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  for (char **word = words; *word != NULL; word++) {
    g_auto (GStrv) sides = g_strsplit (*word, "=", 2);
    guint32 bit = sides[0] != NULL ? bit_of (sides[0]) : 0;
    gboolean on = bit != 0 && g_strcmp0 (sides[1], "on") == 0;
    gboolean off = bit != 0 && g_strcmp0 (sides[1], "off") == 0;
    if (!(on || off) || (parsed.mask & bit) != 0) {
      g_autofree char *quoted = vr_name_quote (*word);
      g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                   "\"%s\" is not an offload: write each once as NAME=on or NAME=off, with a NAME "
                   "as tso, gso, gro, lro, rx-checksum, tx-checksum or sg",
                   quoted);
      return FALSE;
    }
    parsed.mask |= bit;
    parsed.on |= on ? bit : 0;
  }
  *set = parsed;
  return TRUE;
}

gboolean
vr_ethtool_speed_mbps (const char *netns, const char *ifname, gint64 *speed_mbps, GError **error)
{
  g_auto (Device) device = { .socket = -1 };
  if (!device_open (netns, ifname, &device, error))
    return FALSE;
  struct ethtool_cmd command = { .cmd = ETHTOOL_GSET };
  int errnum = device_request (&device, &command);
  if (errnum != EOPNOTSUPP && !device_check (&device, errnum, "read the speed", error))
    return FALSE;
  /* ethtool_cmd_speed() shifts an unknown one out of an int. */
  guint32 speed = (guint32) command.speed_hi << 16 | command.speed;
  gboolean known = errnum == 0 && speed != 0 && speed != (guint32) SPEED_UNKNOWN;
  *speed_mbps = known ? (gint64) speed : -1;
  return TRUE;
}
