/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of vr-cores share: the levels of a router, and how its threads are spread over the
 * cores of one. */
#pragma once

#include "control/vr-cores.h"

/* Threads of a member on its cores. */
typedef struct {
  guint core[VR_CORES_THREADS_MAX];   /* of each thread: 0 to the level's cores - 1 */
  double share[VR_CORES_THREADS_MAX]; /* of each thread */
  double load[VR_CORES_THREADS_MAX];  /* of each core */
} VrCoresSpread;

/* For a rate of one member: the largest share goes to the least loaded core, one after the other.
 */
void vr_cores_spread (const VrCoresRouter *router, double member_pps, guint cores,
                      VrCoresSpread *spread);

/* VrCoresLevel, ascending by rate; the caller owns it. */
GArray *vr_cores_make_levels (const VrCoresConfig *config, const VrCoresRouter *router);

/* VR_ERROR_PROFILE, naming router, field, value and bounds. */
gboolean vr_cores_check (const VrCoresConfig *config, const VrCoresRouter *routers,
                         guint routers_count, GError **error);
