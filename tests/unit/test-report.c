/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries' quantities, and the page of a report. */
#include "campaign/vr-report-page.h"

#include <math.h>
#include <string.h>

static void
test_number (void)
{
  static const struct {
    const char *level;
    double number;
  } good[] = { { "64", 64 },
               { "10kpps", 10000 },
               { "100Mbit/s", 1e8 },
               { "50ms", 0.05 },
               { "deadline 50ms/200ms @1", 0.05 },
               { "fifo 20", 20 } };
  static const char *const bad[] = { "", "imix", "vhost on", "/", "ms" };
  double number;
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (vr_summary_number (good[i].level, &number));
    g_assert_cmpfloat_with_epsilon (number, good[i].number, 1e-12);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (vr_summary_number (bad[i], &number));
}

/* A condition of two factors with runs that forwarded so much of 1,000 frames each. */
static VrSummaryCondition *
condition_new (guint id, const char *first, const char *second, const gint64 *received, guint runs)
{
  VrSummaryCondition *condition = g_new0 (VrSummaryCondition, 1);
  condition->id = id;
  condition->levels = g_new0 (char *, 3);
  condition->levels[0] = g_strdup (first);
  condition->levels[1] = g_strdup (second);
  condition->samples = g_array_new (FALSE, FALSE, sizeof (VrSample));
  for (guint i = 0; i < runs; i++) {
    VrSample sample = { 0 };
    sample.values[vr_sample_column ("sent")] = 1000;
    sample.values[vr_sample_column ("lost")] = 1000 - received[i];
    sample.values[vr_sample_column ("received_pps")] = received[i];
    sample.values[vr_sample_column ("tester_limited")] = i == 0;
    sample.values[vr_sample_column ("late_burst")] = i > 0;
    sample.values[vr_sample_column ("receiver_dropped")] = 3;
    g_array_append_val (condition->samples, sample);
  }
  return condition;
}

static void
condition_free (gpointer data)
{
  VrSummaryCondition *condition = data;
  g_strfreev (condition->levels);
  g_array_unref (condition->samples);
  g_free (condition);
}

static VrSummary *
summary_new (void)
{
  static const gint64 received[] = { 900, 910, 890 };
  VrSummary *summary = g_new0 (VrSummary, 1);
  summary->factors = g_strsplit ("mode,rate", ",", -1);
  summary->conditions = g_ptr_array_new_with_free_func (condition_free);
  summary->reasons = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (summary->conditions, condition_new (1, "a&b", "1kpps", received, 3));
  g_ptr_array_add (summary->conditions, condition_new (2, "a&b", "2kpps", received, 1));
  g_ptr_array_add (summary->conditions, condition_new (3, "<i>", "2kpps", received, 0));
  ((VrSummaryCondition *) summary->conditions->pdata[2])->failed = 2;
  summary->host_notes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (summary->reasons, g_strdup ("run 3, try 1: <script>"));
  g_ptr_array_add (summary->host_notes, g_strdup ("run 2, try 1: others use 40 % of the CPUs"));
  summary->planned = 5;
  summary->done = 4;
  summary->failed = 1;
  return summary;
}

static void
test_mean (void)
{
  g_autoptr (VrSummary) summary = summary_new ();
  guint column = vr_sample_column ("received_pps");
  VrEstimate mean = vr_summary_mean (summary->conditions->pdata[0], column, 0.95);
  g_assert_cmpfloat (mean.value, ==, 900);
  /* s 10, t(2) at 97.5 % 4.302653. */
  g_assert_cmpfloat_with_epsilon (mean.high, 900 + 4.302653 * 10 / sqrt (3), 1e-4);
  g_assert_true (isnan (vr_summary_mean (summary->conditions->pdata[1], column, 0.95).low));
  g_assert_true (isnan (vr_summary_mean (summary->conditions->pdata[2], column, 0.95).value));
}

