/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-log.h"

#include "base/vr-json.h"
#include "base/vr-unit.h"
#include "control/vr-control-log-follow.h"

#define US_PER_S 1000000
#define NS_PER_US 1000
#define NS_PER_MS 1e6

/* "2026-01-31T12:00:00.123456Z" */
static char *
time_text (guint64 wall_ns)
{
  guint64 wall_us = wall_ns / NS_PER_US;
  g_autoptr (GDateTime) whole = g_date_time_new_from_unix_utc ((gint64) (wall_us / US_PER_S));
  g_autofree char *text = g_date_time_format (whole, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06" G_GUINT64_FORMAT "Z", text, wall_us % US_PER_S);
}

static void
add_thread (JsonBuilder *builder, const VrContractThread *thread,
            const VrDecideThreadResult *result)
{
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", thread->name);
  vr_json_add_string (builder, "policy", vr_policy_name (thread->grant.policy));
  vr_json_add_number (builder, "runtime_ns",
                      vr_calibrate_runtime_ns (&thread->grant, result->share));
  vr_json_add_number (builder, "period_ns", thread->grant.period_ns);
  vr_json_add_number (builder, "gap_ns", vr_contract_gap_ns (thread, result->share));
  vr_json_add_double (builder, "share", result->share);
  vr_json_add_double (builder, "before", result->before);
  vr_json_add_double (builder, "wanted", result->wanted);
  vr_json_add_double (builder, "used", MAX (result->used, 0));
  vr_json_add_double (builder, "correction", result->correction);
  vr_json_add_string (builder, "reason", vr_decide_reason_id (result->reason));
  json_builder_end_object (builder);
}

static void
add_threads (JsonBuilder *builder, const VrControlStep *step, guint tenant)
{
  const GPtrArray *threads = step->holding->contract->threads;
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_array (builder);
  for (guint i = 0; i < threads->len; i++) {
    const VrContractThread *thread = threads->pdata[i];
    if (thread->tenant == tenant)
      add_thread (builder, thread, &step->results[tenant].threads[thread->number]);
  }
  json_builder_end_array (builder);
}

static void
add_problems (JsonBuilder *builder, guint problems)
{
  json_builder_set_member_name (builder, "problems");
  json_builder_begin_array (builder);
  for (guint i = 0; i < VR_DECIDE_PROBLEMS; i++)
    if (problems & (1u << i))
      json_builder_add_string_value (builder, vr_decide_problem_id (i));
  json_builder_end_array (builder);
}

static void
add_tenant (JsonBuilder *builder, const VrControlStep *step, guint index)
{
  const VrDecideTenant *tenant
      = &g_array_index (step->holding->contract->tenants, VrDecideTenant, index);
  const VrDecideResult *result = &step->results[index];
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", tenant->name);
  vr_json_add_double (builder, "rate_pps", tenant->rate_pps);
  vr_json_add_double (builder, "guarantee_pps", tenant->guarantee_pps);
  vr_json_add_double (builder, "limit_pps", tenant->limit_pps);
  vr_json_add_boolean (builder, "seen", result->is_seen);
  vr_json_add_double (builder, "arrived_pps", result->arrived_pps);
  vr_json_add_double (builder, "forwarded_pps", result->forwarded_pps);
  vr_json_add_double (builder, "lost_pps", result->lost_pps);
  vr_json_add_double (builder, "offered_filtered_pps", result->offered_filtered_pps);
  vr_json_add_double (builder, "forwarded_filtered_pps", result->forwarded_filtered_pps);
  vr_json_add_double (builder, "target_pps", result->target_pps);
  vr_json_add_double (builder, "granted_pps", result->granted_pps);
  add_problems (builder, result->problems);
  add_threads (builder, step, index);
  json_builder_end_object (builder);
}

static void
add_events (JsonBuilder *builder, const GPtrArray *events)
{
  json_builder_set_member_name (builder, "events");
  json_builder_begin_array (builder);
  for (guint i = 0; i < events->len; i++)
    json_builder_add_string_value (builder, events->pdata[i]);
  json_builder_end_array (builder);
}

char *
vr_control_log_line (const VrControlStep *step)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *time = time_text (step->wall_ns);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", VR_CONTROL_SCHEMA);
  vr_json_add_string (builder, "lab", step->holding->lab->name);
  vr_json_add_string (builder, "time", time);
  vr_json_add_number (builder, "time_ns", step->time_ns);
  vr_json_add_number (builder, "period_ns", step->period_ns);
  vr_json_add_number (builder, "step", step->number);
  json_builder_set_member_name (builder, "tenants");
  json_builder_begin_array (builder);
  for (guint i = 0; i < step->holding->contract->tenants->len; i++)
    add_tenant (builder, step, i);
  json_builder_end_array (builder);
  vr_control_log_add_routers (builder, step);
  vr_json_add_number (builder, "changes", step->changes);
  vr_json_add_number (builder, "apply_ns", step->apply_ns);
  vr_json_add_string (builder, "error", step->error);
  add_events (builder, step->events);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

char *
vr_control_log_table (const VrControlStep *step)
{
  const VrContract *contract = step->holding->contract;
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    const VrDecideResult *result = &step->results[thread->tenant];
    const VrDecideThreadResult *own = &result->threads[thread->number];
    guint64 runtime_ns = vr_calibrate_runtime_ns (&thread->grant, own->share);
    g_autofree char *runtime = vr_unit_print_duration (runtime_ns);
    g_autofree char *period = vr_unit_print_duration (thread->grant.period_ns);
    g_string_append_printf (
        text,
        "%stenant %s: %.0f packets a second of %.0f: %s %s %s/%s %s, %.1f %% of a CPU, adds up to "
        "%.1f ms to a packet's latency",
        i > 0 ? "\n" : "", g_array_index (contract->tenants, VrDecideTenant, thread->tenant).name,
        result->granted_pps, result->target_pps, thread->name,
        vr_policy_name (thread->grant.policy), runtime, period, thread->thread->cpus,
        own->share * 100, (double) vr_contract_gap_ns (thread, own->share) / NS_PER_MS);
  }
  vr_control_log_add_lines (text, step);
  return g_string_free (text, FALSE);
}
