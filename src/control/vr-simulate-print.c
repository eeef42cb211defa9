/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a simulation found, for people and as JSON. */
#include "base/vr-json.h"
#include "base/vr-unit.h"
#include "control/vr-simulate.h"

#define SCHEMA "vrkit.simulate/1"

static const struct {
  const char *id, *text;
} rules[VR_SIMULATE_RULES] = {
  [VR_SIMULATE_BOUNDS] = { "bounds", "a share within its thread's bounds" },
  [VR_SIMULATE_CAPACITY] = { "capacity", "the shares of a core within its capacity" },
  [VR_SIMULATE_PERIOD] = { "period", "a contract in one period, where the core suffices" },
  [VR_SIMULATE_CONTRACT] = { "contract", "98 % of a contract over a minute, where it suffices" },
  [VR_SIMULATE_LIMIT] = { "limit", "at most 102 % of a limit over a minute" },
  [VR_SIMULATE_OSCILLATION] = { "oscillation", "no share swings within a minute" },
  [VR_SIMULATE_FAIRNESS] = { "fairness", "by priority, in proportion, nothing left over" },
};

const char *
vr_simulate_rule_id (VrSimulateRule rule)
{
  return rules[rule].id;
}

const char *
vr_simulate_rule_text (VrSimulateRule rule)
{
  return rules[rule].text;
}

/* --- For people ---------------------------------------------------------------------------------
 */

static void
append_words (GString *text, const VrSimulateResult *result)
{
  g_string_append (text, "decided:");
  for (guint i = 0; i < VR_DECIDE_REASONS; i++)
    if (result->reasons[i] > 0)
      g_string_append_printf (text, " %s %" G_GUINT64_FORMAT, vr_decide_reason_id (i),
                              result->reasons[i]);
  g_string_append (text, "\nreported:");
  for (guint i = 0; i < VR_DECIDE_PROBLEMS; i++)
    if (result->problems[i] > 0)
      g_string_append_printf (text, " %s %" G_GUINT64_FORMAT, vr_decide_problem_id (i),
                              result->problems[i]);
  g_string_append_c (text, '\n');
}

char *
vr_simulate_result_table (const VrSimulateResult *result)
{
  GString *text = g_string_new (NULL);
  const VrSimulateSpec *spec = &result->spec;
  g_autofree char *period = vr_unit_print_duration (spec->period_ns);
  g_autofree char *duration = vr_unit_print_duration (spec->duration_ns);
  g_string_append_printf (text,
                          "%u tenants on %u cores for %s, %" G_GUINT64_FORMAT
                          " periods of %s, seed %" G_GUINT64_FORMAT "\n",
                          spec->tenants, spec->cores, duration, result->periods, period,
                          spec->seed);
  g_string_append_printf (text,
                          "offered %.4g packets, %.4g of them within contracts; forwarded %.4g\n",
                          result->offered, result->contracted, result->forwarded);
  g_string_append_printf (
      text, "%" G_GUINT64_FORMAT " changes of shares, %.3g a tenant and hour\n", result->changes,
      (double) result->changes / spec->tenants / ((double) spec->duration_ns / 3.6e12));
  append_words (text, result);
  g_string_append_printf (text, "\n%-12s %12s %8s  %s\n", "RULE", "LOOKED AT", "BROKEN", "");
  for (guint i = 0; i < VR_SIMULATE_RULES; i++)
    g_string_append_printf (text, "%-12s %12" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT "  %s\n",
                            rules[i].id, result->looked_at[i], result->broken[i], rules[i].text);
  g_string_append_printf (
      text,
      "\nworst minute of a tenant whose core suffices: %.1f %% of its contract; "
      "%u minutes of cores that did not\n",
      result->worst * 100, result->windows_short);
  if (result->first != NULL)
    g_string_append_printf (text, "broken first %s\n", result->first);
  g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void
add_spec (JsonBuilder *builder, const VrSimulateSpec *spec)
{
  vr_json_add_number (builder, "tenants", spec->tenants);
  vr_json_add_number (builder, "cores", spec->cores);
  vr_json_add_number (builder, "duration_ns", spec->duration_ns);
  vr_json_add_number (builder, "period_ns", spec->period_ns);
  vr_json_add_number (builder, "seed", spec->seed);
  vr_json_add_boolean (builder, "recorded", spec->record != NULL);
  vr_json_add_double (builder, "fill", spec->fill);
  vr_json_add_double (builder, "falsify", spec->falsify);
  vr_json_add_double (builder, "noise", spec->noise);
  vr_json_add_double (builder, "shortage", spec->shortage);
  vr_json_add_double (builder, "faults", spec->faults);
  vr_json_add_boolean (builder, "open_loop", spec->is_open_loop);
}

static void
add_counts (JsonBuilder *builder, const VrSimulateResult *result)
{
  json_builder_set_member_name (builder, "reasons");
  json_builder_begin_object (builder);
  for (guint i = 0; i < VR_DECIDE_REASONS; i++)
    vr_json_add_number (builder, vr_decide_reason_id (i), result->reasons[i]);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "problems");
  json_builder_begin_object (builder);
  for (guint i = 0; i < VR_DECIDE_PROBLEMS; i++)
    vr_json_add_number (builder, vr_decide_problem_id (i), result->problems[i]);
  json_builder_end_object (builder);
}

static void
add_rules (JsonBuilder *builder, const VrSimulateResult *result)
{
  json_builder_set_member_name (builder, "rules");
  json_builder_begin_array (builder);
  for (guint i = 0; i < VR_SIMULATE_RULES; i++) {
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "id", rules[i].id);
    vr_json_add_number (builder, "looked_at", result->looked_at[i]);
    vr_json_add_number (builder, "broken", result->broken[i]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

char *
vr_simulate_result_json (const VrSimulateResult *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  add_spec (builder, &result->spec);
  vr_json_add_number (builder, "periods", result->periods);
  vr_json_add_double (builder, "offered", result->offered);
  vr_json_add_double (builder, "contracted", result->contracted);
  vr_json_add_double (builder, "forwarded", result->forwarded);
  vr_json_add_number (builder, "changes", result->changes);
  vr_json_add_double (builder, "worst_part", result->worst);
  vr_json_add_number (builder, "short_windows", result->windows_short);
  add_counts (builder, result);
  add_rules (builder, result);
  vr_json_add_boolean (builder, "held", vr_simulate_result_is_good (result));
  vr_json_add_string (builder, "first_break", result->first);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}
