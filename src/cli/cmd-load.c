/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "campaign/vr-self-test.h"
#include "cli/vr-cli.h"
#include "traffic/vr-stream-text.h"

#define DEFAULT_COUNT 1000
#define DEFAULT_RATE 1000
#define DEFAULT_SIZE 64
#define DEFAULT_TTL 64
#define TICKER_NS 200000000ull
#define NS_PER_S 1000000000ull
#define DURATION_MAX_NS (24 * 3600 * NS_PER_S)

static char *from, *to, *router;
static char *count, *rate, *size, *flows, *departures, *ip, *vlan, *ttl;
static char *source, *destination, *next_hop;
static char *duration, *warm_up, *settle, *interval;
static char **stream_texts;
static gint64 seed = 1;
static gboolean self_test;

static const GOptionEntry options[] = {
  { "from", 0, 0, G_OPTION_ARG_STRING, &from,
    "port to send from (default: the router's first); without a lab the interface, IFNAME or "
    "NETNS/IFNAME",
    "PORT" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to,
    "port to receive at (default: the router's last); without a lab the interface", "PORT" },
  { "router", 0, 0, G_OPTION_ARG_STRING, &router, "router to go through (default: the first)",
    "ROUTER" },
  { "count", 'n', 0, G_OPTION_ARG_STRING, &count,
    "frames to send (default: 1000, or what the duration makes)", "N" },
  { "duration", 'd', 0, G_OPTION_ARG_STRING, &duration, "how long to send, such as 10s",
    "DURATION" },
  { "rate", 'r', 0, G_OPTION_ARG_STRING, &rate,
    "packet rate, or bit rate as 100Mbit/s, of frames with FCS (default: 1kpps)", "RATE" },
  { "size", 's', 0, G_OPTION_ARG_STRING, &size,
    "frame size in bytes, with FCS; several in turn, with commas between; or imix (default: 64)",
    "BYTES" },
  { "flows", 0, 0, G_OPTION_ARG_STRING, &flows,
    "flows, by source port and then address, in turn or, as N,random, chosen evenly (default: 1)",
    "N" },
  { "departures", 0, 0, G_OPTION_ARG_STRING, &departures,
    "constant, poisson, or burst:N (default: constant)", "HOW" },
  { "ip", 0, 0, G_OPTION_ARG_STRING, &ip, "version of IP, 4 or 6 (default: 4)", "VERSION" },
  { "source", 0, 0, G_OPTION_ARG_STRING, &source,
    "address to send from, with the length of the network that all flows stay in (default: the "
    "port's; without a lab 198.18.0.1/15 or 2001:2::1/48)",
    "ADDRESS/LENGTH" },
  { "destination", 0, 0, G_OPTION_ARG_STRING, &destination,
    "address to send to (default: the port's; without a lab 198.18.0.2 or 2001:2::2)", "ADDRESS" },
  { "next-hop", 0, 0, G_OPTION_ARG_STRING, &next_hop,
    "MAC address to send to (default: the router's; without a lab that of the other interface)",
    "MAC" },
  { "vlan", 0, 0, G_OPTION_ARG_STRING, &vlan, "VLAN tag to send with, 1 to 4094", "ID" },
  { "ttl", 0, 0, G_OPTION_ARG_STRING, &ttl, "TTL or hop limit to send with (default: 64)", "N" },
  { "stream", 0, 0, G_OPTION_ARG_STRING_ARRAY, &stream_texts,
    "a stream of its own, with any of rate, size, count, flows, departures, ip, source, "
    "destination, next-hop, vlan and ttl as KEY=VALUE and blanks between; the options above are "
    "the default of each; may be repeated",
    "SETTINGS" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "seed of all that is random (default: 1)", "N" },
  { "warm-up", 0, 0, G_OPTION_ARG_STRING, &warm_up, "send for so long before, uncounted",
    "DURATION" },
  { "settle", 0, 0, G_OPTION_ARG_STRING, &settle,
    "how long to wait for the last frames (default: 200ms)", "DURATION" },
  { "interval", 0, 0, G_OPTION_ARG_STRING, &interval,
    "say how far it is as often as this; with --json an object a line", "DURATION" },
  { "self-test", 0, 0, G_OPTION_ARG_NONE, &self_test,
    "test the tester itself, on a veth pair made for it", NULL },
  { 0 },
};

static gboolean
read_duration (const char *option, const char *text, guint64 *duration_ns, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!vr_unit_parse_duration (text, duration_ns, error))
    return vr_cli_blame_option (option, error);
  if (*duration_ns >= 1 && *duration_ns <= DURATION_MAX_NS)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: above 0 and up to 24h", option, text);
  return FALSE;
}

/* Options that are settings of a stream. */
static gboolean
read_defaults (VrStream *stream, GError **error)
{
  const struct {
    const char *key, *value;
  } given[] = { { "rate", rate },
                { "size", size },
                { "flows", flows },
                { "departures", departures },
                { "ip", ip },
                { "vlan", vlan },
                { "ttl", ttl },
                { "count", count },
                { "source", source },
                { "destination", destination },
                { "next-hop", next_hop } };
  *stream = (VrStream){ .frame = { .source.family = AF_INET,
                                   .destination.family = AF_INET,
                                   .size = DEFAULT_SIZE,
                                   .ttl = DEFAULT_TTL },
                        .rate_pps = DEFAULT_RATE,
                        .count = duration == NULL ? DEFAULT_COUNT : 0,
                        .seed = (guint64) seed };
  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i].value != NULL && !vr_stream_set (stream, given[i].key, given[i].value, error)) {
      g_prefix_error (error, "--");
      return FALSE;
    }
  return TRUE;
}

