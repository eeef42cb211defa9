/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-cores.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "control/vr-cores-level.h"

#define NS_PER_S 1000000000ull
#define NONE G_MAXUINT
/* Rounding must not make a core that is exactly full one that is too full. */
#define SLACK 1e-9

typedef struct {
  VrCoresCpu is;
  double load; /* by the routers */
  guint users; /* their cores: one router may have it more than once */
} Cpu;

typedef struct {
  VrCoresRouter is; /* lines: owned */
  GArray *levels;   /* VrCoresLevel */
  guint least;      /* that forwards the contract, or the highest */
  guint level;      /* as it is placed; NONE: it is not */
  guint below;      /* for so many periods it could fall */
  gboolean has_rate;
  guint *places;  /* of each core of each member: index of a CPU; room for the highest level */
  double *loads;  /* of these */
  guint count;    /* how many there are */
  guint *cpus;    /* for the result */
  double *shares; /* likewise */
} Router;

struct VrCores {
  VrCoresConfig config;
  Cpu *cpus;
  guint cpus_count;
  Router *routers;
  guint routers_count;
  VrCoresResult *results;
  guint *order; /* of routers, by priority */
};

VrCoresConfig
vr_cores_config_default (void)
{
  return (VrCoresConfig){ .policy = VR_CORES_DYNAMIC,
                          .filter_ns = 2 * NS_PER_S,
                          .up = 0.9,
                          .down = 0.7,
                          .patience = 3,
                          .step = 0.25,
                          .capacity = 0.95 };
}

const char *
vr_cores_reason_id (VrCoresReason reason)
{
  static const char *const words[VR_CORES_REASONS] = {
    [VR_CORES_STEADY] = "steady",   [VR_CORES_GROWN] = "grown", [VR_CORES_SHRUNK] = "shrunk",
    [VR_CORES_PATIENT] = "patient", [VR_CORES_FULL] = "full",
  };
  return words[reason];
}

/* --- Places -------------------------------------------------------------------------------------
 */

static void
leave (VrCores *cores, Router *router)
{
  for (guint i = 0; i < router->count; i++) {
    cores->cpus[router->places[i]].load -= router->loads[i];
    cores->cpus[router->places[i]].users--;
  }
  router->count = 0;
}

static gboolean
has_room (const VrCores *cores, const Cpu *cpu, double load)
{
  return cpu->is.taken + cpu->load + load <= cores->config.capacity * (1 + SLACK);
}

static void
take (VrCores *cores, Router *router, guint cpu, double load)
{
  router->places[router->count] = cpu;
  router->loads[router->count++] = load;
  cores->cpus[cpu].load += load;
  cores->cpus[cpu].users++;
}

static guint
idle_in (const VrCores *cores, gint64 llc)
{
  guint count = 0;
  for (guint i = 0; i < cores->cpus_count; i++)
    count += cores->cpus[i].is.llc == llc && cores->cpus[i].users == 0;
  return count;
}

/* Higher is better, as the header says: idle, its own cache, a cache with many idle ones. */
static guint64
rank (const VrCores *cores, const Router *router, const Cpu *cpu)
{
  gboolean is_idle = cpu->users == 0;
  gboolean is_own = router->count > 0 && cores->cpus[router->places[0]].is.llc == cpu->is.llc;
  guint64 order = (guint64) is_idle << 1 | (guint64) is_own;
  return order << 32 | (is_idle ? idle_in (cores, cpu->is.llc) : 0);
}

/* NONE: no CPU has room. */
static guint
choose (const VrCores *cores, const Router *router, double load)
{
  guint best = NONE;
  for (guint i = 0; i < cores->cpus_count; i++) {
    const Cpu *cpu = &cores->cpus[i];
    if (!has_room (cores, cpu, load))
      continue;
    guint64 one = rank (cores, router, cpu);
    guint64 other = best != NONE ? rank (cores, router, &cores->cpus[best]) : 0;
    const Cpu *than = best != NONE ? &cores->cpus[best] : NULL;
    if (than == NULL || one > other
        || (one == other && cpu->is.taken + cpu->load < than->is.taken + than->load))
      best = i;
  }
  return best;
}

