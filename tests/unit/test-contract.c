/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tenants' rates become reservations by calibrations that are made up, and what cannot be is
 * refused. */
#include "campaign/vr-calibration-contract.h"
#include "unit/contract-fixture.h"

static VrContract *
contract_of (const World *world, GError **error)
{
  VrContractInput input = world_input (world);
  return vr_contract_new (&input, error);
}

static VrContract *
contract_good (const World *world)
{
  g_autoptr (GError) error = NULL;
  VrContract *contract = contract_of (world, &error);
  g_assert_no_error (error);
  return contract;
}

/* What the first decision changes, with bars between. */
static char *
first_changes (const VrContract *contract)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  VrDecideConfig config = vr_decide_config_default (500 * MS);
  VrDecideCounters counters[2] = { { .is_missing = FALSE } };
  g_autoptr (VrDecider) decider = vr_decider_new (
      &config, (const double *) (gconstpointer) contract->capacity->data, contract->pools->len,
      (const VrDecideTenant *) (gconstpointer) contract->tenants->data, contract->tenants->len,
      &error);
  g_assert_no_error (error);
  const VrDecideResult *results = vr_decider_step (decider, MS, counters);
  for (guint i = 0; i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    double share = results[thread->tenant].threads[thread->number].share;
    g_auto (GStrv) changes = vr_contract_changes (thread, share);
    g_autofree char *joined = g_strjoinv ("|", changes);
    g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", joined);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_first (const char *text, const char *wanted)
{
  g_autoptr (World) world = world_with_cpus (text, FALSE, 4);
  g_autoptr (VrContract) contract = contract_good (world);
  g_autofree char *changes = first_changes (contract);
  g_assert_cmpstr (changes, ==, wanted);
}

static void
test_rates (void)
{
  /* 4,000 of 40,000 a CPU are 10 %, 2 ms of each 20 ms. */
  assert_first (LAB ("", "[tenant a]\nrouters = r1\nrate = 4kpps\n"),
                "schedule.r1.vcpu.0=deadline 2ms/20ms @1");
  /* Of frames of 512 bytes a CPU forwards half as many: 4,000 in bits, 20 %. */
  assert_first (LAB ("", "[tenant a]\nrouters = r1\nrate = 16384000bit/s at 512\n"),
                "schedule.r1.vcpu.0=deadline 4ms/20ms @1");
  /* A rate is that of both routers together. */
  assert_first (LAB ("", "[tenant a]\nrouters = r1, r2\nrate = 8kpps\n"),
                "schedule.r1.vcpu.0=deadline 2ms/20ms @1|schedule.r2.vcpu.0=deadline 2ms/20ms @1");
  assert_first (LAB ("", "[tenant a]\nrouters = r2\nrate = 8kpps\n[tenant b]\nrouters = r1\n"
                         "rate = 4kpps\n"),
                "schedule.r2.vcpu.0=deadline 4ms/20ms @1|schedule.r1.vcpu.0=deadline 2ms/20ms @1");
}

/* One CPU cannot reserve what both rates take, and what is guaranteed it can. */
static void
test_overbooked (void)
{
  g_autoptr (World) world = world_with_cpus (
      LAB ("", "[tenant a]\nrouters = r1\nrate = 24kpps\npriority = 1\n[tenant b]\n"
               "routers = r2\nrate = 24kpps\nguarantee = 4kpps\n"),
      FALSE, 4);
  g_autoptr (VrContract) contract = contract_good (world);
  /* No share of a mover beside others bridges 200 frames at 24,000 a second. */
  g_assert_cmpuint (contract->pools->len, ==, 1);
  g_assert_cmpstr (contract->pools->pdata[0], ==, "@1");
  g_assert_cmpfloat_with_epsilon (g_array_index (contract->capacity, double, 0), 0.95, 1e-9);
  g_autofree char *changes = first_changes (contract);
  /* Both in 15 ms, as the queue bridges no more: 60 % for the first, and what is left. */
  g_assert_cmpstr (
      changes, ==,
      "schedule.r1.vcpu.0=deadline 9ms/15ms @1|schedule.r2.vcpu.0=deadline 5250us/15ms @1");
}

static void
test_movers (void)
{
  static const char tenant[] = "[tenant a]\nrouters = r1\nrate = 4kpps\nlimit = 8kpps\n";
  g_autofree char *without = g_strconcat (LAB ("", ""), tenant, NULL);
  g_autoptr (World) free_world = world_new (without, FALSE);
  g_autoptr (VrContract) supported = contract_good (free_world);
  /* 8,000 of 80,000 are 10 %, and 15 % with the margin; but 200 frames at 8,000 a second bridge
   * 25 ms, and on a CPU that the vcpu may have, too, the longest wait at 56 % is 2 (20 - 11.2) + 4
   * / 0.56 ms. */
  g_assert_cmpuint (g_strv_length (supported->support), ==, 1);
  g_assert_cmpstr (supported->support[0], ==, "schedule.r1.emulator=deadline 11200us/20ms @auto");
  g_assert_cmpuint (g_strv_length (supported->notes), ==, 0);
  g_autofree char *with
      = g_strconcat (LAB ("mover.left = deadline 4ms/10ms @1\n", ""), tenant, NULL);
  g_autoptr (World) reserved_world = world_new (with, FALSE);
  g_autoptr (VrContract) kept = contract_good (reserved_world);
  g_assert_cmpuint (g_strv_length (kept->support), ==, 0);
  g_assert_cmpfloat_with_epsilon (g_array_index (kept->capacity, double, 0), 0.55, 1e-9);
}

/* What a controller has reserved for a mover is decided anew, and what the user has is kept, also
 * where it was the controller's once. */
static void
test_support (void)
{
  static const char made[] = "schedule.r1.emulator=deadline 6800us/20ms @auto";
  static const struct {
    const char *row, *support;
    guint changes;
  } cases[] = { { "emulator = deadline 6800us/20ms @auto\n", made, 1 },
                { "emulator = deadline 6800us/20ms @auto\n", NULL, 0 },
                { "emulator = deadline 7ms/20ms @auto\n", made, 0 },
                { "emulator = fifo 10\n", made, 0 } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = g_strconcat (
        "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[router r1]\n"
        "interface = left 198.18.1.1/24\n[schedule r1]\nvcpu.0 = other @1\n",
        cases[i].row, "[tenant a]\nrouters = r1\nrate = 4kpps\nlimit = 12kpps\n", NULL);
    g_autoptr (World) world = world_new (text, FALSE);
    g_autoptr (GHashTable) support = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GError) error = NULL;
    VrContractInput input = world_input (world);
    input.support = support;
    if (cases[i].support != NULL)
      g_hash_table_add (support, (gpointer) cases[i].support);
    g_autoptr (VrContract) contract = vr_contract_new (&input, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_strv_length (contract->support), ==, cases[i].changes);
    /* By the limit as it is now. */
    if (cases[i].changes > 0)
      g_assert_cmpstr (contract->support[0], !=, made);
  }
}

