/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-search-spec.h"
#include "campaign/vr-self-test.h"
#include "cli/vr-traffic-options.h"

static char *method_name, *lower, *upper, *width, *loss, *trial, *warm_up, *settle, *pause_text;
static char *max_repeat, *verify_up_to, *initial_trial, *duration_sum, *exceed;
static char *max_trials, *max_time, *tester_tries;

static const GOptionEntry own_options[] = {
  { "method", 'm', 0, G_OPTION_ARG_STRING, &method_name,
    "rfc2544, tst009 or mlr (default: rfc2544)", "METHOD" },
  { "upper", 'u', 0, G_OPTION_ARG_STRING, &upper,
    "greatest rate to try, of all streams: packets, or bits as 100Mbit/s", "RATE" },
  { "lower", 'l', 0, G_OPTION_ARG_STRING, &lower,
    "least rate to try (default: a hundredth of the greatest)", "RATE" },
  { "width", 'w', 0, G_OPTION_ARG_STRING, &width,
    "how far apart the bounds may be: a share of the upper one, as 1%, or a rate (default: 1%; mlr "
    "0.5%)",
    "WIDTH" },
  { "loss", 0, 0, G_OPTION_ARG_STRING, &loss,
    "share of the frames that may be lost, as 0.005 or 0.5%; of mlr several, ascending, with "
    "commas between (default: 0; mlr 0,0.5%)",
    "RATIO" },
  { "trial", 'd', 0, G_OPTION_ARG_STRING, &trial, "how long a trial is (default: 60s; mlr 1s)",
    "DURATION" },
  { "max-repeat", 0, 0, G_OPTION_ARG_STRING, &max_repeat,
    "tst009: trials at one rate at most, where all before lost too much (default: 2)", "N" },
  { "verify-up-to", 0, 0, G_OPTION_ARG_STRING, &verify_up_to,
    "tst009: loss above which a trial is not repeated (default: 1)", "RATIO" },
  { "initial-trial", 0, 0, G_OPTION_ARG_STRING, &initial_trial,
    "mlr: how long the first trials are (default: as --trial)", "DURATION" },
  { "duration-sum", 0, 0, G_OPTION_ARG_STRING, &duration_sum,
    "mlr: how long trials at a rate that is a bound are in all (default: 21 trials)", "DURATION" },
  { "exceed", 0, 0, G_OPTION_ARG_STRING, &exceed,
    "mlr: share of that time in which more may be lost (default: 0.5)", "RATIO" },
  { "max-trials", 0, 0, G_OPTION_ARG_STRING, &max_trials,
    "end after so many trials, with what is known then (default: 1000)", "N" },
  { "max-time", 0, 0, G_OPTION_ARG_STRING, &max_time, "begin no trial after so long (default: 4h)",
    "DURATION" },
  { "tester-tries", 0, 0, G_OPTION_ARG_STRING, &tester_tries,
    "how often to try a rate at which the tester itself was the limit (default: 3)", "N" },
  { "warm-up", 0, 0, G_OPTION_ARG_STRING, &warm_up,
    "send at the lower rate for so long before the first trial, uncounted", "DURATION" },
  { "settle", 0, 0, G_OPTION_ARG_STRING, &settle,
    "how long to wait for a trial's last frames (default: 2s; mlr 200ms)", "DURATION" },
  { "pause", 0, 0, G_OPTION_ARG_STRING, &pause_text,
    "how long to wait before the next trial, 0 for not at all (default: 5s; mlr 0)", "DURATION" },
  { 0 },
};

/* Of own_options, by its long name. */
static const char *
option_text (const char *option, G_GNUC_UNUSED gconstpointer data)
{
  for (const GOptionEntry *entry = own_options; entry->long_name != NULL; entry++)
    if (strcmp (entry->long_name, option) == 0)
      return *(char **) entry->arg_data;
  return NULL;
}

/* --- The request --------------------------------------------------------------------------------
 */

