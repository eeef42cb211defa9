/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-warn.h"

#include "base/vr-cpu-list.h"

/* The first CPU kept for the system that the thread may run on, or -1. */
static gint
system_cpu_of (const VrLedger *ledger, const VrWish *wish)
{
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    if (cpu->system && (wish->cpus->len == 0 || vr_cpu_list_has (wish->cpus, cpu->cpu->id)))
      return (gint) cpu->cpu->id;
  }
  return -1;
}

static void
warn_housekeeping (VrPlanner *planner, const VrLedger *ledger, const VrWish *wish)
{
  gint cpu = system_cpu_of (ledger, wish);
  if (!vr_thread_is_real_time (wish->schedule) || cpu < 0)
    return;
  vr_plan_notice (
      planner,
      "router %s: %s is %s and can run on CPU %d, which serves the host and its interrupts "
      "(%s:%u): give it other CPUs",
      wish->router->name, wish->selector, vr_policy_name (wish->schedule->policy), cpu,
      wish->schedule->origin.file, wish->schedule->origin.line);
}

static gboolean
share_cpu (const VrWish *a, const VrWish *b)
{
  for (guint i = 0; i < a->cpus->len; i++)
    if (vr_cpu_list_has (b->cpus, g_array_index (a->cpus, guint, i)))
      return TRUE;
  return FALSE;
}

/* Of what goes before what: a reservation goes before every priority, and these before the rest. */
static guint
precedence (const VrThreadSchedule *schedule)
{
  return schedule->policy == VR_POLICY_DEADLINE ? G_MAXUINT : schedule->priority;
}

/* Of equal priorities only rr takes turns. */
static gboolean
keeps_away (const VrThreadSchedule *holder, const VrThreadSchedule *other)
{
  return precedence (holder) > precedence (other)
         || (precedence (holder) == precedence (other) && holder->policy == VR_POLICY_FIFO);
}

/* A guest gives its card an order (its groups, its addresses) and asks in a loop whether QEMU's
 * main loop has obeyed. What the kernel keeps for threads without real-time priority
 * (sched_rt_runtime_us) does not help one that has it. */
static gboolean
warn_waiting (VrPlanner *planner, const VrWish *vcpu, const VrWish *main_loop)
{
  if (main_loop->role != VR_THREAD_EMULATOR || !vr_thread_is_real_time (main_loop->schedule)
      || main_loop->cpus->len != 1 || !share_cpu (vcpu, main_loop)
      || !keeps_away (vcpu->schedule, main_loop->schedule))
    return FALSE;
  vr_plan_notice (
      planner,
      "router %s: %s (%s:%u) keeps QEMU's main loop (%s:%u) off their CPU while the guest waits "
      "for that, so both can stand still for good: give the main loop a higher priority, or "
      "another CPU",
      vcpu->router->name, vcpu->selector, vcpu->schedule->origin.file, vcpu->schedule->origin.line,
      main_loop->schedule->origin.file, main_loop->schedule->origin.line);
  return TRUE;
}

/* Whether the one may run where the other is bound. */
static gboolean
can_reach (const VrWish *wish, const VrWish *bound)
{
  return wish->cpus->len > 0 ? share_cpu (wish, bound)
                             : bound->cpus->len > 0 && bound->schedule->sharing == VR_CPUS_SHARED;
}

/* The papers' Fig. 3: a vcpu that never sleeps keeps its packet mover from moving packets, or that
 * of another router. Of two lines of a profile it is said once, however many members have them. */
