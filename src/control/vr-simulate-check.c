/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-simulate-check.h"

#include <math.h>

#include "base/vr-name.h"

/* What the issue of it asks for: settled within 5 s, 2 % over a minute; and what a controller with
 * another period needs for the same. */
#define SETTLE_S 5
#define SETTLE_PERIODS 5
#define WINDOW_S 60
#define WINDOW_PERIODS 12
#define PERIOD_LEAST 0.9
#define CONTRACT_LEAST 0.98
#define LIMIT_MOST 1.02
#define QUEUE 300
#define SWING 0.05
#define SWINGS_MOST 1
/* Of what is believed to fit: the deadband's worth must be left. */
#define SUFFICES 0.98
/* A load that changes by less, or where no share depends on it, leaves a core calm. */
#define LOAD_CHANGE 0.05
/* Fairness: who lacks some of his guarantee, who has anything, the same part, nothing left over. */
#define LACKS 0.95
#define ANYTHING 0.1
#define SAME 1.2
#define SAME_MORE 0.05
#define LEFT 0.9

typedef struct {
  double reference_pps; /* the load as it was when it last changed */
  /* Of the window, packets. */
  double rate, guarantee; /* what was offered of them */
  double forwarded;
  double extreme; /* the share where it last turned back, or has come to since */
  gint direction;
  guint swings;
} Router;

typedef struct {
  double calm_s;   /* for so long */
  double window_s; /* of it, counted */
  double capacity; /* for which the next two are */
  gboolean rates_fit, guarantees_fit;
} Core;

struct VrSimulateCheck {
  const VrSimulateHost *host;
  VrSimulateResult *result;
  Router *routers;
  Core *cores;
  double period_s, settle_s, window_s;
};

VrSimulateCheck *
vr_simulate_check_new (const VrSimulateHost *host, VrSimulateResult *result)
{
  VrSimulateCheck *check = g_new0 (VrSimulateCheck, 1);
  check->host = host;
  check->result = result;
  check->routers = g_new0 (Router, host->routers_count);
  check->cores = g_new0 (Core, host->spec.cores);
  check->period_s = (double) host->spec.period_ns / 1e9;
  check->settle_s = MAX (SETTLE_S, SETTLE_PERIODS * check->period_s);
  check->window_s = MAX (WINDOW_S, WINDOW_PERIODS * check->period_s);
  result->worst = 1;
  return check;
}

void
vr_simulate_check_free (VrSimulateCheck *check)
{
  g_free (check->routers);
  g_free (check->cores);
  g_free (check);
}

/* --- What is told -------------------------------------------------------------------------------
 */

static char *
tenant_text (const VrSimulateCheck *check, const VrSimulateRouter *router)
{
  guint number = (guint) (router - check->host->routers);
  const VrSimulateRecord *record = check->host->spec.record;
  if (record == NULL)
    return g_strdup_printf ("tenant %u on ", number);
  g_autofree char *quoted = vr_name_quote (record->names->pdata[number]);
  return g_strdup_printf ("tenant %s on ", quoted);
}

/* The first break has its figures: of the tenant, or of the core where that is NULL. */
static void
hold (const VrSimulateCheck *check, VrSimulateRule rule, guint core, const VrSimulateRouter *router,
      const double figures[2])
{
  VrSimulateResult *result = check->result;
  guint second = (guint) check->host->time_s;
  result->looked_at[rule]++;
  if (!(figures[0] > figures[1]))
    return;
  result->broken[rule]++;
  if (result->first != NULL)
    return;
  g_autofree char *tenant = router != NULL ? tenant_text (check, router) : g_strdup ("");
  result->first = g_strdup_printf ("at %02u:%02u:%02u, %score %u: %s: %.6g is more than %.6g",
                                   second / 3600, second / 60 % 60, second % 60, tenant, core,
                                   vr_simulate_rule_id (rule), figures[0], figures[1]);
}

/* --- Calm ---------------------------------------------------------------------------------------
 */

static void
see_capacity (const VrSimulateCheck *check, guint number)
{
  const VrSimulateCore *is = &check->host->cores[number];
  Core *core = &check->cores[number];
  double rates = 0, guarantees = 0;
  if (core->capacity == is->capacity)
    return;
  for (guint i = is->first; i < is->end; i++) {
    const VrSimulateRouter *router = &check->host->routers[i];
    double worst = MIN (router->factor, 1);
    rates += vr_simulate_router_takes (router, router->contract.rate_pps, worst);
    guarantees += vr_simulate_router_takes (router, router->contract.guarantee_pps, worst);
  }
  core->capacity = is->capacity;
  core->rates_fit = rates <= is->capacity * SUFFICES;
  core->guarantees_fit = guarantees <= is->capacity * SUFFICES;
}

