/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/vr-error.h"
#include "campaign/vr-self-test.h"
#include "cli/vr-traffic-options.h"
#include "traffic/vr-replay.h"
#include "traffic/vr-stream-text.h"

#define SAMPLE_LEAST_NS 1000000ull
#define NS_PER_S 1000000000ull

static char *count, *rate, *line_rate, *replay, *duration, *warm_up, *settle, *interval, *sample;
static char *ceiling;
static gint64 loops;

static const GOptionEntry own_options[] = {
  { "count", 'n', 0, G_OPTION_ARG_STRING, &count,
    "frames to send (default: 1000, or what the duration makes)", "N" },
  { "duration", 'd', 0, G_OPTION_ARG_STRING, &duration, "how long to send, such as 10s",
    "DURATION" },
  { "rate", 'r', 0, G_OPTION_ARG_STRING, &rate,
    "packet rate, bit rate as 100Mbit/s, of frames with FCS, or share of the line rate as 50% "
    "(default: 1kpps)",
    "RATE" },
  { "line-rate", 0, 0, G_OPTION_ARG_STRING, &line_rate,
    "bit rate that rates are a share of, as 10Gbit/s (default: the speed of the port that sends)",
    "RATE" },
  { "replay", 0, 0, G_OPTION_ARG_FILENAME, &replay,
    "send the frames of a pcap or pcapng file, at the file's own times or at --rate", "FILE" },
  { "loops", 0, 0, G_OPTION_ARG_INT64, &loops,
    "times through the file (default: once, or as often as --count or --duration want)", "N" },
  { "warm-up", 0, 0, G_OPTION_ARG_STRING, &warm_up, "send for so long before, uncounted",
    "DURATION" },
  { "settle", 0, 0, G_OPTION_ARG_STRING, &settle,
    "how long to wait for the last frames (default: 200ms)", "DURATION" },
  { "ceiling", 0, 0, G_OPTION_ARG_STRING, &ceiling,
    "when to measure afterwards, in 0.3 s, how much the tester could send: short (where it fell "
    "short), always, or never (default: short)",
    "WHEN" },
  { "interval", 0, 0, G_OPTION_ARG_STRING, &interval,
    "say how far it is as often as this; with --json an object a line", "DURATION" },
  { "sample", 0, 0, G_OPTION_ARG_STRING, &sample,
    "with --json, read counters and the routers' threads as often as this, an object a line",
    "DURATION" },
  { 0 },
};

static gboolean
read_line_rate (VrTrialRequest *request, GError **error)
{
  return line_rate == NULL || vr_stream_parse_line_rate (line_rate, &request->line_rate_bps, error)
         || vr_cli_blame_option ("--line-rate", error);
}

/* The streams, owned by the caller. */
static VrStream *
read_streams (guint *streams_count, GError **error)
{
  VrStream defaults;
  if (!vr_traffic_defaults (&defaults, error)
      || (rate != NULL && !vr_traffic_set (&defaults, "rate", rate, error))
      || (count != NULL && !vr_traffic_set (&defaults, "count", count, error)))
    return NULL;
  if (count == NULL && duration == NULL)
    defaults.count = VR_STREAM_COUNT;
  return vr_traffic_streams (&defaults, streams_count, error);
}

/* A replay's frames are what they are. */
static gboolean
check_replay (GError **error)
{
  const char *option = vr_traffic_frame_option ();
  if (option != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--replay sends the frames as they are in the file: no --%s with it", option);
    return FALSE;
  }
  if (loops >= 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--loops=%" G_GINT64_FORMAT ": 1 or more", loops);
  return FALSE;
}

/* Makes the stream one of the file's frames; the capture is the caller's to keep and to free. */
static VrCapture *
read_replay (VrTrialRequest *request, VrStream *stream, GError **error)
{
  g_autoptr (VrCapture) capture = check_replay (error) ? vr_capture_load (replay, error) : NULL;
  VrReplay wish = { .loops = (guint64) loops,
                    .count = count != NULL ? stream->count : 0,
                    .duration_ns = request->duration_ns,
                    .at_own_times = rate == NULL };
  if (capture == NULL || !vr_replay_set (&wish, capture, stream, error))
    return NULL;
  vr_stream_settle (stream);
  if (wish.at_own_times)
    request->duration_ns = 0;
  return g_steal_pointer (&capture);
}

/* --- Progress -----------------------------------------------------------------------------------
 */

static void
print_interval (const VrTrialTick *tick, gpointer data)
{
  const VrCli *cli = data;
  g_autofree char *received = g_strdup_printf ("%" G_GUINT64_FORMAT, tick->received);
  if (cli->json)
    printf ("{\"schema\":\"vrkit.interval/1\",\"elapsed_ns\":%" G_GUINT64_FORMAT
            ",\"asked\":%" G_GUINT64_FORMAT ",\"sent\":%" G_GUINT64_FORMAT ",\"received\":%s}\n",
            tick->elapsed_ns, tick->asked, tick->sent, tick->is_counting ? "null" : received);
  else
    printf ("%9.3f s: sent %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ", received %s\n",
            (double) tick->elapsed_ns / NS_PER_S, tick->sent, tick->asked,
            tick->is_counting ? "-" : received);
  fflush (stdout);
}

static gboolean
read_progress (VrCli *cli, VrTrialRequest *request, GError **error)
{
  if (!vr_traffic_duration ("--interval", interval, &request->tick_ns, error))
    return FALSE;
  request->tick_data = cli;
  if (interval != NULL) {
    request->tick = print_interval;
  } else if (cli->ticker && !cli->quiet) {
    vr_traffic_show_progress (request);
  }
  return TRUE;
}

static void
print_sample (const char *line, gpointer data)
{
  (void) data;
  puts (line);
  fflush (stdout);
}

static gboolean
read_sample (const VrCli *cli, VrTrialRequest *request, GError **error)
{
  if (sample == NULL)
    return TRUE;
  if (!cli->json) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--sample prints objects: --json with it");
    return FALSE;
  }
  if (!vr_traffic_duration ("--sample", sample, &request->sample_ns, error))
    return FALSE;
  request->sample = print_sample;
  if (request->sample_ns >= SAMPLE_LEAST_NS)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--sample=%s: 1ms or more", sample);
  return FALSE;
}

