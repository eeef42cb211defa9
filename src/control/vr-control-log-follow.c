/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of routers whose cores follow their load. */
#include "control/vr-control-log-follow.h"

#include "base/vr-unit.h"

static void
add_thread (JsonBuilder *builder, const VrFollow *follow, const VrFollowThread *thread)
{
  double share = 0;
  guint cpu = 0;
  vr_follow_wanted (follow, thread, &share, &cpu);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", thread->is.name);
  vr_json_add_string (builder, "policy", vr_policy_name (thread->is.grant.policy));
  vr_json_add_number (builder, "cpu", cpu);
  vr_json_add_number (builder, "runtime_ns", vr_calibrate_runtime_ns (&thread->is.grant, share));
  vr_json_add_number (builder, "period_ns", thread->is.grant.period_ns);
  vr_json_add_double (builder, "share", share);
  json_builder_end_object (builder);
}

static void
add_threads (JsonBuilder *builder, const VrFollow *follow, guint router)
{
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_array (builder);
  for (guint i = 0; i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    if (thread->router == router)
      add_thread (builder, follow, thread);
  }
  json_builder_end_array (builder);
}

static void
add_router (JsonBuilder *builder, const VrControlStep *step, guint index)
{
  const VrFollow *follow = step->holding->follow;
  const VrFollowRouter *router = follow->routers->pdata[index];
  const VrCoresResult *result = &vr_cores_results (follow->cores)[index];
  const VrControlRates *rates = &step->rates[index];
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", router->name);
  vr_json_add_string (builder, "tenant", router->tenant != NULL ? router->tenant->name : NULL);
  vr_json_add_double (builder, "contract_pps", router->contract_pps);
  vr_json_add_double (builder, "limit_pps", router->limit_pps);
  vr_json_add_boolean (builder, "decided", step->has_followed);
  vr_json_add_boolean (builder, "seen", rates->is_seen);
  vr_json_add_double (builder, "arrived_pps", rates->arrived_pps);
  vr_json_add_double (builder, "forwarded_pps", rates->forwarded_pps);
  vr_json_add_double (builder, "lost_pps", rates->lost_pps);
  vr_json_add_double (builder, "arrived_filtered_pps", result->rate_pps);
  vr_json_add_double (builder, "level_pps", result->level.rate_pps);
  vr_json_add_double (builder, "before_pps", result->before.rate_pps);
  vr_json_add_double (builder, "correction", vr_cores_correction (follow->cores, index));
  vr_json_add_number (builder, "cores", result->level.cores);
  vr_json_add_number (builder, "members", vr_follow_members (follow, index));
  vr_json_add_string (builder, "reason", vr_cores_reason_id (result->reason));
  add_threads (builder, follow, index);
  json_builder_end_object (builder);
}

void
vr_control_log_add_routers (JsonBuilder *builder, const VrControlStep *step)
{
  const VrFollow *follow = step->holding->follow;
  json_builder_set_member_name (builder, "routers");
  json_builder_begin_array (builder);
  for (guint i = 0; follow != NULL && i < follow->routers->len; i++)
    add_router (builder, step, i);
  json_builder_end_array (builder);
}

void
vr_control_log_add_lines (GString *text, const VrControlStep *step)
{
  const VrFollow *follow = step->holding->follow;
  for (guint i = 0; follow != NULL && i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    const VrFollowRouter *router = follow->routers->pdata[thread->router];
    const VrCoresResult *result = &vr_cores_results (follow->cores)[thread->router];
    double share;
    guint cpu;
    if (!vr_follow_wanted (follow, thread, &share, &cpu))
      continue;
    g_autofree char *runtime
        = vr_unit_print_duration (vr_calibrate_runtime_ns (&thread->is.grant, share));
    g_autofree char *period = vr_unit_print_duration (thread->is.grant.period_ns);
    g_string_append_printf (
        text,
        "%srouter %s: up to %.0f packets a second, %u core%s%s: %s %s %s/%s @%u, %.1f %% of a CPU",
        text->len > 0 ? "\n" : "", router->name, result->level.rate_pps, result->level.cores,
        result->level.cores == 1 ? "" : "s",
        vr_router_is_member (router->router) ? " a member" : "", thread->is.name,
        vr_policy_name (thread->is.grant.policy), runtime, period, cpu, share * 100);
  }
}
