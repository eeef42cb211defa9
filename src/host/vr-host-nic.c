/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network interfaces of /sys/class/net. */
#include "host/vr-host-parts.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "host/vr-root.h"

#define NET_DIR "sys/class/net"

static void
nic_free (gpointer data)
{
  VrHostNic *nic = data;
  g_free (nic->name);
  g_free (nic->mac);
  g_free (nic->driver);
  g_array_unref (nic->irqs);
  g_ptr_array_unref (nic->rps_queues);
  g_ptr_array_unref (nic->xps_queues);
  g_free (nic);
}

static char *
read_driver (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (NET_DIR, name, "device/driver", NULL);
  return vr_root_link_name (root, path);
}

/* The queues of the kind `prefix` whose `file` can be read. */
static GPtrArray *
read_queues (const char *root, const char *name, const char *prefix, const char *file)
{
  g_autofree char *path = g_build_filename (NET_DIR, name, "queues", NULL);
  g_autoptr (GPtrArray) entries = vr_root_entries (root, path);
  GPtrArray *queues = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < entries->len; i++) {
    const char *queue = entries->pdata[i];
    if (!g_str_has_prefix (queue, prefix))
      continue;
    g_autofree char *text = vr_root_textf (root, "%s/%s/%s", path, queue, file);
    if (text != NULL)
      g_ptr_array_add (queues, g_strdup (queue));
  }
  return queues;
}

/* --- Interrupts --------------------------------------------------------------------------------
 */

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;
  return x < y ? -1 : x > y;
}

static void
add_number (GArray *numbers, const char *text)
{
  guint64 number;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, &number, NULL))
    return;
  guint narrow = (guint) number;
  g_array_append_val (numbers, narrow);
}

/* Whether an interrupt's action, "eth0-rx-1" or "virtio2-input.0", is that device's. */
static gboolean
is_action_of (const char *action, const char *device)
{
  gsize length = device != NULL ? strlen (device) : 0;
  return length > 0 && strncmp (action, device, length) == 0 && !g_ascii_isalnum (action[length]);
}

/* A line of /proc/interrupts, " 38: 0 36002 PCI-MSIX-0000:00:03.0 1-edge virtio2-input.0": actions
 * are its last words, with commas between. */
static void
read_line (const char *line, const char *name, const char *device, GArray *irqs)
{
  g_auto (GStrv) words = g_strsplit_set (line, " ,\t", -1);
  char *number = NULL;
  gboolean is_its = FALSE;
  for (char **word = words; *word != NULL; word++) {
    if (number == NULL && g_str_has_suffix (*word, ":"))
      number = *word;
    else if (number != NULL)
      is_its = is_its || is_action_of (*word, name) || is_action_of (*word, device);
  }
  if (!is_its)
    return;
  number[strlen (number) - 1] = '\0';
  add_number (irqs, number);
}

/* Those that sysfs lists for the device; for one without such a list, as a virtio device, those
 * that bear its name or the interface's. A virtual interface has none. */
static GArray *
read_irqs (const char *root, const char *name)
{
  g_autofree char *msi = g_build_filename (NET_DIR, name, "device/msi_irqs", NULL);
  g_autofree char *link = g_build_filename (NET_DIR, name, "device", NULL);
  g_autofree char *device = vr_root_link_name (root, link);
  g_autoptr (GPtrArray) entries = vr_root_entries (root, msi);
  GArray *irqs = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < entries->len; i++)
    add_number (irqs, entries->pdata[i]);
  g_autofree char *interrupts
      = device != NULL && irqs->len == 0 ? vr_root_text (root, "proc/interrupts") : NULL;
  g_auto (GStrv) lines = g_strsplit (interrupts != NULL ? interrupts : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    read_line (*line, name, device, irqs);
  g_array_sort (irqs, compare_numbers);
  return irqs;
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
  nic->irqs = read_irqs (root, name);
  nic->rps_queues = read_queues (root, name, "rx-", "rps_cpus");
  nic->xps_queues = read_queues (root, name, "tx-", "xps_cpus");
  return nic;
}

/* The directory also holds bonding's control file, which is no interface and has no index. */
static gboolean
is_interface (const char *root, const char *name)
{
  return vr_root_numberf (root, 0, NET_DIR "/%s/ifindex", name) > 0;
}

GHashTable *
vr_host_nics_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, nic_free);
}

const VrHostNic *
vr_host_nic (const VrHost *host, const char *name)
{
  VrHostNic *nic = g_hash_table_lookup (host->nics, name);
  if (nic != NULL || strchr (name, '/') != NULL || !is_interface (host->root, name))
    return nic;
  nic = read_nic (host->root, name);
  g_hash_table_insert (host->nics, nic->name, nic);
  return nic;
}
