/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-metrics.h"

#include <sched.h>

#include "control/vr-metrics-internal.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
#define NS_PER_S 1e9

/* What all samples of one metric stand below. */
void
vr_metrics_begin (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* With a point in every locale, and no digit lost. */
void
vr_metrics_add_value (GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (text, " %s\n", g_ascii_dtostr (number, sizeof number, value));
}

/* A label's value: backslash, quote and line feed are escaped. */
void
vr_metrics_add_label (GString *text, const char *separator, const char *name, const char *value)
{
  g_string_append_printf (text, "%s%s=\"", separator, name);
  for (const char *at = value; *at != '\0'; at++)
    if (*at == '\n')
      g_string_append (text, "\\n");
    else if (*at == '\\' || *at == '"')
      g_string_append_printf (text, "\\%c", *at);
    else
      g_string_append_c (text, *at);
  g_string_append_c (text, '"');
}

/* --- Interfaces ---------------------------------------------------------------------------------
 */

typedef struct {
  const char *name, *type, *help;
  gsize offset; /* of a guint64 in VrSnapshotPort */
} PortMetric;

static const PortMetric port_metrics[] = {
  { "vrkit_port_arrived_packets_total", "counter",
    "Packets that arrived before a router's interface, with those lost there.",
    G_STRUCT_OFFSET (VrSnapshotPort, arrived_packets) },
  { "vrkit_port_arrived_bytes_total", "counter", "Bytes of them, without FCS.",
    G_STRUCT_OFFSET (VrSnapshotPort, arrived_bytes) },
  { "vrkit_port_lost_packets_total", "counter",
    "Packets that the queue before a router's interface had no room for.",
    G_STRUCT_OFFSET (VrSnapshotPort, lost_packets) },
  { "vrkit_port_sent_packets_total", "counter", "Packets that a router's interface sent.",
    G_STRUCT_OFFSET (VrSnapshotPort, sent_packets) },
  { "vrkit_port_sent_bytes_total", "counter", "Bytes of them, without FCS.",
    G_STRUCT_OFFSET (VrSnapshotPort, sent_bytes) },
  { "vrkit_port_unsent_packets_total", "counter",
    "Packets that a router sent and that were dropped behind it.",
    G_STRUCT_OFFSET (VrSnapshotPort, unsent_packets) },
};

static void
begin_port_sample (GString *text, const char *name, const char *lab, const VrSnapshotPort *port)
{
  g_string_append (text, name);
  vr_metrics_add_label (text, "{", "lab", lab);
  vr_metrics_add_label (text, ",", "router", port->router);
  vr_metrics_add_label (text, ",", "port", port->port);
  g_string_append_c (text, '}');
}

static void
add_ports (GString *text, const char *lab, const GArray *ports)
{
  static const char queue[] = "vrkit_port_queue_packets";
  for (guint i = 0; i < G_N_ELEMENTS (port_metrics); i++) {
    const PortMetric *metric = &port_metrics[i];
    vr_metrics_begin (text, metric->name, metric->type, metric->help);
    for (guint k = 0; k < ports->len; k++) {
      const VrSnapshotPort *port = &g_array_index (ports, VrSnapshotPort, k);
      if (!port->is_there)
        continue;
      begin_port_sample (text, metric->name, lab, port);
      g_string_append_printf (text, " %" G_GUINT64_FORMAT "\n",
                              G_STRUCT_MEMBER (guint64, port, metric->offset));
    }
  }
  vr_metrics_begin (text, queue, "gauge",
                    "Packets that the queue before a guest's interface holds at most.");
  for (guint k = 0; k < ports->len; k++) {
    const VrSnapshotPort *port = &g_array_index (ports, VrSnapshotPort, k);
    if (!port->is_there || port->is_native)
      continue;
    begin_port_sample (text, queue, lab, port);
    g_string_append_printf (text, " %u\n", port->queue_length);
  }
}

/* --- Threads and processors ---------------------------------------------------------------------
 */

static double
ran_s (const VrSnapshotThread *thread)
{
  return (double) thread->cpu_time_ns / NS_PER_S;
}

static double
waited_s (const VrSnapshotThread *thread)
{
  return (double) thread->wait_time_ns / NS_PER_S;
}

static double
reserved (const VrSnapshotThread *thread)
{
  if (thread->sched.policy != SCHED_DEADLINE || thread->sched.period_ns == 0)
    return 0;
  return (double) thread->sched.runtime_ns / (double) thread->sched.period_ns;
}

static const struct {
  const char *name, *type, *help;
  double (*value) (const VrSnapshotThread *thread);
} thread_metrics[] = {
  { "vrkit_thread_cpu_seconds_total", "counter", "CPU time of a guest's thread.", ran_s },
  { "vrkit_thread_wait_seconds_total", "counter",
    "Time that it was ready to run and waited for a CPU or its next budget.", waited_s },
  { "vrkit_thread_reserved_cpus", "gauge", "Of its deadline reservation, runtime to period.",
    reserved },
};

static void
add_threads (GString *text, const char *lab, const GArray *threads)
{
  for (guint i = 0; i < G_N_ELEMENTS (thread_metrics); i++) {
    const char *name = thread_metrics[i].name;
    vr_metrics_begin (text, name, thread_metrics[i].type, thread_metrics[i].help);
    for (guint k = 0; k < threads->len; k++) {
      const VrSnapshotThread *thread = &g_array_index (threads, VrSnapshotThread, k);
      if (!thread->is_there)
        continue;
      g_string_append (text, name);
      vr_metrics_add_label (text, "{", "lab", lab);
      vr_metrics_add_label (text, ",", "router", thread->router);
      vr_metrics_add_label (text, ",", "thread", thread->selector);
      g_string_append_c (text, '}');
      vr_metrics_add_value (text, thread_metrics[i].value (thread));
    }
  }
}

static void
add_cpus (GString *text, const GArray *cpus)
{
  static const char name[] = "vrkit_cpu_seconds_total";
  static const char *const kinds[VR_CPU_KINDS] = {
    [VR_CPU_USER] = "user",       [VR_CPU_SYSTEM] = "system", [VR_CPU_IRQ] = "irq",
    [VR_CPU_SOFTIRQ] = "softirq", [VR_CPU_GUEST] = "guest",   [VR_CPU_STEAL] = "steal",
    [VR_CPU_IDLE] = "idle",
  };
  vr_metrics_begin (text, name, "counter", "Time of a processor by kind, counted in ticks.");
  for (guint i = 0; i < cpus->len; i++)
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++) {
      const VrCpuTime *cpu = &g_array_index (cpus, VrCpuTime, i);
      g_string_append_printf (text, "%s{cpu=\"%u\",kind=\"%s\"}", name, cpu->id, kinds[kind]);
      vr_metrics_add_value (text, (double) cpu->time_ns[kind] / NS_PER_S);
    }
}

