/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the whole host that labs hold, by themselves and under the executors of two labs. */
#include "executor-fixture.h"

#include "apply/vr-exclusive-mark.h"
#include "sys/vr-mark.h"

#define LAB(name, port)                                                                            \
  "[lab]\nname = " name "\n[port wire]\ndevice = eth7\n" port                                      \
  "[router n]\nkind = native\ninterface = wire 198.18.3.1/24\n"

typedef struct {
  char *dir;
  char *before;
  Rig a, b;
} Fixture;

static void
furnish_knobs (const char *dir)
{
  g_autoptr (FakeHost) host = fake_host_open (dir);
  fake_host_set (host, "knob/irq/40", "value", "0-3");
  fake_host_set (host, "knob/governor/1", "value", "powersave");
}

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->dir = rig_dir_new ();
  rig_furnish (f->dir);
  furnish_knobs (f->dir);
  f->before = fake_host_print (f->dir);
  rig_open (&f->a, f->dir, "a");
  rig_open (&f->b, f->dir, "b");
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  rig_clear (&f->a);
  rig_clear (&f->b);
  g_free (f->before);
  rig_dir_remove (f->dir);
  g_free (f->dir);
}

/* As another process: it sees what the host is now. */
static void
rig_reopen (Rig *rig)
{
  g_autofree char *dir = g_strdup (rig->dir);
  g_autofree char *lab = g_strdup (rig->lab);
  rig_clear (rig);
  rig_open (rig, dir, lab);
}

static void
up (Rig *rig, const char *profile)
{
  g_autoptr (VrPlan) plan = plan_of (profile);
  rig_reopen (rig);
  rig_apply (rig, plan);
  rig_apply (rig, plan);
  g_assert_cmpuint (rig->outcome.kept, ==, plan->ops->len);
}

static void
down (Rig *rig)
{
  rig_reopen (rig);
  rig_undo (rig);
  rig_assert_clean (rig);
}

static void
assert_nic (Rig *rig, const char *key, const char *value)
{
  rig_reopen (rig);
  g_assert_cmpstr (fake_host_get (rig_host (rig), "link/eth7", key), ==, value);
}

static void
assert_restored (Fixture *f)
{
  g_autofree char *after = fake_host_print (f->dir);
  g_assert_cmpstr (after, ==, f->before);
  g_assert_cmpuint (rig_claim_files (&f->a), ==, 0);
}

/* Whichever goes first, what the other holds stays, and the last one restores. */
static void
test_both_orders (Fixture *f, gconstpointer unused)
{
  (void) unused;
  for (guint i = 0; i < 2; i++) {
    Rig *first = i == 0 ? &f->a : &f->b, *last = i == 0 ? &f->b : &f->a;
    up (&f->a, LAB ("a", "mtu = 2000\n"));
    up (&f->b, LAB ("b", "mtu = 2000\npromiscuous = on\n"));
    down (first);
    assert_nic (last, "mtu", "2000");
    assert_nic (last, "up", "yes");
    assert_nic (last, "promiscuous", i == 0 ? "yes" : "no");
    g_assert_true (fake_host_has (rig_host (last), "offloads/eth7"));
    down (last);
    assert_restored (f);
  }
}

static void
test_conflict (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlan) plan = plan_of (LAB ("b", "mtu = 1400\n"));
  up (&f->a, LAB ("a", "mtu = 2000\n"));
  g_autofree char *before = fake_host_print (f->dir);
  rig_reopen (&f->b);
  g_assert_false (vr_executor_apply (&f->b.executor, plan, &f->b.outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  static const char *const parts[] = { "t.conf:3", "lab a", "mtu", "eth7", "2000", "1400" };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_assert_nonnull (strstr (error->message, parts[i]));
  down (&f->b);
  g_autofree char *after = fake_host_print (f->dir);
  g_assert_cmpstr (after, ==, before);
  up (&f->a, LAB ("a", "mtu = 2000\n"));
  down (&f->a);
  assert_restored (f);
}

/* A change of one lab gives back what no lab holds any more, and only that. */
static void
test_change_gives_back (Fixture *f, gconstpointer unused)
{
  (void) unused;
  up (&f->a, LAB ("a", "mtu = 2000\npromiscuous = on\n"));
  up (&f->b, LAB ("b", "mtu = 2000\n"));
  up (&f->a, LAB ("a", ""));
  assert_nic (&f->a, "promiscuous", "no");
  assert_nic (&f->a, "mtu", "2000");
  down (&f->b);
  assert_nic (&f->a, "mtu", "1500");
  assert_nic (&f->a, "up", "yes");
  down (&f->a);
  assert_restored (f);
}

#define HOST_LAB(name, host) LAB (name, "") "[host]\n" host

static void
assert_knob (Rig *rig, const char *knob, const char *value)
{
  rig_reopen (rig);
  g_assert_cmpstr (fake_host_get (rig_host (rig), knob, "value"), ==, value);
}

/* Values of [host] go the same way. */
static void
test_knobs (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlan) other = plan_of (HOST_LAB ("b", "rt-runtime = off\n"));
  for (guint i = 0; i < 2; i++) {
    Rig *first = i == 0 ? &f->a : &f->b, *last = i == 0 ? &f->b : &f->a;
    up (&f->a, HOST_LAB ("a", "rt-runtime = 960ms\n"));
    up (&f->b, HOST_LAB ("b", "rt-runtime = 960ms\noffline = 2\n"));
    down (first);
    assert_knob (last, "knob/rt-runtime", "960000");
    assert_knob (last, "knob/online/2", i == 0 ? "0" : NULL);
    down (last);
    assert_restored (f);
  }
  up (&f->a, HOST_LAB ("a", "rt-runtime = 960ms\n"));
  rig_reopen (&f->b);
  g_assert_false (vr_executor_apply (&f->b.executor, other, &f->b.outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "lab a holds value of rt-runtime at 960000"));
  down (&f->b);
  down (&f->a);
  assert_restored (f);
}

