/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-admit.h"

#include "base/vr-cpu-list.h"
#include "base/vr-unit.h"
#include "plan/vr-held.h"

/* The kernel's least runtime, __checkparam_dl in kernel/sched/deadline.c. */
#define RUNTIME_MIN_NS 1024

/* --- Texts -------------------------------------------------------------------------------------
 */

char *
vr_admit_percent (guint64 ppm)
{
  guint64 tenths = ppm / 1000;
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %%", tenths / 10,
                          tenths % 10);
}

static char *
print_online (const VrPlanFacts *facts)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < facts->cpus->len; i++)
    g_array_append_val (ids, g_array_index (facts->cpus, VrPlanCpu, i).id);
  return vr_cpu_list_print (ids);
}

char *
vr_admit_advice (const VrWish *wish, guint64 room_ppm)
{
  const VrThreadSchedule *schedule = wish->schedule;
  guint64 runtime_ns = (guint64) ((double) schedule->period_ns / VR_WHOLE_PPM * (double) room_ppm);
  runtime_ns -= runtime_ns % (runtime_ns > 1000000 ? 10000 : 1);
  if (runtime_ns < RUNTIME_MIN_NS)
    return g_strdup ("other CPUs, or smaller reservations beside it, would fit");
  g_autofree char *runtime = vr_unit_print_duration (MIN (runtime_ns, schedule->deadline_ns));
  g_autofree char *period = vr_unit_print_duration (schedule->period_ns);
  return g_strdup_printf ("%s/%s would fit", runtime, period);
}

/* --- Each thread by itself ---------------------------------------------------------------------
 */

static gboolean
check_period (const VrLedger *ledger, const VrWish *wish, GError **error)
{
  guint64 min_us = ledger->facts->deadline_period_min_us;
  guint64 max_us = ledger->facts->deadline_period_max_us;
  guint64 period_ns = wish->schedule->period_ns;
  gboolean low = period_ns < min_us * 1000, high = max_us != 0 && period_ns > max_us * 1000;
  if (wish->schedule->policy != VR_POLICY_DEADLINE || (!low && !high))
    return TRUE;
  guint64 bound_ns = (low ? min_us : max_us) * 1000;
  g_autofree char *period = vr_unit_print_duration (period_ns);
  g_autofree char *bound = vr_unit_print_duration (bound_ns);
  g_autofree char *apart
      = vr_unit_print_duration (low ? bound_ns - period_ns : period_ns - bound_ns);
  return vr_wish_refuse (
      wish, error, VR_ERROR_INFEASIBLE,
      "a period of %s is %s %s this kernel's %s of %s: change the period, or the "
      "sysctl kernel.sched_deadline_period_%s_us",
      period, apart, low ? "below" : "above", low ? "least" : "most", bound, low ? "min" : "max");
}

static gboolean
check_cpus (const VrLedger *ledger, const VrWish *wish, GError **error)
{
  for (guint i = 0; i < wish->cpus->len; i++) {
    guint id = g_array_index (wish->cpus, guint, i);
    const VrLedgerCpu *cpu = vr_ledger_cpu (ledger, id);
    if (cpu == NULL) {
      g_autofree char *online = print_online (ledger->facts);
      return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                             "CPU %u does not exist, or is offline: this host has %s", id, online);
    }
    if (!cpu->allowed && wish->role != VR_THREAD_PMD && !vr_ledger_is_beside (ledger, wish)) {
      g_autofree char *allowed = vr_cpu_list_print (ledger->facts->guest_cpus);
      return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                             "CPU %u is not in libvirt's cpuset, and no guest can run there: name "
                             "some of %s",
                             id, allowed);
    }
  }
  return TRUE;
}

#define VERSION_2                                                                                  \
  "boot cgroup version 2 with Linux 6.7 or later (with the kernel parameter cgroup_no_v1=all, "    \
  "and "                                                                                           \
  "where systemd runs systemd.unified_cgroup_hierarchy=1)"

/* Those that libvirt's cpuset does not have, and of which the kernel makes a domain. */
static char *
print_beside (const VrLedger *ledger, const VrWish *wish)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    if (vr_ledger_may_have (ledger, wish, cpu))
      g_array_append_val (ids, cpu->cpu->id);
  }
  return vr_cpu_list_print (ids);
}

