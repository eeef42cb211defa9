/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-ledger.h"

#include "base/vr-cpu-list.h"

/* A number for the pair, the same for the same one; a new one where either is unknown and `alone`.
 */
static guint
number_of (GHashTable *known, gint64 package, gint64 id, gboolean alone, guint *next)
{
  if (alone && id < 0)
    return (*next)++;
  char *name = g_strdup_printf ("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, package, id);
  gpointer number;
  if (g_hash_table_lookup_extended (known, name, NULL, &number)) {
    g_free (name);
    return GPOINTER_TO_UINT (number);
  }
  g_hash_table_insert (known, name, GUINT_TO_POINTER (*next));
  return (*next)++;
}

static void
note_system (VrLedger *ledger, const GArray *housekeeping)
{
  g_autofree char *list = vr_cpu_list_print (housekeeping);
  gboolean many = housekeeping->len > 1;
  ledger->system = g_strdup_printf ("CPU%s %s %s", many ? "s" : "", list, many ? "are" : "is");
  for (guint i = 0; i < ledger->cpus->len; i++) {
    VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    cpu->system = vr_cpu_list_has (housekeeping, cpu->cpu->id);
    g_array_index (ledger->core_system, gboolean, cpu->core) |= cpu->system;
  }
}

/* The kernel's ceiling moves with the real-time share, if the lab sets that: what the kernel keeps
 * back beside it (a fair server, since Linux 6.12) stays. */
static guint64
ceiling_with (const VrHostSettings *host, const VrPlanFacts *facts)
{
  guint64 ceiling = facts->deadline_ceiling_ppm, share = VR_WHOLE_PPM;
  if (ceiling == 0 || host == NULL || host->rt_runtime_us == 0)
    return ceiling;
  if (host->rt_runtime_us != VR_RT_RUNTIME_OFF)
    share = MIN ((guint64) host->rt_runtime_us, VR_WHOLE_PPM);
  guint64 kept_back = facts->rt_share_ppm - MIN (ceiling, facts->rt_share_ppm);
  return MAX (share - MIN (kept_back, share), 1);
}

/* A thread that polls is one more on its CPU. */
static void
note_polled (VrLedger *ledger)
{
  const GArray *polled = ledger->facts->polled;
  for (guint i = 0; polled != NULL && i < polled->len; i++) {
    VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (polled, guint, i));
    if (cpu == NULL)
      continue;
    cpu->load++;
    g_array_index (ledger->core_load, guint, cpu->core)++;
  }
}

/* --- Others --------------------------------------------------------------------------------------
 */

static gboolean
is_bound_to (const VrPlanOther *other, guint cpu)
{
  return other->cpus != NULL && other->cpus->len == 1
         && g_array_index (other->cpus, guint, 0) == cpu;
}

const VrPlanOther *
vr_ledger_other (const VrPlanFacts *facts, guint cpu, VrOthers which)
{
  for (guint i = 0; i < facts->others->len; i++) {
    const VrPlanOther *other = facts->others->pdata[i];
    if (is_bound_to (other, cpu)
        && (which == VR_OTHERS_RESERVING ? other->share_ppm > 0 : other->of_guest))
      return other;
  }
  return NULL;
}

/* Where a thread of a guest may run that nobody has bound. */
static guint
count_common (const VrLedger *ledger)
{
  guint count = 0;
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    count += cpu->allowed && cpu->taken_by == NULL;
  }
  return count;
}

static void
note_share (VrLedger *ledger, const VrPlanOther *other)
{
  gboolean is_bound = other->cpus != NULL && other->cpus->len == 1;
  VrLedgerCpu *cpu
      = is_bound ? vr_ledger_cpu (ledger, g_array_index (other->cpus, guint, 0)) : NULL;
  if (cpu == NULL) {
    ledger->roaming_ppm += other->share_ppm;
    return;
  }
  cpu->others_ppm += other->share_ppm;
  cpu->room_ppm -= MIN (other->share_ppm, cpu->room_ppm);
}

static void
note_others (VrLedger *ledger)
{
  guint common = count_common (ledger);
  for (guint i = 0; i < ledger->facts->others->len; i++) {
    const VrPlanOther *other = ledger->facts->others->pdata[i];
    note_share (ledger, other);
    if (!other->of_guest || other->cpus == NULL || other->cpus->len >= MAX (common, 2))
      continue;
    for (guint k = 0; k < other->cpus->len; k++) {
      VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (other->cpus, guint, k));
      if (cpu == NULL)
        continue;
      cpu->others++;
      g_array_index (ledger->core_load, guint, cpu->core)++;
    }
  }
}

