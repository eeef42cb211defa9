/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kills the executor at every one of its fault points, and in the middle of every operation, and
 * sees that whoever comes next undoes all, or goes on. All work is done in children, so that the
 * parent has no threads when it forks. */
#include <signal.h>
#include <sys/wait.h>

#include "executor-fixture.h"

/* Every kind of operation, and no more of each than is needed. */
#define KILL_PROFILE                                                                               \
  "[lab]\nname = full\n"                                                                           \
  "[host]\noffline = 3\nrps = left 1\n"                                                            \
  "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\ntest-gateway = 198.18.1.1\n"          \
  "channels = 2\n"                                                                                 \
  "[port wire]\ndevice = eth7\nattach = ovs\nmtu = 2000\nrx-ring = 512\nrx-usecs = 0\n"            \
  "[port trunk]\ndevice = eth8\nattach = bridge\noffloads = auto\n"                                \
  "[router r1]\nvcpus = 2\ninterface = left 198.18.1.1/24, trunk 198.18.4.1/24\n"                  \
  "[router arm]\ninterface = left 198.18.1.3/24 198.18.5.3/24\n"                                   \
  "[router n1]\nkind = native\ninterface = left 198.18.1.4/24, trunk 198.18.4.4/24\n"              \
  "route = 198.19.0.0/16 via 198.18.4.1\n"                                                         \
  "neighbour = 198.18.4.9 52:54:00:00:00:09 trunk\n"                                               \
  "sysctl = net.ipv4.conf.left.send_redirects 0\n"                                                 \
  "[schedule r1]\nvcpu.0 = fifo 5 @1\nmover.left = deadline 20ms/100ms @1\n"                       \
  "vcpu.1 = deadline 20ms/100ms @2 exclusive\n"

/* Changes in place (a queue's length, what is set of a NIC), anew (a route, a guest's memory, a tap
 * that becomes a macvtap), something less (router arm) and something more (router n2). */
#define CHANGED_PROFILE                                                                            \
  "[lab]\nname = full\n"                                                                           \
  "[port left]\ndevice = test\nqueue-length = 35\ntest-address = 198.18.1.2/24\n"                  \
  "test-gateway = 198.18.1.3\n"                                                                    \
  "[port wire]\ndevice = eth7\npromiscuous = on\nrx-ring = 128\n"                                  \
  "[port trunk]\ndevice = eth8\noffloads = auto\n"                                                 \
  "[router r1]\nmemory = 256M\ninterface = left 198.18.1.1/24, trunk 198.18.4.1/24\n"              \
  "[router n1]\nkind = native\ninterface = left 198.18.1.4/24, trunk 198.18.4.4/24\n"              \
  "route = 198.19.0.0/16 via 198.18.1.1\n"                                                         \
  "neighbour = 198.18.4.9 52:54:00:00:00:0a trunk\n"                                               \
  "[router n2]\nkind = native\ninterface = wire 198.18.3.5/24\n"

/* Another lab that is up all the time and shares a NIC. */
#define OTHER_PROFILE                                                                              \
  "[lab]\nname = other\n[port wire]\ndevice = eth7\n"                                              \
  "[router r9]\nkind = native\ninterface = wire 198.18.3.9/24\n"

typedef enum { DO_APPLY, DO_CHANGE, DO_UNDO } Run;

/* Directories below `dir`: `down`, without the lab; `up`, with it; `work`, where children run. */
typedef struct {
  const char *dir;
  const char *work;
  const VrPlan *full;
  const VrPlan *changed;
  const char *before; /* the host of `down` */
} Stage;

/* Where the child is to die: at a fault point, or in the middle of an operation; neither to live.
 */
typedef struct {
  Run run;
  guint point;
  const char *half;
} Death;

typedef void (*ChildFunction) (const Stage *stage, const Death *death);

typedef struct {
  const char *name;
  Run run;              /* what is killed */
  const char *from;     /* "down" or "up": what is there before */
  ChildFunction afters; /* what may come next, each from what the death has left */
} Table;

/* Whether the child lived to its end; only being killed is another way out. */
static gboolean
in_child (ChildFunction function, const Stage *stage, const Death *death)
{
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    function (stage, death);
    _exit (0);
  }
  int status;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL)
    return FALSE;
  if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
    g_error ("a child failed; the death: run %d, point %u, in %s", death->run, death->point,
             death->half != NULL ? death->half : "none");
  return TRUE;
}

