/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-top.h"

#include <math.h>

#include "base/vr-json.h"

/* What is not known is null. */
static void
add_rate (JsonBuilder *builder, const char *name, gboolean is_known, double value)
{
  vr_json_add_double (builder, name, is_known ? value : NAN);
}

static void
add_rows (JsonBuilder *builder, const char *name, const GArray *rows, gboolean are_tenants)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++) {
    const VrTopRow *row = &g_array_index (rows, VrTopRow, i);
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "name", row->name);
    if (are_tenants)
      vr_json_add_number (builder, "rate_pps", row->rate_pps);
    vr_json_add_number (builder, "guests", row->guests);
    vr_json_add_number (builder, "absent", row->absent);
    add_rate (builder, "offered_pps", row->is_known, row->offered_pps);
    add_rate (builder, "forwarded_pps", row->is_known, row->forwarded_pps);
    add_rate (builder, "lost_pps", row->is_known, row->lost_pps);
    vr_json_add_double (builder, "reserved", row->reserved);
    add_rate (builder, "use", row->is_known, row->use);
    vr_json_add_number (builder, "cores", row->cores);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_threads (JsonBuilder *builder, const GArray *threads)
{
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_array (builder);
  for (guint i = 0; i < threads->len; i++) {
    const VrTopThread *thread = &g_array_index (threads, VrTopThread, i);
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "router", thread->rate.router);
    vr_json_add_string (builder, "selector", thread->rate.selector);
    vr_json_add_string (builder, "ports", thread->rate.ports);
    vr_json_add_number (builder, "tid", (guint64) thread->rate.tid);
    vr_json_add_number (builder, "last_cpu", thread->rate.last_cpu);
    vr_json_add_string (builder, "policy", thread->policy);
    vr_json_add_double (builder, "reserved", thread->reserved);
    add_rate (builder, "use", thread->rate.is_known, thread->rate.use);
    add_rate (builder, "wait", thread->rate.is_known, thread->rate.wait);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_queues (JsonBuilder *builder, const GArray *ports)
{
  json_builder_set_member_name (builder, "queues");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ports->len; i++) {
    const VrPortRate *port = &g_array_index (ports, VrPortRate, i);
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "router", port->router);
    vr_json_add_string (builder, "port", port->port);
    vr_json_add_number (builder, "queue_length", port->queue_length);
    add_rate (builder, "arrived_pps", port->is_known, port->arrived_pps);
    add_rate (builder, "lost_pps", port->is_known, port->lost_pps);
    add_rate (builder, "sent_pps", port->is_known, port->sent_pps);
    add_rate (builder, "unsent_pps", port->is_known, port->unsent_pps);
    add_rate (builder, "arrived_bps", port->is_known, port->arrived_bps);
    add_rate (builder, "sent_bps", port->is_known, port->sent_bps);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_cpus (JsonBuilder *builder, const GArray *cpus)
{
  static const char *const names[VR_CPU_KINDS] = {
    [VR_CPU_USER] = "user",       [VR_CPU_SYSTEM] = "system", [VR_CPU_IRQ] = "irq",
    [VR_CPU_SOFTIRQ] = "softirq", [VR_CPU_GUEST] = "guest",   [VR_CPU_STEAL] = "steal",
    [VR_CPU_IDLE] = "idle",
  };
  json_builder_set_member_name (builder, "cpus");
  json_builder_begin_array (builder);
  for (guint i = 0; i < cpus->len; i++) {
    const VrCpuRate *cpu = &g_array_index (cpus, VrCpuRate, i);
    json_builder_begin_object (builder);
    vr_json_add_number (builder, "cpu", cpu->id);
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++)
      vr_json_add_double (builder, names[kind], cpu->share[kind]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

char *
vr_top_json (const VrTop *top)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.top/1");
  vr_json_add_string (builder, "lab", top->lab->name);
  vr_json_add_double (builder, "seconds", top->rates->seconds);
  add_rows (builder, "tenants", top->tenants, TRUE);
  add_rows (builder, "routers", top->routers, FALSE);
  add_threads (builder, top->threads);
  add_queues (builder, top->rates->ports);
  add_cpus (builder, top->rates->cpus);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}
