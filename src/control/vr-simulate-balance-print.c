/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a simulation of cores that follow their load found, for people and as JSON. */
#include "base/vr-json.h"
#include "base/vr-unit.h"
#include "control/vr-simulate-balance.h"

#define SCHEMA "vrkit.follow/1"

static const struct {
  const char *id, *text;
} rules[VR_SIMULATE_BALANCE_RULES] = {
  [VR_SIMULATE_BALANCE_ROOM] = { "room", "what is reserved of a core within its capacity" },
  [VR_SIMULATE_BALANCE_CONTRACT] = { "contract", "no router below its contract's level" },
  [VR_SIMULATE_BALANCE_FOLLOWS]
  = { "follows", "a load that stays is forwarded, where a core has room" },
  [VR_SIMULATE_BALANCE_RETURNS] = { "returns", "a load that stays has no level too much" },
  [VR_SIMULATE_BALANCE_OSCILLATION] = { "oscillation", "no router to and fro within a minute" },
  [VR_SIMULATE_BALANCE_MOVES] = { "moves", "what is moved rests, and has another router grow" },
};

const char *
vr_simulate_balance_rule_id (VrSimulateBalanceRule rule)
{
  return rules[rule].id;
}

const char *
vr_simulate_balance_rule_text (VrSimulateBalanceRule rule)
{
  return rules[rule].text;
}

/* --- For people ---------------------------------------------------------------------------------
 */

static void
append_counts (GString *text, const VrSimulateBalanceResult *result)
{
  const VrSimulateBalanceSpec *spec = &result->spec;
  double hours = (double) spec->duration_ns / 3.6e12;
  g_string_append_printf (text, "offered %.4g packets; forwarded %.4g\n", result->offered,
                          result->forwarded);
  g_string_append_printf (text, "reserved %.1f cores in the mean, %.1f at the most\n",
                          result->reserved_mean, result->reserved_most);
  g_string_append_printf (text,
                          "%" G_GUINT64_FORMAT
                          " changes, %.3g a router and hour; %" G_GUINT64_FORMAT
                          " of the number of members\n%" G_GUINT64_FORMAT
                          " cores went to another CPU, so that another router had room\ndecided:",
                          result->changes, (double) result->changes / spec->routers / hours,
                          result->member_changes, result->moves);
  for (guint i = 0; i < VR_CORES_REASONS; i++)
    if (result->reasons[i] > 0)
      g_string_append_printf (text, " %s %" G_GUINT64_FORMAT, vr_cores_reason_id (i),
                              result->reasons[i]);
}

char *
vr_simulate_balance_result_table (const VrSimulateBalanceResult *result)
{
  GString *text = g_string_new (NULL);
  const VrSimulateBalanceSpec *spec = &result->spec;
  g_autofree char *period = vr_unit_print_duration (spec->settings->period_ns);
  g_autofree char *duration = vr_unit_print_duration (spec->duration_ns);
  g_string_append_printf (text,
                          "%u routers that follow their load on %u cores for %s, %" G_GUINT64_FORMAT
                          " periods of %s, seed %" G_GUINT64_FORMAT "\n",
                          spec->routers, spec->cores, duration, result->periods, period,
                          spec->seed);
  append_counts (text, result);
  g_string_append_printf (text, "\n\n%-12s %12s %8s\n", "RULE", "LOOKED AT", "BROKEN");
  for (guint i = 0; i < VR_SIMULATE_BALANCE_RULES; i++)
    g_string_append_printf (text, "%-12s %12" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT "  %s\n",
                            rules[i].id, result->looked_at[i], result->broken[i], rules[i].text);
  if (result->first != NULL)
    g_string_append_printf (text, "\nbroken first %s\n", result->first);
  g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void
add_spec (JsonBuilder *builder, const VrSimulateBalanceSpec *spec)
{
  vr_json_add_number (builder, "routers", spec->routers);
  vr_json_add_number (builder, "cores", spec->cores);
  vr_json_add_number (builder, "duration_ns", spec->duration_ns);
  vr_json_add_number (builder, "period_ns", spec->settings->period_ns);
  vr_json_add_number (builder, "seed", spec->seed);
  vr_json_add_double (builder, "falsify", spec->falsify);
  vr_json_add_double (builder, "noise", spec->noise);
}

static void
add_rules (JsonBuilder *builder, const VrSimulateBalanceResult *result)
{
  json_builder_set_member_name (builder, "reasons");
  json_builder_begin_object (builder);
  for (guint i = 0; i < VR_CORES_REASONS; i++)
    vr_json_add_number (builder, vr_cores_reason_id (i), result->reasons[i]);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "rules");
  json_builder_begin_array (builder);
  for (guint i = 0; i < VR_SIMULATE_BALANCE_RULES; i++) {
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "id", rules[i].id);
    vr_json_add_number (builder, "looked_at", result->looked_at[i]);
    vr_json_add_number (builder, "broken", result->broken[i]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

char *
vr_simulate_balance_result_json (const VrSimulateBalanceResult *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  add_spec (builder, &result->spec);
  vr_json_add_number (builder, "periods", result->periods);
  vr_json_add_double (builder, "offered", result->offered);
  vr_json_add_double (builder, "forwarded", result->forwarded);
  vr_json_add_number (builder, "changes", result->changes);
  vr_json_add_number (builder, "member_changes", result->member_changes);
  vr_json_add_number (builder, "moves", result->moves);
  vr_json_add_double (builder, "reserved_mean", result->reserved_mean);
  vr_json_add_double (builder, "reserved_most", result->reserved_most);
  add_rules (builder, result);
  vr_json_add_boolean (builder, "held", vr_simulate_balance_result_is_good (result));
  vr_json_add_string (builder, "first_break", result->first);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}
