/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-deadline-probe.h"

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"
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
/* Each takes some milliseconds, in which somebody may reserve. */
#define TRIES 5

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

/* Whether the thread may run on any of the CPUs: what is reserved in another root domain is not
 * counted in this one. Of CPUs that nobody knows, it may. */
static gboolean
is_among (pid_t tid, const GArray *cpus)
{
  g_autoptr (GArray) own = vr_sched_read_cpus (tid, NULL);
  for (guint i = 0; own != NULL && i < own->len; i++)
    if (vr_cpu_list_has (cpus, g_array_index (own, guint, i)))
      return TRUE;
  return own == NULL;
}

static guint64
reserved_among (const GArray *cpus)
{
  g_autoptr (GArray) reservations = vr_deadline_reservations ();
  guint64 sum = 0;
  for (guint i = 0; i < reservations->len; i++) {
    const VrReservation *reservation = &g_array_index (reservations, VrReservation, i);
    if (is_among (reservation->tid, cpus))
      sum += reservation->share_ppm;
  }
  return sum;
}

static void
ask (const GArray *cpus, VrDeadlineProbe *probe)
{
  Sleepers sleepers = { .tids = g_array_new (FALSE, FALSE, sizeof (guint)) };
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  g_autoptr (GError) cause = NULL;
  g_mutex_init (&sleepers.lock);
  g_cond_init (&sleepers.changed);
  for (guint i = 0; i < cpus->len; i++)
    g_ptr_array_add (threads, g_thread_new ("ceiling", sleep_until_over, &sleepers));
  wait_for_all (&sleepers, cpus->len);
  if (!reserve (g_array_index (sleepers.tids, guint, 0), 0, &cause))
    g_strlcpy (probe->reason, cause->message, sizeof probe->reason);
  else
    probe->ceiling_ppm = find_most (sleepers.tids);
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

/* FALSE where somebody has reserved, or given back, meanwhile. */
static gboolean
ask_once (const GArray *cpus, VrDeadlineProbe *probe)
{
  guint64 others = reserved_among (cpus);
  ask (cpus, probe);
  if (probe->ceiling_ppm == 0)
    return TRUE;
  probe->ceiling_ppm = MIN (probe->ceiling_ppm + others / cpus->len, PPM);
  return reserved_among (cpus) == others;
}

/* The kernel admits no thread that is kept from a CPU of its root domain: where it admits one, the
 * domain is among the CPUs of this process, which partitions leave. Returns whether the answer is
 * good for others. */
static gboolean
run_probe (VrDeadlineProbe *probe)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GArray) cpus = vr_sched_read_cpus (0, &cause);
  gboolean is_steady = FALSE;
  if (cpus == NULL) {
    g_strlcpy (probe->reason, cause->message, sizeof probe->reason);
    return FALSE;
  }
  for (guint i = 0; i < TRIES && !is_steady; i++)
    is_steady = ask_once (cpus, probe);
  return is_steady && probe->ceiling_ppm > 0;
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
  if (remember (args, probe))
    return;
  /* Two that try at once would find one another's trial reservations in the way. Where no turn can
   * be had, the answer is had without. */
  g_auto (VrFd) turn = args->cache_path != NULL ? vr_fd_wait_for_turn (args->cache_path) : -1;
  if (remember (args, probe))
    return;
  if (args->obstacle != NULL) {
    g_strlcpy (probe->reason, args->obstacle, sizeof probe->reason);
    return;
  }
  /* A refusal may be this process's own: it is asked again. */
  if (run_probe (probe) && args->cache_path != NULL)
    keep (args, probe);
}

/* --- What is reserved ---------------------------------------------------------------------------
 */

guint64
vr_deadline_share (pid_t tid)
{
  VrSched sched;
  if (!vr_sched_read (tid, &sched, NULL) || sched.policy != SCHED_DEADLINE || sched.period_ns == 0)
    return 0;
  return (guint64) ((double) PPM * (double) sched.runtime_ns / (double) sched.period_ns);
}

static void
add_share (GArray *reservations, guint64 process, guint64 tid)
{
  VrReservation reservation = { (pid_t) process, (pid_t) tid, vr_deadline_share ((pid_t) tid) };
  if (reservation.share_ppm > 0)
    g_array_append_val (reservations, reservation);
}

/* Most processes have a single thread, and their directories need not be read. */
static void
add_process (GArray *reservations, guint64 process)
{
  if (!vr_task_has_threads ((pid_t) process)) {
    add_share (reservations, process, process);
    return;
  }
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GUINT64_FORMAT "/task", process);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *name;
  guint64 tid;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &tid, NULL))
      add_share (reservations, process, tid);
}

GArray *
vr_deadline_reservations (void)
{
  GArray *reservations = g_array_new (FALSE, FALSE, sizeof (VrReservation));
  g_autoptr (GDir) entries = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint64 pid;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &pid, NULL))
      add_process (reservations, pid);
  return reservations;
}
