/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers whose cores follow their load: what arrives for them, and when it is decided. */
#include <string.h>

#include "control/vr-controller-internal.h"

#define NS_PER_S 1e9

/* The tenants have what is left of their pools. */
static void
leave_rest (VrControlSession *session)
{
  const VrContract *contract = session->holding->contract;
  for (guint i = 0; i < contract->pools->len; i++) {
    double load = vr_follow_load (session->holding->follow, contract->pools->pdata[i]);
    double capacity = g_array_index (contract->capacity, double, i);
    vr_decider_set_capacity (session->decider, i, MAX (capacity - load, 0));
  }
}

static VrControlSeen
count (const VrControlSession *session, const char *router)
{
  VrControlSeen seen = { .is_known = TRUE };
  for (guint i = 0; i < session->snapshot.ports->len; i++) {
    const VrSnapshotPort *port = &g_array_index (session->snapshot.ports, VrSnapshotPort, i);
    const VrRouter *backend = vr_control_backend (session, port);
    if (backend != NULL && vr_router_is_of (backend, router))
      seen.lost += port->lost_packets;
    if (strcmp (port->router, router) != 0)
      continue;
    seen.is_known = seen.is_known && port->is_there;
    seen.arrived += port->arrived_packets;
    seen.forwarded += port->sent_packets;
    seen.lost += port->lost_packets;
  }
  return seen;
}

static VrControlRates
rates_of (const VrControlSeen *before, const VrControlSeen *after, guint64 dt_ns)
{
  gboolean went_back = after->arrived < before->arrived || after->forwarded < before->forwarded
                       || after->lost < before->lost;
  if (!before->is_known || !after->is_known || went_back || dt_ns == 0)
    return (VrControlRates){ .is_seen = FALSE };
  double seconds = (double) dt_ns / NS_PER_S;
  return (VrControlRates){ .is_seen = TRUE,
                           .arrived_pps = (double) (after->arrived - before->arrived) / seconds,
                           .forwarded_pps
                           = (double) (after->forwarded - before->forwarded) / seconds,
                           .lost_pps = (double) (after->lost - before->lost) / seconds };
}

/* A router that could not be seen stays as it is: its average is taken to go on. */
static void
step (VrControlSession *session, guint64 dt_ns, VrControlRates *rates)
{
  const VrFollow *follow = session->holding->follow;
  g_autofree double *arrived = g_new0 (double, follow->routers->len);
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    VrControlSeen *before = &g_array_index (session->seen, VrControlSeen, i);
    VrControlSeen after = count (session, router->name);
    rates[i] = rates_of (before, &after, dt_ns);
    arrived[i]
        = rates[i].is_seen ? rates[i].arrived_pps : vr_cores_results (follow->cores)[i].rate_pps;
    if (rates[i].is_seen) {
      VrCoresSeen seen = { rates[i].arrived_pps, rates[i].forwarded_pps, rates[i].lost_pps };
      vr_cores_heed (follow->cores, i, &seen);
    }
    *before = after;
  }
  vr_cores_step (follow->cores, dt_ns, arrived);
}

static void
tell_moves (VrControlSession *session)
{
  const VrFollow *follow = session->holding->follow;
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    guint number = vr_cores_results (follow->cores)[i].moved_for;
    if (number == VR_CORES_NOBODY)
      continue;
    const VrFollowRouter *grown = follow->routers->pdata[number];
    vr_control_notice (
        session, g_strdup_printf ("%s goes to another CPU with a part of its threads, so that "
                                  "there is room for what %s is to have",
                                  router->name, grown->name));
  }
}

gboolean
vr_control_follow_load (VrControlSession *session, VrControlRates *rates)
{
  const VrFollow *follow = session->holding->follow;
  session->has_followed = FALSE;
  if (follow == NULL)
    return FALSE;
  guint64 now_ns = session->snapshot.ports != NULL ? (guint64) session->snapshot.time_ns : 0;
  guint64 dt_ns = session->followed_ns != 0 && now_ns > session->followed_ns
                      ? now_ns - session->followed_ns
                      : 0;
  /* Half a step of the loop early is nearer than half a step late. */
  gboolean is_due
      = session->followed_ns == 0 || dt_ns + session->period_ns / 2 >= follow->settings->period_ns;
  /* When the lab was read, for those that had no room for what they must have. */
  if (session->followed_ns == 0)
    tell_moves (session);
  if (is_due && now_ns != 0) {
    step (session, dt_ns, rates);
    session->followed_ns = now_ns;
    tell_moves (session);
  }
  session->has_followed = is_due;
  leave_rest (session);
  return is_due;
}

void
vr_control_follow_back (VrControlSession *session)
{
  if (!session->has_followed)
    return;
  vr_cores_take_back (session->holding->follow->cores);
  leave_rest (session);
}
