/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims of an experiment: which conditions make their series, and what is refused when it is read.
 */
#include "campaign/vr-claim-spec.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-measure.h"

#define PATH "/nowhere/exp.conf"
#define HEAD "[experiment]\nprofile = lab.conf\n"
#define RATES "[factor rate]\nkey = load.rate\nlevels = 1kpps, 4kpps, 2kpps\n"
#define QUEUES "[factor queue]\nkey = port.left.queue-length\nlevels = 5, 35, 110\n"
#define MODES "[factor mode]\nkey = schedule.r1.vcpu.0\nlevel = other @0\nlevel = fifo 50 @1\n"
/* 14 lines. */
#define ALL HEAD RATES QUEUES MODES "[conditions]\nexclude = queue=110 rate=4kpps\n"
#define ALIKE                                                                                      \
  HEAD QUEUES RATES "[factor size]\nkey = load.size\nlevels = 64, 65, 64\nwith = rate\n"           \
                    "[claim c]\nsays = x\n"
#define CLAIM ALL "[claim c]\nsays = so it is\n"
#define MODE "where = mode=\"other @0\"\n"

static VrExperiment *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  VrExperiment *experiment = vr_experiment_parse (text, PATH, &error);
  g_assert_no_error (error);
  return experiment;
}

/* "35 5,8|110 10": the series of the first claim, each with the numbers of its conditions. */
static char *
series_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrExperiment) experiment = parse (text);
  g_autoptr (VrClaimSpec) spec
      = vr_claim_spec_new (experiment, experiment->claims->pdata[0], &error);
  g_assert_no_error (error);
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < spec->series->len; i++) {
    const VrClaimSeries *series = spec->series->pdata[i];
    g_string_append_printf (all, "%s%s ", i > 0 ? "|" : "", series->level);
    for (guint k = 0; k < series->cells->len; k++)
      g_string_append_printf (all, "%s%u", k > 0 ? "," : "",
                              g_array_index (series->cells, guint, k));
  }
  return g_string_free (all, FALSE);
}

