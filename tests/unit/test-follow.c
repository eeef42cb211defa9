/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers that follow their load: lines and threads of made-up calibrations, CPUs of made-up hosts,
 * and what tenants and schedules leave of these. */
#include "control/vr-follow.h"
#include "unit/contract-fixture.h"

#define BALANCE "[balance]\npolicy = dynamic\nrouters = r1\n"
#define MOVERS "mover.left = deadline 2ms/10ms @0\n"

/* CPUs of one cache each pair, as siblings where `smt`. */
static VrPlanFacts *
facts_new (guint cpus, gboolean smt)
{
  VrPlanFacts *facts = vr_plan_facts_new ();
  for (guint i = 0; i < cpus; i++) {
    VrPlanCpu cpu = { .id = i, .core = smt ? i / 2 : i, .llc = i / 2 };
    g_array_append_val (facts->cpus, cpu);
  }
  return facts;
}

static VrFollow *
follow_of (const World *world, const VrPlanFacts *facts, GError **error)
{
  VrContractInput input = world_input (world);
  g_autoptr (VrContract) contract = vr_contract_new (&input, error);
  g_assert_no_error (*error);
  VrFollowInput own = { &input, contract, facts };
  return vr_follow_new (&own, error);
}

static VrFollow *
follow_good (const World *world, guint cpus)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlanFacts) facts = facts_new (cpus, FALSE);
  VrFollow *follow = follow_of (world, facts, &error);
  g_assert_no_error (error);
  return follow;
}

/* What all threads are to have, with bars between. */
static char *
wanted (const VrFollow *follow)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    double share;
    guint cpu;
    g_assert_true (vr_follow_wanted (follow, thread, &share, &cpu));
    g_auto (GStrv) changes = vr_follow_changes (thread, share, cpu);
    g_autofree char *joined = g_strjoinv ("|", changes);
    g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", joined);
  }
  return g_string_free (text, FALSE);
}

static void
assert_wanted (const VrFollow *follow, const char *text)
{
  g_autofree char *have = wanted (follow);
  g_assert_cmpstr (have, ==, text);
}

static void
offer (VrFollow *follow, double rate_pps, guint seconds)
{
  for (guint i = 0; i < seconds; i++)
    vr_cores_step (follow->cores, 1000 * MS, &rate_pps);
}

/* --- Threads ------------------------------------------------------------------------------------
 */

