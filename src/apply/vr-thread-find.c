/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-thread-find.h"

#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"

/* The role that a selector names, and its index; the worker of a port is said by the plan. */
static gboolean
parse_selector (const VrOp *op, VrTaskRole *role, guint *index, GError **error)
{
  const char *selector = strchr (op->target, '/');
  const char *worker = vr_op_get (op, "worker");
  char rest;
  *index = 0;
  if (selector != NULL && strcmp (selector, "/emulator") == 0)
    *role = VR_TASK_EMULATOR;
  else if (selector != NULL && sscanf (selector, "/vcpu.%u%c", index, &rest) == 1)
    *role = VR_TASK_VCPU;
  else if (selector != NULL && sscanf (selector, "/iothread.%u%c", index, &rest) == 1)
    *role = VR_TASK_IOTHREAD;
  else if (g_str_has_prefix (op->target, VR_OP_SWITCH "/pmd.")
           && sscanf (selector, "/pmd.%u%c", index, &rest) == 1)
    *role = VR_TASK_PMD;
  else if (worker != NULL && sscanf (worker, "%u%c", index, &rest) == 1)
    *role = VR_TASK_VHOST;
  else {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "%s names no thread", op->target);
    return FALSE;
  }
  return TRUE;
}

/* Of two switches with such a thread each, it is not known which is meant. */
static gboolean
find_poller (const VrOp *op, VrThreadFound *thread, GError **error)
{
  g_autoptr (GArray) tasks = vr_task_pollers ();
  for (guint i = 0; i < tasks->len; i++) {
    const VrTask *task = &g_array_index (tasks, VrTask, i);
    if (task->index != thread->worker)
      continue;
    if (thread->tid != 0) {
      g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                   "%s: more than one Open vSwitch polls on CPU %u (threads %d and %d): end all "
                   "but one",
                   op->why, task->index, (int) thread->tid, (int) task->tid);
      return FALSE;
    }
    thread->tid = task->tid;
  }
  return TRUE;
}

gboolean
vr_thread_find (const VrOp *op, VrThreadFound *thread, GError **error)
{
  VrTaskRole role;
  const char *slash = strchr (op->target, '/');
  *thread = (VrThreadFound){ .selector = slash != NULL ? slash + 1 : op->target };
  if (!parse_selector (op, &role, &thread->worker, error))
    return FALSE;
  thread->role = role;
  if (role == VR_TASK_PMD)
    return find_poller (op, thread, error);
  g_autofree char *domain = g_strndup (op->target, (gsize) (thread->selector - op->target - 1));
  pid_t process = vr_task_guest (domain, NULL);
  VrTasks which = role == VR_TASK_VHOST ? VR_TASKS_ALL : VR_TASKS_OWN;
  g_autoptr (GArray) tasks = process > 0 ? vr_task_list (process, which, NULL) : NULL;
  const VrTask *task = tasks != NULL ? vr_task_find (tasks, role, thread->worker) : NULL;
  thread->tid = task != NULL ? task->tid : 0;
  return TRUE;
}

gboolean
vr_thread_require (const VrOp *op, VrThreadFound *thread, GError **error)
{
  if (!vr_thread_find (op, thread, error))
    return FALSE;
  if (thread->tid != 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "%s: there is no thread %s: `vrkit threads` lists those that there are", op->why,
               op->target);
  return FALSE;
}
