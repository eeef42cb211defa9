/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report-figures.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-plot.h"
#include "campaign/vr-report-cpu.h"

/* More dots than these say nothing, and make the page long. */
#define RUNS_DRAWN_MAX 2000
#define NAME_MAX_CHARACTERS 24
#define NAME_END_CHARACTERS 18

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
  GArray *x;             /* double */
  GArray *y;             /* VrEstimate */
  GArray *run_x, *run_y; /* double */
} Curve;

static void
curve_free (gpointer data)
{
  Curve *curve = data;
  g_free (curve->label);
  g_array_unref (curve->x);
  g_array_unref (curve->y);
  g_array_unref (curve->run_x);
  g_array_unref (curve->run_y);
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
  curve->run_x = g_array_new (FALSE, FALSE, sizeof (double));
  curve->run_y = g_array_new (FALSE, FALSE, sizeof (double));
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

/* What a curve's point at x is an estimate of. */
static void
add_runs (Curve *curve, double x, const VrSummaryCondition *condition, const Figure *figure)
{
  g_autofree double *numbers = vr_summary_column (condition, vr_sample_column (figure->column));
  for (guint i = 0; i < condition->samples->len; i++) {
    numbers[i] /= figure->unit;
    g_array_append_val (curve->run_x, x);
    g_array_append_val (curve->run_y, numbers[i]);
  }
}

/* Whether the figures are over a factor. */
static gboolean
has_axis (const VrReport *report)
{
  return report->summary->factors[report->axis.factor] != NULL;
}

/* Where a condition is on the axis; without one, its number from 0. */
static gboolean
place_of (const VrReport *report, guint index, double *x)
{
  const VrSummaryCondition *condition = report->summary->conditions->pdata[index];
  *x = index;
  if (!has_axis (report))
    return TRUE;
  gboolean is_number = vr_summary_number (condition->levels[report->axis.factor], x);
  *x /= report->axis.unit;
  return is_number;
}

static GPtrArray *
curves_of (const VrReport *report, const Figure *figure)
{
  GPtrArray *curves = g_ptr_array_new_with_free_func (curve_free);
  const VrSummary *summary = report->summary;
  guint column = vr_sample_column (figure->column);
  for (guint i = 0; i < summary->conditions->len; i++) {
    const VrSummaryCondition *condition = summary->conditions->pdata[i];
    g_autofree char *label = has_axis (report)
                                 ? curve_label (summary, condition, report->axis.factor)
                                 : g_strdup ("mean");
    VrEstimate y = vr_summary_mean (condition, column, report->confidence);
    double x;
    if (isnan (y.value) || !place_of (report, i, &x))
      continue;
    y = (VrEstimate){ y.value / figure->unit, y.low / figure->unit, y.high / figure->unit };
    Curve *curve = curve_of (curves, label);
    add_point (curve, x, y);
    if (report->summary->done <= RUNS_DRAWN_MAX)
      add_runs (curve, x, condition, figure);
  }
  return curves;
}

/* The levels of a condition; of what is too long to stand below an axis the number, and the end. */
static char *
name_of (const VrSummaryCondition *condition)
{
  g_autofree char *levels = g_strjoinv (" ", condition->levels);
  g_autofree char *text = g_utf8_make_valid (levels, -1);
  glong length = g_utf8_strlen (text, -1);
  if (length <= NAME_MAX_CHARACTERS)
    return g_steal_pointer (&text);
  return g_strdup_printf ("%u: …%s", condition->id,
                          g_utf8_offset_to_pointer (text, length - NAME_END_CHARACTERS));
}

/* Names of the conditions, NULL-terminated. */
static char **
names_of (const VrSummary *summary)
{
  char **names = g_new0 (char *, summary->conditions->len + 1);
  for (guint i = 0; i < summary->conditions->len; i++)
    names[i] = name_of (summary->conditions->pdata[i]);
  return names;
}

static gboolean
draw (const VrReport *report, const Figure *figure, const char *directory, gboolean *is_drawn,
      GError **error)
{
  g_autoptr (GPtrArray) curves = curves_of (report, figure);
  g_auto (GStrv) names = has_axis (report) ? NULL : names_of (report->summary);
  g_autofree VrPlotCurve *lines = g_new0 (VrPlotCurve, curves->len + 1);
  *is_drawn = curves->len > 0;
  if (!*is_drawn)
    return TRUE;
  for (guint i = 0; i < curves->len; i++) {
    const Curve *curve = curves->pdata[i];
    lines[i] = (VrPlotCurve){ .label = curve->label,
                              .x = (const double *) (gpointer) curve->x->data,
                              .y = (const VrEstimate *) (gpointer) curve->y->data,
                              .points = curve->x->len,
                              .run_x = (const double *) (gpointer) curve->run_x->data,
                              .run_y = (const double *) (gpointer) curve->run_y->data,
                              .runs = curve->run_x->len };
  }
  const VrPlot plot = { .title = figure->title,
                        .x_label = report->axis.label,
                        .y_label = figure->y_label,
                        .curves = lines,
                        .count = curves->len,
                        .x_names = (const char *const *) names };
  return vr_plot_draw (&plot, directory, figure->column, error);
}

static gboolean
draw_one (const VrReport *report, const Figure *figure, const char *directory, gboolean *is_drawn,
          GError **error)
{
  return figure->title != NULL ? draw (report, figure, directory, is_drawn, error)
                               : vr_report_cpu_draw (report, report->cpu_use, directory,
                                                     figure->column, is_drawn, error);
}

gboolean
vr_report_draw (VrReport *report, const char *directory, GError **error)
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
