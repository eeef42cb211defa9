/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab's schedules may do that nobody wants, and that is yet no reason to refuse them. */
#pragma once

#include "plan/vr-ledger.h"

/* Adds a notice for each. `wishes`: once they are placed. */
void vr_warn (VrPlanner *planner, const VrLedger *ledger, const GPtrArray *wishes);
