/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-json.h"
#include "campaign/vr-trial.h"

static void
add_counts (JsonBuilder *builder, const VrTrial *trial)
{
  const VrReceiverResult *received = trial->receiver;
  vr_json_add_number (builder, "offered_pps", trial->offered_pps);
  vr_json_add_number (builder, "sent", trial->sender.sent);
  vr_json_add_number (builder, "received", received->received);
  vr_json_add_number (builder, "lost", vr_trial_lost (trial));
  vr_json_add_number (builder, "duplicated", received->duplicated);
  vr_json_add_number (builder, "reordered", received->reordered);
  vr_json_add_number (builder, "corrupted", received->corrupted);
  vr_json_add_number (builder, "ttl_right", vr_trial_ttl_right (trial));
  vr_json_add_number (builder, "duration_ns", trial->sender.duration_ns);
  vr_json_add_boolean (builder, "tester_limited",
                       trial->sender.tester_limited || received->tester_dropped > 0);
  vr_json_add_boolean (builder, "partial", trial->sender.sent < trial->sender.asked);
}

char *
vr_trial_json (const VrTrial *trial)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.load/1");
  vr_json_add_string (builder, "router", trial->router);
  vr_json_add_string (builder, "from", trial->from);
  vr_json_add_string (builder, "to", trial->to);
  add_counts (builder, trial);
  json_builder_set_member_name (builder, "latency_ns");
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "min", trial->receiver->latency_min_ns);
  vr_json_add_number (builder, "mean", trial->receiver->latency_mean_ns);
  vr_json_add_number (builder, "max", trial->receiver->latency_max_ns);
  json_builder_end_object (builder);
  vr_stage_add_json (builder, trial->stages, &trial->counted);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

char *
vr_trial_table (const VrTrial *trial)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s -> router %s -> %s\n", trial->from, trial->router, trial->to);
  vr_stage_add_table (text, trial->stages, &trial->counted);
  g_string_append_printf (
      text,
      "sent %" G_GUINT64_FORMAT ", forwarded %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT
      ", TTL %u in %" G_GUINT64_FORMAT ", duplicated %" G_GUINT64_FORMAT
      ", reordered %" G_GUINT64_FORMAT ", corrupted %" G_GUINT64_FORMAT "%s\n",
      trial->sender.sent, trial->receiver->received, vr_trial_lost (trial), trial->ttl_sent - 1u,
      vr_trial_ttl_right (trial), trial->receiver->duplicated, trial->receiver->reordered,
      trial->receiver->corrupted,
      trial->sender.tester_limited ? "; the tester was the limit, not the router" : "");
  return g_string_free (text, FALSE);
}
