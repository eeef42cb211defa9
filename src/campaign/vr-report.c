/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-claim-table.h"
#include "campaign/vr-plot.h"
#include "campaign/vr-report-cpu.h"
#include "campaign/vr-report-page.h"

typedef struct {
  const char *column, *title, *y_label; /* no title: what the CPUs did */
  double unit;
} Figure;

static const Figure figures[VR_REPORT_FIGURES] = {
  { "received_pps", "Forwarded", "forwarded, kpps", 1e3 },
  { "cpu", NULL, NULL, 0 },
  { "latency_p99_ns", "Latency, 99th percentile", "latency, µs", 1e3 },
};

/* --- Figures ------------------------------------------------------------------------------------
 */

/* What tells the curve of a condition from others: its levels of all factors but the axis. */
static char *
curve_label (const VrSummary *summary, const VrSummaryCondition *condition, guint axis)
{
  GString *label = g_string_new (NULL);
  for (guint i = 0; summary->factors[i] != NULL; i++)
    if (i != axis)
      g_string_append_printf (label, "%s%s %s", label->len > 0 ? ", " : "", summary->factors[i],
                              condition->levels[i]);
  return g_string_free (label, FALSE);
}

typedef struct {
  char *label;
  GArray *x; /* double */
  GArray *y; /* VrEstimate */
} Curve;

static void
curve_free (gpointer data)
{
  Curve *curve = data;
  g_free (curve->label);
  g_array_unref (curve->x);
  g_array_unref (curve->y);
  g_free (curve);
}

static Curve *
curve_of (GPtrArray *curves, const char *label)
{
  for (guint i = 0; i < curves->len; i++) {
    Curve *curve = curves->pdata[i];
    if (strcmp (curve->label, label) == 0)
      return curve;
  }
  Curve *curve = g_new0 (Curve, 1);
  curve->label = g_strdup (label);
  curve->x = g_array_new (FALSE, FALSE, sizeof (double));
  curve->y = g_array_new (FALSE, FALSE, sizeof (VrEstimate));
  g_ptr_array_add (curves, curve);
  return curve;
}

/* Keeps the points of a curve in the order of x. */
static void
add_point (Curve *curve, double x, VrEstimate y)
{
  guint place = curve->x->len;
  while (place > 0 && g_array_index (curve->x, double, place - 1) > x)
    place--;
  g_array_insert_val (curve->x, place, x);
  g_array_insert_val (curve->y, place, y);
}

static GPtrArray *
curves_of (const VrReport *report, const Figure *figure)
{
  GPtrArray *curves = g_ptr_array_new_with_free_func (curve_free);
  const VrSummary *summary = report->summary;
  guint column = vr_sample_column (figure->column);
  for (guint i = 0; i < summary->conditions->len; i++) {
    const VrSummaryCondition *condition = summary->conditions->pdata[i];
    g_autofree char *label = curve_label (summary, condition, report->axis);
    VrEstimate y = vr_summary_mean (condition, column, report->confidence);
    double x;
    if (isnan (y.value) || !vr_summary_number (condition->levels[report->axis], &x))
      continue;
    y = (VrEstimate){ y.value / figure->unit, y.low / figure->unit, y.high / figure->unit };
    add_point (curve_of (curves, label), x, y);
  }
  return curves;
}

static gboolean
draw (const VrReport *report, const Figure *figure, const char *directory, GError **error)
{
  g_autoptr (GPtrArray) curves = curves_of (report, figure);
  g_autofree VrPlotCurve *lines = g_new0 (VrPlotCurve, curves->len + 1);
  for (guint i = 0; i < curves->len; i++) {
    const Curve *curve = curves->pdata[i];
    lines[i] = (VrPlotCurve){ .label = curve->label,
                              .x = (const double *) (gpointer) curve->x->data,
                              .y = (const VrEstimate *) (gpointer) curve->y->data,
                              .points = curve->x->len };
  }
  const VrPlot plot = { .title = figure->title,
                        .x_label = report->summary->factors[report->axis],
                        .y_label = figure->y_label,
                        .curves = lines,
                        .count = curves->len };
  return vr_plot_draw (&plot, directory, figure->column, error);
}