/* What it had is kept where there is room still; what is new is chosen after that. */
static gboolean
place (VrCores *cores, Router *router, const VrCoresLevel *level, const guint *had, guint had_count)
{
  VrCoresSpread spread;
  vr_cores_spread (&router->is, level->rate_pps / level->members, level->cores, &spread);
  for (guint i = 0; i < level->members * level->cores; i++) {
    double load = spread.load[i % level->cores];
    guint cpu = i < had_count && has_room (cores, &cores->cpus[had[i]], load)
                    ? had[i]
                    : choose (cores, router, load);
    if (cpu == NONE) {
      leave (cores, router);
      return FALSE;
    }
    take (cores, router, cpu, load);
  }
  for (guint i = 0; i < level->members * router->is.threads; i++) {
    guint member = i / router->is.threads, thread = i % router->is.threads;
    guint core = member * level->cores + spread.core[thread];
    router->cpus[i] = cores->cpus[router->places[core]].is.id;
    router->shares[i] = spread.share[thread];
  }
  return TRUE;
}

/* To the highest level that has room, from `level` down to `least`; where that is none, as it was.
 */
static gboolean
go_to (VrCores *cores, Router *router, guint level, guint least)
{
  const VrCoresLevel *levels = (const VrCoresLevel *) (gconstpointer) router->levels->data;
  guint had_count = router->count, was = router->level;
  g_autofree guint *had = g_memdup2 (router->places, had_count * sizeof *had);
  leave (cores, router);
  for (guint i = level + 1; i-- > least;)
    if (place (cores, router, &levels[i], had, had_count)) {
      router->level = i;
      return TRUE;
    }
  if (was != NONE)
    place (cores, router, &levels[was], had, had_count);
  return FALSE;
}

/* --- As a whole ---------------------------------------------------------------------------------
 */

static const VrCoresLevel *
level_of (const Router *router, guint level)
{
  return &g_array_index (router->levels, VrCoresLevel, level);
}

static void
tell (VrCores *cores, guint number, VrCoresReason reason, VrCoresLevel before)
{
  const Router *router = &cores->routers[number];
  VrCoresResult *result = &cores->results[number];
  result->before = before;
  result->reason = reason;
  result->is_placed = router->level != NONE;
  result->level = result->is_placed ? *level_of (router, router->level) : (VrCoresLevel){ 0 };
  result->cpus = router->cpus;
  result->shares = router->shares;
}

static gboolean
init_router (const VrCores *cores, Router *router, const VrCoresRouter *given, GError **error)
{
  guint threads = given->members_most * given->threads;
  router->is = *given;
  router->is.lines = g_memdup2 (given->lines, given->threads * sizeof *given->lines);
  router->levels = vr_cores_make_levels (&cores->config, given);
  router->level = NONE;
  router->places = g_new0 (guint, threads);
  router->loads = g_new0 (double, threads);
  router->cpus = g_new0 (guint, threads);
  router->shares = g_new0 (double, threads);
  if (router->levels->len == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "%s: by its lines it forwards nothing with %g of a CPU", given->name,
                 cores->config.capacity);
    return FALSE;
  }
  while (router->least + 1 < router->levels->len
         && level_of (router, router->least)->rate_pps < given->contract_pps)
    router->least++;
  return TRUE;
}

static int
by_priority (gconstpointer a, gconstpointer b, gpointer data)
{
  const VrCores *cores = data;
  guint one = *(const guint *) a, other = *(const guint *) b;
  gint first = cores->routers[one].is.priority, second = cores->routers[other].is.priority;
  return first != second ? (first < second) - (first > second) : (one > other) - (one < other);
}

VrCores *
vr_cores_new (const VrCoresConfig *config, const VrCoresCpu *cpus, guint cpus_count,
              const VrCoresRouter *routers, guint routers_count, GError **error)
{
  if (!vr_cores_check (config, routers, routers_count, error))
    return NULL;
  g_autoptr (VrCores) cores = g_new0 (VrCores, 1);
  cores->config = *config;
  cores->cpus = g_new0 (Cpu, cpus_count);
  cores->cpus_count = cpus_count;
  cores->routers = g_new0 (Router, routers_count);
  cores->results = g_new0 (VrCoresResult, routers_count);
  cores->order = g_new (guint, routers_count);
  for (guint i = 0; i < cpus_count; i++)
    cores->cpus[i].is = cpus[i];
  for (guint i = 0; i < routers_count; i++) {
    cores->order[i] = i;
    cores->routers_count++;
    if (!init_router (cores, &cores->routers[i], &routers[i], error))
      return NULL;
  }
  g_qsort_with_data (cores->order, (gint) routers_count, sizeof *cores->order, by_priority, cores);
  for (guint i = 0; i < routers_count; i++) {
    Router *router = &cores->routers[cores->order[i]];
    gboolean is_placed = go_to (cores, router, router->least, router->least);
    tell (cores, cores->order[i], is_placed ? VR_CORES_GROWN : VR_CORES_FULL, (VrCoresLevel){ 0 });
  }
  return g_steal_pointer (&cores);
}

