/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads for people and programs to read. */
#include "observe/vr-threads.h"

#include <sched.h>

#include "base/vr-json.h"
#include "base/vr-unit.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

const char *
vr_proof_name (VrProof proof)
{
  static const char *const names[] = { "unasked", "unclear", "confirmed", "refuted" };
  return names[proof];
}

static char *
print_quota (guint64 quota_ns, guint64 quota_period_ns)
{
  g_autofree char *runtime = vr_unit_print_duration (quota_ns);
  g_autofree char *period = vr_unit_print_duration (quota_period_ns);
  return g_strdup_printf ("quota %s/%s", runtime, period);
}

char *
vr_threads_print_policy (const VrSched *sched, guint64 quota_ns, guint64 quota_period_ns)
{
  const char *policy = vr_sched_policy_name (sched->policy);
  if (quota_ns > 0 && quota_period_ns > 0)
    return print_quota (quota_ns, quota_period_ns);
  if (sched->policy == SCHED_FIFO || sched->policy == SCHED_RR)
    return g_strdup_printf ("%s %u", policy, sched->priority);
  if (sched->policy == SCHED_OTHER && sched->nice != 0)
    return g_strdup_printf ("%s %d", policy, sched->nice);
  if (sched->policy != SCHED_DEADLINE)
    return g_strdup (policy != NULL ? policy : "unknown");
  g_autofree char *runtime = vr_unit_print_duration (sched->runtime_ns);
  g_autofree char *deadline = vr_unit_print_duration (sched->deadline_ns);
  g_autofree char *period = vr_unit_print_duration (sched->period_ns);
  if (sched->deadline_ns == sched->period_ns)
    return g_strdup_printf ("%s %s/%s", policy, runtime, period);
  return g_strdup_printf ("%s %s/%s/%s", policy, runtime, deadline, period);
}

void
vr_thread_status_add_json (const VrThreadStatus *thread, JsonBuilder *builder)
{
  const VrSched *sched = &thread->sched;
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "router", thread->router);
  vr_json_add_string (builder, "role", vr_task_role_name (thread->task.role));
  vr_json_add_number (builder, "index", thread->task.index);
  vr_json_add_string (builder, "selector", thread->selector);
  vr_json_add_string (builder, "ports", thread->ports);
  vr_json_add_boolean (builder, "moves_packets", *thread->ports != '\0');
  vr_json_add_string (builder, "proof", vr_proof_name (thread->proof));
  vr_json_add_number (builder, "tid", (guint64) thread->task.tid);
  vr_json_add_string (builder, "name", thread->task.name);
  vr_json_add_string (builder, "cpus", thread->cpus);
  vr_json_add_number (builder, "last_cpu", thread->last_cpu);
  vr_json_add_string (builder, "policy", vr_sched_policy_name (sched->policy));
  json_builder_set_member_name (builder, "nice");
  json_builder_add_int_value (builder, sched->nice);
  vr_json_add_number (builder, "priority", sched->priority);
  vr_json_add_number (builder, "runtime_ns", sched->runtime_ns);
  vr_json_add_number (builder, "deadline_ns", sched->deadline_ns);
  vr_json_add_number (builder, "period_ns", sched->period_ns);
  vr_json_add_number (builder, "quota_ns", thread->quota_ns);
  vr_json_add_number (builder, "quota_period_ns", thread->quota_period_ns);
  vr_json_add_string (builder, "cgroup", thread->cgroup);
  vr_json_add_string (builder, "cpu_cgroup", thread->cpu_cgroup);
  vr_json_add_string (builder, "root_domain", thread->root_domain);
  vr_json_add_number (builder, "cpu_time_ns", thread->cpu_time_ns);
  vr_json_add_boolean (builder, "scheduled", thread->fit != VR_FIT_FREE);
  vr_json_add_boolean (builder, "as_wanted", thread->fit != VR_FIT_DRIFTED);
  vr_json_add_string (builder, "drift", thread->drift);
  json_builder_end_object (builder);
}