/* Whether its load is another one, as far as that matters for shares: below what the falsest
 * calibration promises of its guarantee, and above its limit, it does not, unless its core has not
 * even enough for guarantees. */
static gboolean
load_changed (const VrSimulateCheck *check, const VrSimulateRouter *router, Router *watch)
{
  gboolean is_short = !check->cores[router->core].guarantees_fit;
  double falsest = is_short ? LOAD_CHANGE : 1 - check->host->spec.falsify - LOAD_CHANGE;
  double least = falsest * router->contract.guarantee_pps;
  double load = CLAMP (router->offered_pps, least, (1 + LOAD_CHANGE) * router->contract.limit_pps);
  if (fabs (load - watch->reference_pps) <= LOAD_CHANGE * watch->reference_pps)
    return FALSE;
  watch->reference_pps = load;
  return TRUE;
}

static void
begin_window (const VrSimulateCheck *check, guint number, const VrDecideResult *results)
{
  const VrSimulateCore *is = &check->host->cores[number];
  check->cores[number].window_s = 0;
  for (guint i = is->first; i < is->end; i++) {
    Router *watch = &check->routers[i];
    watch->rate = watch->guarantee = watch->forwarded = 0;
    watch->extreme = results[i].threads[0].share;
    watch->direction = 0;
    watch->swings = 0;
  }
}

/* --- Each period --------------------------------------------------------------------------------
 */

static void
check_shares (const VrSimulateCheck *check, guint number, const VrDecideResult *results)
{
  const VrSimulateCore *is = &check->host->cores[number];
  double sum = 0;
  for (guint i = is->first; i < is->end; i++) {
    const VrSimulateRouter *router = &check->host->routers[i];
    double share = results[i].threads[0].share;
    sum += share;
    hold (check, VR_SIMULATE_BOUNDS, number, router,
          (double[]){ share, router->thread.share_most });
    if (share < router->thread.share_least)
      hold (check, VR_SIMULATE_BOUNDS, number, router,
            (double[]){ router->thread.share_least, share });
  }
  hold (check, VR_SIMULATE_CAPACITY, number, NULL, (double[]){ sum, is->capacity * (1 + 1e-6) });
}

/* A swing is by so much of its share or its contract's, whichever is more. What is left over by the
 * others moves with all of them: there, it is so much of the core. */
static void
watch_share (const VrSimulateCheck *check, const VrSimulateRouter *router, Router *watch,
             const VrDecideResult *result)
{
  double share = result->threads[0].share;
  double contract = vr_simulate_router_takes (router, router->contract.rate_pps, router->factor);
  gboolean is_rest = result->granted_pps < result->target_pps;
  double swing
      = SWING * (is_rest ? check->host->cores[router->core].usual : MAX (contract, watch->extreme));
  gint direction = (share > watch->extreme + swing) - (share < watch->extreme - swing);
  if (direction != 0 && watch->direction == -direction)
    watch->swings++;
  if (direction != 0)
    watch->direction = direction;
  if (direction != 0 || (share - watch->extreme) * watch->direction > 0)
    watch->extreme = share;
}

static void
watch_router (const VrSimulateCheck *check, guint number, const VrDecideResult *results)
{
  const VrSimulateRouter *router = &check->host->routers[number];
  const Core *core = &check->cores[router->core];
  Router *watch = &check->routers[number];
  double rate = MIN (router->offered_pps, router->contract.rate_pps) * check->period_s;
  double guarantee = MIN (router->offered_pps, router->contract.guarantee_pps) * check->period_s;
  double owed = core->rates_fit ? rate : core->guarantees_fit ? guarantee : 0;
  watch->rate += rate;
  watch->guarantee += guarantee;
  watch->forwarded += router->forwarded;
  watch_share (check, router, watch, &results[number]);
  if (owed > 0 && !router->is_faulty)
    hold (check, VR_SIMULATE_PERIOD, router->core, router,
          (double[]){ owed * (PERIOD_LEAST - check->host->spec.noise) / check->period_s,
                      router->forwarded / check->period_s });
}

