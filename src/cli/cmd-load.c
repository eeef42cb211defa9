/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "campaign/vr-trial.h"
#include "cli/vr-cli.h"

#define DEFAULT_COUNT 1000
#define DEFAULT_RATE 1000
#define DEFAULT_SIZE 64
#define DEFAULT_TTL 64

static char *from, *to, *router, *rate;
static gint64 count = DEFAULT_COUNT;
static gint size = DEFAULT_SIZE;
static gint ttl = DEFAULT_TTL;

static const GOptionEntry options[] = {
  { "from", 0, 0, G_OPTION_ARG_STRING, &from, "port to send from (default: the router's first)",
    "PORT" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to, "port to receive at (default: the router's last)",
    "PORT" },
  { "router", 0, 0, G_OPTION_ARG_STRING, &router, "router to go through (default: the first)",
    "ROUTER" },
  { "count", 'n', 0, G_OPTION_ARG_INT64, &count, "frames to send (default: 1000)", "N" },
  { "rate", 'r', 0, G_OPTION_ARG_STRING, &rate, "packet rate (default: 1kpps)", "RATE" },
  { "size", 's', 0, G_OPTION_ARG_INT, &size, "frame size in bytes, with FCS (default: 64)",
    "BYTES" },
  { "ttl", 0, 0, G_OPTION_ARG_INT, &ttl, "TTL or hop limit to send with (default: 64)", "N" },
  { 0 },
};

static gboolean
read_options (VrTrialRequest *request, GError **error)
{
  if (count < 1 || count > G_MAXUINT32) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--count=%" G_GINT64_FORMAT ": 1 to %u frames can be sent", count, G_MAXUINT32);
    return FALSE;
  }
  if (rate != NULL && !vr_unit_parse_packet_rate (rate, &request->rate_pps, error))
    return vr_cli_blame_option ("--rate", error);
  if (request->rate_pps == 0 || size < 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--rate and --size are more than 0");
    return FALSE;
  }
  if (ttl < 1 || ttl > 255) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--ttl=%d: 1 to 255", ttl);
    return FALSE;
  }
  request->count = (guint64) count;
  request->ttl = (guint8) ttl;
  request->size = (guint) size;
  return TRUE;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrTrialRequest request = {
    .from = from, .to = to, .router = router, .rate_pps = DEFAULT_RATE, .clock = vr_clock_system ()
  };
  g_autofree char *lab = vr_cli_lab_name (arguments[0], error);
  request.lab = lab;
  if (lab == NULL || !read_options (&request, error) || !vr_cli_need_root ("load", error))
    return VR_ERROR_USAGE;
  g_autoptr (VrTrial) trial = vr_trial_run (&cli->site, &request, error);
  if (trial == NULL)
    return 1;
  g_autofree char *text = cli->json ? vr_trial_json (trial) : vr_trial_table (trial);
  if (!vr_cli_print (text, error))
    return 1;
  return vr_trial_lost (trial) == 0 ? 0 : VR_ERROR_UNWANTED;
}

const VrCommand *
vr_cmd_load (void)
{
  static const VrCommand command = {
    .name = "load",
    .synopsis = "LAB",
    .summary = "send frames through a router and say where they went",
    .doc
    = "Sends UDP frames with a signature from the far end of one test port to that of another, "
      "and accounts for every one: exit status 0 when all came, 1 when some were lost. With "
      "--json the schema is vrkit.load/1: router, from, to, offered_pps, sent, received, lost, "
      "duplicated, reordered, corrupted, ttl_right, duration_ns, tester_limited, partial, "
      "latency_ns (min, mean, max), stages and points.\n"
      "The counters of each point that packets pass are read before and after (points), and what "
      "was lost is attributed to stages, in the order in which packets pass: sender-queue, "
      "lower-in (the port's device), macvtap-queue, router-ring (the guest's receive ring), "
      "router-no-route, router-ttl, router-error, router-transmit, macvtap-transmit, lower-out, "
      "receiver-buffer (the tester's own), receiver-damaged (changed on the way, or sent to "
      "another address), and unattributed: sent = received + the sum of all stages. "
      "unattributed is below 0 where counters of drops counted packets of others.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