/* --- The command --------------------------------------------------------------------------------
 */

static gboolean
read_request (VrCli *cli, const char *lab, VrTrialRequest *request, GError **error)
{
  *request = (VrTrialRequest){ .lab = lab, .clock = vr_clock_system () };
  if (!vr_traffic_path (request, "load", error))
    return FALSE;
  if (ceiling != NULL && !vr_trial_parse_ceiling (ceiling, &request->ceiling, error))
    return vr_cli_blame_option ("--ceiling", error);
  return vr_traffic_duration ("--duration", duration, &request->duration_ns, error)
         && vr_traffic_duration ("--warm-up", warm_up, &request->warm_up_ns, error)
         && vr_traffic_duration ("--settle", settle, &request->settle_ns, error)
         && read_line_rate (request, error) && read_progress (cli, request, error)
         && read_sample (cli, request, error);
}

static void
warn_of_silent (const VrTrial *trial)
{
  if (trial->silent != NULL)
    g_printerr ("warning: router %s did not say what it counted, and what was lost in a router is "
                "unattributed: %s\n",
                trial->silent, trial->silent_why);
}

static int
tell (const VrCli *cli, const VrTrial *trial, GError **error)
{
  VrJsonStyle style = interval != NULL || sample != NULL ? VR_JSON_COMPACT : VR_JSON_PRETTY;
  g_autofree char *text = cli->json ? vr_trial_json (trial, style) : vr_trial_table (trial);
  warn_of_silent (trial);
  if (!vr_cli_print (text, error))
    return 1;
  return !vr_trial_is_partial (trial) && vr_trial_lost (trial) == 0 ? 0 : VR_ERROR_UNWANTED;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrTrialRequest request;
  g_autofree char *lab = arguments[0] != NULL ? vr_cli_lab_name (arguments[0], error) : NULL;
  if ((arguments[0] != NULL && lab == NULL) || !read_request (cli, lab, &request, error))
    return VR_ERROR_USAGE;
  g_autofree VrStream *streams = read_streams (&request.streams_count, error);
  if (streams == NULL || !vr_cli_need_root ("load", error))
    return VR_ERROR_USAGE;
  g_autoptr (VrCapture) capture = replay != NULL ? read_replay (&request, streams, error) : NULL;
  if (replay != NULL && capture == NULL)
    return VR_ERROR_USAGE;
  request.streams = streams;
  request.cancellable = vr_cli_lab_options (cli).cancellable;
  vr_cli_end_with_parent (request.cancellable);
  g_autoptr (VrTrial) trial = vr_traffic_is_self_test ()
                                  ? vr_self_test_run (&cli->site, &request, error)
                                  : vr_trial_run (&cli->site, &request, error);
  vr_traffic_end_progress (&request);
  return trial != NULL ? tell (cli, trial, error) : 1;
}

const VrCommand *
vr_cmd_load (void)
{
  static VrCommand command = {
    .name = "load",
    .synopsis = "[LAB]",
    .summary = "send frames through a router and say where they went",
    .doc
    = "Sends UDP frames with a signature from the far end of one test port to that of another, or "
      "without a lab between any two interfaces, and accounts for every one: exit status 0 when "
      "all that was asked for was sent and came, 1 when not. See vrkit-load(1). With --json the "
      "schema is vrkit.load/1, and each line before it is of vrkit.interval/1 with --interval, of "
      "vrkit.sample/1 with --sample.",
    .least = 0,
    .most = 1,
    .run = run,
  };
  if (command.options == NULL)
    command.options = vr_traffic_options (own_options);
  return &command;
}
