/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-self-test.h"

#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

#define IFNAME "port"
/* The largest frame that the tester makes, less header, tag and FCS. */
#define MTU 9000

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

gboolean
vr_self_test_call (guint id, VrSelfTestCall call, gpointer data, GError **error)
{
  g_autofree char *left = g_strdup_printf ("vrkit-self-test-%u-left", id);
  g_autofree char *right = g_strdup_printf ("vrkit-self-test-%u-right", id);
  g_autofree char *from = g_strconcat (left, "/" IFNAME, NULL);
  g_autofree char *to = g_strconcat (right, "/" IFNAME, NULL);
  gboolean done = FALSE;
  if (!vr_netns_create (left, error))
    return FALSE;
  if (vr_netns_create (right, error)) {
    done = make_pair (left, right, error) && call (from, to, data, error);
    vr_netns_delete (right, NULL);
  }
  vr_netns_delete (left, NULL);
  return done;
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
  return run->trial != NULL;
}

VrTrial *
vr_self_test_run (const VrSite *site, const VrTrialRequest *request, guint id, GError **error)
{
  Run run = { site, *request, NULL };
  vr_self_test_call (id, run_trial, &run, error);
  return run.trial;
}
