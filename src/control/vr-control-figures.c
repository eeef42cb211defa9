/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-figures.h"

#include <math.h>

#define PPM 1e6
/* Of what arrives: what a router forwards that is served. */
#define SERVED 0.95

void
vr_control_moment_clear (VrControlMoment *moment)
{
  g_clear_pointer (&moment->routers, g_array_unref);
}

static const VrControlMoment *
moment_at (const GArray *moments, guint index)
{
  return &g_array_index (moments, VrControlMoment, index);
}

static gboolean
is_within (const VrControlMoment *moment, const VrControlWindow *window)
{
  return moment->time_ns > window->begin_ns && moment->time_ns <= window->end_ns;
}

VrControlSums
vr_control_sums (const GArray *moments, const VrControlWindow *window)
{
  VrControlSums sums = { .decisions = 0 };
  for (guint i = 0; i < moments->len; i++) {
    const VrControlMoment *moment = moment_at (moments, i);
    if (!is_within (moment, window))
      continue;
    gboolean has_changed = moment->changes > 0 && !moment->has_failed;
    sums.decisions += moment->is_decision ? 1 : 0;
    sums.failed += moment->has_failed ? 1 : 0;
    sums.applied += has_changed ? 1 : 0;
    sums.apply_ns += has_changed ? moment->apply_ns : 0;
  }
  return sums;
}

/* NULL where the lab had no such router then. */
static const VrControlRouterMoment *
router_of (const VrControlMoment *moment, guint router)
{
  return router < moment->routers->len
             ? &g_array_index (moment->routers, VrControlRouterMoment, router)
             : NULL;
}

static gboolean
is_served (const VrControlRouterMoment *router)
{
  return router->is_seen && router->forwarded_pps >= SERVED * router->arrived_pps
         && router->level_pps >= router->arrived_pps;
}

VrControlFigures
vr_control_figures (const GArray *moments, guint router, const VrControlWindow *window)
{
  const VrControlRouterMoment *last = NULL;
  gboolean is_settled = TRUE;
  guint64 settled_ns = window->end_ns;
  for (guint i = moments->len; i-- > 0;) {
    const VrControlMoment *moment = moment_at (moments, i);
    const VrControlRouterMoment *seen = router_of (moment, router);
    if (seen == NULL || !moment->is_decision || !is_within (moment, window))
      continue;
    last = last != NULL ? last : seen;
    is_settled
        = is_settled && moment->time_ns - moment->period_ns >= window->begin_ns && is_served (seen);
    settled_ns = is_settled ? moment->time_ns : settled_ns;
  }
  VrControlFigures figures = { .settled_ns = settled_ns - window->begin_ns };
  if (last == NULL)
    return figures;
  figures.reserved_ppm = (guint64) llround (last->reserved * PPM);
  figures.cores = last->cores;
  figures.level_pps = (guint64) llround (last->level_pps);
  return figures;
}
