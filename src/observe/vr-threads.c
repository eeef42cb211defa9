/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-threads.h"

#include <stdio.h>
#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-name.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-ovs.h"
#include "sys/vr-quota.h"

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

static gboolean
overlap (const GArray *a, const GArray *b)
{
  for (guint i = 0; a != NULL && i < a->len; i++)
    if (vr_cpu_list_has (b, g_array_index (a, guint, i)))
      return TRUE;
  return FALSE;
}

/* Of version 1, balanced groups that overlap are one domain (generate_sched_domains, cpuset.c). */
static char *
read_joined (const VrCgroup *group, const char *file)
{
  g_autofree char *above = g_path_get_dirname (group->path);
  VrCgroup parent = { "cpuset", above };
  g_auto (GStrv) names = vr_cgroup_children (&parent);
  char *joined = vr_cgroup_read (group, file, NULL);
  for (char **name = names; joined != NULL && *name != NULL; name++) {
    g_autofree char *path = g_build_filename (above, *name, NULL);
    VrCgroup other = { "cpuset", path };
    g_autofree char *text = vr_cgroup_read (&other, file, NULL);
    g_autoptr (GArray) mine = vr_cpu_list_parse (joined);
    g_autoptr (GArray) theirs = text != NULL ? vr_cpu_list_parse (text) : NULL;
    if (!overlap (mine, theirs) || !file_says (&other, "cpuset.sched_load_balance", "1"))
      continue;
    g_autofree char *both = g_strconcat (joined, ",", text, NULL);
    g_autoptr (GArray) cpus = vr_cpu_list_parse (both);
    g_free (joined);
    joined = vr_cpu_list_print (cpus);
  }
  return joined;
}

static char *
read_root_domain (const char *path)
{
  gboolean first = vr_cgroup_version ("cpuset") == 1;
  const char *file = first ? "cpuset.effective_cpus" : "cpuset.cpus.effective";
  g_autofree char *at = g_strdup (path);
  VrCgroup group = { "cpuset", at };
  while (strcmp (at, "/") != 0 && !is_domain (&group)) {
    char *parent = g_path_get_dirname (at);
    g_free (at);
    at = parent;
    group.path = at;
  }
  char *cpus = first && strcmp (at, "/") != 0 ? read_joined (&group, file)
                                              : vr_cgroup_read (&group, file, NULL);
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

static void
append_port (GString *text, const char *port)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", port);
}

/* The ports of the router whose packets QEMU's main loop moves, with commas between. */
static char *
ports_of_main_loop (const VrLab *lab, const VrRouter *router)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    if (vr_interface_workers (lab, interface) > 0)
      append_port (text, interface->port);
  }
  return g_string_free (text, FALSE);
}

/* Workers are in the order of the guest's cards and their queues; without them the main loop moves
 * all packets. */
static char *
ports_of (const VrTask *task, const VrLab *lab, const VrRouter *router, const GArray *tasks)
{
  guint queue;
  const VrInterface *interface = task->role == VR_TASK_VHOST
                                     ? vr_router_worker (lab, router, task->index, &queue)
                                     : NULL;
  if (interface != NULL)
    return g_strdup (interface->port);
  if (task->role == VR_TASK_EMULATOR && !has_workers (tasks))
    return ports_of_main_loop (lab, router);
  return g_strdup ("");
}

static char *
selector_of (const VrTask *task, const VrLab *lab, const VrRouter *router)
{
  const VrInterface *interface;
  guint queue;
  switch (task->role) {
  case VR_TASK_VCPU:
  case VR_TASK_IOTHREAD:
    return g_strdup_printf ("%s.%u", vr_task_role_name (task->role), task->index);
  case VR_TASK_VHOST:
    interface = vr_router_worker (lab, router, task->index, &queue);
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
    thread->ports = ports_of (&thread->task, lab, router, tasks);
    thread->selector = selector_of (&thread->task, lab, router);
    g_ptr_array_add (threads, g_steal_pointer (&thread));
  }
  return TRUE;
}

/* --- The switch's --------------------------------------------------------------------------------
 */

static void
take_port (GHashTable *names, const VrPort *port, const char *ifname)
{
  g_hash_table_insert (names, g_strdup (ifname), port->name);
}

/* What the switch calls its ports that are the lab's (owned) → the port's name. */
static GHashTable *
polled_ports (const VrLab *lab)
{
  char ifname[VR_IFNAME_SIZE];
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *port = lab->ports->pdata[i];
    if (port->attach == VR_ATTACH_VHOST_USER && !vr_port_is_internal (port))
      take_port (names, port,
                 vr_port_is_of_host (port)
                     ? port->device
                     : vr_name_ifname (lab->name, "port", port->name, ifname));
  }
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    for (guint k = 0; k < router->interfaces->len; k++) {
      const VrPort *port
          = vr_lab_port (lab, ((const VrInterface *) router->interfaces->pdata[k])->port);
      g_autofree char *path
          = g_strconcat (vr_router_interface_owner (router, port->name), "/", port->name, NULL);
      if (port->attach == VR_ATTACH_VHOST_USER)
        take_port (names, port, vr_name_ifname (lab->name, "nic", path, ifname));
    }
  }
  return names;
}

/* Those of the lab that it polls, in the lab's order, with commas between. */
static char *
ports_of_poller (const VrOvsPoller *poller, const VrLab *lab, GHashTable *names)
{
  g_autoptr (GHashTable) polled = g_hash_table_new (g_str_hash, g_str_equal);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < poller->ports->len; i++) {
    gpointer name = g_hash_table_lookup (names, poller->ports->pdata[i]);
    if (name != NULL)
      g_hash_table_add (polled, name);
  }
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *port = lab->ports->pdata[i];
    if (g_hash_table_contains (polled, port->name))
      append_port (text, port->name);
  }
  return g_string_free (text, FALSE);
}

/* The one that is on the CPU; NULL where there is none, or more than one. */
static const VrTask *
only_task (const GArray *tasks, guint cpu)
{
  const VrTask *found = NULL;
  for (guint i = 0; i < tasks->len; i++) {
    const VrTask *task = &g_array_index (tasks, VrTask, i);
    if (task->index != cpu)
      continue;
    if (found != NULL)
      return NULL;
    found = task;
  }
  return found;
}

static void
add_pollers (GPtrArray *threads, const VrLab *lab)
{
  g_autoptr (GHashTable) names = polled_ports (lab);
  g_autoptr (GPtrArray) pollers = g_hash_table_size (names) > 0 ? vr_ovs_pollers (NULL) : NULL;
  g_autoptr (GArray) tasks = pollers != NULL ? vr_task_pollers () : NULL;
  for (guint i = 0; tasks != NULL && i < pollers->len; i++) {
    const VrOvsPoller *poller = pollers->pdata[i];
    const VrTask *task = only_task (tasks, poller->cpu);
    g_autofree char *ports = ports_of_poller (poller, lab, names);
    g_autoptr (VrThreadStatus) thread = g_new0 (VrThreadStatus, 1);
    if (task == NULL || *ports == '\0')
      continue;
    thread->task = *task;
    if (!read_thread (thread))
      continue;
    thread->router = g_strdup ("");
    thread->ports = g_steal_pointer (&ports);
    thread->selector = g_strdup_printf ("%s.%u", vr_task_role_name (VR_TASK_PMD), task->index);
    g_ptr_array_add (threads, g_steal_pointer (&thread));
  }
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
  add_pollers (threads, lab);
  return g_steal_pointer (&threads);
}
