/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From counters to filtered rates, and to the corrections of calibrations. */
#include "control/vr-decide-internal.h"

#include <math.h>

#define NS_PER_S 1e9
/* Periods that may pass between two observations; and the part of one that must. */
#define LEAP_PERIODS 4
#define SOON_PART 4
/* What a thread takes of its share is followed by so many time constants of the correction: it is
 * the phase of turns and observations that changes, and its mean is what was reserved. */
#define RHO_SLOWER 10
#define RHO_LEAST 0.5
#define RHO_MOST 1.5
/* Where a line is off by less than the first at once, and by less than the second for a while, it
 * is taken for noise, which is corrected more slowly; where it is off more in any case, these are
 * so many times its spread. */
#define NEAR_ONCE 0.05
#define NEAR_ONCE_SPREADS 3
#define NEAR_FOR_A_WHILE 0.015
#define NEAR_FOR_A_WHILE_SPREADS 0.6
#define NEAR_SLOWER 8
/* Unless it is what was granted that is missed, by that part and for some time constants: then the
 * line's offset is wrong, and each correction brings the rate but a part of the way. */
#define MISS_SLOWER 2
#define MISS_LEAST 0.02
/* More than the line allows is forwarded only where it is wrong. */
#define ABOVE 1.01
/* Less of its share than this forwards nothing: the times that are told are wrong. */
#define USED_LEAST 0.05
/* Of a line with an offset, at shares where it is at 0 or below. */
#define FITTED_LEAST 0.05
/* Of its rate, that a tenant must be offered for it to be called hung. */
#define HUNG_OFFERED 0.01

/* The filters' coefficients over one observation. */
typedef struct {
  double dt_s;
  guint64 dt_ns;
  double filter, correction, miss, near, rho; /* near: where little is to be corrected */
} Pace;

static double
coefficient (guint64 dt_ns, double constant_ns)
{
  return constant_ns > 0 ? -expm1 (-(double) dt_ns / constant_ns) : 0;
}

static double
fitted_at (const VrDecideThread *thread, double share)
{
  double slope = thread->slope_pps * share;
  return MAX (thread->intercept_pps + slope, FITTED_LEAST * slope);
}

/* --- Counters -----------------------------------------------------------------------------------
 */

static void
remember (VrDecider *decider, VrDecideTenantState *tenant, const VrDecideCounters *now)
{
  tenant->counters = *now;
  tenant->counters.used_ns = NULL;
  tenant->has_counters = !now->is_missing;
  tenant->has_used = now->used_ns != NULL;
  for (guint i = 0; i < tenant->is.threads_count && now->used_ns != NULL; i++)
    decider->threads[tenant->first + i].used_ns = now->used_ns[i];
}

static gboolean
went_back (const VrDecider *decider, const VrDecideTenantState *tenant, const VrDecideCounters *now)
{
  const VrDecideCounters *then = &tenant->counters;
  if (now->arrived < then->arrived || now->forwarded < then->forwarded || now->lost < then->lost)
    return TRUE;
  for (guint i = 0; i < tenant->is.threads_count && now->used_ns != NULL && tenant->has_used; i++)
    if (now->used_ns[i] < decider->threads[tenant->first + i].used_ns)
      return TRUE;
  return FALSE;
}

/* Without a difference. */
static void
see_nothing (VrDecideTenantState *tenant, VrDecideResult *result, guint problem)
{
  result->problems = problem;
  result->is_seen = FALSE;
  tenant->was_limited = FALSE;
}

/* --- Corrections --------------------------------------------------------------------------------
 */

static double
used_now (const VrDecideTenantState *tenant, const VrDecideThreadState *thread,
          const VrDecideCounters *now, guint number, const Pace *pace)
{
  if (now->used_ns == NULL || !tenant->has_used)
    return -1;
  return (double) (now->used_ns[number] - thread->used_ns) / (double) pace->dt_ns;
}

