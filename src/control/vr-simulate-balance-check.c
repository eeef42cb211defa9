/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "control/vr-follow.h"
#include "control/vr-simulate-balance-internal.h"

#define NS_PER_S 1e9
#define SETTLE_S 10
#define SETTLE_PERIODS 10
#define WINDOW_S 60
#define WINDOW_PERIODS 12
#define FILTERS 3
#define FORWARDED_LEAST 0.97
#define TURNS_MOST 1
/* Of a load that stays. */
#define LOAD_CHANGE 0.05
/* Rounding. */
#define SLACK 1e-6
#define NEVER G_MAXUINT64

typedef struct {
  double reference_pps; /* the load as it was when it last changed */
  double calm_s;        /* for so long it has not */
  double window_s;      /* of it, counted */
  gint direction;       /* of the last change */
  guint turns;          /* in the window */
} Router;

struct VrSimulateBalanceCheck {
  const VrSimulateBalanceHost *host;
  VrSimulateBalanceResult *result;
  Router *routers;
  guint64 *moved; /* of each router the number of the period in which a core was moved; NEVER */
  guint64 period; /* this one's number */
  double period_s, settle_s, window_s, return_s;
};

VrSimulateBalanceCheck *
vr_simulate_balance_check_new (const VrSimulateBalanceHost *host, VrSimulateBalanceResult *result)
{
  VrSimulateBalanceCheck *check = g_new0 (VrSimulateBalanceCheck, 1);
  const VrFollowSettings *settings = host->spec.settings;
  VrCoresConfig config = vr_follow_config (settings, host->capacity);
  check->host = host;
  check->result = result;
  check->routers = g_new0 (Router, host->spec.routers);
  check->moved = g_new (guint64, host->spec.routers);
  for (guint i = 0; i < host->spec.routers; i++)
    check->moved[i] = NEVER;
  check->period_s = (double) host->period_ns / NS_PER_S;
  check->settle_s = MAX (SETTLE_S, SETTLE_PERIODS * check->period_s);
  check->window_s = MAX (WINDOW_S, WINDOW_PERIODS * check->period_s);
  check->return_s = check->settle_s + settings->patience * check->period_s
                    + FILTERS * (double) config.filter_ns / NS_PER_S;
  return check;
}

void
vr_simulate_balance_check_free (VrSimulateBalanceCheck *check)
{
  g_free (check->routers);
  g_free (check->moved);
  g_free (check);
}

/* The first break has its figures. */
static void
hold (const VrSimulateBalanceCheck *check, VrSimulateBalanceRule rule, const char *of, guint number,
      const double figures[2])
{
  VrSimulateBalanceResult *result = check->result;
  guint second = (guint) check->host->time_s;
  result->looked_at[rule]++;
  if (!(figures[0] > figures[1]))
    return;
  result->broken[rule]++;
  if (result->first == NULL)
    result->first = g_strdup_printf ("at %02u:%02u:%02u, %s %u: %s: %.6g is more than %.6g",
                                     second / 3600, second / 60 % 60, second % 60, of, number,
                                     vr_simulate_balance_rule_id (rule), figures[0], figures[1]);
}

/* Which of its levels the router has, and which is its contract's. */
static void
find_levels (const VrSimulateBalanceCheck *check, guint number, guint *at, guint *least)
{
  guint count;
  const VrCoresLevel *levels = vr_cores_levels (check->host->cores, number, &count);
  double rate_pps = vr_cores_results (check->host->cores)[number].level.rate_pps;
  *at = *least = 0;
  while (*at + 1 < count && levels[*at].rate_pps < rate_pps)
    ++*at;
  while (*least + 1 < count && levels[*least].rate_pps < check->host->routers[number].contract_pps)
    ++*least;
}

/* --- Rules --------------------------------------------------------------------------------------
 */

static void
check_room (const VrSimulateBalanceCheck *check)
{
  for (guint i = 0; i < check->host->spec.cores; i++)
    hold (check, VR_SIMULATE_BALANCE_ROOM, "core", i,
          (double[]){ vr_cores_load (check->host->cores, i), check->host->capacity + SLACK });
}

/* Whether as many CPUs as the router has cores have nobody else on them: then any lower level has
 * room. */