VrLedger *
vr_ledger_new (const VrLab *lab, const VrPlanFacts *facts)
{
  g_autoptr (GArray) housekeeping = vr_host_settings_housekeeping (lab->host);
  g_autoptr (GHashTable) cores = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) caches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint core_count = 0, cache_count = 0;
  VrLedger *ledger = g_new0 (VrLedger, 1);
  ledger->facts = facts;
  ledger->ceiling_ppm = ceiling_with (lab->host, facts);
  ledger->cpus = g_array_new (FALSE, FALSE, sizeof (VrLedgerCpu));
  for (guint i = 0; i < facts->cpus->len; i++) {
    const VrPlanCpu *cpu = &g_array_index (facts->cpus, VrPlanCpu, i);
    if (vr_host_settings_is_offline (lab->host, cpu->id))
      continue;
    VrLedgerCpu entry = {
      .cpu = cpu,
      .taken_by = g_hash_table_lookup (facts->taken, GUINT_TO_POINTER (cpu->id)),
      .allowed = facts->guest_cpus == NULL || vr_cpu_list_has (facts->guest_cpus, cpu->id),
      .core = number_of (cores, cpu->package, cpu->core, TRUE, &core_count),
      .cache = number_of (caches, cpu->package, cpu->llc, FALSE, &cache_count),
      .room_ppm = ledger->ceiling_ppm,
    };
    g_array_append_val (ledger->cpus, entry);
  }
  ledger->core_load = g_array_new (FALSE, TRUE, sizeof (guint));
  ledger->core_system = g_array_new (FALSE, TRUE, sizeof (gboolean));
  g_array_set_size (ledger->core_load, core_count);
  g_array_set_size (ledger->core_system, core_count);
  note_system (ledger, housekeeping);
  note_polled (ledger);
  note_others (ledger);
  ledger->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return ledger;
}

void
vr_ledger_free (VrLedger *ledger)
{
  g_array_unref (ledger->cpus);
  g_array_unref (ledger->core_load);
  g_array_unref (ledger->core_system);
  g_hash_table_unref (ledger->held);
  g_free (ledger->system);
  g_free (ledger);
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  guint x = ((const VrLedgerCpu *) a)->cpu->id, y = ((const VrLedgerCpu *) b)->cpu->id;
  return x < y ? -1 : x > y;
}

VrLedgerCpu *
vr_ledger_cpu (const VrLedger *ledger, guint id)
{
  VrPlanCpu wanted = { .id = id };
  VrLedgerCpu key = { .cpu = &wanted };
  guint index;
  return g_array_binary_search (ledger->cpus, &key, compare_ids, &index)
             ? &g_array_index (ledger->cpus, VrLedgerCpu, index)
             : NULL;
}

GPtrArray *
vr_ledger_shared (const VrLedger *ledger, VrLedgerShared which)
{
  GPtrArray *set = g_ptr_array_new ();
  for (guint i = 0; i < ledger->cpus->len; i++) {
    VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    if (cpu->owner == NULL && (cpu->allowed || which == VR_LEDGER_ALL))
      g_ptr_array_add (set, cpu);
  }
  return set;
}

guint64
vr_ledger_pour (const VrLedger *ledger, const GPtrArray *set, guint64 share_ppm)
{
  while (ledger->ceiling_ppm != 0 && share_ppm > 0) {
    VrLedgerCpu *best = NULL;
    for (guint i = 0; i < set->len; i++) {
      VrLedgerCpu *cpu = set->pdata[i];
      if (best == NULL || cpu->room_ppm > best->room_ppm)
        best = cpu;
    }
    if (best == NULL || best->room_ppm == 0)
      return share_ppm;
    guint64 part = MIN (best->room_ppm, share_ppm);
    best->room_ppm -= part;
    share_ppm -= part;
  }
  return 0;
}

guint64
vr_ledger_share_ppm (guint64 runtime_ns, guint64 period_ns)
{
  if (period_ns == 0)
    return 0;
  /* So that the product fits; both are far above the precision that is lost. */
  for (; period_ns >> 43 != 0; period_ns >>= 1)
    runtime_ns = (runtime_ns + 1) >> 1;
  return (runtime_ns * VR_WHOLE_PPM + period_ns - 1) / period_ns;
}

guint64
vr_wish_share_ppm (const VrWish *wish)
{
  const VrThreadSchedule *schedule = wish->schedule;
  return schedule->policy == VR_POLICY_DEADLINE
             ? vr_ledger_share_ppm (schedule->runtime_ns, schedule->period_ns)
             : 0;
}

gboolean
vr_ledger_fits (const VrLedger *ledger, const VrLedgerCpu *cpu, guint64 share_ppm)
{
  return ledger->ceiling_ppm == 0 || share_ppm <= cpu->room_ppm;
}

gboolean
vr_ledger_is_beside (const VrLedger *ledger, const VrWish *wish)
{
  return wish->schedule->sharing == VR_CPUS_EXCLUSIVE
         && ledger->facts->exclusive_from == VR_EXCLUSIVE_BESIDE_GUESTS;
}

/* Of an isolated CPU the kernel makes no domain (generate_sched_domains, cpuset.c). */
gboolean
vr_ledger_may_have (const VrLedger *ledger, const VrWish *wish, const VrLedgerCpu *cpu)
{
  return vr_ledger_is_beside (ledger, wish) ? !cpu->allowed && !cpu->cpu->isolated : cpu->allowed;
}