/* A vcpu alone: a quarter of 95 % of a CPU after the other, up to where the line ends, at 80 %. */
static void
test_vcpu (void)
{
  g_autoptr (World) world = world_new (LAB (MOVERS, BALANCE), FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  g_assert_cmpuint (follow->threads->len, ==, 1);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 4750us/20ms @1");
  offer (follow, 20000, 10);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 14250us/20ms @1");
  offer (follow, 90000, 10);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 16ms/20ms @1");
  offer (follow, 0, 30);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 4750us/20ms @1");
}

/* Nothing has a mover go ahead, so it follows too: at first beside the vcpu, then on a core of its
 * own. */
static void
test_cores (void)
{
  g_autoptr (World) world = world_new (LAB ("", BALANCE), FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 3);
  const VrFollowThread *vcpu = follow->threads->pdata[0], *mover = follow->threads->pdata[1];
  double share;
  guint first, second;
  g_assert_cmpuint (follow->threads->len, ==, 2);
  g_assert_true (vr_follow_wanted (follow, vcpu, &share, &first));
  g_assert_true (vr_follow_wanted (follow, mover, &share, &second));
  g_assert_cmpuint (first, ==, second);
  offer (follow, 29000, 20);
  g_assert_cmpuint (vr_cores_results (follow->cores)[0].level.cores, ==, 2);
  g_assert_true (vr_follow_wanted (follow, vcpu, &share, &first));
  g_assert_true (vr_follow_wanted (follow, mover, &share, &second));
  g_assert_cmpuint (first + second, ==, 3);
  g_assert_cmpfloat_with_epsilon (vr_follow_load (follow, "@auto"), 0.8 + 0.4, 0.01);
  g_assert_cmpfloat_with_epsilon (
      vr_follow_load (follow, "@1") + vr_follow_load (follow, "@2 exclusive"), 0.8 + 0.4, 0.01);
  g_assert_cmpfloat (vr_follow_load (follow, "@0"), ==, 0);
}

/* Nor is it a reservation of the user's that a controller has made for it before. */
static void
test_made (void)
{
  g_autoptr (World) world = world_new (LAB (MOVERS, BALANCE), FALSE);
  g_autoptr (VrPlanFacts) facts = facts_new (2, FALSE);
  g_autoptr (GHashTable) support = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  VrContractInput input = world_input (world);
  input.support = support;
  g_hash_table_add (support, (gpointer) "schedule.r1.mover.left=deadline 2ms/10ms @0");
  g_autoptr (VrContract) contract = vr_contract_new (&input, &error);
  g_assert_no_error (error);
  VrFollowInput own = { &input, contract, facts };
  g_autoptr (VrFollow) follow = vr_follow_new (&own, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (follow->threads->len, ==, 2);
}

static void
test_guess (void)
{
  g_autoptr (World) world = world_new (LAB ("", BALANCE), TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  g_autofree char *notes = g_strjoinv ("|", follow->notes);
  g_assert_cmpuint (follow->threads->len, ==, 1);
  g_assert_nonnull (strstr (notes, "emulator of router r1 has no line and no reservation"));
  g_assert_nonnull (strstr (notes, "router r1 is not calibrated, and guessed to forward 30000"));
}

/* --- CPUs ---------------------------------------------------------------------------------------
 */

/* Two of a core each: the second takes what is a core of its own. */
static void
test_siblings (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (World) world
      = world_new (LAB (MOVERS, MOVERS "[balance]\npolicy = dynamic\nrouters = r1, r2\n"), FALSE);
  g_autoptr (VrPlanFacts) facts = facts_new (6, TRUE);
  g_autoptr (VrFollow) follow = follow_of (world, facts, &error);
  g_assert_no_error (error);
  /* CPU 1 is on the core of CPU 0, which is the system's. */
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 4750us/20ms @2|"
                         "schedule.r2.vcpu.0=deadline 4750us/20ms @4");
}

/* What a thread of another schedule has reserved, and a tenant at its limit, is not to be had. */
static void
test_taken (void)
{
  g_autoptr (World) world = world_new (
      LAB (MOVERS, "mover.left = deadline 3ms/10ms @1\n[tenant b]\nrouters = r2\nrate = 4kpps\n"
                   "limit = 8kpps\n" BALANCE),
      FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  g_assert_cmpfloat_with_epsilon (g_array_index (follow->cpus, VrCoresCpu, 0).taken, 0.3 + 0.2,
                                  0.001);
  offer (follow, 30000, 10);
  /* A quarter more than 23.75 % has no room beside the half that is taken. */
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 4750us/20ms @1");
  g_assert_cmpint (vr_cores_results (follow->cores)[0].reason, ==, VR_CORES_FULL);
}

/* A change that failed: all is as it was, and it is tried again. */
static void
test_back (void)
{
  g_autoptr (World) world = world_new (LAB (MOVERS, BALANCE), FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  vr_follow_note (follow);
  offer (follow, 20000, 1);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 14250us/20ms @1");
  vr_cores_take_back (follow->cores);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 4750us/20ms @1");
  g_assert_cmpfloat_with_epsilon (vr_follow_load (follow, "@1"), 0.2375, 1e-6);
  offer (follow, 20000, 1);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 14250us/20ms @1");
}

/* --- Contracts ----------------------------------------------------------------------------------
 */

/* Never less than the rate takes, nor more than the limit. */
static void
test_tenant (void)
{
  g_autoptr (World) world = world_new (
      LAB (MOVERS, "[tenant a]\nrouters = r1\nrate = 12kpps\nlimit = 25kpps\n" BALANCE), FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  offer (follow, 0, 20);
  g_assert_cmpfloat (vr_cores_results (follow->cores)[0].level.rate_pps, >=, 12000);
  offer (follow, 90000, 20);
  g_assert_cmpfloat_with_epsilon (vr_cores_results (follow->cores)[0].level.rate_pps, 25000, 1);
}

/* All that its cores forward, or with a tenant what its rate takes, whatever arrives. */
static void
test_fixed (void)
{
  g_autoptr (World) world
      = world_new (LAB (MOVERS, "[balance]\npolicy = fixed\nrouters = r1\n"), FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 16ms/20ms @1");
  offer (follow, 0, 20);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 16ms/20ms @1");
}

/* What a controller before has left is gone on from, on the CPU that it is on. */
static void
test_start (void)
{
  g_autoptr (World) world = world_new (LAB (MOVERS, BALANCE), FALSE);
  g_autoptr (VrFollow) follow = follow_good (world, 4);
  assert_wanted (follow, "schedule.r1.vcpu.0=deadline 4750us/20ms @2");
  g_assert_cmpfloat (((VrFollowThread *) follow->threads->pdata[0])->share, ==, 0);
  g_autoptr (World) again
      = world_new ("[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[router r1]\n"
                   "interface = left 198.18.1.1/24\n[router r2]\ninterface = left 198.18.1.2/24\n"
                   "[schedule r1]\nvcpu.0 = deadline 14250us/20ms @1\n" MOVERS BALANCE,
                   FALSE);
  g_autoptr (VrFollow) next = follow_good (again, 4);
  assert_wanted (next, "schedule.r1.vcpu.0=deadline 14250us/20ms @1");
  g_assert_cmpfloat (((VrFollowThread *) next->threads->pdata[0])->share, >, 0);
}

/* --- Members ------------------------------------------------------------------------------------
 */

#define PVR(members, schedules, balance)                                                           \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[pvr r]\nmembers = " members   \
  "\ninterface = left 198.18.1.1/24\n" schedules                                                   \
  "[balance]\npolicy = dynamic\nrouters = r\n" balance

static void
assert_members (const World *world, const VrFollow *follow, const char *text)
{
  g_auto (GStrv) changes = vr_follow_member_changes (follow, world->lab, 0);
  g_autofree char *joined = changes != NULL ? g_strjoinv ("|", changes) : NULL;
  g_assert_cmpstr (joined, ==, text);
}

/* 28,500 packets a second on all of its core, then a member more with what it takes; a member is at
 * the least a level's 1 % more than the one below. */
static void
test_members_grow (void)
{
  g_autoptr (World) world = world_new (PVR ("1", "", "most-members = 2\nstep = 50%\n"), TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 4);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 9500us/20ms @2");
  assert_members (world, follow, NULL);
  offer (follow, 20000, 20);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 19ms/20ms @2");
  assert_members (world, follow, NULL);
  offer (follow, 50000, 20);
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 2);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 19ms/20ms @2");
  assert_members (world, follow, "pvr.r.members=2|schedule.r-2.vcpu.0=deadline 19ms/20ms @3");
}

/* What a controller before has left is gone on from; with less to do the second one goes, and its
 * schedule with it. */
static void
test_members_shrink (void)
{
  g_autoptr (World) world = world_new (PVR ("2",
                                            "[schedule r-1]\nvcpu.0 = deadline 19ms/20ms @3\n"
                                            "[schedule r-2]\nvcpu.0 = deadline 19ms/20ms @1\n",
                                            "most-members = 2\nstep = 50%\n"),
                                       TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 4);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 19ms/20ms @3|"
                         "schedule.r-2.vcpu.0=deadline 19ms/20ms @1");
  assert_members (world, follow, NULL);
  offer (follow, 9000, 20);
  double share;
  guint cpu;
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 1);
  g_assert_true (vr_follow_wanted (follow, follow->threads->pdata[0], &share, &cpu));
  g_assert_cmpfloat_with_epsilon (share, 0.475, 1e-6);
  g_assert_cmpuint (cpu, ==, 3);
  g_assert_false (vr_follow_wanted (follow, follow->threads->pdata[1], &share, &cpu));
  assert_members (world, follow, "pvr.r.members=1|schedule.r-2.vcpu.0=");
}

/* Members that are kept have less reserved, all alike, and go no more; those beyond most-members
 * do. */
static void
test_members_keep (void)
{
  g_autoptr (World) one
      = world_new (PVR ("1", "", "most-members = 2\nstep = 50%\nidle = keep\n"), TRUE);
  g_autoptr (VrFollow) growing = follow_good (one, 4);
  offer (growing, 50000, 20);
  g_assert_cmpuint (vr_follow_members (growing, 0), ==, 2);
  g_autoptr (World) world = world_new (PVR ("2",
                                            "[schedule r-1]\nvcpu.0 = deadline 19ms/20ms @3\n"
                                            "[schedule r-2]\nvcpu.0 = deadline 19ms/20ms @1\n",
                                            "most-members = 2\nstep = 50%\nidle = keep\n"),
                                       TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 4);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 19ms/20ms @3|"
                         "schedule.r-2.vcpu.0=deadline 19ms/20ms @1");
  offer (follow, 0, 20);
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 2);
  assert_members (world, follow, NULL);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 9500us/20ms @3|"
                         "schedule.r-2.vcpu.0=deadline 9500us/20ms @1");
  offer (follow, 50000, 2);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 19ms/20ms @3|"
                         "schedule.r-2.vcpu.0=deadline 19ms/20ms @1");
  g_autoptr (World) many
      = world_new (PVR ("3", "", "most-members = 2\nstep = 50%\nidle = keep\n"), TRUE);
  g_autoptr (VrFollow) fewer = follow_good (many, 4);
  g_assert_cmpuint (vr_follow_members (fewer, 0), ==, 2);
}

