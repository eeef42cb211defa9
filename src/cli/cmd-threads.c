/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "base/vr-json.h"
#include "cli/vr-cli.h"
#include "lab/vr-inspect.h"
#include "observe/vr-threads.h"

static char *
json_text (const char *lab, GPtrArray *threads)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.threads/1");
  vr_json_add_string (builder, "lab", lab);
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_array (builder);
  for (guint i = 0; i < threads->len; i++)
    vr_thread_status_add_json (threads->pdata[i], builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

static const char *
fit_text (const VrThreadStatus *thread)
{
  return thread->fit == VR_FIT_FREE ? "" : thread->fit == VR_FIT_GOOD ? "as wanted" : thread->drift;
}

static char *
table_text (GPtrArray *threads)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%-12s %-16s %7s  %-15s %-22s %-8s %4s %12s  %s\n", "ROUTER",
                          "THREAD", "TID", "NAME", "POLICY", "CPUS", "LAST", "CPU TIME", "");
  for (guint i = 0; i < threads->len; i++) {
    const VrThreadStatus *thread = threads->pdata[i];
    g_autofree char *policy = vr_threads_print_sched (&thread->sched);
    g_autofree char *time = g_strdup_printf ("%.3f s", (double) thread->cpu_time_ns / 1e9);
    const char *what
        = thread->selector != NULL ? thread->selector : vr_task_role_name (thread->task.role);
    g_string_append_printf (text, "%-12s %-16s %7d  %-15s %-22s %-8s %4u %12s  %s\n",
                            thread->router, what, (int) thread->task.tid, thread->task.name, policy,
                            thread->cpus, thread->last_cpu, time, fit_text (thread));
  }
  return g_string_free (text, FALSE);
}

static gboolean
has_drifted (GPtrArray *threads)
{
  for (guint i = 0; i < threads->len; i++)
    if (((const VrThreadStatus *) threads->pdata[i])->fit == VR_FIT_DRIFTED)
      return TRUE;
  return FALSE;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autofree char *name = vr_cli_lab_name (arguments[0], error);
  g_autoptr (GPtrArray) threads
      = name != NULL ? vr_inspect_threads (&cli->site, name, error) : NULL;
  if (threads == NULL)
    return 1;
  g_autofree char *text = cli->json ? json_text (name, threads) : table_text (threads);
  if (!vr_cli_print (text, error))
    return 1;
  return has_drifted (threads) ? VR_ERROR_UNWANTED : 0;
}

const VrCommand *
vr_cmd_threads (void)
{
  static const VrCommand command = {
    .name = "threads",
    .synopsis = "NAME|PROFILE",
    .summary = "show every thread of every guest of a lab",
    .doc
    = "Each with its role, the CPUs it may use, its policy and CPU time, and whether it is as the "
      "profile wants. vhost workers are found as threads of the kernel and as threads of QEMU. "
      "Where there are none, QEMU's main loop, the emulator, moves the packets. Exit status 1 when "
      "a thread is not as wanted; up mends that. With --json the schema is vrkit.threads/1: lab "
      "and "
      "threads, each with router, role, index, selector, ports (whose packets it moves), tid, "
      "name, "
      "cpus, last_cpu, policy, nice, priority, runtime_ns, deadline_ns, period_ns, cgroup, "
      "cpu_cgroup, root_domain (the CPUs among which the kernel admits reservations), cpu_time_ns, "
      "scheduled, as_wanted and drift.",
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
