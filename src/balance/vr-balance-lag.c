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
begin_anew (VrLag *lag)
{
  lag->told_stands = 0;
  lag->own_stands = 0;
}

bool
vr_lag_tick (VrLag *lag, const uint64_t *own, bool whole)
{
  bool known = own != NULL && lag->known_ticks > 0;
  if (lag->known_ticks > 0)
    lag->known_ticks--;
  if (known && *own == lag->told)
    lag->late = false;
  if (!known || !whole || *own == lag->told) {
    begin_anew (lag);
  } else {
    lag->told_stands++;
    lag->own_stands = *own == lag->own ? lag->own_stands + 1 : 0;
    lag->late |= lag->told_stands >= VR_LAG_TICKS || lag->own_stands >= VR_LAG_TICKS;
  }
  if (own != NULL)
    lag->own = *own;
  return lag->late;
}