/* CPUs offline, interrupts, the governor and adaptive coalescing, each held by two labs. */
static void
test_host_both_orders (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char host[] = "[host]\noffline = 3\ninterrupts = wire 1\ngovernor = performance\n";
  static const char *const held[][2]
      = { { "knob/online/3", "0" }, { "knob/irq/40", "1" }, { "knob/governor/1", "performance" } };
  for (guint i = 0; i < 2; i++) {
    Rig *first = i == 0 ? &f->a : &f->b, *last = i == 0 ? &f->b : &f->a;
    g_autofree char *a = g_strconcat (LAB ("a", "adaptive-coalescing = off\n"), host, NULL);
    g_autofree char *b = g_strconcat (LAB ("b", "adaptive-coalescing = off\n"), host, NULL);
    up (&f->a, a);
    up (&f->b, b);
    down (first);
    for (guint k = 0; k < G_N_ELEMENTS (held); k++)
      assert_knob (last, held[k][0], held[k][1]);
    assert_nic (last, "adaptive-coalescing", "off");
    down (last);
    assert_restored (f);
  }
}

/* One CPU cannot serve an interrupt for one lab, and not for another. */
static void
test_interrupt_conflict (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlan) plan = plan_of (HOST_LAB ("b", "interrupts = wire 2\n"));
  up (&f->a, HOST_LAB ("a", "interrupts = wire 1\n"));
  rig_reopen (&f->b);
  g_assert_false (vr_executor_apply (&f->b.executor, plan, &f->b.outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "lab a holds value of irq/40 at 1"));
  down (&f->b);
  assert_knob (&f->a, "knob/irq/40", "1");
  down (&f->a);
  assert_restored (f);
}

static void
test_value_changes (Fixture *f, gconstpointer unused)
{
  (void) unused;
  up (&f->a, LAB ("a", "mtu = 2000\n"));
  up (&f->a, LAB ("a", "mtu = 3000\n"));
  up (&f->a, LAB ("a", "mtu = 4000\n"));
  down (&f->a);
  assert_restored (f);
}

#define GUEST(name, threads)                                                                       \
  "[lab]\nname = " name "\n[port left]\ndevice = test\n"                                           \
  "[router r]\nvcpus = 2\ninterface = left 198.18.1.1/24\n[schedule r]\n" threads

/* Each lab's CPUs are its own; one that a lab has is refused, and names that lab. */
static void
test_exclusive (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlan) plan = plan_of (GUEST ("b", "vcpu.0 = fifo 1 @1 exclusive\n"));
  up (&f->a, GUEST ("a", "vcpu.0 = fifo 1 @1 exclusive\n"));
  rig_reopen (&f->b);
  g_assert_false (vr_executor_apply (&f->b.executor, plan, &f->b.outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "lab a holds thread of cpu 1 at vrkit-a-r/vcpu.0"));
  g_clear_error (&error);
  down (&f->b);
  up (&f->b, GUEST ("b", "vcpu.0 = fifo 1 @2-3 exclusive\n"));
  g_autoptr (GHashTable) others = vr_claims_of_others (f->a.claims, VR_OP_EXCLUSIVE, "a", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (others), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (others, "cpu 3"), ==, "b");
  down (&f->a);
  g_assert_false (fake_host_has (rig_host (&f->a), "exclusive/cpu 1"));
  down (&f->b);
  assert_restored (f);
}

