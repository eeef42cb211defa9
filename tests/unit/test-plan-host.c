/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What [host] plans, by what the host has. */
#include "base/vr-cpu-list.h"
#include "unit/schedule-fixture.h"

#define ROUTER LAB "[router r1]\nkind = native\ninterface = p, q\n[host]\n"

/* "TARGET=VALUE …" of all knobs, those that labs share with a star. */
static char *
knobs (const VrPlan *plan)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (op->kind == VR_OP_KNOB)
      g_string_append_printf (text, "%s%s=%s%s", text->len > 0 ? " " : "", op->target,
                              vr_op_get (op, "value"), op->shared ? "*" : "");
  }
  return g_string_free (text, FALSE);
}

static void
assert_knobs (const VrPlan *plan, const char *wanted)
{
  g_autofree char *got = knobs (plan);
  g_assert_cmpstr (got, ==, wanted);
}

static VrPlanFacts *
facts_governed (void)
{
  VrPlanFacts *facts = facts_with (FOUR_CPUS);
  for (guint i = 0; i < facts->cpus->len; i++)
    g_array_index (facts->cpus, VrPlanCpu, i).governed = i > 0;
  return facts;
}

static void
test_governor (void)
{
  g_autoptr (VrPlanFacts) facts = facts_governed ();
  g_autoptr (VrPlan) plan = plan_on (ROUTER "governor = performance\noffline = 2\n", facts);
  g_autofree char *text = knobs (plan);
  assert_holds (text, "governor/1=performance* governor/3=performance*");
  g_assert_null (strstr (text, "governor/2"));
  g_assert_null (notice_with (plan, "governor"));
  g_autoptr (VrPlan) none = plan_of (ROUTER "governor = performance\n", FOUR_CPUS);
  assert_knobs (none, "");
  g_assert_nonnull (notice_with (none, "governor = performance (t.conf:10) changes nothing"));
}

static void
test_throttle (void)
{
  g_autoptr (VrPlan) some = plan_of (ROUTER "rt-runtime = 900ms\n", FOUR_CPUS);
  g_autoptr (VrPlan) off = plan_of (ROUTER "rt-runtime = off\n", FOUR_CPUS);
  assert_knobs (some, "rt-runtime=900000*");
  assert_knobs (off, "rt-runtime=-1*");
  g_assert_null (notice_with (some, "rt-runtime"));
  g_assert_nonnull (notice_with (off, "may hang the host"));
}

static void
test_steering (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  VrPlanNic *nic = g_hash_table_lookup (facts->nics, "eth7");
  g_ptr_array_add (nic->rps_queues, g_strdup ("rx-0"));
  g_ptr_array_add (nic->rps_queues, g_strdup ("rx-1"));
  g_autoptr (VrPlan) plan
      = plan_on (ROUTER "housekeeping = 0-1\nrps = q 3,2\nrps = p auto\nxps = q 1\n", facts);
  char near_end[VR_IFNAME_SIZE];
  g_autofree char *wanted
      = g_strdup_printf ("rps/eth7/rx-0=2-3* rps/eth7/rx-1=2-3* rps/%s/rx-0=0-1",
                         vr_name_ifname ("x", "port", "p", near_end));
  assert_knobs (plan, wanted);
  g_assert_nonnull (notice_with (plan, "xps of port q (t.conf:14) changes nothing: eth7 has no"));
  refuse_on (ROUTER "rps = p 1,4\n", facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: rps: CPU 4 does not exist, or is offline");
}

/* The queues are those that the channels will make. */
static void
test_steering_of_channels (void)
{
  static const char profile[]
      = "[lab]\nname = x\n[port p]\ndevice = test\nchannels = 2\n[port q]\ndevice = eth7\n"
        "channels = 2\n[router r1]\nkind = native\ninterface = p, q\n"
        "[host]\nrps = p 1\nrps = q 1\nxps = q 1\n";
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  VrPlanNic *nic = g_hash_table_lookup (facts->nics, "eth7");
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (nic->rps_queues, g_strdup_printf ("rx-%u", i));
  g_autoptr (VrPlan) plan = plan_on (profile, facts);
  char near_end[VR_IFNAME_SIZE];
  vr_name_ifname ("x", "port", "p", near_end);
  g_autofree char *wanted = g_strdup_printf (
      "rps/%s/rx-0=1 rps/%s/rx-1=1 rps/eth7/rx-0=1* rps/eth7/rx-1=1*", near_end, near_end);
  assert_knobs (plan, wanted);
  g_assert_nonnull (notice_with (plan, "xps of port q"));
}

static void
test_offline (void)
{
  g_autoptr (VrPlanFacts) facts = facts_governed ();
  facts->present = vr_cpu_list_parse ("0-4");
  g_autoptr (VrPlan) plan
      = plan_on (ROUTER "governor = performance\noffline = 4,2-3\nrps = p 1\n", facts);
  char near_end[VR_IFNAME_SIZE];
  g_autofree char *wanted = g_strdup_printf (
      "online/2=0* online/3=0* online/4=0* governor/1=performance* rps/%s/rx-0=1",
      vr_name_ifname ("x", "port", "p", near_end));
  assert_knobs (plan, wanted);
  g_assert_cmpint (((const VrOp *) plan->ops->pdata[0])->kind, ==, VR_OP_KNOB);
  refuse_on (ROUTER "offline = 5\n", facts, VR_ERROR_INFEASIBLE,
             "t.conf:10: |CPU 5 does not exist: this host has 0-4");
  refuse_on (R1 "vcpu.0 = idle @auto\n[host]\nhousekeeping = 0-2\noffline = 3\n", facts,
             VR_ERROR_INFEASIBLE, "offline leaves only CPUs that are kept for the system");
  refuse_on (R1 "vcpu.0 = idle @3\n[host]\nrps = p auto\nhousekeeping = 0,4\n", facts,
             VR_ERROR_INFEASIBLE, "rps: CPU 4 does not exist, or is offline");
}

/* No CPU goes from under a thread that may run nowhere else. */
static void
test_offline_of_others (void)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  add_other (facts, OTHER_GUEST, "0-3", 0);
  add_other (facts, OTHER_PROCESS, "2", 100000);
  add_other (facts, OTHER_GUEST, "2-3", 0);
  g_autoptr (VrPlan) plan = plan_on (ROUTER "offline = 2\n", facts);
  assert_knobs (plan, "online/2=0*");
  refuse_on (ROUTER "offline = 2-3\n", facts, VR_ERROR_BUSY,
             "t.conf:10: [host] offline: CPU 2 cannot go, since vcpu.0 of router s1 of lab b may "
             "run nowhere else: leave the CPU online, or move that thread first");
  add_other (facts, OTHER_GUEST, "1", 0);
  refuse_on (ROUTER "offline = 1\n", facts, VR_ERROR_BUSY, "CPU 1 cannot go");
}

