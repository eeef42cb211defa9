/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-trial.h"

#define NS_PER_S 1000000000u

static guint64
rate_pps (guint64 frames, guint64 duration_ns)
{
  unsigned __int128 scaled = (unsigned __int128) frames * NS_PER_S + duration_ns / 2;
  return duration_ns != 0 ? (guint64) (scaled / duration_ns) : 0;
}

const char *
vr_trial_receiver_name (const VrTrial *trial)
{
  return trial->is_counting ? "counting" : "exact";
}

/* Whether latencies are known. */
static gboolean
has_times (const VrTrial *trial)
{
  return !trial->is_counting && trial->is_timed;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

/* What the counters of an interface do not tell is null. */
static void
add_examined (JsonBuilder *builder, const VrTrial *trial, const char *name, guint64 number)
{
  if (!trial->is_counting) {
    vr_json_add_number (builder, name, number);
    return;
  }
  json_builder_set_member_name (builder, name);
  json_builder_add_null_value (builder);
}

static void
add_why (JsonBuilder *builder, const char *name, const char *why)
{
  json_builder_set_member_name (builder, name);
  if (why != NULL)
    json_builder_add_string_value (builder, why);
  else
    json_builder_add_null_value (builder);
}

static void
add_tools (JsonBuilder *builder, const VrTrial *trial)
{
  vr_json_add_string (builder, "generator", trial->generator);
  vr_json_add_string (builder, "generator_mode", trial->generator_mode);
  vr_json_add_string (builder, "generator_sleep", trial->generator_sleep);
  add_why (builder, "generator_why", trial->generator_why);
  vr_json_add_number (builder, "system_calls", trial->sender.system_calls);
  vr_json_add_string (builder, "receiver", vr_trial_receiver_name (trial));
  add_why (builder, "receiver_why", trial->receiver_why);
}

/* Null where there is no schedule to be late for, or none that is known. */
static void
add_lateness (JsonBuilder *builder, const VrTrial *trial)
{
  const VrLateness *lateness = &trial->sender.lateness;
  json_builder_set_member_name (builder, "lateness");
  if (!lateness->is_known) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "late", lateness->late);
  vr_json_add_number (builder, "burst", lateness->burst);
  vr_json_add_number (builder, "caught_up", lateness->caught_up);
  vr_json_add_number (builder, "slipped_ns", trial->sender.slipped_ns);
  vr_json_add_number (builder, "held", trial->sender.eagain);
  json_builder_set_member_name (builder, "late_ns");
  vr_histogram_add_summary (&lateness->late_ns, builder);
  json_builder_end_object (builder);
}

/* Null where it was not measured. */
static void
add_ceiling (JsonBuilder *builder, const VrTrial *trial)
{
  json_builder_set_member_name (builder, "ceiling_pps");
  if (trial->ceiling_pps != 0)
    json_builder_add_int_value (builder, (gint64) trial->ceiling_pps);
  else
    json_builder_add_null_value (builder);
}

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
  add_examined (builder, trial, "duplicated", received->duplicated);
  add_examined (builder, trial, "reordered", received->reordered);
  add_examined (builder, trial, "corrupted", received->corrupted);
  add_examined (builder, trial, "misaddressed", received->misaddressed);
  add_examined (builder, trial, "stale", received->stale);
  add_examined (builder, trial, "foreign", received->foreign);
  add_examined (builder, trial, "ttl_right", vr_trial_ttl_right (trial));
  vr_json_add_number (builder, "duration_ns", duration_ns);
  add_ceiling (builder, trial);
  vr_json_add_boolean (builder, "tester_limited", vr_trial_tester_limited (trial));
  vr_json_add_boolean (builder, "late_burst", vr_trial_late_burst (trial));
  add_lateness (builder, trial);
  vr_json_add_boolean (builder, "partial", vr_trial_is_partial (trial));
}

/* Only where a router did not answer. */
static void
add_silent (JsonBuilder *builder, const VrTrial *trial)
{
  if (trial->silent == NULL)
    return;
  json_builder_set_member_name (builder, "silent_router");
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", trial->silent);
  vr_json_add_string (builder, "why", trial->silent_why);
  json_builder_end_object (builder);
}

/* NULL: not known. */
static void
add_summary (JsonBuilder *builder, const char *name, const VrHistogram *histogram)
{
  json_builder_set_member_name (builder, name);
  if (histogram != NULL)
    vr_histogram_add_summary (histogram, builder);
  else
    json_builder_add_null_value (builder);
}

