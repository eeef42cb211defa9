/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "campaign/vr-search-run.h"

static const char *
end_name (VrSearchEnd end)
{
  static const char *const names[]
      = { "complete", "interrupted", "max-trials", "max-time", "ceiling" };
  return names[end];
}

static const char *
verdict_name (VrSearchVerdict verdict)
{
  static const char *const names[] = { "counted", "repeated", "tester" };
  return names[verdict];
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void
add_goals (JsonBuilder *builder, const VrSearchReport *report)
{
  json_builder_set_member_name (builder, "goals");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->settings.goals_count; i++) {
    const VrSearchBounds *bounds = &report->bounds[i];
    double throughput_pps = bounds->throughput_pps;
    json_builder_begin_object (builder);
    vr_json_add_double (builder, "loss_ratio", report->settings.loss_ratios[i]);
    vr_json_add_number (builder, "lower_pps", bounds->lower_pps);
    vr_json_add_number (builder, "upper_pps", bounds->upper_pps);
    vr_json_add_number (builder, "throughput_pps", (guint64) llround (throughput_pps));
    vr_json_add_number (builder, "throughput_bps",
                        (guint64) llround (throughput_pps * 8 * report->mean_size));
    vr_json_add_boolean (builder, "narrow", bounds->is_narrow);
    vr_json_add_boolean (builder, "tester_limited", bounds->upper_by_tester);
    vr_json_add_boolean (builder, "late_burst", report->upper_late_burst[i]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_settings (JsonBuilder *builder, const VrSearchReport *report)
{
  const VrSearchSettings *settings = &report->settings;
  vr_json_add_number (builder, "least_pps", settings->lower_pps);
  vr_json_add_number (builder, "most_pps", settings->upper_pps);
  if (settings->width.ratio > 0)
    vr_json_add_double (builder, "width_ratio", settings->width.ratio);
  else
    vr_json_add_number (builder, "width_pps", settings->width.rate_pps);
  vr_json_add_number (builder, "trial_ns", settings->trial_ns);
  vr_json_add_number (builder, "initial_trial_ns", settings->initial_ns);
  vr_json_add_number (builder, "duration_sum_ns", settings->sum_ns);
  vr_json_add_double (builder, "exceed_ratio", settings->exceed_ratio);
  vr_json_add_number (builder, "max_repeat", settings->max_repeat);
  vr_json_add_double (builder, "verify_ratio", settings->verify_ratio);
  vr_json_add_number (builder, "tester_tries", settings->tester_tries);
  vr_json_add_number (builder, "settle_ns", report->settle_ns);
  vr_json_add_number (builder, "pause_ns", report->pause_ns);
  vr_json_add_number (builder, "seed", report->seed);
}

/* Null where the tester did not fall short. */
static void
add_ceiling (JsonBuilder *builder, const VrSearchReport *report)
{
  json_builder_set_member_name (builder, "ceiling_pps");
  if (report->ceiling_pps != 0)
    json_builder_add_int_value (builder, (gint64) report->ceiling_pps);
  else
    json_builder_add_null_value (builder);
}

char *
vr_search_json (const VrSearchReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.search/1");
  vr_json_add_string (builder, "method", report->method->name);
  vr_json_add_string (builder, "router", report->router);
  vr_json_add_string (builder, "from", report->from);
  vr_json_add_string (builder, "to", report->to);
  vr_json_add_double (builder, "mean_size", report->mean_size);
  add_settings (builder, report);
  vr_json_add_number (builder, "trials", report->trials);
  vr_json_add_number (builder, "duration_ns", report->duration_ns);
  add_ceiling (builder, report);
  vr_json_add_string (builder, "end", end_name (report->end));
  vr_json_add_boolean (builder, "partial", report->end != VR_SEARCH_COMPLETE);
  vr_json_add_boolean (builder, "tester_limited", vr_search_tester_limited (report));
  vr_json_add_boolean (builder, "found", vr_search_is_found (report));
  add_goals (builder, report);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

char *
vr_search_trial_json (const VrSearchReport *report, const VrSearchTold *told)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.trial/1");
  vr_json_add_number (builder, "number", told->number);
  vr_json_add_number (builder, "rate_pps", told->step.rate_pps);
  vr_json_add_number (builder, "trial_ns", told->step.duration_ns);
  vr_json_add_number (builder, "asked", told->asked);
  vr_json_add_number (builder, "sent", told->sent);
  vr_json_add_number (builder, "received", told->received);
  vr_json_add_number (builder, "lost", told->lost);
  vr_json_add_double (builder, "loss_ratio", told->loss_ratio);
  vr_json_add_string (builder, "generator", told->generator);
  vr_json_add_string (builder, "generator_mode", told->generator_mode);
  vr_json_add_string (builder, "receiver", told->receiver);
  vr_json_add_boolean (builder, "tester_limited", told->verdict != VR_SEARCH_COUNTED);
  vr_json_add_boolean (builder, "late_burst", told->late_burst);
  vr_json_add_string (builder, "verdict", verdict_name (told->verdict));
  add_goals (builder, report);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

/* --- For people ---------------------------------------------------------------------------------
 */

static void
add_bounds (GString *text, const VrSearchBounds *bounds)
{
  if (bounds->lower_pps != 0)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, bounds->lower_pps);
  g_string_append (text, "..");
  if (bounds->upper_pps != 0)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT "%s", bounds->upper_pps,
                            bounds->upper_by_tester ? " (tester)" : "");
}

const char *
vr_search_trial_head (void)
{
  return "trial       rate/s        s         sent         lost       loss  bounds/s";
}

char *
vr_search_trial_line (const VrSearchReport *report, const VrSearchTold *told)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text,
                          "%5u %12" G_GUINT64_FORMAT " %8.3g %12" G_GUINT64_FORMAT
                          " %12" G_GUINT64_FORMAT " %8.4f %%  ",
                          told->number, told->step.rate_pps, (double) told->step.duration_ns / 1e9,
                          told->sent, told->lost, 100 * told->loss_ratio);
  for (guint i = 0; i < report->settings.goals_count; i++) {
    g_string_append (text, i > 0 ? "  " : "");
    add_bounds (text, &report->bounds[i]);
  }
  if (told->verdict == VR_SEARCH_AGAIN)
    g_string_append (text, "  the tester was the limit: again");
  else if (told->verdict == VR_SEARCH_TESTER)
    g_string_append (text, "  the tester was the limit");
  if (told->late_burst)
    g_string_append (text, "  lost perhaps by a burst of the tester's");
  return g_string_free (text, FALSE);
}

