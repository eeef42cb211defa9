/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The MAC addresses that a profile does not give. */
#pragma once

#include "model/vr-lab.h"

/* Gives each interface without a MAC (all zero) that of the seed "LAB/ROUTER/PORT"; where another
 * of the lab has it, that of "LAB/ROUTER/PORT#2", "#3" and so on. In the profile's order, so that
 * the same profile gets the same addresses on every host. */
void vr_mac_plan_derive (VrLab *lab);
