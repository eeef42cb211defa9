/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-trial.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "lab/vr-inspect.h"
#include "plan/vr-plan.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

#define SOURCE_PORT 49152
#define DESTINATION_PORT 9 /* discard (RFC 863) */
#define SETTLE_NS 200000000ull
/* Until the router has resolved its neighbours: frames before that wait in it or are lost. */
#define WARM_UP_TRIES 20
#define WARM_UP_SETTLE_NS 100000000ull

/* What a trial works with, opened together. */
typedef struct {
  VrLab *lab;
  VrVirt *virt;
  VrPath path;
  VrFd from_netns, to_netns;
  VrFd sink;
  char from_ifname[16], to_ifname[16];
  VrFrameSpec frame;
  const VrClock *clock;
} Bench;

static void
bench_clear (Bench *bench)
{
  g_clear_pointer (&bench->virt, vr_virt_close);
  g_clear_pointer (&bench->lab, vr_lab_free);
  vr_fd_clear (&bench->from_netns);
  vr_fd_clear (&bench->to_netns);
  vr_fd_clear (&bench->sink);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static gboolean
serves (const VrRouter *router, const VrTrialRequest *request)
{
  if (request->router != NULL && strcmp (router->name, request->router) != 0)
    return FALSE;
  return router->interfaces->len > 0
         && (request->from == NULL || vr_router_interface (router, request->from) != NULL)
         && (request->to == NULL || vr_router_interface (router, request->to) != NULL);
}

static const VrPort *
choose_port (const VrLab *lab, const char *asked, const VrRouter *router, guint index,
             GError **error)
{
  const VrInterface *interface = router->interfaces->pdata[index];
  const VrPort *port = vr_lab_port (lab, asked != NULL ? asked : interface->port);
  if (vr_port_is_test (port) && port->test_addresses->len > 0)
    return port;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "port %s has no far end to send from: device = test and a test-address make one",
               port->name);
  return NULL;
}

static gboolean
choose_path (Bench *bench, const VrTrialRequest *request, GError **error)
{
  const VrLab *lab = bench->lab;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (!serves (router, request))
      continue;
    const VrPort *from = choose_port (lab, request->from, router, 0, error);
    const VrPort *to
        = from != NULL ? choose_port (lab, request->to, router, router->interfaces->len - 1, error)
                       : NULL;
    bench->path = (VrPath){ lab, router, from, to };
    return to != NULL;
  }
  g_set_error (
      error, VR_ERROR, VR_ERROR_USAGE, "lab %s has no router%s%s on port %s and port %s", lab->name,
      request->router != NULL ? " " : "", request->router != NULL ? request->router : "",
      request->from != NULL ? request->from : "(any)", request->to != NULL ? request->to : "(any)");
  return FALSE;
}

static int
open_far_end (const VrLab *lab, const VrPort *port, char ifname[16], GError **error)
{
  g_autofree char *netns = vr_name_domain (lab->name, port->name);
  vr_plan_inner_name (port->name, ifname);
  return vr_netns_open (netns, error);
}

static gboolean
read_mac (const VrLab *lab, const VrPort *port, VrMac *mac, GError **error)
{
  char ifname[16];
  g_autofree char *netns = vr_name_domain (lab->name, port->name);
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  g_autoptr (VrLink) link
      = netlink != NULL ? vr_netlink_link (netlink, vr_plan_inner_name (port->name, ifname), error)
                        : NULL;
  if (link != NULL)
    *mac = link->mac;
  return link != NULL;
}

/* The last address of the way out, so that a one-armed router is asked to go to another network. */
static gboolean
choose_frame (Bench *bench, const VrTrialRequest *request, GError **error)
{
  const VrPath *path = &bench->path;
  GArray *to = path->to->test_addresses;
  const VrPrefix *source = &g_array_index (path->from->test_addresses, VrPrefix, 0);
  const VrPrefix *destination = NULL;
  for (guint i = to->len; i-- > 0 && destination == NULL;)
    if (g_array_index (to, VrPrefix, i).family == source->family)
      destination = &g_array_index (to, VrPrefix, i);
  if (destination == NULL || vr_prefix_same_address (source, destination)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "ports %s and %s have no two test-addresses of one family to send between",
                 path->from->name, path->to->name);
    return FALSE;
  }
  bench->frame
      = (VrFrameSpec){ .destination_mac = vr_router_interface (path->router, path->from->name)->mac,
                       .source = *source,
                       .destination = *destination,
                       .source_port = SOURCE_PORT,
                       .destination_port = DESTINATION_PORT,
                       .size = request->size,
                       .ttl = request->ttl };
  return read_mac (bench->lab, path->from, &bench->frame.source_mac, error);
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
open_far_ends (Bench *bench, GError **error)
{
  const VrPath *path = &bench->path;
  g_autofree char *netns = vr_name_domain (bench->lab->name, path->to->name);
  bench->from_netns = open_far_end (bench->lab, path->from, bench->from_ifname, error);
  if (bench->from_netns < 0)
    return FALSE;
  bench->to_netns = open_far_end (bench->lab, path->to, bench->to_ifname, error);
  return bench->to_netns >= 0 && vr_netns_call (netns, open_sink, &bench->sink, error);
}

