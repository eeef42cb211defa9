/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-threads.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-json.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-quota.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
/* Fields of /proc/TID/stat behind the name: state is the first, processor the 37th, proc(5). */
#define STAT_PROCESSOR 36

void
vr_thread_status_free (VrThreadStatus *thread)
{
  g_free (thread->router);
  g_free (thread->selector);
  g_free (thread->ports);
  g_free (thread->cpus);
  g_free (thread->cgroup);
  g_free (thread->cpu_cgroup);
  g_free (thread->root_domain);
  g_free (thread->drift);
  g_free (thread);
}

/* --- The kernel's answers -----------------------------------------------------------------------
 */

static char *
read_proc (pid_t tid, const char *file)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) tid, file);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

gboolean
vr_threads_cpu_time (pid_t tid, guint64 *time_ns)
{
  g_autofree char *text = read_proc (tid, "schedstat");
  return text != NULL && sscanf (text, "%" G_GUINT64_FORMAT, time_ns) == 1;
}

static gboolean
read_times (VrThreadStatus *thread)
{
  g_autofree char *stat = read_proc (thread->task.tid, "stat");
  const char *rest = stat != NULL ? g_strrstr (stat, ") ") : NULL;
  if (rest == NULL || !vr_threads_cpu_time (thread->task.tid, &thread->cpu_time_ns))
    return FALSE;
  g_auto (GStrv) fields = g_strsplit (rest + strlen (") "), " ", STAT_PROCESSOR + 2);
  guint64 cpu;
  if (g_strv_length (fields) <= STAT_PROCESSOR
      || !g_ascii_string_to_unsigned (fields[STAT_PROCESSOR], 10, 0, G_MAXUINT, &cpu, NULL))
    return FALSE;
  thread->last_cpu = (guint) cpu;
  return TRUE;
}

static gboolean
file_says (const VrCgroup *group, const char *file, const char *value)
{
  g_autofree char *text = vr_cgroup_read (group, file, NULL);
  return g_strcmp0 (text, value) == 0;
}

/* Whether the group's CPUs are a root domain: with version 2 a valid partition, of version 1 a
 * group that is balanced below ones that are not (Documentation/admin-guide/cgroup-v1/cpusets.rst).
 */
static gboolean
is_domain (const VrCgroup *group)
{
  if (vr_cgroup_version ("cpuset") == 2)
    return file_says (group, "cpuset.cpus.partition", "root")
           || file_says (group, "cpuset.cpus.partition", "isolated");
  g_autofree char *parent_path = g_path_get_dirname (group->path);
  VrCgroup parent = { "cpuset", parent_path };
  return file_says (group, "cpuset.sched_load_balance", "1")
         && file_says (&parent, "cpuset.sched_load_balance", "0");
}

static char *
read_root_domain (const char *path)
{
  const char *file
      = vr_cgroup_version ("cpuset") == 2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus";
  g_autofree char *at = g_strdup (path);
  VrCgroup group = { "cpuset", at };
  while (strcmp (at, "/") != 0 && !is_domain (&group)) {
    char *parent = g_path_get_dirname (at);
    g_free (at);
    at = parent;
    group.path = at;
  }
  char *cpus = vr_cgroup_read (&group, file, NULL);
  return cpus != NULL ? cpus : g_strdup ("");
}

static char *
read_group (pid_t tid, const char *controller)
{
  char *path = vr_cgroup_of_thread (tid, controller, NULL);
  return path != NULL ? path : g_strdup ("");
}

static void
read_quota (VrThreadStatus *thread)
{
  VrQuotaMeter meter = { 0 };
  if (vr_quota_binds (thread->sched.policy))
    vr_quota_meter_read (&meter, thread->task.tid, &thread->quota_ns, &thread->quota_period_ns);
  vr_quota_meter_clear (&meter);
}

