/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The XDP programs in the kernel, and their maps. */
#pragma once

#include "balance/vr-balance-attach.h"
#include "balance/vr-balance.h"

typedef struct VrBalancer VrBalancer;

/* Loads, fills the maps, pins those with the counters in `pins` (a directory on a bpffs, made where
 * it is missing; pins of an earlier balancer, which was killed, are replaced, and the back-ends
 * that both know have the flows that they had), and attaches: when it returns, packets are
 * balanced. NULL with the problem, and then nothing is left behind. */
VrBalancer *vr_balancer_new (const VrBalance *balance, const char *pins, VrAttachMode mode,
                             VrProblem *problem);

/* Policy, back-ends, weights and local addresses as `balance` has them. A packet sees all back-ends
 * as they were, or all as they are. The interfaces must be the same. On failure all is as it was,
 * but that some local addresses may be new. */
bool vr_balancer_change (VrBalancer *balancer, const VrBalance *balance, VrProblem *problem);

/* Whether the driver runs the program, of the inner interface or of outer interface `index`. */
bool vr_balancer_inner_is_native (const VrBalancer *balancer);
bool vr_balancer_outer_is_native (const VrBalancer *balancer, size_t index);

/* Detaches, and removes the pins. */
void vr_balancer_free (VrBalancer *balancer);

/* Loads the programs only, and gives what the kernel's verifier said, to be freed; NULL with the
 * problem where it refuses them. */
char *vr_balancer_verify (VrProblem *problem);
