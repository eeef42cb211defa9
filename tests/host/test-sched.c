/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies, affinity and admission, asked of the running kernel. */
#include "sys/vr-sched.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/vr-deadline.h"

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "sys/vr-deadline-probe.h"
#include "sys/vr-task.h"

#define DEADLINE 6
#define MS G_GUINT64_CONSTANT (1000000)
#define PERIOD_MS 100
#define ANSWER_MS 3000

/* A thread of this process that sleeps. */
typedef struct {
  GThread *thread;
  GMutex lock;
  GCond changed;
  pid_t tid;
  gboolean over;
} Sleeper;

static gpointer
sleep_until_over (gpointer data)
{
  Sleeper *sleeper = data;
  g_mutex_lock (&sleeper->lock);
  sleeper->tid = (pid_t) syscall (SYS_gettid);
  g_cond_broadcast (&sleeper->changed);
  while (!sleeper->over)
    g_cond_wait (&sleeper->changed, &sleeper->lock);
  g_mutex_unlock (&sleeper->lock);
  return NULL;
}

static void
sleeper_start (Sleeper *sleeper)
{
  *sleeper = (Sleeper){ 0 };
  g_mutex_init (&sleeper->lock);
  g_cond_init (&sleeper->changed);
  sleeper->thread = g_thread_new ("CPU 7/TCG", sleep_until_over, sleeper);
  g_mutex_lock (&sleeper->lock);
  while (sleeper->tid == 0)
    g_cond_wait (&sleeper->changed, &sleeper->lock);
  g_mutex_unlock (&sleeper->lock);
}

static void
sleeper_stop (Sleeper *sleeper)
{
  g_mutex_lock (&sleeper->lock);
  sleeper->over = TRUE;
  g_cond_broadcast (&sleeper->changed);
  g_mutex_unlock (&sleeper->lock);
  g_thread_join (sleeper->thread);
}

static void
test_policies (void)
{
  static const VrSched wanted[] = {
    { .policy = SCHED_OTHER, .nice = 5 },
    { .policy = SCHED_IDLE },
    { .policy = DEADLINE,
      .runtime_ns = 10 * MS,
      .deadline_ns = 50 * MS,
      .period_ns = 100 * MS,
      .reset_on_fork = TRUE },
    { .policy = SCHED_OTHER },
  };
  Sleeper sleeper;
  g_autoptr (GError) error = NULL;
  sleeper_start (&sleeper);
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
    VrSched is;
    g_assert_true (vr_sched_write (sleeper.tid, &wanted[i], &error));
    g_assert_true (vr_sched_read (sleeper.tid, &is, &error));
    g_assert_cmpuint (is.policy, ==, wanted[i].policy);
    /* It outlives the policies that have none. */
    if (wanted[i].policy == SCHED_OTHER)
      g_assert_cmpint (is.nice, ==, wanted[i].nice);
    g_assert_cmpuint (is.runtime_ns, ==, wanted[i].runtime_ns);
    g_assert_cmpuint (is.deadline_ns, ==, wanted[i].deadline_ns);
    g_assert_cmpuint (is.period_ns, ==, wanted[i].period_ns);
    g_assert_cmpint (is.reset_on_fork, ==, wanted[i].reset_on_fork);
  }
  sleeper_stop (&sleeper);
}

static void
test_refusals (void)
{
  const VrSched most = {
    .policy = DEADLINE, .runtime_ns = 100 * MS, .deadline_ns = 100 * MS, .period_ns = 100 * MS
  };
  VrSched is;
  Sleeper sleeper;
  g_autoptr (GError) busy = NULL;
  g_autoptr (GError) gone = NULL;
  guint held = 0;
  Sleeper many[64];
  /* A whole CPU for each of more threads than there are CPUs never fits. */
  guint count = MIN ((guint) g_get_num_processors () + 1, (guint) G_N_ELEMENTS (many));
  for (guint i = 0; i < count; i++) {
    sleeper_start (&many[i]);
    held += vr_sched_write (many[i].tid, &most, busy == NULL ? &busy : NULL);
  }
  g_assert_cmpuint (held, <, count);
  g_assert_error (busy, VR_ERROR, VR_ERROR_BUSY);
  for (guint i = 0; i < count; i++)
    sleeper_stop (&many[i]);
  sleeper_start (&sleeper);
  sleeper_stop (&sleeper);
  /* A thread is joined before the kernel has forgotten it. */
  for (guint i = 0; i < 500 && vr_sched_read (sleeper.tid, &is, NULL); i++)
    g_usleep (10000);
  g_assert_false (vr_sched_read (sleeper.tid, &is, &gone));
  g_assert_error (gone, VR_ERROR, VR_ERROR_HOST);
}