static void
filter_used (VrDecideThreadState *thread, double used, const Pace *pace)
{
  if (used < 0 || thread->used < 0)
    thread->used = used;
  else
    thread->used += pace->filter * (used - thread->used);
}

/* One more of what a mean is of; returns its weight in that. */
static double
weight_of (guint *count)
{
  *count = MIN (*count + 1, VR_DECIDE_CORRECTIONS_ENOUGH);
  return 1.0 / *count;
}

/* What it took, in terms of its share, is in the mean what was reserved: the mean of the first
 * periods in which it was the limit throughout (`is_whole`), and followed slowly from then on. */
static double
taken_of (VrDecideThreadState *thread, double used, gboolean is_whole, const Pace *pace)
{
  double share = thread->is.share;
  if (used < USED_LEAST * share)
    return share;
  if (is_whole) {
    double weight = weight_of (&thread->turns);
    thread->rho += MAX (pace->rho, weight) * (used / share - thread->rho);
    thread->rho = CLAMP (thread->rho, RHO_LEAST, RHO_MOST);
  }
  return MIN (used / thread->rho, share * RHO_MOST);
}

/* As much of what is off as counts: one period alone may be anything, where the host has other
 * things to do, and is heard in full when the next one says the same. */
static double
heard_of (VrDecideThreadState *thread, double off)
{
  double before = off * thread->off_before > 0 ? fabs (thread->off_before) : 0;
  double heard = MIN (fabs (off), MAX (before, MAX (NEAR_FOR_A_WHILE, thread->spread)));
  thread->off_before = off;
  return copysign (heard, off);
}

static gboolean
is_noise (VrDecideThreadState *thread, double off, double miss, const Pace *pace)
{
  double once = MAX (NEAR_ONCE, NEAR_ONCE_SPREADS * thread->spread);
  double spreads = NEAR_FOR_A_WHILE_SPREADS * thread->spread, heard = heard_of (thread, off);
  thread->off += pace->correction * (heard - thread->off);
  thread->miss += pace->miss * (CLAMP (miss, -once, once) - thread->miss);
  thread->spread += pace->near * (MIN (fabs (off), once) - thread->spread);
  return fabs (heard) < once && fabs (thread->off) < MAX (NEAR_FOR_A_WHILE, spreads)
         && fabs (thread->miss) < MAX (MISS_LEAST, spreads);
}

/* How far the correction goes to what this period says: as the mean of all that say it whole as
 * long as that is further than the filter would go, and little where what is off may be noise. */
static double
pass_of (VrDecideThreadState *thread, double off, double miss, gboolean is_whole, const Pace *pace)
{
  double pass = is_noise (thread, off, miss, pace) ? pace->near : pace->correction;
  double weight = is_whole ? weight_of (&thread->corrections) : 0;
  return pace->correction > 0 ? MAX (pass, weight) : 0;
}

static void
correct (const VrDecider *decider, VrDecideThreadState *thread, double forwarded_pps, double used,
         gboolean is_whole, const Pace *pace)
{
  double most = decider->config.correction_most;
  double granted_pps = decider->tenants[thread->tenant].before_pps * thread->is.part;
  double fitted = fitted_at (&thread->is, taken_of (thread, used, is_whole, pace));
  double off = forwarded_pps / (vr_decide_correction (thread) * fitted) - 1;
  double miss = granted_pps > 0 ? forwarded_pps / granted_pps - 1 : 0;
  double pass = pass_of (thread, off, miss, is_whole, pace);
  thread->forwarded += pass * (forwarded_pps - thread->forwarded);
  thread->fitted += pass * (fitted - thread->fitted);
  thread->forwarded = CLAMP (thread->forwarded, thread->fitted / most, thread->fitted * most);
}

/* Whether its line is off by more than is known of it. Where flows are spread unevenly over the
 * members of a PVR, that alone has each of them corrected, and leaves their lines together right.
 */