/* Conditions in order: rate slowest, then queue, then mode; rate 4kpps has two queues. */
static void
test_series (void)
{
  static const struct {
    const char *text, *series;
  } rows[] = {
    { CLAIM "along = queue\nwhere = rate=1kpps mode=\"other @0\"\norder = 35 > 5 ~ 110\n"
            "margin = 5 %\n",
      "35 2|5 0|110 4" },
    { CLAIM "along = queue\norder = 5 >= 110\npeak = rate\n" MODE, "5 0,6,10|110 4,14" },
    { CLAIM "along = queue\norder = 5 > 35\nlast = rate\n" MODE, "5 6|35 8" },
    { CLAIM "along = mode\ntest = ratio\nof = fifo 50 @1 / \"other @0\"\nwithin = 0.9, 1.1\n"
            "where = rate=2kpps queue=35\n",
      "fifo 50 @1 13|other @0 12" },
    { CLAIM "along = queue\ntest = ratio\nof = 35\nwithin = 0.9, 1.1\npeak = rate\n" MODE,
      "35 2,8,12" },
    { CLAIM "along = rate\ntest = linear\nr-squared = 0.9\nto-peak = true\nwhere = queue=5 "
            "mode=\"other @0\"\n",
      "1kpps 0|2kpps 10|4kpps 6" },
    { CLAIM "along = queue\ntest = plateau\nfall = 10 %\npeak = rate\n" MODE,
      "5 0,6,10|35 2,8,12|110 4,14" },
    { HEAD QUEUES "[factor rate]\nkey = load.rate\nlevels = 1k, 2k, 3k\nwith = queue\n"
                  "[claim c]\nsays = x\nalong = rate\norder = 3k > 1k\n",
      "3k 2|1k 0" },
    { ALIKE "along = queue\norder = 35 > 5\nwhere = size=65\n", "35 4|5 1" },
    { ALIKE "along = queue\norder = 35 > 5\nwhere = size=64\nlast = rate\n", "35 5|5 2" },
    { ALIKE "along = size\norder = 64 > 65\nwhere = queue=35\npeak = rate\n", "64 3,5|65 4" },
    { HEAD QUEUES RATES "[factor size]\nkey = load.size\nlevels = 64, 65, 66\nwith = rate\n"
                        "[claim c]\nsays = x\nalong = queue\norder = 35 > 5\npeak = size\n",
      "35 3,4,5|5 0,1,2" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *series = series_of (rows[i].text);
    g_assert_cmpstr (series, ==, rows[i].series);
  }
}

static VrClaimSpec *
spec_of (const VrExperiment *experiment, guint claim)
{
  g_autoptr (GError) error = NULL;
  VrClaimSpec *spec = vr_claim_spec_new (experiment, experiment->claims->pdata[claim], &error);
  g_assert_no_error (error);
  return spec;
}

static void
test_values (void)
{
  g_autoptr (VrExperiment) experiment = parse (
      HEAD "needs = cpus 3, vhost\n" QUEUES
           "[claim a]\nrow = A3\nsays = x\nalong = queue\norder = 5 > 35 >= 110\nmargin = 2.5 %\n"
           "measure = latency_p99_ns\nconfidence = 90\nneeds = kvm\n"
           "[claim b]\nsays = y\nalong = queue\ntest = ratio\nof = 5 / 35\nwithin = 0, 1.5\n");
  g_autoptr (VrExperiment) controlled
      = parse (HEAD "[control]\n" QUEUES "[claim a]\nsays = x\nalong = queue\norder = 5 > 35\n"
                    "measure = control_apply_mean_ns\n");
  g_autoptr (VrClaimSpec) apply = spec_of (controlled, 0);
  g_autoptr (VrClaimSpec) order = spec_of (experiment, 0), ratio = spec_of (experiment, 1);
  const VrExperimentClaim *claim = experiment->claims->pdata[0];
  g_assert_cmpstr (claim->row, ==, "A3");
  g_assert_cmpstr (claim->needs->pdata[0], ==, "kvm");
  g_assert_cmpstr (experiment->needs->pdata[1], ==, "vhost");
  g_assert_cmpint (order->relations[0], ==, VR_RELATION_ABOVE);
  g_assert_cmpint (order->relations[1], ==, VR_RELATION_NOT_BELOW);
  g_assert_cmpfloat (order->margin, ==, 0.025);
  g_assert_cmpfloat (order->confidence, ==, 0.9);
  g_assert_cmpstr (vr_measure_name (order->measure), ==, "latency_p99_ns");
  g_assert_cmpfloat (ratio->confidence, ==, 0.99);
  g_assert_cmpfloat (ratio->low, ==, 0);
  g_assert_cmpfloat (ratio->high, ==, 1.5);
  g_assert_cmpstr (vr_measure_name (ratio->measure), ==, "received_pps");
  g_assert_cmpstr (vr_measure_name (apply->measure), ==, "control_apply_mean_ns");
}

/* What is wrong, the line that is named, and what is said of it. The claim is lines 15 and 16. */
static void
test_refusals (void)
{
  static const struct {
    const char *text;
    guint line;
    const char *says;
  } rows[] = {
    { ALL "[claim c]\nalong = queue\n", 15, "lacks the key \"says\"" },
    { CLAIM, 15, "lacks the key \"along\"" },
    { ALL "[claim]\n", 15, "[claim NAME]" },
    { CLAIM "along = queue\n", 15, "order: test = order needs it" },
    { CLAIM "along = queue\ntest = ratio\nof = 5 / 35\n", 15, "within: test = ratio needs it" },
    { CLAIM "along = queue\norder = 5 > 35\nfall = 5 %\n", 19, "is of test = plateau" },
    { CLAIM "along = queue\ntest = near\n", 18, "order, ratio, linear, plateau or spread" },
    { CLAIM "along = queue\norder = 5 > 35\nwithin = 0, 1\n", 19, "is of test = ratio or spread" },
    { CLAIM "along = queue\ntest = spread\nof = 5 / 35\n", 15, "within: test = spread needs it" },
    { CLAIM "along = queue\ntest = spread\nof = 5\nwithin = 0, 1\n", 19, "LEVEL / LEVEL" },
    { CLAIM "along = queu\norder = 5 > 35\n", 17, "no factor queu; did you mean queue?" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rat\n" MODE, 19, "did you mean rate?" },
    { CLAIM "along = queue\norder = 5 > 36\npeak = rate\n" MODE, 18, "no level \"36\"" },
    { CLAIM "along = queue\norder = 5 > 5\npeak = rate\n" MODE, 18, "twice" },
    { ALIKE "along = queue\norder = 5 > 35\nwhere = size=64\n", 15, "levels of factor rate were" },
    { ALIKE "along = size\norder = 64 > 65\nwhere = queue=5\n", 15, "levels of factor rate were" },
    { CLAIM "along = queue\norder = 5\npeak = rate\n" MODE, 18, "one level" },
    { CLAIM "along = queue\norder = 5 >\npeak = rate\n" MODE, 18, "levels with signs" },
    { CLAIM "along = queue\norder = 5 / 35\npeak = rate\n" MODE, 18, "no sign of an order" },
    { CLAIM "along = queue\norder = \"5 > 35\npeak = rate\n" MODE, 18, "levels with signs" },
    { CLAIM "along = queue\norder = \"5\" 35\npeak = rate\n" MODE, 18, "levels with signs" },
    { CLAIM "along = queue\norder = 5 ~ 35\npeak = rate\n" MODE, 15, "~ needs one above 0 %" },
    { CLAIM "along = queue\norder = 5 > 35\nmargin = 5 %\npeak = rate\n" MODE, 19, "remove it" },
    { CLAIM "along = queue\norder = 5 >= 35\nmargin = 100 %\npeak = rate\n" MODE, 19,
      "\"100 %\" is no number from 0 to below 100 %" },
    { CLAIM "along = queue\norder = 5 >= 35\nmargin = inf\npeak = rate\n" MODE, 19, "\"inf\"" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nconfidence = 100\n" MODE, 20,
      "from 50 to below 100" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nmeasure = receivd_pps\n" MODE, 20,
      "did you mean \"received_pps\"?" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nmeasure = control1_cores\n" MODE, 20,
      "control1_cores is of a controller, and none runs" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nlast = rate\n" MODE, 20, "peak as well" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = queue\n" MODE, 19, "name another" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nwhere = queue=5\n", 20, "by along" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nwhere = rate=1kpps\n", 20, "by peak" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nwhere = mode=idle\n", 20,
      "no such level" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\n", 17,
      "of queue=5 several levels of factor mode were measured" },
    { CLAIM "along = queue\norder = 5 > 35\n" MODE, 17, "several levels of factor rate" },
    { CLAIM "along = queue\norder = 5 > 110\nlast = rate\n" MODE, 18,
      "no condition with queue=110 mode=\"other @0\" and the highest level of rate is measured" },
    { CLAIM "along = queue\norder = 5 > 110\nwhere = rate=4kpps mode=\"other @0\"\n", 18,
      "no condition with queue=110" },
    { CLAIM "along = queue\norder = 5 > 35\nlast = mode\nwhere = rate=1kpps\n", 19, "no quantity" },
    { CLAIM "along = mode\ntest = linear\nr-squared = 0.9\nwhere = rate=1kpps queue=5\n", 17,
      "no place on an axis" },
    { CLAIM "along = queue\ntest = plateau\nfall = 5\nwhere = rate=4kpps mode=\"other @0\"\n", 17,
      "2 levels of factor queue are measured: it takes 3" },
    { HEAD "[factor t]\nkey = load.duration\nlevels = 1s, 1000ms, 2s\n[claim c]\nsays = x\n"
           "along = t\ntest = plateau\nfall = 5\n",
      8, "the same place" },
    { HEAD "[factor t]\nkey = load.rate\nlevels = 1k\n[claim c]\nsays = x\nalong = t\n"
           "order = 1k > 1k\n",
      9, "twice" },
    { CLAIM "along = rate\ntest = linear\nr-squared = 1.1\n", 19, "from 0 to 1" },
    { CLAIM "along = rate\ntest = linear\nr-squared = 0.9\npoints = 4\nwhere = queue=5 "
            "mode=\"other @0\"\n",
      20, "3 levels of factor rate are measured: there cannot be 4" },
    { CLAIM "along = queue\norder = 5 > 35\npoints = 4\n" MODE, 19, "is of test = linear" },
    { CLAIM "along = queue\ntest = ratio\nof = 5 > 35\nwithin = 1, 2\n", 19, "LEVEL / LEVEL with" },
    { CLAIM "along = queue\ntest = ratio\nof = 5 / 35\nwithin = 1.1, 0.9\n", 20, "lower first" },
    { CLAIM "along = queue\ntest = ratio\nof = 5 / 35\nwithin = 0.9\n", 20, "two numbers" },
    { CLAIM "along = queue\norder = 5 > 35\npeak = rate\nneeds = cpus 3, gpu\n" MODE, 20,
      "needs: \"gpu\" is none of" },
    { HEAD "needs = vhost, cpus 0\n", 3, "needs: \"cpus 0\"" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VrExperiment) experiment = vr_experiment_parse (rows[i].text, PATH, &error);
    if (experiment != NULL)
      g_error ("not refused (%s):\n%s", rows[i].says, rows[i].text);
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_autofree char *head = g_strdup_printf ("%s:%u: ", PATH, rows[i].line);
    if (!g_str_has_prefix (error->message, head) || strstr (error->message, rows[i].says) == NULL)
      g_error ("\"%s\" is not at line %u, or does not say \"%s\"", error->message, rows[i].line,
               rows[i].says);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/claim-spec/series", test_series);
  g_test_add_func ("/claim-spec/values", test_values);
  g_test_add_func ("/claim-spec/refusals", test_refusals);
  return g_test_run ();
}
