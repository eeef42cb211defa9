/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-lag.h"

#include <stddef.h>

void
vr_lag_hear (VrLag *lag, uint64_t told)
{
  if (told != lag->told)
    lag->told_stands = 0;
  lag->told = told;
  lag->known_ticks = VR_LAG_SILENT_TICKS;
}

static void
fall_behind (VrLag *lag, uint64_t own)
{
  lag->told_stands++;
  lag->own_stands = own == lag->own ? lag->own_stands + 1 : 0;
  lag->late |= lag->told_stands >= VR_LAG_TICKS || lag->own_stands >= VR_LAG_TICKS;
}

static void
keep_up (VrLag *lag)
{
  lag->told_stands = 0;
  lag->own_stands = 0;
}

/* BIRD's log tells when BIRD has the whole table, and its kernel gets it after that. */
static void
join (VrLag *lag, bool known, bool same)
{
  if (lag->joined)
    return;
  lag->joining_ticks++;
  lag->unknown_ticks = known ? 0 : lag->unknown_ticks + 1;
  bool long_enough = lag->unknown_ticks >= VR_LAG_TICKS || lag->joining_ticks >= VR_LAG_JOIN_TICKS;
  lag->joined = same || (long_enough && !lag->late);
  lag->had |= lag->joined;
}

static void
part (VrLag *lag)
{
  lag->joined = false;
  lag->joining_ticks = 0;
  lag->unknown_ticks = 0;
}

static VrBeatKind
next_beat (const VrLag *lag)
{
  if (lag->late && lag->had)
    return VR_BEAT_LATE;
  if (lag->joined)
    return VR_BEAT_FORWARDS;
  return lag->had ? VR_BEAT_KEEPS : VR_BEAT_WAITS;
}

VrBeatKind
vr_lag_tick (VrLag *lag, const uint64_t *own, bool whole)
{
  bool known = own != NULL && lag->known_ticks > 0;
  bool same = known && *own == lag->told;
  if (lag->known_ticks > 0)
    lag->known_ticks--;
  if (same)
    lag->late = false;
  if (known && !same && whole)
    fall_behind (lag, *own);
  else
    keep_up (lag);
  if (whole)
    join (lag, known, same);
  else
    part (lag);
  if (own != NULL)
    lag->own = *own;
  return next_beat (lag);
}