static void
test_axis (void)
{
  g_autoptr (VrSummary) summary = summary_new ();
  g_assert_cmpuint (vr_summary_axis (summary, NULL), ==, 1);
  g_assert_cmpuint (vr_summary_axis (summary, "rate"), ==, 1);
  g_assert_cmpuint (vr_summary_axis (summary, "mode"), ==, 2);
  g_assert_cmpuint (vr_summary_axis (summary, "colour"), ==, 2);
}

/* What the figures of an experiment of two factors of two levels each are over. */
static void
check_axis (const char *head, const char *const *keys, const char *const *levels, const char *name,
            const char *wanted, double unit)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
      = g_strdup_printf ("[experiment]\nprofile = lab.conf\n%s[factor a]\nkey = %s\nlevel = "
                         "%s\nlevel = %s\n[factor b]\nkey = %s\nlevel = %s\nlevel = %s\n",
                         head, keys[0], levels[0], levels[1], keys[1], levels[2], levels[3]);
  g_autoptr (VrExperiment) experiment = vr_experiment_parse (text, "/nowhere/exp.conf", &error);
  g_assert_no_error (error);
  g_autoptr (VrSummary) summary = g_new0 (VrSummary, 1);
  summary->factors = g_strsplit ("a,b", ",", -1);
  summary->conditions = g_ptr_array_new_with_free_func (condition_free);
  summary->reasons = g_ptr_array_new_with_free_func (g_free);
  summary->host_notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (summary->conditions,
                     condition_new (i + 1, levels[i / 2], levels[2 + i % 2], NULL, 0));
  VrReportAxis axis;
  g_assert_true (vr_report_axis_choose (summary, experiment, name, &axis, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (axis.label, ==, wanted);
  g_assert_cmpfloat (axis.unit, ==, unit);
  vr_report_axis_clear (&axis);
}

static void
test_axis_choice (void)
{
  static const char *const thread_and_rate[] = { "schedule.r1.vcpu.0", "load.rate" };
  static const char *const thread_and_queue[] = { "schedule.r1.vcpu.0", "port.arm.queue-length" };
  static const char *const queue_and_rate[] = { "port.arm.queue-length", "load.rate" };
  static const char *const routers[] = { "load.router", "router.r1.kind" };
  static const char *const priorities[] = { "fifo 50 @1", "fifo 60 @1", "15kpps", "30kpps" };
  static const char *const mixed[] = { "fifo 50 @1", "deadline 90ms/200ms @1", "35", "500" };
  static const char *const shares[]
      = { "deadline 70ms/200ms @1", "deadline 90ms/200ms @1", "5", "35" };
  static const char *const plain[] = { "5", "35", "1000", "20kpps" };
  static const char *const words[] = { "one", "two", "guest", "native" };
  check_axis ("", thread_and_rate, priorities, NULL, "b, kpps", 1e3);
  check_axis ("", thread_and_queue, mixed, NULL, "b, frames", 1);
  check_axis ("", thread_and_queue, shares, NULL, "a, ms", 1e-3);
  check_axis ("", queue_and_rate, plain, NULL, "b, kpps", 1e3);
  check_axis ("axis = a\n", queue_and_rate, plain, NULL, "a, frames", 1);
  check_axis ("axis = a\n", queue_and_rate, plain, "b", "b, kpps", 1e3);
  check_axis ("", routers, words, NULL, "condition", 1);
  check_axis ("axis = b\n", thread_and_queue, shares, NULL, "b, frames", 1);
}

static void
test_axis_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_experiment_parse ("[experiment]\nprofile = lab.conf\naxis = c\n[factor a]\n"
                                      "key = load.router\nlevels = one, two\n",
                                      "/nowhere/exp.conf", &error));
  g_assert_nonnull (strstr (error->message, "exp.conf:3: axis: there is no factor c"));
  g_clear_error (&error);
  g_assert_null (vr_experiment_parse ("[experiment]\nprofile = lab.conf\naxis = a\n[factor a]\n"
                                      "key = load.router\nlevels = one, two\n",
                                      "/nowhere/exp.conf", &error));
  g_assert_nonnull (
      strstr (error->message, "exp.conf:3: axis: the level \"one\" of factor a is no"));
}

