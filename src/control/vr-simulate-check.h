/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at a simulated host after each period, and counts what held and what did not. */
#pragma once

#include "control/vr-simulate-host.h"

typedef struct VrSimulateCheck VrSimulateCheck;

/* Counts into the result, which stays the caller's, as does the host. */
VrSimulateCheck *vr_simulate_check_new (const VrSimulateHost *host, VrSimulateResult *result);
void vr_simulate_check_free (VrSimulateCheck *check);

/* After a period of the host, and the step of the decider that followed it. */
void vr_simulate_check_period (VrSimulateCheck *check, const VrDecideResult *results);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSimulateCheck, vr_simulate_check_free)
