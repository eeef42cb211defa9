/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiple loss ratio search, RFC 9971 (draft-ietf-bmwg-mlrsearch). Which rates are bounds, and the
 * throughput, are the RFC's to the letter. Which rate comes next the RFC leaves open; here it is a
 * simple form of what FD.io's MLRsearch does: goals in ascending order, each in PHASES phases from
 * coarse and short to fine and long, and all trials count for all goals. Simpler than there: all
 * goals have the same durations, exceed ratio and width, and bisection takes the arithmetic mean.
 */
#include <math.h>

#include "campaign/vr-search-load.h"
#include "campaign/vr-search-methods.h"

#define S 1000000000ull
#define PHASES 3 /* FD.io: two before the last */

typedef struct {
  VrSearchSettings settings;
  VrSearchLoads *loads;
  guint goal, phase;     /* in focus */
  guint hints;           /* how many of the initial rates were looked at */
  guint64 step_pps;      /* of the next expansion; 0: as wide as the phase's bounds may be */
  guint64 refine_pps[2]; /* the bounds of the phase before: lower, upper; 0: none */
  VrSearchStep step;     /* the last one; its rate is 0 where a phase is new */
} Mlr;

static gpointer
start (const VrSearchSettings *settings)
{
  Mlr *mlr = g_new0 (Mlr, 1);
  mlr->settings = *settings;
  mlr->loads = vr_search_loads_new ();
  return mlr;
}

static void
end (gpointer state)
{
  Mlr *mlr = state;
  vr_search_loads_free (mlr->loads);
  g_free (mlr);
}

/* In equal ratios from `first` in the first phase to `last` in the last. */
static guint64
scale_ns (guint64 first, guint64 last, guint phase)
{
  if (phase == PHASES - 1)
    return last;
  double share = (double) phase / (PHASES - 1);
  return (guint64) llround ((double) first * pow ((double) last / (double) first, share));
}

/* The goal as a phase sees it: less time in the earlier ones, and a single trial in the first. */
static VrSearchGoal
goal_of (const Mlr *mlr, guint goal, guint phase)
{
  const VrSearchSettings *settings = &mlr->settings;
  return (VrSearchGoal){ .loss_ratio = settings->loss_ratios[goal],
                         .exceed_ratio = settings->exceed_ratio,
                         .final_ns = scale_ns (settings->initial_ns, settings->trial_ns, phase),
                         .sum_ns = scale_ns (settings->initial_ns, settings->sum_ns, phase) };
}

/* Of a phase: twice that of the one after. */
static guint64
width_pps (const Mlr *mlr, guint64 upper_pps)
{
  return vr_search_width_pps (&mlr->settings, upper_pps) << (PHASES - 1 - mlr->phase);
}

static VrSearchClass
class_of (const Mlr *mlr, guint64 rate_pps, const VrSearchGoal *goal)
{
  const VrSearchLoad *load = vr_search_loads_find (mlr->loads, rate_pps);
  return load != NULL ? vr_search_load_class (load, goal) : VR_SEARCH_UNDECIDED;
}

/* The bounds for the goal and phase in focus; 0: none. */
typedef struct {
  guint64 lower_pps, upper_pps;
} Bounds;

static Bounds
bounds_of (const Mlr *mlr, const VrSearchGoal *goal)
{
  const VrSearchLoad *lower, *upper;
  vr_search_loads_bounds (mlr->loads, goal, &lower, &upper);
  return (Bounds){ lower != NULL ? lower->rate_pps : 0, upper != NULL ? upper->rate_pps : 0 };
}

static gboolean
is_between (const Bounds *bounds, guint64 rate_pps)
{
  return rate_pps > bounds->lower_pps && (bounds->upper_pps == 0 || rate_pps < bounds->upper_pps);
}

/* --- Which rate next: 0 for none ----------------------------------------------------------------
 */

/* What came through, were all above the goal's loss ratio lost. */
static guint64
forwarded_pps (const VrSearchLoad *load, const VrSearchGoal *goal)
{
  double loss_ratio = g_array_index (load->trials, VrSearchTrial, load->trials->len - 1).loss_ratio;
  return (guint64) ((double) load->rate_pps * (1 - loss_ratio) / (1 - goal->loss_ratio));
}

/* The first three rates: the upper one, what came through of that, and near to it. */
static guint64
hint (Mlr *mlr, const VrSearchGoal *goal, const Bounds *bounds)
{
  const VrSearchLoad *last = vr_search_loads_find (mlr->loads, mlr->step.rate_pps);
  guint64 rate_pps = 0;
  mlr->hints++;
  if (last == NULL)
    return mlr->settings.upper_pps;
  if (last->trials->len == 0)
    return 0;
  if (vr_search_load_class (last, goal) == VR_SEARCH_UPPER)
    rate_pps = forwarded_pps (last, goal);
  else
    rate_pps = last->rate_pps + width_pps (mlr, last->rate_pps);
  rate_pps = MAX (rate_pps, mlr->settings.lower_pps);
  return is_between (bounds, rate_pps) && rate_pps < mlr->settings.upper_pps ? rate_pps : 0;
}

/* Away from the bound that is there, by steps that double. */
static guint64
expand (Mlr *mlr, const Bounds *bounds)
{
  guint64 from_pps = MAX (bounds->lower_pps, bounds->upper_pps);
  guint64 least_pps = mlr->settings.lower_pps, most_pps = mlr->settings.upper_pps;
  guint64 step_pps = mlr->step_pps != 0 ? mlr->step_pps : width_pps (mlr, from_pps);
  mlr->step_pps = 2 * step_pps;
  if (bounds->upper_pps == 0 && bounds->lower_pps == 0)
    return most_pps;
  if (bounds->upper_pps == 0)
    return from_pps < most_pps ? MIN (from_pps + step_pps, most_pps) : 0;
  if (from_pps <= least_pps)
    return 0;
  return from_pps - least_pps > step_pps ? from_pps - step_pps : least_pps;
}

