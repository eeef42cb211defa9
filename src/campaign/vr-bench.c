/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-port-lock.h"
#include "lab/vr-inspect.h"
#include "plan/vr-plan.h"
#include "sys/vr-ethtool.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

#define SOURCE_PORT 49152
#define DESTINATION_PORT 9 /* discard (RFC 863) */

void
vr_bench_clear (VrBench *bench)
{
  g_clear_pointer (&bench->closing, g_ptr_array_unref);
  g_clear_pointer (&bench->virt, vr_virt_close);
  g_clear_pointer (&bench->lab, vr_lab_free);
  g_clear_pointer (&bench->from_netns_name, g_free);
  g_clear_pointer (&bench->to_netns_name, g_free);
  g_clear_pointer (&bench->streams, g_free);
  vr_fd_clear (&bench->from_netns);
  vr_fd_clear (&bench->to_netns);
  vr_fd_clear (&bench->sink);
  for (guint i = 0; i < G_N_ELEMENTS (bench->locks); i++)
    vr_fd_clear (&bench->locks[i]);
}

static void
join (gpointer thread)
{
  g_thread_join (thread);
}

void
vr_bench_close (const VrBench *bench, GThreadFunc close, gpointer data)
{
  g_ptr_array_set_size (bench->closing, 0);
  GThread *thread = g_thread_try_new ("vrkit-closing", close, data, NULL);
  if (thread != NULL)
    g_ptr_array_add (bench->closing, thread);
  else
    close (data);
}

/* --- A path of a lab ----------------------------------------------------------------------------
 */

static gboolean
serves (const VrRouter *router, const VrTrialRequest *request)
{
  if (request->router != NULL && strcmp (vr_router_outward (router), request->router) != 0)
    return FALSE;
  const GPtrArray *interfaces = vr_router_routed (router);
  return interfaces != NULL && interfaces->len > 0
         && (request->from == NULL || vr_router_routes_port (router, request->from) != NULL)
         && (request->to == NULL || vr_router_routes_port (router, request->to) != NULL);
}

static const VrPort *
choose_port (const VrLab *lab, const char *asked, const VrRouter *router, guint index)
{
  const VrInterface *interface = vr_router_routed (router)->pdata[index];
  return vr_lab_port (lab, asked != NULL ? asked : interface->port);
}

static gboolean
check_far_end (const VrPort *port, GError **error)
{
  if (vr_port_is_test (port) && port->test_addresses->len > 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "port %s has no far end to send from: device = test and a test-address make one",
               port->name);
  return FALSE;
}

/* Where both ends are named, and no router has both. */
static gboolean
find_chain (const VrLab *lab, const VrTrialRequest *request, VrPath *path)
{
  const VrPort *from = request->from != NULL ? vr_lab_port (lab, request->from) : NULL;
  const VrPort *to = request->to != NULL ? vr_lab_port (lab, request->to) : NULL;
  return request->router == NULL && from != NULL && to != NULL
         && vr_path_find_chain (lab, from, to, path);
}

gboolean
vr_bench_find_path (const VrLab *lab, const VrTrialRequest *request, VrPath *path, GError **error)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (!serves (router, request))
      continue;
    const VrPort *from = choose_port (lab, request->from, router, 0);
    const VrPort *to = choose_port (lab, request->to, router, vr_router_routed (router)->len - 1);
    *path = (VrPath){
      .lab = lab, .from = from, .to = to, .hops_count = 1, .hops = { { router, from, to } }
    };
    return check_far_end (from, error) && check_far_end (to, error);
  }
  if (find_chain (lab, request, path))
    return check_far_end (path->from, error) && check_far_end (path->to, error);
  g_set_error (
      error, VR_ERROR, VR_ERROR_USAGE, "lab %s has no router%s%s on port %s and port %s%s",
      lab->name, request->router != NULL ? " " : "", request->router != NULL ? request->router : "",
      request->from != NULL ? request->from : "(any)", request->to != NULL ? request->to : "(any)",
      request->router == NULL && request->from != NULL && request->to != NULL
          ? ", and no chain of routers between"
          : "");
  return FALSE;
}

/* The first address of a family, or the last, so that a one-armed router is asked to go to another
 * network. */
static const VrPrefix *
choose_address (const VrPort *port, int family, gboolean last)
{
  const VrPrefix *found = NULL;
  for (guint i = 0; i < port->test_addresses->len; i++) {
    const VrPrefix *address = &g_array_index (port->test_addresses, VrPrefix, i);
    if (address->family == family && (found == NULL || last))
      found = address;
  }
  return found;
}

