/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules in the plan: which thread is meant, what the operation wants, what is admitted, refused
 * and warned of. */
#include "base/vr-cpu-list.h"
#include "unit/schedule-fixture.h"

/* --- Operations --------------------------------------------------------------------------------
 */

static const struct {
  const char *value;
  const char *want;
} wants[] = {
  { "other", "policy=other nice=0" },
  { "other -5 @1", "policy=other nice=-5 cpus=1" },
  { "idle @1-3", "policy=idle cpus=1-3" },
  { "fifo 50 @1,3", "policy=fifo priority=50 reset-on-fork=yes cpus=1,3" },
  { "rr 1 @2 exclusive", "policy=rr priority=1 reset-on-fork=yes cpus=2 exclusive=2" },
  { "deadline 50ms/200ms @1", "policy=deadline runtime-ns=50000000 deadline-ns=200000000 "
                              "period-ns=200000000 reset-on-fork=yes cpus=1" },
  { "deadline 1ms/2ms/4ms", "policy=deadline runtime-ns=1000000 deadline-ns=2000000 "
                            "period-ns=4000000 reset-on-fork=yes" },
  { "quota 20ms/100ms", "policy=other nice=0 quota-ns=20000000 quota-period-ns=100000000" },
};

static char *
print_want (const VrOp *op)
{
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  const char *key, *value;
  g_variant_iter_init (&iter, op->want);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "", key, value);
  return g_string_free (text, FALSE);
}

static void
test_wants (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wants); i++) {
    g_autofree char *profile = g_strdup_printf (R1 "vcpu.0 = %s\n", wants[i].value);
    g_autoptr (VrPlan) plan = plan_of (profile, FOUR_CPUS);
    const VrOp *op = thread_at (plan, 0);
    g_autofree char *want = print_want (op);
    g_assert_cmpstr (want, ==, wants[i].want);
    g_assert_cmpstr (op->target, ==, "vrkit-x-r1/vcpu.0");
    g_assert_cmpstr (op->why, ==, "t.conf:11: vcpu.0 of router r1");
    g_assert_cmpuint (op->needs->len, ==, strstr (want, "exclusive") != NULL ? 3 : 2);
    g_assert_cmpstr (op->needs->pdata[0], ==, "domain vrkit-x-r1");
    g_assert_cmpstr (op->needs->pdata[1], ==, "ready vrkit-x-r1");
    g_assert_false (op->shared);
  }
}

/* One operation takes each CPU of a thread out of the host's root domain, before any thread. */
static void
test_exclusive (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  facts->all_guests = g_strdup ("/machine.slice");
  g_autoptr (VrPlan) plan = plan_on (
      R1 "emulator = idle\nvcpu.1 = fifo 1 @2-3 exclusive\nvcpu.0 = rr 1 @1 exclusive\n", facts);
  static const char *const takes[][2] = { { "cpu 2", "thread=vrkit-x-r1/vcpu.1" },
                                          { "cpu 3", "thread=vrkit-x-r1/vcpu.1" },
                                          { "cpu 1", "thread=vrkit-x-r1/vcpu.0" } };
  const guint first = plan->ops->len - 6;
  for (guint i = 0; i < G_N_ELEMENTS (takes); i++) {
    const VrOp *op = plan->ops->pdata[first + i];
    g_autofree char *want = print_want (op), *id = vr_op_id (op);
    g_autofree char *wanted = g_strconcat (takes[i][1], " group=/machine.slice", NULL);
    g_assert_cmpint (op->kind, ==, VR_OP_EXCLUSIVE);
    g_assert_cmpstr (op->target, ==, takes[i][0]);
    g_assert_cmpstr (want, ==, wanted);
    g_assert_true (op->shared);
    g_assert_cmpstr (op->needs->pdata[0], ==, "domain vrkit-x-r1");
    const VrOp *thread = thread_at (plan, i < 2 ? 1 : 2);
    g_assert_true (g_ptr_array_find_with_equal_func (thread->needs, id, g_str_equal, NULL));
  }
  g_assert_cmpstr (vr_op_get (thread_at (plan, 1), "exclusive"), ==, "2-3");
}

/* Nobody else's CPU for itself is taken, or chosen; to be bound to one is worth a word. */
static void
test_taken (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  g_hash_table_insert (facts->taken, GUINT_TO_POINTER (1), g_strdup ("other"));
  refuse_on (R1 "vcpu.0 = fifo 1 @1-2 exclusive\n", facts, VR_ERROR_BUSY,
             "t.conf:11: [schedule r1] vcpu.0: CPU 1 is exclusive to a thread of lab other");
  g_autoptr (VrPlan) chosen
      = plan_on (R1 "vcpu.0 = idle @auto\nvcpu.1 = rr 1 @auto exclusive\n", facts);
  assert_places (chosen, "r1/vcpu.0@3 r1/vcpu.1@2");
  g_autoptr (VrPlan) bound = plan_on (R1 "vcpu.0 = idle @1\n", facts);
  assert_places (bound, "r1/vcpu.0@1");
  g_assert_nonnull (notice_with (bound, "CPU 1, which is exclusive to a thread of lab other"));
}

