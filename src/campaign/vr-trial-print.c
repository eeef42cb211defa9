/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-trial.h"

#define NS_PER_S 1000000000u

static guint64
rate_pps (guint64 frames, guint64 duration_ns)
{
  return duration_ns != 0 ? (guint64) ((unsigned __int128) frames * NS_PER_S / duration_ns) : 0;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void
add_counts (JsonBuilder *builder, const VrTrial *trial)
{
  const VrReceiverResult *received = trial->receiver;
  guint64 duration_ns = trial->sender.duration_ns;
  vr_json_add_number (builder, "offered_pps", trial->offered_pps);
  vr_json_add_number (builder, "sent_pps", rate_pps (trial->sender.sent, duration_ns));
  vr_json_add_number (builder, "received_pps", rate_pps (received->received, duration_ns));
  vr_json_add_number (builder, "asked", trial->sender.asked);
  vr_json_add_number (builder, "sent", trial->sender.sent);
  vr_json_add_number (builder, "received", received->received);
  vr_json_add_number (builder, "lost", vr_trial_lost (trial));
  vr_json_add_number (builder, "duplicated", received->duplicated);
  vr_json_add_number (builder, "reordered", received->reordered);
  vr_json_add_number (builder, "corrupted", received->corrupted);
  vr_json_add_number (builder, "misaddressed", received->misaddressed);
  vr_json_add_number (builder, "foreign", received->foreign);
  vr_json_add_number (builder, "ttl_right", vr_trial_ttl_right (trial));
  vr_json_add_number (builder, "duration_ns", duration_ns);
  vr_json_add_boolean (builder, "tester_limited", vr_trial_tester_limited (trial));
  vr_json_add_boolean (builder, "partial", trial->sender.sent < trial->sender.asked);
}

static void
add_summary (JsonBuilder *builder, const char *name, const VrHistogram *histogram)
{
  json_builder_set_member_name (builder, name);
  vr_histogram_add_summary (histogram, builder);
}

static void
add_stream (JsonBuilder *builder, const VrTrial *trial, guint index)
{
  const VrTrialStream *stream = &g_array_index (trial->streams, VrTrialStream, index);
  const VrTally *tally = trial->receiver->streams->pdata[index];
  guint64 duration_ns = trial->sender.duration_ns;
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "id", stream->id);
  vr_json_add_number (builder, "offered_pps", stream->offered_pps);
  vr_json_add_number (builder, "sent_pps", rate_pps (stream->sent, duration_ns));
  vr_json_add_number (builder, "received_pps", rate_pps (tally->received, duration_ns));
  vr_json_add_number (builder, "asked", stream->asked);
  vr_json_add_number (builder, "sent", stream->sent);
  vr_json_add_number (builder, "received", tally->received);
  vr_json_add_number (builder, "lost", vr_tally_lost (tally, stream->sent));
  vr_json_add_number (builder, "duplicated", tally->duplicated);
  vr_json_add_number (builder, "reordered", tally->reordered);
  vr_json_add_number (builder, "corrupted", tally->unexpected);
  add_summary (builder, "latency_ns", &tally->latency_ns);
  add_summary (builder, "jitter_ns", &tally->jitter_ns);
  json_builder_end_object (builder);
}

char *
vr_trial_json (const VrTrial *trial, VrJsonStyle style)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.load/1");
  vr_json_add_string (builder, "generator", "packet");
  vr_json_add_string (builder, "router", trial->router);
  vr_json_add_string (builder, "from", trial->from);
  vr_json_add_string (builder, "to", trial->to);
  add_counts (builder, trial);
  json_builder_set_member_name (builder, "streams");
  json_builder_begin_array (builder);
  for (guint i = 0; i < trial->streams->len; i++)
    add_stream (builder, trial, i);
  json_builder_end_array (builder);
  add_summary (builder, "latency_ns", &trial->receiver->latency_ns);
  add_summary (builder, "jitter_ns", &trial->receiver->jitter_ns);
  json_builder_set_member_name (builder, "latency_histogram_ns");
  vr_histogram_add_json (&trial->receiver->latency_ns, builder);
  vr_stage_add_json (builder, trial->stages, &trial->counted);
  vr_usage_add_json (builder, &trial->usage);
  json_builder_end_object (builder);
  return vr_json_text (builder, style);
}

/* --- A table ------------------------------------------------------------------------------------
 */

static void
add_times (GString *text, const char *name, const VrHistogram *histogram)
{
  g_string_append_printf (
      text, "%-10s %10.1f %10.1f %10.1f %10.1f %10.1f %10.1f\n", name,
      (double) histogram->min / 1e3, (double) vr_histogram_mean (histogram) / 1e3,
      (double) vr_histogram_quantile (histogram, 0.5) / 1e3,
      (double) vr_histogram_quantile (histogram, 0.99) / 1e3,
      (double) vr_histogram_quantile (histogram, 0.9999) / 1e3, (double) histogram->max / 1e3);
}

static void
add_streams (GString *text, const VrTrial *trial)
{
  g_string_append_printf (text, "%-10s %12s %12s %12s %12s\n", "stream", "rate/s", "sent",
                          "received", "lost");
  for (guint i = 0; i < trial->streams->len; i++) {
    const VrTrialStream *stream = &g_array_index (trial->streams, VrTrialStream, i);
    const VrTally *tally = trial->receiver->streams->pdata[i];
    g_string_append_printf (text,
                            "%-10u %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT
                            " %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT "\n",
                            stream->id, rate_pps (stream->sent, trial->sender.duration_ns),
                            stream->sent, tally->received, vr_tally_lost (tally, stream->sent));
  }
}

char *
vr_trial_table (const VrTrial *trial)
{
  GString *text = g_string_new (NULL);
  const VrReceiverResult *received = trial->receiver;
  g_string_append_printf (text, "%s -> %s%s -> %s\n", trial->from,
                          trial->router != NULL ? "router " : "...",
                          trial->router != NULL ? trial->router : "", trial->to);
  vr_stage_add_table (text, trial->stages, &trial->counted);
  add_streams (text, trial);
  g_string_append_printf (text, "%-10s %10s %10s %10s %10s %10s %10s\n", "us", "min", "mean", "p50",
                          "p99", "p99.99", "max");
  add_times (text, "latency", &received->latency_ns);
  add_times (text, "jitter", &received->jitter_ns);
  g_string_append_printf (
      text,
      "sent %" G_GUINT64_FORMAT ", received %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT
      ", duplicated %" G_GUINT64_FORMAT ", reordered %" G_GUINT64_FORMAT
      ", corrupted %" G_GUINT64_FORMAT ", foreign %" G_GUINT64_FORMAT "%s%s\n",
      trial->sender.sent, received->received, vr_trial_lost (trial), received->duplicated,
      received->reordered, received->corrupted, received->foreign,
      trial->sender.sent < trial->sender.asked ? "; not all that was asked for was sent" : "",
      vr_trial_tester_limited (trial) ? "; the tester was the limit" : "");
  return g_string_free (text, FALSE);
}