static gboolean
address_by_path (const VrBench *bench, VrStream *stream, GError **error)
{
  const VrPath *path = &bench->path;
  VrFrameSpec *frame = &stream->frame;
  int family = frame->source.family;
  const VrPrefix *source
      = vr_stream_has_source (stream) ? &frame->source : choose_address (path->from, family, FALSE);
  const VrPrefix *destination = vr_stream_has_destination (stream)
                                    ? &frame->destination
                                    : choose_address (path->to, family, TRUE);
  if (source == NULL || destination == NULL || vr_prefix_same_address (source, destination)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "ports %s and %s have no two test-addresses of %s to send between",
                 path->from->name, path->to->name, family == AF_INET ? "IPv4" : "IPv6");
    return FALSE;
  }
  frame->source = *source;
  frame->destination = *destination;
  return TRUE;
}

/* A socket that nobody reads takes the frames off the far end's own stack, which else would answer
 * with ICMP errors, and these would be forwarded too. */
static gboolean
open_sink (gpointer data, GError **error)
{
  VrFd *sink = data;
  struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons (DESTINATION_PORT) };
  int both_families = 0;
  g_auto (VrFd) fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0
      || setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &both_families, sizeof both_families) != 0
      || bind (fd, (struct sockaddr *) &any, sizeof any) != 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot listen on UDP port %d",
                        DESTINATION_PORT);
    return FALSE;
  }
  *sink = vr_fd_steal (&fd);
  return TRUE;
}

static gboolean
choose_lab (VrBench *bench, const VrSite *site, const VrTrialRequest *request, GError **error)
{
  bench->lab = vr_inspect_lab (site, request->lab, error);
  if (bench->lab == NULL || !vr_bench_find_path (bench->lab, request, &bench->path, error))
    return FALSE;
  if (vr_path_has_guest (&bench->path)) {
    bench->virt = vr_inspect_virt (site, bench->lab->name, error);
    if (bench->virt == NULL)
      return FALSE;
  }
  bench->from_netns_name = vr_name_domain (bench->lab->name, bench->path.from->name);
  bench->to_netns_name = vr_name_domain (bench->lab->name, bench->path.to->name);
  vr_plan_inner_name (bench->path.from->name, bench->from_ifname);
  vr_plan_inner_name (bench->path.to->name, bench->to_ifname);
  return TRUE;
}

/* --- Interfaces without a lab -------------------------------------------------------------------
 */

/* "IFNAME", or "NETNS/IFNAME". */
static gboolean
parse_end (const char *text, const char *option, char **netns, char ifname[16], GError **error)
{
  const char *slash = text != NULL ? strrchr (text, '/') : NULL;
  const char *name = slash != NULL ? slash + 1 : text;
  if (text == NULL || *name == '\0' || strlen (name) >= 16 || slash == text) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%s: without a lab, an interface is wanted: IFNAME or NETNS/IFNAME", option);
    return FALSE;
  }
  *netns = slash != NULL ? g_strndup (text, (gsize) (slash - text)) : NULL;
  g_strlcpy (ifname, name, 16);
  return TRUE;
}

/* The first two addresses of the ranges set aside for benchmarks (RFC 2544, RFC 5180). */
static void
address_by_default (VrStream *stream)
{
  VrFrameSpec *frame = &stream->frame;
  gboolean is_ipv4 = frame->source.family == AF_INET;
  if (!vr_stream_has_source (stream))
    vr_prefix_parse (is_ipv4 ? "198.18.0.1/15" : "2001:2::1/48", &frame->source, NULL);
  if (!vr_stream_has_destination (stream))
    vr_prefix_parse (is_ipv4 ? "198.18.0.2/15" : "2001:2::2/48", &frame->destination, NULL);
}

/* --- Both ---------------------------------------------------------------------------------------
 */

static VrLink *
read_link (const char *netns, const char *ifname, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  if (netlink == NULL)
    return NULL;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname, &cause);
  if (link != NULL)
    return g_steal_pointer (&link);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "there is no interface \"%s\"%s%s to test on%s%s", ifname,
                 netns != NULL ? " in namespace " : "", netns != NULL ? netns : "",
                 netns == NULL ? ": one in another network namespace is NETNS/" : "",
                 netns == NULL ? ifname : "");
  return NULL;
}

/* The speed that a veth or a tap claims means nothing. */
static gboolean
read_line_rate (const VrBench *bench, const VrLink *from, guint64 *line_rate_bps, GError **error)
{
  gint64 speed_mbps = -1;
  gboolean is_virtual = strcmp (from->kind, "veth") == 0 || strcmp (from->kind, "tun") == 0;
  if (!is_virtual
      && !vr_ethtool_speed_mbps (bench->from_netns_name, bench->from_ifname, &speed_mbps, error))
    return FALSE;
  *line_rate_bps = (guint64) MAX (speed_mbps, 0) * 1000000;
  if (speed_mbps > 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "interface \"%s\" has no speed that a rate could be a share of%s%s: state one, such "
               "as --line-rate 10Gbit/s",
               bench->from_ifname, is_virtual ? ", being a " : "", is_virtual ? from->kind : "");
  return FALSE;
}

