/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policy and CPUs of threads, a guest's and the switch's that poll for it. How a thread gets what
 * it shall have is a table of mechanisms; taking it back is one way for all. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "apply/vr-apart-domain.h"
#include "apply/vr-deadline.h"
#include "apply/vr-host-ops.h"
#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "apply/vr-thread-find.h"
#include "apply/vr-thread-state.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-cgroup.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
/* What the real-time threads of one guest share. */
#define RT_NAME "rt"

static gboolean
probe_thread (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  VrThreadFound thread;
  g_auto (VrThreadState) state = { 0 };
  (void) host;
  *found = NULL;
  if (!vr_thread_find (op, &thread, error))
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
  const VrThreadFound *thread;
  const VrThreadState *is;
  const VrThreadState *want;
} Grant;

/* libvirt has made groups for a guest's threads; the switch is in whatever group it was started. */
static char *
group_for (const VrThreadFound *thread, VrTree tree, const char *path, const char *name,
           GError **error)
{
  const char *controller = vr_tree_controller (tree);
  return thread->role == VR_TASK_PMD ? vr_own_group_below (controller, path, name, error)
                                     : vr_own_group_beside (controller, path, name, error);
}

/* Of version 1 the CPUs of a domain are none that libvirt's groups have. */
static gboolean
goes_apart (const Grant *grant)
{
  return grant->want->domain != NULL && vr_cgroup_version ("cpuset") == 1;
}

