/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-self-test.h"

#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

#define LEFT "self-test-left"
#define RIGHT "self-test-right"
#define IFNAME "port"
/* The largest frame that the tester makes, less header, tag and FCS. */
#define MTU 9000
#define BIAS_FRAMES 1000

static gboolean
set_up (const char *netns, GError **error)
{
  g_autoptr (VrNetlink) netlink = vr_netlink_new (netns, error);
  return netlink != NULL && vr_netlink_set_up (netlink, IFNAME, TRUE, error);
}

static gboolean
make_pair (const char *left, const char *right, GError **error)
{
  VrLinkSpec spec = { .name = IFNAME, .mtu = MTU, .queue_length = -1 };
  g_autoptr (VrNetlink) netlink = vr_netlink_new (left, error);
  return netlink != NULL && vr_netlink_add_veth (netlink, &spec, IFNAME, right, error)
         && set_up (left, error) && set_up (right, error);
}

typedef struct {
  VrSelfTestCall call;
  gpointer data;
  GThread *thread;
  gboolean done;
  GError *error; /* where not done */
} Hidden;

/* By frames as the trial's first. */
static gboolean
measure_bias (const VrTrialRequest *request, VrTrial *trial, GError **error)
{
  g_auto (VrFd) left = vr_netns_open (LEFT, error);
  g_auto (VrFd) right = left >= 0 ? vr_netns_open (RIGHT, error) : -1;
  VrFrameSpec frame = request->streams[0].frame;
  int family = frame.source.family;
  vr_prefix_parse (family == AF_INET ? "198.18.0.1/15" : "2001:2::1/48", &frame.source, NULL);
  vr_prefix_parse (family == AF_INET ? "198.18.0.2/15" : "2001:2::2/48", &frame.destination, NULL);
  if (request->streams[0].capture != NULL)
    frame.size = vr_frame_least_size (family, 0);
  else if (request->streams[0].sizes_count > 0)
    frame.size = request->streams[0].sizes[0];
  VrBiasOptions options = { .from_netns_fd = left,
                            .to_netns_fd = right,
                            .from_ifname = IFNAME,
                            .to_ifname = IFNAME,
                            .frame = &frame,
                            .generator = trial->generator,
                            .xdp = request->xdp,
                            .frames = BIAS_FRAMES,
                            .clock = request->clock };
  trial->bias = g_new0 (VrBias, 1);
  return right >= 0 && vr_bias_measure (&options, trial->bias, error);
}

static gpointer
call_hidden (gpointer data)
{
  Hidden *hidden = data;
  hidden->done = vr_netns_hide (&hidden->error) && vr_netns_create (LEFT, &hidden->error)
                 && vr_netns_create (RIGHT, &hidden->error)
                 && make_pair (LEFT, RIGHT, &hidden->error)
                 && hidden->call (LEFT "/" IFNAME, RIGHT "/" IFNAME, hidden->data, &hidden->error);
  return NULL;
}

gboolean
vr_self_test_call (VrSelfTestCall call, gpointer data, GError **error)
{
  Hidden hidden = { .call = call, .data = data };
  g_autoptr (GError) no_thread = NULL;
  hidden.thread = g_thread_try_new ("vrkit-self-test", call_hidden, &hidden, &no_thread);
  if (hidden.thread == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "cannot start a thread: %s",
                 no_thread->message);
    return FALSE;
  }
  g_thread_join (hidden.thread);
  if (!hidden.done)
    g_propagate_error (error, hidden.error);
  return hidden.done;
}

typedef struct {
  const VrSite *site;
  VrTrialRequest request;
  VrTrial *trial;
} Run;

static gboolean
run_trial (const char *from, const char *to, gpointer data, GError **error)
{
  Run *run = data;
  run->request.lab = NULL;
  run->request.from = from;
  run->request.to = to;
  run->trial = vr_trial_run (run->site, &run->request, error);
  if (run->trial != NULL && !measure_bias (&run->request, run->trial, error))
    g_clear_pointer (&run->trial, vr_trial_free);
  return run->trial != NULL;
}

VrTrial *
vr_self_test_run (const VrSite *site, const VrTrialRequest *request, GError **error)
{
  Run run = { site, *request, NULL };
  vr_self_test_call (run_trial, &run, error);
  return run.trial;
}
