/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-place.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "plan/vr-held.h"
#include "plan/vr-place-internal.h"

/* How good a CPU is for the next thread, best first. */
typedef enum {
  LEVEL_CORE,         /* no thread that is bound is on its core */
  LEVEL_SIBLING,      /* somebody is on the core, nobody on the CPU */
  LEVEL_HOUSEKEEPING, /* nobody is on the CPU, but its core has one kept for the system */
  LEVEL_SHARED,       /* and from here on, by the number of threads on it */
} Level;

static const VrLedgerCpu *
cpu_at (const VrLedger *ledger, guint index)
{
  return &g_array_index (ledger->cpus, VrLedgerCpu, index);
}

static gboolean
is_auto (const VrWish *wish)
{
  return wish->schedule->cpus_choice == VR_CPUS_AUTO;
}

static gboolean
is_free_core (const VrLedger *ledger, const VrLedgerCpu *cpu)
{
  return !g_array_index (ledger->core_system, gboolean, cpu->core)
         && g_array_index (ledger->core_load, guint, cpu->core) == 0;
}

static gboolean
is_left (const VrLedgerCpu *cpu)
{
  return !cpu->system && cpu->owner == NULL && cpu->taken_by == NULL;
}

/* What @auto may take at all. */
static gboolean
is_candidate (const VrLedger *ledger, const VrWish *wish, const VrLedgerCpu *cpu)
{
  return is_left (cpu) && vr_ledger_may_have (ledger, wish, cpu);
}

static gboolean
is_in_use (const VrLedgerCpu *cpu)
{
  return cpu->load + cpu->others > 0;
}

static guint
level_of (const VrLedger *ledger, const VrLedgerCpu *cpu)
{
  if (is_free_core (ledger, cpu))
    return LEVEL_CORE;
  if (is_in_use (cpu))
    return LEVEL_SHARED + cpu->load + cpu->others;
  return g_array_index (ledger->core_system, gboolean, cpu->core) ? LEVEL_HOUSEKEEPING
                                                                  : LEVEL_SIBLING;
}

/* --- A home for a router -----------------------------------------------------------------------
 */

typedef struct {
  guint free_cores;
  gint64 numa; /* of its first CPU */
} Cache;

/* By the number of the cache; each core counts once. */
static GArray *
count_free_cores (const VrLedger *ledger)
{
  GArray *caches = g_array_new (FALSE, TRUE, sizeof (Cache));
  g_autofree gboolean *seen = g_new0 (gboolean, ledger->core_load->len);
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = cpu_at (ledger, i);
    if (cpu->cache >= caches->len) {
      g_array_set_size (caches, cpu->cache + 1);
      g_array_index (caches, Cache, cpu->cache).numa = cpu->cpu->numa;
    }
    if (is_left (cpu) && cpu->allowed && is_free_core (ledger, cpu) && !seen[cpu->core]) {
      seen[cpu->core] = TRUE;
      g_array_index (caches, Cache, cpu->cache).free_cores++;
    }
  }
  return caches;
}

static gboolean
is_better_home (const Cache *a, const Cache *b, guint threads, gint64 numa)
{
  guint a_cores = MIN (a->free_cores, threads), b_cores = MIN (b->free_cores, threads);
  if (a_cores != b_cores)
    return a_cores > b_cores;
  return numa >= 0 && a->numa == numa && b->numa != numa;
}

/* Where a thread of the router is already; else the first cache with a free core for each of them,
 * on the NIC's node if there is one; else the one with the most. */
static guint
choose_home (const VrLedger *ledger, const VrPlaceGroup *group)
{
  guint threads = 0, best = 0;
  gint64 numa = -1;
  for (guint i = group->begin; i < group->end; i++) {
    const VrWish *wish = group->wishes->pdata[i];
    const VrLedgerCpu *cpu
        = wish->cpus->len > 0 ? vr_ledger_cpu (ledger, g_array_index (wish->cpus, guint, 0)) : NULL;
    if (cpu != NULL)
      return cpu->cache;
    threads += is_auto (wish);
    numa = numa < 0 ? wish->numa : numa;
  }
  g_autoptr (GArray) caches = count_free_cores (ledger);
  for (guint i = 1; i < caches->len; i++)
    if (is_better_home (&g_array_index (caches, Cache, i), &g_array_index (caches, Cache, best),
                        threads, numa))
      best = i;
  return best;
}

/* --- A CPU for a thread ------------------------------------------------------------------------
 */

enum { RANKS = 4 };

/* Lower is better, the first that differs decides. Isolated CPUs are for just such threads, but lie
 * outside the root domain in which SCHED_DEADLINE is admitted. */
static void
rank (const VrLedger *ledger, const VrLedgerCpu *cpu, const VrWish *wish, guint home,
      guint ranks[RANKS])
{
  gboolean reserves = wish->schedule->policy == VR_POLICY_DEADLINE;
  ranks[0] = level_of (ledger, cpu);
  ranks[1] = cpu->cache != home;
  ranks[2] = wish->numa >= 0 && cpu->cpu->numa != wish->numa;
  ranks[3] = cpu->cpu->isolated == reserves;
}