static void
warn_starving (VrPlanner *planner, const VrWish *vcpu, const VrWish *mover, GHashTable *told)
{
  if (!vr_wish_moves_packets (planner, mover) || !can_reach (vcpu, mover)
      || precedence (vcpu->schedule) <= precedence (mover->schedule)
      || !g_hash_table_add (told, g_strdup_printf ("%p %p", (gconstpointer) vcpu->schedule,
                                                   (gconstpointer) mover->schedule)))
    return;
  gboolean is_own = vcpu->router == mover->router;
  vr_plan_notice (
      planner,
      "router %s: %s (%s:%u) goes before the packet mover %s%s%s (%s:%u) on the same CPU, and "
      "can starve it: give the mover the same priority, or another CPU",
      vcpu->router->name, vcpu->selector, vcpu->schedule->origin.file, vcpu->schedule->origin.line,
      mover->selector, is_own ? "" : " of router ", is_own ? "" : mover->router->name,
      mover->schedule->origin.file, mover->schedule->origin.line);
}

/* No refusal: where it became so after the lab was up, that is for status to tell. */
static void
warn_taken (VrPlanner *planner, const VrWish *wish)
{
  for (guint i = 0; i < wish->cpus->len; i++) {
    guint cpu = g_array_index (wish->cpus, guint, i);
    const char *lab = g_hash_table_lookup (planner->facts->taken, GUINT_TO_POINTER (cpu));
    if (lab != NULL)
      vr_plan_notice (
          planner,
          "router %s: %s cannot run on CPU %u, which is exclusive to a thread of lab %s "
          "(%s:%u): name another CPU, or take that lab down",
          wish->router->name, wish->selector, cpu, lab, wish->schedule->origin.file,
          wish->schedule->origin.line);
  }
}

/* Each takes what the other leaves, for one of them never sleeps. */
static void
warn_polled (VrPlanner *planner, const VrWish *wish)
{
  const GArray *polled = planner->facts->polled;
  for (guint i = 0; polled != NULL && wish->role != VR_THREAD_PMD && i < wish->cpus->len; i++) {
    guint cpu = g_array_index (wish->cpus, guint, i);
    if (vr_cpu_list_has (polled, cpu))
      vr_plan_notice (planner,
                      "router %s: %s is to run on CPU %u, which a polling thread of Open vSwitch "
                      "is on and never "
                      "leaves (%s:%u): give it another CPU, or change other_config:pmd-cpu-mask of "
                      "Open vSwitch",
                      wish->router->name, wish->selector, cpu, wish->schedule->origin.file,
                      wish->schedule->origin.line);
  }
}

/* What the kernel keeps for others (sched_rt_runtime_us) is all that is left there. */
static void
warn_polling (VrPlanner *planner, const VrWish *wish)
{
  if (wish->role == VR_THREAD_PMD && vr_thread_is_real_time (wish->schedule))
    vr_plan_notice (planner,
                    "router %s: %s (%s:%u) never sleeps, and as %s leaves others of CPU %u no more "
                    "than the kernel keeps for them: have nothing else run there",
                    wish->router->name, wish->selector, wish->schedule->origin.file,
                    wish->schedule->origin.line, vr_policy_name (wish->schedule->policy),
                    wish->index);
}

/* QEMU's main loop makes threads, of its pool of workers among others. The kernel lets none of
 * SCHED_DEADLINE do so but with reset-on-fork, by which what is made has no reservation. */
static void
warn_forking (VrPlanner *planner, const VrWish *wish)
{
  if (wish->role == VR_THREAD_EMULATOR && wish->schedule->policy == VR_POLICY_DEADLINE)
    vr_plan_notice (planner,
                    "router %s: %s (%s:%u) is QEMU's main loop, which makes other threads: these "
                    "start as other, without its reservation",
                    wish->router->name, wish->selector, wish->schedule->origin.file,
                    wish->schedule->origin.line);
}

/* Once a lab. */
static void
warn_unchecked (VrPlanner *planner, const GPtrArray *wishes)
{
  gboolean reserves = FALSE;
  for (guint i = 0; i < wishes->len; i++)
    reserves = reserves || vr_wish_share_ppm (wishes->pdata[i]) > 0;
  if (reserves && planner->facts->no_ceiling != NULL)
    vr_plan_notice (planner,
                    "whether the reservations fit is not checked, since this kernel could not be "
                    "asked how much it grants: %s",
                    planner->facts->no_ceiling);
}

