/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A follow while it is made. Only vr-follow*.c include it. */
#pragma once

#include "control/vr-contract-internal.h"
#include "control/vr-follow.h"

/* By what rounding may make a level less than a contract. */
#define CONTRACT_NEAR 0.001

/* The router and its threads. */
gboolean vr_follow_add_router (VrFollow *follow, const VrFollowInput *input, const char *name,
                               GStrvBuilder *notes, GError **error);

/* The CPUs, with what other threads of the lab, and tenants at their limits, take of them; routers
 * are there. */
gboolean vr_follow_add_cpus (VrFollow *follow, const VrFollowInput *input, GError **error);

/* Of each thread the longest period in which its queue bridges what each level leaves it without;
 * levels are there. */
gboolean vr_follow_choose_periods (VrFollow *follow, const VrFollowInput *input,
                                   GStrvBuilder *notes, GError **error);