static gboolean
refuse_overlap (const VrLedger *ledger, const VrWish *wish, const VrLedgerCpu *cpu, GError **error)
{
  const GArray *guest_cpus = ledger->facts->guest_cpus;
  g_autofree char *what = cpu != NULL ? g_strdup_printf ("CPU %u", cpu->cpu->id) : NULL;
  g_autofree char *list = guest_cpus != NULL ? vr_cpu_list_print (guest_cpus) : g_strdup ("all");
  g_autofree char *others = print_beside (ledger, wish);
  return vr_wish_refuse (
      wish, error, VR_ERROR_HOST,
      "%s cannot be exclusive with cgroup version 1, since an exclusive cpuset must not overlap "
      "libvirt's, %s, which has %s: %s%s%s" VERSION_2 ", take %s out of that cpuset while no guest "
      "runs, or remove \"exclusive\"",
      what != NULL ? what : "a CPU", ledger->facts->all_guests, list,
      *others != '\0' ? "name some of " : "", others, *others != '\0' ? ", " : "",
      what != NULL ? "the CPU" : "one");
}

/* libvirt finds the groups of a guest that runs by those that QEMU's main thread is in
 * (virCgroupV1DetectPlacement, vircgroupv1.c). */
static gboolean
check_beside (const VrLedger *ledger, const VrWish *wish, GError **error)
{
  if (!vr_ledger_is_beside (ledger, wish))
    return TRUE;
  if (wish->role == VR_THREAD_EMULATOR)
    return vr_wish_refuse (
        wish, error, VR_ERROR_HOST,
        "with cgroup version 1 the emulator cannot have a CPU for itself, since "
        "it is by this thread's cpuset that libvirt finds the guest's: " VERSION_2
        ", or remove \"exclusive\"");
  for (guint i = 0; i < wish->cpus->len; i++) {
    const VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (wish->cpus, guint, i));
    if (cpu->allowed)
      return refuse_overlap (ledger, wish, cpu, error);
    if (cpu->cpu->isolated)
      return vr_wish_refuse (wish, error, VR_ERROR_HOST,
                             "CPU %u is isolated, and with cgroup version 1 the kernel makes no "
                             "root domain of it: take it out of the kernel parameter isolcpus, or "
                             "remove \"exclusive\"",
                             cpu->cpu->id);
  }
  g_autofree char *others = print_beside (ledger, wish);
  return *others != '\0' || refuse_overlap (ledger, wish, NULL, error);
}

static gboolean
check_exclusive (const VrLedger *ledger, const VrWish *wish, GError **error)
{
  if (wish->schedule->sharing != VR_CPUS_EXCLUSIVE)
    return TRUE;
  if (ledger->facts->no_exclusive != NULL)
    return vr_wish_refuse (wish, error, VR_ERROR_HOST, "%s, or remove \"exclusive\"",
                           ledger->facts->no_exclusive);
  if (!check_beside (ledger, wish, error))
    return FALSE;
  for (guint i = 0; i < wish->cpus->len; i++) {
    guint id = g_array_index (wish->cpus, guint, i);
    const VrLedgerCpu *cpu = vr_ledger_cpu (ledger, id);
    if (cpu->system)
      return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                             "CPU %u is kept for the system and cannot be exclusive: name another, "
                             "or remove \"exclusive\"",
                             id);
    if (cpu->taken_by != NULL)
      return vr_wish_refuse (
          wish, error, VR_ERROR_BUSY,
          "CPU %u is exclusive to a thread of lab %s: name another, or take that "
          "lab down",
          id, cpu->taken_by);
    const VrPlanOther *other = vr_ledger_other (ledger->facts, id, VR_OTHERS_ANY);
    if (other != NULL)
      return vr_wish_refuse (wish, error, VR_ERROR_BUSY,
                             "CPU %u cannot be exclusive, since %s may run nowhere else: name "
                             "another, or move that thread",
                             id, other->name);
  }
  return TRUE;
}

