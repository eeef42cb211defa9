/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-gap.h"

#include "base/vr-error.h"
#include "base/vr-unit.h"

#define WHOLE_PPM 1000000
#define NS_PER_S 1000000000ull
#define US_NS 1000ull
#define MS_NS 1000000ull

static guint64
product_over (guint64 a, guint64 b, guint64 c)
{
  return (guint64) ((unsigned __int128) a * b / c);
}

static guint64
product_over_up (guint64 a, guint64 b, guint64 c)
{
  return (guint64) (((unsigned __int128) a * b + c - 1) / c);
}

guint64
vr_gap_longest_ns (const VrGapReservation *reservation)
{
  guint64 runtime_ns = reservation->runtime_ns, period_ns = reservation->period_ns;
  if (runtime_ns >= period_ns)
    return 0;
  guint64 waits = reservation->cpu == VR_GAP_SHARED ? 2 : 1;
  return waits * (period_ns - runtime_ns)
         + product_over_up (reservation->tick_ns, period_ns, runtime_ns);
}

guint64
vr_gap_frames (guint64 gap_ns, guint64 rate_pps)
{
  return product_over_up (gap_ns, rate_pps, NS_PER_S);
}

/* --- The choice ---------------------------------------------------------------------------------
 */

/* Of that period, the share rounded up to whole microseconds. */
static VrGapReservation
reservation_of (const VrGapContract *contract, guint64 period_ns)
{
  guint64 runtime_ns = product_over_up (period_ns, contract->share_ppm, WHOLE_PPM);
  runtime_ns = (runtime_ns + US_NS - 1) / US_NS * US_NS;
  return (VrGapReservation){ .runtime_ns
                             = MIN (MAX (runtime_ns, contract->runtime_min_ns), period_ns),
                             .period_ns = period_ns,
                             .tick_ns = contract->tick_ns,
                             .cpu = contract->cpu };
}

static guint64
least_period_ns (const VrGapContract *contract)
{
  guint64 least_ns = product_over_up (contract->runtime_min_ns, WHOLE_PPM, contract->share_ppm);
  least_ns = (MAX (contract->period_min_ns, least_ns) + US_NS - 1) / US_NS * US_NS;
  return MIN (least_ns, contract->period_max_ns);
}

/* The gap that queue and ring bridge, and the latency allows. */
static guint64
allowed_ns (const VrGapContract *contract)
{
  guint64 bridged_ns
      = product_over (contract->queue_max + contract->ring_frames, NS_PER_S, contract->rate_pps);
  return contract->latency_max_ns != 0 ? MIN (bridged_ns, contract->latency_max_ns) : bridged_ns;
}

/* As people write it. */
static guint64
round_down (guint64 period_ns)
{
  guint64 unit_ns = period_ns >= 10 * MS_NS ? MS_NS : period_ns >= MS_NS ? MS_NS / 10 : US_NS;
  return MAX (period_ns / unit_ns * unit_ns, MIN (period_ns, US_NS));
}

/* With a share u, gap = k · T · (1 - u) + tick / u, which grows with T: solved for T. Whole
 * microseconds of runtime only shorten the gap. */
static guint64
largest_period_ns (const VrGapContract *contract)
{
  guint64 gap_ns = allowed_ns (contract), share_ppm = contract->share_ppm;
  guint64 repaid_ns = product_over_up (contract->tick_ns, WHOLE_PPM, share_ppm);
  guint64 waits = contract->cpu == VR_GAP_SHARED ? 2 : 1;
  if (share_ppm >= WHOLE_PPM)
    return contract->period_max_ns;
  if (gap_ns <= repaid_ns)
    return 0;
  guint64 period_ns = product_over (gap_ns - repaid_ns, WHOLE_PPM, waits * (WHOLE_PPM - share_ppm));
  return MIN (period_ns, contract->period_max_ns);
}

/* What would fit: a queue, a lower rate, or more latency. */
static gboolean
refuse (const VrGapContract *contract, GError **error)
{
  VrGapReservation least = reservation_of (contract, least_period_ns (contract));
  guint64 gap_ns = vr_gap_longest_ns (&least), allowed = allowed_ns (contract);
  guint64 frames = vr_gap_frames (gap_ns, contract->rate_pps);
  guint64 room = contract->queue_max + contract->ring_frames;
  g_autofree char *rate = vr_unit_print_packet_rate (contract->rate_pps);
  g_autofree char *runtime = vr_unit_print_duration (least.runtime_ns);
  g_autofree char *period = vr_unit_print_duration (least.period_ns);
  g_autofree char *gap = vr_unit_print_duration (gap_ns / US_NS * US_NS);
  if (frames <= room) {
    g_autofree char *limit = vr_unit_print_duration (contract->latency_max_ns);
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "a contract of %s adds %s to a packet's latency even with %s/%s, the shortest "
                 "period that can be, and at most %s is asked for: a latency of %s would fit",
                 rate, gap, runtime, period, limit, gap);
    return FALSE;
  }
  guint64 fits_pps = product_over (room, NS_PER_S, gap_ns);
  g_autofree char *fits = vr_unit_print_packet_rate (fits_pps);
  g_autofree char *bridged = vr_unit_print_duration (allowed / US_NS * US_NS);
  g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
               "a contract of %s leaves its thread without CPU time for up to %s even with %s/%s, "
               "the shortest period that can be, and a queue of %" G_GUINT64_FORMAT
               " with a ring of %" G_GUINT64_FORMAT " frames bridges %s of it: a queue of "
               "%" G_GUINT64_FORMAT " would fit, or %s with the same reservation",
               rate, gap, runtime, period, contract->queue_max, contract->ring_frames, bridged,
               frames - contract->ring_frames, fits);
  return FALSE;
}

gboolean
vr_gap_choose (const VrGapContract *contract, VrGapChoice *choice, GError **error)
{
  guint64 least_ns = least_period_ns (contract), most_ns = largest_period_ns (contract);
  if (most_ns < least_ns)
    return refuse (contract, error);
  guint64 period_ns = MAX (round_down (most_ns), least_ns);
  choice->reservation = reservation_of (contract, period_ns);
  choice->gap_ns = vr_gap_longest_ns (&choice->reservation);
  guint64 frames = vr_gap_frames (choice->gap_ns, contract->rate_pps);
  guint64 queue = frames - MIN (frames, contract->ring_frames);
  choice->queue_frames = MAX (queue, contract->queue_min);
  return TRUE;
}
