/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs for threads that leave the choice to us (`@auto`), by the papers' findings: none that is
 * kept for the system, which is CPU 0 and what the profile adds; one thread a core while cores
 * last; packet movers and vcpus of one router on CPUs that share a last-level cache; the NIC's NUMA
 * node first; SMT siblings last, and sharing a CPU after that. The same lab and host give the same
 * choice. */
#pragma once

#include "plan/vr-admit.h"

/* Gives each wish with @auto one CPU, and a sentence about it. What is exclusive is placed first.
 * VR_ERROR_INFEASIBLE where no CPU is left, or none with enough room for the reservation. */
gboolean vr_place_auto (VrLedger *ledger, const GPtrArray *wishes, GError **error);

/* The same with the largest reservations first, whose threads go elsewhere before smaller ones are
 * in their way: where it finds no room, one by one, for all. A thread still stays where it is, as
 * long as there is room for it in its turn. */
gboolean vr_place_anew (VrLedger *ledger, const GPtrArray *wishes, GError **error);

/* Takes back what either gave the wishes, for another try with another ledger. Whether there is any
 * with a reservation among them. */
gboolean vr_place_forget (const GPtrArray *wishes);
