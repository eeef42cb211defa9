/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPUs of a host as a lab's threads take them: who has which, and how much of each
 * SCHED_DEADLINE has left. */
#pragma once

#include "plan/vr-wish.h"

#define VR_WHOLE_PPM 1000000

typedef struct {
  const VrPlanCpu *cpu;
  gboolean allowed;     /* libvirt lets guests run there */
  gboolean system;      /* kept for the system */
  const char *taken_by; /* the other lab of which a thread has it alone, or NULL */
  guint core;           /* numbers from 0, equal for SMT siblings */
  guint cache;          /* likewise, for CPUs that share their last-level cache */
  guint load;           /* threads that have it among their CPUs: the lab's, and those that poll */
  guint others;         /* threads of other guests that are bound to it, or to a few with it */
  guint64 others_ppm;   /* that threads of others which run nowhere else have reserved */
  guint64 room_ppm;     /* that may yet be reserved */
  const VrWish *owner;  /* the thread that has it exclusively, or NULL */
} VrLedgerCpu;

typedef struct {
  const VrPlanFacts *facts;
  guint64 ceiling_ppm; /* of each CPU, once the lab is up; 0: not known */
  guint64 roaming_ppm; /* that others have reserved for threads which may run on several CPUs, or
                        * nobody knows where */
  guint64 held_roaming_ppm; /* of that, what has no room beside what the lab reserves already */
  GHashTable *held;         /* see vr-held.h: the name of a set of CPUs → guint64, both owned */
  GArray *cpus;             /* VrLedgerCpu, by id */
  GArray *core_load;        /* guint, by core: threads on any of its CPUs, others' too */
  GArray *core_system;      /* gboolean, by core: one of its CPUs is kept for the system */
  char *system;             /* "CPU 0 is", "CPUs 0-1 are", for messages */
} VrLedger;

/* Of the CPUs that are online when the lab is up. */
VrLedger *vr_ledger_new (const VrLab *lab, const VrPlanFacts *facts);
void vr_ledger_free (VrLedger *ledger);

/* The CPU of that id, or NULL. */
VrLedgerCpu *vr_ledger_cpu (const VrLedger *ledger, guint id);

/* The first of others' threads that is bound to this CPU alone; of those that reserve, where
 * `reserves`. NULL where there is none. */
typedef enum { VR_OTHERS_ANY, VR_OTHERS_RESERVING } VrOthers;
const VrPlanOther *vr_ledger_other (const VrPlanFacts *facts, guint cpu, VrOthers which);

/* Where a thread without CPUs can run: what is nobody's alone. Of guests, only what libvirt has.
 * VrLedgerCpu, borrowed; the caller owns the array. */
typedef enum { VR_LEDGER_ALL, VR_LEDGER_GUESTS } VrLedgerShared;
GPtrArray *vr_ledger_shared (const VrLedger *ledger, VrLedgerShared which);

/* Pours into the room of `set`, the roomiest first. Returns what did not fit; 0 where the ceiling
 * is not known. */
guint64 vr_ledger_pour (const VrLedger *ledger, const GPtrArray *set, guint64 share_ppm);

/* Runtime over period in millionths, rounded up; 0 without a period. */
guint64 vr_ledger_share_ppm (guint64 runtime_ns, guint64 period_ns);
/* What the thread reserves, in millionths of a CPU, rounded up; 0 without SCHED_DEADLINE. */
guint64 vr_wish_share_ppm (const VrWish *wish);

/* Whether its CPUs are to be such as libvirt's cpuset does not have. */
gboolean vr_ledger_is_beside (const VrLedger *ledger, const VrWish *wish);
/* Whether a CPU can be that of the thread, whoever has it now: it is libvirt's, or must not be. */
gboolean vr_ledger_may_have (const VrLedger *ledger, const VrWish *wish, const VrLedgerCpu *cpu);

/* Whether a thread may reserve so much on this CPU; always, where the ceiling is not known. */
gboolean vr_ledger_fits (const VrLedger *ledger, const VrLedgerCpu *cpu, guint64 share_ppm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrLedger, vr_ledger_free)
