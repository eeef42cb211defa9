/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-path.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "observe/vr-router-counters.h"
#include "plan/vr-plan.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"
#include "sys/vr-ovs.h"

#define PROC_MAX (1 << 20)

/* The host's interface that joins the router with a port; a native router's is in its namespace. */
static const char *
nic_name (const VrPath *path, const VrHop *hop, const VrPort *port, char ifname[VR_IFNAME_SIZE])
{
  g_autofree char *name = g_strconcat (vr_router_outward (hop->router), "/", port->name, NULL);
  return vr_name_ifname (path->lab->name, "nic", name, ifname);
}

/* What an end of a veth pair counts, in a namespace (NULL: here). */
static gboolean
read_end (const char *netns, const char *ifname, VrLinkCounters *link, GError **error)
{
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  return netlink != NULL && vr_netlink_counters (netlink, ifname, link, error);
}

static gboolean
read_test_end (const VrPath *path, const VrPort *port, VrLinkCounters *link, GError **error)
{
  char inner[16];
  g_autofree char *netns = vr_name_domain (path->lab->name, port->name);
  return read_end (netns, vr_plan_inner_name (port->name, inner), link, error);
}

static gboolean
read_ports (const VrPath *path, VrCounters *counters, GError **error)
{
  const char *lab = path->lab->name;
  char lower[VR_IFNAME_SIZE];
  VrLinkCounters from, in, out, to;
  if (!read_test_end (path, path->from, &from, error)
      || !read_end (NULL, vr_name_ifname (lab, "port", path->from->name, lower), &in, error)
      || !read_end (NULL, vr_name_ifname (lab, "port", path->to->name, lower), &out, error)
      || !read_test_end (path, path->to, &to, error))
    return FALSE;
  vr_counters_set (counters, VR_POINT_SENDER_PORT, from.tx_packets);
  vr_counters_set (counters, VR_POINT_LOWER_IN, in.rx_packets);
  vr_counters_set (counters, VR_POINT_LOWER_OUT, out.tx_packets);
  vr_counters_set (counters, VR_POINT_RECEIVER_PORT, to.rx_packets);
  return TRUE;
}

/* Of a port with attach = vhost-user the switch counts, which is asked for all at once: `of_switch`
 * is NULL at first. */
static gboolean
read_nic (const char *ifname, const VrPort *port, GHashTable **of_switch, VrLinkCounters *counters,
          GError **error)
{
  if (port->attach != VR_ATTACH_VHOST_USER)
    return read_end (NULL, ifname, counters, error);
  if (*of_switch == NULL && (*of_switch = vr_ovs_counters (error)) == NULL)
    return FALSE;
  const VrLinkCounters *found = g_hash_table_lookup (*of_switch, ifname);
  if (found != NULL)
    *counters = *found;
  else
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "the port %s of Open vSwitch is gone; `vrkit up` makes it anew", ifname);
  return found != NULL;
}

/* A macvtap counts as received what its queue has no room for; to a tap, what goes to the guest is
 * sent, and counted when the guest takes it. */
static gboolean
read_nics (const VrPath *path, const VrHop *hop, VrCounters *counters, GError **error)
{
  char ifname[VR_IFNAME_SIZE];
  VrLinkCounters in, out;
  gboolean is_tap = hop->in->attach != VR_ATTACH_MACVTAP;
  g_autoptr (GHashTable) of_switch = NULL;
  if (!read_nic (nic_name (path, hop, hop->in, ifname), hop->in, &of_switch, &in, error)
      || !read_nic (nic_name (path, hop, hop->out, ifname), hop->out, &of_switch, &out, error))
    return FALSE;
  vr_counters_set (counters, VR_POINT_NIC_IN,
                   is_tap ? in.tx_packets + in.tx_dropped : in.rx_packets);
  vr_counters_set (counters, VR_POINT_QUEUE_DROPPED, is_tap ? in.tx_dropped : in.rx_dropped);
  /* What lies between an MSR's first balancer and its last is more than one ring. */
  vr_counters_set (counters, hop->router->msr != NULL ? VR_POINT_GATE_OUT : VR_POINT_NIC_OUT,
                   hop->out->attach == VR_ATTACH_MACVTAP ? out.tx_packets : out.rx_packets);
  return TRUE;
}

