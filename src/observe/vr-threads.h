/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every thread of every guest of a lab, and of the switch that polls for it, as the kernel has it
 * now. */
#pragma once

#include <json-glib/json-glib.h>

#include "model/vr-lab.h"
#include "sys/vr-sched.h"
#include "sys/vr-task.h"
#include "sys/vr-virt.h"

/* Whether a thread is as its profile wants it. */
typedef enum {
  VR_FIT_FREE, /* the profile says nothing of it */
  VR_FIT_GOOD,
  VR_FIT_DRIFTED,
} VrFit;

/* Whether the thread is seen to move the frames of its ports. */
typedef enum {
  VR_PROOF_UNASKED,
  VR_PROOF_UNCLEAR, /* other traffic hid it */
  VR_PROOF_CONFIRMED,
  VR_PROOF_REFUTED,
} VrProof;

typedef struct {
  char *router;   /* "" of a thread of the switch, which is no router's alone */
  char *selector; /* as a profile names it: "vcpu.0", "vhost.left.0", "emulator"; "pmd.1" of the
                   * switch's on CPU 1; NULL for others */
  VrTask task;
  char *ports; /* whose packets it moves, "left,right"; "" for none */
  VrSched sched;
  guint64 quota_ns; /* of CPU time that its group of the cpu tree gives in each quota_period_ns */
  guint64 quota_period_ns; /* both 0 where it limits nothing, or not a thread of that policy */
  char *cpus;              /* that it may run on: "0-1" */
  guint last_cpu;          /* that it ran on */
  guint64 cpu_time_ns;
  char *cgroup;      /* in the cpuset tree; "" without one */
  char *cpu_cgroup;  /* in the cpu tree; the same with cgroup version 2 */
  char *root_domain; /* the CPUs among which the kernel balances and admits it: "0-3" */
  VrProof proof;
  VrFit fit;
  char *drift; /* what differs: "cpus is 0-1, wanted 1"; NULL but for VR_FIT_DRIFTED */
} VrThreadStatus;

void vr_thread_status_free (VrThreadStatus *thread);

/* The VrThreadStatus of all running guests of `lab`, in the order of its routers, and then of the
 * threads of Open vSwitch that poll its ports; `fit` is VR_FIT_FREE in all. A thread that ends
 * meanwhile is left out, and so is one of two that poll on the same CPU for two switches. */
GPtrArray *vr_threads_read (const VrLab *lab, VrVirt *virt, GError **error);

/* The time (ns) that a thread has run so far. FALSE where it has ended. */
gboolean vr_threads_cpu_time (pid_t tid, guint64 *time_ns);
/* "confirmed" */
const char *vr_proof_name (VrProof proof);

/* One element of "threads" of vrkit.threads/1, which vrkit(1) documents. */
void vr_thread_status_add_json (const VrThreadStatus *thread, JsonBuilder *builder);

/* "fifo 50", "deadline 50ms/200ms": as a profile has it; "quota 50ms/100ms" with a quota (ns, 0:
 * none), which only a thread that quotas bind has. The caller owns it. */
char *vr_threads_print_policy (const VrSched *sched, guint64 quota_ns, guint64 quota_period_ns);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrThreadStatus, vr_thread_status_free)
