/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-path.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "plan/vr-plan.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

#define PROC_MAX (1 << 20)

/* The host's interface that joins the router with a port; a native router's is in its namespace. */
static const char *
nic_name (const VrPath *path, const VrPort *port, char ifname[VR_IFNAME_SIZE])
{
  g_autofree char *name = g_strconcat (path->router->name, "/", port->name, NULL);
  return vr_name_ifname (path->lab->name, "nic", name, ifname);
}

static void
add_stage (GArray *stages, const char *id, guint64 count, guint64 dropped)
{
  VrStage stage = { id, count, dropped };
  g_array_append_val (stages, stage);
}

typedef enum { READ_RX, READ_TX } Direction;

/* What was dropped on receipt is in rx_packets of a macvtap too, and did not pass. */
static gboolean
add_link (GArray *stages, const char *id, const char *netns, const char *ifname,
          Direction direction, GError **error)
{
  VrLinkCounters counters;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  if (netlink == NULL || !vr_netlink_counters (netlink, ifname, &counters, error))
    return FALSE;
  if (direction == READ_TX)
    add_stage (stages, id, counters.tx_packets, counters.tx_dropped);
  else
    add_stage (stages, id, counters.rx_packets - MIN (counters.rx_dropped, counters.rx_packets),
               counters.rx_dropped);
  return TRUE;
}

/* The field `index` (from 0) of the line of `text` that begins with `name`, blanks and colons
 * between fields. */
static gboolean
proc_field (const char *text, const char *name, guint index, guint64 *value)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *start = *line + strspn (*line, " ");
    gsize length = strlen (name);
    if (strncmp (start, name, length) != 0 || start[length] != ':')
      continue;
    g_autofree char *rest = g_strdup (start + length + 1);
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    for (char *word = strtok (rest, " "); word != NULL; word = strtok (NULL, " "))
      g_strv_builder_add (builder, word);
    g_auto (GStrv) words = g_strv_builder_end (builder);
    if (index < g_strv_length (words)
        && g_ascii_string_to_unsigned (words[index], 10, 0, G_MAXUINT64, value, NULL))
      return TRUE;
  }
  return FALSE;
}

/* /proc/net/dev: eight fields of receipt, then eight of sending; packets second, drops fourth.
 * /proc/net/snmp: the second line that begins with "Ip:" has the values; ForwDatagrams is sixth. */
enum { RX_PACKETS = 1, RX_DROPPED = 3, TX_PACKETS = 9, TX_DROPPED = 11, FORWARDED = 5 };

static gboolean
add_router (GArray *stages, const VrPath *path, const char *dev, const char *snmp, GError **error)
{
  char in[16], out[16];
  guint64 rx, rx_dropped, tx, tx_dropped, forwarded;
  vr_plan_inner_name (path->from->name, in);
  vr_plan_inner_name (path->to->name, out);
  if (!proc_field (dev, in, RX_PACKETS, &rx) || !proc_field (dev, in, RX_DROPPED, &rx_dropped)
      || !proc_field (dev, out, TX_PACKETS, &tx) || !proc_field (dev, out, TX_DROPPED, &tx_dropped)
      || !proc_field (snmp, "Ip", FORWARDED, &forwarded)) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "router %s tells no counters of %s and %s",
                 path->router->name, in, out);
    return FALSE;
  }
  add_stage (stages, "router-in", rx, rx_dropped);
  add_stage (stages, "router-forwarded", forwarded, 0);
  add_stage (stages, "router-out", tx, tx_dropped);
  return TRUE;
}

typedef struct {
  char *dev;
  char *snmp;
} ProcFiles;

static void
proc_files_clear (ProcFiles *files)
{
  g_free (files->dev);
  g_free (files->snmp);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ProcFiles, proc_files_clear)

/* Of the calling thread's namespace, and not of the process's. */
static gboolean
read_native (gpointer data, GError **error)
{
  ProcFiles *files = data;
  g_autoptr (GError) cause = NULL;
  if (g_file_get_contents ("/proc/thread-self/net/dev", &files->dev, NULL, &cause)
      && g_file_get_contents ("/proc/thread-self/net/snmp", &files->snmp, NULL, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read counters: %s", cause->message);
  return FALSE;
}

static gboolean
read_router (GArray *stages, const VrPath *path, VrVirt *virt, GError **error)
{
  g_auto (ProcFiles) files = { 0 };
  g_autofree char *name = vr_name_domain (path->lab->name, path->router->name);
  if (path->router->kind == VR_KIND_NATIVE) {
    if (!vr_netns_call (name, read_native, &files, error))
      return FALSE;
  } else {
    files.dev = vr_virt_read_file (virt, name, "/proc/net/dev", PROC_MAX, error);
    files.snmp = files.dev != NULL
                     ? vr_virt_read_file (virt, name, "/proc/net/snmp", PROC_MAX, error)
                     : NULL;
    if (files.snmp == NULL)
      return FALSE;
  }
  /* The first "Ip:" line names the fields, the second has them. */
  const char *values = strstr (files.snmp, "\nIp:");
  return add_router (stages, path, files.dev, values != NULL ? values + 1 : files.snmp, error);
}

GArray *
vr_path_read (const VrPath *path, VrVirt *virt, GError **error)
{
  const char *lab = path->lab->name;
  gboolean is_guest = path->router->kind == VR_KIND_GUEST;
  char in_inner[16], out_inner[16], lower[VR_IFNAME_SIZE], nic[VR_IFNAME_SIZE];
  g_autofree char *in_netns = vr_name_domain (lab, path->from->name);
  g_autofree char *out_netns = vr_name_domain (lab, path->to->name);
  g_autoptr (GArray) stages = g_array_new (FALSE, FALSE, sizeof (VrStage));
  vr_plan_inner_name (path->from->name, in_inner);
  vr_plan_inner_name (path->to->name, out_inner);
  if (!add_link (stages, "sender-port", in_netns, in_inner, READ_TX, error)
      || !add_link (stages, "lower-in", NULL, vr_name_ifname (lab, "port", path->from->name, lower),
                    READ_RX, error)
      || (is_guest
          && !add_link (stages, "nic-in", NULL, nic_name (path, path->from, nic), READ_RX, error))
      || !read_router (stages, path, virt, error)
      || (is_guest
          && !add_link (stages, "nic-out", NULL, nic_name (path, path->to, nic), READ_TX, error))
      || !add_link (stages, "lower-out", NULL, vr_name_ifname (lab, "port", path->to->name, lower),
                    READ_TX, error)
      || !add_link (stages, "receiver-port", out_netns, out_inner, READ_RX, error))
    return NULL;
  return g_steal_pointer (&stages);
}