static gboolean
draw_one (const VrReport *report, const Figure *figure, const char *directory, gboolean *is_drawn,
          GError **error)
{
  *is_drawn = TRUE;
  return figure->title != NULL ? draw (report, figure, directory, error)
                               : vr_report_cpu_draw (report, report->cpu_use, directory,
                                                     figure->column, is_drawn, error);
}

static gboolean
draw_all (VrReport *report, const char *directory, GError **error)
{
  gboolean is_drawn;
  g_autofree char *below = g_build_filename (directory, "figures", NULL);
  if (g_mkdir_with_parents (below, 0755) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", below);
    return FALSE;
  }
  for (guint i = 0; i < VR_REPORT_FIGURES; i++) {
    g_autofree char *name = g_strconcat (figures[i].column, ".svg", NULL);
    g_autofree char *path = g_build_filename (below, name, NULL);
    g_autoptr (GError) cause = NULL;
    if (!draw_one (report, &figures[i], below, &is_drawn, error))
      return FALSE;
    if (is_drawn && !g_file_get_contents (path, &report->svg[i], NULL, &cause)) {
      g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read the figure: %s", cause->message);
      return FALSE;
    }
  }
  return TRUE;
}

/* --- The whole ----------------------------------------------------------------------------------
 */

static void
report_clear (VrReport *report)
{
  g_clear_pointer (&report->summary, vr_summary_free);
  g_clear_pointer (&report->cpu_use, g_array_unref);
  g_free (report->name);
  g_free (report->experiment);
  g_free (report->manifest);
  for (guint i = 0; i < VR_REPORT_FIGURES; i++)
    g_free (report->svg[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrReport, report_clear)

static char *
read_text (const char *directory, const char *name, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (directory, name);
  g_autoptr (GError) cause = NULL;
  char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, &cause))
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read the campaign: %s", cause->message);
  return text;
}

static gboolean
read_all (VrReport *report, const char *directory, VrClaimTable **claims, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (directory, VR_CAMPAIGN_RESULTS);
  g_autoptr (VrResults) results = vr_results_open (path, VR_RESULTS_READ, error);
  g_autofree char *confidence
      = results != NULL ? vr_results_get (results, "confidence", error) : NULL;
  if (confidence == NULL)
    return FALSE;
  report->confidence = g_ascii_strtod (confidence, NULL);
  report->name = vr_results_get (results, "experiment", error);
  report->summary = report->name != NULL ? vr_summary_new (results, error) : NULL;
  report->cpu_use = report->summary != NULL ? vr_results_cpu_use (results, error) : NULL;
  report->experiment
      = report->cpu_use != NULL ? read_text (directory, VR_CAMPAIGN_EXPERIMENT, error) : NULL;
  report->manifest
      = report->experiment != NULL ? read_text (directory, VR_CAMPAIGN_MANIFEST, error) : NULL;
  *claims = report->manifest != NULL
                ? vr_claim_table_new (directory, results, report->summary, error)
                : NULL;
  if (*claims == NULL)
    return FALSE;
  report->claims = (*claims)->results;
  return TRUE;
}

static gboolean
choose_axis (VrReport *report, const char *name, GError **error)
{
  const VrSummary *summary = report->summary;
  report->axis = vr_summary_axis (summary, name);
  if (name == NULL || summary->factors[report->axis] != NULL)
    return TRUE;
  gboolean known = g_strv_contains ((const char *const *) summary->factors, name);
  g_autofree char *names = g_strjoinv (", ", summary->factors);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               known ? "--axis=%s: its levels are not several quantities; the factors are: %s"
                     : "--axis=%s: the experiment has no such factor; it has: %s",
               name, names);
  return FALSE;
}

char *
vr_report_write (const VrReportRequest *request, GError **error)
{
  g_auto (VrReport) report = { 0 };
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrClaimTable) claims = NULL;
  if (!read_all (&report, request->directory, &claims, error)
      || !choose_axis (&report, request->axis, error))
    return NULL;
  gboolean has_axis = report.summary->factors[report.axis] != NULL;
  if (has_axis && !draw_all (&report, request->directory, error))
    return NULL;
  g_autofree char *page = vr_report_page (&report);
  g_autofree char *path = vr_campaign_dir_file (request->directory, "report.html");
  if (g_file_set_contents (path, page, -1, &cause))
    return g_steal_pointer (&path);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write the report: %s", cause->message);
  return NULL;
}