static gboolean
is_lower (const guint a[RANKS], const guint b[RANKS])
{
  for (guint i = 0; i < RANKS; i++)
    if (a[i] != b[i])
      return a[i] < b[i];
  return FALSE;
}

/* Where the thread is already, since the lab is up, if it may stay there but for what it reserves;
 * else NULL. */
static const VrLedgerCpu *
cpu_on_record (const VrLedger *ledger, const VrWish *wish)
{
  const VrOp *op = g_hash_table_lookup (ledger->facts->placed, wish->target);
  const char *text = op != NULL ? vr_op_get (op, "cpus") : NULL;
  g_autoptr (GArray) cpus = text != NULL ? vr_cpu_list_parse (text) : NULL;
  const VrLedgerCpu *cpu = cpus != NULL && cpus->len == 1
                               ? vr_ledger_cpu (ledger, g_array_index (cpus, guint, 0))
                               : NULL;
  gboolean is_free = cpu != NULL && is_candidate (ledger, wish, cpu)
                     && (wish->schedule->sharing == VR_CPUS_SHARED || !is_in_use (cpu));
  return is_free ? cpu : NULL;
}

/* The same where it also has room there: what other labs do meanwhile moves nothing. */
static const VrLedgerCpu *
kept_cpu (const VrLedger *ledger, const VrWish *wish)
{
  const VrLedgerCpu *cpu = cpu_on_record (ledger, wish);
  return cpu != NULL && vr_ledger_fits (ledger, cpu, vr_wish_share_ppm (wish)) ? cpu : NULL;
}

/* Where there is no room anywhere, and it reserves no more than what is the lab's there already. */
static const VrLedgerCpu *
overbooked_cpu (const VrLedger *ledger, const VrWish *wish)
{
  const VrLedgerCpu *cpu = cpu_on_record (ledger, wish);
  g_autofree char *key = cpu != NULL ? g_strdup_printf ("%u", cpu->cpu->id) : NULL;
  gboolean fits
      = cpu != NULL && vr_wish_share_ppm (wish) <= cpu->room_ppm + vr_held_beyond (ledger, key);
  return fits ? cpu : NULL;
}

static gboolean
is_kept (const VrLedger *ledger, const VrWish *wish)
{
  return kept_cpu (ledger, wish) != NULL;
}

static const VrLedgerCpu *
choose_cpu (const VrLedger *ledger, const VrWish *wish, guint home)
{
  const VrLedgerCpu *best = NULL;
  guint best_ranks[RANKS], ranks[RANKS];
  guint64 share_ppm = vr_wish_share_ppm (wish);
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = cpu_at (ledger, i);
    gboolean taken = is_in_use (cpu) && wish->schedule->sharing == VR_CPUS_EXCLUSIVE;
    if (!is_candidate (ledger, wish, cpu) || taken || !vr_ledger_fits (ledger, cpu, share_ppm))
      continue;
    rank (ledger, cpu, wish, home, ranks);
    if (best == NULL || is_lower (ranks, best_ranks)) {
      best = cpu;
      memcpy (best_ranks, ranks, sizeof ranks);
    }
  }
  return best;
}

/* "1 other thread of the lab uses it", "2 other threads of the lab and 1 of others use it". */
static void
append_users (GString *text, const VrLedgerCpu *cpu)
{
  guint sum = cpu->load + cpu->others;
  if (cpu->load > 0)
    g_string_append_printf (text, "%u other thread%s of the lab", cpu->load,
                            cpu->load == 1 ? "" : "s");
  if (cpu->others > 0)
    g_string_append_printf (text, "%s%u %sof other guests", cpu->load > 0 ? " and " : "",
                            cpu->others,
                            cpu->load > 0      ? ""
                            : cpu->others == 1 ? "thread "
                                               : "threads ");
  g_string_append (text, sum == 1 ? " uses it" : " use it");
}

/* Before the thread itself is counted. */
static char *
explain (const VrLedger *ledger, const VrWish *wish, const VrLedgerCpu *cpu, gboolean is_first,
         gboolean is_home)
{
  GString *text = g_string_new (NULL);
  guint level = level_of (ledger, cpu);
  gboolean is_on_record = cpu_on_record (ledger, wish) == cpu;
  g_string_append_printf (text, "@auto %s CPU %u: ", is_on_record ? "keeps" : "takes",
                          cpu->cpu->id);
  if (level == LEVEL_CORE)
    g_string_append (text, "a core of its own");
  else if (level == LEVEL_SIBLING)
    g_string_append (text, "no core is free, and this one's other CPU is in use");
  else if (level == LEVEL_HOUSEKEEPING)
    g_string_append (text,
                     "it shares a core with a CPU that is kept for the system, and no other CPU is "
                     "free");
  else {
    g_string_append (text, is_on_record ? "" : "no CPU is free, and ");
    append_users (text, cpu);
  }
  if (!is_first)
    g_string_append (text, is_home ? ", with the last-level cache of the router's other threads"
                                   : ", away from the last-level cache of the router's other "
                                     "threads, where there is none left");
  if (wish->numa >= 0)
    g_string_append_printf (text, ", %s the NIC's NUMA node %" G_GINT64_FORMAT,
                            cpu->cpu->numa == wish->numa ? "on" : "not on", wish->numa);
  return g_string_free (text, FALSE);
}