/* FALSE where the thread has ended. */
static gboolean
read_thread (VrThreadStatus *thread)
{
  g_autoptr (GArray) cpus = vr_sched_read_cpus (thread->task.tid, NULL);
  if (cpus == NULL || !vr_sched_read (thread->task.tid, &thread->sched, NULL)
      || !read_times (thread))
    return FALSE;
  read_quota (thread);
  thread->cpus = vr_cpu_list_print (cpus);
  thread->cgroup = read_group (thread->task.tid, "cpuset");
  thread->cpu_cgroup = read_group (thread->task.tid, "cpu");
  thread->root_domain = *thread->cgroup != '\0' ? read_root_domain (thread->cgroup) : g_strdup ("");
  return TRUE;
}

/* --- What they are for --------------------------------------------------------------------------
 */

static gboolean
has_workers (const GArray *tasks)
{
  return vr_task_find (tasks, VR_TASK_VHOST, 0) != NULL;
}

/* The ports of the router, with commas between. */
static char *
all_ports (const VrRouter *router)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < router->interfaces->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "",
                            ((const VrInterface *) router->interfaces->pdata[i])->port);
  return g_string_free (text, FALSE);
}

/* Workers are in the order of the guest's cards and their queues; without them the main loop moves
 * all packets. */
static char *
ports_of (const VrTask *task, const VrRouter *router, const GArray *tasks)
{
  guint queue;
  const VrInterface *interface = task->role == VR_TASK_VHOST
                                     ? vr_router_queue (router, task->index, &queue)
                                     : NULL;
  if (interface != NULL)
    return g_strdup (interface->port);
  if (task->role == VR_TASK_EMULATOR && !has_workers (tasks))
    return all_ports (router);
  return g_strdup ("");
}

static char *
selector_of (const VrTask *task, const VrRouter *router)
{
  const VrInterface *interface;
  guint queue;
  switch (task->role) {
  case VR_TASK_VCPU:
  case VR_TASK_IOTHREAD:
    return g_strdup_printf ("%s.%u", vr_task_role_name (task->role), task->index);
  case VR_TASK_VHOST:
    interface = vr_router_queue (router, task->index, &queue);
    return interface != NULL ? g_strdup_printf ("vhost.%s.%u", interface->port, queue) : NULL;
  case VR_TASK_EMULATOR:
    return g_strdup ("emulator");
  default:
    return NULL;
  }
}

static gboolean
add_guest (GPtrArray *threads, const VrLab *lab, const VrRouter *router, VrVirt *virt,
           GError **error)
{
  g_auto (VrGuest) guest = { 0 };
  g_autofree char *domain = vr_name_domain (lab->name, router->name);
  if (!vr_virt_find (virt, domain, &guest, error))
    return FALSE;
  g_autoptr (GArray) tasks = guest.pid > 0 ? vr_task_list (guest.pid, VR_TASKS_ALL, NULL) : NULL;
  for (guint i = 0; tasks != NULL && i < tasks->len; i++) {
    g_autoptr (VrThreadStatus) thread = g_new0 (VrThreadStatus, 1);
    thread->task = g_array_index (tasks, VrTask, i);
    if (!read_thread (thread))
      continue;
    thread->router = g_strdup (router->name);
    thread->ports = ports_of (&thread->task, router, tasks);
    thread->selector = selector_of (&thread->task, router);
    g_ptr_array_add (threads, g_steal_pointer (&thread));
  }
  return TRUE;
}

GPtrArray *
vr_threads_read (const VrLab *lab, VrVirt *virt, GError **error)
{
  g_autoptr (GPtrArray) threads
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_thread_status_free);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_GUEST && !add_guest (threads, lab, router, virt, error))
      return NULL;
  }
  return g_steal_pointer (&threads);
}

const char *
vr_proof_name (VrProof proof)
{
  static const char *const names[] = { "unasked", "unclear", "confirmed", "refuted" };
  return names[proof];
}

/* --- Telling ------------------------------------------------------------------------------------
 */

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