/* Only where samples were asked for. */
static void
add_sampling (JsonBuilder *builder, const VrSampling *sampling)
{
  if (sampling->samples == 0)
    return;
  json_builder_set_member_name (builder, "sampling");
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "samples", sampling->samples);
  vr_json_add_number (builder, "missed", sampling->missed);
  vr_json_add_number (builder, "cpu_time_ns", sampling->cpu_time_ns);
  json_builder_end_object (builder);
}

/* Only of a self-test. */
static void
add_bias (JsonBuilder *builder, const VrBias *bias)
{
  if (bias == NULL)
    return;
  json_builder_set_member_name (builder, "latency_bias_ns");
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "path", bias->path);
  add_summary (builder, "told", &bias->told_ns);
  add_summary (builder, "kernel", &bias->kernel_ns);
  add_summary (builder, "added", &bias->added_ns);
  json_builder_end_object (builder);
}

static const char *
flow_order_name (const VrTrialStream *stream)
{
  return stream->flow_order == VR_FLOWS_RANDOM ? "random" : "in-turn";
}

/* NULL of a replay. */
static void
add_flows (JsonBuilder *builder, const VrTrialStream *stream)
{
  json_builder_set_member_name (builder, "flows");
  if (stream->flows == 0) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "count", stream->flows);
  vr_json_add_string (builder, "order", flow_order_name (stream));
  vr_json_add_number (builder, "destinations", stream->destinations);
  json_builder_end_object (builder);
}

static void
add_stream (JsonBuilder *builder, const VrTrial *trial, guint index)
{
  static const VrTally unknown = { 0 };
  const VrTrialStream *stream = &g_array_index (trial->streams, VrTrialStream, index);
  const VrTally *tally = trial->is_counting ? &unknown : trial->receiver->streams->pdata[index];
  guint64 duration_ns = trial->sender.duration_ns;
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "id", stream->id);
  add_flows (builder, stream);
  vr_json_add_number (builder, "offered_pps", stream->offered_pps);
  vr_json_add_number (builder, "sent_pps", rate_pps (stream->sent, duration_ns));
  add_examined (builder, trial, "received_pps", rate_pps (tally->received, duration_ns));
  vr_json_add_number (builder, "asked", stream->asked);
  vr_json_add_number (builder, "sent", stream->sent);
  add_examined (builder, trial, "received", tally->received);
  add_examined (builder, trial, "lost", vr_tally_lost (tally, stream->sent));
  add_examined (builder, trial, "duplicated", tally->duplicated);
  add_examined (builder, trial, "reordered", tally->reordered);
  add_examined (builder, trial, "corrupted", tally->unexpected);
  add_summary (builder, "latency_ns", has_times (trial) ? &tally->latency_ns : NULL);
  add_summary (builder, "jitter_ns", has_times (trial) ? &tally->jitter_ns : NULL);
  json_builder_end_object (builder);
}

static void
add_times_json (JsonBuilder *builder, const VrTrial *trial)
{
  const VrReceiverResult *received = trial->receiver;
  add_summary (builder, "latency_ns", has_times (trial) ? &received->latency_ns : NULL);
  add_summary (builder, "jitter_ns", has_times (trial) ? &received->jitter_ns : NULL);
  json_builder_set_member_name (builder, "latency_histogram_ns");
  if (trial->is_counting)
    json_builder_add_null_value (builder);
  else
    vr_histogram_add_json (&received->latency_ns, builder);
}

char *
vr_trial_json (const VrTrial *trial, VrJsonStyle style)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.load/1");
  add_tools (builder, trial);
  vr_json_add_string (builder, "router", trial->router);
  vr_json_add_number (builder, "hops", trial->hops);
  vr_json_add_string (builder, "from", trial->from);
  vr_json_add_string (builder, "to", trial->to);
  vr_json_add_string (builder, "replay", trial->replay);
  add_counts (builder, trial);
  json_builder_set_member_name (builder, "streams");
  json_builder_begin_array (builder);
  for (guint i = 0; i < trial->streams->len; i++)
    add_stream (builder, trial, i);
  json_builder_end_array (builder);
  add_times_json (builder, trial);
  add_bias (builder, trial->bias);
  vr_stage_add_json (builder, trial->stages, &trial->counted);
  add_silent (builder, trial);
  if (trial->shares != NULL)
    vr_shares_add_json (trial->shares, trial->router, builder);
  vr_json_add_number (builder, "cpu_duration_ns", trial->usage_ns);
  vr_usage_add_json (builder, &trial->usage);
  add_sampling (builder, &trial->sampling);
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
    g_string_append_printf (text, "%-10u %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT, stream->id,
                            rate_pps (stream->sent, trial->sender.duration_ns), stream->sent);
    if (trial->is_counting) {
      g_string_append_printf (text, " %12s %12s\n", "-", "-");
      continue;
    }
    const VrTally *tally = trial->receiver->streams->pdata[i];
    g_string_append_printf (text, " %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT "\n",
                            tally->received, vr_tally_lost (tally, stream->sent));
  }
}

