/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policy and CPUs of a guest's threads. How a thread gets what it shall have is a table of
 * mechanisms; taking it back is one way for all. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "apply/vr-deadline.h"
#include "apply/vr-host-ops.h"
#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "apply/vr-thread-state.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-task.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
/* What the real-time threads of one guest share. */
#define RT_NAME "rt"

/* A thread of the profile, found on the host. */
typedef struct {
  const char *selector; /* "vcpu.0", in the operation's target */
  pid_t tid;            /* 0: there is none, or no guest */
  guint worker;         /* of a vhost worker: its number among them */
} Thread;

/* --- Finding ------------------------------------------------------------------------------------
 */

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
  else if (worker != NULL && sscanf (worker, "%u%c", index, &rest) == 1)
    *role = VR_TASK_VHOST;
  else {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "%s names no thread", op->target);
    return FALSE;
  }
  return TRUE;
}

static gboolean
find_thread (const VrOp *op, Thread *thread, GError **error)
{
  VrTaskRole role;
  const char *slash = strchr (op->target, '/');
  *thread = (Thread){ .selector = slash != NULL ? slash + 1 : op->target };
  if (!parse_selector (op, &role, &thread->worker, error))
    return FALSE;
  g_autofree char *domain = g_strndup (op->target, (gsize) (thread->selector - op->target - 1));
  pid_t process = vr_task_guest (domain, NULL);
  VrTasks which = role == VR_TASK_VHOST ? VR_TASKS_ALL : VR_TASKS_OWN;
  g_autoptr (GArray) tasks = process > 0 ? vr_task_list (process, which, NULL) : NULL;
  const VrTask *task = tasks != NULL ? vr_task_find (tasks, role, thread->worker) : NULL;
  thread->tid = task != NULL ? task->tid : 0;
  return TRUE;
}

/* The same for one that must be there. */
static gboolean
require_thread (const VrOp *op, Thread *thread, GError **error)
{
  if (!find_thread (op, thread, error))
    return FALSE;
  if (thread->tid != 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "%s: there is no thread %s: `vrkit threads` lists those that there are", op->why,
               op->target);
  return FALSE;
}

static gboolean
probe_thread (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  Thread thread;
  g_auto (VrThreadState) state = { 0 };
  (void) host;
  *found = NULL;
  if (!find_thread (op, &thread, error))
    return FALSE;
  if (thread.tid == 0)
    return TRUE;
  if (!vr_thread_state_read (thread.tid, &state, error))
    return FALSE;
  /* It is by this that the thread was found. */
  state.worker = vr_op_get (op, "worker");
  *found = vr_thread_state_print (&state);
  return TRUE;
}

/* --- Granting -----------------------------------------------------------------------------------
 */

/* What a mechanism is given: the thread, as it is and as it shall be. */
typedef struct {
  const VrOp *op;
  const Thread *thread;
  const VrThreadState *is;
  const VrThreadState *want;
} Grant;

static char *
own_group (const Grant *grant, VrTree tree, const char *name, GError **error)
{
  const char *path = grant->is->groups[tree];
  if (path != NULL)
    return vr_own_group_beside (vr_tree_controller (tree), path, name, error);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "no cgroup tree with the controller %s is mounted",
               vr_tree_controller (tree));
  return NULL;
}

static gboolean
move (const Grant *grant, VrTree tree, const char *path, GError **error)
{
  VrCgroup group = { vr_tree_controller (tree), path };
  if (g_strcmp0 (grant->is->groups[tree], path) == 0)
    return TRUE;
  return vr_cgroup_attach (&group, grant->thread->tid, error);
}

/* Where a CPU has become a root domain of its own, threads that sleep there belong to that until
 * they run elsewhere. */
