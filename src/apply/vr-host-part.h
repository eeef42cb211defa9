/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a back-end of an MSR takes leave of the router before it ends. Only src/apply includes it. */
#pragma once

#include "apply/vr-host-ops.h"

/* Returns when the balancers that run give it nothing any more, it has forwarded what it had, and
 * the control processor has been told. For a back-end that is about to be ended, which nothing of
 * this may prevent: where it cannot be done, that is a warning. */
void vr_host_part_leave (VrHostBackend *host, const VrOp *op, const VrGuest *guest);
