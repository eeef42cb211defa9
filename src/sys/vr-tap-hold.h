/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's daemon opens the macvtaps of a guest some tenths of a second before QEMU runs. While
 * one of these lives, the queues that it opens are taken out within about a millisecond. */
#pragma once

#include "sys/vr-tap-queue.h"

typedef struct VrTapHold VrTapHold;

/* Starts a thread. `set` must outlive it. Where the daemon is not to be seen (it runs in another
 * namespace of processes), nothing is held. */
VrTapHold *vr_tap_hold_new (const VrTapSet *set);
void vr_tap_hold_free (VrTapHold *hold);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTapHold, vr_tap_hold_free)