static void
die_at (guint point, gpointer data)
{
  if (point == *(const guint *) data)
    raise (SIGKILL);
}

static const VrPlan *
plan_for (const Stage *stage, Run run)
{
  return run == DO_CHANGE ? stage->changed : stage->full;
}

static void
run_and_die (const Stage *stage, const Death *death)
{
  g_auto (Rig) rig;
  guint point = death->point;
  rig_open (&rig, stage->work, "full");
  rig.executor.fault = die_at;
  rig.executor.fault_data = &point;
  if (death->half != NULL)
    fake_backend_trip (rig.fake, FAKE_HALF, death->half);
  if (death->run == DO_UNDO)
    rig_undo (&rig);
  else
    rig_apply (&rig, plan_for (stage, death->run));
}

/* --- The stage ---------------------------------------------------------------------------------
 */

/* Only the journals are written in place; all else is renamed into place, and so can be linked. */
static void
copy_tree (const char *from, const char *to)
{
  g_autoptr (GDir) directory = g_dir_open (from, 0, NULL);
  const char *name;
  g_assert_cmpint (g_mkdir (to, 0700), ==, 0);
  while ((name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL);
    g_autofree char *target = g_build_filename (to, name, NULL);
    g_autofree char *text = NULL;
    gsize size;
    if (g_file_test (source, G_FILE_TEST_IS_DIR)) {
      copy_tree (source, target);
    } else if (g_str_has_suffix (name, ".journal")) {
      g_assert_true (g_file_get_contents (source, &text, &size, NULL));
      g_assert_true (g_file_set_contents_full (target, text, (gssize) size, 0, 0600, NULL));
    } else {
      g_assert_cmpint (link (source, target), ==, 0);
    }
  }
}

/* What is in directory `to` of the stage becomes what is in `from`. */
static void
become (const Stage *stage, const char *to, const char *from)
{
  g_autofree char *target = g_build_filename (stage->dir, to, NULL);
  g_autofree char *source = g_build_filename (stage->dir, from, NULL);
  if (g_file_test (target, G_FILE_TEST_EXISTS))
    rig_dir_remove (target);
  copy_tree (source, target);
}

/* --- What may come next ------------------------------------------------------------------------
 */

static void
assert_as_before (Rig *rig, const Stage *stage)
{
  g_autofree char *after = fake_host_print (stage->work);
  rig_assert_clean (rig);
  g_assert_cmpstr (after, ==, stage->before);
}

static void
take_other_down (const Stage *stage)
{
  g_auto (Rig) rig;
  rig_open (&rig, stage->work, "other");
  rig_undo (&rig);
  rig_assert_clean (&rig);
  g_assert_cmpuint (rig_claim_files (&rig), ==, 0);
  g_assert_cmpstr (fake_host_get (rig_host (&rig), "link/eth7", "mtu"), ==, "1500");
  g_assert_cmpstr (fake_host_get (rig_host (&rig), "link/eth7", "up"), ==, "no");
  g_assert_cmpstr (fake_host_get (rig_host (&rig), "link/eth7", "promiscuous"), ==, "no");
  g_assert_false (fake_host_has (rig_host (&rig), "offloads/eth7"));
}

static void
undo_after (const Stage *stage)
{
  g_auto (Rig) rig;
  rig_open (&rig, stage->work, "full");
  rig_undo (&rig);
  assert_as_before (&rig, stage);
  take_other_down (stage);
}

static void
apply_after (const Stage *stage, const VrPlan *plan)
{
  g_auto (Rig) rig;
  rig_open (&rig, stage->work, "full");
  rig_apply (&rig, plan);
  rig_apply (&rig, plan);
  g_assert_cmpuint (rig.outcome.kept, ==, plan->ops->len);
  g_assert_cmpuint (rig.outcome.undone, ==, 0);
  rig_undo (&rig);
  assert_as_before (&rig, stage);
}

static void
undo_or_apply_after (const Stage *stage, const Death *death)
{
  become (stage, "killed", "work");
  undo_after (stage);
  become (stage, "work", "killed");
  apply_after (stage, plan_for (stage, death->run));
}