void
vr_cores_free (VrCores *cores)
{
  for (guint i = 0; i < cores->routers_count; i++) {
    Router *router = &cores->routers[i];
    g_free ((gpointer) router->is.lines);
    g_array_unref (router->levels);
    g_free (router->places);
    g_free (router->loads);
    g_free (router->cpus);
    g_free (router->shares);
  }
  g_free (cores->cpus);
  g_free (cores->routers);
  g_free (cores->results);
  g_free (cores->order);
  g_free (cores);
}

const VrCoresLevel *
vr_cores_levels (const VrCores *cores, guint router, guint *count)
{
  const GArray *levels = cores->routers[router].levels;
  *count = levels->len;
  return (const VrCoresLevel *) (gconstpointer) levels->data;
}

const VrCoresResult *
vr_cores_results (const VrCores *cores)
{
  return cores->results;
}

/* --- A period -----------------------------------------------------------------------------------
 */

/* The level that the rate wants: the same within the hysteresis. */
static guint
wanted (const VrCores *cores, const Router *router, double rate_pps)
{
  guint level = MAX (router->level == NONE ? router->least : router->level, router->least);
  if (cores->config.policy == VR_CORES_FIXED)
    return router->least;
  if (rate_pps > cores->config.up * level_of (router, level)->rate_pps) {
    while (level + 1 < router->levels->len
           && rate_pps > cores->config.up * level_of (router, level)->rate_pps)
      level++;
    return level;
  }
  while (level > router->least
         && rate_pps < cores->config.down * level_of (router, level - 1)->rate_pps)
    level--;
  return level;
}

static void
filter (VrCores *cores, guint number, double arrived_pps, double coefficient)
{
  VrCoresResult *result = &cores->results[number];
  Router *router = &cores->routers[number];
  result->rate_pps = router->has_rate
                         ? result->rate_pps + coefficient * (arrived_pps - result->rate_pps)
                         : arrived_pps;
  router->has_rate = TRUE;
}

static void
fall (VrCores *cores, guint number)
{
  Router *router = &cores->routers[number];
  guint level = wanted (cores, router, cores->results[number].rate_pps);
  VrCoresLevel before = cores->results[number].level;
  if (router->level == NONE || level >= router->level) {
    router->below = 0;
    tell (cores, number, VR_CORES_STEADY, before);
  } else if (++router->below < cores->config.patience) {
    tell (cores, number, VR_CORES_PATIENT, before);
  } else {
    router->below = 0;
    go_to (cores, router, level, level);
    tell (cores, number, VR_CORES_SHRUNK, before);
  }
}

static void
rise (VrCores *cores, guint number)
{
  Router *router = &cores->routers[number];
  guint level = wanted (cores, router, cores->results[number].rate_pps);
  VrCoresLevel before = cores->results[number].before;
  guint least = router->level == NONE ? router->least : router->level + 1;
  if (router->level != NONE && level <= router->level)
    return;
  gboolean is_risen = go_to (cores, router, level, least);
  tell (cores, number, is_risen ? VR_CORES_GROWN : VR_CORES_FULL, before);
}

const VrCoresResult *
vr_cores_step (VrCores *cores, guint64 dt_ns, const double *arrived_pps)
{
  double coefficient = -expm1 (-(double) dt_ns / (double) cores->config.filter_ns);
  for (guint i = 0; i < cores->routers_count && dt_ns > 0; i++)
    filter (cores, i, arrived_pps[i], coefficient);
  for (guint i = 0; i < cores->routers_count && dt_ns > 0; i++)
    fall (cores, i);
  for (guint i = 0; i < cores->routers_count && dt_ns > 0; i++)
    rise (cores, cores->order[i]);
  for (guint i = 0; i < cores->routers_count && dt_ns == 0; i++)
    tell (cores, i, VR_CORES_STEADY, cores->results[i].level);
  return cores->results;
}
