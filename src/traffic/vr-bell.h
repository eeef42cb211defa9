/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells the kernel to look at a socket's transmit ring, and sleeps after it in the same system
 * call, where io_uring is to be had. */
#pragma once

#include <glib.h>

typedef struct VrBell VrBell;

VrBell *vr_bell_new (void);
void vr_bell_free (VrBell *bell);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrBell, vr_bell_free)

/* What sleeps: "io_uring", or "clock_nanosleep" where that is not to be had. */
const char *vr_bell_name (const VrBell *bell);
/* The errno of why there is no io_uring; 0: there is. */
int vr_bell_lack (const VrBell *bell);

/* Has the kernel take what is in the ring of `fd`, and if it took all, sleeps till `until_ns` of
 * CLOCK_MONOTONIC (0: not at all), unless a signal or the lack of io_uring prevents it. Adds the
 * system calls that it made to `calls`. Returns 0 or the errno of sending. */
int vr_bell_ring (VrBell *bell, int fd, guint64 until_ns, guint64 *calls);