/* --- The controller -----------------------------------------------------------------------------
 */

typedef struct {
  const char *name, *help;
  gsize offset; /* of a double */
} Gauge;

/* In VrDecideTenant. */
static const Gauge contract_gauges[] = {
  { "vrkit_tenant_rate_pps", "A tenant's contract, packets a second.",
    G_STRUCT_OFFSET (VrDecideTenant, rate_pps) },
  { "vrkit_tenant_guarantee_pps", "What it keeps where capacity does not suffice.",
    G_STRUCT_OFFSET (VrDecideTenant, guarantee_pps) },
  { "vrkit_tenant_limit_pps", "What it may have while capacity is left.",
    G_STRUCT_OFFSET (VrDecideTenant, limit_pps) },
};

/* In VrDecideResult. */
static const Gauge rate_gauges[] = {
  { "vrkit_tenant_offered_pps", "What arrived for it, filtered.",
    G_STRUCT_OFFSET (VrDecideResult, offered_filtered_pps) },
  { "vrkit_tenant_forwarded_pps", "What was forwarded for it, filtered.",
    G_STRUCT_OFFSET (VrDecideResult, forwarded_filtered_pps) },
  { "vrkit_tenant_lost_pps", "What was lost in its queues in the last period.",
    G_STRUCT_OFFSET (VrDecideResult, lost_pps) },
  { "vrkit_tenant_target_pps", "What it is to get by its contract and what it offers.",
    G_STRUCT_OFFSET (VrDecideResult, target_pps) },
  { "vrkit_tenant_granted_pps", "What capacity leaves of that.",
    G_STRUCT_OFFSET (VrDecideResult, granted_pps) },
};

/* In VrDecideThreadResult. */
static const Gauge share_gauges[] = {
  { "vrkit_tenant_share_cpus", "What is decided for its thread, of a CPU.",
    G_STRUCT_OFFSET (VrDecideThreadResult, share) },
  { "vrkit_tenant_wanted_cpus", "The same before bounds and the largest step.",
    G_STRUCT_OFFSET (VrDecideThreadResult, wanted) },
  { "vrkit_tenant_correction", "By which the line of the thread's calibration is multiplied.",
    G_STRUCT_OFFSET (VrDecideThreadResult, correction) },
};

