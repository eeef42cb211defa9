/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims, from the text of an experiment and a database of made-up samples to the verdict: each
 * predicate holds where it must, fails where it must, and says why it cannot be asked. */
#include "campaign/vr-claim-verdict.h"

#include <glib/gstdio.h>
#include <string.h>

#include "campaign/vr-results.h"

#define PROFILE                                                                                    \
  "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\ntest-gateway = 198.18.1.1\n"          \
  "[port right]\ndevice = test\ntest-address = 198.18.2.2/24\ntest-gateway = 198.18.2.1\n"         \
  "[router r1]\nkind = native\ninterface = left 198.18.1.1/24\ninterface = right 198.18.2.1/24\n"
#define HEAD                                                                                       \
  "[experiment]\nprofile = lab.conf\nrepetitions = 4\norder = fixed\nconfidence = 95%\n"           \
  "[factor mtu]\nkey = port.left.mtu\nlevels = 1300, 1400, 1500\n"                                 \
  "[factor rate]\nkey = load.rate\nlevels = 1kpps, 2kpps, 3kpps, 4kpps\n"

/* What is received in pps, of each MTU at each rate: at 1300 as offered; at 1400 no more than 3
 * kpps from then on; at 1500 half of that in overload. */
static const gint64 received[3][4]
    = { { 1000, 2000, 3000, 4000 }, { 1000, 2000, 3000, 2990 }, { 1000, 2000, 1500, 800 } };
/* What drifts from block to block, and what does not. */
static const gint64 drift[] = { 0, 40, -30, 10 }, noise[] = { 1, -2, 2, -1 };

typedef struct {
  char *folder;
  const char *text;
  const char *const *only; /* of the runs */
  guint failed;            /* the runs of this condition fail; 0: none does */
  guint gap;               /* the run of the first condition in this block fails; 0: none does */
  guint limited; /* in the runs of this condition the tester sends half of what it is asked to */
  guint limited_from; /* of these the first block */
} Story;

static void
add_run (VrResults *results, const Story *story, const VrPlannedRun *run)
{
  g_autoptr (GError) error = NULL;
  guint cell = run->condition->id - 1, block = run->block;
  gint64 pps = received[cell / 4][cell % 4] + drift[block - 1] + noise[(block + cell) % 4];
  gboolean fails = run->condition->id == story->failed || (cell == 0 && block == story->gap);
  VrSample sample = { { 0 } };
  sample.values[vr_sample_column ("received_pps")] = pps;
  sample.values[vr_sample_column ("received")] = pps;
  gint64 sent = 1000 * (cell % 4 + 1) + drift[block - 1] + 2;
  gboolean is_limited = run->condition->id == story->limited && block >= story->limited_from;
  sample.values[vr_sample_column ("tester_limited")] = is_limited;
  sample.values[vr_sample_column ("asked")] = is_limited ? 2 * sent : sent;
  sample.values[vr_sample_column ("sent")] = sent;
  sample.values[vr_sample_column ("lost")] = sent - pps;
  sample.values[vr_sample_column ("cpu_system_ns")] = pps * (cell < 4 ? 2000 : 1000);
  sample.values[vr_sample_column ("duration_ns")] = 800000;
  sample.values[vr_sample_column ("cpu_duration_ns")] = 1000000;
  sample.values[vr_sample_column ("emulator_ns")] = 980000 + noise[block % 4];
  sample.values[vr_sample_column ("emulator_max_ns")] = 980000 + noise[block % 4];
  VrAttempt attempt = { .run = run->id,
                        .number = 1,
                        .how = "up",
                        .reason = fails ? "no" : NULL,
                        .sample = fails ? NULL : &sample,
                        .load_json = fails ? NULL : "{}" };
  g_assert_true (vr_results_add (results, &attempt, fails ? VR_RUN_FAILED : VR_RUN_DONE, &error));
  g_assert_no_error (error);
}