static void
test_no_exclusive (void)
{
  static const char *const profiles[]
      = { R1 "vcpu.0 = fifo 1 @1 exclusive\n", R1 "vcpu.0 = fifo 1 @auto exclusive\n" };
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  facts->no_exclusive = g_strdup ("no CPU can be exclusive: boot another kernel");
  for (gsize i = 0; i < G_N_ELEMENTS (profiles); i++)
    refuse_on (profiles[i], facts, VR_ERROR_HOST,
               "t.conf:11: |boot another kernel, or remove \"exclusive\"");
}

/* With cgroup version 1 only what libvirt's cpuset does not have can be exclusive, and the thread
 * that libvirt knows a guest by stays in it. */
static void
test_beside (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  facts->exclusive_from = VR_EXCLUSIVE_BESIDE_GUESTS;
  facts->all_guests = g_strdup ("/machine");
  refuse_on (R1 "vcpu.0 = fifo 1 @1 exclusive\n", facts, VR_ERROR_HOST,
             "t.conf:11: |CPU 1 cannot|libvirt's, /machine, which has all: boot cgroup version 2");
  refuse_on (R1 "vcpu.0 = fifo 1 @auto exclusive\n", facts, VR_ERROR_HOST,
             "t.conf:11: |a CPU cannot|which has all: boot|take one out|or remove \"exclusive\"");
  facts->guest_cpus = vr_cpu_list_parse ("0-1");
  refuse_on (R1 "vcpu.0 = fifo 1 @1 exclusive\n", facts, VR_ERROR_HOST,
             "CPU 1 cannot|/machine, which has 0-1: name some of 2-3, boot|take the CPU out");
  refuse_on (R1 "emulator = fifo 1 @2 exclusive\n", facts, VR_ERROR_HOST,
             "the emulator cannot have a CPU for itself");
  refuse_on (R1 "vcpu.0 = fifo 1 @2\n", facts, VR_ERROR_INFEASIBLE, "not in libvirt's cpuset");
  g_autoptr (VrPlan) plan
      = plan_on (R1 "vcpu.0 = deadline 9ms/10ms @3 exclusive\nvcpu.1 = rr 1 @auto exclusive\n"
                    "vcpu.2 = fifo 1 @auto\n",
                 facts);
  assert_places (plan, "r1/vcpu.0@3 r1/vcpu.1@2 r1/vcpu.2@1");
  g_assert_nonnull (notice_with (plan,
                                 "threads of the host that are on CPU 2-3, or are bound to it,"
                                 " are not driven out: move them"));
  g_autoptr (VrPlan) none = plan_on (R1 "vcpu.2 = fifo 1 @auto\n", facts);
  g_assert_null (notice_with (none, "driven out"));
  facts->exclusive_from = VR_EXCLUSIVE_OF_GUESTS;
  g_autoptr (VrPlan) second = plan_on (R1 "vcpu.0 = fifo 1 @1 exclusive\n", facts);
  g_assert_null (notice_with (second, "driven out"));
  facts->exclusive_from = VR_EXCLUSIVE_BESIDE_GUESTS;
  refuse_on (R1 "vcpu.0 = fifo 1 @2-3 exclusive\nvcpu.1 = rr 1 @auto exclusive\n", facts,
             VR_ERROR_INFEASIBLE, "t.conf:12: |@auto finds no CPU|in use, isolated, or libvirt's");
  g_array_index (facts->cpus, VrPlanCpu, 3).isolated = TRUE;
  refuse_on (R1 "vcpu.0 = fifo 1 @3 exclusive\n", facts, VR_ERROR_HOST, "CPU 3 is isolated");
  refuse_on (R1 "vcpu.0 = fifo 1 @1 exclusive\n", facts, VR_ERROR_HOST, "name some of 2, boot");
}

/* All threads of all guests, in the profile's order, after all guests are ready. */
static void
test_order (void)
{
  g_autoptr (VrPlan) plan
      = plan_of (LAB "[schedule r2]\nvcpu.1 = idle\nemulator = idle\nvcpu.0 = idle\n[router r1]\n"
                     "[router r2]\nvcpus = 2\n[schedule r1]\nvcpu.0 = idle\n",
                 TWO_CPUS);
  assert_places (plan, "r2/vcpu.1@any r2/emulator@any r2/vcpu.0@any r1/vcpu.0@any");
  for (guint i = plan->ops->len - 4; i < plan->ops->len; i++)
    g_assert_cmpint (((const VrOp *) plan->ops->pdata[i])->kind, ==, VR_OP_THREAD);
}

/* --- Which thread is meant ---------------------------------------------------------------------
 */

