/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report-page.h"

#include <math.h>
#include <string.h>

#define KILO 1e3
/* Of a list that may be as long as there are runs. */
#define LINES_MAX 100

/* Black of gnuplot's is the page's own colour of text, so that it is read in the dark as well. */
static const char style[]
    = "body{font:16px/1.5 sans-serif;max-width:62em;margin:1em auto;padding:0 1em;"
      "color:#111;background:#fff}"
      "table{border-collapse:collapse}"
      "th,td{padding:.2em .7em;text-align:right;border-bottom:1px solid #8886}"
      "th:first-child,td:first-child{text-align:left}"
      "table.text td{text-align:left;vertical-align:top}"
      ".wide,figure{overflow-x:auto}svg{width:100%;min-width:30em;height:auto}"
      ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30em),1fr))}"
      "figure{margin:.5em 0;break-inside:avoid}h1,li,code{overflow-wrap:anywhere}"
      "pre{overflow-x:auto;padding:.7em;background:#8882}"
      "svg [color=black]{color:inherit}svg text{fill:currentColor}"
      "svg [stroke='rgb(  0,   0,   0)']{stroke:currentColor}"
      "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}}"
      "@media print{body{color:#000;background:#fff;max-width:none}pre{white-space:pre-wrap}"
      ".figures{display:block}svg{min-width:0}}";

static void G_GNUC_PRINTF (2, 3) append (GString *page, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (page, text);
}

/* --- Tables -------------------------------------------------------------------------------------
 */

typedef struct {
  const char *title, *column;
  double unit;
} Cell;

static const Cell cells[] = {
  { "offered, kpps", "offered_pps", 1e3 },      { "sent, kpps", "sent_pps", 1e3 },
  { "forwarded, kpps", "received_pps", 1e3 },   { "latency p50, µs", "latency_p50_ns", 1e3 },
  { "latency p99, µs", "latency_p99_ns", 1e3 },
};

static void
append_estimate (GString *page, VrEstimate estimate, double unit)
{
  if (isnan (estimate.value))
    g_string_append (page, "<td>–</td>");
  else if (isnan (estimate.low))
    append (page, "<td>%.5g</td>", estimate.value / unit);
  else
    append (page, "<td>%.5g ± %.2g</td>", estimate.value / unit,
            (estimate.high - estimate.low) / 2 / unit);
}

/* What the mean alone does not show of what was forwarded: the least run, the median with the
 * interval of the bootstrap, and the greatest run. */
static void
append_spread (GString *page, const VrReport *report, const VrSummaryCondition *condition)
{
  g_autofree double *runs = vr_summary_column (condition, vr_sample_column ("received_pps"));
  guint count = condition->samples->len;
  if (count == 0) {
    g_string_append (page, "<td>–</td><td>–</td><td>–</td>");
    return;
  }
  double least = runs[0], greatest = runs[0];
  for (guint i = 1; i < count; i++) {
    least = MIN (least, runs[i]);
    greatest = MAX (greatest, runs[i]);
  }
  VrEstimate median = vr_statistics_median (runs, count, report->confidence, report->seed);
  append (page, "<td>%.5g</td><td>%.5g", least / KILO, median.value / KILO);
  if (!isnan (median.low))
    append (page, " (%.5g to %.5g)", median.low / KILO, median.high / KILO);
  append (page, "</td><td>%.5g</td>", greatest / KILO);
}

static double
sum_of (const VrSummaryCondition *condition, const char *column)
{
  g_autofree double *numbers = vr_summary_column (condition, vr_sample_column (column));
  double sum = 0;
  for (guint i = 0; i < condition->samples->len; i++)
    sum += numbers[i];
  return sum;
}

static void
append_condition (GString *page, const VrReport *report, const VrSummaryCondition *condition)
{
  static const char *const of_tester[] = { "tester_limited", "late_burst", "receiver_dropped" };
  double sent = sum_of (condition, "sent");
  g_string_append (page, "<tr>");
  for (char **level = condition->levels; *level != NULL; level++)
    append (page, "<td>%s</td>", *level);
  append (page, "<td>%u</td>", condition->samples->len);
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    append_estimate (
        page, vr_summary_mean (condition, vr_sample_column (cells[i].column), report->confidence),
        cells[i].unit);
  append_spread (page, report, condition);
  if (sent > 0)
    append (page, "<td>%.3g %%</td>", 100 * sum_of (condition, "lost") / sent);
  else
    g_string_append (page, "<td>–</td>");
  for (guint i = 0; i < G_N_ELEMENTS (of_tester); i++)
    append (page, "<td>%.0f</td>", sum_of (condition, of_tester[i]));
  append (page, "<td>%u</td></tr>\n", condition->failed);
}

