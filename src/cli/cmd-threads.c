/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "base/vr-json.h"
#include "cli/vr-cli.h"
#include "lab/vr-inspect.h"
#include "observe/vr-threads.h"

static gboolean confirm;

static const GOptionEntry options[] = {
  { "confirm", 0, 0, G_OPTION_ARG_NONE, &confirm,
    "have the guests send a few frames, and watch which vhost worker runs", NULL },
  { 0 },
};

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

static char *
remark_on (const VrThreadStatus *thread)
{
  const char *fit = thread->fit == VR_FIT_FREE   ? ""
                    : thread->fit == VR_FIT_GOOD ? "as wanted"
                                                 : thread->drift;
  if (thread->proof == VR_PROOF_UNASKED)
    return g_strdup (fit);
  return g_strdup_printf ("%s%s%s", fit, *fit != '\0' ? "; " : "", vr_proof_name (thread->proof));
}

static char *
table_text (GPtrArray *threads)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%-12s %-16s %-12s %7s  %-15s %-22s %-8s %4s %12s  %s\n", "ROUTER",
                          "THREAD", "MOVES", "TID", "NAME", "POLICY", "CPUS", "LAST", "CPU TIME",
                          "");
  for (guint i = 0; i < threads->len; i++) {
    const VrThreadStatus *thread = threads->pdata[i];
    g_autofree char *policy
        = vr_threads_print_policy (&thread->sched, thread->quota_ns, thread->quota_period_ns);
    g_autofree char *time = g_strdup_printf ("%.3f s", (double) thread->cpu_time_ns / 1e9);
    g_autofree char *remark = remark_on (thread);
    const char *what
        = thread->selector != NULL ? thread->selector : vr_task_role_name (thread->task.role);
    g_string_append_printf (text, "%-12s %-16s %-12s %7d  %-15s %-22s %-8s %4u %12s  %s\n",
                            *thread->router != '\0' ? thread->router : "-", what,
                            *thread->ports != '\0' ? thread->ports : "-", (int) thread->task.tid,
                            thread->task.name, policy, thread->cpus, thread->last_cpu, time,
                            remark);
  }
  return g_string_free (text, FALSE);
}

static gboolean
is_as_wanted (GPtrArray *threads)
{
  for (guint i = 0; i < threads->len; i++) {
    const VrThreadStatus *thread = threads->pdata[i];
    if (thread->fit == VR_FIT_DRIFTED || thread->proof == VR_PROOF_REFUTED)
      return FALSE;
  }
  return TRUE;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autofree char *name = vr_cli_lab_name (arguments[0], error);
  g_autoptr (GPtrArray) threads
      = name != NULL ? vr_inspect_threads (&cli->site, name,
                                           confirm ? VR_INSPECT_CONFIRM : VR_INSPECT_QUIETLY, error)
                     : NULL;
  if (threads == NULL)
    return 1;
  g_autofree char *text = cli->json ? json_text (name, threads) : table_text (threads);
  if (!vr_cli_print (text, error))
    return 1;
  return is_as_wanted (threads) ? 0 : VR_ERROR_UNWANTED;
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
      "Where there are none, QEMU's main loop, the emulator, moves the packets: MOVES shows the "
      "ports whose packets a thread moves. Threads of Open "
      "vSwitch that poll ports with attach = vhost-user are pmd.CPU, of no router. Which worker "
      "serves "
      "which port follows from their order; --confirm has each guest send 64 broadcasts out of "
      "each "
      "port's queues, and tells of each worker whether its CPU time says the same: confirmed, "
      "refuted, "
      "or unclear where other traffic hides it. Exit status 1 when a thread is not as wanted, "
      "which "
      "up mends, or a worker is refuted. With --json the schema is vrkit.threads/1: lab "
      "and "
      "threads, each with router, role, index, selector, ports (whose packets it moves), "
      "moves_packets (whether there are any), proof, "
      "tid, "
      "name, "
      "cpus, last_cpu, policy, nice, priority, runtime_ns, deadline_ns, period_ns, quota_ns and "
      "quota_period_ns (what its group may use, 0 where nothing limits it), cgroup, "
      "cpu_cgroup, root_domain (the CPUs among which the kernel admits reservations), cpu_time_ns, "
      "scheduled, as_wanted and drift.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