static void
begin_tenant_sample (GString *text, const char *name, const char *lab, const char *tenant)
{
  g_string_append (text, name);
  vr_metrics_add_label (text, "{", "lab", lab);
  vr_metrics_add_label (text, ",", "tenant", tenant);
}

/* Gauges of what lies in an array beside the tenants, elements of `size` bytes. */
static void
add_gauges (GString *text, const char *lab, const VrMetricsControl *control, const Gauge *gauges,
            guint gauges_count, gconstpointer array, gsize size)
{
  for (guint i = 0; i < gauges_count; i++) {
    vr_metrics_begin (text, gauges[i].name, "gauge", gauges[i].help);
    for (guint k = 0; k < control->count; k++) {
      const guint8 *element = (const guint8 *) array + k * size;
      begin_tenant_sample (text, gauges[i].name, lab, control->tenants[k].name);
      g_string_append_c (text, '}');
      vr_metrics_add_value (text, G_STRUCT_MEMBER (double, element, gauges[i].offset));
    }
  }
}

static void
add_shares (GString *text, const char *lab, const VrMetricsControl *control)
{
  for (guint i = 0; i < G_N_ELEMENTS (share_gauges); i++) {
    vr_metrics_begin (text, share_gauges[i].name, "gauge", share_gauges[i].help);
    for (guint k = 0; k < control->count; k++) {
      const VrDecideTenant *tenant = &control->tenants[k];
      for (guint t = 0; t < tenant->threads_count; t++) {
        const VrDecideThreadResult *thread = &control->results[k].threads[t];
        begin_tenant_sample (text, share_gauges[i].name, lab, tenant->name);
        vr_metrics_add_label (text, ",", "thread", tenant->threads[t].name);
        g_string_append_c (text, '}');
        vr_metrics_add_value (text, G_STRUCT_MEMBER (double, thread, share_gauges[i].offset));
      }
    }
  }
}

static void
add_latencies (GString *text, const char *lab, const VrMetricsControl *control)
{
  static const char name[] = "vrkit_tenant_latency_seconds";
  vr_metrics_begin (text, name, "gauge",
                    "The most that the reservation of its thread adds to a packet's latency.");
  for (guint i = 0; control->contract != NULL && i < control->contract->threads->len; i++) {
    const VrContractThread *thread = control->contract->threads->pdata[i];
    double share = control->results[thread->tenant].threads[thread->number].share;
    begin_tenant_sample (text, name, lab, control->tenants[thread->tenant].name);
    vr_metrics_add_label (text, ",", "thread", thread->name);
    g_string_append_c (text, '}');
    vr_metrics_add_value (text, (double) vr_contract_gap_ns (thread, share) / NS_PER_S);
  }
}

static void
add_problems (GString *text, const char *lab, const VrMetricsControl *control)
{
  static const char name[] = "vrkit_tenant_problem";
  vr_metrics_begin (text, name, "gauge", "1 where the controller has that problem with a tenant.");
  for (guint k = 0; k < control->count; k++)
    for (guint i = 0; i < VR_DECIDE_PROBLEMS; i++) {
      begin_tenant_sample (text, name, lab, control->tenants[k].name);
      vr_metrics_add_label (text, ",", "problem", vr_decide_problem_id (i));
      g_string_append_printf (text, "} %d\n", (control->results[k].problems >> i & 1) != 0 ? 1 : 0);
    }
}

char *
vr_metrics_text (const char *lab, const VrSnapshot *snapshot, const VrMetricsControl *control)
{
  GString *text = g_string_new (NULL);
  vr_metrics_begin (text, "vrkit_guests_absent", "gauge", "Guests of a lab that do not run.");
  g_string_append (text, "vrkit_guests_absent");
  vr_metrics_add_label (text, "{", "lab", lab);
  g_string_append_printf (text, "} %u\n", snapshot->absent);
  add_ports (text, lab, snapshot->ports);
  add_threads (text, lab, snapshot->threads);
  add_cpus (text, snapshot->cpus);
  if (control != NULL) {
    add_gauges (text, lab, control, contract_gauges, G_N_ELEMENTS (contract_gauges),
                control->tenants, sizeof *control->tenants);
    add_gauges (text, lab, control, rate_gauges, G_N_ELEMENTS (rate_gauges), control->results,
                sizeof *control->results);
    add_shares (text, lab, control);
    add_latencies (text, lab, control);
    add_problems (text, lab, control);
    vr_metrics_add_follow (text, lab, control->follow);
  }
  return g_string_free (text, FALSE);
}