/* Two members that forward half of what is believed, and lose at that, are two yet when the lab is
 * read anew: what was learnt of one is not forgotten for the other. */
static void
test_members_go_on (void)
{
  g_autoptr (World) one = world_new (PVR ("1", "", "most-members = 2\nstep = 50%\n"), TRUE);
  g_autoptr (VrFollow) before = follow_good (one, 4);
  for (guint i = 0; i < 20; i++) {
    VrCoresSeen seen = { 18000, 14250, 3750 };
    vr_cores_heed (before->cores, 0, &seen);
    offer (before, 18000, 1);
    if (vr_follow_members (before, 0) == 2)
      break;
  }
  g_assert_cmpuint (vr_follow_members (before, 0), ==, 2);
  g_autoptr (World) two = world_new (PVR ("2",
                                          "[schedule r-1]\nvcpu.0 = deadline 19ms/20ms @3\n"
                                          "[schedule r-2]\nvcpu.0 = deadline 19ms/20ms @1\n",
                                          "most-members = 2\nstep = 50%\n"),
                                     TRUE);
  g_autoptr (VrFollow) after = follow_good (two, 4), anew = follow_good (two, 4);
  vr_follow_go_on (after, before);
  g_assert_cmpfloat (vr_cores_correction (after->cores, 0), ==,
                     vr_cores_correction (before->cores, 0));
  offer (after, 18000, 20);
  g_assert_cmpuint (vr_follow_members (after, 0), ==, 2);
  offer (anew, 18000, 20);
  g_assert_cmpuint (vr_follow_members (anew, 0), ==, 1);
}

