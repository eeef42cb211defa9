/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where @auto places threads, by a machine's cores, caches, nodes and isolated CPUs. */
#include "unit/schedule-fixture.h"

#define AUTO4                                                                                      \
  "mover.p = fifo 2 @auto\nvcpu.0 = fifo 1 @auto\nvcpu.1 = idle @auto\nvcpu.2 = idle @auto\n"

static void
test_auto_two_cpus (void)
{
  g_autoptr (VrPlan) plan
      = plan_of (R1 "mover.p = fifo 2 @auto\nvcpu.0 = fifo 1 @auto\n", TWO_CPUS);
  assert_places (plan, "r1/emulator@1 r1/vcpu.0@1");
  g_assert_nonnull (notice_with (plan, "@auto: this host has two CPUs, and CPU 0 is kept for the "
                                       "system: CPU 1 takes all (2 threads)"));
  assert_holds (thread_at (plan, 0)->why, "t.conf:11: mover.p of router r1; @auto takes CPU 1: a "
                                          "core of its own");
  assert_holds (thread_at (plan, 1)->why, "no CPU is free, and 1 other thread of the lab uses it|"
                                          "with the last-level cache of the router's other");
  g_autoptr (VrPlanFacts) one = facts_with ("0:0:0");
  refuse_on (R1 "vcpu.0 = idle @auto\n", one, VR_ERROR_INFEASIBLE,
             "t.conf:11: |CPU 0 is kept for the system|this host has no other: write @0");
}

static void
test_auto_smt (void)
{
  g_autoptr (VrPlan) plan = plan_of (R1 AUTO4, SMT);
  assert_places (plan, "r1/emulator@2 r1/vcpu.0@3 r1/vcpu.1@1 r1/vcpu.2@1");
  assert_holds (thread_at (plan, 1)->why, "CPU 3: no core is free, and this one's other CPU");
  assert_holds (thread_at (plan, 2)->why,
                "CPU 1: it shares a core with a CPU that is kept for the system");
  g_assert_nonnull (notice_with (plan, "2 of 4 threads share a CPU with others of the lab"));
}

/* A router that finds no cache with a core for each of its threads goes where there is one. */
static void
test_auto_caches (void)
{
  static const char two[] = "0:0:0 1:1:0 2:2:0 3:0:1 4:1:1 5:2:1";
  g_autoptr (VrPlan) plan
      = plan_of (R1 "vcpu.0 = idle @auto\n" R2 "mover.p = idle @auto\nvcpu.0 = idle @auto\n", two);
  assert_places (plan, "r1/vcpu.0@1 r2/emulator@3 r2/vcpu.0@4");
  g_autoptr (VrPlan) pinned
      = plan_of (R1 "mover.p = fifo 5 @4\nvcpu.0 = idle @auto\nvcpu.1 = idle @auto\n"
                    "vcpu.2 = idle @auto\n",
                 two);
  assert_places (pinned, "r1/emulator@4 r1/vcpu.0@3 r1/vcpu.1@5 r1/vcpu.2@1");
  assert_holds (thread_at (pinned, 3)->why, "CPU 1: a core of its own, away from the last-level");
  g_assert_null (notice_with (pinned, "@auto"));
}

/* Packets go on from part to part: they are one router's, whose balancer comes first. */
static void
test_auto_parts (void)
{
  static const char two[] = "0:0:0 1:1:0 2:2:0 3:0:1 4:1:1 5:2:1";
  g_autoptr (VrPlan) plan = plan_of (
      LAB "[msr m]\nrouters = 2\ninterface = p\n[schedule m]\nvcpu.0 = idle @auto\n", two);
  assert_places (plan, "m-lb1/vcpu.0@3 m-br1/vcpu.0@4 m-br2/vcpu.0@5");
}

/* Each part has those threads of the whole's group that it can have, its own group going before. */
static void
test_of_parts (void)
{
  g_autoptr (VrPlan) plan = plan_of (
      LAB "[msr m]\nvcpus = 2\nrouters = 2\ninterface = p\n[schedule m-br2]\nvcpu.0 = fifo 5 @3\n"
          "[schedule m]\nvcpu.0 = other @1\nvcpu.1 = idle @2\nmover.p = rr 7 @2\n",
      FOUR_CPUS);
  assert_places (plan, "m-lb1/vcpu.0@1 m-lb1/emulator@2 m-br1/vcpu.0@1 m-br1/vcpu.1@2 "
                       "m-br2/vcpu.0@3 m-br2/vcpu.1@2");
}

