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
    if (cpu == VR_CORES_NONE) {
      leave (cores, router);
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
  return descend (cores, router, level, router->least, had, count);
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
    VrCoresSpread spread;
    router->at.level = before->level;
    if (before->level == VR_CORES_NONE)
      continue;
    const VrCoresLevel *level = &g_array_index (router->levels, VrCoresLevel, before->level);
    for (guint k = 0; k < before->count; k++)
      take (cores, router, before->places[k], before->loads[k]);
    vr_cores_spread (&router->is, level->rate_pps / level->members, level->cores, &spread);
    tell_places (cores, router, level, &spread);
  }
}
