/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which vhost worker moves the frames of which port is known by order. This finds it by what
 * happens: the guest sends a few frames out of one port, and the worker whose CPU time grows is the
 * port's. */
#pragma once

#include "model/vr-lab.h"
#include "sys/vr-virt.h"

/* Has each guest of `lab` send 64 broadcasts (or IPv6 multicasts, from an interface without IPv4
 * addresses) out of each queue of each of its ports in turn, and sets `proof` of the vhost workers
 * among `threads` (VrThreadStatus). Where other traffic hides the answer it is VR_PROOF_UNCLEAR. */
gboolean vr_confirm_workers (VrVirt *virt, const VrLab *lab, GPtrArray *threads, GError **error);

/* The index of the one of `count` times (ns) that grew at least twice as much as any other, or
 * `count` where there is none. */
guint vr_confirm_mover (const guint64 *before, const guint64 *after, guint count);