/* A native router's interfaces are the host's, too, with no ring between. */
static gboolean
read_native_nics (const VrPath *path, const VrHop *hop, VrCounters *counters, GError **error)
{
  char inner[16];
  VrLinkCounters in, out;
  g_autofree char *netns = vr_name_domain (path->lab->name, hop->router->name);
  if (!read_end (netns, vr_plan_inner_name (hop->in->name, inner), &in, error)
      || !read_end (netns, vr_plan_inner_name (hop->out->name, inner), &out, error))
    return FALSE;
  vr_counters_set (counters, VR_POINT_NIC_IN, in.rx_packets);
  vr_counters_set (counters, VR_POINT_NIC_OUT, out.tx_packets);
  return TRUE;
}

static gboolean
read_file (const char *name, char **text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *path = g_build_filename ("/proc/thread-self/net", name, NULL);
  if (g_file_get_contents (path, text, NULL, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read counters: %s", cause->message);
  return FALSE;
}

/* Of the calling thread's namespace, and not of the process's. */
static gboolean
read_native (gpointer data, GError **error)
{
  VrRouterTexts *texts = data;
  return read_file ("dev", &texts->dev, error) && read_file ("snmp", &texts->snmp, error)
         && read_file ("netstat", &texts->netstat, error)
         && (!g_file_test ("/proc/thread-self/net/snmp6", G_FILE_TEST_EXISTS)
             || read_file ("snmp6", &texts->snmp6, error));
}

static gboolean
read_guest (VrVirt *virt, const char *domain, VrRouterTexts *texts, GError **error)
{
  texts->dev = vr_virt_read_file (virt, domain, "/proc/net/dev", PROC_MAX, error);
  if (texts->dev != NULL)
    texts->snmp = vr_virt_read_file (virt, domain, "/proc/net/snmp", PROC_MAX, error);
  if (texts->snmp != NULL)
    texts->netstat = vr_virt_read_file (virt, domain, "/proc/net/netstat", PROC_MAX, error);
  if (texts->netstat != NULL)
    texts->snmp6 = vr_virt_read_file (virt, domain, "/proc/net/snmp6", PROC_MAX, error);
  return texts->snmp6 != NULL;
}

/* What `router`, that of the hop or one part of it, has counted. */
static gboolean
read_router (const VrPath *path, const VrHop *hop, const VrRouter *router, VrVirt *virt,
             VrCounters *counters, GError **error)
{
  char in[16], out[16];
  g_auto (VrRouterTexts) texts = { NULL };
  g_autofree char *name = vr_name_domain (path->lab->name, router->name);
  gboolean is_native = router->kind == VR_KIND_NATIVE;
  gboolean is_read = is_native ? vr_netns_call (name, read_native, &texts, error)
                               : read_guest (virt, name, &texts, error);
  return is_read
         && vr_router_counters_parse (&texts, vr_plan_inner_name (hop->in->name, in),
                                      vr_plan_inner_name (hop->out->name, out), counters, error);
}

/* Whether that failed because the guest, which runs, is too busy or hangs: noted if so. */
static gboolean
note_silent (const VrPath *path, const VrRouter *router, VrVirt *virt, const GError *cause,
             VrPathReading *reading)
{
  g_auto (VrGuest) guest = { NULL };
  g_autofree char *domain = vr_name_domain (path->lab->name, router->name);
  if (router->kind != VR_KIND_GUEST || !g_error_matches (cause, VR_ERROR, VR_ERROR_GUEST)
      || !vr_virt_find (virt, domain, &guest, NULL) || guest.state != VR_GUEST_RUNNING)
    return FALSE;
  reading->silent = g_strdup (router->name);
  reading->silent_why = g_strdup (cause->message);
  return TRUE;
}

static void
add_member (const VrHop *hop, const VrRouter *router, VrCounters *part, VrPathReading *reading)
{
  VrMemberCount count = { .number = router->member,
                          .received = part->value[VR_POINT_ROUTER_IN],
                          .forwarded = part->value[VR_POINT_FORWARDED] };
  if (router->msr != NULL)
    part->known &= ~(1u << VR_POINT_ROUTER_IN | 1u << VR_POINT_ROUTER_OUT);
  vr_counters_add (&reading->counters, part);
  reading->counters.routers++;
  if (hop->router->pvr != NULL)
    g_array_append_val (reading->members, count);
}

static gboolean
is_member (const VrHop *hop, const VrRouter *router)
{
  return router->part != VR_PART_BALANCER && router->part != VR_PART_CONTROL
         && vr_router_declared (router) == vr_router_declared (hop->router);
}

/* One that is down, or has just died, does not keep the others' packets from being accounted for.
 */
static void
read_members (const VrPath *path, VrVirt *virt, VrPathReading *reading)
{
  const VrHop *hop = &path->hops[0];
  reading->members = g_array_new (FALSE, FALSE, sizeof (VrMemberCount));
  for (guint i = 0; i < path->lab->routers->len && reading->silent == NULL; i++) {
    const VrRouter *router = path->lab->routers->pdata[i];
    g_autoptr (GError) cause = NULL;
    VrCounters part = { .known = 0 };
    if (!is_member (hop, router))
      continue;
    if (read_router (path, hop, router, virt, &part, &cause))
      add_member (hop, router, &part, reading);
    else if (!note_silent (path, router, virt, cause, reading))
      g_debug ("router %s: %s", router->name, cause->message);
  }
}

static gboolean
read_hops (const VrPath *path, VrVirt *virt, VrPathReading *reading, GError **error)
{
  for (guint i = 0; i < path->hops_count && reading->silent == NULL; i++) {
    const VrHop *hop = &path->hops[i];
    g_autoptr (GError) cause = NULL;
    VrCounters part = { .known = 0 };
    if (read_router (path, hop, hop->router, virt, &part, &cause)) {
      vr_counters_add (&reading->counters, &part);
    } else if (!note_silent (path, hop->router, virt, cause, reading)) {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                                  "router %s: ", hop->router->name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
vr_path_read_host (const VrPath *path, VrCounters *counters, GError **error)
{
  VrCounters read = { .known = 0 };
  if (!read_ports (path, &read, error))
    return FALSE;
  for (guint i = 0; i < path->hops_count; i++) {
    const VrHop *hop = &path->hops[i];
    VrCounters part = { .known = 0 };
    if (hop->router->kind == VR_KIND_GUEST ? !read_nics (path, hop, &part, error)
                                           : !read_native_nics (path, hop, &part, error))
      return FALSE;
    vr_counters_add (&read, &part);
    if (i + 1 < path->hops_count)
      read.passed_on += part.value[VR_POINT_NIC_OUT];
  }
  *counters = read;
  return TRUE;
}

void
vr_path_reading_clear (VrPathReading *reading)
{
  g_clear_pointer (&reading->members, g_array_unref);
  g_clear_pointer (&reading->silent, g_free);
  g_clear_pointer (&reading->silent_why, g_free);
}

gboolean
vr_path_read (const VrPath *path, VrVirt *virt, VrPathReading *reading, GError **error)
{
  const VrRouter *first = path->hops[0].router;
  g_auto (VrPathReading) read = { .silent = NULL };
  VrCounters of_host;
  if (!vr_path_read_host (path, &of_host, error))
    return FALSE;
  read.counters = of_host;
  if (first->pvr != NULL || first->msr != NULL)
    read_members (path, virt, &read);
  else if (!read_hops (path, virt, &read, error))
    return FALSE;
  if (read.silent != NULL) {
    read.counters = of_host;
    g_clear_pointer (&read.members, g_array_unref);
  }
  *reading = read;
  read = (VrPathReading){ .silent = NULL };
  return TRUE;
}
