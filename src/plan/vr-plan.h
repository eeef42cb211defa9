/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab needs of its host, in order: a pure function of the lab and of facts about the host.
 * The same input gives the same plan, byte for byte. */
#pragma once

#include <glib.h>

#include "model/vr-lab.h"
#include "plan/vr-op.h"

/* An image as the plan needs it. */
typedef struct {
  char *name;
  char *kernel; /* paths on the host */
  char *initrd;
  char *command_line; /* the kernel's, what the image wants of it */
  char *digest;
  guint64 memory_mib; /* the least that a guest of it boots with; 0: not known, not checked */
} VrPlanImage;

/* A NIC of the host that a port names. */
typedef struct {
  char *name;
  guint mtu_max;         /* bytes; 0: unknown */
  gint64 numa;           /* node; -1: none, or unknown */
  GArray *irqs;          /* guint, ascending: interrupts whose CPUs can be chosen */
  GArray *managed_irqs;  /* likewise, those whose CPUs are the kernel's to choose */
  GPtrArray *rps_queues; /* char *, owned: queues that have receive packet steering, "rx-0" */
  GPtrArray *xps_queues; /* char *, owned: those that have transmit packet steering, "tx-0" */
  GHashTable *settings;  /* what can be set of it, as "rx-ring" (static) → the most that it takes
                          * (GUINT_TO_POINTER; 0: it does not tell); NULL: it was not asked */
} VrPlanNic;

/* An online CPU, and its place in the machine; -1 where that is unknown. */
typedef struct {
  guint id;
  gint64 core; /* within its package: CPUs that share it are SMT siblings */
  gint64 package;
  gint64 llc;  /* the last-level cache, within its package */
  gint64 numa; /* node */
  gboolean isolated;
  gboolean governed; /* has a frequency governor */
} VrPlanCpu;

/* A thread of somebody else on the host, as it is now. */
typedef struct {
  char *name;        /* for people: "vcpu.0 of router r1 of lab b", "thread 812 (rt-app)" */
  GArray *cpus;      /* guint, ascending: where it may run; NULL: unknown */
  guint64 share_ppm; /* that it reserves by SCHED_DEADLINE, in millionths of a CPU */
  gboolean of_guest;
} VrPlanOther;

/* Which CPUs a thread can have for itself. A partition of cgroup version 2 lies within libvirt's
 * groups, and an exclusive cpuset of version 1 must not overlap them. */
typedef enum { VR_EXCLUSIVE_OF_GUESTS, VR_EXCLUSIVE_BESIDE_GUESTS } VrExclusiveFrom;

