/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a profile wants of the threads of its routers, and of the host's CPUs. */
#pragma once

#include <glib.h>

#include "model/vr-origin.h"

/* Which thread of a guest, or of the switch that polls for it. */
typedef enum {
  VR_THREAD_VCPU,     /* vcpu.N */
  VR_THREAD_VHOST,    /* vhost.PORT[.Q]: the worker of an interface, or of one of its queues */
  VR_THREAD_MOVER,    /* mover.PORT: whichever thread moves the packets of an interface */
  VR_THREAD_EMULATOR, /* emulator: QEMU's main loop */
  VR_THREAD_IOTHREAD, /* iothread.N */
  VR_THREAD_PMD,      /* pmd.CPU: Open vSwitch's that polls on that CPU, for all of its ports */
  VR_THREAD_ROLES
} VrThreadRole;

#define VR_THREAD_ALL_QUEUES G_MAXUINT

typedef struct {
  VrThreadRole role;
  guint
      index;  /* of a vcpu or iothread; a queue of vhost, or VR_THREAD_ALL_QUEUES; the CPU of pmd */
  char *port; /* of vhost and mover, owned; else NULL */
} VrThreadSelector;

/* The mechanisms by which a thread gets CPU time. */
typedef enum {
  VR_POLICY_OTHER,    /* CFS or EEVDF, with a nice value */
  VR_POLICY_IDLE,     /* SCHED_IDLE */
  VR_POLICY_FIFO,     /* SCHED_FIFO, with a priority */
  VR_POLICY_RR,       /* SCHED_RR, with a priority */
  VR_POLICY_DEADLINE, /* SCHED_DEADLINE: a constant bandwidth server for the thread */
  VR_POLICY_QUOTA,    /* SCHED_OTHER within CFS bandwidth of a cgroup of its own */
  VR_POLICIES
} VrPolicy;

typedef enum {
  VR_CPUS_ANY,  /* wherever the host puts it */
  VR_CPUS_LIST, /* `cpus`: one, tight; several, loose */
  VR_CPUS_AUTO, /* the planner's choice */
} VrCpusChoice;

/* Whether the CPUs are the thread's alone, in a root domain of their own. */
typedef enum { VR_CPUS_SHARED, VR_CPUS_EXCLUSIVE } VrCpusSharing;

/* `SELECTOR = POLICY [ARGUMENTS] [@CPUS] [exclusive]` */
typedef struct {
  VrOrigin origin;
  VrThreadSelector selector;
  VrPolicy policy;
  gint nice;           /* other: -20 to 19 */
  guint priority;      /* fifo, rr: 1 to 99 */
  guint64 runtime_ns;  /* deadline, quota */
  guint64 deadline_ns; /* deadline: the period where none is given */
  guint64 period_ns;   /* deadline, quota */
  VrCpusChoice cpus_choice;
  GArray *cpus; /* guint, ascending, each once; VR_CPUS_LIST only */
  VrCpusSharing sharing;
} VrThreadSchedule;

/* [schedule ROUTER] */
typedef struct {
  VrOrigin origin;
  char *router;
  GPtrArray *threads; /* VrThreadSchedule, owned */
} VrSchedule;

VrThreadSchedule *vr_thread_schedule_new (void);
void vr_thread_schedule_free (VrThreadSchedule *thread);
VrSchedule *vr_schedule_new (void);
void vr_schedule_free (VrSchedule *schedule);

/* "vcpu", …; and "other", "idle", "fifo", "rr", "deadline", "quota", as profiles, plans and
 * `vrkit threads` have them. */
const char *vr_thread_role_name (VrThreadRole role);
const char *vr_policy_name (VrPolicy policy);

/* "vcpu.0", "vhost.left.1", "emulator": the caller owns it. */
char *vr_thread_selector_print (const VrThreadSelector *selector);

/* The way back, by which `selector->port` is owned. VR_ERROR_PROFILE with what would be right. */
gboolean vr_thread_selector_parse (const char *text, VrThreadSelector *selector, GError **error);

/* Whether two schedules ask for the same, for whatever threads and from wherever. */
gboolean vr_thread_schedule_same (const VrThreadSchedule *a, const VrThreadSchedule *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrThreadSchedule, vr_thread_schedule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSchedule, vr_schedule_free)
