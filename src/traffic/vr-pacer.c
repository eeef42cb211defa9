/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-pacer.h"

#define NS_PER_S 1000000000ull

/* An hour of nanoseconds times a rate of 10 Mpps is beyond 64 bits. */
typedef unsigned __int128 Wide;

guint64
vr_pacer_next_ns (const VrPacer *pacer, guint64 sent)
{
  if (pacer->rate_pps == 0)
    return pacer->start_ns;
  return pacer->start_ns
         + (guint64) (((Wide) sent * NS_PER_S + pacer->rate_pps - 1) / pacer->rate_pps);
}

guint64
vr_pacer_due (VrPacer *pacer, guint64 now_ns, guint64 sent)
{
  if (pacer->rate_pps == 0)
    return G_MAXUINT64 - sent;
  guint64 next_ns = vr_pacer_next_ns (pacer, sent);
  if (now_ns < next_ns)
    return 0;
  if (now_ns - next_ns > pacer->lag_max_ns) {
    guint64 slip_ns = now_ns - next_ns - pacer->lag_max_ns;
    pacer->start_ns += slip_ns;
    pacer->slipped_ns += slip_ns;
  }
  guint64 passed_ns = now_ns - pacer->start_ns;
  guint64 due = (guint64) ((Wide) passed_ns * pacer->rate_pps / NS_PER_S) + 1;
  return due - MIN (sent, due);
}