static gboolean
is_off (const VrDecideTenantState *tenant, const VrDecideThreadState *thread)
{
  const VrDecideThread *is = &thread->is;
  double line = fitted_at (is, is->share);
  double explained = is->intercept_error_pps + is->slope_error_pps * is->share + line / 10;
  return fabs (vr_decide_correction (thread) - 1) * line > explained
         && (tenant->wholes == 0 || fabs (tenant->whole - 1) * line > explained);
}

static double
took (const VrDecideThreadState *thread, double used)
{
  return used < USED_LEAST * thread->is.share ? thread->is.share : used / thread->rho;
}

/* By the threads together: `fitted_pps` is what their lines say, and `parts` of the packets passed
 * them. */
static void
note_whole (VrDecideTenantState *tenant, double forwarded_pps, double fitted_pps, double parts,
            const Pace *pace)
{
  double weight = weight_of (&tenant->wholes), whole = forwarded_pps * parts / fitted_pps;
  tenant->whole += MAX (pace->near, weight) * (whole - tenant->whole);
}

/* Whether the thread was the limit of a tenant that lost packets. What it did in a part of the
 * period alone says little of its line, for the line's offset: so it must have been busy for all of
 * it, or, where turns and periods are out of step or the time is not known, in the one before, too.
 */
static gboolean
is_limit (const VrDecider *decider, const VrDecideTenantState *tenant,
          const VrDecideThreadState *thread, double used)
{
  double least = decider->config.busy_least * thread->is.share;
  return used >= least || (tenant->was_limited && (used < 0 || thread->used >= least));
}

static void
look_at_threads (VrDecider *decider, VrDecideTenantState *tenant, VrDecideResult *result,
                 const VrDecideCounters *now, const Pace *pace)
{
  double least = decider->config.loss_least * result->arrived_pps;
  double fitted_pps = 0, parts = 0;
  gboolean is_limited = result->lost_pps > least, is_busy = FALSE, is_corrected = FALSE;
  for (guint i = 0; i < tenant->is.threads_count; i++) {
    VrDecideThreadState *thread = &decider->threads[tenant->first + i];
    double used = used_now (tenant, thread, now, i, pace), part = thread->is.part;
    double line = vr_decide_correction (thread) * fitted_at (&thread->is, thread->is.share);
    filter_used (thread, used, pace);
    if (thread->is.share <= 0 || tenant->mute_ns > 0)
      continue;
    gboolean is_full = is_limit (decider, tenant, thread, used);
    gboolean is_above = result->forwarded_filtered_pps * part > line * ABOVE;
    is_busy = is_busy || is_full;
    gboolean is_whole = is_limited && is_full && tenant->was_limited;
    fitted_pps += fitted_at (&thread->is, took (thread, used));
    parts += part;
    if (!(is_limited && is_full) && !is_above)
      continue;
    correct (decider, thread, result->forwarded_pps * part, used, is_whole, pace);
    is_corrected = TRUE;
  }
  if (is_corrected)
    note_whole (tenant, result->forwarded_pps, fitted_pps, parts, pace);
  if (is_limited && tenant->was_limited && !is_busy && tenant->mute_ns == 0)
    result->problems |= VR_DECIDE_ELSEWHERE;
  tenant->was_limited = is_limited;
}

static void
look_at_lines (const VrDecider *decider, const VrDecideTenantState *tenant, VrDecideResult *result)
{
  for (guint i = 0; i < tenant->is.threads_count; i++) {
    const VrDecideThreadState *thread = &decider->threads[tenant->first + i];
    if (thread->is.share > 0 && tenant->mute_ns == 0 && is_off (tenant, thread))
      result->problems |= VR_DECIDE_CALIBRATION;
  }
}

/* --- A tenant -----------------------------------------------------------------------------------
 */

