/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told of a controller that ran beside a load: figures of made-up steps, and the steps of a
 * lab whose routers follow. */
#include "control/vr-control-record.h"

#include "base/vr-json.h"
#include "unit/contract-fixture.h"

#define S (1000 * MS)
/* When the load began. */
#define BEGIN (100 * S)

/* --- Figures ------------------------------------------------------------------------------------
 */

/* A decision each half second, of one router. */
typedef struct {
  double arrived_pps, forwarded_pps, level_pps;
} Story;

/* The first one is at the load's beginning. */
static GArray *
moments_of (const Story *story, guint count)
{
  GArray *moments = g_array_new (FALSE, TRUE, sizeof (VrControlMoment));
  g_array_set_clear_func (moments, (GDestroyNotify) vr_control_moment_clear);
  for (guint i = 0; i < count; i++) {
    VrControlRouterMoment router = { .is_seen = TRUE,
                                     .arrived_pps = story[i].arrived_pps,
                                     .forwarded_pps = story[i].forwarded_pps,
                                     .level_pps = story[i].level_pps,
                                     .reserved = story[i].level_pps / 30000,
                                     .cores = 1 };
    VrControlMoment moment = { .time_ns = BEGIN + i * S / 2,
                               .period_ns = S / 2,
                               .is_decision = TRUE,
                               .routers = g_array_new (FALSE, TRUE, sizeof router) };
    g_array_append_val (moment.routers, router);
    g_array_append_val (moments, moment);
  }
  return moments;
}

static VrControlMoment *
moment_at (GArray *moments, guint index)
{
  return &g_array_index (moments, VrControlMoment, index);
}

static VrControlRouterMoment *
router_at (GArray *moments, guint index)
{
  return &g_array_index (moment_at (moments, index)->routers, VrControlRouterMoment, 0);
}

static const VrControlWindow three_seconds = { BEGIN, BEGIN + 3 * S };

/* A stair of 10,000: seen after a second, taken up to, and forwarded from the third second on; what
 * comes behind the load is not of it. */
static const Story stair[]
    = { { 0, 0, 5000 },         { 5000, 5000, 5000 },   { 10000, 6000, 9000 },
        { 10000, 9000, 12000 }, { 10000, 9600, 12000 }, { 10000, 10000, 12000 },
        { 10000, 9500, 12000 }, { 2000, 2000, 6000 } };

static void
test_settled (void)
{
  g_autoptr (GArray) moments = moments_of (stair, G_N_ELEMENTS (stair));
  VrControlFigures figures = vr_control_figures (moments, 0, &three_seconds);
  g_assert_cmpuint (figures.settled_ns, ==, 2 * S);
  g_assert_cmpuint (figures.level_pps, ==, 12000);
  g_assert_cmpuint (figures.reserved_ppm, ==, 400000);
  g_assert_cmpuint (figures.cores, ==, 1);
  router_at (moments, 4)->forwarded_pps = 9400;
  g_assert_cmpuint (vr_control_figures (moments, 0, &three_seconds).settled_ns, ==, 5 * S / 2);
  router_at (moments, 5)->level_pps = 9999;
  g_assert_cmpuint (vr_control_figures (moments, 0, &three_seconds).settled_ns, ==, 3 * S);
  /* Not at the end either: the whole time. */
  router_at (moments, 6)->is_seen = FALSE;
  g_assert_cmpuint (vr_control_figures (moments, 0, &three_seconds).settled_ns, ==, 3 * S);
}

/* A load that is served from its beginning has settled with the first period that is all its own.
 */
static void
test_served_at_once (void)
{
  static const Story calm[] = { { 0, 0, 5000 },       { 4000, 4000, 5000 }, { 4000, 4000, 5000 },
                                { 4000, 4000, 5000 }, { 4000, 4000, 5000 }, { 4000, 4000, 5000 } };
  g_autoptr (GArray) moments = moments_of (calm, G_N_ELEMENTS (calm));
  g_assert_cmpuint (vr_control_figures (moments, 0, &three_seconds).settled_ns, ==, S / 2);
  const VrControlWindow later = { BEGIN + 100 * MS, BEGIN + 3 * S };
  g_assert_cmpuint (vr_control_figures (moments, 0, &later).settled_ns, ==, 900 * MS);
}