static VrSummary *
measure (const Story *story, const VrExperiment *experiment)
{
  g_autoptr (GError) error = NULL;
  VrRunChoice choice = { .only = story->only };
  g_autofree char *path = g_build_filename (story->folder, "results.sqlite", NULL);
  g_autofree char *only = story->only != NULL ? g_strjoinv ("\n", (char **) story->only) : NULL;
  g_autoptr (VrRunTable) table = vr_run_table_new (experiment, &choice, &error);
  g_assert_no_error (error);
  g_autoptr (VrResults) created = vr_results_create (path, table, only != NULL ? only : "", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < table->runs->len; i++)
    add_run (created, story, &g_array_index (table->runs, VrPlannedRun, i));
  VrSummary *summary = vr_summary_new (created, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  return summary;
}

static char *
lack_kvm (const char *need, gpointer data)
{
  (void) data;
  return strcmp (need, "kvm") == 0 ? g_strdup ("needs kvm: this is a mill") : NULL;
}

typedef struct {
  const char *claim;
  VrVerdict verdict;
  const char *says;
} Row;

/* Reads the claims of all rows as one experiment, measures it, and compares each verdict. */
static void
check (Story *story, const Row *rows, guint count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (HEAD);
  /* In memory: each run is a transaction that waits for the disk. */
  story->folder = g_mkdtemp (g_strdup ("/dev/shm/vrkit-verdict-XXXXXX"));
  g_assert_nonnull (story->folder);
  g_autofree char *profile = g_build_filename (story->folder, "lab.conf", NULL);
  g_autofree char *path = g_build_filename (story->folder, "exp.conf", NULL);
  g_assert_true (g_file_set_contents (profile, PROFILE, -1, NULL));
  for (guint i = 0; i < count; i++)
    g_string_append_printf (text, "[claim c%u]\nsays = x\n%s", i, rows[i].claim);
  g_autoptr (VrExperiment) experiment = vr_experiment_parse (text->str, path, &error);
  g_assert_no_error (error);
  g_autoptr (VrSummary) summary = measure (story, experiment);
  VrClaimCase of = { .experiment = experiment,
                     .summary = summary,
                     .only = story->only != NULL ? story->only[0] : "",
                     .lack = lack_kvm };
  g_autoptr (GPtrArray) results = vr_claim_judge (&of);
  g_assert_cmpuint (results->len, ==, count);
  for (guint i = 0; i < count; i++) {
    const VrClaimResult *result = results->pdata[i];
    if (result->verdict != rows[i].verdict || strstr (result->why, rows[i].says) == NULL)
      g_error ("\"%s: %s\" is not \"%s: %s\", of:\n%s", vr_verdict_name (result->verdict),
               result->why, vr_verdict_name (rows[i].verdict), rows[i].says, rows[i].claim);
  }
  g_assert_cmpint (g_unlink (profile), ==, 0);
  g_assert_cmpint (g_rmdir (story->folder), ==, 0);
  g_clear_pointer (&story->folder, g_free);
}

#define HOLDS VR_VERDICT_HOLDS
#define FAILS VR_VERDICT_DOES_NOT_HOLD
#define OPEN VR_VERDICT_NOT_SHOWN
#define UNTESTED VR_VERDICT_UNTESTED

static void
test_verdicts (void)
{
  static const Row rows[] = {
    { "along = mtu\norder = 1300 > 1400 > 1500\nlast = rate\n", HOLDS,
      "received_pps: mtu=1300 - mtu=1400 = 10" },
    { "along = mtu\norder = 1400 > 1300\nlast = rate\n", FAILS, "wanted above 0 (95 % confidence" },
    { "along = mtu\norder = 1300 > 1400\nwhere = rate=2kpps\n", FAILS, "4 blocks)" },
    { "along = mtu\norder = 1300 > 1400\npeak = rate\n", HOLDS, "received_pps at the peak: " },
    { "along = mtu\norder = 1400 >= 1300\nmargin = 20 %\npeak = rate\n", FAILS,
      "wanted at least 0.8" },
    { "along = mtu\norder = 1400 >= 1300\nmargin = 30 %\npeak = rate\n", HOLDS, "= 0.75" },
    { "along = mtu\norder = 1300 ~ 1400\nmargin = 2 %\nwhere = rate=2kpps\n", HOLDS, "" },
    { "along = mtu\norder = 1500 ~ 1400\nmargin = 2 %\nlast = rate\n", FAILS, "" },
    { "along = mtu\ntest = ratio\nof = 1400 / 1300\nwithin = 0.7, 0.8\npeak = rate\n", HOLDS,
      "mtu=1400 / mtu=1300 = 0.75" },
    { "along = mtu\ntest = ratio\nof = 1400 / 1300\nwithin = 0.9, 1.1\npeak = rate\n", FAILS, "" },
    { "along = mtu\ntest = ratio\nof = 1400 / 1300\nwithin = 0.75, 0.8\npeak = rate\n", OPEN,
      "wanted 0.75 to 0.8: not shown either way" },
    { "along = rate\ntest = linear\nr-squared = 0.99\nwhere = mtu=1300\n", HOLDS, "over 4 points" },
    { "along = rate\ntest = linear\nr-squared = 0.99\nwhere = mtu=1400\n", FAILS, "over 4 points" },
    { "along = rate\ntest = linear\nr-squared = 0.99\nto-peak = true\nwhere = mtu=1400\n", HOLDS,
      "over 3 points" },
    { "along = rate\ntest = plateau\nfall = 5 %\nwhere = mtu=1400\n", HOLDS, "= 0.99" },
    { "along = rate\ntest = plateau\nfall = 5 %\nwhere = mtu=1500\n", FAILS, "rate=4kpps" },
    { "along = rate\ntest = plateau\nfall = 5 %\nwhere = mtu=1300\n", UNTESTED,
      "nothing was measured in overload" },
    { "along = mtu\norder = 1500 > 1400\nmeasure = loss_share\nlast = rate\n", HOLDS,
      "loss_share: " },
    { "along = mtu\norder = 1300 > 1400\nmeasure = cpu_per_packet_ns\nlast = rate\n", HOLDS,
      "mtu=1300 - mtu=1400 = 1000" },
    { "along = mtu\ntest = ratio\nof = 1300\nwithin = 0.9, 1.1\nmeasure = mover_share\nlast = "
      "rate\n",
      HOLDS, "mtu=1300 / 1 = 0.98" },
    { "along = mtu\ntest = ratio\nof = 1300\nwithin = 0.99, 1.1\nmeasure = mover_share\n"
      "last = rate\n",
      FAILS, "wanted 0.99 to 1.1" },
    { "along = mtu\norder = 1300 > 1400\nmeasure = stream_loss_ratio\nlast = rate\n", UNTESTED,
      "0 of 4 blocks have a stream_loss_ratio of every series: it takes 2" },
    { "along = mtu\norder = 1300 > 1400\nlast = rate\nneeds = cpus 1, kvm\n", UNTESTED,
      "needs kvm: this is a mill" },
  };
  Story story = { .failed = 0 };
  check (&story, rows, G_N_ELEMENTS (rows));
}

/* The run of the first condition is missing in a block: claims that it is a part of go without that
 * block, and others do not. */
static void
test_gap (void)
{
  static const Row rows[] = {
    { "along = mtu\norder = 1300 ~ 1400\nmargin = 2 %\nwhere = rate=1kpps\n", HOLDS,
      "3 blocks; 1 more left out, in which a series has no sample)" },
    { "along = mtu\norder = 1300 > 1500\npeak = rate\n", HOLDS, "3 blocks; 1 more left out" },
    { "along = mtu\norder = 1300 > 1500\nlast = rate\n", HOLDS, "4 blocks)" },
  };
  Story story = { .gap = 2 };
  check (&story, rows, G_N_ELEMENTS (rows));
}

/* What came through of a tester that sent less than it should is no limit of the router's. */
static void
test_tester (void)
{
  static const Row rows[] = {
    { "along = mtu\norder = 1300 > 1500\nlast = rate\n", UNTESTED,
      "in 4 of 8 runs the tester was the limit: it sent less than it was asked to" },
    { "along = mtu\norder = 1300 > 1500\npeak = rate\n", UNTESTED, "in 4 of 32 runs the tester" },
    { "along = mtu\norder = 1300 > 1500\nwhere = rate=3kpps\n", HOLDS, "4 blocks)" },
  };
  Story story = { .limited = 4 };
  check (&story, rows, G_N_ELEMENTS (rows));
}

static void
test_tester_at_times (void)
{
  static const Row rows[] = {
    { "along = mtu\norder = 1300 > 1500\nlast = rate\n", HOLDS,
      "2 blocks; 2 more left out, in which a series has no sample; in 2 of 8 runs the tester was "
      "the limit: they are no samples)" },
  };
  Story story = { .limited = 4, .limited_from = 3 };
  check (&story, rows, G_N_ELEMENTS (rows));
}

/* In overload what was sent is enough of a load, whatever was asked. */
static void
test_tester_in_overload (void)
{
  static const Row rows[] = {
    { "along = mtu\norder = 1300 > 1400\nlast = rate\n", HOLDS,
      "4 blocks; in 4 of 8 runs the tester did not send as it was asked to)" },
    { "along = rate\ntest = plateau\nfall = 5 %\nwhere = mtu=1400\n", HOLDS,
      "in 4 of 16 runs the tester did not" },
  };
  Story story = { .limited = 8 };
  check (&story, rows, G_N_ELEMENTS (rows));
}

static void
test_failed (void)
{
  static const Row rows[] = {
    { "along = mtu\norder = 1300 > 1500\nlast = rate\n", UNTESTED,
      "all 4 tries of mtu=1300 rate=4kpps failed" },
    { "along = rate\ntest = plateau\nfall = 5 %\nwhere = mtu=1300\n", UNTESTED, "failed" },
    { "along = mtu\norder = 1400 > 1500\nlast = rate\n", HOLDS, "" },
  };
  Story story = { .failed = 4 };
  check (&story, rows, G_N_ELEMENTS (rows));
}

static void
test_only (void)
{
  static const char *const only[] = { "rate=4kpps", NULL };
  static const Row rows[] = {
    { "along = mtu\norder = 1300 > 1500\npeak = rate\n", UNTESTED,
      "mtu=1300 rate=1kpps was not measured: the campaign was run with --only rate=4kpps" },
    { "along = mtu\norder = 1300 > 1500\nlast = rate\n", HOLDS, "" },
  };
  Story story = { .only = only };
  check (&story, rows, G_N_ELEMENTS (rows));
}

static void
test_unmeasured (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrExperiment) experiment
      = vr_experiment_parse (HEAD "[claim a]\nsays = x\nalong = mtu\norder = 1300 > 1500\n"
                                  "last = rate\n[claim b]\nsays = x\nalong = mtu\n"
                                  "order = 1300 > 1500\nlast = rate\nneeds = kvm\n",
                             "/nowhere/exp.conf", &error);
  g_assert_no_error (error);
  VrClaimCase of = { .experiment = experiment, .lack = lack_kvm };
  g_autoptr (GPtrArray) results = vr_claim_judge (&of);
  g_assert_cmpstr (((VrClaimResult *) results->pdata[0])->why, ==, "not measured");
  g_assert_cmpstr (((VrClaimResult *) results->pdata[1])->why, ==, "needs kvm: this is a mill");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/claim-verdict/verdicts", test_verdicts);
  g_test_add_func ("/claim-verdict/gap", test_gap);
  g_test_add_func ("/claim-verdict/tester", test_tester);
  g_test_add_func ("/claim-verdict/tester-at-times", test_tester_at_times);
  g_test_add_func ("/claim-verdict/tester-in-overload", test_tester_in_overload);
  g_test_add_func ("/claim-verdict/failed", test_failed);
  g_test_add_func ("/claim-verdict/only", test_only);
  g_test_add_func ("/claim-verdict/unmeasured", test_unmeasured);
  return g_test_run ();
}
