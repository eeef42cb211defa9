/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "campaign/vr-search-run.h"
#include "campaign/vr-self-test.h"
#include "cli/vr-traffic-options.h"
#include "traffic/vr-stream-text.h"

#define DEFAULT_METHOD "rfc2544"
/* The lower rate, where none is given, is this part of the upper. */
#define LOWER_PART 100
#define TRIALS_DEFAULT 1000
#define TRIALS_MOST 1000000
#define TIME_DEFAULT_NS (4 * 3600 * 1000000000ull)
#define REPEAT_MOST 1000

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

/* --- The method's settings ----------------------------------------------------------------------
 */

/* An option that the method does not have may not be given. */
static gboolean
check_owners (const VrSearchMethod *method, GError **error)
{
  const struct {
    const char *name, *value;
  } given[] = { { "max-repeat", max_repeat },
                { "verify-up-to", verify_up_to },
                { "initial-trial", initial_trial },
                { "duration-sum", duration_sum },
                { "exceed", exceed } };
  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i].value != NULL && !g_strv_contains (method->options, given[i].name)) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--%s is no option of method %s", given[i].name,
                   method->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_ratio (const char *option, const char *text, double *ratio, GError **error)
{
  if (text == NULL || vr_unit_parse_ratio (text, ratio, error))
    return TRUE;
  return vr_cli_blame_option (option, error);
}

/* A rate of all streams together. */
static gboolean
read_rate (const char *option, const char *text, const VrTrialRequest *request, guint64 *rate_pps,
           GError **error)
{
  VrStream stream = { .rate_pps = 0 };
  if (text == NULL)
    return TRUE;
  if (!vr_stream_set (&stream, "rate", text, error))
    return vr_cli_blame_option (option, error);
  *rate_pps = stream.rate_bps == 0
                  ? stream.rate_pps
                  : vr_search_packets (request->streams, request->streams_count, stream.rate_bps);
  return TRUE;
}

static gboolean
read_width (const VrTrialRequest *request, VrSearchWidth *parsed, GError **error)
{
  if (width == NULL)
    return TRUE;
  *parsed = (VrSearchWidth){ 0 };
  if (!g_str_has_suffix (width, "%"))
    return read_rate ("--width", width, request, &parsed->rate_pps, error);
  if (!read_ratio ("--width", width, &parsed->ratio, error))
    return FALSE;
  if (parsed->ratio > 0 && parsed->ratio < 1)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--width=%s: above 0 and below 100%%, or a rate",
               width);
  return FALSE;
}

static gboolean
read_goals (VrSearchSettings *settings, GError **error)
{
  if (loss == NULL)
    return TRUE;
  g_auto (GStrv) words = g_strsplit (loss, ",", -1);
  guint count = g_strv_length (words);
  if (count > VR_SEARCH_GOALS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--loss: %u ratios, at most %d", count,
                 VR_SEARCH_GOALS_MAX);
    return FALSE;
  }
  for (guint i = 0; i < count; i++)
    if (!read_ratio ("--loss", words[i], &settings->loss_ratios[i], error))
      return FALSE;
  settings->goals_count = count;
  return TRUE;
}

static gboolean
read_number (const char *option, const char *text, guint most, guint *number, GError **error)
{
  guint64 parsed;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, most, &parsed, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: 1 to %u", option, text, most);
    return FALSE;
  }
  *number = (guint) parsed;
  return TRUE;
}

static gboolean
read_rates (const VrTrialRequest *request, VrSearchSettings *settings, GError **error)
{
  if (upper == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--upper is wanted: the greatest rate to try, such as 100kpps or 1Gbit/s");
    return FALSE;
  }
  if (!read_rate ("--upper", upper, request, &settings->upper_pps, error))
    return FALSE;
  settings->lower_pps = MAX (settings->upper_pps / LOWER_PART, 1);
  return read_rate ("--lower", lower, request, &settings->lower_pps, error)
         && read_width (request, &settings->width, error);
}

/* What follows the length of a trial follows one that is given, too. */
static gboolean
read_times (VrSearchSettings *settings, GError **error)
{
  guint64 trials = settings->sum_ns / settings->trial_ns;
  if (!vr_traffic_duration ("--trial", trial, &settings->trial_ns, error))
    return FALSE;
  settings->initial_ns = settings->trial_ns;
  settings->sum_ns = trials * settings->trial_ns;
  return vr_traffic_duration ("--initial-trial", initial_trial, &settings->initial_ns, error)
         && vr_traffic_duration ("--duration-sum", duration_sum, &settings->sum_ns, error);
}

static gboolean
read_settings (VrSearchRequest *request, GError **error)
{
  VrSearchSettings *settings = &request->settings;
  *settings = request->method->defaults;
  return check_owners (request->method, error) && read_rates (&request->trial, settings, error)
         && read_goals (settings, error) && read_times (settings, error)
         && read_number ("--tester-tries", tester_tries, REPEAT_MOST, &settings->tester_tries,
                         error)
         && read_number ("--max-repeat", max_repeat, REPEAT_MOST, &settings->max_repeat, error)
         && read_ratio ("--verify-up-to", verify_up_to, &settings->verify_ratio, error)
         && read_ratio ("--exceed", exceed, &settings->exceed_ratio, error);
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
  for (guint i = 0; streams != NULL && i < *streams_count; i++)
    if (streams[i].count != 0 || streams[i].rate_share > 0) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                   streams[i].count != 0
                       ? "--stream: a stream of a search has no count: its trials end by time"
                       : "--stream: the rate of a stream of a search is its part beside the other "
                         "streams: give it in pps or bit/s");
      return NULL;
    }
  return g_steal_pointer (&streams);
}

static gboolean
read_waits (VrSearchRequest *request, GError **error)
{
  VrTrialRequest *sent = &request->trial;
  sent->settle_ns = request->method->settle_ns;
  request->pause_ns = g_strcmp0 (pause_text, "0") == 0 ? 0 : request->method->pause_ns;
  request->trials_most = TRIALS_DEFAULT;
  request->time_most_ns = TIME_DEFAULT_NS;
  return vr_traffic_duration ("--warm-up", warm_up, &sent->warm_up_ns, error)
         && vr_traffic_duration ("--settle", settle, &sent->settle_ns, error)
         && (g_strcmp0 (pause_text, "0") == 0
             || vr_traffic_duration ("--pause", pause_text, &request->pause_ns, error))
         && read_number ("--max-trials", max_trials, TRIALS_MOST, &request->trials_most, error)
         && vr_traffic_duration ("--max-time", max_time, &request->time_most_ns, error);
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
  VrTrialRequest *sent = &request->trial;
  sent->lab = lab;
  sent->clock = vr_clock_system ();
  if (!vr_traffic_path (sent, "search", error))
    return FALSE;
  request->method = vr_search_method (method_name != NULL ? method_name : DEFAULT_METHOD, error);
  if (request->method == NULL)
    return vr_cli_blame_option ("--method", error);
  if (cli->ticker && !cli->quiet)
    vr_traffic_show_progress (sent);
  return read_waits (request, error) && read_settings (request, error);
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
  /* What is wrong with the settings is told without root, too. */
  g_autoptr (VrSearch) tried = vr_search_new (request.method, &request.settings, error);
  if (tried == NULL || !vr_cli_need_root ("search", error))
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