static guint64
choose (Mlr *mlr, const VrSearchGoal *goal)
{
  guint64 last_pps = mlr->step.rate_pps;
  if (last_pps != 0 && class_of (mlr, last_pps, goal) == VR_SEARCH_UNDECIDED)
    return last_pps;
  Bounds bounds = bounds_of (mlr, goal);
  while (mlr->hints < 3) {
    guint64 rate_pps = hint (mlr, goal, &bounds);
    if (rate_pps != 0)
      return rate_pps;
  }
  for (guint i = 0; i < G_N_ELEMENTS (mlr->refine_pps); i++) {
    guint64 rate_pps = mlr->refine_pps[i];
    mlr->refine_pps[i] = 0;
    if (rate_pps != 0 && is_between (&bounds, rate_pps))
      return rate_pps;
  }
  if (bounds.lower_pps == 0 || bounds.upper_pps == 0)
    return expand (mlr, &bounds);
  mlr->step_pps = 0;
  guint64 gap_pps = bounds.upper_pps - bounds.lower_pps;
  return gap_pps > width_pps (mlr, bounds.upper_pps) ? bounds.lower_pps + gap_pps / 2 : 0;
}

/* --- Goals and phases ---------------------------------------------------------------------------
 */

static void
focus (Mlr *mlr, guint goal, guint phase)
{
  mlr->goal = goal;
  mlr->phase = phase;
  mlr->step_pps = 0;
  mlr->step = (VrSearchStep){ 0 };
  mlr->refine_pps[0] = mlr->refine_pps[1] = 0;
}

static void
next_phase (Mlr *mlr, const VrSearchGoal *goal)
{
  Bounds bounds = bounds_of (mlr, goal);
  gboolean is_last = mlr->phase == PHASES - 1;
  focus (mlr, is_last ? mlr->goal + 1 : mlr->goal, is_last ? 0 : mlr->phase + 1);
  if (is_last)
    return;
  mlr->refine_pps[0] = bounds.lower_pps;
  mlr->refine_pps[1] = bounds.upper_pps;
}

/* Trials for one goal may have moved the bounds of another. */
static gboolean
look_back (Mlr *mlr)
{
  for (guint i = 0; i < mlr->settings.goals_count; i++) {
    VrSearchGoal goal = goal_of (mlr, i, PHASES - 1);
    focus (mlr, i, PHASES - 1);
    if (choose (mlr, &goal) != 0) {
      focus (mlr, i, PHASES - 1);
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
next (gpointer state, VrSearchStep *step)
{
  Mlr *mlr = state;
  for (;;) {
    if (mlr->goal == mlr->settings.goals_count && !look_back (mlr))
      return FALSE;
    VrSearchGoal goal = goal_of (mlr, mlr->goal, mlr->phase);
    guint64 rate_pps = choose (mlr, &goal);
    if (rate_pps != 0) {
      *step = mlr->step = (VrSearchStep){ rate_pps, goal.final_ns };
      return TRUE;
    }
    next_phase (mlr, &goal);
  }
}

static void
take (gpointer state, const VrSearchOutcome *outcome)
{
  Mlr *mlr = state;
  VrSearchLoad *load = vr_search_loads_get (mlr->loads, mlr->step.rate_pps);
  if (outcome->tester_limited)
    load->by_tester = TRUE;
  else
    vr_search_load_add (load, mlr->step.duration_ns, outcome->loss_ratio);
}

static void
tell (gconstpointer state, guint goal, VrSearchBounds *bounds)
{
  const Mlr *mlr = state;
  const VrSearchLoad *lower, *upper;
  VrSearchGoal wanted = goal_of (mlr, goal, PHASES - 1);
  vr_search_loads_bounds (mlr->loads, &wanted, &lower, &upper);
  if (lower != NULL) {
    bounds->lower_pps = lower->rate_pps;
    bounds->throughput_pps = vr_search_load_throughput (lower, &wanted);
  }
  if (upper != NULL) {
    bounds->upper_pps = upper->rate_pps;
    bounds->upper_by_tester = upper->by_tester;
  }
}

/* As FD.io CSIT has them: trials of 1 s and 21 s of them at a rate, half of which may exceed the
 * goal, bounds 0.5 % apart, and the loss ratios of NDR and PDR. */
const VrSearchMethod *
vr_search_mlr (void)
{
  static const char *const options[] = { "initial-trial", "duration-sum", "exceed", NULL };
  static const VrSearchMethod row = {
    .name = "mlr",
    .summary = "several loss ratios in one search, by many short trials",
    .options = options,
    .defaults = { .width = { .ratio = 0.005 },
                  .loss_ratios = { 0, 0.005 },
                  .goals_count = 2,
                  .trial_ns = S,
                  .tester_tries = VR_SEARCH_TESTER_TRIES,
                  .max_repeat = 1,
                  .initial_ns = S,
                  .sum_ns = 21 * S,
                  .exceed_ratio = 0.5 },
    .settle_ns = S / 5,
    .goals_most = VR_SEARCH_GOALS_MAX,
    .start = start,
    .next = next,
    .take = take,
    .bounds = tell,
    .end = end,
  };
  return &row;
}