/* --- Each window --------------------------------------------------------------------------------
 */

static void
check_router (const VrSimulateCheck *check, guint number)
{
  const VrSimulateRouter *router = &check->host->routers[number];
  const Core *core = &check->cores[router->core];
  const Router *watch = &check->routers[number];
  double owed = core->rates_fit ? watch->rate : core->guarantees_fit ? watch->guarantee : 0;
  double window_s = core->window_s;
  if (router->is_faulty)
    return;
  if (owed > 0) {
    hold (check, VR_SIMULATE_CONTRACT, router->core, router,
          (double[]){ owed * CONTRACT_LEAST / window_s, watch->forwarded / window_s });
    check->result->worst = MIN (check->result->worst, watch->forwarded / owed);
  }
  hold (check, VR_SIMULATE_LIMIT, router->core, router,
        (double[]){ watch->forwarded / window_s,
                    LIMIT_MOST * router->contract.limit_pps + QUEUE / window_s });
  hold (check, VR_SIMULATE_OSCILLATION, router->core, router,
        (double[]){ watch->swings, SWINGS_MOST });
}

/* What it got of what was offered of its guarantee. */
static double
part_had (const Router *watch)
{
  return watch->guarantee > 0 ? watch->forwarded / watch->guarantee : 1;
}

/* `a` lacks some. */
static void
check_pair (const VrSimulateCheck *check, guint a, guint b)
{
  const VrSimulateRouter *one = &check->host->routers[a], *other = &check->host->routers[b];
  double had = part_had (&check->routers[a]), others = part_had (&check->routers[b]);
  if (check->routers[b].guarantee <= 0)
    return;
  if (one->contract.priority > other->contract.priority)
    hold (check, VR_SIMULATE_FAIRNESS, one->core, other, (double[]){ others, ANYTHING });
  else if (one->contract.priority == other->contract.priority)
    hold (check, VR_SIMULATE_FAIRNESS, one->core, other,
          (double[]){ others, had * SAME + SAME_MORE });
}

static void
check_fairness (const VrSimulateCheck *check, guint number, const VrDecideResult *results)
{
  const VrSimulateCore *is = &check->host->cores[number];
  gboolean is_lacking = FALSE;
  double sum = 0;
  for (guint i = is->first; i < is->end; i++) {
    sum += results[i].threads[0].share;
    if (check->host->routers[i].is_faulty)
      return;
  }
  for (guint i = is->first; i < is->end; i++) {
    if (part_had (&check->routers[i]) >= LACKS)
      continue;
    is_lacking = TRUE;
    for (guint j = is->first; j < is->end; j++)
      if (j != i)
        check_pair (check, i, j);
  }
  if (is_lacking)
    hold (check, VR_SIMULATE_FAIRNESS, number, NULL, (double[]){ is->capacity * LEFT, sum });
}

/* --- All ----------------------------------------------------------------------------------------
 */

static void
end_window (VrSimulateCheck *check, guint number, const VrDecideResult *results)
{
  const VrSimulateCore *is = &check->host->cores[number];
  for (guint i = is->first; i < is->end; i++)
    check_router (check, i);
  if (!check->cores[number].rates_fit)
    check->result->windows_short++;
  if (!check->cores[number].guarantees_fit)
    check_fairness (check, number, results);
  begin_window (check, number, results);
}

static void
check_core (VrSimulateCheck *check, guint number, const VrDecideResult *results)
{
  const VrSimulateCore *is = &check->host->cores[number];
  Core *core = &check->cores[number];
  gboolean is_changed = is->changed;
  see_capacity (check, number);
  check_shares (check, number, results);
  for (guint i = is->first; i < is->end; i++)
    is_changed = load_changed (check, &check->host->routers[i], &check->routers[i]) || is_changed;
  core->calm_s = is_changed ? 0 : core->calm_s + check->period_s;
  if (core->calm_s < check->settle_s) {
    begin_window (check, number, results);
    return;
  }
  for (guint i = is->first; i < is->end; i++)
    watch_router (check, i, results);
  core->window_s += check->period_s;
  if (core->window_s >= check->window_s)
    end_window (check, number, results);
}

void
vr_simulate_check_period (VrSimulateCheck *check, const VrDecideResult *results)
{
  for (guint i = 0; i < check->host->spec.cores; i++)
    check_core (check, i, results);
}
