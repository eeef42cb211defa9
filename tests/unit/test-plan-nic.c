/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ports want of their devices' channels, rings and coalescing, by what the devices have. */
#include "unit/schedule-fixture.h"

#define ROUTER "[router r1]\nkind = native\ninterface = p, q\n"
/* The group of port q begins in line 5. */
#define ON_NIC(keys)                                                                               \
  "[lab]\nname = x\n[port p]\ndevice = test\n[port q]\ndevice = eth7\n" keys ROUTER
#define ON_TEST(keys)                                                                              \
  "[lab]\nname = x\n[port q]\ndevice = eth7\n[port p]\ndevice = test\n" keys ROUTER

/* The device has what the pairs say: name, limit. */
static VrPlanFacts *
facts_of_nic (const char *const *names, const guint *limits)
{
  VrPlanFacts *facts = facts_with (FOUR_CPUS);
  VrPlanNic *nic = g_hash_table_lookup (facts->nics, "eth7");
  nic->settings = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; names[i] != NULL; i++)
    g_hash_table_insert (nic->settings, (gpointer) names[i], GUINT_TO_POINTER (limits[i]));
  return facts;
}

static VrPlanFacts *
facts_of_e1000e (void)
{
  static const char *const names[] = { "rx-ring", "tx-ring", "rx-usecs", NULL };
  static const guint limits[] = { 4096, 4096, 0 };
  return facts_of_nic (names, limits);
}

static guint
position (const VrPlan *plan, VrOpKind kind)
{
  for (guint i = 0; i < plan->ops->len; i++)
    if (((const VrOp *) plan->ops->pdata[i])->kind == kind)
      return i;
  return G_MAXUINT;
}

/* The only operation on a NIC: "TARGET KEY=VALUE …", with a star where labs share it. */
static void
assert_nic (const VrPlan *plan, const char *wanted)
{
  guint at = position (plan, VR_OP_NIC);
  g_assert_cmpuint (at, !=, G_MAXUINT);
  const VrOp *op = plan->ops->pdata[at];
  g_autoptr (GString) text = g_string_new (op->target);
  GVariantIter iter;
  const char *key, *value;
  g_variant_iter_init (&iter, op->want);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    g_string_append_printf (text, " %s=%s", key, value);
  g_string_append (text, op->shared ? "*" : "");
  g_assert_cmpstr (text->str, ==, wanted);
}

static void
test_all (void)
{
  static const char *const names[] = { "channels", "rx-ring",   "tx-ring",   "rx-usecs",
                                       "tx-usecs", "rx-frames", "tx-frames", "adaptive-coalescing",
                                       NULL };
  static const guint limits[] = { 8, 4096, 2048, 0, 0, 0, 0, 0 };
  g_autoptr (VrPlanFacts) facts = facts_of_nic (names, limits);
  g_autoptr (VrPlan) plan = plan_on (
      ON_NIC ("channels = 8\nrx-ring = 4096\ntx-ring = 1\nrx-usecs = 0\ntx-usecs = 1000000\n"
              "rx-frames = 0\ntx-frames = 7\nadaptive-coalescing = off\n"),
      facts);
  assert_nic (plan, "eth7 channels=8 rx-ring=4096 tx-ring=1 rx-usecs=0 tx-usecs=1000000 "
                    "rx-frames=0 tx-frames=7 adaptive-coalescing=off*");
  g_assert_cmpuint (position (plan, VR_OP_LINK), <, position (plan, VR_OP_NIC));
  g_assert_cmpuint (position (plan, VR_OP_NIC), <, position (plan, VR_OP_MACVLAN));
}

static void
test_none (void)
{
  g_autoptr (VrPlanFacts) facts = facts_of_e1000e ();
  g_autoptr (VrPlan) plan = plan_on (ON_NIC (""), facts);
  g_assert_cmpuint (position (plan, VR_OP_NIC), ==, G_MAXUINT);
}

static void
test_limits (void)
{
  g_autoptr (VrPlanFacts) facts = facts_of_e1000e ();
  g_autoptr (VrPlanFacts) silent = facts_with (FOUR_CPUS);
  g_autoptr (VrPlan) most = plan_on (ON_NIC ("rx-ring = 4096\nrx-usecs = 1000000\n"), facts);
  assert_nic (most, "eth7 rx-ring=4096 rx-usecs=1000000*");
  refuse_on (ON_NIC ("rx-ring = 4097\n"), facts, VR_ERROR_INFEASIBLE,
             "t.conf:5: [port q] rx-ring = 4097: eth7 takes at most 4096");
  refuse_on (ON_NIC ("channels = 2\n"), facts, VR_ERROR_HOST,
             "t.conf:5: [port q] channels = 2: eth7 has no channels to set|leave the key out");
  refuse_on (ON_NIC ("tx-usecs = 0\n"), facts, VR_ERROR_HOST, "eth7 has no tx-usecs to set");
  refuse_on (ON_NIC ("adaptive-coalescing = on\n"), facts, VR_ERROR_HOST,
             "adaptive-coalescing = on: eth7 has no adaptive-coalescing to set");
  /* A device that was not asked refuses by itself. */
  g_autoptr (VrPlan) unasked = plan_on (ON_NIC ("rx-ring = 4097\n"), silent);
  assert_nic (unasked, "eth7 rx-ring=4097*");
}

static void
test_of_test_port (void)
{
  g_autoptr (VrPlanFacts) facts = facts_of_e1000e ();
  g_autoptr (VrPlan) plan = plan_on (ON_TEST ("channels = 2\n"), facts);
  char near_end[VR_IFNAME_SIZE];
  g_autofree char *wanted
      = g_strdup_printf ("%s channels=2", vr_name_ifname ("x", "port", "p", near_end));
  assert_nic (plan, wanted);
  g_assert_cmpuint (position (plan, VR_OP_VETH), <, position (plan, VR_OP_NIC));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan-nic/all", test_all);
  g_test_add_func ("/plan-nic/none", test_none);
  g_test_add_func ("/plan-nic/limits", test_limits);
  g_test_add_func ("/plan-nic/test-port", test_of_test_port);
  return g_test_run ();
}
