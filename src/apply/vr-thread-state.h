/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a thread has of the CPUs: policy, affinity, cgroups; read from the kernel, and in the words
 * of plans and journals. Only src/apply includes it. */
#pragma once

#include "sys/vr-sched.h"

/* The cpuset tree holds CPUs, the cpu tree quotas and, of version 1, real-time runtime. With
 * version 2 they are one. */
typedef enum { VR_TREE_CPUSET, VR_TREE_CPU, VR_TREES } VrTree;

const char *vr_tree_controller (VrTree tree);

/* A thread that was never bound has whatever CPUs its cgroup has, now and later. */
typedef enum { VR_AFFINITY_BOUND, VR_AFFINITY_FREE } VrAffinity;

typedef struct {
  VrSched sched;
  GArray *cpus;   /* guint; NULL where none are wanted */
  GArray *domain; /* guint: CPUs that are the thread's alone; NULL where there are none */
  VrAffinity affinity;
  guint64 quota_ns; /* of each period; 0: none */
  guint64 quota_period_ns;
  guint64 rt_runtime_us;  /* of the guest's real-time group, for a thread in it; 0: none */
  const char *worker;     /* number among the vhost workers, borrowed; NULL for other threads */
  char *groups[VR_TREES]; /* the paths of its cgroups; NULL where there is no such tree */
} VrThreadState;

void vr_thread_state_clear (VrThreadState *state);

/* As the thread is now. */
gboolean vr_thread_state_read (pid_t tid, VrThreadState *state, GError **error);

/* The a{ss} of a state, and back; what a text does not have stays 0 or NULL. Keys: policy, nice,
 * priority, runtime-ns, deadline-ns, period-ns, reset-on-fork, cpus, affinity, exclusive, quota-ns,
 * quota-period-ns, rt-runtime-us, worker, cpuset-cgroup, cpu-cgroup. VR_ERROR_INTERNAL for a value
 * that is none. */
GVariant *vr_thread_state_print (const VrThreadState *state);
gboolean vr_thread_state_parse (GVariant *strings, VrThreadState *state, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrThreadState, vr_thread_state_clear)