static void
test_auto_node (void)
{
  static const char two[] = "0:0:0 1:1:0 2:2:0 3:0:1 4:1:1 5:2:1";
  g_autoptr (VrPlanFacts) facts = facts_with (two);
  ((VrPlanNic *) g_hash_table_lookup (facts->nics, "eth7"))->numa = 1;
  g_autoptr (VrPlan) plan = plan_on (R1 "mover.q = idle @auto\nvcpu.0 = idle @auto\n", facts);
  assert_places (plan, "r1/emulator@3 r1/vcpu.0@4");
  assert_holds (thread_at (plan, 0)->why, "on the NIC's NUMA node 1");
  ((VrPlanNic *) g_hash_table_lookup (facts->nics, "eth7"))->numa = 0;
  g_autoptr (VrPlan) zero = plan_on (R1 "mover.q = idle @auto\nvcpu.0 = idle @auto\n", facts);
  assert_places (zero, "r1/emulator@1 r1/vcpu.0@2");
}

/* Of all members, but for what a member's own group says of the same thread, wherever that stands.
 */
static void
test_members (void)
{
  g_autoptr (VrPlan) plan = plan_of (
      LAB "[schedule r-1]\nvcpu.1 = idle @2\n[pvr r]\nmembers = 3\nvcpus = 2\ninterface = p\n"
          "[schedule r]\nvcpu.0 = deadline 3ms/10ms @1\nvcpu.1 = other @auto\n"
          "[schedule r-3]\nvcpu.0 = deadline 9ms/10ms @3\n",
      FOUR_CPUS);
  assert_places (plan, "r-1/vcpu.1@2 r-1/vcpu.0@1 r-2/vcpu.0@1 r-2/vcpu.1@2 r-3/vcpu.0@3 "
                       "r-3/vcpu.1@3");
}

static void
test_auto_admission (void)
{
  g_autoptr (VrPlan) plan
      = plan_of (R1 "vcpu.0 = deadline 6ms/10ms @auto\nvcpu.1 = deadline 6ms/10ms @auto\n"
                    "vcpu.2 = deadline 3ms/10ms @auto\nvcpu.3 = deadline 8ms/10ms @3\n"
                    "emulator = deadline 3ms/10ms @auto\n",
                 FOUR_CPUS);
  assert_places (plan, "r1/vcpu.0@1 r1/vcpu.1@2 r1/vcpu.2@1 r1/vcpu.3@3 r1/emulator@2");
}

/* An exclusive CPU is chosen before others settle, and nobody else goes there. */
static void
test_auto_exclusive (void)
{
  g_autoptr (VrPlan) plan
      = plan_of (R1 "vcpu.0 = idle @auto\nvcpu.1 = idle @auto\nvcpu.2 = idle @auto\n"
                    "emulator = fifo 5 @auto exclusive\n",
                 FOUR_CPUS);
  assert_places (plan, "r1/vcpu.0@2 r1/vcpu.1@3 r1/vcpu.2@2 r1/emulator@1");
}

/* "One thread a core while cores last" is said of the host's cores, whoever's threads are on them.
 * Threads that nobody has bound are everywhere, and count nowhere. */
static void
test_auto_others (void)
{
  static const char profile[] = R1 "mover.p = idle @auto\nvcpu.0 = idle @auto\n";
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  add_other (facts, OTHER_GUEST, "0-3", 0);
  add_other (facts, OTHER_PROCESS, "3", 0);
  add_other (facts, OTHER_GUEST, "1", 0);
  g_autoptr (VrPlan) plan = plan_on (profile, facts);
  assert_places (plan, "r1/emulator@2 r1/vcpu.0@3");
  add_other (facts, OTHER_GUEST, "2-3", 0);
  add_other (facts, OTHER_GUEST, "2", 0);
  g_autoptr (VrPlan) full = plan_on (profile, facts);
  assert_places (full, "r1/emulator@1 r1/vcpu.0@3");
  assert_holds (thread_at (full, 0)->why,
                "CPU 1: no CPU is free, and 1 thread of other guests uses it");
  g_assert_nonnull (
      notice_with (full, "2 of 2 threads share a CPU with others of the lab or of other guests"));
  g_autoptr (VrPlan) both = plan_on (R1 "vcpu.1 = idle @1-3\nmover.p = idle @auto\n", facts);
  assert_holds (thread_at (both, 1)->why, "1 other thread of the lab and 1 of other guests use it");
}