/* Before any thread is placed, so that it is all the same which of two stands first. */
static gboolean
claim_exclusive (VrLedger *ledger, const VrWish *wish, GError **error)
{
  for (guint i = 0; wish->schedule->sharing == VR_CPUS_EXCLUSIVE && i < wish->cpus->len; i++) {
    VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (wish->cpus, guint, i));
    if (cpu->owner != NULL && cpu->owner != wish)
      return vr_wish_refuse (
          wish, error, VR_ERROR_INFEASIBLE,
          "CPU %u cannot be exclusive to two threads, and %s:%u has it for %s of "
          "router %s: name another CPU",
          cpu->cpu->id, cpu->owner->schedule->origin.file, cpu->owner->schedule->origin.line,
          cpu->owner->selector, cpu->owner->router->name);
    cpu->owner = wish;
  }
  return TRUE;
}

/* --- Reservations ------------------------------------------------------------------------------
 */

static char *
print_set (const GPtrArray *set)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));
  if (set->len == 0)
    return g_strdup ("no CPU");
  for (guint i = 0; i < set->len; i++)
    g_array_append_val (ids, ((const VrLedgerCpu *) set->pdata[i])->cpu->id);
  g_autofree char *text = vr_cpu_list_print (ids);
  return g_strdup_printf ("CPU%s %s", ids->len == 1 ? "" : "s", text);
}

/* " and 80.0 % of vcpu.0 of router r1 of lab b", or nothing; the caller owns it. */
static char *
print_others (const VrLedger *ledger, const GPtrArray *set)
{
  guint64 sum_ppm = 0;
  const VrPlanOther *first = NULL;
  for (guint i = 0; i < set->len; i++) {
    const VrLedgerCpu *cpu = set->pdata[i];
    sum_ppm += cpu->others_ppm;
    if (first == NULL && cpu->others_ppm > 0)
      first = vr_ledger_other (ledger->facts, cpu->cpu->id, VR_OTHERS_RESERVING);
  }
  if (first == NULL)
    return g_strdup ("");
  g_autofree char *sum = vr_admit_percent (sum_ppm);
  return g_strdup_printf (" and %s of %s%s", sum, first->name,
                          first->share_ppm < sum_ppm ? " and others" : "");
}

static gboolean
reserve (VrLedger *ledger, const VrWish *wish, const GPtrArray *set, GError **error)
{
  g_autofree char *key = vr_held_key (wish->cpus);
  guint64 share_ppm = vr_wish_share_ppm (wish);
  guint64 excess_ppm = vr_held_take (ledger, key, vr_ledger_pour (ledger, set, share_ppm));
  if (excess_ppm == 0)
    return TRUE;
  guint64 room_ppm = share_ppm - excess_ppm;
  g_autofree char *share = vr_admit_percent (share_ppm), *room = vr_admit_percent (room_ppm);
  g_autofree char *excess = vr_admit_percent (excess_ppm), *cpus = print_set (set);
  g_autofree char *ceiling = vr_admit_percent (ledger->ceiling_ppm);
  g_autofree char *advice = vr_admit_advice (wish, room_ppm), *others = print_others (ledger, set);
  return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                         "it reserves %s of a CPU, and %s %s %s left beside the lab's other "
                         "reservations%s, of this kernel's ceiling of %s a CPU: %s too much; %s",
                         share, cpus, set->len > 1 ? "have" : "has", room, others, ceiling, excess,
                         advice);
}

gboolean
vr_ledger_place (VrLedger *ledger, const VrWish *wish, GError **error)
{
  g_autoptr (GPtrArray) set = g_ptr_array_new ();
  if (!claim_exclusive (ledger, wish, error))
    return FALSE;
  for (guint i = 0; i < wish->cpus->len; i++) {
    VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (wish->cpus, guint, i));
    if (cpu->owner != NULL && cpu->owner != wish)
      return vr_wish_refuse (wish, error, VR_ERROR_INFEASIBLE,
                             "CPU %u is exclusive to %s of router %s (%s:%u): name another CPU, or "
                             "remove \"exclusive\" there",
                             cpu->cpu->id, cpu->owner->selector, cpu->owner->router->name,
                             cpu->owner->schedule->origin.file, cpu->owner->schedule->origin.line);
    g_ptr_array_add (set, cpu);
    /* That it polls there was counted with the CPUs. */
    if (wish->role == VR_THREAD_PMD && ledger->facts->polled != NULL)
      continue;
    cpu->load++;
    g_array_index (ledger->core_load, guint, cpu->core)++;
  }
  return reserve (ledger, wish, set, error);
}

/* --- The whole ---------------------------------------------------------------------------------
 */

