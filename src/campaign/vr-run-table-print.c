/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-run-table.h"

#define NS_PER_S G_GUINT64_CONSTANT (1000000000)

const char *
vr_transition_text (VrTransition transition)
{
  static const char *const texts[] = { [VR_TRANSITION_NONE] = "as it is",
                                       [VR_TRANSITION_TUNE] = "tune",
                                       [VR_TRANSITION_REBUILD] = "rebuild" };
  return texts[transition];
}

static const char *
transition_text (const VrRunRoute *route, guint index)
{
  return index == 0 ? "up" : vr_transition_text (route->transitions[index]);
}

char *
vr_run_time_text (guint64 time_ns)
{
  guint64 s = (time_ns + NS_PER_S - 1) / NS_PER_S;
  if (s < 60)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " s", s);
  if (s < 3600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " min %" G_GUINT64_FORMAT " s", s / 60, s % 60);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " h %" G_GUINT64_FORMAT " min", s / 3600,
                          s % 3600 / 60);
}

char *
vr_run_table_print (const VrRunTable *table, const VrRunRoute *route)
{
  GString *text = g_string_new (NULL);
  g_autofree char *time = vr_run_time_text (route->time_ns);
  g_string_append_printf (text, "%6s %6s  %-9s %s\n", "run", "block", "how", "condition");
  for (guint i = 0; i < table->runs->len; i++) {
    const VrPlannedRun *run = &g_array_index (table->runs, VrPlannedRun, i);
    g_string_append_printf (text, "%6u %6u  %-9s %s\n", run->id, run->block,
                            transition_text (route, i), run->condition->label);
  }
  g_string_append_printf (text, "%u runs of %u conditions in %u blocks, about %s", table->runs->len,
                          table->conditions->len, table->repetitions, time);
  if (vr_run_table_most (table) > table->repetitions)
    g_string_append_printf (text, "; up to %u blocks while intervals are wider than %u %%",
                            vr_run_table_most (table), table->experiment->stop_width.value);
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

static void
add_conditions (JsonBuilder *builder, const VrRunTable *table)
{
  const GPtrArray *factors = table->experiment->factors;
  json_builder_set_member_name (builder, "conditions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < table->conditions->len; i++) {
    const VrCondition *condition = table->conditions->pdata[i];
    json_builder_begin_object (builder);
    vr_json_add_number (builder, "condition", condition->id);
    json_builder_set_member_name (builder, "levels");
    json_builder_begin_object (builder);
    for (guint k = 0; k < factors->len; k++)
      vr_json_add_string (builder, ((const VrFactor *) factors->pdata[k])->name,
                          condition->levels[k]);
    json_builder_end_object (builder);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

char *
vr_run_table_json (const VrRunTable *table, const VrRunRoute *route)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.runs/1");
  vr_json_add_string (builder, "experiment", table->experiment->name);
  vr_json_add_string (builder, "title", table->experiment->title);
  vr_json_add_number (builder, "repetitions", table->repetitions);
  vr_json_add_number (builder, "repetitions_max", vr_run_table_most (table));
  vr_json_add_boolean (builder, "quick", table->pace == VR_PACE_QUICK);
  vr_json_add_number (builder, "seed", table->experiment->seed);
  vr_json_add_number (builder, "time_ns", route->time_ns);
  add_conditions (builder, table);
  json_builder_set_member_name (builder, "runs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < table->runs->len; i++) {
    const VrPlannedRun *run = &g_array_index (table->runs, VrPlannedRun, i);
    json_builder_begin_object (builder);
    vr_json_add_number (builder, "run", run->id);
    vr_json_add_number (builder, "block", run->block);
    vr_json_add_number (builder, "condition", run->condition->id);
    vr_json_add_string (builder, "how", transition_text (route, i));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}
