/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which CPUs a router's threads have at a level. */
#include <string.h>

#include "control/vr-cores-internal.h"

/* Rounding must not make a core that is exactly full one that is too full. */
#define SLACK 1e-9

static void
leave (VrCores *cores, VrCoresRouterState *router)
{
  for (guint i = 0; i < router->at.count; i++) {
    cores->cpus[router->at.places[i]].load -= router->at.loads[i];
    cores->cpus[router->at.places[i]].users--;
  }
  router->at.count = 0;
}

static gboolean
has_room (const VrCores *cores, const VrCoresCpuState *cpu, double load)
{
  return cpu->is.taken + cpu->load + load <= cores->config.capacity * (1 + SLACK);
}

static void
take (VrCores *cores, VrCoresRouterState *router, guint cpu, double load)
{
  router->at.places[router->at.count] = cpu;
  router->at.loads[router->at.count++] = load;
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

/* Whether nobody is on any CPU of its core. */
static gboolean
is_core_idle (const VrCores *cores, const VrCoresCpuState *cpu)
{
  gboolean is_idle = !cpu->is.beside_system;
  for (guint i = 0; is_idle && i < cores->cpus_count; i++)
    is_idle = cores->cpus[i].is.core != cpu->is.core || cores->cpus[i].users == 0;
  return is_idle;
}

/* Higher is better, as the header says: an idle core, an idle CPU, its own cache, a cache with many
 * idle ones. */
static guint64
rank (const VrCores *cores, const VrCoresRouterState *router, const VrCoresCpuState *cpu)
{
  gboolean is_idle = cpu->users == 0;
  gboolean is_whole = is_idle && is_core_idle (cores, cpu);
  gboolean is_own = router->at.count > 0 && cores->cpus[router->at.places[0]].is.llc == cpu->is.llc;
  guint64 order = (guint64) is_whole << 2 | (guint64) is_idle << 1 | (guint64) is_own;
  return order << 32 | (is_idle ? idle_in (cores, cpu->is.llc) : 0);
}

/* VR_CORES_NONE: no CPU has room. */
static guint
choose (const VrCores *cores, const VrCoresRouterState *router, double load)
{
  const VrCoresCpuState *than = NULL;
  guint64 other = 0;
  for (guint i = 0; i < cores->cpus_count; i++) {
    const VrCoresCpuState *cpu = &cores->cpus[i];
    if (!has_room (cores, cpu, load))
      continue;
    guint64 one = rank (cores, router, cpu);
    if (than == NULL || one > other
        || (one == other && cpu->is.taken + cpu->load < than->is.taken + than->load)) {
      than = cpu;
      other = one;
    }
  }
  return than != NULL ? (guint) (than - cores->cpus) : VR_CORES_NONE;
}

/* What the result says of its threads. */
static void
tell_places (const VrCores *cores, VrCoresRouterState *router, const VrCoresLevel *level,
             const VrCoresSpread *spread)
{
  for (guint i = 0; i < level->members * router->is.threads; i++) {
    guint member = i / router->is.threads, thread = i % router->is.threads;
    guint core = member * level->cores + spread->core[thread];
    router->cpus[i] = cores->cpus[router->at.places[core]].is.id;
    router->shares[i] = spread->share[thread];
  }
}

/* The same, as it is placed. */
static void
tell_anew (const VrCores *cores, VrCoresRouterState *router)
{
  const VrCoresLevel *level = &g_array_index (router->levels, VrCoresLevel, router->at.level);
  VrCoresSpread spread;
  vr_cores_spread (&router->is, level->rate_pps / level->members, level->cores, &spread);
  tell_places (cores, router, level, &spread);
}

/* --- Room that others make ----------------------------------------------------------------------
 */

static void
shift (VrCores *cores, VrCoresRouterState *router, guint core, guint cpu)
{
  double load = router->at.loads[core];
  VrCoresCpuState *from = &cores->cpus[router->at.places[core]], *to = &cores->cpus[cpu];
  from->load -= load;
  from->users--;
  to->load += load;
  to->users++;
  router->at.places[core] = cpu;
}

/* The CPU that has most room left, by index, and the most that another one has, so that it is found
 * at once whether a core has room elsewhere. */
typedef struct {
  guint cpu;
  double most, second; /* below 0: none */
} Left;

static Left
find_left (const VrCores *cores)
{
  Left found = { VR_CORES_NONE, -1, -1 };
  for (guint i = 0; i < cores->cpus_count; i++) {
    double left = cores->config.capacity - cores->cpus[i].is.taken - cores->cpus[i].load;
    if (left > found.most)
      found = (Left){ i, left, found.most };
    else
      found.second = MAX (found.second, left);
  }
  return found;
}

/* The core that takes least, of those without which `load` fits their CPU, and for which another
 * has room. FALSE: none. */
static gboolean
find_move (const VrCores *cores, const VrCoresRouterState *grows, double load, VrCoresMove *move)
{
  Left left = find_left (cores);
  double least = G_MAXDOUBLE;
  for (guint i = 0; i < cores->routers_count; i++) {
    const VrCoresRouterState *router = &cores->routers[i];
    for (guint k = 0; router != grows && router->rest == 0 && k < router->at.count; k++) {
      guint cpu = router->at.places[k];
      double its = router->at.loads[k];
      if (its >= least || its > (cpu == left.cpu ? left.second : left.most)
          || !has_room (cores, &cores->cpus[cpu], load - its))
        continue;
      least = its;
      *move = (VrCoresMove){ .router = i, .core = k, .cpu = cpu };
    }
  }
  return least < G_MAXDOUBLE;
}

/* The CPU that has room for `load` then; VR_CORES_NONE: none. */
static guint
make_room (VrCores *cores, const VrCoresRouterState *grows, double load)
{
  VrCoresMove move = { 0 };
  if (cores->moves->len >= cores->moves_most || !find_move (cores, grows, load, &move))
    return VR_CORES_NONE;
  VrCoresRouterState *router = &cores->routers[move.router];
  VrCoresCpuState *from = &cores->cpus[move.cpu];
  /* It is to go elsewhere, and may be there with what grows. */
  from->load += load;
  guint cpu = choose (cores, router, router->at.loads[move.core]);
  from->load -= load;
  if (cpu == VR_CORES_NONE)
    return VR_CORES_NONE;
  shift (cores, router, move.core, cpu);
  g_array_append_val (cores->moves, move);
  return move.cpu;
}

static void
undo_moves (VrCores *cores)
{
  for (guint i = cores->moves->len; i-- > 0;) {
    const VrCoresMove *move = &g_array_index (cores->moves, VrCoresMove, i);
    shift (cores, &cores->routers[move->router], move->core, move->cpu);
  }
  g_array_set_size (cores->moves, 0);
}

/* --- Placing ------------------------------------------------------------------------------------
 */

/* What it had is kept where there is room still; what is new is chosen after that. */
static gboolean
place (VrCores *cores, VrCoresRouterState *router, const VrCoresLevel *level, const guint *had,
       guint had_count)
{
  VrCoresSpread spread;
  vr_cores_spread (&router->is, level->rate_pps / level->members, level->cores, &spread);
  for (guint i = 0; i < level->members * level->cores; i++) {
    double load = spread.load[i % level->cores];
    guint cpu = i < had_count && has_room (cores, &cores->cpus[had[i]], load)
                    ? had[i]
                    : choose (cores, router, load);
    cpu = cpu == VR_CORES_NONE ? make_room (cores, router, load) : cpu;
    if (cpu == VR_CORES_NONE) {
      leave (cores, router);
      undo_moves (cores);
      return FALSE;
    }
    take (cores, router, cpu, load);
  }
  tell_places (cores, router, level, &spread);
  return TRUE;
}

/* From `level` down to `least`, the first that has room. */
static gboolean
descend (VrCores *cores, VrCoresRouterState *router, guint level, guint least, const guint *had,
         guint had_count)
{
  for (guint i = level + 1; i-- > least;)
    if (place (cores, router, &g_array_index (router->levels, VrCoresLevel, i), had, had_count)) {
      router->at.level = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
vr_cores_go_to (VrCores *cores, VrCoresRouterState *router, guint level, guint least)
{
  guint had_count = router->at.count, was = router->at.level;
  g_autofree guint *had = g_memdup2 (router->at.places, had_count * sizeof *had);
  leave (cores, router);
  if (descend (cores, router, level, least, had, had_count))
    return TRUE;
  if (was != VR_CORES_NONE)
    place (cores, router, &g_array_index (router->levels, VrCoresLevel, was), had, had_count);
  return FALSE;
}

static void
finish_moves (VrCores *cores, guint number)
{
  for (guint i = 0; i < cores->moves->len; i++) {
    guint moved = g_array_index (cores->moves, VrCoresMove, i).router;
    VrCoresResult *result = &cores->results[moved];
    tell_anew (cores, &cores->routers[moved]);
    cores->routers[moved].rest = VR_CORES_REST;
    result->moved_for = number;
    if (result->reason == VR_CORES_STEADY || result->reason == VR_CORES_PATIENT)
      result->reason = VR_CORES_MOVED;
  }
  g_array_set_size (cores->moves, 0);
  cores->moves_most = 0;
}

gboolean
vr_cores_go_with_room (VrCores *cores, VrCoresRouterState *router, guint level, guint most)
{
  cores->moves_most = most;
  gboolean is_there = vr_cores_go_to (cores, router, level, level);
  finish_moves (cores, (guint) (router - cores->routers));
  return is_there;
}

/* --- What was -----------------------------------------------------------------------------------
 */

static guint
index_of (const VrCores *cores, guint id)
{
  guint i = 0;
  while (i < cores->cpus_count && cores->cpus[i].is.id != id)
    i++;
  return i;
}

gboolean
vr_cores_start (VrCores *cores, VrCoresRouterState *router, guint level)
{
  const VrCoresLevel *at = &g_array_index (router->levels, VrCoresLevel, level);
  guint members = MIN (MAX (router->is.start_members, 1), at->members), count = 0;
  g_autofree guint *had = g_new0 (guint, members * at->cores);
  VrCoresSpread spread;
  vr_cores_spread (&router->is, at->rate_pps / at->members, at->cores, &spread);
  for (guint i = 0; router->is.start_cpus != NULL && i < members * router->is.threads; i++) {
    guint cpu = index_of (cores, router->is.start_cpus[i]);
    guint core = i / router->is.threads * at->cores + spread.core[i % router->is.threads];
    if (cpu == cores->cpus_count) {
      count = 0;
      break;
    }
    had[core] = cpu;
    count = MAX (count, core + 1);
  }
  if (descend (cores, router, level, router->least, had, count))
    return TRUE;
  return vr_cores_go_with_room (cores, router, router->least, G_MAXUINT);
}

static void
copy (VrCoresPlace *to, const VrCoresPlace *from)
{
  to->level = from->level;
  to->count = from->count;
  memcpy (to->places, from->places, from->count * sizeof *from->places);
  memcpy (to->loads, from->loads, from->count * sizeof *from->loads);
}

void
vr_cores_mark (VrCores *cores)
{
  for (guint i = 0; i < cores->routers_count; i++)
    copy (&cores->routers[i].before, &cores->routers[i].at);
}

void
vr_cores_restore (VrCores *cores)
{
  for (guint i = 0; i < cores->routers_count; i++)
    leave (cores, &cores->routers[i]);
  for (guint i = 0; i < cores->routers_count; i++) {
    VrCoresRouterState *router = &cores->routers[i];
    const VrCoresPlace *before = &router->before;
    router->at.level = before->level;
    if (before->level == VR_CORES_NONE)
      continue;
    for (guint k = 0; k < before->count; k++)
      take (cores, router, before->places[k], before->loads[k]);
    tell_anew (cores, router);
  }
}
