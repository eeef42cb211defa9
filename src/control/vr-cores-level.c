/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-cores-level.h"

/* A guest does not live on less: it would not even answer. */
#define SHARE_LEAST 0.01
#define HALVINGS 50
/* A level that forwards hardly more than the one below is none. */
#define MORE 1.01

static guint
largest_left (const double *shares, guint count, guint done)
{
  guint found = 0;
  gboolean is_found = FALSE;
  for (guint i = 0; i < count; i++)
    if (!(done >> i & 1) && (!is_found || shares[i] > shares[found])) {
      found = i;
      is_found = TRUE;
    }
  return found;
}

void
vr_cores_spread (const VrCoresRouter *router, double member_pps, guint cores, VrCoresSpread *spread)
{
  guint done = 0;
  *spread = (VrCoresSpread){ .core = { 0 } };
  for (guint i = 0; i < router->threads; i++) {
    const VrCoresLine *line = &router->lines[i];
    double share = (member_pps - line->intercept_pps) / line->slope_pps;
    spread->share[i] = MAX (share, SHARE_LEAST);
  }
  for (guint i = 0; i < router->threads; i++) {
    guint thread = largest_left (spread->share, router->threads, done), core = 0;
    for (guint j = 1; j < cores; j++)
      if (spread->load[j] < spread->load[core])
        core = j;
    spread->core[thread] = core;
    spread->load[core] += spread->share[thread];
    done |= 1u << thread;
  }
}

static gboolean
fits (const VrCoresConfig *config, const VrCoresRouter *router, double member_pps, guint cores)
{
  VrCoresSpread spread;
  vr_cores_spread (router, member_pps, cores, &spread);
  for (guint i = 0; i < cores; i++)
    if (spread.load[i] > config->capacity)
      return FALSE;
  return TRUE;
}

/* The most that a member forwards on so many cores. */
static double
most_pps (const VrCoresConfig *config, const VrCoresRouter *router, guint cores)
{
  double low = 0, high = router->lines[0].intercept_pps + router->lines[0].slope_pps;
  for (guint i = 0; i < HALVINGS; i++) {
    double middle = (low + high) / 2;
    if (fits (config, router, middle, cores))
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void
add_levels (GArray *levels, const VrCoresConfig *config, double limit_pps, VrCoresLevel full)
{
  guint steps = (guint) (1 / config->step + 0.5);
  for (guint i = 1; i <= steps; i++) {
    VrCoresLevel level = full;
    level.rate_pps = full.rate_pps * i / steps;
    double below
        = levels->len > 0 ? g_array_index (levels, VrCoresLevel, levels->len - 1).rate_pps : 0;
    if (limit_pps > 0)
      level.rate_pps = MIN (level.rate_pps, limit_pps);
    if (level.rate_pps > below * MORE)
      g_array_append_val (levels, level);
  }
}

GArray *
vr_cores_make_levels (const VrCoresConfig *config, const VrCoresRouter *router)
{
  GArray *levels = g_array_new (FALSE, FALSE, sizeof (VrCoresLevel));
  guint most = router->cores_most != 0 ? router->cores_most : router->threads;
  for (guint members = router->members_least; members <= router->members_most; members++)
    for (guint cores = members == router->members_least ? MAX (router->cores_least, 1) : most;
         cores <= most; cores++)
      add_levels (levels, config, router->limit_pps,
                  (VrCoresLevel){ members, cores, members * most_pps (config, router, cores) });
  return levels;
}