/* Steps between decisions tell nothing of routers, and their changes count. */
static void
test_sums (void)
{
  g_autoptr (GArray) moments = moments_of (stair, G_N_ELEMENTS (stair));
  for (guint i = 0; i < moments->len; i++) {
    moment_at (moments, i)->changes = 2;
    moment_at (moments, i)->apply_ns = 3 * MS;
  }
  moment_at (moments, 2)->has_failed = TRUE;
  moment_at (moments, 4)->changes = 0;
  moment_at (moments, 6)->is_decision = FALSE;
  VrControlSums sums = vr_control_sums (moments, &three_seconds);
  g_assert_cmpuint (sums.decisions, ==, 5);
  g_assert_cmpuint (sums.applied, ==, 4);
  g_assert_cmpuint (sums.failed, ==, 1);
  g_assert_cmpuint (sums.apply_ns, ==, 12 * MS);
  router_at (moments, 6)->level_pps = 1;
  g_assert_cmpuint (vr_control_figures (moments, 0, &three_seconds).level_pps, ==, 12000);
  const VrControlWindow nothing = { BEGIN + 1, BEGIN + 2 };
  g_assert_cmpuint (vr_control_sums (moments, &nothing).decisions, ==, 0);
  VrControlFigures none = vr_control_figures (moments, 0, &nothing);
  g_assert_cmpuint (none.reserved_ppm + none.cores + none.level_pps, ==, 0);
  g_assert_cmpuint (none.settled_ns, ==, 1);
  g_assert_cmpuint (vr_control_figures (moments, 1, &three_seconds).level_pps, ==, 0);
}

/* --- Steps --------------------------------------------------------------------------------------
 */

#define BALANCE "[balance]\npolicy = dynamic\nrouters = r1, r2\nperiod = 500ms\n"
#define MOVERS "mover.left = deadline 2ms/10ms @0\n"

/* What a controller would have of the lab. */
static VrHolding *
holding_new (const World *world)
{
  g_autoptr (GError) error = NULL;
  VrContractInput input = world_input (world);
  g_autoptr (VrPlanFacts) facts = vr_plan_facts_new ();
  for (guint i = 0; i < 3; i++) {
    VrPlanCpu cpu = { .id = i, .core = i };
    g_array_append_val (facts->cpus, cpu);
  }
  VrHolding *holding = g_new0 (VrHolding, 1);
  holding->lab = world->lab;
  holding->contract = vr_contract_new (&input, &error);
  g_assert_no_error (error);
  const VrFollowInput own = { &input, holding->contract, facts };
  holding->follow = vr_follow_new (&own, &error);
  g_assert_no_error (error);
  return holding;
}

static void
holding_free (VrHolding *holding)
{
  vr_follow_free (holding->follow);
  vr_contract_free (holding->contract);
  g_free (holding);
}

/* `number` half seconds after the load's beginning; that much arrives for the two. */
static void
add_step (VrControlRecord *record, const VrHolding *holding, guint number, double one, double other)
{
  const double arrived[] = { one, other };
  const VrControlRates rates[] = { { TRUE, one, one, 0 }, { TRUE, other, other, 0 } };
  g_autoptr (GPtrArray) events = g_ptr_array_new ();
  vr_cores_step (holding->follow->cores, S / 2, arrived);
  const VrControlStep step = { .holding = holding,
                               .has_followed = TRUE,
                               .rates = rates,
                               .number = number,
                               .time_ns = BEGIN + number * S / 2,
                               .period_ns = S / 2,
                               .changes = 1,
                               .apply_ns = MS,
                               .events = events };
  vr_control_record_add (record, &step);
}

static JsonObject *
element (JsonObject *object, const char *name, guint index)
{
  return json_array_get_object_element (json_object_get_array_member (object, name), index);
}

static void
test_record (void)
{
  g_autoptr (World) world = world_new (LAB (MOVERS, MOVERS BALANCE), FALSE);
  g_autoptr (VrControlRecord) record = vr_control_record_new ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  VrHolding *holding = holding_new (world);
  for (guint i = 0; i < 6; i++)
    add_step (record, holding, i, 2000, 18000);
  const VrControlWindow window = { BEGIN, BEGIN + 5 * S / 2 };
  g_autofree char *text = vr_control_record_take (record, &window, &error);
  g_assert_no_error (error);
  g_assert_true (json_parser_load_from_data (parser, text, -1, &error));
  JsonObject *told = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_int_member (told, "decisions"), ==, 5);
  g_assert_cmpint (json_object_get_int_member (told, "apply_ns"), ==, 5 * MS);
  g_assert_cmpstr (json_object_get_string_member (element (told, "routers", 1), "name"), ==, "r2");
  gint64 small = json_object_get_int_member (element (told, "routers", 0), "reserved_ppm");
  gint64 large = json_object_get_int_member (element (told, "routers", 1), "reserved_ppm");
  g_assert_cmpint (small, >=, 237400);
  g_assert_cmpint (small, <=, 237600);
  g_assert_cmpint (large, >=, 2 * small);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (told, "steps")), ==, 6);
  g_assert_cmpstr (json_object_get_string_member (element (told, "steps", 5), "schema"), ==,
                   "vrkit.control/1");
  /* They are kept no longer. */
  g_assert_null (vr_control_record_take (record, &window, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_TRAFFIC);
  holding_free (holding);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-record/settled", test_settled);
  g_test_add_func ("/control-record/served-at-once", test_served_at_once);
  g_test_add_func ("/control-record/sums", test_sums);
  g_test_add_func ("/control-record/record", test_record);
  return g_test_run ();
}
