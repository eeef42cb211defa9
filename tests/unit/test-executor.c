/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executor on a fake host: what is done, in which order, and what is left when something fails.
 * What is left by a crash is test-kill.c's. */
#include "executor-fixture.h"

typedef struct {
  char *dir;
  char *before; /* the host without a lab */
  Rig rig;      /* of lab "full" */
  VrPlan *plan; /* of FULL_PROFILE */
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->dir = rig_dir_new ();
  rig_furnish (f->dir);
  f->before = fake_host_print (f->dir);
  rig_open (&f->rig, f->dir, "full");
  f->plan = plan_of (FULL_PROFILE);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  rig_clear (&f->rig);
  vr_plan_free (f->plan);
  g_free (f->before);
  rig_dir_remove (f->dir);
  g_free (f->dir);
}

static void
assert_all_gone (Fixture *f)
{
  g_autofree char *after = fake_host_print (f->dir);
  rig_assert_clean (&f->rig);
  g_assert_cmpstr (after, ==, f->before);
  g_assert_cmpuint (rig_claim_files (&f->rig), ==, 0);
}

static void
assert_in_order (Fixture *f)
{
  g_autofree char *wrongs = fake_host_wrongs (f->dir);
  g_assert_cmpstr (wrongs, ==, "");
}

/* Fails, with an error whose message holds `fragment`. */
static void
apply_fails (Rig *rig, const VrPlan *plan, VrErrorCode code, const char *fragment)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_executor_apply (&rig->executor, plan, &rig->outcome, &error));
  g_assert_error (error, VR_ERROR, (int) code);
  if (strstr (error->message, fragment) == NULL)
    g_error ("no \"%s\" in: %s", fragment, error->message);
}

/* Where a line that begins so stands in the log; every log has it. */
static gssize
place_in (const char *log, const char *verb, const char *id)
{
  g_autofree char *line = g_strdup_printf ("%s %s\n", verb, id);
  const char *at = g_str_has_prefix (log, line) ? log : strstr (log, line);
  if (at == NULL)
    g_error ("no \"%s %s\" in:\n%s", verb, id, log);
  return at - log;
}

static gboolean
has_line (const char *log, const char *verb, const char *id)
{
  g_autofree char *line = g_strdup_printf ("%s %s\n", verb, id);
  return strstr (log, line) != NULL;
}

static const VrJournalEntry *
entry_of (Rig *rig, const char *id)
{
  g_autoptr (GHashTable) entries = vr_journal_by_id (rig->journal);
  return g_hash_table_lookup (entries, id);
}

static guint
domains_of (const char *log, const char *verb)
{
  g_autofree char *prefix = g_strdup_printf ("%s domain ", verb);
  g_auto (GStrv) parts = g_strsplit (log, prefix, -1);
  return g_strv_length (parts) - 1;
}

/* --- Up and down -------------------------------------------------------------------------------
 */

static void
test_first_up_in_order (Fixture *f, gconstpointer unused)
{
  (void) unused;
  rig_apply (&f->rig, f->plan);
  g_assert_cmpuint (f->rig.outcome.applied, ==, f->plan->ops->len);
  g_assert_cmpuint (f->rig.outcome.kept + f->rig.outcome.undone, ==, 0);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  gssize last = -1;
  for (guint i = 0; i < f->plan->ops->len; i++) {
    const VrOp *op = f->plan->ops->pdata[i];
    g_autofree char *id = vr_op_id (op);
    gssize place = place_in (log, "apply", id);
    /* Those that go on together may pass one another. */
    if (vr_op_traits (op->kind)->at_once == 1)
      g_assert_cmpint (place, >, last);
    last = MAX (place, last);
  }
}

static void
test_second_up_changes_nothing (Fixture *f, gconstpointer unused)
{
  (void) unused;
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  g_autofree char *before = fake_host_print (f->dir);
  rig_apply (&f->rig, f->plan);
  g_assert_cmpuint (f->rig.outcome.kept, ==, f->plan->ops->len);
  g_assert_cmpuint (f->rig.outcome.applied + f->rig.outcome.undone, ==, 0);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_autofree char *after = fake_host_print (f->dir);
  g_assert_cmpstr (log, ==, "");
  g_assert_cmpstr (after, ==, before);
}