static char *
own_group (const Grant *grant, VrTree tree, const char *name, GError **error)
{
  const char *path = grant->is->groups[tree];
  if (tree == VR_TREE_CPUSET && goes_apart (grant))
    return vr_apart_domain_path (grant->op->target);
  if (path != NULL)
    return group_for (grant->thread, tree, path, name, error);
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

/* What the switch's group has is its starter's to say. */
static gboolean
check_switch_runtime (const char *path, GError **error)
{
  guint64 runtime_us;
  if (!vr_own_group_read_grant (path, &runtime_us, error))
    return FALSE;
  if (runtime_us > 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "Open vSwitch is in cgroup %s of the controller cpu, which has no real-time runtime "
               "(CONFIG_RT_GROUP_SCHED): raise its cpu.rt_runtime_us, or use deadline",
               path);
  return FALSE;
}

/* With real-time groups a thread gets no more real-time than its group was granted, and libvirt
 * grants none. */
static gboolean
grant_runtime (const Grant *grant, GError **error)
{
  const char *path = grant->is->groups[VR_TREE_CPU];
  if (path == NULL || !vr_own_group_needs_grant (path))
    return TRUE;
  if (grant->thread->role == VR_TASK_PMD)
    return check_switch_runtime (path, error);
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

/* Before it is bound to CPUs that it cannot have where it is. */
static gboolean
go_apart (const Grant *grant, GError **error)
{
  if (!goes_apart (grant) || grant->is->domain != NULL)
    return TRUE;
  g_autofree char *group = vr_apart_domain_path (grant->op->target);
  return vr_apart_domain_open (group, grant->is->groups[VR_TREE_CPUSET], error)
         && move (grant, VR_TREE_CPUSET, group, error);
}

/* A partition wakes its threads up by itself. */
static gboolean
go_there (const Grant *grant, const char *group, GError **error)
{
  if (!goes_apart (grant))
    return TRUE;
  if (!vr_own_group_narrow (group, grant->want->domain, error))
    return FALSE;
  if (grant->want->sched.policy == SCHED_DEADLINE)
    vr_deadline_wake (grant->thread->tid);
  return TRUE;
}

/* Once the thread has its policy: one that is to become a deadline thread must not sleep on a CPU
 * outside of its root domain. */
static gboolean
isolate (const Grant *grant, GError **error)
{
  if (grant->want->domain == NULL || grant->is->domain != NULL)
    return TRUE;
  g_autofree char *group = own_group (grant, VR_TREE_CPUSET, grant->thread->selector, error);
  return group != NULL && vr_own_group_widen (group, error)
         && move (grant, VR_TREE_CPUSET, group, error) && go_there (grant, group, error)
         && vr_own_domain_make (group, grant->want->domain, error);
}

/* --- Taking back --------------------------------------------------------------------------------
 */

/* One whose CPUs somebody has changed may not have that, and is taken back all the same. */
static gboolean
shrink (const VrThreadFound *thread, const VrThreadState *is, GError **error)
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
move_back (const VrThreadFound *thread, const VrThreadState *is, const VrThreadState *old,
           GError **error)
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

static gboolean
can_have_own (const VrThreadFound *thread, VrTree tree)
{
  return thread->role != VR_TASK_PMD || vr_cgroup_version (vr_tree_controller (tree)) == 1;
}

/* Once nothing is in them; those of a guest that is gone are gone with it. */
static gboolean
remove_own (const VrThreadFound *thread, const VrThreadState *old, GError **error)
{
  for (VrTree tree = 0; tree < VR_TREES; tree++) {
    const char *controller = vr_tree_controller (tree);
    if (old->groups[tree] == NULL || vr_apart_domain_is (old->groups[tree])
        || !can_have_own (thread, tree))
      continue;
    g_autofree char *own = group_for (thread, tree, old->groups[tree], thread->selector, error);
    g_autofree char *rt = own != NULL ? group_for (thread, tree, own, RT_NAME, error) : NULL;
    VrCgroup group = { controller, own };
    if (rt == NULL || !vr_cgroup_remove (&group, error)
        || (tree == VR_TREE_CPU && !vr_own_group_revoke (rt, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_apart (const VrOp *op)
{
  g_autofree char *path = vr_apart_domain_path (op->target);
  VrCgroup group = { "cpuset", path };
  return vr_cgroup_exists (&group);
}

/* That of a guest that is gone stays. */
static gboolean
remove_apart (const VrOp *op, GError **error)
{
  g_autofree char *path = vr_apart_domain_path (op->target);
  return vr_apart_domain_remove (path, error);
}

static gboolean
restore_cpus (const VrThreadFound *thread, const VrThreadState *old, GError **error)
{
  if (old->affinity == VR_AFFINITY_FREE)
    return vr_sched_free_cpus (thread->tid, error);
  return old->cpus == NULL || vr_sched_write_cpus (thread->tid, old->cpus, error);
}

static gboolean
restore (const VrThreadFound *thread, const VrThreadState *old, GError **error)
{
  g_auto (VrThreadState) is = { 0 };
  return vr_thread_state_read (thread->tid, &is, error) && widen_own (&is, error)
         && shrink (thread, &is, error) && vr_sched_write (thread->tid, &old->sched, error)
         && move_back (thread, &is, old, error) && restore_cpus (thread, old, error);
}

/* --- Threads that poll ---------------------------------------------------------------------------
 */

/* What a policy has made for it. With the switch goes the way to the group that it was started in:
 * the root is where one is that nobody put elsewhere. */
static gboolean
leave_own (const VrThreadFound *thread, GError **error)
{
  g_auto (VrThreadState) is = { 0 };
  g_auto (VrThreadState) plain = { .sched = { .policy = SCHED_OTHER } };
  gboolean owned = FALSE;
  if (thread->tid != 0 && !vr_thread_state_read (thread->tid, &is, error))
    return FALSE;
  for (VrTree tree = 0; tree < VR_TREES; tree++) {
    const char *group = thread->tid != 0 ? is.groups[tree] : "/";
    gboolean own = group != NULL && vr_own_group_is (group);
    plain.groups[tree] = own ? vr_own_group_parent (group) : g_strdup (group);
    owned = owned || own;
  }
  return (!owned || restore (thread, &plain, error)) && remove_own (thread, &plain, error);
}

/* `old` has what labs held, and nothing else. */
static gboolean
undo_poller (const VrThreadFound *thread, GVariant *old, const VrThreadState *state, GError **error)
{
  if (!leave_own (thread, error))
    return FALSE;
  return thread->tid == 0
         || ((vr_op_lookup (old, "policy") == NULL
              || vr_sched_write (thread->tid, &state->sched, error))
             && restore_cpus (thread, state, error));
}

/* --- The whole -----------------------------------------------------------------------------------
 */

/* A value of the whole host is changed in place, where a guest's thread is first given back what it
 * had. */
static gboolean
apply_thread (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  VrThreadFound thread;
  g_auto (VrThreadState) is = { 0 };
  g_auto (VrThreadState) want = { 0 };
  (void) host;
  (void) found;
  if (!vr_thread_require (op, &thread, error)
      || (thread.role == VR_TASK_PMD && !leave_own (&thread, error))
      || !vr_thread_state_read (thread.tid, &is, error)
      || !vr_thread_state_parse (op->want, &want, error))
    return FALSE;
  Grant grant = { op, &thread, &is, &want };
  g_auto (VrFd) turn = goes_apart (&grant) ? vr_apart_domain_take_turn (error) : -1;
  if (goes_apart (&grant) && turn < 0)
    return FALSE;
  gsize i = 0;
  while (!mechanisms[i].fits (&want))
    i++;
  if (go_apart (&grant, error) && mechanisms[i].grant (&grant, error) && isolate (&grant, error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

static gboolean
undo_thread (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  VrThreadFound thread;
  g_auto (VrThreadState) state = { 0 };
  (void) host;
  if (old == NULL)
    return TRUE;
  if (!vr_thread_find (op, &thread, error) || !vr_thread_state_parse (old, &state, error))
    return FALSE;
  if (thread.role == VR_TASK_PMD)
    return undo_poller (&thread, old, &state, error);
  gboolean apart = is_apart (op);
  g_auto (VrFd) turn = apart ? vr_apart_domain_take_turn (error) : -1;
  if (apart && turn < 0)
    return FALSE;
  return (thread.tid == 0 || restore (&thread, &state, error))
         && remove_own (&thread, &state, error) && (!apart || remove_apart (op, error));
}

const VrHostOp *
vr_host_thread_op (VrOpKind kind)
{
  static const VrHostOp row = { probe_thread, apply_thread, undo_thread };
  return kind == VR_OP_THREAD ? &row : NULL;
}
