/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which CPUs the threads of a lab may have, and how much of each SCHED_DEADLINE has left.
 *
 * The ledger pours each reservation into the room that is left on the CPUs where the thread may
 * run, those with the fewest CPUs first. Where the sets are disjoint or nested (a CPU, a pool, the
 * whole host), pouring fails only if the reservations do not fit, however they are spread: a set's
 * room is then its ceiling less all that must run within it. Where sets overlap otherwise it is
 * careful: a spread that fits may be missed, since each reservation takes the roomiest of its CPUs
 * and stays there; what it admits, fits. */
#pragma once

#include "plan/vr-wish.h"

typedef struct {
  const VrPlanCpu *cpu;
  gboolean allowed;     /* libvirt lets guests run there */
  gboolean system;      /* kept for the system */
  const char *taken_by; /* the other lab of which a thread has it alone, or NULL */
  guint core;           /* numbers from 0, equal for SMT siblings */
  guint cache;          /* likewise, for CPUs that share their last-level cache */
  guint load;           /* threads of the lab that have it among their CPUs */
  guint64 room_ppm;     /* that may yet be reserved */
  const VrWish *owner;  /* the thread that has it exclusively, or NULL */
} VrLedgerCpu;

typedef struct {
  const VrPlanFacts *facts;
  guint64 ceiling_ppm; /* of each CPU, once the lab is up; 0: not known */
  GArray *cpus;        /* VrLedgerCpu, by id */
  GArray *core_load;   /* guint, by core: threads on any of its CPUs */
  GArray *core_system; /* gboolean, by core: one of its CPUs is kept for the system */
  char *system;        /* "CPU 0 is", "CPUs 0-1 are", for messages */
} VrLedger;

/* Of the CPUs that are online when the lab is up. */
VrLedger *vr_ledger_new (const VrLab *lab, const VrPlanFacts *facts);
void vr_ledger_free (VrLedger *ledger);

/* The CPU of that id, or NULL. */
VrLedgerCpu *vr_ledger_cpu (const VrLedger *ledger, guint id);

/* What the thread reserves, in millionths of a CPU, rounded up; 0 without SCHED_DEADLINE. */
guint64 vr_wish_share_ppm (const VrWish *wish);

/* Whether a thread may reserve so much on this CPU; always, where the ceiling is not known. */
gboolean vr_ledger_fits (const VrLedger *ledger, const VrLedgerCpu *cpu, guint64 share_ppm);

/* Gives the thread the CPUs that its wish has: marks them, and reserves there. VR_ERROR_INFEASIBLE
 * where they do not exist, are not libvirt's, are another's, or have too little left. */
gboolean vr_ledger_place (VrLedger *ledger, const VrWish *wish, GError **error);

/* A CPU that a thread has alone is a root domain of one CPU, of which the kernel grants as much as
 * of each CPU of a larger one: on Linux 6.12 a reservation of 90 % passes, one of 94 % does not.
 *
 * Admits all that is not @auto, `place_auto` for the rest, and what others on the host have
 * reserved. Before anything else, each thread by itself against the kernel's bounds. */
gboolean vr_admit (VrLedger *ledger, const GPtrArray *wishes,
                   gboolean (*place_auto) (VrLedger *ledger, const GPtrArray *wishes,
                                           GError **error),
                   GError **error);

/* "; 70ms/200ms would fit", or what else to do. The caller owns it. */
char *vr_admit_advice (const VrWish *wish, guint64 room_ppm);
/* "12.5 %". The caller owns it. */
char *vr_admit_percent (guint64 ppm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrLedger, vr_ledger_free)
