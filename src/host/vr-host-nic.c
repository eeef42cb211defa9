/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network interfaces of /sys/class/net. */
#include "host/vr-host-parts.h"

#include <net/if.h>
#include <stdlib.h>

#include "host/vr-root.h"

#define NET_DIR "sys/class/net"

static void
nic_free (gpointer data)
{
  VrHostNic *nic = data;
  g_free (nic->name);
  g_free (nic->mac);
  g_free (nic->driver);
  g_free (nic);
}

static char *
read_driver (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (NET_DIR, name, "device/driver", NULL);
  return vr_root_link_name (root, path);
}

static VrHostNic *
read_nic (const char *root, const char *name)
{
  g_autofree char *device = g_build_filename (NET_DIR, name, "device", NULL);
  g_autofree char *flags = vr_root_textf (root, NET_DIR "/%s/flags", name);
  g_autofree char *mac = vr_root_textf (root, NET_DIR "/%s/address", name);
  gint64 speed = vr_root_numberf (root, 0, NET_DIR "/%s/speed", name);
  VrHostNic *nic = g_new0 (VrHostNic, 1);
  nic->name = g_strdup (name);
  nic->mac = mac != NULL && mac[0] != '\0' ? g_steal_pointer (&mac) : NULL;
  nic->driver = read_driver (root, name);
  nic->speed_mbps = MAX (speed, 0);
  nic->numa = vr_root_numberf (root, -1, NET_DIR "/%s/device/numa_node", name);
  nic->mtu = (guint) vr_root_numberf (root, 0, NET_DIR "/%s/mtu", name);
  nic->is_device = vr_root_has (root, device);
  nic->is_up = flags != NULL && (strtoul (flags, NULL, 16) & IFF_UP) != 0;
  return nic;
}

/* The directory also holds bonding's control file, which is no interface and has no index. */
static gboolean
is_interface (const char *root, const char *name)
{
  return vr_root_numberf (root, 0, NET_DIR "/%s/ifindex", name) > 0;
}

void
vr_host_read_nics (VrHost *host, const char *root)
{
  host->nics = g_ptr_array_new_with_free_func (nic_free);
  g_autoptr (GPtrArray) entries = vr_root_entries (root, NET_DIR);
  for (guint i = 0; i < entries->len; i++)
    if (is_interface (root, entries->pdata[i]))
      g_ptr_array_add (host->nics, read_nic (root, entries->pdata[i]));
}