static void
make_rates (VrDecideTenantState *tenant, VrDecideResult *result, const VrDecideCounters *now,
            const Pace *pace)
{
  const VrDecideCounters *then = &tenant->counters;
  result->arrived_pps = (double) (now->arrived - then->arrived) / pace->dt_s;
  result->forwarded_pps = (double) (now->forwarded - then->forwarded) / pace->dt_s;
  result->lost_pps = now->lost > 0 ? (double) (now->lost - then->lost) / pace->dt_s
                                   : MAX (result->arrived_pps - result->forwarded_pps, 0);
  if (!tenant->is_filtered) {
    result->offered_filtered_pps = result->arrived_pps;
    result->forwarded_filtered_pps = result->forwarded_pps;
    tenant->is_filtered = TRUE;
    return;
  }
  result->offered_filtered_pps
      += pace->filter * (result->arrived_pps - result->offered_filtered_pps);
  result->forwarded_filtered_pps
      += pace->filter * (result->forwarded_pps - result->forwarded_filtered_pps);
}

static void
see (VrDecider *decider, guint number, const VrDecideCounters *now, const Pace *pace)
{
  VrDecideTenantState *tenant = &decider->tenants[number];
  VrDecideResult *result = &decider->results[number];
  if (now->is_missing) {
    see_nothing (tenant, result, VR_DECIDE_MISSING);
  } else if (!tenant->has_counters) {
    see_nothing (tenant, result, 0);
  } else if (went_back (decider, tenant, now)) {
    see_nothing (tenant, result, VR_DECIDE_BACKWARDS);
  } else {
    result->is_seen = TRUE;
    result->problems = 0;
    make_rates (tenant, result, now, pace);
    if (result->forwarded_pps > 0)
      tenant->mute_ns = 0;
    else if (result->arrived_pps > HUNG_OFFERED * tenant->is.rate_pps)
      tenant->mute_ns += pace->dt_ns;
    look_at_threads (decider, tenant, result, now, pace);
    look_at_lines (decider, tenant, result);
    if (tenant->mute_ns >= decider->config.hung_ns)
      result->problems |= VR_DECIDE_HUNG;
  }
  remember (decider, tenant, now);
}

/* The time says nothing: from here on anew. */
static void
begin_anew (VrDecider *decider, const VrDecideCounters *counters, guint problem)
{
  for (guint i = 0; i < decider->tenants_count; i++) {
    guint missing = counters[i].is_missing ? VR_DECIDE_MISSING : 0;
    see_nothing (&decider->tenants[i], &decider->results[i], problem | missing);
    remember (decider, &decider->tenants[i], &counters[i]);
  }
}

void
vr_decide_observe (VrDecider *decider, guint64 time_ns, const VrDecideCounters *counters)
{
  const VrDecideConfig *config = &decider->config;
  guint64 before_ns = decider->time_ns;
  guint64 dt_ns = time_ns > before_ns ? time_ns - before_ns : 0;
  gboolean had_time = decider->has_time;
  decider->has_time = TRUE;
  /* Too soon for rates that mean anything: the next observation has the difference. */
  if (had_time && dt_ns > 0 && dt_ns < config->period_ns / SOON_PART) {
    for (guint i = 0; i < decider->tenants_count; i++)
      decider->results[i].is_seen = FALSE;
    return;
  }
  decider->time_ns = time_ns;
  if (!had_time || dt_ns == 0 || dt_ns > LEAP_PERIODS * config->period_ns) {
    begin_anew (decider, counters, !had_time ? 0 : dt_ns == 0 ? VR_DECIDE_CLOCK : VR_DECIDE_LEAP);
    return;
  }
  double correction_ns = (double) config->correction_ns;
  Pace pace = { .dt_s = (double) dt_ns / NS_PER_S,
                .dt_ns = dt_ns,
                .filter = coefficient (dt_ns, (double) config->filter_ns),
                .correction = coefficient (dt_ns, correction_ns),
                .miss = coefficient (dt_ns, correction_ns * MISS_SLOWER),
                .near = coefficient (dt_ns, correction_ns * NEAR_SLOWER),
                .rho = coefficient (dt_ns, correction_ns * RHO_SLOWER) };
  for (guint i = 0; i < decider->tenants_count; i++)
    see (decider, i, &counters[i], &pace);
}
