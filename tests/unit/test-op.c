/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations as data, and the table of their kinds. */
#include "plan/vr-op.h"

#include "apply/vr-backend.h"

static VrOp *
sample (void)
{
  VrOp *op = vr_op_new (VR_OP_TAP, "vr1", "t.conf:1", "alias", "a", "mtu", NULL, "up", "yes", NULL);
  vr_op_add_need (op, VR_OP_BRIDGE, "vr2");
  op->payload = g_strdup ("text");
  op->shared = TRUE;
  return op;
}

static void
test_kind_names (void)
{
  for (VrOpKind kind = 0; kind < VR_OP_KINDS; kind++) {
    g_assert_nonnull (vr_op_kind_name (kind));
    g_assert_cmpint (vr_op_kind_parse (vr_op_kind_name (kind)), ==, kind);
  }
  g_assert_cmpint (vr_op_kind_parse ("nonsense"), ==, VR_OP_KINDS);
  g_assert_cmpint (vr_op_kind_parse (""), ==, VR_OP_KINDS);
}

static void
test_new (void)
{
  g_autoptr (VrOp) op = sample ();
  g_autofree char *id = vr_op_id (op);
  g_autofree char *want = g_variant_print (op->want, FALSE);
  g_assert_cmpstr (id, ==, "tap vr1");
  g_assert_cmpstr (want, ==, "{'alias': 'a', 'up': 'yes'}");
  g_assert_cmpstr (vr_op_get (op, "up"), ==, "yes");
  g_assert_null (vr_op_get (op, "mtu"));
  g_assert_null (vr_op_lookup (NULL, "up"));
  g_assert_cmpstr (op->needs->pdata[0], ==, "bridge vr2");
}

static void
test_copy (void)
{
  VrOp *op = sample ();
  g_autoptr (VrOp) copy = vr_op_copy (op);
  vr_op_free (op);
  g_assert_cmpint (copy->kind, ==, VR_OP_TAP);
  g_assert_cmpstr (copy->target, ==, "vr1");
  g_assert_cmpstr (copy->why, ==, "t.conf:1");
  g_assert_cmpstr (copy->payload, ==, "text");
  g_assert_cmpstr (vr_op_get (copy, "alias"), ==, "a");
  g_assert_cmpstr (copy->needs->pdata[0], ==, "bridge vr2");
  g_assert_true (copy->shared);
}

static void
test_is_so (void)
{
  g_autoptr (VrOp) op = sample ();
  g_autoptr (VrOp) more = vr_op_new (VR_OP_TAP, "", "", "x", "1", "up", "yes", "alias", "a", NULL);
  g_autoptr (VrOp) other = vr_op_new (VR_OP_TAP, "", "", "alias", "a", "up", "no", NULL);
  g_autoptr (VrOp) less = vr_op_new (VR_OP_TAP, "", "", "up", "yes", NULL);
  const char *key = NULL;
  g_assert_true (vr_op_is_so (op, more->want, &key));
  g_assert_null (key);
  g_assert_false (vr_op_is_so (op, other->want, &key));
  g_assert_cmpstr (key, ==, "up");
  g_assert_false (vr_op_is_so (op, less->want, &key));
  g_assert_cmpstr (key, ==, "alias");
  g_assert_false (vr_op_is_so (op, NULL, &key));
  g_assert_cmpstr (key, ==, "existence");
  g_assert_false (vr_op_is_so (op, NULL, NULL));
}

static void
test_must_remake (void)
{
  g_autoptr (VrOp) one = vr_op_new (VR_OP_MACVTAP, "", "", "lower", "a", "mtu", "1", NULL);
  g_autoptr (VrOp) two = vr_op_new (VR_OP_MACVTAP, "", "", "lower", "a", "mtu", "2", NULL);
  g_autoptr (VrOp) three = vr_op_new (VR_OP_MACVTAP, "", "", "lower", "b", "mtu", "1", NULL);
  g_autoptr (VrOp) none = vr_op_new (VR_OP_MACVTAP, "", "", "mtu", "1", NULL);
  g_assert_false (vr_op_must_remake (VR_OP_MACVTAP, one->want, two->want));
  g_assert_true (vr_op_must_remake (VR_OP_MACVTAP, one->want, three->want));
  g_assert_true (vr_op_must_remake (VR_OP_MACVTAP, one->want, none->want));
  g_assert_false (vr_op_must_remake (VR_OP_MACVTAP, none->want, one->want));
  g_assert_false (vr_op_must_remake (VR_OP_TAP, one->want, three->want));
}

/* What each row of the table must hold, or the executor would go wrong quietly. */
static void
test_traits (void)
{
  for (VrOpKind kind = 0; kind < VR_OP_KINDS; kind++) {
    const VrOpTraits *traits = vr_op_traits (kind);
    g_assert_nonnull (traits->fixed);
    g_assert_cmpuint (traits->at_once, >=, 1);
    if (traits->flags & VR_OP_CREATES)
      g_assert_true (traits->flags & VR_OP_LASTS);
    if (traits->flags & VR_OP_LINKS)
      g_assert_true (traits->flags & VR_OP_CREATES);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/op/kind-names", test_kind_names);
  g_test_add_func ("/op/new", test_new);
  g_test_add_func ("/op/copy", test_copy);
  g_test_add_func ("/op/is-so", test_is_so);
  g_test_add_func ("/op/must-remake", test_must_remake);
  g_test_add_func ("/op/traits", test_traits);
  return g_test_run ();
}