/* What all members' movers are given is theirs, once a thread, and is not to be had, by none that
 * may still come either: two members go on beside one another. */
#define BESIDE(members, schedules)                                                                 \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[port right]\ndevice = test\n" \
  "[pvr r]\nmembers = " members "\ninterface = left 198.18.1.1/24, right\n"                        \
  "[schedule r]\nvcpu.0 = other @1\nmover.left = deadline 1ms/10ms @0\n"                           \
  "mover.right = deadline 1ms/10ms @0\n" schedules                                                 \
  "[balance]\npolicy = dynamic\nrouters = r\ncpus = 0-1\nmost-members = 2\nstep = 20%\n"

static void
test_members_beside (void)
{
  g_autoptr (World) world = world_new (BESIDE ("2", "[schedule r-1]\n"
                                                    "vcpu.0 = deadline 11400us/20ms @1\n"
                                                    "[schedule r-2]\n"
                                                    "vcpu.0 = deadline 11400us/20ms @0\n"),
                                       TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 2);
  g_assert_cmpfloat_with_epsilon (g_array_index (follow->cpus, VrCoresCpu, 0).taken, 0.2, 1e-6);
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 2);
  assert_wanted (follow, "schedule.r-1.vcpu.0=deadline 11400us/20ms @1|"
                         "schedule.r-2.vcpu.0=deadline 11400us/20ms @0");
  g_autoptr (World) one = world_new (BESIDE ("1", ""), TRUE);
  g_autoptr (VrFollow) growing = follow_good (one, 2);
  g_assert_cmpfloat_with_epsilon (g_array_index (growing->cpus, VrCoresCpu, 0).taken, 0.2, 1e-6);
}

/* Of an MSR it is the back-ends that do, and of what the common schedule says that which they have.
 */
static void
test_members_msr (void)
{
  g_autoptr (World) world
      = world_new ("[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n"
                   "[msr m]\nbalancers = 1\nrouters = 1\ninterface = left 198.18.1.1/24\n"
                   "[schedule m]\nmover.left = deadline 1ms/10ms @3\n"
                   "[balance]\npolicy = dynamic\nrouters = m\nmost-members = 2\nstep = 50%\n",
                   TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 4);
  g_assert_cmpuint (follow->threads->len, ==, 1);
  g_assert_cmpfloat_with_epsilon (g_array_index (follow->cpus, VrCoresCpu, 2).taken, 0.1, 1e-6);
  assert_wanted (follow, "schedule.m-br1.vcpu.0=deadline 9500us/20ms @2");
  offer (follow, 50000, 20);
  assert_members (world, follow, "msr.m.routers=2|schedule.m-br2.vcpu.0=deadline 19ms/20ms @1");
}

