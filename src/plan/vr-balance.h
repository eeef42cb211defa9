/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a balancer of an MSR is told: how packets go between its ports and the back-ends. The text
 * is the same whatever in the guest carries it out; vrkit-image(5) has its form. */
#pragma once

#include "model/vr-lab.h"

/* Appends the lines, each after the verb "balance", of a balancer whose MAC addresses, and those of
 * the lab's back-ends, are derived. */
void vr_balance_add (GString *text, const VrLab *lab, const VrRouter *balancer);

/* Appends for a back-end the interface by which the balancers hear that it forwards. */
void vr_balance_add_beat (GString *text, const VrRouter *backend);