static VrStream *
read_streams (guint *streams_count, GError **error)
{
  VrStream defaults;
  if (!vr_traffic_defaults (&defaults, error))
    return NULL;
  g_autofree VrStream *streams = vr_traffic_streams (&defaults, streams_count, error);
  if (streams == NULL)
    return NULL;
  if (!vr_search_spec_check_streams (streams, *streams_count, error)) {
    vr_cli_blame_option ("--stream", error);
    return NULL;
  }
  return g_steal_pointer (&streams);
}

typedef struct {
  const VrCli *cli;
  const VrTrialRequest *request;
} Teller;

static void
tell_trial (const VrSearchReport *report, const VrSearchTold *told, gpointer data)
{
  const Teller *teller = data;
  const VrCli *cli = teller->cli;
  g_autofree char *line
      = cli->json ? vr_search_trial_json (report, told) : vr_search_trial_line (report, told);
  vr_traffic_end_progress (teller->request);
  if (!cli->json && told->number == 1)
    puts (vr_search_trial_head ());
  puts (line);
  fflush (stdout);
}

static gboolean
read_request (VrCli *cli, const char *lab, VrSearchRequest *request, GError **error)
{
  static const VrSearchTexts texts = { .prefix = "--", .text = option_text };
  VrTrialRequest *sent = &request->trial;
  sent->lab = lab;
  sent->clock = vr_clock_system ();
  if (!vr_traffic_path (sent, "search", error))
    return FALSE;
  if (cli->ticker && !cli->quiet)
    vr_traffic_show_progress (sent);
  return vr_search_spec_read (&texts, request, error);
}

typedef struct {
  const VrSite *site;
  VrSearchRequest *request;
  VrSearchReport *report;
} Run;

static gboolean
search_between (const char *from, const char *to, gpointer data, GError **error)
{
  Run *run = data;
  run->request->trial.from = from;
  run->request->trial.to = to;
  run->report = vr_search_run (run->site, run->request, error);
  return run->report != NULL;
}

static VrSearchReport *
search (const VrCli *cli, VrSearchRequest *request, GError **error)
{
  Run run = { &cli->site, request, NULL };
  if (!vr_traffic_is_self_test ())
    return vr_search_run (&cli->site, request, error);
  vr_self_test_call (search_between, &run, error);
  return run.report;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrSearchRequest request = { .tell = tell_trial };
  Teller teller = { cli, &request.trial };
  g_autofree char *lab = arguments[0] != NULL ? vr_cli_lab_name (arguments[0], error) : NULL;
  if (arguments[0] != NULL && lab == NULL)
    return VR_ERROR_USAGE;
  g_autofree VrStream *streams = read_streams (&request.trial.streams_count, error);
  request.trial.streams = streams;
  request.tell_data = &teller;
  if (streams == NULL || !read_request (cli, lab, &request, error))
    return VR_ERROR_USAGE;
  if (!vr_cli_need_root ("search", error))
    return VR_ERROR_USAGE;
  request.trial.cancellable = vr_cli_lab_options (cli).cancellable;
  vr_cli_end_with_parent (request.trial.cancellable);
  g_autoptr (VrSearchReport) report = search (cli, &request, error);
  vr_traffic_end_progress (&request.trial);
  if (report == NULL)
    return VR_ERROR_TRAFFIC;
  g_autofree char *text = cli->json ? vr_search_json (report) : vr_search_table (report);
  if (!vr_cli_print (text, error))
    return VR_ERROR_HOST;
  return vr_search_is_found (report) ? 0 : VR_ERROR_UNWANTED;
}

const VrCommand *
vr_cmd_search (void)
{
  static VrCommand command = {
    .name = "search",
    .synopsis = "[LAB]",
    .summary = "find the rate that a router forwards",
    .doc = "Sends frames as load does, in trials at different rates, until it knows between which "
           "two rates a router begins to lose more than it may: by RFC 2544, by ETSI TST 009, or "
           "for several loss ratios at once by RFC 9971 (MLRsearch). Exit status 0 when it found "
           "that, 1 when not. See vrkit-search(1). With --json each trial is a line of schema "
           "vrkit.trial/1, and the last line is of vrkit.search/1.",
    .least = 0,
    .most = 1,
    .run = run,
  };
  if (command.options == NULL)
    command.options = vr_traffic_options (own_options);
  return &command;
}