/* A lab that is up stays where it is, whatever others have done since. */
static void
test_auto_kept (void)
{
  static const char profile[]
      = R1 "vcpu.0 = idle @auto\nvcpu.1 = deadline 3ms/10ms @auto\nvcpu.2 = idle @auto\n";
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  add_placed (facts, "vrkit-x-r1/vcpu.1", "1", 0);
  add_placed (facts, "vrkit-x-r1/vcpu.2", "1", 0);
  add_other (facts, OTHER_GUEST, "1", 100000);
  g_autoptr (VrPlan) plan = plan_on (profile, facts);
  assert_places (plan, "r1/vcpu.0@2 r1/vcpu.1@1 r1/vcpu.2@1");
  assert_holds (thread_at (plan, 1)->why, "@auto keeps CPU 1: 1 thread of other guests uses it");
  /* It leaves what it cannot have any more. */
  add_placed (facts, "vrkit-x-r1/vcpu.2", "0", 0);
  add_other (facts, OTHER_PROCESS, "1", 700000);
  g_autoptr (VrPlan) moved = plan_on (profile, facts);
  assert_places (moved, "r1/vcpu.0@2 r1/vcpu.1@3 r1/vcpu.2@1");
}

/* Where there is room in pieces, what is smaller makes way; the rest stays where it is. */
static void
test_auto_anew (void)
{
  static const char up[]
      = R1 "vcpu.0 = deadline 4ms/10ms @auto\nvcpu.1 = deadline %dms/10ms @auto\n"
           "vcpu.2 = deadline 5ms/10ms @auto\nvcpu.3 = deadline 6ms/10ms @auto\n";
  g_autofree char *fits = g_strdup_printf (up, 5), *grown = g_strdup_printf (up, 6),
                  *too_large = g_strdup_printf (up, 10);
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  add_placed (facts, "vrkit-x-r1/vcpu.0", "1", 400000);
  add_placed (facts, "vrkit-x-r1/vcpu.1", "1", 500000);
  add_placed (facts, "vrkit-x-r1/vcpu.2", "2", 500000);
  add_placed (facts, "vrkit-x-r1/vcpu.3", "3", 600000);
  g_autoptr (VrPlan) same = plan_on (fits, facts);
  assert_places (same, "r1/vcpu.0@1 r1/vcpu.1@1 r1/vcpu.2@2 r1/vcpu.3@3");
  g_autoptr (VrPlan) plan = plan_on (grown, facts);
  assert_places (plan, "r1/vcpu.0@2 r1/vcpu.1@1 r1/vcpu.2@2 r1/vcpu.3@3");
  assert_holds (thread_at (plan, 0)->why,
                "@auto takes CPU 2: |the largest reservations first, so that all fit");
  assert_holds (thread_at (plan, 1)->why, "@auto keeps CPU 1: |so that all fit");
  g_assert_true (plan->placed_anew);
  g_assert_false (same->placed_anew);
  facts->keep_places = TRUE;
  refuse_on (grown, facts, VR_ERROR_INFEASIBLE, "t.conf:12: |@auto finds no CPU with so much left");
  facts->keep_places = FALSE;
  refuse_on (too_large, facts, VR_ERROR_INFEASIBLE,
             "t.conf:12: |@auto finds no CPU with so much left");
  /* A lab that is to come up, too, wherever its profile has the large ones. */
  g_autoptr (VrPlan) fresh = plan_of (
      R1 "vcpu.0 = deadline 4ms/10ms @auto\nvcpu.1 = deadline 4ms/10ms @auto\nvcpu.2 = deadline "
         "4ms/10ms @auto\nvcpu.3 = deadline 9ms/10ms @auto\nemulator = idle @auto\n",
      FOUR_CPUS);
  assert_places (fresh, "r1/vcpu.0@2 r1/vcpu.1@3 r1/vcpu.2@2 r1/vcpu.3@1 r1/emulator@1");
}

/* A reserved thread, which stays off isolated CPUs, and four that look for them. */
#define FIXTURE_PROFILE                                                                            \
  "[lab]\nname = x\n[port p]\ndevice = test\n[router r1]\nvcpus = 4\naccel = tcg\n"                \
  "interface = p\n[schedule r1]\nmover.p = deadline 1ms/10ms @auto\n"                              \
  "vcpu.0 = fifo 1 @auto\nvcpu.1 = idle @auto\nvcpu.2 = quota 1ms/10ms @auto\n"                    \
  "vcpu.3 = other @auto\n"