static void
test_guess (void)
{
  g_autoptr (World) world = world_new (LAB ("", "[tenant a]\nrouters = r1\nrate = 3kpps\n"), TRUE);
  g_autoptr (VrContract) contract = contract_good (world);
  g_autofree char *changes = first_changes (contract);
  g_autofree char *notes = g_strjoinv ("|", contract->notes);
  g_assert_cmpstr (changes, ==, "schedule.r1.vcpu.0=deadline 2ms/20ms @1");
  g_assert_nonnull (strstr (notes, "router r1 is not calibrated, and guessed to forward 30000"));
  g_assert_nonnull (strstr (notes, "emulator of router r1 has no reservation"));
  world->host.has_deadline = FALSE;
  g_autoptr (VrContract) limited = contract_good (world);
  g_autofree char *quota = first_changes (limited);
  g_autofree char *lost = g_strjoinv ("|", limited->notes);
  g_assert_cmpstr (quota, ==, "schedule.r1.vcpu.0=quota 2ms/20ms @1");
  g_assert_nonnull (strstr (lost, "held by quota, which limits it and promises nothing"));
}

/* Movers apart, so that it is the vcpus that share a CPU, or do not. */
#define APART(other, tenants)                                                                      \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[router r1]\n"                 \
  "interface = left 198.18.1.1/24\n[router r2]\ninterface = left 198.18.1.2/24\n"                  \
  "[schedule r1]\nvcpu.0 = other @1\nmover.left = deadline 1ms/10ms @0\n"                          \
  "[schedule r2]\nvcpu.0 = " other "\nmover.left = deadline 1ms/10ms @0\n" tenants