static gint
compare_wishes (gconstpointer a, gconstpointer b)
{
  const VrWish *x = *(const VrWish *const *) a, *y = *(const VrWish *const *) b;
  if (x->cpus->len != y->cpus->len)
    return x->cpus->len < y->cpus->len ? -1 : 1;
  guint64 less = vr_wish_share_ppm (x), more = vr_wish_share_ppm (y);
  return less < more ? -1 : less > more;
}

/* Tight ones first, then pools by size, and the largest reservation last: it is the one to be
 * refused, beside all others. In the profile's order where that is equal. */
static gboolean
place_lists (VrLedger *ledger, const GPtrArray *wishes, GError **error)
{
  g_autoptr (GPtrArray) lists = g_ptr_array_new ();
  for (guint i = 0; i < wishes->len; i++) {
    VrWish *wish = wishes->pdata[i];
    if (!check_period (ledger, wish, error) || !check_cpus (ledger, wish, error)
        || !check_exclusive (ledger, wish, error) || !claim_exclusive (ledger, wish, error))
      return FALSE;
    if (wish->schedule->cpus_choice == VR_CPUS_LIST || wish->role == VR_THREAD_PMD)
      g_ptr_array_add (lists, wish);
  }
  /* Stable, says its documentation. */
  g_ptr_array_sort (lists, compare_wishes);
  for (guint i = 0; i < lists->len; i++)
    if (!vr_ledger_place (ledger, lists->pdata[i], error))
      return FALSE;
  return TRUE;
}

static guint64
sum_of_others (const VrPlanFacts *facts)
{
  guint64 sum_ppm = 0;
  for (guint i = 0; i < facts->others->len; i++)
    sum_ppm += ((const VrPlanOther *) facts->others->pdata[i])->share_ppm;
  return sum_ppm;
}

/* What others reserve for threads that are bound to one CPU has been taken from its room. */
static gboolean
check_others (const VrLedger *ledger, const GPtrArray *wishes, GError **error)
{
  g_autoptr (GPtrArray) set = vr_ledger_shared (ledger, VR_LEDGER_ALL);
  guint64 used_ppm = sum_of_others (ledger->facts), sum_ppm = 0;
  const VrWish *last = NULL;
  for (guint i = 0; i < wishes->len; i++) {
    guint64 share_ppm = vr_wish_share_ppm (wishes->pdata[i]);
    sum_ppm += share_ppm;
    last = share_ppm > 0 ? wishes->pdata[i] : last;
  }
  guint64 excess_ppm = last != NULL ? vr_ledger_pour (ledger, set, ledger->roaming_ppm) : 0;
  excess_ppm -= MIN (excess_ppm, ledger->held_roaming_ppm);
  if (excess_ppm == 0)
    return TRUE;
  g_autofree char *used = vr_admit_percent (used_ppm), *sum = vr_admit_percent (sum_ppm);
  g_autofree char *ceiling = vr_admit_percent (ledger->ceiling_ppm);
  g_autofree char *excess = vr_admit_percent (excess_ppm);
  g_autofree char *fits = vr_admit_percent (sum_ppm > excess_ppm ? sum_ppm - excess_ppm : 0);
  return vr_wish_refuse (
      last, error, VR_ERROR_INFEASIBLE,
      "with it the lab reserves %s of a CPU in all, and others on this host have "
      "%s: of this kernel's ceiling of %s on each of %u CPUs that is %s too "
      "much; %s in all would fit",
      sum, used, ceiling, ledger->cpus->len, excess, fits);
}

gboolean
vr_admit (VrLedger *ledger, const GPtrArray *wishes,
          gboolean (*place_auto) (VrLedger *ledger, const GPtrArray *wishes, GError **error),
          GError **error)
{
  vr_held_note (ledger);
  if (!place_lists (ledger, wishes, error) || !place_auto (ledger, wishes, error))
    return FALSE;
  g_autoptr (GPtrArray) anywhere = vr_ledger_shared (ledger, VR_LEDGER_GUESTS);
  for (guint i = 0; i < wishes->len; i++) {
    const VrWish *wish = wishes->pdata[i];
    if (wish->schedule->cpus_choice == VR_CPUS_ANY && wish->role != VR_THREAD_PMD
        && !reserve (ledger, wish, anywhere, error))
      return FALSE;
  }
  return check_others (ledger, wishes, error);
}
