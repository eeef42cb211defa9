/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes that plan labs at one moment: each sees what the ones before it are about to take, and
 * nothing of one that is gone. */
#include "lab/vr-admission.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "lab/vr-others.h"
#include "unit/schedule-fixture.h"

enum { PROCESSES = 8 };

typedef struct {
  char *dir;
  VrSite site;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->dir = g_dir_make_tmp ("vrkit-admission-XXXXXX", NULL);
  f->site = (VrSite){ .root_dir = "/", .run_dir = f->dir, .now_ns = stopped_clock };
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *host = g_build_filename (f->dir, "host", NULL);
  g_autofree char *coming = g_build_filename (host, "coming", NULL);
  g_autofree char *lock = g_build_filename (coming, "lock", NULL);
  g_unlink (lock);
  /* Nothing else is left in it. */
  g_assert_cmpint (g_rmdir (coming), ==, 0);
  g_rmdir (host);
  g_rmdir (f->dir);
  g_free (f->dir);
}

static VrLab *
lab_named (const char *name, const char *schedule)
{
  g_autofree char *profile
      = g_strdup_printf ("[lab]\nname = %s\n[port p]\ndevice = test\n[router r1]\nvcpus = 4\n"
                         "interface = p\n[schedule r1]\n%s\n",
                         name, schedule);
  return fixture_parse (profile);
}

/* Plans as up does, on four written-down CPUs; NULL where the lab is refused. */
static VrPlan *
plan_lab (const VrSite *site, const VrLab *lab, GError **error)
{
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  vr_others_add (site, lab, NULL, facts);
  return vr_plan_new (lab, facts, error);
}

/* What a process does that brings a lab up: plans, and is at it until `hold` is closed. Returns the
 * CPU of its thread as a digit, or 'x' where it is refused. */
static char
plan_in_turn (const Fixture *f, const char *name, const char *schedule, VrAdmission **admission)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = lab_named (name, schedule);
  g_autoptr (VrAdmission) held = vr_admission_new (&f->site, name, &error);
  g_assert_no_error (error);
  g_autoptr (VrPlan) plan = plan_lab (&f->site, lab, &error);
  if (plan == NULL) {
    g_assert_error (error, VR_ERROR, VR_ERROR_INFEASIBLE);
    return 'x';
  }
  g_assert_true (vr_admission_say (held, plan, NULL));
  *admission = g_steal_pointer (&held);
  return *vr_op_get (thread_at (plan, 0), "cpus");
}

/* Processes that plan at one moment. */
typedef struct {
  pid_t pids[PROCESSES];
  guint count;
  int hold; /* closed, it lets them come to their end */
  char answers[PROCESSES + 1];
} Crowd;

static void
crowd_begin (Crowd *crowd, const Fixture *f, const char *schedule)
{
  int answers[2], hold[2];
  g_assert_cmpint (pipe (answers), ==, 0);
  g_assert_cmpint (pipe (hold), ==, 0);
  for (guint i = 0; i < crowd->count; i++) {
    crowd->pids[i] = fork ();
    g_assert_cmpint (crowd->pids[i], >=, 0);
    if (crowd->pids[i] > 0)
      continue;
    char name[] = { 'l', 'a', 'b', (char) ('a' + i), '\0' }, end;
    VrAdmission *admission = NULL;
    close (hold[1]);
    char answer = plan_in_turn (f, name, schedule, &admission);
    gboolean told = write (answers[1], &answer, 1) == 1 && read (hold[0], &end, 1) == 0;
    g_clear_pointer (&admission, vr_admission_free);
    _exit (told ? 0 : 1);
  }
  close (hold[0]);
  close (answers[1]);
  for (guint i = 0; i < crowd->count; i++)
    g_assert_cmpint (read (answers[0], &crowd->answers[i], 1), ==, 1);
  close (answers[0]);
  crowd->hold = hold[1];
}

static void
crowd_end (Crowd *crowd)
{
  close (crowd->hold);
  for (guint i = 0; i < crowd->count; i++) {
    int status;
    g_assert_cmpint (waitpid (crowd->pids[i], &status, 0), ==, crowd->pids[i]);
    g_assert_cmpint (status, ==, 0);
  }
}

static guint
count_answers (const Crowd *crowd, char answer)
{
  guint count = 0;
  for (guint i = 0; i < crowd->count; i++)
    count += crowd->answers[i] == answer;
  return count;
}

/* CPUs that a small host does not have, so that no guest of others is there. */
static void
test_ceiling (Fixture *f, gconstpointer unused)
{
  Crowd crowd = { .count = PROCESSES };
  (void) unused;
  crowd_begin (&crowd, f, "vcpu.0 = deadline 30ms/100ms @3");
  g_assert_cmpuint (count_answers (&crowd, '3'), ==, 3);
  g_assert_cmpuint (count_answers (&crowd, 'x'), ==, PROCESSES - 3);
  crowd_end (&crowd);
}

static void
test_auto (Fixture *f, gconstpointer unused)
{
  Crowd crowd = { .count = 2 };
  (void) unused;
  crowd_begin (&crowd, f, "vcpu.0 = fifo 5 @auto");
  g_assert_cmpint (crowd.answers[0], !=, crowd.answers[1]);
  crowd_end (&crowd);
}

