/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which CPUs the threads of a lab may have.
 *
 * It pours each reservation into the room that the ledger has left on the CPUs where the thread may
 * run, those with the fewest CPUs first. Where the sets are disjoint or nested (a CPU, a pool, the
 * whole host), pouring fails only if the reservations do not fit, however they are spread: a set's
 * room is then its ceiling less all that must run within it. Where sets overlap otherwise it is
 * careful: a spread that fits may be missed, since each reservation takes the roomiest of its CPUs
 * and stays there; what it admits, fits. */
#pragma once

#include "plan/vr-ledger.h"

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
