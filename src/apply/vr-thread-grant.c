/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-thread-grant.h"

#include <sched.h>

#include "apply/vr-apart-domain.h"
#include "apply/vr-deadline.h"
#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-cgroup.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

/* libvirt has made groups for a guest's threads; the switch is in whatever group it was started. */
char *
vr_thread_group (const VrThreadFound *thread, VrTree tree, const char *path, const char *name,
                 GError **error)
{
  const char *controller = vr_tree_controller (tree);
  return thread->role == VR_TASK_PMD ? vr_own_group_below (controller, path, name, error)
                                     : vr_own_group_beside (controller, path, name, error);
}

/* Of version 1 the CPUs of a domain are none that libvirt's groups have. */
static gboolean
goes_apart (const VrThreadGrant *grant)
{
  return grant->want->domain != NULL && vr_cgroup_version ("cpuset") == 1;
}

static char *
own_group (const VrThreadGrant *grant, VrTree tree, const char *name, GError **error)
{
  const char *path = grant->is->groups[tree];
  if (tree == VR_TREE_CPUSET && goes_apart (grant))
    return vr_apart_domain_path (grant->op->target);
  if (path != NULL)
    return vr_thread_group (grant->thread, tree, path, name, error);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "no cgroup tree with the controller %s is mounted",
               vr_tree_controller (tree));
  return NULL;
}

static gboolean
move (const VrThreadGrant *grant, VrTree tree, const char *path, GError **error)
{
  VrCgroup group = { vr_tree_controller (tree), path };
  if (g_strcmp0 (grant->is->groups[tree], path) == 0)
    return TRUE;
  return vr_cgroup_attach (&group, grant->thread->tid, error);
}

/* Where a CPU has become a root domain of its own, threads that sleep there belong to that until
 * they run elsewhere. */
static gboolean
reserve (const VrThreadGrant *grant, const char *group, GError **error)
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
grant_deadline (const VrThreadGrant *grant, GError **error)
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
grant_affinity (const VrThreadGrant *grant, GError **error)
{
  return grant->want->cpus == NULL
         || vr_sched_write_cpus (grant->thread->tid, grant->want->cpus, error);
}

static gboolean
grant_quota (const VrThreadGrant *grant, GError **error)
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
grant_runtime (const VrThreadGrant *grant, GError **error)
{
  const char *path = grant->is->groups[VR_TREE_CPU];
  if (path == NULL || !vr_own_group_needs_grant (path))
    return TRUE;
  if (grant->thread->role == VR_TASK_PMD)
    return check_switch_runtime (path, error);
  g_autofree char *group = own_group (grant, VR_TREE_CPU, VR_THREAD_RT_GROUP, error);
  return group != NULL && vr_own_group_grant (group, grant->want->rt_runtime_us, error)
         && move (grant, VR_TREE_CPU, group, error);
}

static gboolean
grant_realtime (const VrThreadGrant *grant, GError **error)
{
  return grant_runtime (grant, error)
         && vr_sched_write (grant->thread->tid, &grant->want->sched, error)
         && grant_affinity (grant, error);
}

static gboolean
grant_plain (const VrThreadGrant *grant, GError **error)
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
  gboolean (*grant) (const VrThreadGrant *grant, GError **error);
} mechanisms[] = {
  { wants_deadline, grant_deadline },
  { wants_quota, grant_quota },
  { wants_realtime, grant_realtime },
  { wants_anything, grant_plain },
};

/* Before it is bound to CPUs that it cannot have where it is. */
static gboolean
go_apart (const VrThreadGrant *grant, GError **error)
{
  if (!goes_apart (grant) || grant->is->domain != NULL)
    return TRUE;
  g_autofree char *group = vr_apart_domain_path (grant->op->target);
  return vr_apart_domain_open (group, grant->is->groups[VR_TREE_CPUSET], error)
         && move (grant, VR_TREE_CPUSET, group, error);
}

/* A partition wakes its threads up by itself. */
static gboolean
go_there (const VrThreadGrant *grant, const char *group, GError **error)
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
isolate (const VrThreadGrant *grant, GError **error)
{
  if (grant->want->domain == NULL || grant->is->domain != NULL)
    return TRUE;
  g_autofree char *group = own_group (grant, VR_TREE_CPUSET, grant->thread->selector, error);
  return group != NULL && vr_own_group_widen (group, error)
         && move (grant, VR_TREE_CPUSET, group, error) && go_there (grant, group, error)
         && vr_own_domain_make (group, grant->want->domain, error);
}

gboolean
vr_thread_grant (const VrThreadGrant *grant, GError **error)
{
  g_auto (VrFd) turn = goes_apart (grant) ? vr_apart_domain_take_turn (error) : -1;
  gsize i = 0;
  if (goes_apart (grant) && turn < 0)
    return FALSE;
  while (!mechanisms[i].fits (grant->want))
    i++;
  return go_apart (grant, error) && mechanisms[i].grant (grant, error) && isolate (grant, error);
}