static void
assert_says (const char *page, const char *text)
{
  if (strstr (page, text) == NULL)
    g_error ("the page does not say \"%s\":\n%s", text, page);
}

/* What was measured stands in the page, what was not does not, and text stays text. */
static void
test_page (void)
{
  g_autoptr (VrSummary) summary = summary_new ();
  char experiment[] = "[load]\nrate = 1 & 2\n", manifest[] = "{\"host\":\"<h>\"}", name[] = "exp";
  char profile[] = "[port <left>]\n";
  char svg[] = "<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<svg width=\"7\"/>";
  g_autoptr (GPtrArray) notes = g_ptr_array_new ();
  char note[] = "2026-01-31T12:00:00Z: resumed though host.kernel is <b>";
  g_ptr_array_add (notes, note);
  VrReport report = { .summary = summary,
                      .notes = notes,
                      .name = name,
                      .experiment = experiment,
                      .profile = profile,
                      .manifest = manifest,
                      .confidence = 0.95,
                      .svg = { svg } };
  g_autofree char *page = vr_report_page (&report);
  assert_says (page, "4 of 5 runs were made, 1 failed.");
  assert_says (page, "<figure><svg width=\"7\"/></figure>");
  g_assert_null (strstr (page, "<?xml"));
  assert_says (page, "<td>a&amp;b</td><td>1kpps</td><td>3</td>");
  assert_says (page, "<td>0.9 ± 0.025</td>");
  assert_says (page, "<td>10 %</td><td>1</td><td>2</td><td>9</td><td>0</td></tr>");
  assert_says (page, "<td>&lt;i&gt;</td><td>2kpps</td><td>0</td><td>–</td>");
  assert_says (page, "<td>–</td><td>0</td><td>0</td><td>0</td><td>2</td></tr>");
  assert_says (page, "<td>0.89</td><td>0.9 (0.89 to 0.91)</td><td>0.91</td>");
  assert_says (page, "<td>0.9</td><td>0.9</td><td>0.9</td>");
  assert_says (page, "<li>run 3, try 1: &lt;script&gt;</li>");
  assert_says (page, "<li>run 2, try 1: others use 40 % of the CPUs</li>");
  assert_says (page, "<li>2026-01-31T12:00:00Z: resumed though host.kernel is &lt;b&gt;</li>");
  assert_says (page, "rate = 1 &amp; 2");
  assert_says (page, "<pre>[port &lt;left&gt;]\n</pre>");
  assert_says (page, "{&quot;host&quot;:&quot;&lt;h&gt;&quot;}");
  assert_says (page, "of 95 % confidence");
  g_assert_null (strstr (page, "<h2>Claims"));
  VrExperimentClaim claim = { .row = name, .says = name };
  char why[] = "a < b";
  VrClaimResult result = { &claim, VR_VERDICT_DOES_NOT_HOLD, FALSE, why };
  g_autoptr (GPtrArray) claims = g_ptr_array_new ();
  g_ptr_array_add (claims, &result);
  report.claims = claims;
  report.svg[0] = NULL;
  g_autofree char *bare = vr_report_page (&report);
  assert_says (bare, "Nothing is measured yet");
  assert_says (bare, "<td>exp</td><td>exp</td><td>does not hold</td><td>a &lt; b</td>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/number", test_number);
  g_test_add_func ("/report/mean", test_mean);
  g_test_add_func ("/report/axis", test_axis);
  g_test_add_func ("/report/axis-choice", test_axis_choice);
  g_test_add_func ("/report/axis-refused", test_axis_refused);
  g_test_add_func ("/report/page", test_page);
  return g_test_run ();
}