static guint
count_system (const VrLedger *ledger)
{
  guint count = 0;
  for (guint i = 0; i < ledger->cpus->len; i++)
    count += cpu_at (ledger, i)->system;
  return count;
}

/* Why there is no CPU: too few, or too little left on each. */
static gboolean
refuse (const VrLedger *ledger, const VrWish *wish, GError **error)
{
  const VrLedgerCpu *roomiest = NULL;
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = cpu_at (ledger, i);
    gboolean taken = is_in_use (cpu) && wish->schedule->sharing == VR_CPUS_EXCLUSIVE;
    if (is_candidate (ledger, wish, cpu) && !taken
        && (roomiest == NULL || cpu->room_ppm > roomiest->room_ppm))
      roomiest = cpu;
  }
  if (ledger->cpus->len <= count_system (ledger))
    return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                           "%s kept for the system, @auto takes none of these, and this host has "
                           "no other: write @0, or leave the CPU to the host",
                           ledger->system);
  if (roomiest == NULL)
    return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                           "@auto finds no CPU: %s kept for the system, and all others are "
                           "%s: name CPUs, or remove \"exclusive\"",
                           ledger->system,
                           vr_ledger_is_beside (ledger, wish) ? "in use, isolated, or libvirt's"
                           : wish->schedule->sharing == VR_CPUS_EXCLUSIVE
                               ? "in use, or not libvirt's"
                               : "exclusive to other threads, or not libvirt's");
  guint64 share_ppm = vr_wish_share_ppm (wish);
  g_autofree char *share = vr_admit_percent (share_ppm);
  g_autofree char *room = vr_admit_percent (roomiest->room_ppm);
  g_autofree char *excess = vr_admit_percent (share_ppm - roomiest->room_ppm);
  g_autofree char *advice = vr_admit_advice (wish, roomiest->room_ppm);
  return vr_wish_refuse (
      wish, error, VR_ERROR_INFEASIBLE,
      "it reserves %s of a CPU, and @auto finds no CPU with so much left; CPU %u "
      "has the most, %s, %s too little: %s",
      share, roomiest->cpu->id, room, excess, advice);
}

gboolean
vr_place_wish (VrLedger *ledger, VrPlaceGroup *group, VrWish *wish, GError **error)
{
  gboolean is_first = TRUE;
  for (guint i = group->begin; i < group->end; i++)
    is_first = is_first && ((const VrWish *) group->wishes->pdata[i])->cpus->len == 0;
  if (group->home < 0)
    group->home = choose_home (ledger, group);
  const VrLedgerCpu *cpu = kept_cpu (ledger, wish);
  if (cpu == NULL)
    cpu = choose_cpu (ledger, wish, (guint) group->home);
  if (cpu == NULL)
    cpu = overbooked_cpu (ledger, wish);
  if (cpu == NULL)
    return refuse (ledger, wish, error);
  if (is_first)
    group->home = cpu->cache;
  wish->choice = explain (ledger, wish, cpu, is_first, cpu->cache == group->home);
  g_array_append_val (wish->cpus, cpu->cpu->id);
  return vr_ledger_place (ledger, wish, error);
}

gboolean
vr_place_together (const VrWish *a, const VrWish *b)
{
  return a->router == b->router || (a->router->msr != NULL && a->router->msr == b->router->msr);
}

/* Those that are somewhere already, or all that are not placed yet. */
typedef enum { PASS_KEPT, PASS_REST } Pass;

static gboolean
is_of_pass (const VrLedger *ledger, const VrWish *wish, Pass pass)
{
  return is_auto (wish) && wish->cpus->len == 0 && (pass == PASS_REST || is_kept (ledger, wish));
}

static gboolean
place_pass (VrLedger *ledger, const GPtrArray *wishes, VrCpusSharing sharing, Pass pass,
            GError **error)
{
  VrPlaceGroup group = { .wishes = wishes, .home = -1 };
  for (guint i = 0; i < wishes->len; i++) {
    VrWish *wish = wishes->pdata[i];
    if (i == group.end) {
      group = (VrPlaceGroup){ .wishes = wishes, .begin = i, .end = i + 1, .home = -1 };
      while (group.end < wishes->len && vr_place_together (wishes->pdata[group.end], wish))
        group.end++;
    }
    if (wish->schedule->sharing == sharing && is_of_pass (ledger, wish, pass)
        && !vr_place_wish (ledger, &group, wish, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
vr_place_auto (VrLedger *ledger, const GPtrArray *wishes, GError **error)
{
  static const Pass passes[] = { PASS_KEPT, PASS_REST };
  for (gsize i = 0; i < G_N_ELEMENTS (passes); i++)
    if (!place_pass (ledger, wishes, VR_CPUS_EXCLUSIVE, passes[i], error)
        || !place_pass (ledger, wishes, VR_CPUS_SHARED, passes[i], error))
      return FALSE;
  return TRUE;
}
