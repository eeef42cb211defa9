/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queues of a PVR's member on the macvtaps that it shares: held while it does not forward.
 * Operations of a member need its macvtaps. Only src/apply includes it. */
#pragma once

#include "apply/vr-host-ops.h"

/* Starts the member's domain with its queues held; it bears the mark of that until
 * vr_host_member_join(). */
gboolean vr_host_member_start (VrHostBackend *host, const VrOp *op, GError **error);

/* Holds the queues of a member that bears the mark: of one whose start was cut off they may be in.
 */
gboolean vr_host_member_hold (VrHostBackend *host, const VrOp *op, GError **error);

/* Has the kernel give flows to a member that forwards. One that has them already is no error. */
gboolean vr_host_member_join (VrHostBackend *host, const VrOp *op, GError **error);

/* Gives its flows to the others, and returns when it has forwarded what it had: at most a second
 * later. For a member that is about to be ended, which nothing of this may prevent: where it cannot
 * be done, or frames are left, that is a warning. */
void vr_host_member_leave (VrHostBackend *host, const VrOp *op, const VrGuest *guest);