static gboolean
bench_open (Bench *bench, const VrSite *site, const VrTrialRequest *request, GError **error)
{
  bench->lab = vr_inspect_lab (site, request->lab, error);
  if (bench->lab == NULL || !choose_path (bench, request, error))
    return FALSE;
  if (bench->path.router->kind == VR_KIND_GUEST) {
    bench->virt = vr_virt_open (site->uri, error);
    if (bench->virt == NULL)
      return FALSE;
  }
  return open_far_ends (bench, error) && choose_frame (bench, request, error);
}

typedef struct {
  guint64 count;
  guint64 rate_pps;
  guint64 settle_ns;
} Burst;

static VrReceiverResult *
run_burst (const Bench *bench, const Burst *burst, VrSenderResult *sent, GError **error)
{
  VrReceiverStream stream = { .id = 0, .frames = burst->count };
  VrReceiverOptions receiving = { .netns_fd = bench->to_netns,
                                  .ifname = bench->to_ifname,
                                  .streams = &stream,
                                  .streams_count = 1,
                                  .clock = bench->clock };
  VrSenderOptions sending = { .netns_fd = bench->from_netns,
                              .ifname = bench->from_ifname,
                              .frame = &bench->frame,
                              .count = burst->count,
                              .rate_pps = burst->rate_pps,
                              .clock = bench->clock };
  g_autoptr (VrSender) sender = vr_sender_new (&sending, error);
  g_autoptr (VrReceiver) receiver = sender != NULL ? vr_receiver_start (&receiving, error) : NULL;
  if (receiver == NULL || !vr_sender_run (sender, sent, error))
    return NULL;
  return vr_receiver_stop (receiver, burst->settle_ns, error);
}

/* Where none comes, the trial itself says where they go. */
static gboolean
warm_up (const Bench *bench, GError **error)
{
  const Burst burst = { .count = 1, .rate_pps = 1000, .settle_ns = WARM_UP_SETTLE_NS };
  gboolean came = FALSE;
  for (guint i = 0; i < WARM_UP_TRIES && !came; i++) {
    VrSenderResult sent;
    g_autoptr (VrReceiverResult) result = run_burst (bench, &burst, &sent, error);
    if (result == NULL)
      return FALSE;
    came = result->received > 0;
  }
  return TRUE;
}

/* What the counters along the path cannot know: the tester's own ends. */
static void
account (VrTrial *trial, const VrCounters *before, const VrCounters *after)
{
  const VrReceiverResult *received = trial->receiver;
  trial->counted = vr_counters_between (before, after);
  vr_counters_set (&trial->counted, VR_POINT_SENT, trial->sender.sent);
  vr_counters_set (&trial->counted, VR_POINT_BUFFER_DROPPED, received->tester_dropped);
  vr_counters_set (&trial->counted, VR_POINT_DAMAGED, received->corrupted + received->misaddressed);
  trial->stages = vr_stage_attribute (&trial->counted, vr_trial_lost (trial));
}

VrTrial *
vr_trial_run (const VrSite *site, const VrTrialRequest *request, GError **error)
{
  g_auto (Bench) bench = { .from_netns = -1, .to_netns = -1, .sink = -1, .clock = request->clock };
  const Burst burst = { request->count, request->rate_pps, SETTLE_NS };
  if (!bench_open (&bench, site, request, error) || !warm_up (&bench, error))
    return NULL;
  VrCounters before, after;
  if (!vr_path_read (&bench.path, bench.virt, &before, error))
    return NULL;
  g_autoptr (VrTrial) trial = g_new0 (VrTrial, 1);
  trial->receiver = run_burst (&bench, &burst, &trial->sender, error);
  if (trial->receiver == NULL || !vr_path_read (&bench.path, bench.virt, &after, error))
    return NULL;
  account (trial, &before, &after);
  trial->router = g_strdup (bench.path.router->name);
  trial->from = g_strdup (bench.path.from->name);
  trial->to = g_strdup (bench.path.to->name);
  trial->offered_pps = request->rate_pps;
  trial->ttl_sent = request->ttl;
  return g_steal_pointer (&trial);
}

void
vr_trial_free (VrTrial *trial)
{
  g_free (trial->router);
  g_free (trial->from);
  g_free (trial->to);
  g_clear_pointer (&trial->receiver, vr_receiver_result_free);
  g_clear_pointer (&trial->stages, g_array_unref);
  g_free (trial);
}

guint64
vr_trial_lost (const VrTrial *trial)
{
  return vr_receiver_result_lost (trial->receiver, trial->sender.sent);
}

guint64
vr_trial_ttl_right (const VrTrial *trial)
{
  return trial->receiver->ttl_count[trial->ttl_sent - 1];
}