static void
test_movers (void)
{
  static const char profile[] = R1 "mover.p = fifo 5 @1\nmover.q = fifo 5 @1\n";
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  g_autoptr (VrPlan) without = plan_on (profile, facts);
  assert_places (without, "r1/emulator@1");
  g_assert_nonnull (notice_with (without, "router r1: mover.p is the emulator thread"));
  g_assert_nonnull (notice_with (without, "mover.q is the emulator thread, QEMU's main loop: this "
                                          "host has no /dev/vhost-net"));
  facts->vhost_present = TRUE;
  g_autoptr (VrPlan) with = plan_on (profile, facts);
  assert_places (with, "r1/vhost.p.0@1 r1/vhost.q.0@1");
  g_assert_null (notice_with (with, "mover."));
  g_autoptr (VrPlan) named
      = plan_on (R1 "vhost.p = idle\nvhost.q.0 = idle\nvhost.q = idle\n", facts);
  assert_places (named, "r1/vhost.p.0@any r1/vhost.q.0@any");
  refuse_on (R1 "vhost.p = idle\n\nmover.p = fifo 1\n", facts, VR_ERROR_PROFILE,
             "t.conf:13: [schedule r1] mover.p: |thread vhost.p.0|t.conf:11 wants something else");
  refuse_on (R1 "vhost.p.1 = idle\n", facts, VR_ERROR_PROFILE, "has 1 queue, from 0|write vhost.p");
}

/* Each queue has a worker, in the order of the guest's cards. */
static void
test_queues (void)
{
#define WIDE LAB "[router r1]\nvcpus = 4\ninterface = p queues=3, q queues=2\n[schedule r1]\n"
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  facts->vhost_present = TRUE;
  g_autoptr (VrPlan) all = plan_on (WIDE "mover.p = fifo 5 @1\nvhost.q = idle\n", facts);
  assert_places (all, "r1/vhost.p.0@1 r1/vhost.p.1@1 r1/vhost.p.2@1 r1/vhost.q.0@any "
                      "r1/vhost.q.1@any");
  for (guint i = 0; i < 5; i++) {
    g_autofree char *worker = g_strdup_printf ("%u", i);
    g_assert_cmpstr (vr_op_get (thread_at (all, i), "worker"), ==, worker);
  }
  g_autoptr (VrPlan) one = plan_on (WIDE "vhost.q.1 = idle @2\n", facts);
  assert_places (one, "r1/vhost.q.1@2");
  g_assert_cmpstr (vr_op_get (thread_at (one, 0), "worker"), ==, "4");
  refuse_on (WIDE "vhost.p.3 = idle\n", facts, VR_ERROR_PROFILE, "port p has 3 queues, from 0");
#undef WIDE
}