/* All are given up before any is taken, so that they may change places. */
static void
test_exclusive_swap (Fixture *f, gconstpointer unused)
{
  (void) unused;
  up (&f->a, GUEST ("a", "vcpu.0 = fifo 1 @1 exclusive\nvcpu.1 = fifo 1 @2 exclusive\n"));
  up (&f->a, GUEST ("a", "vcpu.0 = fifo 1 @2 exclusive\nvcpu.1 = fifo 1 @1 exclusive\n"));
  rig_reopen (&f->a);
  g_assert_cmpstr (fake_host_get (rig_host (&f->a), "exclusive/cpu 2", "thread"), ==,
                   "vrkit-a-r/vcpu.0");
  up (&f->a, GUEST ("a", "vcpu.0 = fifo 1 @2\nvcpu.1 = fifo 1 @1 exclusive\n"));
  rig_reopen (&f->a);
  g_assert_false (fake_host_has (rig_host (&f->a), "exclusive/cpu 2"));
  g_assert_null (fake_host_get (rig_host (&f->a), "thread/vrkit-a-r/vcpu.0", "exclusive"));
  down (&f->a);
  assert_restored (f);
}

/* --- By themselves -----------------------------------------------------------------------------
 */

static VrOp *
link_op (const char *key, const char *value)
{
  return vr_op_new (VR_OP_LINK, "eth7", "t.conf:3", key, value, NULL);
}

static void
take (Fixture *f, const char *lab, const char *key, const char *value, const char *found)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrOp) op = link_op (key, value);
  g_autoptr (VrOp) is = link_op (key, found);
  vr_claims_take (f->a.claims, lab, op, is->want, &error);
  g_assert_no_error (error);
}

/* What dropping says is to be restored, as "KEY=VALUE " sorted; "" for nothing. */
static char *
drop (Fixture *f, const char *lab)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrOp) op = link_op (NULL, NULL);
  g_autoptr (GVariant) restore = NULL;
  g_assert_true (vr_claims_drop (f->a.claims, lab, op, &restore, &error));
  GString *text = g_string_new (NULL);
  static const char *const keys[] = { "mtu", "up" };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (vr_op_lookup (restore, keys[i]) != NULL)
      g_string_append_printf (text, "%s=%s ", keys[i], vr_op_lookup (restore, keys[i]));
  return g_string_free (text, FALSE);
}

static void
forget (Fixture *f)
{
  g_autoptr (VrOp) op = link_op (NULL, NULL);
  g_assert_true (vr_claims_forget (f->a.claims, op, NULL));
}

/* A crash between dropping and forgetting loses nothing, whoever comes next. */
static void
test_crash_before_forget (Fixture *f, gconstpointer unused)
{
  (void) unused;
  take (f, "a", "mtu", "2000", "1500");
  g_autofree char *first = drop (f, "a");
  g_autofree char *again = drop (f, "a");
  g_assert_cmpstr (first, ==, "mtu=1500 ");
  g_assert_cmpstr (again, ==, "mtu=1500 ");
  take (f, "b", "mtu", "3000", "2000");
  g_autofree char *last = drop (f, "b");
  g_assert_cmpstr (last, ==, "mtu=1500 ");
  forget (f);
  g_assert_cmpuint (rig_claim_files (&f->a), ==, 0);
}

static void
test_no_claim (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *nothing = drop (f, "a");
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpuint (rig_claim_files (&f->a), ==, 0);
  forget (f);
}

static void
go_down_early (VrStep step, const VrOp *op, gpointer data)
{
  Fixture *f = data;
  (void) step;
  (void) op;
  if (rig_claim_files (&f->b) == 0 || vr_journal_entries (f->b.journal)->len == 0)
    return;
  rig_undo (&f->b);
  g_assert_cmpstr (fake_host_get (rig_host (&f->b), "offloads/eth7", "offloads"), !=, "off");
}

/* A lab goes down while another, which wants the same value, has seen it and not yet claimed it. */
static void
test_restored_meanwhile (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) plan = plan_of (LAB ("a", "mtu = 2000\n"));
  up (&f->b, LAB ("b", "mtu = 2000\n"));
  f->a.executor.backend = f->b.executor.backend;
  f->a.executor.progress = go_down_early;
  f->a.executor.progress_data = f;
  rig_apply (&f->a, plan);
  g_assert_cmpuint (vr_journal_entries (f->b.journal)->len, ==, 0);
  g_assert_cmpstr (fake_host_get (rig_host (&f->b), "offloads/eth7", "offloads"), ==, "off");
  rig_undo (&f->a);
  g_autofree char *after = fake_host_print (f->dir);
  g_assert_cmpstr (after, ==, f->before);
}