/* What a thread is to have alone is taken for others before it has it. */
static void
test_exclusive (Fixture *f, gconstpointer unused)
{
  Crowd crowd = { .count = 1 };
  (void) unused;
  crowd_begin (&crowd, f, "vcpu.0 = fifo 5 @3 exclusive");
  g_autoptr (VrLab) lab = lab_named ("x", "vcpu.0 = rr 1 @3 exclusive");
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlan) plan = plan_lab (&f->site, lab, &error);
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "CPU 3 is exclusive to a thread of lab laba"));
  g_assert_null (plan);
  crowd_end (&crowd);
}

/* What a guest is about to be granted for real-time threads is gone for others, once a guest; what
 * a lab says of itself is not. */
static void
test_runtime (Fixture *f, gconstpointer unused)
{
  g_autoptr (VrAdmission) admission = vr_admission_new (&f->site, "laba", NULL);
  g_autoptr (VrLab) a = lab_named ("laba", "vcpu.0 = fifo 5 @3\nvcpu.1 = rr 5 @2");
  g_autoptr (VrLab) b = lab_named ("labb", "vcpu.0 = fifo 5 @3");
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  (void) unused;
  g_assert_cmpuint (vr_others_coming_runtime_us (&f->site, b, "/machine"), ==, 0);
  facts->rt_group = g_strdup ("/machine");
  facts->rt_runtime_us = 950000;
  facts->rt_used_us = 350000;
  g_autoptr (VrPlan) plan = vr_plan_new (a, facts, NULL);
  g_assert_nonnull (plan);
  g_assert_true (vr_admission_say (admission, plan, NULL));
  g_assert_cmpuint (vr_others_coming_runtime_us (&f->site, b, "/machine"), ==, 600000);
  g_assert_cmpuint (vr_others_coming_runtime_us (&f->site, a, "/machine"), ==, 0);
}

/* A thread of the switch counts on its CPU before it has what it is to have, but not against a lab
 * that wants the same of it. */
static void
test_poller (Fixture *f, gconstpointer unused)
{
  g_autoptr (VrAdmission) admission = vr_admission_new (&f->site, "laba", NULL);
  VrPlan coming = { .ops = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_op_free) };
  (void) unused;
  g_ptr_array_add (coming.ops, vr_op_new (VR_OP_THREAD, VR_OP_SWITCH "/pmd.3", "t.conf:1", "policy",
                                          "deadline", "runtime-ns", "60000000", "period-ns",
                                          "100000000", "cpus", "3", NULL));
  g_assert_true (vr_admission_say (admission, &coming, NULL));

  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = lab_named ("x", "vcpu.0 = deadline 40ms/100ms @3");
  g_assert_null (plan_lab (&f->site, lab, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_INFEASIBLE);
  g_assert_nonnull (strstr (error->message, "60.0 % of pmd.3 of Open vSwitch, for lab laba"));
  g_autoptr (VrLab) less = lab_named ("x", "vcpu.0 = deadline 30ms/100ms @3");
  g_autoptr (VrPlan) fits = plan_lab (&f->site, less, NULL);
  g_assert_nonnull (fits);

  g_autoptr (VrLab) same = fixture_parse (
      "[lab]\nname = x\n[port p]\ndevice = test\nattach = vhost-user\n[router r1]\n"
      "interface = p\n[schedule r1]\npmd.3 = deadline 60ms/100ms @3\n");
  g_autoptr (VrPlanFacts) facts = facts_with (FOUR_CPUS);
  vr_others_add (&f->site, same, NULL, facts);
  for (guint i = 0; i < facts->others->len; i++)
    g_assert_null (strstr (((const VrPlanOther *) facts->others->pdata[i])->name, "pmd.3"));
  g_ptr_array_unref (coming.ops);
}

/* What a process says goes with it; until then nobody else changes its lab. */
static void
test_killed (Fixture *f, gconstpointer unused)
{
  static const char schedule[] = "vcpu.0 = deadline 90ms/100ms @3";
  Crowd crowd = { .count = 1 };
  VrAdmission *admission = NULL;
  g_autoptr (GError) error = NULL;
  (void) unused;
  crowd_begin (&crowd, f, schedule);
  g_assert_cmpint (crowd.answers[0], ==, '3');
  g_assert_null (vr_admission_new (&f->site, "laba", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_autofree char *who
      = g_strdup_printf ("lab laba is being changed by process %d:", crowd.pids[0]);
  g_assert_nonnull (strstr (error->message, who));
  g_assert_cmpint (plan_in_turn (f, "x", schedule, &admission), ==, 'x');
  g_assert_null (admission);
  kill (crowd.pids[0], SIGKILL);
  waitpid (crowd.pids[0], NULL, 0);
  close (crowd.hold);
  g_assert_cmpint (plan_in_turn (f, "x", schedule, &admission), ==, '3');
  vr_admission_free (admission);
  vr_admission_forget (&f->site, "laba");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/admission/ceiling", Fixture, NULL, set_up, test_ceiling, tear_down);
  g_test_add ("/admission/auto", Fixture, NULL, set_up, test_auto, tear_down);
  g_test_add ("/admission/exclusive", Fixture, NULL, set_up, test_exclusive, tear_down);
  g_test_add ("/admission/runtime", Fixture, NULL, set_up, test_runtime, tear_down);
  g_test_add ("/admission/poller", Fixture, NULL, set_up, test_poller, tear_down);
  g_test_add ("/admission/killed", Fixture, NULL, set_up, test_killed, tear_down);
  return g_test_run ();
}
