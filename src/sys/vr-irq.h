/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interrupts of the host. */
#pragma once

#include <glib.h>

/* Whether its CPUs are the kernel's or the driver's alone to choose: asked by setting them to what
 * they are. FALSE where it cannot be asked, for want of rights or of the interrupt. */
gboolean vr_irq_is_managed (guint irq);
