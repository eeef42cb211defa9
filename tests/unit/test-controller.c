/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a controller does where a change of the lab fails: the lab is one that is not there. */
#include "control/vr-controller-internal.h"

#include <sched.h>
#include <string.h>

#include "unit/contract-fixture.h"

#define TENANT "[tenant a]\nrouters = r1\nrate = 4kpps\nlimit = 8kpps\n"

/* A controller of a made-up lab, which nobody has brought up. */
typedef struct {
  World *world;
  VrSite site;
  VrControllerRequest request;
  VrControlSession session;
  VrDecideCounters counters[2];
} Bench;

static void
bench_init (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  *bench = (Bench){ .world = world_new (LAB ("", TENANT), FALSE) };
  VrContractInput input = world_input (bench->world);
  VrDecideConfig config = vr_decide_config_default (500 * MS);
  VrHolding *holding = g_new0 (VrHolding, 1);
  holding->lab = bench->world->lab;
  holding->contract = vr_contract_new (&input, &error);
  g_assert_no_error (error);
  VrContract *contract = holding->contract;
  bench->site = (VrSite){ .run_dir = "/nonexistent/vrkit" };
  bench->request = (VrControllerRequest){ .holding.lab = "x", .mode = VR_CONTROL_LOOP };
  bench->session = (VrControlSession){
    .site = &bench->site,
    .request = &bench->request,
    .holding = holding,
    .memory = vr_control_forget (),
    .watches = vr_control_watches_new (),
    .drifts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .events = g_ptr_array_new_with_free_func (g_free),
    .is_new = TRUE,
  };
  bench->session.decider = vr_decider_new (
      &config, (const double *) (gconstpointer) contract->capacity->data, contract->pools->len,
      (const VrDecideTenant *) (gconstpointer) contract->tenants->data, contract->tenants->len,
      &error);
  g_assert_no_error (error);
}