static const struct {
  const char *name, *profile;
  VrErrorCode code;
  const char *fragments;
} refusals[] = {
  { "movers-disagree", R1 "mover.p = fifo 5\nmover.q = fifo 6\n", VR_ERROR_PROFILE,
    "t.conf:12: [schedule r1] mover.q: |the thread emulator|t.conf:11 wants something else" },
  { "mover-and-emulator", R1 "emulator = idle @1\nmover.p = idle @2\n", VR_ERROR_PROFILE,
    "the thread emulator, of which t.conf:11" },
  { "no-vhost", R1 "vhost.p = idle\n", VR_ERROR_HOST,
    "t.conf:11: [schedule r1] vhost.p: |no vhost worker: this host has no /dev/vhost-net|mover.p" },
  { "no-iothread", R1 "iothread.0 = idle\n", VR_ERROR_PROFILE, "no I/O thread" },
  { "no-cpu", R1 "vcpu.0 = idle @1-4\n", VR_ERROR_INFEASIBLE,
    "t.conf:11: [schedule r1] vcpu.0: CPU 4 does not exist, or is offline: this host has 0-3" },
  { "period-low", R1 "vcpu.0 = deadline 2us/90us @1\n", VR_ERROR_INFEASIBLE,
    "period of 90us is 10us below this kernel's least of "
    "100us|kernel.sched_deadline_period_min_us" },
  { "period-high", R1 "vcpu.0 = deadline 1s/5s\n", VR_ERROR_INFEASIBLE,
    "period of 5s is 805696us above this kernel's most of 4194304us" },
  { "cpu-above", R1 "vcpu.0 = deadline 60ms/100ms @1\nvcpu.1 = deadline 40ms/100ms @1\n",
    VR_ERROR_INFEASIBLE,
    "t.conf:11: |reserves 60.0 % of a CPU, and CPU 1 has 55.0 % left|95.0 % a CPU: 5.0 % too "
    "much; 55ms/100ms would fit" },
  { "cpu-alone-above", R1 "vcpu.0 = deadline 96ms/100ms @1\n", VR_ERROR_INFEASIBLE,
    "1.0 % too much; 95ms/100ms would fit" },
  { "cpu-full",
    R1 "vcpu.0 = deadline 47500us/100ms @1\nvcpu.1 = deadline 47500us/100ms @1\n"
       "vcpu.2 = deadline 48ms/100ms @1\n",
    VR_ERROR_INFEASIBLE, "t.conf:13: |0.0 % left|other CPUs" },
  { "pool-above",
    R1 "vcpu.0 = deadline 80ms/100ms @1-2\nvcpu.1 = deadline 80ms/100ms @1-2\n"
       "vcpu.2 = deadline 40ms/100ms @1-2\n",
    VR_ERROR_INFEASIBLE, "t.conf:12: |CPUs 1-2 have 70.0 % left|10.0 % too much; 70ms/100ms" },
  { "pool-and-tight",
    R1 "vcpu.0 = deadline 80ms/100ms @1-2\nvcpu.1 = deadline 80ms/100ms @1\n"
       "vcpu.2 = deadline 80ms/100ms @2\n",
    VR_ERROR_INFEASIBLE, "t.conf:11: |CPUs 1-2 have 30.0 % left" },
  { "overlapping-pools",
    R1 "vcpu.0 = deadline 95ms/100ms @1-2\nvcpu.1 = deadline 95ms/100ms @2-3\n"
       "vcpu.2 = deadline 95ms/100ms @1-2\nvcpu.3 = deadline 95ms/100ms @2-3\n",
    VR_ERROR_INFEASIBLE, "t.conf:13: |CPUs 1-2 have 0.0 % left" },
  { "whole-host-above",
    R1 "vcpu.0 = deadline 95ms/100ms\nvcpu.1 = deadline 95ms/100ms @1\nvcpu.2 = deadline "
       "95ms/100ms @2\nvcpu.3 = deadline 95ms/100ms @3\nemulator = deadline 1ms/100ms\n",
    VR_ERROR_INFEASIBLE, "t.conf:15: |CPUs 0-3 have 0.0 % left" },
  { "exclusive-zero", R1 "vcpu.0 = fifo 1 @0-1 exclusive\n", VR_ERROR_INFEASIBLE,
    "CPU 0 is kept for the system" },
  { "exclusive-twice", R1 "vcpu.0 = fifo 1 @1-2 exclusive\nvcpu.1 = rr 1 @2-3 exclusive\n",
    VR_ERROR_INFEASIBLE,
    "t.conf:12: |CPU 2 cannot be exclusive to two threads, and t.conf:11 has" },
  { "exclusive-before", R1 "vcpu.0 = fifo 1 @1-2 exclusive\nvcpu.1 = other @2\n",
    VR_ERROR_INFEASIBLE, "t.conf:12: |CPU 2 is exclusive to vcpu.0 of router r1 (t.conf:11)" },
  { "exclusive-after", R1 "vcpu.1 = other @0-3\n" R2 "vcpu.0 = fifo 1 @3 exclusive\n",
    VR_ERROR_INFEASIBLE, "t.conf:11: |CPU 3 is exclusive to vcpu.0 of router r2 (t.conf:16)" },
  { "exclusive-and-anywhere",
    R1 "vcpu.0 = deadline 9ms/10ms @1 exclusive\nvcpu.1 = fifo 1 @2-3 exclusive\n"
       "vcpu.2 = deadline 96ms/100ms\n",
    VR_ERROR_INFEASIBLE, "t.conf:13: |CPU 0 has 95.0 % left" },
  { "members-above",
    LAB "[pvr r]\nmembers = 3\ninterface = p\n[schedule r]\nvcpu.0 = deadline 40ms/100ms @1\n",
    VR_ERROR_INFEASIBLE, "t.conf:11: [schedule r-3] vcpu.0: |CPU 1 has 15.0 % left" },
  { "members-exclusive", LAB "[pvr r]\ninterface = p\n[schedule r]\nvcpu.0 = fifo 1 @1 exclusive\n",
    VR_ERROR_INFEASIBLE, "t.conf:10: [schedule r-2] vcpu.0: |CPU 1 cannot be exclusive" },
  { "members-twice",
    LAB "[pvr r]\nvhost = off\ninterface = p\n[schedule r]\nmover.p = idle\nemulator = other\n",
    VR_ERROR_PROFILE, "t.conf:12: [schedule r-1] emulator: this is the thread emulator" },
  { "auto-exclusive-none-left",
    R1 "vcpu.0 = fifo 1 @auto exclusive\nvcpu.1 = fifo 1 @auto exclusive\n"
       "vcpu.2 = fifo 1 @auto exclusive\nvcpu.3 = fifo 1 @auto exclusive\n",
    VR_ERROR_INFEASIBLE, "t.conf:14: |@auto finds no CPU: CPU 0 is kept for the system" },
  { "auto-none-left", R1 "vcpu.0 = fifo 1 @1-3 exclusive\nvcpu.3 = idle @auto\n",
    VR_ERROR_INFEASIBLE, "t.conf:12: |@auto finds no CPU|exclusive to other threads" },
  { "auto-above",
    R1 "vcpu.0 = deadline 6ms/10ms @1\nvcpu.1 = deadline 5ms/10ms @2\nvcpu.2 = deadline 7ms/10ms "
       "@3\nvcpu.3 = deadline 5ms/10ms @auto\n",
    VR_ERROR_INFEASIBLE,
    "t.conf:14: |reserves 50.0 %|CPU 2 has the most, 45.0 %, 5.0 % too little: 4500us/10ms would" },
};

static void
test_refusal (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  refuse_on (refusals[i].profile, facts, refusals[i].code, refusals[i].fragments);
}

/* --- Admission ---------------------------------------------------------------------------------
 */