static void
test_undo_reverses (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *tap = plan_id (f->plan, VR_OP_TAP, "r1/right");
  g_autofree char *veth = plan_id (f->plan, VR_OP_VETH, "port:right");
  g_autofree char *bridge = plan_id (f->plan, VR_OP_BRIDGE, "bridge:right");
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  rig_undo (&f->rig);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_cmpint (place_in (log, "undo", "domain vrkit-full-r1"), <, place_in (log, "undo", tap));
  g_assert_cmpint (place_in (log, "undo", tap), <, place_in (log, "undo", veth));
  g_assert_cmpint (place_in (log, "undo", veth), <, place_in (log, "undo", bridge));
  /* What goes with its namespace is not undone one by one. */
  g_assert_null (strstr (log, "undo address"));
  g_assert_null (strstr (log, "undo sysctl"));
  g_assert_cmpuint (f->rig.outcome.undone, >, 40);
  assert_all_gone (f);
  rig_undo (&f->rig);
  g_assert_cmpuint (f->rig.outcome.undone, ==, 0);
}

static void
test_interrupted (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  f->rig.executor.cancellable = cancellable;
  g_cancellable_cancel (cancellable);
  apply_fails (&f->rig, f->plan, VR_ERROR_UNWANTED, "interrupted");
  assert_all_gone (f);
}

/* --- Changes -----------------------------------------------------------------------------------
 */

static void
test_change_in_place (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *link = plan_id (f->plan, VR_OP_MACVTAP, "r1/left");
  g_autofree char *thing = g_strconcat ("link/", link + strlen ("macvtap "), NULL);
  g_autoptr (VrPlan) changed = plan_of_full_but ("[port left]\ndevice = test\n",
                                                 "[port left]\ndevice = test\nqueue-length = 7\n");
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  rig_apply (&f->rig, changed);
  g_assert_cmpuint (f->rig.outcome.applied, ==, 2);
  g_assert_cmpuint (f->rig.outcome.undone, ==, 0);
  g_assert_cmpstr (fake_host_get (rig_host (&f->rig), thing, "queue-length"), ==, "7");
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_true (has_line (log, "apply", link));
  g_assert_null (strstr (log, "domain"));
  /* Its entry now stands behind the guest's; it goes after the guest all the same. */
  rig_undo (&f->rig);
  assert_all_gone (f);
}

static void
test_change_of_rings (Fixture *f, gconstpointer unused)
{
  static const char nic[] = "link/eth7";
  (void) unused;
  g_autoptr (VrPlan) fewer = plan_of_full_but ("rx-ring = 512\nrx-usecs = 0\n", "rx-ring = 128\n");
  g_autoptr (VrPlan) none = plan_of_full_but ("rx-ring = 512\nrx-usecs = 0\n", "");
  rig_apply (&f->rig, f->plan);
  g_assert_cmpstr (fake_host_get (rig_host (&f->rig), nic, "rx-ring"), ==, "512");
  g_assert_cmpstr (fake_host_get (rig_host (&f->rig), nic, "rx-usecs"), ==, "0");
  rig_apply (&f->rig, fewer);
  g_assert_cmpstr (fake_host_get (rig_host (&f->rig), nic, "rx-ring"), ==, "128");
  g_assert_cmpstr (fake_host_get (rig_host (&f->rig), nic, "rx-usecs"), ==, "3");
  rig_apply (&f->rig, none);
  g_assert_cmpstr (fake_host_get (rig_host (&f->rig), nic, "rx-ring"), ==, "256");
  rig_undo (&f->rig);
  assert_all_gone (f);
}

static void
test_change_keeps_first_old (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char sysctl[] = "sysctl vrkit-full-n1/net.ipv4.ip_forward";
  g_autoptr (VrPlan) off = plan_of_full_but ("[router n1]\n", "[router n1]\nforwarding = off\n");
  rig_apply (&f->rig, f->plan);
  g_assert_cmpstr (vr_op_lookup (entry_of (&f->rig, sysctl)->old, "value"), ==, "default");
  rig_apply (&f->rig, off);
  g_assert_cmpstr (
      fake_host_get (rig_host (&f->rig), "sysctl/vrkit-full-n1/net.ipv4.ip_forward", "value"), ==,
      "0");
  g_assert_cmpstr (vr_op_lookup (entry_of (&f->rig, sysctl)->old, "value"), ==, "default");
  g_assert_cmpstr (vr_op_get (entry_of (&f->rig, sysctl)->op, "value"), ==, "0");
}

