/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "campaign/vr-calibrate.h"
#include "campaign/vr-calibration-print.h"
#include "campaign/vr-run-table.h"
#include "cli/vr-calibration-show.h"
#include "cli/vr-traffic-options.h"
#include "control/vr-control-lock.h"
#include "traffic/vr-stream-text.h"

#define DEFAULT_PERIOD_NS 100000000ull
#define DEFAULT_TRIAL_NS 2000000000ull
#define DEFAULT_SIZES "64,512"
#define DEFAULT_REPETITIONS 3
#define REPETITIONS_MOST 1000
#define ITEMS_MOST 64
#define CONFIDENCE 0.95

static char *router, *from, *to, *sizes, *levels, *policy, *period, *trial, *repetitions, *rate;
static char *directory, *contract;
static gboolean show, dry_run;

static const GOptionEntry options[] = {
  { "router", 0, 0, G_OPTION_ARG_STRING, &router,
    "router to calibrate (default: the lab's only one)", "ROUTER" },
  { "from", 0, 0, G_OPTION_ARG_STRING, &from, "port to send from (default: the router's first)",
    "PORT" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to, "port to receive at (default: the router's last)",
    "PORT" },
  { "sizes", 0, 0, G_OPTION_ARG_STRING, &sizes,
    "frame sizes in bytes, with FCS, with commas between (default: " DEFAULT_SIZES ")", "SIZES" },
  { "levels", 0, 0, G_OPTION_ARG_STRING, &levels,
    "shares of a CPU to reserve, as 20%,40%,60% (default: five, up to what the thread takes where "
    "nothing limits it)",
    "SHARES" },
  { "policy", 0, 0, G_OPTION_ARG_STRING, &policy,
    "how time is reserved: deadline or quota (default: deadline)", "POLICY" },
  { "period", 0, 0, G_OPTION_ARG_STRING, &period, "period of the reservations (default: 100ms)",
    "DURATION" },
  { "trial", 'd', 0, G_OPTION_ARG_STRING, &trial, "how long a trial counts (default: 2s)",
    "DURATION" },
  { "repetitions", 0, 0, G_OPTION_ARG_STRING, &repetitions, "trials of each level (default: 3)",
    "N" },
  { "rate", 'r', 0, G_OPTION_ARG_STRING, &rate,
    "packets a second to send, more than the router forwards (default: found out)", "RATE" },
  { "show", 0, 0, G_OPTION_ARG_NONE, &show, "print what is stored, and whether it still holds",
    NULL },
  { "contract", 0, 0, G_OPTION_ARG_STRING, &contract,
    "with --show: what forwarding so many packets a second takes of each thread", "RATE" },
  { "calibrations", 0, 0, G_OPTION_ARG_FILENAME, &directory,
    "where calibrations are kept (default: " VR_CALIBRATIONS ")", "DIR" },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "print what would be measured, and do nothing",
    NULL },
  { 0 },
};

/* --- Options ------------------------------------------------------------------------------------
 */

/* What is read into; lists are owned. */
typedef struct {
  VrCalibrateRequest request;
  GArray *sizes;  /* guint */
  GArray *levels; /* double; NULL: not given */
} Asked;