static void
test_interrupts (void)
{
  static const guint irqs[] = { 40, 41 }, managed[] = { 42, 43 };
  static const char profile[] = ROUTER "housekeeping = 0,3\ninterrupts = q auto\n";
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  VrPlanNic *nic = g_hash_table_lookup (facts->nics, "eth7");
  g_autoptr (VrPlan) none = plan_on (profile, facts);
  assert_knobs (none, "");
  g_assert_nonnull (notice_with (none, "interrupts of port q (t.conf:12) changes nothing"));
  g_array_append_vals (nic->irqs, irqs, G_N_ELEMENTS (irqs));
  g_autoptr (VrPlan) plan = plan_on (profile, facts);
  assert_knobs (plan, "irq/40=0,3* irq/41=0,3*");
  g_assert_null (notice_with (plan, "interrupts"));
  g_array_append_vals (nic->managed_irqs, managed, G_N_ELEMENTS (managed));
  g_autoptr (VrPlan) some = plan_on (profile, facts);
  assert_knobs (some, "irq/40=0,3* irq/41=0,3*");
  g_assert_nonnull (notice_with (some, "chooses the CPUs of 42-43 of eth7"));
  g_autoptr (VrPlan) changed
      = plan_on ("[lab]\nname = x\n[port q]\ndevice = eth7\nchannels = 4\n"
                 "[router r1]\nkind = native\ninterface = q\n[host]\ninterrupts = q 1\n",
                 facts);
  g_assert_nonnull (notice_with (changed, "(t.conf:10): other channels may bring eth7"));
  g_assert_null (notice_with (some, "other channels"));
  refuse_on (ROUTER "interrupts = q 9\n", facts, VR_ERROR_INFEASIBLE,
             "t.conf:11: interrupts: CPU 9 does not exist");
}

static void
test_disturbers (void)
{
  static const char *const fragments[]
      = { "irqbalance is running", "stalld is running", "tuned is running", "ksmd is merging",
          "governed by \"powersave\"" };
  g_autoptr (VrPlanFacts) facts = facts_governed ();
  facts->irqbalance_runs = facts->stalld_runs = facts->tuned_runs = facts->ksm_runs = TRUE;
  facts->slow_governor = g_strdup ("powersave");
  g_autoptr (VrPlan) timed = plan_on (R1 "vcpu.0 = fifo 5 @1\n", facts);
  g_autoptr (VrPlan) plain = plan_on (LAB "[router r1]\ninterface = p\n", facts);
  g_autoptr (VrPlan) governed
      = plan_on (R1 "vcpu.0 = fifo 5 @1\n[host]\ngovernor = performance\n", facts);
  g_autoptr (VrPlan) quiet = plan_of (R1 "vcpu.0 = fifo 5 @1\n", FOUR_CPUS);
  for (gsize i = 0; i < G_N_ELEMENTS (fragments); i++) {
    g_assert_nonnull (notice_with (timed, fragments[i]));
    g_assert_null (notice_with (plain, fragments[i]));
    g_assert_null (notice_with (quiet, fragments[i]));
  }
  g_assert_null (notice_with (governed, "powersave"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan-host/governor", test_governor);
  g_test_add_func ("/plan-host/throttle", test_throttle);
  g_test_add_func ("/plan-host/interrupts", test_interrupts);
  g_test_add_func ("/plan-host/disturbers", test_disturbers);
  g_test_add_func ("/plan-host/offline", test_offline);
  g_test_add_func ("/plan-host/offline-of-others", test_offline_of_others);
  g_test_add_func ("/plan-host/steering", test_steering);
  g_test_add_func ("/plan-host/steering-of-channels", test_steering_of_channels);
  return g_test_run ();
}