/* A key of a fixed kind: the veth's far end gets another name, and all that hangs on it goes. */
static void
test_remake_with_dependants (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) changed = plan_of (FULL_PROFILE);
  g_autofree char *veth = plan_id (changed, VR_OP_VETH, "port:left");
  g_autofree char *macvtap = plan_id (changed, VR_OP_MACVTAP, "r1/left");
  g_autofree char *tap = plan_id (changed, VR_OP_TAP, "r1/right");
  for (guint i = 0; i < changed->ops->len; i++) {
    VrOp *op = changed->ops->pdata[i];
    g_autofree char *id = vr_op_id (op);
    if (strcmp (id, veth) != 0)
      continue;
    g_variant_unref (op->want);
    g_autoptr (VrOp) other = vr_op_new (VR_OP_VETH, op->target, "", "alias", "vrkit:full:port:left",
                                        "peer", "left", "peer-netns", "vrkit-full-left", "peer-mac",
                                        "52:54:00:00:00:77", "up", "yes", NULL);
    op->want = g_variant_ref (other->want);
  }
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  rig_apply (&f->rig, changed);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_cmpint (place_in (log, "undo", "domain vrkit-full-r1"), <,
                   place_in (log, "undo", macvtap));
  g_assert_cmpint (place_in (log, "undo", macvtap), <, place_in (log, "undo", veth));
  g_assert_cmpint (place_in (log, "undo", veth), <, place_in (log, "apply", veth));
  g_assert_cmpint (place_in (log, "apply", macvtap), <,
                   place_in (log, "apply", "domain vrkit-full-r1"));
  place_in (log, "apply", "address vrkit-full-left/left/198.18.1.2/24");
  place_in (log, "apply", "route vrkit-full-left/0.0.0.0/0");
  place_in (log, "apply", "macvlan vrkit-full-n1/left");
  place_in (log, "apply", "sysctl vrkit-full-n1/net.ipv4.conf.left.send_redirects");
  place_in (log, "apply", "ready vrkit-full-r1");
  /* What does not need it is left alone. */
  g_assert_false (has_line (log, "undo", tap));
  g_assert_false (has_line (log, "undo", "domain vrkit-full-r2"));
  assert_in_order (f);
  rig_apply (&f->rig, changed);
  g_assert_cmpuint (f->rig.outcome.kept, ==, changed->ops->len);
  rig_undo (&f->rig);
  assert_all_gone (f);
}

static void
test_changed_guest (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) changed = plan_of_full_but ("[router r1]\n", "[router r1]\nmemory = 256M\n");
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  rig_apply (&f->rig, changed);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_cmpstr (log, ==,
                   "undo domain vrkit-full-r1\napply domain vrkit-full-r1\n"
                   "apply ready vrkit-full-r1\n");
}

/* A tap is made for more than one queue, a macvtap only opened for them. */
static void
test_changed_queues (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) changed
      = plan_of_full_but ("[router r1]\ninterface = left 198.18.1.1/24, right 198.18.2.1/24",
                          "[router r1]\nvcpus = 2\n"
                          "interface = left 198.18.1.1/24 queues=2, right 198.18.2.1/24 queues=2");
  g_autofree char *tap = plan_id (changed, VR_OP_TAP, "r1/right");
  g_autofree char *macvtap = plan_id (changed, VR_OP_MACVTAP, "r1/left");
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  rig_apply (&f->rig, changed);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_true (has_line (log, "undo", tap));
  g_assert_true (has_line (log, "apply", tap));
  g_assert_null (strstr (log, macvtap));
  g_assert_cmpuint (place_in (log, "undo", "domain vrkit-full-r1"), <, place_in (log, "undo", tap));
  rig_undo (&f->rig);
  assert_all_gone (f);
}

/* A port that changes from bridge to macvtap and back: the interface keeps its name. */
static void
test_changed_attachment (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) changed = plan_of_full_but ("eth8\nattach = bridge\n", "eth8\n");
  const VrPlan *const plans[] = { f->plan, changed, f->plan };
  for (gsize i = 0; i < G_N_ELEMENTS (plans); i++) {
    rig_apply (&f->rig, plans[i]);
    rig_apply (&f->rig, plans[i]);
    g_assert_cmpuint (f->rig.outcome.kept, ==, plans[i]->ops->len);
    assert_in_order (f);
  }
  rig_undo (&f->rig);
  assert_all_gone (f);
}