static void
test_libvirt_cpuset (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  facts->guest_cpus = vr_cpu_list_parse ("0,2");
  refuse_on (R1 "vcpu.0 = idle @1\n", facts, VR_ERROR_INFEASIBLE,
             "CPU 1 is not in libvirt's cpuset|name some of 0,2");
  refuse_on (R1 "vcpu.0 = deadline 95ms/100ms\nvcpu.1 = deadline 96ms/100ms\n", facts,
             VR_ERROR_INFEASIBLE, "t.conf:12: |CPUs 0,2 have 95.0 % left");
  g_autoptr (VrPlan) plan = plan_on (R1 "vcpu.0 = idle @auto\nvcpu.1 = idle @auto\n", facts);
  assert_places (plan, "r1/vcpu.0@2 r1/vcpu.1@2");
}

/* Threads that may run on several CPUs, or nobody knows where, are a sum for the host. */
static void
test_others_roaming (void)
{
  static const char profile[] = R1 "vcpu.0 = deadline 50ms/100ms @1\n";
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  add_other (facts, OTHER_PROCESS, "0-1", 900000);
  add_other (facts, OTHER_GUEST, NULL, 500000);
  g_autoptr (VrPlan) plan = plan_on (profile, facts);
  add_other (facts, OTHER_GUEST, "0-1", 100000);
  refuse_on (profile, facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: |lab reserves 50.0 % of a CPU in all, and others on this host have 150.0 "
             "%|95.0 % on each of 2 CPUs that is 10.0 % too much; 40.0 % in all would fit");
  add_other (facts, OTHER_PROCESS, NULL, 500000);
  g_autoptr (VrPlan) none = plan_on (R1 "vcpu.0 = fifo 5 @1\n", facts);
  assert_places (none, "r1/vcpu.0@1");
}

/* What others have bound to one CPU is gone from that CPU, however much the rest has left. */
static void
test_others_bound (void)
{
  static const char profile[] = R1 "vcpu.0 = deadline 80ms/100ms @1\n";
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  add_other (facts, OTHER_GUEST, "0", 800000);
  g_autoptr (VrPlan) plan = plan_on (profile, facts);
  add_other (facts, OTHER_GUEST, "1", 800000);
  refuse_on (profile, facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: |it reserves 80.0 % of a CPU, and CPU 1 has 15.0 % left beside the lab's "
             "other reservations and 80.0 % of vcpu.0 of router s1 of lab b, of this kernel's "
             "ceiling of 95.0 % a CPU: 65.0 % too much; 15ms/100ms would fit");
  g_autoptr (VrPlan) fits = plan_on (R1 "vcpu.0 = deadline 15ms/100ms @1\n", facts);
  add_other (facts, OTHER_PROCESS, "1", 50000);
  refuse_on (R1 "vcpu.0 = deadline 31ms/100ms @0-1\n", facts, VR_ERROR_INFEASIBLE,
             "CPUs 0-1 have 25.0 % left|and 165.0 % of vcpu.0 of router s1 of lab b and others,");
  refuse_on (R1 "vcpu.0 = deadline 11ms/100ms @auto\n", facts, VR_ERROR_INFEASIBLE,
             "CPU 1 has the most, 10.0 %");
}

/* A lab that is up keeps what it has where others, or a ceiling that fell, leave no room for it. It
 * may have less, but nowhere more. */