#define RATES "[tenant a]\nrouters = r1\nrate = 12kpps\n[tenant b]\nrouters = r2\nrate = 4kpps\n"

static guint64
first_period (const char *text, gboolean is_guess, guint notes)
{
  g_autoptr (World) world = world_with_cpus (text, is_guess, 4);
  g_autoptr (VrContract) contract = contract_good (world);
  g_autofree char *told = g_strjoinv ("|", contract->notes);
  guint found = 0;
  for (char **note = contract->notes; *note != NULL; note++)
    found += strstr (*note, "r1/vcpu.0 may lose packets at") != NULL;
  if (found != notes)
    g_error ("%u of %u notes of loss in: %s", found, notes, told);
  return ((const VrContractThread *) contract->threads->pdata[0])->grant.period_ns;
}

/* A tenant's budget may come early in one period and late in the next where another's is on its
 * CPU, so its period is half as long: 456 frames at 12,000 a second are 38 ms, of which 13.3 repay
 * a tick, and 30 % leave 0.7 T once or twice. */
static void
test_shared (void)
{
  g_assert_cmpuint (first_period (APART ("other @2", RATES), FALSE, 0), ==, 20 * MS);
  g_assert_cmpuint (first_period (APART ("other @1", RATES), FALSE, 0), ==, 17 * MS);
  g_assert_cmpuint (first_period (APART ("other @1-2", RATES), FALSE, 0), ==, 17 * MS);
  /* A reservation that no tenant has. */
  g_assert_cmpuint (
      first_period (APART ("fifo 10 @1", "[tenant a]\nrouters = r1\nrate = 12kpps\n"), FALSE, 0),
      ==, 17 * MS);
}