static void
add_table_of_times (GString *text, const VrReceiverResult *received)
{
  g_string_append_printf (text, "%-10s %10s %10s %10s %10s %10s %10s\n", "us", "min", "mean", "p50",
                          "p99", "p99.99", "max");
  add_times (text, "latency", &received->latency_ns);
  add_times (text, "jitter", &received->jitter_ns);
}

static void
add_tool (GString *text, const char *what, const char *name, const char *why)
{
  g_string_append_printf (text, "%-10s %s%s%s%s\n", what, name, why != NULL ? " (" : "",
                          why != NULL ? why : "", why != NULL ? ")" : "");
}

/* Where the sender did not keep its schedule. */
static void
add_lateness_table (GString *text, const VrSenderResult *sender)
{
  const VrLateness *lateness = &sender->lateness;
  if (lateness->caught_up == 0 && sender->slipped_ns == 0 && sender->eagain == 0)
    return;
  g_string_append_printf (text,
                          "late       %" G_GUINT64_FORMAT
                          " frames, by up to %.1f us; %" G_GUINT64_FORMAT
                          " sent at once to catch up, up to %" G_GUINT64_FORMAT
                          " of them; slipped by %.1f us; held up %" G_GUINT64_FORMAT " times\n",
                          lateness->late, (double) lateness->late_ns.max / 1e3, lateness->caught_up,
                          lateness->burst, (double) sender->slipped_ns / 1e3, sender->eagain);
}

static void
add_tools_table (GString *text, const VrTrial *trial)
{
  g_autofree char *generator = g_strdup_printf (
      "%s, %s, sleep by %s, %" G_GUINT64_FORMAT " system calls", trial->generator,
      trial->generator_mode, trial->generator_sleep, trial->sender.system_calls);
  add_tool (text, "generator", generator, trial->generator_why);
  add_lateness_table (text, &trial->sender);
  if (trial->ceiling_pps != 0)
    g_string_append_printf (text,
                            "ceiling    %" G_GUINT64_FORMAT
                            "/s: what the tester can send of these frames on this path\n",
                            trial->ceiling_pps);
  add_tool (text, "receiver", vr_trial_receiver_name (trial), trial->receiver_why);
}

static void
add_sum (GString *text, const VrTrial *trial)
{
  const VrReceiverResult *received = trial->receiver;
  g_string_append_printf (
      text, "sent %" G_GUINT64_FORMAT ", received %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT,
      trial->sender.sent, received->received, vr_trial_lost (trial));
  if (!trial->is_counting)
    g_string_append_printf (text,
                            ", duplicated %" G_GUINT64_FORMAT ", reordered %" G_GUINT64_FORMAT
                            ", corrupted %" G_GUINT64_FORMAT ", foreign %" G_GUINT64_FORMAT,
                            received->duplicated, received->reordered, received->corrupted,
                            received->foreign);
  if (received->stale > 0)
    g_string_append_printf (
        text, "; %" G_GUINT64_FORMAT " of a run before came late: a longer --settle waits for such",
        received->stale);
  if (trial->sender.sent < trial->sender.asked)
    g_string_append (text, "; not all that was asked for was sent");
  if (trial->is_cut)
    g_string_append (text, "; the last frames were not waited for");
  if (vr_trial_tester_limited (trial))
    g_string_append (text, "; the tester was the limit");
  if (vr_trial_late_burst (trial))
    g_string_append (text, "; bursts of the tester, held up, may have caused the loss");
  g_string_append_c (text, '\n');
}

char *
vr_trial_table (const VrTrial *trial)
{
  GString *text = g_string_new (NULL);
  const char *what = trial->hops > 1 ? "routers " : "router ";
  g_string_append_printf (text, "%s -> %s%s -> %s\n", trial->from,
                          trial->router != NULL ? what : "...",
                          trial->router != NULL ? trial->router : "", trial->to);
  vr_stage_add_table (text, trial->stages, &trial->counted);
  if (trial->shares != NULL)
    vr_shares_add_table (trial->shares, trial->router, text);
  add_tools_table (text, trial);
  add_streams (text, trial);
  if (has_times (trial))
    add_table_of_times (text, trial->receiver);
  if (!trial->is_counting && trial->bias != NULL)
    add_times (text, "added", &trial->bias->added_ns);
  add_sum (text, trial);
  return g_string_free (text, FALSE);
}