static void
test_removed_router (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) changed
      = plan_of_full_but ("[router arm]\ninterface = left 198.18.1.3/24 198.18.5.3/24\n", "");
  g_autofree char *link = plan_id (f->plan, VR_OP_MACVTAP, "arm/left");
  g_autofree char *config = plan_id (f->plan, VR_OP_CONFIG, "/arm-");
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  rig_apply (&f->rig, changed);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3 + 1);
  g_assert_cmpstr (lines[0], ==, "undo domain vrkit-full-arm");
  place_in (log, "undo", link);
  place_in (log, "undo", config);
  g_assert_cmpuint (f->rig.outcome.undone, ==, 3);
  g_assert_cmpuint (f->rig.outcome.applied, ==, 0);
}

/* A NIC's setting that the profile no longer has is restored at once. */
static void
test_released_setting (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrPlan) changed = plan_of_full_but ("mtu = 2000\n", "promiscuous = on\n");
  FakeHost *host = rig_host (&f->rig);
  rig_apply (&f->rig, f->plan);
  g_assert_cmpstr (fake_host_get (host, "link/eth7", "mtu"), ==, "2000");
  rig_apply (&f->rig, changed);
  g_assert_cmpstr (fake_host_get (host, "link/eth7", "mtu"), ==, "1500");
  g_assert_cmpstr (fake_host_get (host, "link/eth7", "promiscuous"), ==, "yes");
  rig_undo (&f->rig);
  assert_all_gone (f);
}

/* Neither does a router keep it, though its namespace stays. */
static void
test_released_sysctl (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char thing[] = "sysctl/vrkit-full-n1/net.ipv4.conf.left.send_redirects";
  g_autoptr (VrPlan) changed
      = plan_of_full_but ("sysctl = net.ipv4.conf.left.send_redirects 0\n", "");
  rig_apply (&f->rig, f->plan);
  g_assert_true (fake_host_has (rig_host (&f->rig), thing));
  rig_apply (&f->rig, changed);
  g_assert_false (fake_host_has (rig_host (&f->rig), thing));
}

/* --- Drift -------------------------------------------------------------------------------------
 */

/* Each thing is deleted behind the executor's back, with all that hangs on it; one run repairs it.
 */
static void
test_drift_is_repaired (Fixture *f, gconstpointer unused)
{
  (void) unused;
  rig_apply (&f->rig, f->plan);
  g_autofree char *whole = fake_host_print (f->dir);
  g_auto (GStrv) things = fake_host_names (rig_host (&f->rig), "");
  for (char **thing = things; *thing != NULL; thing++) {
    if (strcmp (*thing, "link/eth7") == 0 || strcmp (*thing, "link/eth8") == 0)
      continue;
    g_autofree char *wrong = g_build_filename (f->dir, "wrong", NULL);
    fake_host_remove (rig_host (&f->rig), *thing);
    g_unlink (wrong);
    rig_apply (&f->rig, f->plan);
    g_autofree char *repaired = fake_host_print (f->dir);
    if (strcmp (repaired, whole) != 0)
      g_error ("after %s went:\n%s\nnot\n%s", *thing, repaired, whole);
    rig_apply (&f->rig, f->plan);
    g_assert_cmpuint (f->rig.outcome.kept, ==, f->plan->ops->len);
    assert_in_order (f);
  }
  rig_undo (&f->rig);
  assert_all_gone (f);
}

static void
test_lost_bridge_restarts_guest (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *bridge = plan_id (f->plan, VR_OP_BRIDGE, "bridge:right");
  g_autofree char *thing = g_strconcat ("link/", bridge + strlen ("bridge "), NULL);
  rig_apply (&f->rig, f->plan);
  g_free (fake_backend_take_log (f->rig.fake));
  fake_host_remove (rig_host (&f->rig), thing);
  rig_apply (&f->rig, f->plan);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_cmpuint (domains_of (log, "undo"), ==, 1);
  g_assert_cmpint (place_in (log, "undo", "domain vrkit-full-r1"), <,
                   place_in (log, "apply", bridge));
  g_assert_cmpint (place_in (log, "apply", bridge), <,
                   place_in (log, "apply", "domain vrkit-full-r1"));
  assert_in_order (f);
}