/* The streams, owned by the caller. */
static VrStream *
read_streams (guint *streams_count, GError **error)
{
  VrStream defaults;
  guint given = stream_texts != NULL ? g_strv_length (stream_texts) : 0;
  if (!read_defaults (&defaults, error))
    return NULL;
  g_autofree VrStream *streams = g_new0 (VrStream, MAX (given, 1));
  for (guint i = 0; i < MAX (given, 1); i++) {
    streams[i] = defaults;
    streams[i].id = (guint16) i;
    streams[i].seed += i;
    if (given > 0 && !vr_stream_parse (stream_texts[i], &streams[i], error)) {
      vr_cli_blame_option ("--stream", error);
      return NULL;
    }
    vr_stream_settle (&streams[i]);
  }
  if (given > VR_SENDER_STREAMS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u streams: at most %d", given,
                 VR_SENDER_STREAMS_MAX);
    return NULL;
  }
  *streams_count = MAX (given, 1);
  return g_steal_pointer (&streams);
}

/* --- Progress -----------------------------------------------------------------------------------
 */

static void
print_interval (const VrTrialTick *tick, gpointer data)
{
  const VrCli *cli = data;
  if (cli->json)
    printf ("{\"schema\":\"vrkit.interval/1\",\"elapsed_ns\":%" G_GUINT64_FORMAT
            ",\"asked\":%" G_GUINT64_FORMAT ",\"sent\":%" G_GUINT64_FORMAT
            ",\"received\":%" G_GUINT64_FORMAT "}\n",
            tick->elapsed_ns, tick->asked, tick->sent, tick->received);
  else
    printf ("%9.3f s: sent %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
            ", received %" G_GUINT64_FORMAT "\n",
            (double) tick->elapsed_ns / NS_PER_S, tick->sent, tick->asked, tick->received);
  fflush (stdout);
}

/* A line that is written over. */
static void
show_progress (const VrTrialTick *tick, gpointer data)
{
  (void) data;
  double elapsed_s = (double) tick->elapsed_ns / NS_PER_S, sent = (double) tick->sent;
  double rate_pps = sent / elapsed_s;
  double left_s = sent > 0 ? (double) (tick->asked - tick->sent) / rate_pps : 0;
  fprintf (stderr,
           "\r\033[Ksent %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
           " at %.0f/s, received %" G_GUINT64_FORMAT ", %.0f s left",
           tick->sent, tick->asked, rate_pps, tick->received, left_s);
}

static gboolean
read_progress (VrCli *cli, VrTrialRequest *request, GError **error)
{
  if (!read_duration ("--interval", interval, &request->tick_ns, error))
    return FALSE;
  request->tick_data = cli;
  if (interval != NULL) {
    request->tick = print_interval;
  } else if (cli->ticker && !cli->quiet) {
    request->tick = show_progress;
    request->tick_ns = TICKER_NS;
  }
  return TRUE;
}

/* --- The command --------------------------------------------------------------------------------
 */

static gboolean
read_request (VrCli *cli, const char *lab, VrTrialRequest *request, GError **error)
{
  *request = (VrTrialRequest){
    .lab = lab, .from = from, .to = to, .router = router, .clock = vr_clock_system ()
  };
  if (lab == NULL && !self_test && (from == NULL || to == NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "usage: vrkit load [OPTION …] LAB, or --from and --to, or --self-test");
    return FALSE;
  }
  if (self_test && (lab != NULL || from != NULL || to != NULL || router != NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--self-test has interfaces of its own: no LAB, --from, --to or --router with it");
    return FALSE;
  }
  return read_duration ("--duration", duration, &request->duration_ns, error)
         && read_duration ("--warm-up", warm_up, &request->warm_up_ns, error)
         && read_duration ("--settle", settle, &request->settle_ns, error)
         && read_progress (cli, request, error);
}

static int
tell (const VrCli *cli, const VrTrial *trial, GError **error)
{
  VrJsonStyle style = interval != NULL ? VR_JSON_COMPACT : VR_JSON_PRETTY;
  g_autofree char *text = cli->json ? vr_trial_json (trial, style) : vr_trial_table (trial);
  if (!vr_cli_print (text, error))
    return 1;
  gboolean is_whole = trial->sender.sent == trial->sender.asked;
  return is_whole && vr_trial_lost (trial) == 0 ? 0 : VR_ERROR_UNWANTED;
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
  request.streams = streams;
  request.cancellable = vr_cli_lab_options (cli).cancellable;
  g_autoptr (VrTrial) trial
      = self_test ? vr_self_test_run (&cli->site, &request, (guint) getpid (), error)
                  : vr_trial_run (&cli->site, &request, error);
  if (request.tick == show_progress)
    fputs ("\r\033[K", stderr);
  return trial != NULL ? tell (cli, trial, error) : 1;
}

const VrCommand *
vr_cmd_load (void)
{
  static const VrCommand command = {
    .name = "load",
    .synopsis = "[LAB]",
    .summary = "send frames through a router and say where they went",
    .doc
    = "Sends UDP frames with a signature from the far end of one test port to that of another, or "
      "without a lab between any two interfaces, and accounts for every one: exit status 0 when "
      "all that was asked for was sent and came, 1 when not. See vrkit-load(1). With --json the "
      "schema is vrkit.load/1, and with --interval each line before it vrkit.interval/1.",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
  };
  return &command;
}
