/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-rates.h"

#include <string.h>

#define NS_PER_S 1e9
#define BITS 8.0

static GArray *
emptied (GArray **array, guint size)
{
  if (*array == NULL)
    *array = g_array_new (FALSE, TRUE, size);
  return g_array_set_size (*array, 0);
}

/* --- The same of before -------------------------------------------------------------------------
 */

/* As a rule it is at the same place. */
static const VrSnapshotPort *
port_before (const GArray *ports, const VrSnapshotPort *now, guint hint)
{
  for (guint i = 0; i < ports->len; i++) {
    const VrSnapshotPort *port = &g_array_index (ports, VrSnapshotPort, (hint + i) % ports->len);
    if (strcmp (port->router, now->router) == 0 && strcmp (port->port, now->port) == 0)
      return port;
  }
  return NULL;
}

static const VrSnapshotThread *
thread_before (const GArray *threads, const VrSnapshotThread *now, guint hint)
{
  for (guint i = 0; i < threads->len; i++) {
    const VrSnapshotThread *thread
        = &g_array_index (threads, VrSnapshotThread, (hint + i) % threads->len);
    if (thread->tid == now->tid && strcmp (thread->router, now->router) == 0)
      return thread;
  }
  return NULL;
}

static const VrCpuTime *
cpu_before (const GArray *cpus, guint id, guint hint)
{
  for (guint i = 0; i < cpus->len; i++) {
    const VrCpuTime *cpu = &g_array_index (cpus, VrCpuTime, (hint + i) % cpus->len);
    if (cpu->id == id)
      return cpu;
  }
  return NULL;
}

/* --- Differences --------------------------------------------------------------------------------
 */

static gboolean
went_back (const VrSnapshotPort *before, const VrSnapshotPort *after)
{
  return after->arrived_packets < before->arrived_packets
         || after->lost_packets < before->lost_packets || after->sent_packets < before->sent_packets
         || after->arrived_bytes < before->arrived_bytes || after->sent_bytes < before->sent_bytes
         || after->unsent_packets < before->unsent_packets;
}

static VrPortRate
port_rate (const VrSnapshotPort *before, const VrSnapshotPort *after, double seconds)
{
  VrPortRate rate = { .router = after->router,
                      .port = after->port,
                      .queue_length = after->queue_length,
                      .is_known = seconds > 0 && before != NULL && before->is_there
                                  && after->is_there && !went_back (before, after) };
  if (!rate.is_known)
    return rate;
  rate.arrived_pps = (double) (after->arrived_packets - before->arrived_packets) / seconds;
  rate.lost_pps = (double) (after->lost_packets - before->lost_packets) / seconds;
  rate.sent_pps = (double) (after->sent_packets - before->sent_packets) / seconds;
  rate.unsent_pps = (double) (after->unsent_packets - before->unsent_packets) / seconds;
  rate.arrived_bps = BITS * (double) (after->arrived_bytes - before->arrived_bytes) / seconds;
  rate.sent_bps = BITS * (double) (after->sent_bytes - before->sent_bytes) / seconds;
  return rate;
}

static VrThreadRate
thread_rate (const VrSnapshotThread *before, const VrSnapshotThread *after, double seconds)
{
  VrThreadRate rate = { .router = after->router,
                        .selector = after->selector,
                        .ports = after->ports,
                        .role = after->role,
                        .tid = after->tid,
                        .sched = after->sched,
                        .quota_ns = after->quota_ns,
                        .quota_period_ns = after->quota_period_ns,
                        .last_cpu = after->last_cpu,
                        .is_known = seconds > 0 && before != NULL && before->is_there
                                    && after->is_there && after->cpu_time_ns >= before->cpu_time_ns
                                    && after->wait_time_ns >= before->wait_time_ns };
  if (!rate.is_known)
    return rate;
  rate.use = (double) (after->cpu_time_ns - before->cpu_time_ns) / NS_PER_S / seconds;
  rate.wait = (double) (after->wait_time_ns - before->wait_time_ns) / NS_PER_S / seconds;
  return rate;
}

/* Shares of what was counted, and not of the time that passed: both are off by a tick. A kind may
 * go back by itself (idle does, Documentation/filesystems/proc.rst). */
static VrCpuRate
cpu_rate (const VrCpuTime *before, const VrCpuTime *after)
{
  VrCpuRate rate = { .id = after->id };
  guint64 spent[VR_CPU_KINDS] = { 0 }, sum = 0;
  for (guint i = 0; before != NULL && i < VR_CPU_KINDS; i++) {
    spent[i] = after->time_ns[i] - MIN (before->time_ns[i], after->time_ns[i]);
    sum += spent[i];
  }
  for (guint i = 0; sum > 0 && i < VR_CPU_KINDS; i++)
    rate.share[i] = (double) spent[i] / (double) sum;
  return rate;
}

void
vr_rates_between (const VrSnapshot *before, const VrSnapshot *after, VrRates *rates)
{
  double seconds = (double) (after->time_ns - before->time_ns) / NS_PER_S;
  rates->seconds = MAX (seconds, 0);
  emptied (&rates->ports, sizeof (VrPortRate));
  emptied (&rates->threads, sizeof (VrThreadRate));
  emptied (&rates->cpus, sizeof (VrCpuRate));
  for (guint i = 0; i < after->ports->len; i++) {
    const VrSnapshotPort *now = &g_array_index (after->ports, VrSnapshotPort, i);
    VrPortRate rate = port_rate (port_before (before->ports, now, i), now, seconds);
    g_array_append_val (rates->ports, rate);
  }
  for (guint i = 0; i < after->threads->len; i++) {
    const VrSnapshotThread *now = &g_array_index (after->threads, VrSnapshotThread, i);
    VrThreadRate rate = thread_rate (thread_before (before->threads, now, i), now, seconds);
    g_array_append_val (rates->threads, rate);
  }
  for (guint i = 0; i < after->cpus->len; i++) {
    const VrCpuTime *now = &g_array_index (after->cpus, VrCpuTime, i);
    VrCpuRate rate = cpu_rate (cpu_before (before->cpus, now->id, i), now);
    g_array_append_val (rates->cpus, rate);
  }
}

void
vr_rates_clear (VrRates *rates)
{
  g_clear_pointer (&rates->ports, g_array_unref);
  g_clear_pointer (&rates->threads, g_array_unref);
  g_clear_pointer (&rates->cpus, g_array_unref);
}