static void
test_overbooked (void)
{
  static const char *const fit[]
      = { R1 "vcpu.0 = deadline 80ms/100ms @1\nvcpu.1 = deadline 40ms/100ms @2-3\n",
          R1 "vcpu.0 = deadline 70ms/100ms @1\n",
          R1 "vcpu.0 = deadline 50ms/100ms @1\nvcpu.2 = deadline 30ms/100ms @1\n",
          R1 "vcpu.0 = deadline 70ms/100ms @1\nvcpu.2 = deadline 90ms/100ms @0\n",
          R1 "vcpu.1 = deadline 30ms/100ms @2-3\n",
          R1 "vcpu.0 = deadline 80ms/100ms @auto\n" };
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  add_placed (facts, "vrkit-x-r1/vcpu.0", "1", 800000);
  add_placed (facts, "vrkit-x-r1/vcpu.1", "2-3", 400000);
  for (guint cpu = 1; cpu < 4; cpu++) {
    g_autofree char *list = g_strdup_printf ("%u", cpu);
    add_other (facts, OTHER_GUEST, list, 800000);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (fit); i++) {
    g_autoptr (VrPlan) plan = plan_on (fit[i], facts);
    g_assert_nonnull (plan);
  }
  refuse_on (R1 "vcpu.0 = deadline 81ms/100ms @1\n", facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: |CPU 1 has 80.0 % left|: 1.0 % too much; 80ms/100ms would fit");
  refuse_on (R1 "vcpu.0 = deadline 70ms/100ms @1\nvcpu.1 = deadline 20ms/100ms @1\n", facts,
             VR_ERROR_INFEASIBLE, "|10.0 % too much|");
  refuse_on (R1 "vcpu.0 = deadline 70ms/100ms @2\n", facts, VR_ERROR_INFEASIBLE,
             "CPU 2 has 15.0 %");
  refuse_on (R1 "vcpu.1 = deadline 41ms/100ms @2-3\n", facts, VR_ERROR_INFEASIBLE,
             "CPUs 2-3 have 40.0 % left");
  refuse_on (R1 "vcpu.0 = deadline 81ms/100ms @auto\n", facts, VR_ERROR_INFEASIBLE, "@auto");
  refuse_on (R1 "vcpu.0 = deadline 80ms/100ms @1\n[host]\nrt-runtime = 400ms\n", facts,
             VR_ERROR_INFEASIBLE, "CPU 1 has");
}

static void
test_overbooked_host (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  add_placed (facts, "vrkit-x-r1/vcpu.0", "1", 500000);
  add_other (facts, OTHER_GUEST, "0-1", 1700000);
  g_autoptr (VrPlan) plan = plan_on (R1 "vcpu.0 = deadline 40ms/100ms @1\n", facts);
  g_autoptr (VrPlan) same = plan_on (R1 "vcpu.0 = deadline 50ms/100ms @1\n", facts);
  refuse_on (R1 "vcpu.0 = deadline 51ms/100ms @1\n", facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: |1.0 % too much; 50.0 % in all would fit");
}

static void
test_overbooked_anywhere (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  add_placed (facts, "vrkit-x-r1/vcpu.0", NULL, 200000);
  add_placed (facts, "vrkit-x-r1/vcpu.1", NULL, 200000);
  add_other (facts, OTHER_GUEST, "0-1", 1700000);
  g_autoptr (VrPlan) plan
      = plan_on (R1 "vcpu.0 = deadline 20ms/100ms\nvcpu.1 = deadline 20ms/100ms\n", facts);
  refuse_on (R1 "vcpu.0 = deadline 21ms/100ms\nvcpu.1 = deadline 20ms/100ms\n", facts,
             VR_ERROR_INFEASIBLE, "1.0 % too much; 40.0 % in all would fit");
}

/* Where the kernel grants real-time by group, each guest gets what its router says, and the others
 * share what is left. */
static void
test_rt_share (void)
{
  static const char two[] = "[router r2]\nrt-share = %s\n[schedule r2]\nvcpu.0 = rr 1\n"
                            "[router r1]\n%s[schedule r1]\nvcpu.0 = fifo 1\n";
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  g_autofree char *both = g_strdup_printf (two, "30%", "rt-share = 20%\n");
  g_autofree char *one = g_strdup_printf (two, "30%", "");
  g_autofree char *much = g_strdup_printf (two, "30%", "rt-share = 66%\n");
  g_autofree char *both_lab = g_strconcat (LAB, both, NULL);
  g_autofree char *one_lab = g_strconcat (LAB, one, NULL);
  g_autofree char *much_lab = g_strconcat (LAB, much, NULL);
  g_autoptr (VrPlan) without = plan_on (both_lab, facts);
  g_assert_null (vr_op_get (thread_at (without, 0), "rt-runtime-us"));
  facts->rt_group = g_strdup ("/machine");
  facts->rt_runtime_us = 950000;
  g_autoptr (VrPlan) stated = plan_on (both_lab, facts);
  g_assert_cmpstr (vr_op_get (thread_at (stated, 0), "rt-runtime-us"), ==, "300000");
  g_assert_cmpstr (vr_op_get (thread_at (stated, 1), "rt-runtime-us"), ==, "200000");
  refuse_on (much_lab, facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: [router r1] rt-share = 66%|95.0 % of each CPU, of which other labs have "
             "0.0 %, and the routers before leave 65.0 %");
  facts->rt_used_us = 600000;
  g_autoptr (VrPlan) left = plan_on (one_lab, facts);
  g_assert_cmpstr (vr_op_get (thread_at (left, 1), "rt-runtime-us"), ==, "50000");
  g_assert_nonnull (notice_with (left, "each router without rt-share get at most 50000 us"));
  refuse_on (both_lab, facts, VR_ERROR_INFEASIBLE, "[router r1] rt-share = 20%|leave 5.0 %");
}

/* A CPU is no thread's alone while another lab's may run nowhere else. */
static void
test_others_exclusive (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  add_other (facts, OTHER_GUEST, "1", 0);
  add_other (facts, OTHER_PROCESS, "2", 100000);
  refuse_on (R1 "vcpu.0 = fifo 1 @1 exclusive\n", facts, VR_ERROR_BUSY,
             "t.conf:11: |CPU 1 cannot be exclusive, since vcpu.0 of router s1 of lab b may run "
             "nowhere else");
  g_autoptr (VrPlan) plan = plan_on (R1 "vcpu.0 = fifo 1 @auto exclusive\n", facts);
  assert_places (plan, "r1/vcpu.0@2");
}

/* The ceiling is that of the real-time share which the same profile asks for. */
static void
test_ceiling_of_profile (void)
{
  static const struct {
    const char *rt_runtime, *fits, *exceeds, *fragment;
  } rows[] = {
    { "500ms", "45ms", "46ms", "ceiling of 45.0 % a CPU" },
    { "off", "95ms", "96ms", "ceiling of 95.0 % a CPU" },
    { "950ms", "90ms", "91ms", "ceiling of 90.0 % a CPU" },
  };
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  facts->deadline_ceiling_ppm = 900000;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *host = g_strdup_printf ("[host]\nrt-runtime = %s\n", rows[i].rt_runtime);
    g_autofree char *good
        = g_strdup_printf (R1 "vcpu.0 = deadline %s/100ms @1\n%s", rows[i].fits, host);
    g_autofree char *bad
        = g_strdup_printf (R1 "vcpu.0 = deadline %s/100ms @1\n%s", rows[i].exceeds, host);
    g_autoptr (VrPlan) plan = plan_on (good, facts);
    assert_places (plan, "r1/vcpu.0@1");
    refuse_on (bad, facts, VR_ERROR_INFEASIBLE, rows[i].fragment);
  }
}

static void
test_unknown_ceiling (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  facts->deadline_ceiling_ppm = 0;
  add_other (facts, OTHER_PROCESS, NULL, 5000000);
  g_autoptr (VrPlan) plan = plan_on (
      R1 "vcpu.0 = deadline 1s/1s @1\nvcpu.1 = deadline 1s/1s @1\nvcpu.2 = deadline 1s/1s @auto\n",
      facts);
  assert_places (plan, "r1/vcpu.0@1 r1/vcpu.1@1 r1/vcpu.2@1");
  g_assert_null (notice_with (plan, "not checked"));
  facts->no_ceiling = g_strdup ("cannot schedule thread 7: run vrkit as root");
  g_autoptr (VrPlan) asked = plan_on (R1 "vcpu.0 = deadline 1s/1s @1\n", facts);
  g_assert_nonnull (notice_with (asked, "whether the reservations fit is not checked"));
  g_assert_nonnull (notice_with (asked, "grants: cannot schedule thread 7: run vrkit as root"));
  g_autoptr (VrPlan) none = plan_on (R1 "vcpu.0 = fifo 5 @1\n", facts);
  g_assert_null (notice_with (none, "not checked"));
}

/* To the last bit, and whatever the order in the profile. */
static void
test_fits (void)
{
  static const char *const profiles[] = {
    R1 "vcpu.0 = deadline 60ms/100ms @1\nvcpu.1 = deadline 35ms/100ms @1\n",
    R1 "vcpu.0 = deadline 90ms/100ms @1-2\nvcpu.1 = deadline 95ms/100ms @1-2\nvcpu.2 = deadline "
       "5ms/100ms @2\n",
    R1 "vcpu.0 = deadline 95ms/100ms\nvcpu.1 = deadline 95ms/100ms @2\nvcpu.2 = deadline "
       "95ms/100ms @1\nvcpu.3 = deadline 95ms/100ms @3\n",
    R1 "vcpu.0 = deadline 90ms/100ms @1-3\nvcpu.1 = deadline 95ms/100ms @2\nvcpu.2 = deadline "
       "95ms/100ms @1\n",
    R1 "vcpu.0 = deadline 99ms/100ms @1-2\n",
    R1 "vcpu.0 = deadline 9ms/10ms @1 exclusive\nvcpu.1 = other\nvcpu.2 = fifo 1 @auto\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (profiles); i++) {
    g_autoptr (VrPlan) plan = plan_of (profiles[i], FOUR_CPUS);
    g_assert_nonnull (plan);
  }
}

/* --- Warnings ----------------------------------------------------------------------------------
 */

/* Of QEMU's threads only the main loop makes others. */
static void
test_forking (void)
{
  static const char profile[]
      = R1 "vcpu.0 = deadline 1ms/10ms @1\nmover.p = deadline 1ms/10ms @1\n";
  g_autoptr (VrPlanFacts) facts = facts_with (TWO_CPUS);
  g_autoptr (VrPlan) without = plan_on (profile, facts);
  g_assert_nonnull (notice_with (without, "router r1: emulator (t.conf:12) is QEMU's main loop, "
                                          "which makes other threads"));
  g_assert_null (notice_with (without, "(t.conf:11) is QEMU's"));
  g_autoptr (VrPlan) fifo = plan_on (R1 "emulator = fifo 5 @1\n", facts);
  g_assert_null (notice_with (fifo, "which makes other"));
  facts->vhost_present = TRUE;
  g_autoptr (VrPlan) with = plan_on (profile, facts);
  g_assert_null (notice_with (with, "which makes other"));
}

static const struct {
  const char *threads;
  const char *fragment; /* of the notice; NULL: none that holds "starve", "stand still" or
                           "CPU 0" */
} warnings[] = {
  { "vcpu.0 = fifo 5 @0-1\n", "router r1: vcpu.0 is fifo and can run on CPU 0|(t.conf:11)" },
  { "vcpu.0 = rr 5\n", "vcpu.0 is rr and can run on CPU 0" },
  { "vcpu.0 = fifo 5 @1\n", NULL },
  { "vcpu.0 = other @0\n", NULL },
  { "vcpu.0 = fifo 5 @1\nmover.p = fifo 4 @1\n",
    "vcpu.0 (t.conf:11) keeps QEMU's main loop (t.conf:12) off|can stand still" },
  { "vcpu.0 = rr 5 @1-2\nemulator = rr 4 @1\n", "vcpu.0 (t.conf:11) keeps QEMU's" },
  { "vcpu.0 = fifo 5 @1\nemulator = fifo 5 @1-2\n", NULL },
  { "vcpu.0 = fifo 5 @1\nmover.p = rr 5 @1\n", "vcpu.0 (t.conf:11) keeps QEMU's" },
  { "vcpu.0 = rr 5 @1\nmover.p = fifo 5 @1\n", NULL },
  { "mover.p = other @1-2\nvcpu.0 = rr 5 @1\n", "vcpu.0 (t.conf:12)|emulator (t.conf:11)" },
  { "vcpu.0 = fifo 5 @1\nmover.p = fifo 5 @1\n", "vcpu.0 (t.conf:11) keeps QEMU's" },
  { "vcpu.0 = fifo 5 @1\nmover.p = fifo 6 @1\n", NULL },
  { "vcpu.0 = fifo 5 @1\nmover.p = fifo 4 @2\n", NULL },
  { "vcpu.0 = fifo 5 @1\nmover.p = deadline 1ms/10ms @1\n", NULL },
  { "mover.p = other @1\n" R2 "vcpu.0 = fifo 5 @1\n",
    "router r2: vcpu.0 (t.conf:16) goes before the packet mover emulator of router r1 "
    "(t.conf:11)" },
  { "vcpu.0 = fifo 5 @1\n" R2 "mover.p = fifo 4 @1\n",
    "router r1: vcpu.0 (t.conf:11) goes before the packet mover emulator of router r2 "
    "(t.conf:16)" },
  { "vcpu.0 = fifo 5 @1\n" R2 "mover.p = fifo 5 @1\n", NULL },
  { "vcpu.0 = fifo 5 @1\n" R2 "mover.p = other @2\n", NULL },
  { "mover.p = other @1\nvcpu.0 = fifo 5\n", "vcpu.0 (t.conf:12) goes before the packet mover" },
  { "mover.p = other\nvcpu.0 = fifo 5 @1\n", NULL },
};

/* Of all members the same two lines say it. */
static void
test_starving_members (void)
{
  g_autoptr (VrPlan) plan
      = plan_of (LAB "[pvr r]\nmembers = 3\ninterface = p\n[schedule r]\nvcpu.0 = rr 2 @1\n"
                     "mover.p = other @1\n",
                 TWO_CPUS);
  guint told = 0;
  for (guint i = 0; i < plan->notices->len; i++)
    told += strstr (plan->notices->pdata[i], "starve") != NULL;
  g_assert_cmpuint (told, ==, 1);
}

static void
test_warnings (void)
{
  static const char *const kinds[] = { "starve", "stand still", "CPU 0" };
  for (gsize i = 0; i < G_N_ELEMENTS (warnings); i++) {
    g_autofree char *profile = g_strconcat (R1, warnings[i].threads, NULL);
    g_autoptr (VrPlan) plan = plan_of (profile, FOUR_CPUS);
    const char *notice = NULL;
    for (gsize k = 0; notice == NULL && k < G_N_ELEMENTS (kinds); k++)
      notice = notice_with (plan, kinds[k]);
    if ((notice != NULL) != (warnings[i].fragment != NULL))
      g_error ("of %s: %s", warnings[i].threads, notice != NULL ? notice : "no warning");
    if (notice != NULL)
      assert_holds (notice, warnings[i].fragment);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/wants", test_wants);
  g_test_add_func ("/schedule/exclusive", test_exclusive);
  g_test_add_func ("/schedule/taken", test_taken);
  g_test_add_func ("/schedule/no-exclusive", test_no_exclusive);
  g_test_add_func ("/schedule/exclusive-beside", test_beside);
  g_test_add_func ("/schedule/order", test_order);
  g_test_add_func ("/schedule/movers", test_movers);
  g_test_add_func ("/schedule/queues", test_queues);
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path = g_strconcat ("/schedule/refuses/", refusals[i].name, NULL);
    g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_refusal);
  }
  g_test_add_func ("/schedule/libvirt-cpuset", test_libvirt_cpuset);
  g_test_add_func ("/schedule/others/roaming", test_others_roaming);
  g_test_add_func ("/schedule/others/bound", test_others_bound);
  g_test_add_func ("/schedule/others/overbooked", test_overbooked);
  g_test_add_func ("/schedule/others/overbooked-host", test_overbooked_host);
  g_test_add_func ("/schedule/others/overbooked-anywhere", test_overbooked_anywhere);
  g_test_add_func ("/schedule/rt-share", test_rt_share);
  g_test_add_func ("/schedule/others/exclusive", test_others_exclusive);
  g_test_add_func ("/schedule/ceiling-of-profile", test_ceiling_of_profile);
  g_test_add_func ("/schedule/unknown-ceiling", test_unknown_ceiling);
  g_test_add_func ("/schedule/fits", test_fits);
  g_test_add_func ("/schedule/warnings", test_warnings);
  g_test_add_func ("/schedule/forking", test_forking);
  g_test_add_func ("/schedule/starving-members", test_starving_members);
  return g_test_run ();
}