static gboolean
reserve (const Grant *grant, const char *group, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (vr_sched_write (grant->thread->tid, &grant->want->sched, &cause))
    return TRUE;
  if (g_error_matches (cause, VR_ERROR, VR_ERROR_PERMISSION))
    return vr_own_group_wake (group, error)
           && vr_sched_write (grant->thread->tid, &grant->want->sched, error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* A deadline thread must be allowed all CPUs of its root domain when it becomes one, and its
 * affinity cannot change while it is one, though the domain may; but its cpuset can
 * (kernel/sched/syscalls.c, __sched_setscheduler; kernel/cgroup/cpuset.c). So: free its affinity,
 * reserve, then narrow. */
static gboolean
grant_deadline (const Grant *grant, GError **error)
{
  if (grant->is->domain != NULL)
    return vr_sched_write (grant->thread->tid, &grant->want->sched, error);
  g_autofree char *group = own_group (grant, VR_TREE_CPUSET, grant->thread->selector, error);
  if (group == NULL || !vr_own_group_widen (group, error)
      || !move (grant, VR_TREE_CPUSET, group, error))
    return FALSE;
  if (grant->is->sched.policy != SCHED_DEADLINE && !vr_sched_free_cpus (grant->thread->tid, error))
    return FALSE;
  if (!reserve (grant, group, error)
      || (grant->is->sched.policy != SCHED_DEADLINE
          && !vr_deadline_settle (grant->thread->tid, &grant->want->sched, error)))
    return FALSE;
  return grant->want->cpus == NULL || vr_own_group_narrow (group, grant->want->cpus, error);
}

static gboolean
grant_affinity (const Grant *grant, GError **error)
{
  return grant->want->cpus == NULL
         || vr_sched_write_cpus (grant->thread->tid, grant->want->cpus, error);
}

static gboolean
grant_quota (const Grant *grant, GError **error)
{
  g_autofree char *group = own_group (grant, VR_TREE_CPU, grant->thread->selector, error);
  return group != NULL
         && vr_own_group_set_quota (group, grant->want->quota_ns, grant->want->quota_period_ns,
                                    error)
         && move (grant, VR_TREE_CPU, group, error)
         && vr_sched_write (grant->thread->tid, &grant->want->sched, error)
         && grant_affinity (grant, error);
}

/* With real-time groups a thread gets no more real-time than its group was granted, and libvirt
 * grants none. */
static gboolean
grant_runtime (const Grant *grant, GError **error)
{
  const char *path = grant->is->groups[VR_TREE_CPU];
  if (path == NULL || !vr_own_group_needs_grant (path))
    return TRUE;
  g_autofree char *group = own_group (grant, VR_TREE_CPU, RT_NAME, error);
  return group != NULL && vr_own_group_grant (group, grant->want->rt_runtime_us, error)
         && move (grant, VR_TREE_CPU, group, error);
}

static gboolean
grant_realtime (const Grant *grant, GError **error)
{
  return grant_runtime (grant, error)
         && vr_sched_write (grant->thread->tid, &grant->want->sched, error)
         && grant_affinity (grant, error);
}

static gboolean
grant_plain (const Grant *grant, GError **error)
{
  return vr_sched_write (grant->thread->tid, &grant->want->sched, error)
         && grant_affinity (grant, error);
}

static gboolean
wants_deadline (const VrThreadState *want)
{
  return want->sched.policy == SCHED_DEADLINE;
}

static gboolean
wants_quota (const VrThreadState *want)
{
  return want->quota_ns != 0;
}

static gboolean
wants_realtime (const VrThreadState *want)
{
  return want->sched.policy == SCHED_FIFO || want->sched.policy == SCHED_RR;
}

static gboolean
wants_anything (const VrThreadState *want)
{
  (void) want;
  return TRUE;
}

/* The first that fits is taken. */
static const struct {
  gboolean (*fits) (const VrThreadState *want);
  gboolean (*grant) (const Grant *grant, GError **error);
} mechanisms[] = {
  { wants_deadline, grant_deadline },
  { wants_quota, grant_quota },
  { wants_realtime, grant_realtime },
  { wants_anything, grant_plain },
};

/* Once the thread has its policy: one that is to become a deadline thread must not sleep on a CPU
 * outside of its root domain. */
static gboolean
isolate (const Grant *grant, GError **error)
{
  if (grant->want->domain == NULL || grant->is->domain != NULL)
    return TRUE;
  g_autofree char *group = own_group (grant, VR_TREE_CPUSET, grant->thread->selector, error);
  return group != NULL && vr_own_group_widen (group, error)
         && move (grant, VR_TREE_CPUSET, group, error)
         && vr_own_domain_make (group, grant->want->domain, error);
}

static gboolean
apply_thread (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  Thread thread;
  g_auto (VrThreadState) is = { 0 };
  g_auto (VrThreadState) want = { 0 };
  (void) host;
  (void) found;
  if (!require_thread (op, &thread, error) || !vr_thread_state_read (thread.tid, &is, error)
      || !vr_thread_state_parse (op->want, &want, error))
    return FALSE;
  Grant grant = { op, &thread, &is, &want };
  gsize i = 0;
  while (!mechanisms[i].fits (&want))
    i++;
  if (mechanisms[i].grant (&grant, error) && isolate (&grant, error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

/* --- Taking back --------------------------------------------------------------------------------
 */

/* One whose CPUs somebody has changed may not have that, and is taken back all the same. */
static gboolean
shrink (const Thread *thread, const VrThreadState *is, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (is->sched.policy != SCHED_DEADLINE || vr_deadline_shrink (thread->tid, &cause)
      || g_error_matches (cause, VR_ERROR, VR_ERROR_PERMISSION))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
widen_own (const VrThreadState *is, GError **error)
{
  const char *group = is->groups[VR_TREE_CPUSET];
  if (group == NULL || !vr_own_group_is (group))
    return TRUE;
  return vr_own_domain_end (group, error)
         && (is->sched.policy != SCHED_DEADLINE
             || (vr_own_group_widen (group, error) && vr_own_group_wake (group, error)));
}

static gboolean
move_back (const Thread *thread, const VrThreadState *is, const VrThreadState *old, GError **error)
{
  for (VrTree tree = 0; tree < VR_TREES; tree++) {
    VrCgroup group = { vr_tree_controller (tree), old->groups[tree] };
    gboolean away = group.path != NULL && is->groups[tree] != NULL
                    && vr_own_group_is (is->groups[tree]) && !vr_own_group_is (group.path);
    if (away && !vr_cgroup_attach (&group, thread->tid, error))
      return FALSE;
  }
  return TRUE;
}

/* Once nothing is in them; those of a guest that is gone are gone with it. */
static gboolean
remove_own (const Thread *thread, const VrThreadState *old, GError **error)
{
  for (VrTree tree = 0; tree < VR_TREES; tree++) {
    const char *controller = vr_tree_controller (tree);
    if (old->groups[tree] == NULL)
      continue;
    g_autofree char *own
        = vr_own_group_beside (controller, old->groups[tree], thread->selector, error);
    g_autofree char *rt
        = own != NULL ? vr_own_group_beside (controller, own, RT_NAME, error) : NULL;
    VrCgroup group = { controller, own };
    if (rt == NULL || !vr_cgroup_remove (&group, error)
        || (tree == VR_TREE_CPU && !vr_own_group_revoke (rt, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
restore_cpus (const Thread *thread, const VrThreadState *old, GError **error)
{
  if (old->affinity == VR_AFFINITY_FREE)
    return vr_sched_free_cpus (thread->tid, error);
  return old->cpus == NULL || vr_sched_write_cpus (thread->tid, old->cpus, error);
}

static gboolean
restore (const Thread *thread, const VrThreadState *old, GError **error)
{
  g_auto (VrThreadState) is = { 0 };
  return vr_thread_state_read (thread->tid, &is, error) && widen_own (&is, error)
         && shrink (thread, &is, error) && vr_sched_write (thread->tid, &old->sched, error)
         && move_back (thread, &is, old, error) && restore_cpus (thread, old, error);
}

static gboolean
undo_thread (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  Thread thread;
  g_auto (VrThreadState) state = { 0 };
  (void) host;
  if (old == NULL)
    return TRUE;
  if (!find_thread (op, &thread, error) || !vr_thread_state_parse (old, &state, error))
    return FALSE;
  return (thread.tid == 0 || restore (&thread, &state, error))
         && remove_own (&thread, &state, error);
}

const VrHostOp *
vr_host_thread_op (VrOpKind kind)
{
  static const VrHostOp row = { probe_thread, apply_thread, undo_thread };
  return kind == VR_OP_THREAD ? &row : NULL;
}