static void
test_cpus (void)
{
  Sleeper sleeper;
  g_autoptr (GError) error = NULL;
  sleeper_start (&sleeper);
  g_autoptr (GArray) all = vr_sched_read_cpus (sleeper.tid, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) last = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (last, g_array_index (all, guint, all->len - 1));
  g_assert_true (vr_sched_write_cpus (sleeper.tid, last, &error));
  g_autoptr (GArray) now = vr_sched_read_cpus (sleeper.tid, &error);
  g_autofree char *wanted = vr_cpu_list_print (last);
  g_autofree char *is = vr_cpu_list_print (now);
  g_assert_cmpstr (is, ==, wanted);
  sleeper_stop (&sleeper);
}

static void
test_tasks (void)
{
  Sleeper sleeper;
  g_autoptr (GError) error = NULL;
  sleeper_start (&sleeper);
  g_autoptr (GArray) tasks = vr_task_list (getpid (), VR_TASKS_ALL, &error);
  g_assert_no_error (error);
  const VrTask *main_loop = vr_task_find (tasks, VR_TASK_EMULATOR, 0);
  const VrTask *vcpu = vr_task_find (tasks, VR_TASK_VCPU, 7);
  g_assert_nonnull (main_loop);
  g_assert_cmpint (main_loop->tid, ==, getpid ());
  g_assert_nonnull (vcpu);
  g_assert_cmpint (vcpu->tid, ==, sleeper.tid);
  g_assert_null (vr_task_find (tasks, VR_TASK_VHOST, 0));
  sleeper_stop (&sleeper);
  g_assert_null (vr_task_list (-1, VR_TASKS_OWN, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
}

/* What the probe says fits on each CPU at once, and little more does not. */
static void
assert_ceiling (guint64 ppm, gboolean fits)
{
  guint count = (guint) g_get_num_processors (), held = 0;
  g_autofree Sleeper *sleepers = g_new0 (Sleeper, count);
  VrSched sched = { .policy = DEADLINE, .deadline_ns = 100 * MS, .period_ns = 100 * MS };
  sched.runtime_ns = ppm * 100;
  for (guint i = 0; i < count; i++) {
    sleeper_start (&sleepers[i]);
    held += vr_sched_write (sleepers[i].tid, &sched, NULL);
  }
  for (guint i = 0; i < count; i++)
    sleeper_stop (&sleepers[i]);
  g_assert_cmpint (held == count, ==, fits);
}

static void
test_ceiling (void)
{
  g_autofree char *cache = g_build_filename (g_get_tmp_dir (), "vrkit-ceiling.json", NULL);
  VrDeadlineProbeArgs args = { .cache_path = cache, .conditions = "here" };
  VrDeadlineProbe first, second, other;
  g_autoptr (GArray) none = vr_deadline_reservations ();
  g_assert_cmpuint (none->len, ==, 0);
  unlink (cache);
  vr_deadline_probe (&args, &first);
  g_assert_cmpstr (first.reason, ==, "");
  g_assert_cmpuint (first.ceiling_ppm, >, 500000);
  g_assert_cmpuint (first.ceiling_ppm, <, 1000000);
  assert_ceiling (first.ceiling_ppm - 1000, TRUE);
  assert_ceiling (first.ceiling_ppm + 1000, FALSE);
  vr_deadline_probe (&args, &second);
  g_assert_cmpuint (second.ceiling_ppm, ==, first.ceiling_ppm);
  args.conditions = "elsewhere";
  vr_deadline_probe (&args, &other);
  g_assert_cmpuint (other.ceiling_ppm, ==, first.ceiling_ppm);
  /* Where it must not be asked, what is kept is good. */
  args.obstacle = "not now";
  vr_deadline_probe (&args, &second);
  g_assert_cmpuint (second.ceiling_ppm, ==, first.ceiling_ppm);
  args.conditions = "somewhere else";
  vr_deadline_probe (&args, &other);
  g_assert_cmpuint (other.ceiling_ppm, ==, 0);
  g_assert_cmpstr (other.reason, ==, "not now");
  unlink (cache);
}

static gpointer
probe_here (gpointer cache)
{
  VrDeadlineProbeArgs args = { .cache_path = cache, .conditions = "at once" };
  VrDeadlineProbe probe;
  vr_deadline_probe (&args, &probe);
  return GUINT_TO_POINTER ((guint) probe.ceiling_ppm);
}

/* Several at once are not in one another's way, and nor is what somebody has reserved. */
static void
test_ceiling_at_once (void)
{
  g_autofree char *directory = g_dir_make_tmp ("vrkit-ceiling-XXXXXX", NULL);
  g_autofree char *cache = g_build_filename (directory, "probe.json", NULL);
  const VrSched tenth = {
    .policy = DEADLINE, .runtime_ns = 10 * MS, .deadline_ns = 100 * MS, .period_ns = 100 * MS
  };
  GThread *threads[6];
  Sleeper sleeper;
  guint alone = GPOINTER_TO_UINT (probe_here (NULL));
  sleeper_start (&sleeper);
  g_assert_true (vr_sched_write (sleeper.tid, &tenth, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("probe", probe_here, cache);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++) {
    guint ceiling = GPOINTER_TO_UINT (g_thread_join (threads[i]));
    g_assert_cmpuint (ceiling, >, alone - 500);
    g_assert_cmpuint (ceiling, <, alone + 500);
  }
  sleeper_stop (&sleeper);
  g_assert_true (g_file_test (cache, G_FILE_TEST_EXISTS));
  unlink (cache);
  g_assert_cmpint (rmdir (directory), ==, 0);
}

/* A process that spins as long as it is told to, and then answers each byte with one. */
typedef struct {
  pid_t tid;
  int asks, answers;
  volatile gint *spins;
} Child;

static void
spin_and_answer (volatile gint *spins, int asks, int answers)
{
  char byte;
  do
    while (g_atomic_int_get (spins))
      ;
  while (read (asks, &byte, 1) == 1 && write (answers, &byte, 1) == 1);
  _exit (0);
}

static void
child_start (Child *child)
{
  int asks[2], answers[2];
  g_assert_cmpint (pipe (asks), ==, 0);
  g_assert_cmpint (pipe (answers), ==, 0);
  child->spins = mmap (NULL, sizeof *child->spins, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (child->spins != MAP_FAILED);
  g_atomic_int_set (child->spins, 1);
  child->tid = fork ();
  if (child->tid == 0 && prctl (PR_SET_PDEATHSIG, SIGKILL) == 0)
    spin_and_answer (child->spins, asks[0], answers[1]);
  close (asks[0]);
  close (answers[1]);
  child->asks = asks[1];
  child->answers = answers[0];
}

static void
child_stop (Child *child)
{
  static const VrSched other = { .policy = SCHED_OTHER };
  g_assert_true (vr_deadline_shrink (child->tid, NULL));
  g_assert_true (vr_sched_write (child->tid, &other, NULL));
  kill (child->tid, SIGKILL);
  g_assert_cmpint (waitpid (child->tid, NULL, 0), ==, child->tid);
  close (child->asks);
  close (child->answers);
  munmap ((void *) child->spins, sizeof *child->spins);
}

/* One that does not is given SCHED_OTHER, without which it could not be killed either. */
static gboolean
child_answers (Child *child)
{
  static const VrSched other = { .policy = SCHED_OTHER };
  struct pollfd answer = { .fd = child->answers, .events = POLLIN };
  char byte = 'x';
  if (write (child->asks, &byte, 1) == 1 && poll (&answer, 1, ANSWER_MS) == 1
      && read (child->answers, &byte, 1) == 1)
    return TRUE;
  vr_sched_write (child->tid, &other, NULL);
  return FALSE;
}

static VrSched
reservation (guint64 runtime_ns)
{
  return (VrSched){ .policy = DEADLINE,
                    .runtime_ns = runtime_ns,
                    .deadline_ns = PERIOD_MS * MS,
                    .period_ns = PERIOD_MS * MS,
                    .reset_on_fork = TRUE };
}

/* Leaves the policy throttled, so that the end of the period finds another one. */
static void
leave_throttled (Child *child)
{
  static const VrSched other = { .policy = SCHED_OTHER };
  VrSched little = reservation (MS);
  g_assert_true (vr_sched_write (child->tid, &little, NULL));
  for (guint i = 0; i < 2 * PERIOD_MS && !vr_task_is_spent (child->tid); i++)
    g_usleep (1000);
  g_assert_true (vr_task_is_spent (child->tid));
  g_assert_true (vr_deadline_shrink (child->tid, NULL));
  g_assert_true (vr_sched_write (child->tid, &other, NULL));
}

static void
wait_asleep (Child *child)
{
  for (guint i = 0; i < ANSWER_MS && !vr_task_sleeps (child->tid); i++)
    g_usleep (1000);
  g_assert_true (vr_task_sleeps (child->tid));
}

static void
test_asleep (void)
{
  VrSched half = reservation (PERIOD_MS / 2 * MS);
  for (guint i = 0; i < 4; i++) {
    Child child;
    g_autoptr (GError) error = NULL;
    child_start (&child);
    leave_throttled (&child);
    g_atomic_int_set (child.spins, 0);
    wait_asleep (&child);
    g_usleep (3 * PERIOD_MS * 1000);
    g_assert_true (vr_sched_write (child.tid, &half, NULL));
    g_assert_true (vr_deadline_settle (child.tid, &half, &error));
    g_assert_no_error (error);
    g_assert_true (child_answers (&child));
    g_assert_true (child_answers (&child));
    child_stop (&child);
  }
}

static void
test_awake (void)
{
  VrSched half = reservation (PERIOD_MS / 2 * MS);
  for (guint i = 0; i < 4; i++) {
    Child child;
    g_autoptr (GError) error = NULL;
    child_start (&child);
    leave_throttled (&child);
    g_usleep (3 * PERIOD_MS * 1000);
    g_assert_true (vr_sched_write (child.tid, &half, NULL));
    g_assert_true (vr_deadline_settle (child.tid, &half, &error));
    g_assert_no_error (error);
    g_atomic_int_set (child.spins, 0);
    g_assert_true (child_answers (&child));
    child_stop (&child);
  }
}

/* It has nothing to settle, and is not woken up. */
static void
test_fresh (void)
{
  VrSched half = reservation (PERIOD_MS / 2 * MS);
  Child child;
  child_start (&child);
  g_atomic_int_set (child.spins, 0);
  wait_asleep (&child);
  g_assert_false (vr_task_is_spent (child.tid));
  g_assert_true (vr_sched_write (child.tid, &half, NULL));
  g_assert_true (vr_deadline_settle (child.tid, &half, NULL));
  g_assert_true (child_answers (&child));
  child_stop (&child);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sched/policies", test_policies);
  g_test_add_func ("/sched/refusals", test_refusals);
  g_test_add_func ("/sched/cpus", test_cpus);
  g_test_add_func ("/sched/tasks", test_tasks);
  g_test_add_func ("/sched/ceiling", test_ceiling);
  g_test_add_func ("/sched/ceiling-at-once", test_ceiling_at_once);
  g_test_add_func ("/sched/deadline/asleep", test_asleep);
  g_test_add_func ("/sched/deadline/awake", test_awake);
  g_test_add_func ("/sched/deadline/fresh", test_fresh);
  return g_test_run ();
}
