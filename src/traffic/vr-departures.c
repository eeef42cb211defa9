/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-departures.h"

#include <math.h>

#include "traffic/vr-random.h"

#define NS_PER_S 1000000000ull
#define PARTS 1000 /* of a frame a second, that a rate is told in */

void
vr_departures_start (VrDepartures *departures, guint64 start_ns)
{
  guint64 frames = departures->kind == VR_DEPART_BURST ? MAX (departures->burst, 1) : 1;
  departures->next_ns = start_ns;
  departures->slipped_ns = 0;
  departures->rest = 0;
  departures->in_burst = 0;
  departures->next_gap = 0;
  if (departures->rate_pps == 0)
    return;
  unsigned __int128 step = (unsigned __int128) frames * NS_PER_S * PARTS;
  departures->rate_mpps = departures->rate_pps * PARTS + departures->rate_rest;
  departures->step_ns = (guint64) (step / departures->rate_mpps);
  departures->step_rest = (guint64) (step % departures->rate_mpps);
}

static void
step (VrDepartures *departures)
{
  departures->next_ns += departures->step_ns;
  departures->rest += departures->step_rest;
  if (departures->rest >= departures->rate_mpps) {
    departures->rest -= departures->rate_mpps;
    departures->next_ns++;
  }
}

void
vr_departures_take (VrDepartures *departures)
{
  if (departures->rate_pps == 0)
    return;
  switch (departures->kind) {
  case VR_DEPART_POISSON:
    departures->next_ns
        += (guint64) llround (-log (vr_random_share (&departures->random)) * (double) NS_PER_S
                              * PARTS / (double) departures->rate_mpps);
    return;
  case VR_DEPART_RECORDED:
    departures->next_ns += departures->gaps_ns[departures->next_gap];
    if (++departures->next_gap == departures->gaps_count)
      departures->next_gap = 0;
    return;
  case VR_DEPART_BURST:
    if (++departures->in_burst < departures->burst)
      return;
    departures->in_burst = 0;
    break;
  default:
    break;
  }
  step (departures);
}

void
vr_departures_slip (VrDepartures *departures, guint64 now_ns)
{
  if (departures->rate_pps == 0 || now_ns <= departures->next_ns
      || now_ns - departures->next_ns <= departures->lag_max_ns)
    return;
  guint64 slip_ns = now_ns - departures->next_ns - departures->lag_max_ns;
  departures->next_ns += slip_ns;
  departures->slipped_ns += slip_ns;
}