static gboolean
settle_shares (VrBench *bench, const VrTrialRequest *request, const VrLink *from, GError **error)
{
  guint64 line_rate_bps = request->line_rate_bps;
  for (guint i = 0; i < bench->streams_count; i++) {
    if (bench->streams[i].rate_share > 0 && line_rate_bps == 0
        && !read_line_rate (bench, from, &line_rate_bps, error))
      return FALSE;
    vr_stream_settle_share (&bench->streams[i], line_rate_bps);
  }
  return TRUE;
}

static gboolean
fill_stream (const VrBench *bench, VrStream *stream, GError **error)
{
  stream->frame.source_port = SOURCE_PORT;
  stream->frame.destination_port = DESTINATION_PORT;
  if (bench->lab != NULL)
    return address_by_path (bench, stream, error);
  address_by_default (stream);
  return TRUE;
}

static gboolean
fill_streams (VrBench *bench, const VrTrialRequest *request, GError **error)
{
  g_autoptr (VrLink) from = read_link (bench->from_netns_name, bench->from_ifname, error);
  g_autoptr (VrLink) to
      = from != NULL ? read_link (bench->to_netns_name, bench->to_ifname, error) : NULL;
  if (to == NULL)
    return FALSE;
  VrMac next_hop
      = bench->lab != NULL
            ? vr_router_routes_port (bench->path.hops[0].router, bench->path.from->name)->mac
            : to->mac;
  bench->streams = g_memdup2 (request->streams, request->streams_count * sizeof *bench->streams);
  bench->streams_count = request->streams_count;
  if (!settle_shares (bench, request, from, error))
    return FALSE;
  for (guint i = 0; i < bench->streams_count; i++) {
    VrStream *stream = &bench->streams[i];
    stream->frame.source_mac = from->mac;
    if (!vr_stream_has_next_hop (stream))
      stream->frame.destination_mac = next_hop;
    if ((stream->capture != NULL
         && !vr_capture_check_mtu (stream->capture, from->mtu, bench->from_ifname, error))
        || !fill_stream (bench, stream, error)
        || !vr_stream_check (stream, request->duration_ns, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
open_netns (const char *name, VrFd *fd, GError **error)
{
  if (name != NULL)
    *fd = vr_netns_open (name, error);
  return name == NULL || *fd >= 0;
}

gboolean
vr_bench_open (VrBench *bench, const VrSite *site, const VrTrialRequest *request, GError **error)
{
  *bench = (VrBench){ .from_netns = -1, .to_netns = -1, .sink = -1, .locks = { -1, -1 } };
  bench->run_dir = site->run_dir;
  bench->closing = g_ptr_array_new_with_free_func (join);
  gboolean is_chosen = request->lab != NULL
                           ? choose_lab (bench, site, request, error)
                           : parse_end (request->from, "--from", &bench->from_netns_name,
                                        bench->from_ifname, error)
                                 && parse_end (request->to, "--to", &bench->to_netns_name,
                                               bench->to_ifname, error);
  return is_chosen && open_netns (bench->from_netns_name, &bench->from_netns, error)
         && open_netns (bench->to_netns_name, &bench->to_netns, error)
         && fill_streams (bench, request, error)
         && vr_port_lock (bench->from_netns_name, bench->from_ifname, &bench->locks[0], error)
         && vr_port_lock (bench->to_netns_name, bench->to_ifname, &bench->locks[1], error)
         && (bench->lab == NULL
             || vr_netns_call (bench->to_netns_name, open_sink, &bench->sink, error));
}

gboolean
vr_bench_check_receiver (const VrBench *bench, GError **error)
{
  g_autoptr (VrLink) link = read_link (bench->to_netns_name, bench->to_ifname, error);
  if (link == NULL)
    return FALSE;
  if (!link->up)
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "interface \"%s\" is down, and counts nothing: bring it up before testing on it",
                 bench->to_ifname);
  return link->up;
}

gboolean
vr_bench_read_host (const VrBench *bench, VrCounters *counters, GError **error)
{
  if (bench->lab != NULL)
    return vr_path_read_host (&bench->path, counters, error);
  VrLinkCounters from, to;
  g_autoptr (VrNetlink) near_end = vr_netlink_new (bench->from_netns_name, error);
  g_autoptr (VrNetlink) far_end
      = near_end != NULL ? vr_netlink_new (bench->to_netns_name, error) : NULL;
  if (far_end == NULL || !vr_netlink_counters (near_end, bench->from_ifname, &from, error)
      || !vr_netlink_counters (far_end, bench->to_ifname, &to, error))
    return FALSE;
  *counters = (VrCounters){ .known = 0 };
  vr_counters_set (counters, VR_POINT_SENDER_PORT, from.tx_packets);
  vr_counters_set (counters, VR_POINT_FAR_PORT, to.rx_packets);
  return TRUE;
}

gboolean
vr_bench_read (const VrBench *bench, VrPathReading *reading, GError **error)
{
  return bench->lab != NULL ? vr_path_read (&bench->path, bench->virt, reading, error)
                            : vr_bench_read_host (bench, &reading->counters, error);
}