/* The journal is lost, the host is not: what is found is adopted, and goes with the lab. */
static void
test_adoption (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *path = g_build_filename (f->dir, "full.journal", NULL);
  rig_apply (&f->rig, f->plan);
  rig_clear (&f->rig);
  g_assert_cmpint (g_unlink (path), ==, 0);
  rig_open (&f->rig, f->dir, "full");
  rig_apply (&f->rig, f->plan);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_null (strstr (log, "domain"));
  rig_undo (&f->rig);
  assert_all_gone (f);
}

/* An interface that bears no alias was begun by nobody who wrote it down. */
static void
test_no_adoption (Fixture *f, gconstpointer unused)
{
  (void) unused;
  const VrOp *veth = NULL;
  for (guint i = 0; veth == NULL; i++) {
    const VrOp *op = f->plan->ops->pdata[i];
    veth = op->kind == VR_OP_VETH ? op : NULL;
  }
  g_autofree char *thing = g_strconcat ("link/", veth->target, NULL);
  fake_host_set (rig_host (&f->rig), thing, "up", "no");
  apply_fails (&f->rig, f->plan, VR_ERROR_BUSY, veth->target);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_null (strstr (log, "apply"));
  g_assert_true (fake_host_has (rig_host (&f->rig), thing));
}

static void
test_adoption_of_changed (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *path = g_build_filename (f->dir, "full.journal", NULL);
  g_autoptr (VrPlan) changed = plan_of_full_but ("[router r1]\n", "[router r1]\nmemory = 256M\n");
  rig_apply (&f->rig, f->plan);
  rig_clear (&f->rig);
  g_assert_cmpint (g_unlink (path), ==, 0);
  rig_open (&f->rig, f->dir, "full");
  rig_apply (&f->rig, changed);
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_cmpuint (domains_of (log, "undo"), ==, 1);
  g_assert_cmpuint (domains_of (log, "apply"), ==, 1);
  rig_undo (&f->rig);
  assert_all_gone (f);
}

/* --- Failures ----------------------------------------------------------------------------------
 */

/* Every operation refused in turn: what is before it is there, what is behind it is not, and
 * undoing leaves nothing. */
static void
test_each_refused (Fixture *f, gconstpointer unused)
{
  (void) unused;
  for (guint i = 0; i < f->plan->ops->len; i++) {
    const VrOp *op = f->plan->ops->pdata[i];
    g_autofree char *id = vr_op_id (op);
    rig_clear (&f->rig);
    rig_open (&f->rig, f->dir, "full");
    fake_backend_trip (f->rig.fake, FAKE_FAIL_APPLY, id);
    apply_fails (&f->rig, f->plan, VR_ERROR_KERNEL, op->target);
    if (vr_op_traits (op->kind)->at_once == 1)
      g_assert_cmpuint (f->rig.outcome.applied, ==, i);
    rig_undo (&f->rig);
    assert_all_gone (f);
    g_assert_true (vr_journal_compact (f->rig.journal, NULL));
  }
}

/* Everything that is read back is caught lying, with key, what was found and what was wanted. */
static void
test_each_lies (Fixture *f, gconstpointer unused)
{
  (void) unused;
  for (guint i = 0; i < f->plan->ops->len; i++) {
    const VrOp *op = f->plan->ops->pdata[i];
    g_autofree char *id = vr_op_id (op);
    if (!(vr_op_traits (op->kind)->flags & VR_OP_LASTS))
      continue;
    rig_clear (&f->rig);
    rig_open (&f->rig, f->dir, "full");
    fake_backend_trip (f->rig.fake, FAKE_LIE, id);
    apply_fails (&f->rig, f->plan, VR_ERROR_VERIFY, op->target);
    rig_undo (&f->rig);
    assert_all_gone (f);
    g_assert_true (vr_journal_compact (f->rig.journal, NULL));
  }
}

