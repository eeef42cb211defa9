/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The routers of a lab whose cores follow their load, as vr-cores.h has them: their threads by the
 * calibrations, the CPUs of the host and what is taken of these, tenants' rates as what is never
 * gone below; and the way back to the words of `tune`. Pure functions of a lab, its threads, its
 * calibrations and facts.
 *
 * Of a router each thread follows whose calibration has a line that can be used: vcpus, and what
 * moves packets but where the lab's schedule has it go before others already. A router that is not
 * calibrated has its vcpus follow by a guess. Where a thread's line ends,
 * nothing is known, and the router grows no further. The members of a PVR, and
 * the back-ends of an MSR, which are meant by members here too, follow alike: each has the threads
 * and lines of the first. */
#pragma once

#include "control/vr-contract.h"
#include "control/vr-cores.h"
#include "plan/vr-plan.h"

typedef struct {
  VrContractThread is; /* `tenant` and `number` mean nothing */
  guint router;        /* of the follow's */
  guint number;        /* among the router's, member by member, as vr-cores.h counts */
  /* What it has in fact, as the schedule says or vr_follow_note() was told. */
  double share; /* 0: nothing of the kind */
  guint cpu;
} VrFollowThread;

typedef struct {
  const char *name;       /* as the settings have it */
  const VrRouter *router; /* it, or its first member */
  guint members;          /* that there are; 1 for a router that is alone */
  const VrTenant *tenant; /* NULL: of none */
  double contract_pps;    /* never less than this */
  double limit_pps;       /* nor more than this: the tenant's, or where lines end */
  GArray *lines;          /* VrCoresLine, one a thread of a member; owned */
  guint first;            /* of the follow's threads: lines->len of each member */
} VrFollowRouter;

typedef struct {
  const VrFollowSettings *settings;
  GPtrArray *routers; /* VrFollowRouter, owned, as the settings name them */
  GPtrArray *threads; /* VrFollowThread, owned: router by router */
  GArray *cpus;       /* VrCoresCpu: where they may run */
  VrCores *cores;
  char **notes; /* for people */
} VrFollow;

typedef struct {
  const VrContractInput *input; /* its guests are the followed ones, too */
  const VrContract *contract;   /* of the other tenants */
  const VrPlanFacts *facts;
} VrFollowInput;

/* As [balance] has it, where reservations may take `capacity` of each CPU. */
VrCoresConfig vr_follow_config (const VrFollowSettings *settings, double capacity);

/* NULL without error where nothing follows. The lab, guests and what they refer to must outlive it.
 * VR_ERROR_HOST where no line of a router is of use; VR_ERROR_INFEASIBLE where a tenant's rate is
 * more than its router was ever seen to forward, or has no room on the CPUs, and where the host has
 * no such CPUs; VR_ERROR_PROFILE for a router of more threads than can follow. */
VrFollow *vr_follow_new (const VrFollowInput *input, GError **error);
void vr_follow_free (VrFollow *follow);

/* The lab was read anew, and has other members than `before`: what is known of routers of the same
 * names stays known. */
void vr_follow_go_on (VrFollow *follow, const VrFollow *before);

/* What the thread is to have by the last decision. FALSE: nothing, its router has no place, or its
 * member is to go. */
gboolean vr_follow_wanted (const VrFollow *follow, const VrFollowThread *thread, double *share,
                           guint *cpu);
/* The changes (PATH=VALUE, NULL-terminated) by which it has that. The caller owns them. */
char **vr_follow_changes (const VrFollowThread *thread, double share, guint cpu);
/* How many members the router is to have, by the last decision. */
guint vr_follow_members (const VrFollow *follow, guint router);
/* The changes by which it has them, with the reservations of those that come. The caller owns them;
 * NULL: none. */
char **vr_follow_member_changes (const VrFollow *follow, const VrLab *lab, guint router);
/* All threads have now what is wanted. */
void vr_follow_note (VrFollow *follow);

/* Of CPUs as "@1-2", or "@auto": what is reserved there by routers that follow, in CPUs. */
double vr_follow_load (const VrFollow *follow, const char *cpus);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrFollow, vr_follow_free)
