/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the threads of a lab that is up reserve beyond the room that its CPUs have: others may have
 * come, or the kernel's ceiling may have fallen, since they were admitted. They keep that, and a
 * change that raises the sum of no CPU passes. Only src/plan includes it. */
#pragma once

#include "plan/vr-ledger.h"

/* Works it out from the facts' `placed`, into the ledger. Before anything of the lab is placed. A
 * profile that itself lowers the ceiling, or takes CPUs away, has nothing beyond what is left. */
void vr_held_note (VrLedger *ledger);

/* The name of a set of CPUs (of VrWish or VrPlanOther; NULL or empty: anywhere); the caller owns
 * it. */
char *vr_held_key (const GArray *cpus);
/* What threads with just those CPUs may reserve there beyond its room, in millionths. */
guint64 vr_held_beyond (const VrLedger *ledger, const char *key);
/* Takes of that what `excess_ppm` needs. Returns what is still too much. */
guint64 vr_held_take (VrLedger *ledger, const char *key, guint64 excess_ppm);