static void
add_goal (GString *text, const VrSearchReport *report, guint index)
{
  const VrSearchBounds *bounds = &report->bounds[index];
  double throughput_pps = bounds->throughput_pps;
  g_string_append_printf (text, "loss up to %g %%: ", 100 * report->settings.loss_ratios[index]);
  if (bounds->lower_pps == 0) {
    g_string_append_printf (text, "no rate found%s\n",
                            bounds->upper_by_tester ? "; the tester was the limit" : "");
    return;
  }
  g_string_append_printf (text, "%.0f/s, %.3f Mbit/s", throughput_pps,
                          throughput_pps * 8 * report->mean_size / 1e6);
  if (bounds->upper_pps == 0)
    g_string_append (text, " at least: no greater rate was too much\n");
  else
    g_string_append_printf (
        text, "; bounds %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT "/s%s%s%s\n",
        bounds->lower_pps, bounds->upper_pps, bounds->is_narrow ? "" : ", wider than asked for",
        bounds->upper_by_tester ? "; the tester was the limit" : "",
        report->upper_late_burst[index]
            ? "; bursts of the tester, held up, may have caused the loss at the upper one"
            : "");
}

char *
vr_search_table (const VrSearchReport *report)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s -> %s%s -> %s, %s: %u trials, %.1f s%s%s\n", report->from,
                          report->router != NULL ? "router " : "...",
                          report->router != NULL ? report->router : "", report->to,
                          report->method->name, report->trials, (double) report->duration_ns / 1e9,
                          report->end != VR_SEARCH_COMPLETE ? "; partial: " : "",
                          report->end != VR_SEARCH_COMPLETE ? end_name (report->end) : "");
  for (guint i = 0; i < report->settings.goals_count; i++)
    add_goal (text, report, i);
  if (report->ceiling_pps != 0 && vr_search_tester_limited (report))
    g_string_append_printf (text,
                            "the tester can send %" G_GUINT64_FORMAT
                            "/s of these frames on this path: what the router forwards above that "
                            "is not known\n",
                            report->ceiling_pps);
  return g_string_free (text, FALSE);
}