static void
asked_clear (Asked *asked)
{
  g_clear_pointer (&asked->sizes, g_array_unref);
  g_clear_pointer (&asked->levels, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Asked, asked_clear)

static gboolean
refuse (const char *option, const char *value, const char *what, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: %s", option, value, what);
  return FALSE;
}

static gboolean
read_sizes (Asked *asked, GError **error)
{
  const char *text = sizes != NULL ? sizes : DEFAULT_SIZES;
  g_auto (GStrv) words = g_strsplit (text, ",", ITEMS_MOST + 1);
  asked->sizes = g_array_new (FALSE, FALSE, sizeof (guint));
  for (char **word = words; *word != NULL; word++) {
    guint64 size;
    if (asked->sizes->len == ITEMS_MOST
        || !g_ascii_string_to_unsigned (*word, 10, 1, G_MAXUINT, &size, NULL))
      return refuse ("--sizes", text, "sizes in bytes, with commas between, as 64,512", error);
    guint item = (guint) size;
    for (guint i = 0; i < asked->sizes->len; i++)
      if (g_array_index (asked->sizes, guint, i) == item)
        return refuse ("--sizes", text, "a size is there twice", error);
    g_array_append_val (asked->sizes, item);
  }
  asked->request.sizes = (const guint *) (gconstpointer) asked->sizes->data;
  asked->request.sizes_count = asked->sizes->len;
  return asked->sizes->len > 0 || refuse ("--sizes", text, "no size", error);
}

static gboolean
read_levels (Asked *asked, GError **error)
{
  if (levels == NULL)
    return TRUE;
  g_auto (GStrv) words = g_strsplit (levels, ",", ITEMS_MOST + 1);
  asked->levels = g_array_new (FALSE, FALSE, sizeof (double));
  for (char **word = words; *word != NULL; word++) {
    double share;
    if (asked->levels->len == ITEMS_MOST || !vr_unit_parse_ratio (*word, &share, NULL)
        || !(share > 0 && share <= 1))
      return refuse ("--levels", levels, "shares of a CPU, above 0 to 100%, as 20%,40%,60%", error);
    double before = asked->levels->len > 0
                        ? g_array_index (asked->levels, double, asked->levels->len - 1)
                        : 0;
    if (share <= before)
      return refuse ("--levels", levels, "shares are wanted in ascending order", error);
    g_array_append_val (asked->levels, share);
  }
  asked->request.levels = (const double *) (gconstpointer) asked->levels->data;
  asked->request.levels_count = asked->levels->len;
  return asked->levels->len > 0 || refuse ("--levels", levels, "no share", error);
}

static gboolean
read_policy (VrCalibrateGrant *grant, GError **error)
{
  grant->policy = VR_POLICY_DEADLINE;
  if (policy == NULL || strcmp (policy, vr_policy_name (VR_POLICY_DEADLINE)) == 0)
    return TRUE;
  grant->policy = VR_POLICY_QUOTA;
  return strcmp (policy, vr_policy_name (VR_POLICY_QUOTA)) == 0
         || refuse ("--policy", policy, "deadline or quota", error);
}

static gboolean
read_repetitions (guint *count, GError **error)
{
  guint64 number = DEFAULT_REPETITIONS;
  if (repetitions != NULL
      && !g_ascii_string_to_unsigned (repetitions, 10, 1, REPETITIONS_MOST, &number, NULL))
    return refuse ("--repetitions", repetitions, "1 to 1000", error);
  *count = (guint) number;
  return TRUE;
}

static gboolean
read_asked (Asked *asked, const char *lab, GError **error)
{
  VrCalibrateRequest *request = &asked->request;
  *request = (VrCalibrateRequest){ .lab = lab,
                                   .router = router,
                                   .from = from,
                                   .to = to,
                                   .grant.period_ns = DEFAULT_PERIOD_NS,
                                   .trial_ns = DEFAULT_TRIAL_NS,
                                   .confidence = CONFIDENCE,
                                   .clock = vr_clock_system () };
  return read_sizes (asked, error) && read_levels (asked, error)
         && read_policy (&request->grant, error)
         && vr_traffic_duration ("--period", period, &request->grant.period_ns, error)
         && vr_traffic_duration ("--trial", trial, &request->trial_ns, error)
         && read_repetitions (&request->repetitions, error)
         && vr_calibration_rate ("--rate", rate, &request->rate_pps, error);
}

/* --- Progress -----------------------------------------------------------------------------------
 */

static void
show_event (const VrCalibrateEvent *event, gpointer data)
{
  const VrCli *cli = data;
  g_autofree char *left = vr_run_time_text (event->left_ns);
  if (event->thread == NULL)
    vr_cli_note (cli, "%u bytes, no reservation: %.0f/s forwarded of %" G_GUINT64_FORMAT "/s",
                 event->size, event->forwarded_pps, event->offered_pps);
  else
    vr_cli_note (cli, "trial %u of %u: %s at %.1f %%, %u bytes: %.0f/s forwarded; %s left",
                 event->trial, event->trials, event->thread, event->share * 100, event->size,
                 event->forwarded_pps, left);
}

/* --- The command --------------------------------------------------------------------------------
 */

static gboolean
print_plan (const VrCalibratePlan *plan, const VrCalibrateRequest *request, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *time = vr_run_time_text (plan->time_ns);
  g_autofree char *every = vr_unit_print_duration (request->grant.period_ns);
  g_autofree char *length = vr_unit_print_duration (request->trial_ns);
  for (guint i = 0; i < plan->threads->len; i++) {
    const VrCalibrateThread *thread = plan->threads->pdata[i];
    g_autofree char *keys = g_strjoinv (", ", thread->keys);
    g_string_append_printf (text, "%s (schedule.%s: %s) %s: %u levels, %u sizes, %u times\n",
                            thread->name, plan->router->name, keys, thread->cpus, plan->levels,
                            request->sizes_count, request->repetitions);
  }
  g_string_append_printf (text, "%u trials of %s, %s in periods of %s, about %s in all",
                          plan->trials, length, vr_policy_name (request->grant.policy), every,
                          time);
  return vr_cli_print (text->str, error);
}

static gboolean
has_line (const VrCalibration *calibration)
{
  for (guint i = 0; i < calibration->curves->len; i++)
    if (vr_calibration_excuse (calibration->curves->pdata[i]) == NULL)
      return TRUE;
  return FALSE;
}

static int
calibrate (VrCli *cli, const VrCalibrateRequest *request, const VrCalibratePlan *plan,
           GError **error)
{
  g_auto (VrFd) lock = -1;
  /* A controller would take what is measured with for somebody else's hand. */
  if (!vr_control_lock (&cli->site, request->lab, VR_CONTROL_CALIBRATED, &lock, error))
    return 1;
  g_autoptr (VrCalibration) calibration = vr_calibrate_run (&cli->site, request, plan, error);
  if (calibration == NULL)
    return 1;
  g_autofree char *path
      = vr_calibration_stored (directory, request->lab, vr_router_outward (plan->router));
  VrCalibrationTold told = { .calibration = calibration };
  if (!vr_calibration_write (calibration, path, error))
    return 1;
  vr_cli_note (cli, "stored in %s", path);
  g_autofree char *text = cli->json ? vr_calibration_json (&told) : vr_calibration_table (&told);
  if (!vr_cli_print (text, error))
    return 1;
  return has_line (calibration) ? 0 : VR_ERROR_UNWANTED;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_auto (Asked) asked = { .sizes = NULL };
  g_autofree char *name = vr_cli_lab_name (arguments[0], error);
  if (name == NULL || !read_asked (&asked, name, error))
    return VR_ERROR_USAGE;
  if (contract != NULL && !show) {
    refuse ("--contract", contract, "goes with --show", error);
    return VR_ERROR_USAGE;
  }
  VrCalibrationAsked stored = { .argument = arguments[0],
                                .lab = name,
                                .router = router,
                                .contract = contract,
                                .directory = directory };
  if (show)
    return vr_calibration_show (cli, &stored, error);
  asked.request.lab_options = vr_cli_lab_options (cli);
  asked.request.tell = show_event;
  asked.request.tell_data = cli;
  if (!vr_cli_need_root ("calibrate", error))
    return 1;
  g_autoptr (VrCalibratePlan) plan = vr_calibrate_plan (&cli->site, &asked.request, error);
  if (plan == NULL)
    return 1;
  if (dry_run)
    return print_plan (plan, &asked.request, error) ? 0 : 1;
  vr_cli_end_with_parent (asked.request.lab_options.cancellable);
  return calibrate (cli, &asked.request, plan, error);
}

const VrCommand *
vr_cmd_calibrate (void)
{
  static const VrCommand command = {
    .name = "calibrate",
    .synopsis = "NAME|PROFILE",
    .summary = "measure what a router forwards by the CPU time of its threads",
    .doc = "Gives each thread of a router of a lab that is up shares of a CPU, one after the "
           "other, by tune's transactions, sends more frames than can be forwarded, fits a line "
           "through what came through, and stores it with what it was measured on. Afterwards the "
           "schedule is what it was, also on SIGINT, SIGTERM and failure; after a kill, up mends "
           "it. Exit status 1 when it was interrupted, or no thread has a line that can be used; "
           "6 while a controller has the lab; "
           "with --show 1 when nothing is stored or it no longer holds, and 5 when the contract "
           "does not fit. See vrkit-calibrate(1). With --json the schema is vrkit.calibration/1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
