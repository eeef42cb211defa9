/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What vr-place.c and vr-place-anew.c share. */
#pragma once

#include "plan/vr-place.h"

/* The wishes of one router, or of the parts of one MSR, between which packets go on: a range of
 * all.
 */
typedef struct {
  const GPtrArray *wishes;
  guint begin, end;
  gint64 home; /* the cache where the router's threads are to be; -1: not chosen yet */
} VrPlaceGroup;

/* Whether threads of the two are of one group. */
gboolean vr_place_together (const VrWish *a, const VrWish *b);

/* A CPU for a wish of the group that has none yet. VR_ERROR_INFEASIBLE as vr_place_auto(). */
gboolean vr_place_wish (VrLedger *ledger, VrPlaceGroup *group, VrWish *wish, GError **error);