/* Before anything is known of them, all members stay; without most-members they do in any case, and
 * so they do when another number was tried in vain. */
static void
test_members_stay (void)
{
  g_autoptr (World) world = world_new (PVR ("2", "", "most-members = 3\n"), TRUE);
  g_autoptr (VrFollow) follow = follow_good (world, 4);
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 2);
  vr_cores_hold_members (follow->cores, 0);
  offer (follow, 90000, 20);
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 2);
  offer (follow, 0, 20);
  g_assert_cmpuint (vr_follow_members (follow, 0), ==, 2);
  g_autoptr (World) fixed = world_new (PVR ("2", "", ""), TRUE);
  g_autoptr (VrFollow) other = follow_good (fixed, 4);
  offer (other, 90000, 20);
  g_assert_cmpuint (vr_follow_members (other, 0), ==, 2);
  offer (other, 0, 20);
  g_assert_cmpuint (vr_follow_members (other, 0), ==, 2);
}

/* --- What is refused ----------------------------------------------------------------------------
 */

static void
assert_refused (const char *text, guint cpus, gint code, const char *fragments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (World) world = world_new (text, FALSE);
  g_autoptr (VrPlanFacts) facts = facts_new (cpus, FALSE);
  g_auto (GStrv) parts = g_strsplit (fragments, "|", -1);
  g_assert_null (follow_of (world, facts, &error));
  g_assert_error (error, VR_ERROR, code);
  for (char **part = parts; *part != NULL; part++)
    if (strstr (error->message, *part) == NULL)
      g_error ("no \"%s\" in: %s", *part, error->message);
}

static void
test_refusals (void)
{
  g_autoptr (GError) error = NULL;
  assert_refused (LAB (MOVERS, BALANCE "cpus = 1,7\n"), 2, VR_ERROR_INFEASIBLE,
                  "t.conf:16: [balance] cpus: CPU 7 is not online on this host");
  assert_refused (LAB (MOVERS, BALANCE "most-cores = 2\n"), 2, VR_ERROR_INFEASIBLE,
                  "most-cores: a router is to have 2 cores, and this host has 1 for it beside");
  assert_refused (LAB (MOVERS, "[tenant a]\nrouters = r1\nrate = 33kpps\nlimit = 40kpps\n" BALANCE),
                  2, VR_ERROR_INFEASIBLE,
                  "tenant a (t.conf:16): router r1 is to forward 33000|never seen to forward more");
  assert_refused (LAB (MOVERS, "mover.left = deadline 5ms/10ms @1\n[tenant a]\nrouters = r1\n"
                               "rate = 20kpps\nlimit = 21kpps\n" BALANCE),
                  2, VR_ERROR_INFEASIBLE,
                  "router r1 is to have what 20000 packets a second take, and no CPU has room");
  g_autoptr (World) world = world_new (LAB (MOVERS, BALANCE), FALSE);
  g_autoptr (VrPlanFacts) facts = facts_new (2, FALSE);
  VrCalibration *calibration = world->calibrations->pdata[0];
  g_ptr_array_set_size (calibration->curves, 0);
  add_curve (calibration, "vcpu.0", 64, 0);
  g_assert_null (follow_of (world, facts, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "no thread of router r1 has a line"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/follow/vcpu", test_vcpu);
  g_test_add_func ("/follow/cores", test_cores);
  g_test_add_func ("/follow/made", test_made);
  g_test_add_func ("/follow/guess", test_guess);
  g_test_add_func ("/follow/siblings", test_siblings);
  g_test_add_func ("/follow/taken", test_taken);
  g_test_add_func ("/follow/back", test_back);
  g_test_add_func ("/follow/tenant", test_tenant);
  g_test_add_func ("/follow/fixed", test_fixed);
  g_test_add_func ("/follow/start", test_start);
  g_test_add_func ("/follow/members/grow", test_members_grow);
  g_test_add_func ("/follow/members/shrink", test_members_shrink);
  g_test_add_func ("/follow/members/keep", test_members_keep);
  g_test_add_func ("/follow/members/go-on", test_members_go_on);
  g_test_add_func ("/follow/members/beside", test_members_beside);
  g_test_add_func ("/follow/members/msr", test_members_msr);
  g_test_add_func ("/follow/members/stay", test_members_stay);
  g_test_add_func ("/follow/refusals", test_refusals);
  return g_test_run ();
}