static void
bench_clear (Bench *bench)
{
  VrControlSession *session = &bench->session;
  g_clear_pointer (&session->snapshot.threads, g_array_unref);
  vr_decider_free (session->decider);
  vr_contract_free (session->holding->contract);
  g_free (session->holding);
  vr_control_memory_free (session->memory);
  vr_control_watches_free (session->watches);
  g_hash_table_unref (session->drifts);
  g_ptr_array_unref (session->events);
  world_free (bench->world);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

/* One step, whose change, of so many threads, must fail; returns what was decided for the vcpu. */
static const VrDecideThreadResult *
fail_step_of (Bench *bench, guint64 time_ns, guint threads)
{
  g_autoptr (GError) error = NULL;
  guint count;
  const VrDecideResult *results
      = vr_decider_step (bench->session.decider, time_ns, bench->counters);
  g_assert_false (vr_control_apply (&bench->session, results, &count, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_UNWANTED);
  g_assert_cmpuint (count, ==, threads);
  return &results[0].threads[0];
}

static const VrDecideThreadResult *
fail_step (Bench *bench, guint64 time_ns)
{
  return fail_step_of (bench, time_ns, 1);
}

/* Neither what was decided nor what supports it is taken to be there. */
static void
test_first_fails (void)
{
  g_auto (Bench) bench;
  bench_init (&bench);
  g_assert_cmpuint (g_strv_length (bench.session.holding->contract->support), ==, 1);
  for (guint i = 0; i < 3; i++) {
    const VrDecideThreadResult *result = fail_step (&bench, (i + 1) * 500 * MS);
    g_assert_cmpfloat (result->before, ==, 0);
    g_assert_cmpuint (bench.session.place_rest, ==, 0);
    g_assert_true (bench.session.is_new);
  }
}

/* Threads of @auto stay where they are for periods, whatever becomes of the changes in them. */
static void
test_places_rest (void)
{
  g_auto (Bench) bench;
  bench_init (&bench);
  bench.session.place_rest = 2;
  for (guint i = 0; i < 3; i++) {
    fail_step (&bench, (i + 1) * 500 * MS);
    g_assert_cmpuint (bench.session.place_rest, ==, i == 0);
  }
}

/* The vcpu as somebody has left it who took its reservation away. */
static void
see_drift (Bench *bench)
{
  VrSnapshotThread seen
      = { .router = "r1", .selector = "vcpu.0", .is_there = TRUE, .sched.policy = SCHED_OTHER };
  bench->session.snapshot.threads = g_array_new (FALSE, TRUE, sizeof (VrSnapshotThread));
  g_array_append_val (bench->session.snapshot.threads, seen);
}

/* A try that failed is no mend: it is tried again, and not given up. */
static void
test_mend_fails (void)
{
  g_auto (Bench) bench;
  bench_init (&bench);
  VrDecideThread *line = &g_array_index (
      (GArray *) bench.session.holding->contract->lines->pdata[0], VrDecideThread, 0);
  line->share = 0.1;
  VrContract *contract = bench.session.holding->contract;
  VrDecideConfig config = vr_decide_config_default (500 * MS);
  vr_decider_free (bench.session.decider);
  bench.session.decider = vr_decider_new (
      &config, (const double *) (gconstpointer) contract->capacity->data, contract->pools->len,
      (const VrDecideTenant *) (gconstpointer) contract->tenants->data, contract->tenants->len,
      NULL);
  see_drift (&bench);
  for (guint i = 0; i < 3; i++) {
    fail_step (&bench, (i + 1) * 500 * MS);
    g_assert_cmpuint (bench.session.events->len, ==, i + 1);
    g_assert_cmpstr (bench.session.events->pdata[i], ==,
                     "r1/vcpu.0 was changed by somebody else: it could not be put right yet");
  }
}

/* The main loop, which moves packets and whose share nobody decides, and the vcpu's CPUs are put
 * right likewise; when that was done, and somebody changes them again, it is told and they are
 * left.
 */
static void
test_others (void)
{
  g_auto (Bench) bench;
  bench_init (&bench);
  VrControlSession *session = &bench.session;
  GPtrArray *events = session->events;
  for (guint i = 0; i < 2; i++) {
    g_hash_table_add (session->drifts, g_strdup ("r1/emulator"));
    fail_step_of (&bench, (i + 1) * 500 * MS, 2);
    g_assert_cmpuint (events->len, ==, i + 1);
    g_assert_cmpstr (events->pdata[i], ==,
                     "r1/emulator was changed by somebody else: it could not be put right yet");
    g_hash_table_remove_all (session->drifts);
  }
  g_hash_table_add (session->drifts, g_strdup ("r1/vcpu.0"));
  fail_step (&bench, 1500 * MS);
  g_assert_cmpuint (g_hash_table_size (session->drifts), ==, 0);
  g_assert_cmpstr (events->pdata[2], ==,
                   "r1/vcpu.0 was changed by somebody else: it could not be put right yet");
  VrControlWatch *watch = vr_control_watch (session->watches, "r1/emulator");
  watch->was_mended = TRUE;
  for (guint i = 0; i < 2; i++) {
    g_hash_table_add (session->drifts, g_strdup ("r1/emulator"));
    fail_step (&bench, (i + 4) * 500 * MS);
    g_assert_cmpuint (events->len, ==, 4);
    g_hash_table_remove_all (session->drifts);
  }
  g_assert_nonnull (strstr (events->pdata[3], "r1/emulator was changed by somebody else again"));
}

/* Every ten periods, but every two to ten seconds; workers are of the thread that has their ports.
 */
static void
test_look (void)
{
  g_assert_false (vr_control_look_is_due (1000 * MS, 9000 * MS));
  g_assert_true (vr_control_look_is_due (1000 * MS, 9500 * MS));
  g_assert_false (vr_control_look_is_due (100 * MS, 1900 * MS));
  g_assert_true (vr_control_look_is_due (100 * MS, 1950 * MS));
  g_assert_true (vr_control_look_is_due (10000 * MS, 10000 * MS));
  g_auto (Bench) bench;
  bench_init (&bench);
  g_hash_table_add (bench.session.drifts, g_strdup ("r1/vhost.left.0"));
  g_hash_table_add (bench.session.drifts, g_strdup ("r1/vhost.left.1"));
  g_assert_false (vr_control_take_drift (&bench.session, "r1/vhost.l"));
  g_assert_true (vr_control_take_drift (&bench.session, "r1/vhost.left"));
  g_assert_cmpuint (g_hash_table_size (bench.session.drifts), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/controller/first-fails", test_first_fails);
  g_test_add_func ("/controller/places-rest", test_places_rest);
  g_test_add_func ("/controller/mend-fails", test_mend_fails);
  g_test_add_func ("/controller/others", test_others);
  g_test_add_func ("/controller/look", test_look);
  return g_test_run ();
}
