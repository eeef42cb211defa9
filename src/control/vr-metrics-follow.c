/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers whose cores follow their load, for Prometheus. */
#include "control/vr-metrics-internal.h"

static double
contract (const VrFollowRouter *router, const VrCoresResult *result G_GNUC_UNUSED)
{
  return router->contract_pps;
}

static double
arrived (const VrFollowRouter *router G_GNUC_UNUSED, const VrCoresResult *result)
{
  return result->rate_pps;
}

static double
level (const VrFollowRouter *router G_GNUC_UNUSED, const VrCoresResult *result)
{
  return result->level.rate_pps;
}

static double
cores (const VrFollowRouter *router G_GNUC_UNUSED, const VrCoresResult *result)
{
  return result->level.cores;
}

static double
members (const VrFollowRouter *router, const VrCoresResult *result)
{
  return result->is_placed ? result->level.members : router->members;
}

static double
is_full (const VrFollowRouter *router G_GNUC_UNUSED, const VrCoresResult *result)
{
  return result->reason == VR_CORES_FULL ? 1 : 0;
}

static const struct {
  const char *name, *help;
  double (*value) (const VrFollowRouter *router, const VrCoresResult *result);
} gauges[] = {
  { "vrkit_router_contract_pps", "What a router whose cores follow its load never has less than.",
    contract },
  { "vrkit_router_arrived_pps", "The moving average of what arrives for it.", arrived },
  { "vrkit_router_level_pps", "What it forwards with what it has.", level },
  { "vrkit_router_cores", "Cores that its threads, or those of each member, are spread over.",
    cores },
  { "vrkit_router_members",
    "Guests that it is to have: 1, or the members of a PVR, or the back-ends of an MSR.", members },
  { "vrkit_router_full", "1 where it should have more, and no CPU has room.", is_full },
};

static void
begin_sample (GString *text, const char *name, const char *lab, const char *router)
{
  g_string_append (text, name);
  vr_metrics_add_label (text, "{", "lab", lab);
  vr_metrics_add_label (text, ",", "router", router);
}

static void
add_shares (GString *text, const char *lab, const VrFollow *follow)
{
  static const char name[] = "vrkit_router_share_cpus";
  vr_metrics_begin (text, name, "gauge", "What is decided for its thread, of a CPU.");
  for (guint i = 0; i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    double share;
    guint cpu;
    if (!vr_follow_wanted (follow, thread, &share, &cpu))
      continue;
    begin_sample (text, name, lab,
                  ((const VrFollowRouter *) follow->routers->pdata[thread->router])->name);
    vr_metrics_add_label (text, ",", "thread", thread->is.name);
    g_string_append_printf (text, ",cpu=\"%u\"}", cpu);
    vr_metrics_add_value (text, share);
  }
}

void
vr_metrics_add_follow (GString *text, const char *lab, const VrFollow *follow)
{
  if (follow == NULL)
    return;
  const VrCoresResult *results = vr_cores_results (follow->cores);
  for (guint i = 0; i < G_N_ELEMENTS (gauges); i++) {
    vr_metrics_begin (text, gauges[i].name, "gauge", gauges[i].help);
    for (guint k = 0; k < follow->routers->len; k++) {
      const VrFollowRouter *router = follow->routers->pdata[k];
      begin_sample (text, gauges[i].name, lab, router->name);
      g_string_append_c (text, '}');
      vr_metrics_add_value (text, gauges[i].value (router, &results[k]));
    }
  }
  add_shares (text, lab, follow);
}
