/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the switch counts and polls, as it tells ovs-appctl. */
#include <string.h>

#include "sys/vr-ovs-call.h"
#include "sys/vr-ovs.h"

/* The number behind `key`, or 0: the switch prints "?" for what a kind of port does not count. */
static guint64
number_behind (const char *text, const char *key)
{
  const char *at = strstr (text, key);
  return at != NULL ? g_ascii_strtoull (at + strlen (key), NULL, 10) : 0;
}

/* A line of a port, as dpctl/show of Open vSwitch 3.1 has it (lib/dpctl.c, show_dpif). */
static void
take_counters (VrLinkCounters *counters, const char *line)
{
  if (g_str_has_prefix (line, "RX packets:")) {
    counters->rx_packets = number_behind (line, " packets:");
    counters->rx_errors = number_behind (line, " errors:");
    counters->rx_dropped = number_behind (line, " dropped:");
  } else if (g_str_has_prefix (line, "TX packets:")) {
    counters->tx_packets = number_behind (line, " packets:");
    counters->tx_errors = number_behind (line, " errors:");
    counters->tx_dropped = number_behind (line, " dropped:");
  } else if (g_str_has_prefix (line, "RX bytes:")) {
    counters->rx_bytes = number_behind (line, "RX bytes:");
    counters->tx_bytes = number_behind (line, "TX bytes:");
  }
}

/* The name in "port N: NAME (TYPE…)", or NULL. */
static char *
port_of_line (const char *line)
{
  const char *name = g_str_has_prefix (line, "port ") ? strstr (line, ": ") : NULL;
  return name != NULL ? g_strndup (name + 2, strcspn (name + 2, " ")) : NULL;
}

GHashTable *
vr_ovs_counters (GError **error)
{
  static const char *const arguments[] = { "dpctl/show", "-s", "netdev@ovs-netdev", NULL };
  g_autofree char *answer = NULL;
  if (!vr_ovs_call ("ovs-appctl", arguments, &answer, error))
    return NULL;
  GHashTable *ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);
  VrLinkCounters *counters = NULL;
  for (char **line = lines; *line != NULL; line++) {
    char *name = port_of_line (g_strstrip (*line));
    if (name != NULL) {
      counters = g_new0 (VrLinkCounters, 1);
      g_hash_table_insert (ports, name, counters);
    } else if (counters != NULL)
      take_counters (counters, *line);
  }
  return ports;
}

void
vr_ovs_poller_free (VrOvsPoller *poller)
{
  g_ptr_array_unref (poller->ports);
  g_free (poller);
}

/* "pmd thread numa_id 0 core_id 1:", and below it "port: NAME queue-id: 0 (enabled) …" a queue, as
 * ovs-vswitchd(8), dpif-netdev/pmd-rxq-show, has it. */
GPtrArray *
vr_ovs_pollers (GError **error)
{
  static const char *const arguments[] = { "dpif-netdev/pmd-rxq-show", NULL };
  g_autofree char *answer = NULL;
  if (!vr_ovs_call ("ovs-appctl", arguments, &answer, error))
    return NULL;
  GPtrArray *pollers = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_ovs_poller_free);
  g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);
  VrOvsPoller *poller = NULL;
  for (char **line = lines; *line != NULL; line++) {
    const char *text = g_strstrip (*line);
    if (g_str_has_prefix (text, "pmd thread ")) {
      poller = g_new0 (VrOvsPoller, 1);
      poller->cpu = (guint) number_behind (text, "core_id ");
      poller->ports = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (pollers, poller);
    } else if (poller != NULL && g_str_has_prefix (text, "port: ")) {
      text += strlen ("port: ");
      g_ptr_array_add (poller->ports, g_strndup (text, strcspn (text, " ")));
    }
  }
  return pollers;
}