static void
test_check (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrOp) same = link_op ("mtu", "2000");
  g_autoptr (VrOp) other = link_op ("mtu", "9000");
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_claims_check (f->b.claims, "b", other, NULL));
  g_assert_cmpuint (rig_claim_files (&f->b), ==, 0);
  take (f, "a", "mtu", "2000", "1500");
  g_assert_true (vr_claims_check (f->b.claims, "b", same, NULL));
  g_assert_true (vr_claims_check (f->a.claims, "a", other, NULL));
  g_assert_false (vr_claims_check (f->b.claims, "b", other, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
}

/* A claim on something that was not there has nothing to restore, and leaves no file. */
static void
test_absent_thing (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrOp) op = link_op ("mtu", "2000");
  g_assert_true (vr_claims_take (f->a.claims, "a", op, NULL, NULL));
  g_autofree char *nothing = drop (f, "a");
  g_assert_cmpstr (nothing, ==, "");
  forget (f);
  g_assert_cmpuint (rig_claim_files (&f->a), ==, 0);
}

/* What was given back is no original any more. */
static void
test_forgotten_original (Fixture *f, gconstpointer unused)
{
  (void) unused;
  take (f, "a", "mtu", "2000", "1500");
  take (f, "b", "up", "yes", "no");
  g_autofree char *first = drop (f, "a");
  g_assert_cmpstr (first, ==, "mtu=1500 ");
  forget (f);
  take (f, "a", "mtu", "2000", "9000");
  g_autofree char *second = drop (f, "a");
  g_assert_cmpstr (second, ==, "mtu=9000 ");
}

static void
test_of_lab (Fixture *f, gconstpointer unused)
{
  (void) unused;
  take (f, "a", "mtu", "2000", "1500");
  take (f, "b", "up", "yes", "no");
  g_autoptr (GPtrArray) ops = vr_claims_of_lab (f->a.claims, "a", NULL);
  g_assert_cmpuint (ops->len, ==, 1);
  const VrOp *op = ops->pdata[0];
  g_assert_cmpint (op->kind, ==, VR_OP_LINK);
  g_assert_cmpstr (op->target, ==, "eth7");
  g_assert_cmpstr (vr_op_get (op, "mtu"), ==, "2000");
  g_assert_null (vr_op_get (op, "up"));
  g_assert_true (op->shared);
}

/* Killed between giving up and restoring: who looks next restores it. */
static void
test_of_nobody (Fixture *f, gconstpointer unused)
{
  (void) unused;
  take (f, "a", "mtu", "2000", "1500");
  g_autofree char *lost = drop (f, "a");
  g_assert_cmpstr (lost, ==, "mtu=1500 ");
  g_autoptr (GPtrArray) ops = vr_claims_of_lab (f->b.claims, "b", NULL);
  g_assert_cmpuint (ops->len, ==, 1);
  g_assert_cmpstr (((const VrOp *) ops->pdata[0])->target, ==, "eth7");
  g_autofree char *again = drop (f, "b");
  g_assert_cmpstr (again, ==, "mtu=1500 ");
  forget (f);
  g_assert_cmpuint (rig_claim_files (&f->a), ==, 0);
}

/* What the host tells when the files are lost: the lab holds it again, nobody else gets it, and
 * what is on record goes before. */
