/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-deadline-probe.h"

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "sys/vr-sched.h"
#include "sys/vr-task.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
#define SCHEMA "vrkit.deadline-probe/1"
#define PPM G_GUINT64_CONSTANT (1000000)
#define PERIOD_NS G_GUINT64_CONSTANT (100000000)
/* Halvings of one CPU: to 0.01 % of it. */
#define STEPS 14

/* Threads that sleep until all is known. */
typedef struct {
  GMutex lock;
  GCond changed;
  GArray *tids; /* guint */
  gboolean over;
} Sleepers;

static gpointer
sleep_until_over (gpointer data)
{
  Sleepers *sleepers = data;
  guint tid = (guint) syscall (SYS_gettid);
  g_mutex_lock (&sleepers->lock);
  g_array_append_val (sleepers->tids, tid);
  g_cond_broadcast (&sleepers->changed);
  while (!sleepers->over)
    g_cond_wait (&sleepers->changed, &sleepers->lock);
  g_mutex_unlock (&sleepers->lock);
  return NULL;
}

static void
wait_for_all (Sleepers *sleepers, guint count)
{
  g_mutex_lock (&sleepers->lock);
  while (sleepers->tids->len < count)
    g_cond_wait (&sleepers->changed, &sleepers->lock);
  g_mutex_unlock (&sleepers->lock);
}

static gboolean
reserve (guint tid, guint64 ppm, GError **error)
{
  VrSched sched = { .policy = SCHED_DEADLINE,
                    .runtime_ns = MAX (PERIOD_NS / PPM * ppm, VR_SCHED_RUNTIME_MIN_NS),
                    .deadline_ns = PERIOD_NS,
                    .period_ns = PERIOD_NS,
                    .reset_on_fork = TRUE };
  return vr_sched_write ((pid_t) tid, &sched, error);
}

/* Gives back as much as can be: what a sleeping thread leaves may stay counted until it runs. */
static void
give_back (const GArray *tids)
{
  for (guint i = 0; i < tids->len; i++)
    reserve (g_array_index (tids, guint, i), 0, NULL);
}

/* With the least that there is, a thread that takes the process down with it would need minutes: it
 * repays what it overruns. */
static void
let_go (const GArray *tids)
{
  static const VrSched other = { .policy = SCHED_OTHER };
  for (guint i = 0; i < tids->len; i++)
    vr_sched_write ((pid_t) g_array_index (tids, guint, i), &other, NULL);
}

static gboolean
all_fit (const GArray *tids, guint64 ppm)
{
  gboolean good = TRUE;
  for (guint i = 0; i < tids->len && good; i++)
    good = reserve (g_array_index (tids, guint, i), ppm, NULL);
  give_back (tids);
  return good;
}

static guint64
find_most (const GArray *tids)
{
  guint64 fits = 0, too_much = PPM + 1;
  for (guint step = 0; step < STEPS; step++) {
    guint64 middle = (fits + too_much) / 2;
    if (all_fit (tids, middle))
      fits = middle;
    else
      too_much = middle;
  }
  return fits;
}

static void
run_probe (const VrDeadlineProbeArgs *args, VrDeadlineProbe *probe)
{
  Sleepers sleepers = { .tids = g_array_new (FALSE, FALSE, sizeof (guint)) };
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  g_autoptr (GError) cause = NULL;
  guint64 others = vr_deadline_reserved (NULL) / args->cpus;
  g_mutex_init (&sleepers.lock);
  g_cond_init (&sleepers.changed);
  for (guint i = 0; i < args->cpus; i++)
    g_ptr_array_add (threads, g_thread_new ("ceiling", sleep_until_over, &sleepers));
  wait_for_all (&sleepers, args->cpus);
  if (!reserve (g_array_index (sleepers.tids, guint, 0), 0, &cause))
    g_strlcpy (probe->reason, cause->message, sizeof probe->reason);
  else
    probe->ceiling_ppm = find_most (sleepers.tids) + others;
  let_go (sleepers.tids);
  g_mutex_lock (&sleepers.lock);
  sleepers.over = TRUE;
  g_cond_broadcast (&sleepers.changed);
  g_mutex_unlock (&sleepers.lock);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (threads->pdata[i]);
  g_array_unref (sleepers.tids);
  g_mutex_clear (&sleepers.lock);
  g_cond_clear (&sleepers.changed);
}

static gboolean
remember (const VrDeadlineProbeArgs *args, VrDeadlineProbe *probe)
{
  g_autoptr (JsonNode) root
      = args->cache_path != NULL ? vr_json_read_object (args->cache_path, SCHEMA, NULL) : NULL;
  if (root == NULL)
    return FALSE;
  JsonObject *object = json_node_get_object (root);
  const char *ceiling = vr_json_string (object, "ceiling_ppm");
  return g_strcmp0 (vr_json_string (object, "conditions"), args->conditions) == 0 && ceiling != NULL
         && g_ascii_string_to_unsigned (ceiling, 10, 1, PPM, &probe->ceiling_ppm, NULL);
}

static void
keep (const VrDeadlineProbeArgs *args, const VrDeadlineProbe *probe)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *ceiling = g_strdup_printf ("%" G_GUINT64_FORMAT, probe->ceiling_ppm);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  vr_json_add_string (builder, "conditions", args->conditions);
  vr_json_add_string (builder, "ceiling_ppm", ceiling);
  json_builder_end_object (builder);
  vr_json_write (args->cache_path, builder, NULL);
}

void
vr_deadline_probe (const VrDeadlineProbeArgs *args, VrDeadlineProbe *probe)
{
  *probe = (VrDeadlineProbe){ 0 };
  g_assert (args->cpus > 0);
  if (remember (args, probe))
    return;
  run_probe (args, probe);
  /* A refusal may be this process's own: it is asked again. */
  if (probe->ceiling_ppm > 0 && args->cache_path != NULL)
    keep (args, probe);
}

/* --- What is reserved ---------------------------------------------------------------------------
 */

static guint64
reserved_by (guint tid)
{
  VrSched sched;
  if (!vr_sched_read ((pid_t) tid, &sched, NULL) || sched.policy != SCHED_DEADLINE
      || sched.period_ns == 0)
    return 0;
  return (guint64) ((double) PPM * (double) sched.runtime_ns / (double) sched.period_ns);
}

static guint64
sum_of_process (guint pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/task", pid);
  struct stat status;
  if (stat (path, &status) != 0)
    return 0;
  /* A directory for each thread, beside . and .. (proc_task_getattr, fs/proc/base.c): most
   * processes have a single one, and their directories need not be read. */
  if (status.st_nlink == 3)
    return reserved_by (pid);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *name;
  guint64 tid, sum = 0;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &tid, NULL))
      sum += reserved_by ((guint) tid);
  return sum;
}

/* A vhost worker that is a process of the kernel bears its guest's pid in its name. */
static gboolean
is_of (guint pid, const char *prefix)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/comm", pid);
  g_autofree char *name = NULL;
  guint owner = pid;
  if (g_file_get_contents (path, &name, NULL, NULL))
    sscanf (name, "vhost-%u", &owner);
  return vr_task_is_guest ((pid_t) owner, prefix);
}

guint64
vr_deadline_reserved (const char *but)
{
  g_autoptr (GDir) entries = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint64 pid, sum = 0;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    if (!g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &pid, NULL))
      continue;
    guint64 part = sum_of_process ((guint) pid);
    if (part > 0 && (but == NULL || !is_of ((guint) pid, but)))
      sum += part;
  }
  return sum;
}