static void
append_table (GString *page, const VrReport *report)
{
  const VrSummary *summary = report->summary;
  g_string_append (page, "<h2>Results</h2>\n<div class=\"wide\"><table>\n<tr>");
  for (char **factor = summary->factors; *factor != NULL; factor++)
    append (page, "<th>%s</th>", *factor);
  g_string_append (page, "<th>runs</th>");
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    append (page, "<th>%s</th>", cells[i].title);
  g_string_append (page, "<th>least</th><th>median</th><th>greatest, kpps</th>"
                         "<th>lost</th><th>tester-limited</th><th>late bursts</th>"
                         "<th>dropped by the receiver</th><th>failed tries</th></tr>\n");
  for (guint i = 0; i < summary->conditions->len; i++)
    append_condition (page, report, summary->conditions->pdata[i]);
  g_string_append (page, "</table></div>\n");
  append (page,
          "<p>Means over the runs, ± half the width of Student's interval of %g %% confidence. "
          "Least, median and greatest are of what the runs forwarded, the median with the "
          "percentile interval of the bootstrap of the same confidence. A "
          "tester-limited run sent less than was asked of it, or its receiver dropped packets; in "
          "one with a late burst the tester, catching up, may have caused the loss itself.</p>\n",
          100 * report->confidence);
}

/* --- Figures ------------------------------------------------------------------------------------
 */

/* A document within a page has no prolog. */
static void
append_figure (GString *page, const char *svg)
{
  const char *root = strstr (svg, "<svg");
  g_return_if_fail (root != NULL);
  g_string_append (page, "<figure>");
  g_string_append (page, root);
  g_string_append (page, "</figure>\n");
}

static void
append_figures (GString *page, const VrReport *report)
{
  g_string_append (page, "<div class=\"figures\">\n");
  for (guint i = 0; i < VR_REPORT_FIGURES; i++)
    if (report->svg[i] != NULL)
      append_figure (page, report->svg[i]);
  g_string_append (page, "</div>\n");
  if (report->svg[0] == NULL)
    g_string_append (page, "<p>Nothing is measured yet that could be drawn.</p>\n");
}

/* --- Claims -------------------------------------------------------------------------------------
 */

static void
append_claims (GString *page, const GPtrArray *claims)
{
  if (claims == NULL || claims->len == 0)
    return;
  g_string_append (page, "<h2>Claims</h2>\n<div class=\"wide\"><table class=\"text\">\n<tr>"
                         "<th>row</th><th>claim</th><th>verdict</th><th>why</th></tr>\n");
  for (guint i = 0; i < claims->len; i++) {
    const VrClaimResult *result = claims->pdata[i];
    append (page, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
            result->claim->row != NULL ? result->claim->row : "–", result->claim->says,
            vr_verdict_name (result->verdict), result->why);
  }
  g_string_append (page, "</table></div>\n");
}

/* --- The whole ----------------------------------------------------------------------------------
 */

/* Lines of text below a title; nothing where there is none. */
static void
append_list (GString *page, const char *title, const GPtrArray *lines)
{
  if (lines == NULL || lines->len == 0)
    return;
  append (page, "<h2>%s</h2>\n<ul>\n", title);
  for (guint i = 0; i < MIN (lines->len, LINES_MAX); i++)
    append (page, "<li>%s</li>\n", (const char *) lines->pdata[i]);
  if (lines->len > LINES_MAX)
    append (page, "<li>and %u more, which <code>vrkit export</code> has</li>\n",
            lines->len - LINES_MAX);
  g_string_append (page, "</ul>\n");
}

char *
vr_report_page (const VrReport *report)
{
  const VrSummary *summary = report->summary;
  GString *page = g_string_new (NULL);
  append (page,
          "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
          "<title>%s</title><style>",
          report->name);
  g_string_append (page, style);
  append (page, "</style></head><body>\n<h1>%s</h1>\n", report->name);
  append (page, "<p>%u of %u runs were made", summary->done, summary->planned);
  if (summary->failed > 0)
    append (page, ", %u failed", summary->failed);
  g_string_append (page, ".</p>\n");
  append_claims (page, report->claims);
  append_figures (page, report);
  append_table (page, report);
  append_list (page, "What failed", summary->reasons);
  append_list (page, "What was noted of the host", summary->host_notes);
  append_list (page, "What happened to the campaign", report->notes);
  append (page,
          "<h2>How to repeat it</h2>\n<p>Put these two files where the first says, and run "
          "<code>vrkit run %s.conf</code>; or pack the campaign's directory with <code>vrkit "
          "bundle</code>, and <code>vrkit run</code> the bundle. <code>vrkit compare</code> sets "
          "the two campaigns beside each other.</p>\n<p>The experiment:</p>\n<pre>%s</pre>\n"
          "<p>Its profile, with all that it includes:</p>\n<pre>%s</pre>\n",
          report->name, report->experiment, report->profile);
  append (page, "<h2>On what it was measured</h2>\n<pre>%s</pre>\n</body></html>\n",
          report->manifest);
  return g_string_free (page, FALSE);
}
