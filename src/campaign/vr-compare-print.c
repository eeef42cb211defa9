/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/vr-json.h"
#include "campaign/vr-compare.h"

static const char *const sides[] = { "A", "B" };

static const VrComparePoint *
point_at (const VrCompareReport *report, guint i)
{
  return &g_array_index (report->comparison->points, VrComparePoint, i);
}

/* --- For people ---------------------------------------------------------------------------------
 */

static void
append_texts (GString *text, const VrCompareReport *report)
{
  for (guint i = 0; i < report->texts->len; i++) {
    const VrTextDifference *one = &g_array_index (report->texts, VrTextDifference, i);
    g_string_append_printf (text, "%s differs, - in A, + in B:\n", one->file);
    for (char **line = one->lines; *line != NULL; line++)
      g_string_append_printf (text, "  %s\n", *line);
  }
}

static char *
mean_text (VrEstimate mean)
{
  if (isnan (mean.value))
    return g_strdup ("-");
  if (isnan (mean.low))
    return g_strdup_printf ("%.6g ± ?", mean.value);
  return g_strdup_printf ("%.6g ± %.3g %%", mean.value, 100 * vr_compare_width (mean));
}

static char *
ratio_text (VrEstimate ratio)
{
  if (isnan (ratio.value))
    return g_strdup ("-");
  if (isnan (ratio.low))
    return g_strdup_printf ("%.4f [?]", ratio.value);
  return g_strdup_printf ("%.4f [%.4f, %.4f]", ratio.value, ratio.low, ratio.high);
}

/* Columns count letters, and ± has two bytes. */
static void
append_cell (GString *text, const char *cell, glong width)
{
  g_string_append (text, cell);
  for (glong n = g_utf8_strlen (cell, -1); n < width; n++)
    g_string_append_c (text, ' ');
}

static void
append_row (GString *text, const char *const *cells, gint label_width)
{
  append_cell (text, cells[0], label_width + 2);
  append_cell (text, cells[1], 20);
  append_cell (text, cells[2], 20);
  append_cell (text, cells[3], 27);
  append_cell (text, cells[4], 9);
  g_string_append_printf (text, "%s\n", cells[5]);
}

static void
append_points (GString *text, const VrCompareReport *report)
{
  static const char *const head[] = { "condition", "A", "B", "B / A", "overlap", "repeated" };
  gint width = 9;
  for (guint i = 0; i < report->comparison->points->len; i++)
    width = MAX (width, (gint) g_utf8_strlen (point_at (report, i)->label, -1));
  append_row (text, head, width);
  for (guint i = 0; i < report->comparison->points->len; i++) {
    const VrComparePoint *point = point_at (report, i);
    g_autofree char *first = mean_text (point->mean[0]), *second = mean_text (point->mean[1]);
    g_autofree char *ratio = ratio_text (point->ratio);
    const char *cells[] = { point->label,
                            first,
                            second,
                            ratio,
                            point->overlaps ? "yes" : "no",
                            point->is_repeated ? "yes" : "no" };
    append_row (text, cells, width);
  }
}

/* A bundle's texts are anybody's, and a terminal obeys control characters. */
static char *
without_controls (const char *text)
{
  GString *plain = g_string_new (NULL);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar letter = g_utf8_get_char (p);
    g_string_append_unichar (plain, letter != '\n' && g_unichar_iscntrl (letter) ? '?' : letter);
  }
  return g_string_free (plain, FALSE);
}

char *
vr_compare_print (const VrCompareReport *report)
{
  const VrComparison *comparison = report->comparison;
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < 2; i++)
    g_string_append_printf (text, "%s  %s: %u of %u runs done\n", sides[i], report->path[i],
                            report->summary[i]->done, report->summary[i]->planned);
  append_texts (text, report);
  g_string_append_printf (text, "%s, means and ratios with intervals of %g %% confidence\n",
                          report->column, 100 * report->confidence);
  append_points (text, report);
  for (guint i = 0; i < 2; i++)
    for (guint k = 0; k < comparison->only[i]->len; k++)
      g_string_append_printf (text, "only in %s: %s\n", sides[i],
                              (const char *) comparison->only[i]->pdata[k]);
  g_string_append_printf (text,
                          "%u of %u points repeated: intervals that overlap, and reach no further "
                          "than %g %% of their mean\n",
                          comparison->repeated, comparison->points->len,
                          100 * VR_COMPARE_WIDTH_MAX);
  g_autofree char *valid = g_utf8_make_valid (text->str, -1);
  return without_controls (valid);
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void
begin (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static void
add_side (JsonBuilder *builder, const VrComparePoint *point, guint side)
{
  begin (builder, side == 0 ? "a" : "b");
  vr_json_add_number (builder, "runs", point->runs[side]);
  vr_json_add_double (builder, "mean", point->mean[side].value);
  vr_json_add_double (builder, "low", point->mean[side].low);
  vr_json_add_double (builder, "high", point->mean[side].high);
  vr_json_add_double (builder, "width_share", vr_compare_width (point->mean[side]));
  json_builder_end_object (builder);
}

static void
add_point (JsonBuilder *builder, const VrComparePoint *point)
{
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "condition", point->label);
  add_side (builder, point, 0);
  add_side (builder, point, 1);
  vr_json_add_double (builder, "ratio", point->ratio.value);
  vr_json_add_double (builder, "ratio_low", point->ratio.low);
  vr_json_add_double (builder, "ratio_high", point->ratio.high);
  vr_json_add_boolean (builder, "overlaps", point->overlaps);
  vr_json_add_boolean (builder, "repeated", point->is_repeated);
  json_builder_end_object (builder);
}

static void
add_texts (JsonBuilder *builder, const GArray *texts)
{
  json_builder_set_member_name (builder, "differences");
  json_builder_begin_array (builder);
  for (guint i = 0; i < texts->len; i++) {
    const VrTextDifference *one = &g_array_index (texts, VrTextDifference, i);
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "file", one->file);
    json_builder_set_member_name (builder, "lines");
    json_builder_begin_array (builder);
    for (char **line = one->lines; *line != NULL; line++)
      json_builder_add_string_value (builder, *line);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_campaign (JsonBuilder *builder, const VrCompareReport *report, guint side)
{
  const GPtrArray *only = report->comparison->only[side];
  begin (builder, side == 0 ? "a" : "b");
  vr_json_add_string (builder, "path", report->path[side]);
  vr_json_add_number (builder, "runs", report->summary[side]->planned);
  vr_json_add_number (builder, "done", report->summary[side]->done);
  json_builder_set_member_name (builder, "only");
  json_builder_begin_array (builder);
  for (guint i = 0; i < only->len; i++)
    json_builder_add_string_value (builder, only->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

char *
vr_compare_json (const VrCompareReport *report)
{
  const VrComparison *comparison = report->comparison;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.compare/1");
  add_campaign (builder, report, 0);
  add_campaign (builder, report, 1);
  add_texts (builder, report->texts);
  vr_json_add_string (builder, "column", report->column);
  vr_json_add_double (builder, "confidence", report->confidence);
  json_builder_set_member_name (builder, "points");
  json_builder_begin_array (builder);
  for (guint i = 0; i < comparison->points->len; i++)
    add_point (builder, point_at (report, i));
  json_builder_end_array (builder);
  vr_json_add_number (builder, "points_repeated", comparison->repeated);
  vr_json_add_number (builder, "points_compared", comparison->points->len);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}