static gboolean
has_room (const VrSimulateBalanceCheck *check, guint number)
{
  VrCores *cores = check->host->cores;
  const VrCoresResult *result = &vr_cores_results (cores)[number];
  guint threads = result->level.members * vr_cores_threads (cores, number), free_cpus = 0;
  for (guint i = 0; i < check->host->spec.cores; i++) {
    double others = vr_cores_load (cores, i);
    for (guint k = 0; k < threads; k++)
      others -= result->cpus[k] == i ? result->shares[k] : 0;
    free_cpus += others < SLACK;
  }
  return free_cpus >= result->level.members * result->level.cores;
}

static void
check_calm (const VrSimulateBalanceCheck *check, guint number, guint at, guint least)
{
  const VrSimulateBalanceHost *host = check->host;
  const VrSimulateBalanceRouter *router = &host->routers[number];
  guint count;
  const VrCoresLevel *levels = vr_cores_levels (host->cores, number, &count);
  if (at + 1 < count)
    hold (check, VR_SIMULATE_BALANCE_FOLLOWS, "router", number,
          (double[]){ router->arrived * (FORWARDED_LEAST - host->spec.noise), router->forwarded });
  if (at <= least || check->routers[number].calm_s < check->return_s)
    return;
  double below_pps = levels[at - 1].rate_pps * vr_cores_correction (host->cores, number);
  double enough_pps = host->spec.settings->down / 100.0 * below_pps * (1 - LOAD_CHANGE);
  if (enough_pps <= router->offered_pps || has_room (check, number))
    hold (check, VR_SIMULATE_BALANCE_RETURNS, "router", number,
          (double[]){ enough_pps, router->offered_pps });
}

static void
check_turns (const VrSimulateBalanceCheck *check, guint number)
{
  Router *watch = &check->routers[number];
  const VrCoresResult *result = &vr_cores_results (check->host->cores)[number];
  gint direction = (result->level.rate_pps > result->before.rate_pps)
                   - (result->level.rate_pps < result->before.rate_pps);
  watch->turns += direction != 0 && watch->direction != 0 && direction != watch->direction;
  watch->direction = direction != 0 ? direction : watch->direction;
  watch->window_s += check->period_s;
  if (watch->window_s < check->window_s)
    return;
  hold (check, VR_SIMULATE_BALANCE_OSCILLATION, "router", number,
        (double[]){ watch->turns, TURNS_MOST });
  watch->window_s = 0;
  watch->turns = 0;
}

/* Whether what is offered has stayed for long enough, and so has what it may have: one that had no
 * room begins anew when it has. */
static gboolean
is_calm (const VrSimulateBalanceCheck *check, guint number)
{
  Router *watch = &check->routers[number];
  double offered_pps = check->host->routers[number].offered_pps;
  gboolean is_full = vr_cores_results (check->host->cores)[number].reason == VR_CORES_FULL;
  if (is_full || fabs (offered_pps - watch->reference_pps) > LOAD_CHANGE * watch->reference_pps)
    *watch = (Router){ .reference_pps = offered_pps };
  else
    watch->calm_s += check->period_s;
  return watch->calm_s >= check->settle_s;
}

static void
check_moves (VrSimulateBalanceCheck *check, guint number)
{
  const VrCoresResult *results = vr_cores_results (check->host->cores);
  guint moved_for = results[number].moved_for;
  if (moved_for == VR_CORES_NOBODY)
    return;
  double rested = check->moved[number] != NEVER ? (double) (check->period - check->moved[number])
                                                : VR_CORES_REST;
  double has_grown = results[moved_for].reason == VR_CORES_GROWN;
  hold (check, VR_SIMULATE_BALANCE_MOVES, "router", number, (double[]){ 1, has_grown });
  hold (check, VR_SIMULATE_BALANCE_MOVES, "router", number, (double[]){ VR_CORES_REST, rested });
  check->moved[number] = check->period;
}

void
vr_simulate_balance_check_period (VrSimulateBalanceCheck *check)
{
  check->period++;
  check_room (check);
  for (guint i = 0; i < check->host->spec.routers; i++) {
    guint at, least;
    find_levels (check, i, &at, &least);
    hold (check, VR_SIMULATE_BALANCE_CONTRACT, "router", i, (double[]){ least, at });
    check_moves (check, i);
    if (!is_calm (check, i))
      continue;
    check_calm (check, i, at, least);
    check_turns (check, i);
  }
}