static void
test_marks (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) restore = NULL;
  VrExclusiveMark one = { 1, (char *) "a", (char *) "vrkit-a-r/vcpu.0", (char *) "/machine.slice" };
  VrExclusiveMark two = { 2, (char *) "a", (char *) "vrkit-a-r/vcpu.1", (char *) "/machine.slice" };
  g_autoptr (GPtrArray) marks = g_ptr_array_new ();
  g_ptr_array_add (marks, &one);
  g_ptr_array_add (marks, &two);
  g_autoptr (VrOp) others = vr_op_new (VR_OP_EXCLUSIVE, "cpu 2", "t.conf:3", "thread",
                                       "vrkit-b-r/vcpu.0", "group", "/machine.slice", NULL);
  g_assert_true (vr_claims_take (f->a.claims, "b", others, NULL, NULL));
  g_assert_true (vr_exclusive_marks_claim (marks, f->a.claims, &error));
  g_assert_no_error (error);

  g_autoptr (GPtrArray) ops = vr_claims_of_lab (f->a.claims, "a", NULL);
  g_assert_cmpuint (ops->len, ==, 1);
  const VrOp *op = ops->pdata[0];
  g_assert_cmpint (op->kind, ==, VR_OP_EXCLUSIVE);
  g_assert_cmpstr (op->target, ==, "cpu 1");
  g_assert_cmpstr (vr_op_get (op, "thread"), ==, "vrkit-a-r/vcpu.0");
  g_autoptr (VrOp) wanted = vr_op_new (VR_OP_EXCLUSIVE, "cpu 1", "t.conf:3", "thread",
                                       "vrkit-b-r/vcpu.0", "group", "/machine.slice", NULL);
  g_assert_false (vr_claims_check (f->b.claims, "b", wanted, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_true (vr_claims_drop (f->a.claims, "a", op, &restore, NULL));
  g_assert_cmpstr (vr_op_lookup (restore, "thread"), ==, "none");
}

static void
test_corrupt (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const texts[] = {
    "",
    "{}",
    "{\"schema\":\"vrkit.claim/1\"}",
    "{\"schema\":\"vrkit.claim/1\",\"kind\":\"link\",\"target\":\"x\",\"labs\":[]}",
    "{\"schema\":\"vrkit.claim/1\",\"kind\":\"nonsense\",\"target\":\"x\",\"labs\":{}}",
  };
  g_autofree char *path = g_build_filename (f->dir, "claims", "0123.claim", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
    g_assert_null (vr_claims_of_lab (f->a.claims, "a", &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (error->message, path));
  }
}

/* Of a state directory that is lost the kernel has copies, and so the last lab to leave still knows
 * what was there before. What is given up has none. */
static void
test_lost (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrOp) op = vr_op_new (VR_OP_KNOB, "online/3", "a test", "value", "0", NULL);
  g_autoptr (VrOp) before = vr_op_new (VR_OP_KNOB, "online/3", "a test", "value", "1", NULL);
  g_autoptr (VrOp) now = vr_op_new (VR_OP_KNOB, "online/3", "a test", "value", "0", NULL);
  g_autoptr (GVariant) restore = NULL;
  g_autofree char *directory = g_build_filename (f->dir, "lost", NULL);
  g_autoptr (VrClaims) claims = vr_claims_open (directory, &error);
  if (!vr_mark_write (f->dir, "trusted.vrkit.try", "1")) {
    g_test_skip ("only root can mark files, where the file system has such marks");
    return;
  }
  g_assert_true (vr_mark_remove (f->dir, "trusted.vrkit.try"));
  g_assert_true (vr_claims_keep_copies (claims, f->dir, &error));
  g_assert_true (vr_claims_take (claims, "a", op, before->want, &error));
  rig_dir_remove (directory);
  g_autoptr (VrClaims) later = vr_claims_open (directory, &error);
  g_assert_true (vr_claims_keep_copies (later, f->dir, &error));
  g_assert_true (vr_claims_take (later, "b", op, now->want, &error));
  g_assert_true (vr_claims_drop (later, "b", op, &restore, &error));
  g_assert_null (restore);
  g_assert_true (vr_claims_drop (later, "a", op, &restore, &error));
  g_assert_cmpstr (vr_op_lookup (restore, "value"), ==, "1");
  g_assert_true (vr_claims_forget (later, op, &error));
  g_autoptr (GHashTable) left = vr_marks_read (f->dir, "trusted.vrkit.");
  g_assert_cmpuint (g_hash_table_size (left), ==, 0);
  rig_dir_remove (directory);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *f, gconstpointer unused);
  } tests[] = {
    { "/claims/both-orders", test_both_orders },
    { "/claims/conflict", test_conflict },
    { "/claims/change-gives-back", test_change_gives_back },
    { "/claims/knobs", test_knobs },
    { "/claims/host-both-orders", test_host_both_orders },
    { "/claims/interrupt-conflict", test_interrupt_conflict },
    { "/claims/value-changes", test_value_changes },
    { "/claims/exclusive", test_exclusive },
    { "/claims/exclusive-swap", test_exclusive_swap },
    { "/claims/crash-before-forget", test_crash_before_forget },
    { "/claims/no-claim", test_no_claim },
    { "/claims/restored-meanwhile", test_restored_meanwhile },
    { "/claims/check", test_check },
    { "/claims/lost", test_lost },
    { "/claims/absent-thing", test_absent_thing },
    { "/claims/forgotten-original", test_forgotten_original },
    { "/claims/of-lab", test_of_lab },
    { "/claims/of-nobody", test_of_nobody },
    { "/claims/marks", test_marks },
    { "/claims/corrupt", test_corrupt },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
