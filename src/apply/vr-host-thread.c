/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policy and CPUs of threads, a guest's and the switch's that poll for it. Taking back what a
 * thread was granted is one way for all. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "apply/vr-apart-domain.h"
#include "apply/vr-deadline.h"
#include "apply/vr-host-ops.h"
#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "apply/vr-thread-grant.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-cgroup.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

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

/* QEMU's threads start in the group of the one that makes them: what it made there goes home with
 * it. A group of a guest that is gone, or going, goes with the guest; the one that the thread was
 * in before stays. */
static gboolean
remove_group (const VrThreadFound *thread, const VrCgroup *group, const char *home, GError **error)
{
  VrCgroup to = { group->controller, home };
  g_autoptr (GError) cause = NULL;
  if (strcmp (group->path, home) == 0 || vr_cgroup_remove (group, &cause))
    return TRUE;
  if (g_error_matches (cause, VR_ERROR, VR_ERROR_BUSY))
    return thread->tid == 0
           || (vr_cgroup_move_all (group, &to, error) && vr_cgroup_remove (group, error));
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
remove_own (const VrThreadFound *thread, const VrThreadState *old, GError **error)
{
  for (VrTree tree = 0; tree < VR_TREES; tree++) {
    const char *controller = vr_tree_controller (tree);
    if (old->groups[tree] == NULL || vr_apart_domain_is (old->groups[tree])
        || !can_have_own (thread, tree))
      continue;
    g_autofree char *own
        = vr_thread_group (thread, tree, old->groups[tree], thread->selector, error);
    g_autofree char *rt
        = own != NULL ? vr_thread_group (thread, tree, own, VR_THREAD_RT_GROUP, error) : NULL;
    VrCgroup group = { controller, own };
    if (rt == NULL || !remove_group (thread, &group, old->groups[tree], error)
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

/* With what QEMU made there sent home. */
static gboolean
remove_apart (const VrOp *op, const VrThreadState *old, GError **error)
{
  g_autofree char *path = vr_apart_domain_path (op->target);
  VrCgroup group = { "cpuset", path }, home = { "cpuset", old->groups[VR_TREE_CPUSET] };
  return (home.path == NULL || vr_cgroup_move_all (&group, &home, error))
         && vr_apart_domain_remove (path, error);
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
  VrThreadGrant grant = { op, &thread, &is, &want };
  if (vr_thread_grant (&grant, error))
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
         && remove_own (&thread, &state, error) && (!apart || remove_apart (op, &state, error));
}

const VrHostOp *
vr_host_thread_op (VrOpKind kind)
{
  static const VrHostOp row = { probe_thread, apply_thread, undo_thread };
  return kind == VR_OP_THREAD ? &row : NULL;
}
