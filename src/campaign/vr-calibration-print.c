/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-calibration-print.h"

#include "base/vr-unit.h"

static void
add_contracts (JsonBuilder *builder, const VrCalibrationTold *told)
{
  json_builder_set_member_name (builder, "contracts");
  json_builder_begin_array (builder);
  for (guint i = 0; told->contracts != NULL && i < told->calibration->curves->len; i++)
    vr_calibration_contract_add_json (&told->contracts[i], builder);
  json_builder_end_array (builder);
}

char *
vr_calibration_json (const VrCalibrationTold *told)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_calibration_add_json (told->calibration, builder);
  vr_json_add_boolean (builder, "holds", told->stale == NULL);
  vr_json_add_string (builder, "stale", told->stale);
  add_contracts (builder, told);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

static void
append_head (GString *text, const VrCalibrationTold *told)
{
  const VrCalibration *calibration = told->calibration;
  g_autoptr (GDateTime) measured = g_date_time_new_from_unix_utc (calibration->measured_s);
  g_autofree char *time = g_date_time_format (measured, "%F %R UTC");
  g_autofree char *period = vr_unit_print_duration (calibration->period_ns);
  g_autofree char *trial = vr_unit_print_duration (calibration->trial_ns);
  g_string_append_printf (text,
                          "lab %s, router %s, %s: %s in periods of %s, trials of %s, bounds of "
                          "%g %%\n",
                          calibration->lab, calibration->router, time,
                          vr_policy_name (calibration->policy), period, trial,
                          calibration->confidence * 100);
  if (told->stale != NULL)
    g_string_append_printf (text, "it no longer holds: %s\n", told->stale);
  g_string_append_printf (text, "%-12s %5s %10s %10s %7s %7s %10s  %s\n", "THREAD", "SIZE",
                          "OFFERED/s", "FREE/s", "TOOK", "PEAK AT", "PEAK/s",
                          "FORWARDED/s = INTERCEPT + SLOPE x Q/T");
}

static void
append_line (GString *text, const VrCalibrationCurve *curve)
{
  const char *excuse = vr_calibration_excuse (curve);
  g_string_append_printf (text, "%-12s %5u %10" G_GUINT64_FORMAT " %10.0f %6.1f%% ", curve->thread,
                          curve->size, curve->offered_pps, curve->free_pps,
                          curve->used_share * 100);
  if (excuse != NULL) {
    g_string_append_printf (text, "%7s %10s  %s\n", "-", "-", excuse);
    return;
  }
  const VrEstimate *a = &curve->line.intercept, *b = &curve->line.slope;
  g_string_append_printf (text,
                          "%6.1f%% %10.0f  %.0f (%.0f to %.0f) + %.0f (%.0f to %.0f) x Q/T, R² "
                          "%.3f\n",
                          curve->peak_share * 100, vr_calibration_peak_pps (curve), a->value,
                          a->low, a->high, b->value, b->low, b->high, curve->line.r_squared);
}

char *
vr_calibration_table (const VrCalibrationTold *told)
{
  GString *text = g_string_new (NULL);
  const GPtrArray *curves = told->calibration->curves;
  append_head (text, told);
  for (guint i = 0; i < curves->len; i++)
    append_line (text, curves->pdata[i]);
  for (guint i = 0; told->contracts != NULL && i < curves->len; i++) {
    g_autofree char *line = vr_calibration_contract_text (told->calibration, &told->contracts[i]);
    g_string_append_printf (text, "%s\n", line);
  }
  return g_string_free (text, FALSE);
}