/* Once a lab. Between the root domain that the CPUs become and others the kernel balances nothing,
 * so that what is there stays. */
static void
warn_beside (VrPlanner *planner, const VrLedger *ledger)
{
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < ledger->cpus->len; i++) {
    const VrLedgerCpu *cpu = &g_array_index (ledger->cpus, VrLedgerCpu, i);
    if (cpu->owner != NULL && vr_ledger_is_beside (ledger, cpu->owner))
      g_array_append_val (cpus, cpu->cpu->id);
  }
  if (cpus->len == 0)
    return;
  g_autofree char *list = vr_cpu_list_print (cpus);
  vr_plan_notice (planner,
                  "exclusive: with cgroup version 1 threads of the host that are on CPU %s, or are "
                  "bound to it, are not driven out: move them (ps -eLo psr,tid,comm; taskset -p), "
                  "or boot cgroup version 2 with Linux 6.7 or later",
                  list);
}

static gboolean
is_real_time_vcpu (const VrWish *wish)
{
  return wish->role == VR_THREAD_VCPU && vr_thread_is_real_time (wish->schedule);
}

/* `vcpu`: a real-time one. Of these two the first says more, and it is of one guest's threads. */
static void
warn_of_pair (VrPlanner *planner, const VrWish *vcpu, const VrWish *other, GHashTable *told)
{
  if (vcpu->router != other->router || !warn_waiting (planner, vcpu, other))
    warn_starving (planner, vcpu, other, told);
}

/* What the user should know of the choice as a whole: threads that had to share. NULL: nothing. */
static char *
print_sharing (const VrLedger *ledger, const GPtrArray *wishes)
{
  guint placed = 0, sharing = 0, with_others = 0;
  for (guint i = 0; i < wishes->len; i++) {
    const VrWish *wish = wishes->pdata[i];
    if (wish->schedule->cpus_choice != VR_CPUS_AUTO)
      continue;
    const VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (wish->cpus, guint, 0));
    placed++;
    sharing += cpu->load > 1 || cpu->others > 0;
    with_others += cpu->others > 0;
  }
  const VrLedgerCpu *last = ledger->cpus->len > 0
                                ? &g_array_index (ledger->cpus, VrLedgerCpu, ledger->cpus->len - 1)
                                : NULL;
  if (placed > 0 && ledger->cpus->len == 2 && !last->system)
    return g_strdup_printf ("@auto: this host has two CPUs, and %s kept for the system: CPU %u "
                            "takes all (%u thread%s)",
                            ledger->system, last->cpu->id, placed, placed == 1 ? "" : "s");
  if (sharing == 0)
    return NULL;
  return g_strdup_printf ("@auto: %u of %u threads share a CPU with others of the lab%s: there are "
                          "more threads than CPUs that are not kept for the system",
                          sharing, placed, with_others > 0 ? " or of other guests" : "");
}

void
vr_warn (VrPlanner *planner, const VrLedger *ledger, const GPtrArray *wishes)
{
  g_autofree char *notice = print_sharing (ledger, wishes);
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (notice != NULL)
    vr_plan_notice (planner, "%s", notice);
  warn_unchecked (planner, wishes);
  warn_beside (planner, ledger);
  for (guint i = 0; i < wishes->len; i++) {
    const VrWish *wish = wishes->pdata[i];
    warn_housekeeping (planner, ledger, wish);
    warn_taken (planner, wish);
    warn_polled (planner, wish);
    warn_polling (planner, wish);
    warn_forking (planner, wish);
    for (guint k = 0; is_real_time_vcpu (wish) && k < wishes->len; k++)
      warn_of_pair (planner, wish, wishes->pdata[k], told);
  }
}
