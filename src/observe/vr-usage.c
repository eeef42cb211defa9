/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-usage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "host/vr-root.h"

#define NS_PER_S 1000000000ull

static const char *const kind_names[VR_CPU_KINDS] = {
  [VR_CPU_USER] = "user_ns",       [VR_CPU_SYSTEM] = "system_ns", [VR_CPU_IRQ] = "irq_ns",
  [VR_CPU_SOFTIRQ] = "softirq_ns", [VR_CPU_GUEST] = "guest_ns",   [VR_CPU_STEAL] = "steal_ns",
  [VR_CPU_IDLE] = "idle_ns",
};

/* The columns of /proc/stat. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, GUEST, GUEST_NICE, COLUMNS };

static gboolean
parse_line (const char *line, guint64 ticks_per_s, VrCpuTime *cpu)
{
  guint64 ticks[COLUMNS] = { 0 };
  char *rest;
  if (!g_str_has_prefix (line, "cpu") || !g_ascii_isdigit (line[3]))
    return FALSE;
  *cpu = (VrCpuTime){ .id = (guint) g_ascii_strtoull (line + 3, &rest, 10) };
  for (guint i = 0; i < COLUMNS; i++)
    ticks[i] = g_ascii_strtoull (rest, &rest, 10);
  guint64 guest = ticks[GUEST] + ticks[GUEST_NICE], user = ticks[USER] + ticks[NICE];
  guint64 kinds[VR_CPU_KINDS] = { [VR_CPU_USER] = user - MIN (guest, user),
                                  [VR_CPU_SYSTEM] = ticks[SYSTEM],
                                  [VR_CPU_IRQ] = ticks[IRQ],
                                  [VR_CPU_SOFTIRQ] = ticks[SOFTIRQ],
                                  [VR_CPU_GUEST] = guest,
                                  [VR_CPU_STEAL] = ticks[STEAL],
                                  [VR_CPU_IDLE] = ticks[IDLE] + ticks[IOWAIT] };
  for (guint i = 0; i < VR_CPU_KINDS; i++)
    cpu->time_ns[i] = kinds[i] * (NS_PER_S / ticks_per_s);
  return TRUE;
}

GArray *
vr_usage_parse_cpus (const char *stat, guint64 ticks_per_s)
{
  GArray *cpus = g_array_new (FALSE, FALSE, sizeof (VrCpuTime));
  g_auto (GStrv) lines = g_strsplit (stat, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    VrCpuTime cpu;
    if (parse_line (*line, ticks_per_s, &cpu))
      g_array_append_val (cpus, cpu);
  }
  return cpus;
}

void
vr_usage_clear (VrUsage *usage)
{
  g_clear_pointer (&usage->cpus, g_array_unref);
  g_clear_pointer (&usage->threads, g_ptr_array_unref);
}

GArray *
vr_usage_read_cpus (const char *root_dir, GError **error)
{
  g_autofree char *stat = vr_root_text (root_dir, "proc/stat");
  if (stat != NULL)
    return vr_usage_parse_cpus (stat, (guint64) sysconf (_SC_CLK_TCK));
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read CPU times in %s/proc/stat", root_dir);
  return NULL;
}

gboolean
vr_usage_read (const char *root_dir, const VrLab *lab, VrVirt *virt, VrUsage *usage, GError **error)
{
  g_autoptr (GArray) cpus = vr_usage_read_cpus (root_dir, error);
  if (cpus == NULL)
    return FALSE;
  g_autoptr (GPtrArray) threads
      = virt != NULL ? vr_threads_read (lab, virt, error) : g_ptr_array_new ();
  if (threads == NULL)
    return FALSE;
  usage->threads = g_steal_pointer (&threads);
  usage->cpus = g_steal_pointer (&cpus);
  return TRUE;
}

static const VrCpuTime *
find_cpu (const GArray *cpus, guint id)
{
  for (guint i = 0; i < cpus->len; i++)
    if (g_array_index (cpus, VrCpuTime, i).id == id)
      return &g_array_index (cpus, VrCpuTime, i);
  return NULL;
}

static const VrThreadStatus *
find_thread (const GPtrArray *threads, pid_t tid)
{
  for (guint i = 0; i < threads->len; i++)
    if (((const VrThreadStatus *) threads->pdata[i])->task.tid == tid)
      return threads->pdata[i];
  return NULL;
}

void
vr_usage_subtract_cpus (GArray *cpus, const GArray *now)
{
  for (guint i = cpus->len; i-- > 0;) {
    VrCpuTime *cpu = &g_array_index (cpus, VrCpuTime, i);
    const VrCpuTime *later = find_cpu (now, cpu->id);
    if (later == NULL) {
      g_array_remove_index (cpus, i);
      continue;
    }
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++)
      cpu->time_ns[kind] = later->time_ns[kind] - MIN (later->time_ns[kind], cpu->time_ns[kind]);
  }
}

void
vr_usage_subtract (VrUsage *after, const VrUsage *before)
{
  for (guint i = after->cpus->len; i-- > 0;) {
    VrCpuTime *cpu = &g_array_index (after->cpus, VrCpuTime, i);
    const VrCpuTime *old = find_cpu (before->cpus, cpu->id);
    if (old == NULL) {
      g_array_remove_index (after->cpus, i);
      continue;
    }
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++)
      cpu->time_ns[kind] -= MIN (old->time_ns[kind], cpu->time_ns[kind]);
  }
  for (guint i = after->threads->len; i-- > 0;) {
    VrThreadStatus *thread = after->threads->pdata[i];
    const VrThreadStatus *old = find_thread (before->threads, thread->task.tid);
    if (old == NULL)
      g_ptr_array_remove_index (after->threads, i);
    else
      thread->cpu_time_ns -= MIN (old->cpu_time_ns, thread->cpu_time_ns);
  }
}

void
vr_usage_add_cpus_json (JsonBuilder *builder, const GArray *cpus)
{
  json_builder_set_member_name (builder, "cpu");
  json_builder_begin_array (builder);
  for (guint i = 0; i < cpus->len; i++) {
    const VrCpuTime *cpu = &g_array_index (cpus, VrCpuTime, i);
    json_builder_begin_object (builder);
    vr_json_add_number (builder, "cpu", cpu->id);
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++)
      vr_json_add_number (builder, kind_names[kind], cpu->time_ns[kind]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
vr_usage_add_json (JsonBuilder *builder, const VrUsage *usage)
{
  vr_usage_add_cpus_json (builder, usage->cpus);
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_array (builder);
  for (guint i = 0; i < usage->threads->len; i++) {
    const VrThreadStatus *thread = usage->threads->pdata[i];
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "router", thread->router);
    vr_json_add_string (builder, "selector", thread->selector);
    vr_json_add_string (builder, "name", thread->task.name);
    vr_json_add_number (builder, "tid", (guint64) thread->task.tid);
    vr_json_add_number (builder, "cpu_time_ns", thread->cpu_time_ns);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}
