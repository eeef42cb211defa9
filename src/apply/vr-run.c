/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-run.h"

void
vr_run_init (VrRun *run, VrExecutor *executor, VrOutcome *outcome)
{
  *run = (VrRun){ .executor = executor, .outcome = outcome };
  g_mutex_init (&run->lock);
  *outcome = (VrOutcome){ 0 };
}

void
vr_run_clear (VrRun *run)
{
  g_mutex_clear (&run->lock);
}

void
vr_run_fault (VrRun *run)
{
  VrExecutor *executor = run->executor;
  if (executor->fault == NULL)
    return;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);
  executor->fault (++run->points, executor->fault_data);
}

void
vr_run_report (VrRun *run, VrStep step, const VrOp *op)
{
  VrExecutor *executor = run->executor;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);
  run->outcome->kept += step == VR_STEP_KEPT;
  run->outcome->applied += step == VR_STEP_APPLIED;
  run->outcome->undone += step == VR_STEP_UNDONE;
  run->stopping = run->stopping || step == VR_STEP_FAILED;
  if (executor->progress != NULL)
    executor->progress (step, op, executor->progress_data);
}

gboolean
vr_run_is_stopping (VrRun *run)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);
  return run->stopping;
}

typedef struct {
  VrRun *run;
  gpointer item;
  VrRunStep step;
  GError *error;
} Job;

static void
run_job (gpointer data, gpointer unused)
{
  Job *job = data;
  (void) unused;
  job->step (job->run, job->item, &job->error);
}

static gboolean
run_together (Job *jobs, guint count, guint at_once, GError **error)
{
  g_autoptr (GError) cause = NULL;
  /* The next kind of operation takes over the threads of this one, all of them: GLib keeps two, and
   * a thread that is about to end while the program exits looks like a leak. */
  g_thread_pool_set_max_unused_threads (-1);
  GThreadPool *pool = g_thread_pool_new (run_job, NULL, (gint) MIN (at_once, count), FALSE, &cause);
  if (pool == NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  for (guint i = 0; i < count; i++)
    g_thread_pool_push (pool, &jobs[i], NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  return TRUE;
}

gboolean
vr_run_each (VrRun *run, gpointer *items, guint count, guint at_once, VrRunStep step,
             GError **error)
{
  if (count == 1 || at_once == 1) {
    for (guint i = 0; i < count; i++)
      if (!step (run, items[i], error))
        return FALSE;
    return TRUE;
  }
  g_autofree Job *jobs = g_new0 (Job, count);
  for (guint i = 0; i < count; i++)
    jobs[i] = (Job){ .run = run, .item = items[i], .step = step };
  if (!run_together (jobs, count, at_once, error))
    return FALSE;
  gboolean good = TRUE;
  for (guint i = 0; i < count; i++) {
    if (jobs[i].error == NULL)
      continue;
    if (good)
      g_propagate_error (error, jobs[i].error);
    else
      g_error_free (jobs[i].error);
    good = FALSE;
  }
  return good;
}