/* What the planner knows of the host. The lab layer fills it in; tests write it down. */
typedef struct {
  char *run_dir;      /* of this lab: where guests' configurations are written */
  guint64 memory_mib; /* of the host; 0: not known, not checked */
  /* Huge pages, by VrHugepages, that the lab may have: those that are free, and those of its own
   * guests. */
  guint64 hugepages[VR_HUGEPAGES];
  gboolean hugepages_known; /* else they are not checked */
  gboolean kvm_usable;
  char *kvm_reason; /* why not, for the announcement */
  guint64 tsc_khz;  /* of the host's time-stamp counter, which TCG gives to guests; 0: not known */
  gboolean vhost_present;
  gboolean macvtap_present;
  gboolean bridge_vlans_present; /* of Linux; only where a port asks for one */
  char *no_ovs; /* why Open vSwitch cannot be used; NULL where it can, and where no port asks for it
                 */
  gboolean ovs_in_kernel; /* the kernel has a datapath of it */
  char *no_dpdk;          /* why Open vSwitch, which runs, has no ports of DPDK; NULL likewise */
  char *no_af_xdp;        /* why its DPDK takes no frames by AF_XDP; NULL likewise */
  GArray *polled; /* guint: CPUs that threads of Open vSwitch are on and never leave; NULL: none */
  char *no_poll_group; /* why a thread that polls cannot have a cgroup of its own, as deadline and
                        * quota take it; NULL where it can */
  char *no_exclusive;  /* why a thread cannot have CPUs for itself; NULL where it can */
  char *all_guests;    /* the group of all guests in the tree of cpusets, which bears the names of
                        * those that have such CPUs; NULL without */
  VrExclusiveFrom exclusive_from;
  GHashTable *taken;  /* CPU (GUINT_TO_POINTER) → the other lab that has it for itself, owned */
  GHashTable *images; /* name → VrPlanImage, owned */
  GHashTable *nics;   /* name → VrPlanNic, owned */

  GArray *cpus;       /* VrPlanCpu, by id */
  GArray *present;    /* guint, ascending: CPUs that are there, online or not; NULL: unknown */
  GArray *guest_cpus; /* guint, ascending: what libvirt's own cpuset has; NULL: all */
  /* Of SCHED_DEADLINE. Periods: the kernel's limits, 0 where there is none. Shares: millionths of
   * one CPU, the ceiling of each, 0 where it is not known and not checked. */
  guint64 deadline_period_min_us, deadline_period_max_us;
  guint64 deadline_ceiling_ppm;
  char *no_ceiling;     /* why it is not known, where the kernel was asked, and the way out */
  guint64 rt_share_ppm; /* of a CPU, that real-time threads may have as the host is now */
  /* Threads that are not this lab's: all that reserve, and where the lab's plan hangs on them, all
   * of other guests that a schedule could name. VrPlanOther, owned. */
  GPtrArray *others;
  /* "DOMAIN/SELECTOR" of the lab's own threads, where it is up → the VrOp that made them what they
   * are; both owned. */
  GHashTable *placed;
  gboolean keep_places; /* a thread that @auto placed stays where it is while it is allowed there,
                         * though another finds no room then */
  /* With CONFIG_RT_GROUP_SCHED: the group of all guests in the cpu tree, what it may be granted of
   * each second, and how much of that guests of other labs have. NULL and 0 without. */
  char *rt_group;
  guint64 rt_runtime_us;
  guint64 rt_used_us;
  /* What runs, and may undo what a lab wants. */
  gboolean irqbalance_runs, stalld_runs, tuned_runs, ksm_runs;
  char *slow_governor; /* of a CPU, other than performance; NULL: none */
} VrPlanFacts;

typedef struct {
  char *lab;
  GPtrArray *ops;       /* VrOp, owned, in the order in which they are applied */
  GPtrArray *notices;   /* char *, owned: each fallback that was taken, for the user to read */
  gboolean placed_anew; /* the threads of @auto fit only as vr_place_anew() places them */
} VrPlan;

VrPlanNic *vr_plan_nic_new (const char *name);
VrPlanFacts *vr_plan_facts_new (void);
void vr_plan_facts_free (VrPlanFacts *facts);
/* The facts own what they are given; of a VrPlanOther each part. */
void vr_plan_facts_add_other (VrPlanFacts *facts, const VrPlanOther *other);
void vr_plan_facts_add_image (VrPlanFacts *facts, VrPlanImage *image);
/* Notes a copy of an operation that was done for the lab; only those of threads count. */
void vr_plan_facts_add_placed (VrPlanFacts *facts, const VrOp *op);
void vr_plan_facts_add_nic (VrPlanFacts *facts, VrPlanNic *nic);

/* VR_ERROR_INFEASIBLE where the lab does not fit the host, VR_ERROR_HOST where the host lacks what
 * the lab insists on; the message names the place in the profile. */
VrPlan *vr_plan_new (const VrLab *lab, const VrPlanFacts *facts, GError **error);
void vr_plan_free (VrPlan *plan);

/* What a thread reserves by its operation, in millionths of a CPU, rounded up; 0: nothing. */
guint64 vr_plan_thread_share_ppm (const VrOp *op);

/* One line an operation: "KIND TARGET key=value … # why". */
char *vr_plan_print (const VrPlan *plan);
/* {"schema":"vrkit.plan/1", …}: documented in vrkit(1). */
char *vr_plan_json (const VrPlan *plan);

/* The name that a port's link bears inside a router or a test namespace: the port's own where it
 * fits a kernel's interface name and is none that the kernel gives out itself, else a hash. */
const char *vr_plan_inner_name (const char *port, char name[16]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPlanFacts, vr_plan_facts_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPlan, vr_plan_free)