/* Or the plan before, as after a failed change. */
static void
go_back_too_after (const Stage *stage, const Death *death)
{
  undo_or_apply_after (stage, death);
  become (stage, "work", "killed");
  apply_after (stage, stage->full);
}

static void
bring_other_up (const Stage *stage, const Death *death)
{
  g_auto (Rig) rig;
  g_autoptr (VrPlan) plan = plan_of (OTHER_PROFILE);
  (void) death;
  rig_open (&rig, stage->work, "other");
  rig_apply (&rig, plan);
}

/* Dies once, and does what may come next. */
static gboolean
kill_once (const Stage *stage, const Death *death, const Table *table)
{
  become (stage, "work", table->from);
  gboolean lived = in_child (run_and_die, stage, death);
  g_assert_true (in_child (table->afters, stage, death));
  return lived;
}

static void
prepare (const Stage *stage)
{
  static const Death none = { .run = DO_APPLY };
  rig_furnish (stage->work);
  g_assert_true (in_child (bring_other_up, stage, &none));
  become (stage, "down", "work");
  g_assert_true (in_child (run_and_die, stage, &none));
  become (stage, "up", "work");
}

static void
with_stage (void (*function) (const Stage *stage, const Table *table), const Table *table)
{
  g_autofree char *dir = rig_dir_new ();
  g_autofree char *work = g_build_filename (dir, "work", NULL);
  g_autofree char *down = g_build_filename (dir, "down", NULL);
  g_autoptr (VrPlan) full = plan_of (KILL_PROFILE);
  g_autoptr (VrPlan) changed = plan_of (CHANGED_PROFILE);
  Stage stage = { .dir = dir, .work = work, .full = full, .changed = changed };
  prepare (&stage);
  g_autofree char *before = fake_host_print (down);
  stage.before = before;
  function (&stage, table);
  rig_dir_remove (dir);
}

/* --- Tests -------------------------------------------------------------------------------------
 */

static void
kill_at_points (const Stage *stage, const Table *table)
{
  guint point = 1;
  for (Death death = { .run = table->run, .point = point }; !kill_once (stage, &death, table);)
    death.point = ++point;
  g_test_message ("%u fault points", point - 1);
  g_assert_cmpuint (point, >, 50);
}

static void
kill_in_operations (const Stage *stage, const Table *table)
{
  guint deaths = 0;
  for (guint k = 0; k < stage->full->ops->len; k++) {
    g_autofree char *id = vr_op_id (stage->full->ops->pdata[k]);
    Death death = { .run = table->run, .half = id };
    deaths += !kill_once (stage, &death, table);
  }
  g_test_message ("%u operations", deaths);
  /* What the other lab has set already is not set again. */
  g_assert_cmpuint (deaths, ==, stage->full->ops->len - 1);
}

static void
test_points (gconstpointer table)
{
  with_stage (kill_at_points, table);
}

static void
test_half_made (gconstpointer table)
{
  with_stage (kill_in_operations, table);
}

/* So that no kind goes untested unnoticed. */
static void
test_every_kind (void)
{
  g_autoptr (VrPlan) plan = plan_of (KILL_PROFILE);
  for (VrOpKind kind = 0; kind < VR_OP_KINDS; kind++) {
    gboolean has = FALSE;
    for (guint i = 0; i < plan->ops->len; i++)
      has = has || ((const VrOp *) plan->ops->pdata[i])->kind == kind;
    if (!has)
      g_error ("the plan has no %s", vr_op_kind_name (kind));
  }
}

int
main (int argc, char **argv)
{
  static const Table tables[] = {
    { "/kill/apply", DO_APPLY, "down", undo_or_apply_after },
    { "/kill/undo", DO_UNDO, "up", undo_or_apply_after },
    { "/kill/change", DO_CHANGE, "up", go_back_too_after },
  };
  static const Table half_made = { "/kill/half-made", DO_APPLY, "down", undo_or_apply_after };
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kill/every-kind", test_every_kind);
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    g_test_add_data_func (tables[i].name, &tables[i], test_points);
  g_test_add_data_func (half_made.name, &half_made, test_half_made);
  return g_test_run ();
}