static const struct {
  const char *host;
  const char *places; /* NULL: refused */
} fixtures[] = {
  { "devhost", "r1/emulator@1 r1/vcpu.0@1 r1/vcpu.1@1 r1/vcpu.2@1 r1/vcpu.3@1" },
  { "laptop", "r1/emulator@2 r1/vcpu.0@4 r1/vcpu.1@6 r1/vcpu.2@3 r1/vcpu.3@5" },
  { "numa2", "r1/emulator@1 r1/vcpu.0@3 r1/vcpu.1@5 r1/vcpu.2@7 r1/vcpu.3@2" },
  { "isolcpus", "r1/emulator@1 r1/vcpu.0@2 r1/vcpu.1@3 r1/vcpu.2@6 r1/vcpu.3@7" },
  { "cgroup2", NULL },
};

static void
test_auto_fixtures (void)
{
  g_autoptr (VrLab) lab = fixture_parse (FIXTURE_PROFILE);
  for (gsize i = 0; i < G_N_ELEMENTS (fixtures); i++) {
    g_autoptr (VrPlanFacts) facts = facts_of_fixture (fixtures[i].host, lab);
    if (fixtures[i].places == NULL) {
      refuse_on (FIXTURE_PROFILE, facts, VR_ERROR_INFEASIBLE, "CPU 0 is kept for the system");
      continue;
    }
    g_autoptr (VrPlan) plan = plan_on (FIXTURE_PROFILE, facts);
    assert_places (plan, fixtures[i].places);
  }
}

/* --- Size --------------------------------------------------------------------------------------
 */

static void
test_thousand_routers (void)
{
  enum { ROUTERS = 1000, CPUS = 256 };
  g_autoptr (GString) text = g_string_new (LAB);
  g_autoptr (GString) cpus = g_string_new ("0:0:0");
  for (guint i = 1; i < CPUS; i++)
    g_string_append_printf (cpus, " %u:%u:%u", i, i / 2 % 64, i / 128);
  for (guint i = 0; i < ROUTERS; i++)
    g_string_append_printf (
        text,
        "[router r%u]\nmemory = 16M\ninterface = p\n[schedule r%u]\n"
        "vcpu.0 = deadline 5ms/100ms @auto\nmover.p = deadline 5ms/100ms @auto\n",
        i, i);
  g_autoptr (VrPlan) plan = plan_of (text->str, cpus->str);
  guint threads = 0;
  for (guint i = 0; i < plan->ops->len; i++)
    threads += ((const VrOp *) plan->ops->pdata[i])->kind == VR_OP_THREAD;
  g_assert_cmpuint (threads, ==, 2 * ROUTERS);
}

static void
test_auto_housekeeping (void)
{
  static const char threads[] = "mover.p = fifo 2 @auto\nvcpu.0 = idle @auto\n";
  g_autofree char *two
      = g_strconcat (R1, threads, "[host]\nhousekeeping = 0-1\noffline = 3\n", NULL);
  g_autofree char *all = g_strconcat (R1, threads, "[host]\nhousekeeping = 0-3\n", NULL);
  g_autoptr (VrPlan) plan = plan_of (two, FOUR_CPUS);
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  assert_places (plan, "r1/emulator@2 r1/vcpu.0@2");
  refuse_on (all, facts, VR_ERROR_INFEASIBLE,
             "CPUs 0-3 are kept for the system, @auto takes none of these");
  refuse_on (R1 "vcpu.0 = fifo 1 @1 exclusive\n[host]\nhousekeeping = 0-1\n", facts,
             VR_ERROR_INFEASIBLE, "CPU 1 is kept for the system and cannot be exclusive");
  g_autoptr (VrPlan) warned
      = plan_of (R1 "vcpu.0 = fifo 5 @1-2\n[host]\nhousekeeping = 0-1\n", FOUR_CPUS);
  g_assert_nonnull (notice_with (warned, "vcpu.0 is fifo and can run on CPU 1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/place/two-cpus", test_auto_two_cpus);
  g_test_add_func ("/place/smt", test_auto_smt);
  g_test_add_func ("/place/caches", test_auto_caches);
  g_test_add_func ("/place/parts", test_auto_parts);
  g_test_add_func ("/place/schedule-of-parts", test_of_parts);
  g_test_add_func ("/place/node", test_auto_node);
  g_test_add_func ("/place/members", test_members);
  g_test_add_func ("/place/admission", test_auto_admission);
  g_test_add_func ("/place/exclusive", test_auto_exclusive);
  g_test_add_func ("/place/others", test_auto_others);
  g_test_add_func ("/place/kept", test_auto_kept);
  g_test_add_func ("/place/anew", test_auto_anew);
  g_test_add_func ("/place/fixtures", test_auto_fixtures);
  g_test_add_func ("/place/housekeeping", test_auto_housekeeping);
  g_test_add_func ("/place/thousand-routers", test_thousand_routers);
  return g_test_run ();
}