/* Between rate and limit the queue must bridge, too, as long as there is a period that does. */
static void
test_limit_bridged (void)
{
  static const char low[] = "[tenant a]\nrouters = r1\nrate = 4kpps\n";
  static const char high[] = "[tenant a]\nrouters = r1\nrate = 4kpps\nlimit = 20kpps\n";
  g_autofree char *alone = g_strconcat (APART ("other @2", ""), low, NULL);
  g_autofree char *limited = g_strconcat (APART ("other @2", ""), high, NULL);
  g_assert_cmpuint (first_period (alone, FALSE, 0), ==, 20 * MS);
  /* 456 frames at 20,000 a second are 22.8 ms less 8 ms of a tick, and half of T is missing: 29 ms,
   * which is more than the calibration's; with 100 frames less in the queue it is 19 ms. */
  g_assert_cmpuint (first_period (limited, FALSE, 0), ==, 20 * MS);
  char *queue = strstr (limited, "queue-length = 200");
  memcpy (queue, "queue-length = 100", strlen ("queue-length = 100"));
  g_assert_cmpuint (first_period (limited, FALSE, 0), ==, 19 * MS);
  /* A tick of 10 ms alone is 400 frames. */
  g_autoptr (World) world = world_with_cpus (limited, FALSE, 4);
  ((VrCalibration *) world->calibrations->pdata[0])->tick_ns = 10 * MS;
  g_autoptr (GError) error = NULL;
  g_assert_null (contract_of (world, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_INFEASIBLE);
}

/* A guess: 356 frames at 25,000 a second are 14.2 ms, twice a sixth of T; at 15,000, half of what
 * it is taken to forward, 23.7 ms and twice the half. */
static void
test_guess_bridged (void)
{
  static const char rates[] = "[tenant a]\nrouters = r1\nrate = 4kpps\nlimit = 25kpps\n"
                              "[tenant b]\nrouters = r2\nrate = 1kpps\n";
  g_autofree char *text = g_strconcat (APART ("other @1", ""), rates, NULL);
  g_assert_cmpuint (first_period (text, TRUE, 0), ==, 20 * MS);
  char *queue = strstr (text, "queue-length = 200");
  memcpy (queue, "queue-length =   4", strlen ("queue-length =   4"));
  g_assert_cmpuint (first_period (text, TRUE, 0), ==, 17 * MS);
}

/* 12 kpps have 30 % of 17 ms, beside another's on their CPU: 2 · 11.9 ms, and 4 ms / 0.3; alone
 * half as many waits. A guess's tick is not known. */
static void
test_latency (void)
{
  g_autoptr (World) world = world_with_cpus (APART ("other @1", RATES), FALSE, 4);
  g_autoptr (VrContract) contract = contract_good (world);
  const VrContractThread *thread = contract->threads->pdata[0];
  g_assert_cmpfloat_with_epsilon ((double) vr_contract_gap_ns (thread, 0.3) / MS,
                                  2 * 11.9 + 4 / 0.3, 1e-3);
  g_autoptr (World) apart = world_with_cpus (APART ("other @2", RATES), TRUE, 4);
  g_autoptr (VrContract) guess = contract_good (apart);
  g_assert_cmpfloat_with_epsilon ((double) vr_contract_gap_ns (guess->threads->pdata[0], 0.3) / MS,
                                  14, 1e-3);
}

/* What the kernel grants in fact counts before what its settings say. */
static void
test_ceiling (void)
{
  g_autoptr (World) world
      = world_with_cpus (LAB ("", "[tenant a]\nrouters = r1\nrate = 4kpps\n"), FALSE, 4);
  world->ceiling_ppm = 899000;
  g_autoptr (VrContract) contract = contract_good (world);
  g_assert_cmpfloat_with_epsilon (g_array_index (contract->capacity, double, 0), 0.899, 1e-9);
}

/* What a router of no tenant has reserved, and a tenant's on CPUs that another names, too, is out
 * of reach. */
static void
assert_capacity (const char *text, guint cpus, const char *wanted)
{
  g_autoptr (World) world = world_with_cpus (text, FALSE, cpus);
  g_autoptr (VrContract) contract = contract_good (world);
  g_autoptr (GString) found = g_string_new (NULL);
  for (guint i = 0; i < contract->pools->len; i++)
    g_string_append_printf (found, "%s%s %.3f", i > 0 ? "|" : "",
                            (const char *) contract->pools->pdata[i],
                            g_array_index (contract->capacity, double, i));
  g_assert_cmpstr (found->str, ==, wanted);
}

#define SCHEDULED(one, other, tenants)                                                             \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[router r1]\n"                 \
  "interface = left 198.18.1.1/24\n[router r2]\nvcpus = 2\ninterface = left 198.18.1.2/24\n"       \
  "[schedule r1]\nmover.left = deadline 1ms/10ms @0\n" one                                         \
  "[schedule r2]\nmover.left = deadline 2ms/10ms @0\n" other "[tenant a]\nrouters = r1\n"          \
  "rate = 4kpps\n" tenants

static void
test_pools (void)
{
  static const char b[] = "[tenant b]\nrouters = r2\nrate = 8kpps\n";
  assert_capacity (SCHEDULED ("vcpu.0 = other @1\n", "vcpu.0 = deadline 10ms/20ms @1\n", ""), 2,
                   "@1 0.450");
  /* On two CPUs, one of which is the pool's: what the other has no room for. */
  assert_capacity (SCHEDULED ("vcpu.0 = other @1\n", "vcpu.0 = deadline 10ms/20ms @1-2\n", ""), 3,
                   "@1 0.950");
  assert_capacity (
      SCHEDULED ("vcpu.0 = other @1\n",
                 "vcpu.0 = deadline 10ms/20ms @1-2\nvcpu.1 = deadline 12ms/20ms @1-2\n", ""),
      3, "@1 0.800");
  /* CPUs are the same however they are named, and movers' CPU 0 is of no pool. */
  g_autofree char *same
      = g_strconcat (SCHEDULED ("vcpu.0 = other @auto\n", "vcpu.0 = other @1\n", ""), b, NULL);
  assert_capacity (same, 2, "@1 0.950");
  /* The tenth that a takes on CPU 1, and the movers on CPU 0, are not b's. */
  g_autofree char *wider
      = g_strconcat (SCHEDULED ("vcpu.0 = other @1\n", "vcpu.0 = other @0-1\n", ""), b, NULL);
  assert_capacity (wider, 2, "@1 0.950|@0-1 1.500");
}

#define MSR(settings)                                                                              \
  "[lab]\nname = x\n[port left]\ndevice = test\n[msr m]\nbalancers = 1\nrouters = 2\n"             \
  "interface = left 198.18.1.1/24\n" settings

#define APART_MSR                                                                                  \
  "[schedule m-lb1]\nvcpu.0 = deadline 4ms/20ms @2\n[schedule m-br1]\nvcpu.0 = other @2\n"         \
  "[schedule m-br2]\nvcpu.0 = other @2\n[tenant a]\nrouters = m\nrate = 8kpps\n"

/* An MSR is held by its back-ends, by what each gets; balancers have what is reserved for them, and
 * what is not is told. */
static void
test_msr (void)
{
  assert_first (MSR (APART_MSR),
                "schedule.m-br1.vcpu.0=deadline 2ms/20ms @2|schedule.m-br2.vcpu.0=deadline "
                "2ms/20ms @2");
  /* Of weights 3 and 1 the first gets 6,000, 15 % of a CPU: 306 frames, of which the inner port
   * holds 50, bridge 1.7 T and 26.7 ms of a tick with a T of 14 ms. */
  assert_first (MSR ("weights = 3, 1\n" APART_MSR),
                "schedule.m-br1.vcpu.0=deadline 2100us/14ms @2|schedule.m-br2.vcpu.0=deadline "
                "1ms/20ms @2");
  assert_first (MSR ("weights = 0, 1\n" APART_MSR),
                "schedule.m-br2.vcpu.0=deadline 2200us/11ms @2");
  g_autoptr (World) world = world_with_cpus (MSR (APART_MSR), FALSE, 4);
  g_autoptr (VrContract) contract = contract_good (world);
  g_assert_cmpuint (g_strv_length (contract->support), ==, 2);
  g_assert_cmpuint (g_strv_length (contract->notes), ==, 1);
  g_assert_nonnull (
      strstr (contract->notes[0], "balancer m-lb1 has no reservation for emulator, so the rate"));
  g_assert_cmpstr (contract->pools->pdata[0], ==, "@2");
  g_assert_cmpfloat_with_epsilon (g_array_index (contract->capacity, double, 0), 0.75, 1e-9);
}

/* Control reserves nothing for a balancer's vcpu: it is neither beside a back-end's reservation,
 * nor one of those that follow. */
static void
test_balancers (void)
{
  static const struct {
    const char *text;
    VrGapCpu cpu;
  } rows[] = {
    { MSR ("[schedule m-lb1]\nvcpu.0 = other @1\n[schedule m-br1]\nvcpu.0 = other @1\n"
           "[schedule m-br2]\nvcpu.0 = other @2\n[tenant a]\nrouters = m\nrate = 8kpps\n"),
      VR_GAP_ALONE },
    { MSR ("[schedule m-lb1]\nvcpu.0 = other @1\n[schedule m-br1]\nvcpu.0 = other @1\n"
           "[schedule m-br2]\nvcpu.0 = other @1\n[tenant a]\nrouters = m\nrate = 8kpps\n"),
      VR_GAP_SHARED },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (VrLab) lab = fixture_parse (rows[i].text);
    const VrRouter *backend = vr_lab_router (lab, "m-br1");
    g_assert_cmpint (vr_calibration_sharing (NULL, lab, backend, "vcpu.0"), ==, rows[i].cpu);
  }
  assert_capacity (MSR ("[router r1]\ninterface = left 198.18.1.9/24\n[schedule m-lb1]\n"
                        "vcpu.0 = deadline 4ms/20ms @1\n[schedule r1]\nvcpu.0 = other @1\n"
                        "mover.left = deadline 1ms/10ms @0\n[balance]\npolicy = fixed\n"
                        "routers = m\n[tenant a]\nrouters = r1\nrate = 4kpps\n"),
                   4, "@1 0.750");
}

/* Deadlines beside a quota: the whole CPU is out of their reach. */
static void
test_policies (void)
{
  for (guint quota = 0; quota < 2; quota++) {
    g_autoptr (World) world
        = world_new (LAB ("", "[tenant a]\nrouters = r1\nrate = 4kpps\n[tenant b]\nrouters = r2\n"
                              "rate = 4kpps\n"),
                     FALSE);
    for (guint i = 0; i < 2; i++)
      g_ptr_array_remove_index (((VrCalibration *) world->calibrations->pdata[i])->curves, 2);
    ((VrCalibration *) world->calibrations->pdata[quota])->policy = VR_POLICY_QUOTA;
    g_autoptr (VrContract) contract = contract_good (world);
    g_assert_cmpuint (contract->pools->len, ==, 1);
    g_assert_cmpfloat_with_epsilon (g_array_index (contract->capacity, double, 0), 0.95, 1e-9);
  }
}

static void
assert_refused (const char *text, gint code, const char *fragments)
{
  g_autoptr (World) world = world_with_cpus (text, FALSE, 4);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = g_strsplit (fragments, "|", -1);
  g_assert_null (contract_of (world, &error));
  g_assert_error (error, VR_ERROR, code);
  for (char **part = parts; *part != NULL; part++)
    if (strstr (error->message, *part) == NULL)
      g_error ("no \"%s\" in: %s", *part, error->message);
}

static void
test_refusals (void)
{
  assert_refused (LAB ("", "[tenant a]\nrouters = r1\nrate = 40kpps\n"), VR_ERROR_INFEASIBLE,
                  "tenant a (t.conf:15), router r1: |40kpps is more than was ever forwarded: "
                  "31999pps would fit");
  /* 60 % each of the 95 % that one CPU has. */
  assert_refused (LAB ("", "[tenant a]\nrouters = r1\nrate = 24kpps\n[tenant b]\nrouters = r2\n"
                           "rate = 24kpps\n"),
                  VR_ERROR_INFEASIBLE,
                  "CPUs @1: what is guaranteed to a (t.conf:15), b (t.conf:18) takes 120.0 % of a "
                  "CPU, and 95.0 %|"
                  "79 % of each guarantee would fit");
  g_autoptr (World) world = world_new (LAB ("", "[tenant a]\nrouters = r1\nrate = 4kpps\n"), FALSE);
  g_autoptr (GError) error = NULL;
  VrCalibration *calibration = world->calibrations->pdata[0];
  g_ptr_array_set_size (calibration->curves, 0);
  add_curve (calibration, "vcpu.0", 64, 0);
  g_assert_null (contract_of (world, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "no vcpu of router r1 has a line that can be used"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/contract/rates", test_rates);
  g_test_add_func ("/contract/overbooked", test_overbooked);
  g_test_add_func ("/contract/movers", test_movers);
  g_test_add_func ("/contract/support", test_support);
  g_test_add_func ("/contract/guess", test_guess);
  g_test_add_func ("/contract/shared", test_shared);
  g_test_add_func ("/contract/limit-bridged", test_limit_bridged);
  g_test_add_func ("/contract/guess-bridged", test_guess_bridged);
  g_test_add_func ("/contract/latency", test_latency);
  g_test_add_func ("/contract/ceiling", test_ceiling);
  g_test_add_func ("/contract/pools", test_pools);
  g_test_add_func ("/contract/msr", test_msr);
  g_test_add_func ("/contract/balancers", test_balancers);
  g_test_add_func ("/contract/policies", test_policies);
  g_test_add_func ("/contract/refusals", test_refusals);
  return g_test_run ();
}