static void
test_verify_message (Fixture *f, gconstpointer unused)
{
  (void) unused;
  fake_backend_trip (f->rig.fake, FAKE_LIE, "link eth7");
  apply_fails (&f->rig, f->plan, VR_ERROR_VERIFY, "mtu is 1500, wanted 2000");
  rig_clear (&f->rig);
  rig_open (&f->rig, f->dir, "full");
  fake_backend_trip (f->rig.fake, FAKE_LIE, "netns vrkit-full-n1");
  apply_fails (&f->rig, f->plan, VR_ERROR_VERIFY, "existence is absent, wanted present");
}

/* Guests start together; the error is the first one in the plan, whoever fails first. */
static void
test_first_error_in_plan_order (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const names[]
      = { "domain vrkit-full-r1", "domain vrkit-full-r2", "domain vrkit-full-arm" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    fake_backend_trip (f->rig.fake, FAKE_FAIL_APPLY, names[i]);
  fake_backend_meet (f->rig.fake, "apply domain", G_N_ELEMENTS (names));
  apply_fails (&f->rig, f->plan, VR_ERROR_KERNEL, "vrkit-full-r1");
  rig_undo (&f->rig);
  assert_all_gone (f);
}

/* The barriers open only when all three guests are in them. */
static void
test_guests_overlap (Fixture *f, gconstpointer unused)
{
  (void) unused;
  fake_backend_meet (f->rig.fake, "apply domain", 3);
  rig_apply (&f->rig, f->plan);
  rig_undo (&f->rig);
  fake_backend_meet (f->rig.fake, "apply ready", 3);
  rig_apply (&f->rig, f->plan);
  fake_backend_meet (f->rig.fake, "undo domain", 3);
  rig_undo (&f->rig);
  assert_all_gone (f);
}

static void
test_one_guest_fails (Fixture *f, gconstpointer unused)
{
  (void) unused;
  fake_backend_trip (f->rig.fake, FAKE_FAIL_APPLY, "domain vrkit-full-r2");
  fake_backend_meet (f->rig.fake, "apply domain", 3);
  apply_fails (&f->rig, f->plan, VR_ERROR_KERNEL, "vrkit-full-r2");
  g_assert_true (fake_host_has (rig_host (&f->rig), "domain/vrkit-full-r1"));
  g_assert_true (fake_host_has (rig_host (&f->rig), "domain/vrkit-full-arm"));
  g_autofree char *log = fake_backend_take_log (f->rig.fake);
  g_assert_null (strstr (log, "apply ready"));
}

/* What cannot be undone stays in the journal, alone; undoing again takes it. */
static void
test_undo_goes_on (Fixture *f, gconstpointer unused)
{
  (void) unused;
  for (guint i = 0; i < f->plan->ops->len; i++) {
    g_autoptr (GError) error = NULL;
    const VrOp *op = f->plan->ops->pdata[i];
    g_autofree char *id = vr_op_id (op);
    rig_apply (&f->rig, f->plan);
    g_free (fake_backend_take_log (f->rig.fake));
    fake_backend_trip (f->rig.fake, FAKE_FAIL_UNDO, id);
    gboolean good = vr_executor_undo (&f->rig.executor, &f->rig.outcome, &error);
    g_autofree char *log = fake_backend_take_log (f->rig.fake);
    g_assert_true (good == !has_line (log, "undo", id));
    guint left = vr_journal_entries (f->rig.journal)->len;
    if (!good) {
      g_assert_error (error, VR_ERROR, VR_ERROR_KERNEL);
      g_assert_nonnull (strstr (error->message, op->target));
      g_assert_nonnull (entry_of (&f->rig, id));
    }
    /* With a namespace stays what goes along with it alone. */
    for (guint k = 0; k < left; k++) {
      const VrJournalEntry *entry = vr_journal_entries (f->rig.journal)->pdata[k];
      g_autofree char *entry_id = vr_op_id (entry->op);
      g_assert_true (strcmp (entry_id, id) == 0
                     || g_ptr_array_find_with_equal_func (entry->op->needs, id, g_str_equal, NULL));
    }
    if (!good)
      rig_undo (&f->rig);
    g_assert_cmpuint (vr_journal_entries (f->rig.journal)->len, ==, 0);
    g_assert_true (vr_journal_compact (f->rig.journal, NULL));
    g_autofree char *after = fake_host_print (f->dir);
    g_assert_cmpstr (after, ==, f->before);
  }
}

/* What bears our name and another's mark is refused before anything is done, and never deleted. */
static void
test_foreign_things (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *tap = plan_id (f->plan, VR_OP_TAP, "r1/right");
  g_autofree char *link = g_strconcat ("link/", tap + strlen ("tap "), NULL);
  const char *const things[][2] = { { "netns/vrkit-full-n1", "alias" },
                                    { link, "alias" },
                                    { "domain/vrkit-full-r2", "lab" } };
  for (gsize i = 0; i < G_N_ELEMENTS (things); i++) {
    fake_host_set (rig_host (&f->rig), things[i][0], things[i][1], "somebody");
    apply_fails (&f->rig, f->plan, VR_ERROR_BUSY, "somebody");
    g_autofree char *log = fake_backend_take_log (f->rig.fake);
    g_assert_cmpstr (log, ==, "");
    g_assert_cmpuint (vr_journal_entries (f->rig.journal)->len, ==, 0);
    fake_host_remove (rig_host (&f->rig), things[i][0]);
  }
  fake_host_set (rig_host (&f->rig), "link/eth8", "master", "br0");
  apply_fails (&f->rig, f->plan, VR_ERROR_BUSY, "br0");
}

static void
test_taken_over (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  rig_apply (&f->rig, f->plan);
  fake_host_set (rig_host (&f->rig), "domain/vrkit-full-r2", "lab", "somebody");
  g_assert_false (vr_executor_undo (&f->rig.executor, &f->rig.outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_true (fake_host_has (rig_host (&f->rig), "domain/vrkit-full-r2"));
  g_assert_cmpuint (vr_journal_entries (f->rig.journal)->len, ==, 1);
}

static void
collect_warning (const VrOp *op, const GError *cause, gpointer data)
{
  g_ptr_array_add (data, g_strdup_printf ("%s|%s", op->target, cause->message));
}

/* It is told with its operation and its cause, and nothing else changes by it, whether somebody
 * listens or not. */
static void
test_warning (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  VrBackend *backend = fake_backend_base (f->rig.fake);
  fake_backend_trip (f->rig.fake, FAKE_WARN_UNDO, "domain vrkit-full-r2");
  for (guint i = 0; i < 2; i++) {
    rig_apply (&f->rig, f->plan);
    rig_undo (&f->rig);
    assert_all_gone (f);
    assert_in_order (f);
    g_assert_cmpuint (warnings->len, ==, i);
    backend->warn = collect_warning;
    backend->warn_data = warnings;
  }
  g_assert_cmpstr (warnings->pdata[0], ==,
                   "vrkit-full-r2|domain vrkit-full-r2: frames may be lost");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *f, gconstpointer unused);
  } tests[] = {
    { "/executor/first-up-in-order", test_first_up_in_order },
    { "/executor/second-up-changes-nothing", test_second_up_changes_nothing },
    { "/executor/undo-reverses", test_undo_reverses },
    { "/executor/interrupted", test_interrupted },
    { "/executor/change-in-place", test_change_in_place },
    { "/executor/change-of-rings", test_change_of_rings },
    { "/executor/changed-queues", test_changed_queues },
    { "/executor/change-keeps-first-old", test_change_keeps_first_old },
    { "/executor/remake-with-dependants", test_remake_with_dependants },
    { "/executor/changed-guest", test_changed_guest },
    { "/executor/changed-attachment", test_changed_attachment },
    { "/executor/removed-router", test_removed_router },
    { "/executor/released-setting", test_released_setting },
    { "/executor/released-sysctl", test_released_sysctl },
    { "/executor/drift-is-repaired", test_drift_is_repaired },
    { "/executor/lost-bridge-restarts-guest", test_lost_bridge_restarts_guest },
    { "/executor/adoption", test_adoption },
    { "/executor/no-adoption", test_no_adoption },
    { "/executor/adoption-of-changed", test_adoption_of_changed },
    { "/executor/each-refused", test_each_refused },
    { "/executor/each-lies", test_each_lies },
    { "/executor/verify-message", test_verify_message },
    { "/executor/first-error-in-plan-order", test_first_error_in_plan_order },
    { "/executor/guests-overlap", test_guests_overlap },
    { "/executor/one-guest-fails", test_one_guest_fails },
    { "/executor/undo-goes-on", test_undo_goes_on },
    { "/executor/warning", test_warning },
    { "/executor/foreign-things", test_foreign_things },
    { "/executor/taken-over", test_taken_over },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
