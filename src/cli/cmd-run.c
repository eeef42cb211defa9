/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/vr-error.h"
#include "campaign/vr-campaign-resume.h"
#include "campaign/vr-campaign.h"
#include "cli/vr-cli.h"

#define CAMPAIGNS_DIR "/var/lib/vrkit/campaigns"
#define REPETITIONS_MAX 10000

static gboolean dry_run, resume, any_host;
static char **only;
static char *repetitions, *directory;

static const GOptionEntry options[] = {
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
    "print the runs in their order, and how long they take, and do nothing", NULL },
  { "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only,
    "only conditions with this level; may be repeated, and levels of one factor add up",
    "FACTOR=LEVEL" },
  { "repetitions", 0, 0, G_OPTION_ARG_STRING, &repetitions,
    "how often each condition is measured (default: as the experiment says)", "N" },
  { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &directory,
    "where the campaign is stored (default: " CAMPAIGNS_DIR "/NAME-N, of which --resume takes "
    "the last)",
    "DIR" },
  { "resume", 0, 0, G_OPTION_ARG_NONE, &resume,
    "go on with a campaign that was interrupted or killed", NULL },
  { "any-host", 0, 0, G_OPTION_ARG_NONE, &any_host,
    "resume though the host, versions or images have changed, and record that", NULL },
  { 0 },
};

static gboolean
read_choice (VrRunChoice *choice, GError **error)
{
  guint64 number = 0;
  if (repetitions != NULL
      && !g_ascii_string_to_unsigned (repetitions, 10, 1, REPETITIONS_MAX, &number, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--repetitions=%s: a number from 1 to %d",
                 repetitions, REPETITIONS_MAX);
    return FALSE;
  }
  if (resume && (repetitions != NULL || only != NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--resume goes on with the runs that were planned: no --only and no "
                 "--repetitions with it");
    return FALSE;
  }
  *choice = (VrRunChoice){ (const char *const *) only, (guint) number };
  return TRUE;
}

static int
rehearse (VrCli *cli, const VrRunTable *table, GError **error)
{
  g_autoptr (VrRunRoute) route = vr_run_route_new (&cli->site, table, error);
  if (route == NULL)
    return 1;
  g_autofree char *text
      = cli->json ? vr_run_table_json (table, route) : vr_run_table_print (table, route);
  return vr_cli_print (text, error) ? 0 : 1;
}

/* --- Progress ----------------------------------------------------------------------------------
 */

static gint64
sample_of (const VrCampaignEvent *event, const char *name)
{
  return event->attempt->sample->values[vr_sample_column (name)];
}

static char *
event_text (const VrCampaignEvent *event)
{
  g_autofree char *left = vr_run_time_text (event->left_ns);
  g_autofree char *head = g_strdup_printf ("run %u of %u, block %u, %s", event->run, event->runs,
                                           event->block, event->condition->label);
  if (event->step == VR_CAMPAIGN_BEGIN)
    return g_steal_pointer (&head);
  if (event->step == VR_CAMPAIGN_FAILED)
    return g_strdup_printf ("%s: try %u failed: %s", head, event->attempt->number,
                            event->attempt->reason);
  const char *notes = event->attempt->host->notes;
  return g_strdup_printf ("%s: received %" G_GINT64_FORMAT "/s of %" G_GINT64_FORMAT
                          "/s, lost %" G_GINT64_FORMAT "; %s left%s%s",
                          head, sample_of (event, "received_pps"), sample_of (event, "offered_pps"),
                          sample_of (event, "lost"), left, *notes != '\0' ? "; host: " : "", notes);
}

/* On a terminal a line that is written over, but for failures; elsewhere a line each. */
static void
show_event (const VrCampaignEvent *event, gpointer data)
{
  const VrCli *cli = data;
  if (cli->quiet || (event->step == VR_CAMPAIGN_BEGIN && !cli->ticker))
    return;
  g_autofree char *text = event_text (event);
  gboolean stays = !cli->ticker || event->step == VR_CAMPAIGN_FAILED;
  fprintf (stderr, "%s%s%s", cli->ticker ? "\r\033[K" : "", text, stays ? "\n" : "");
}

/* --- The command -------------------------------------------------------------------------------
 */

/* Where the campaign is, or is to be. */
static char *
find_directory (const VrExperiment *experiment, GError **error)
{
  if (directory != NULL)
    return g_canonicalize_filename (directory, NULL);
  if (!resume)
    return vr_campaign_dir_next (CAMPAIGNS_DIR, experiment->name);
  char *last = vr_campaign_dir_last (CAMPAIGNS_DIR, experiment->name);
  if (last == NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "there is no campaign of %s in \"%s\"",
                 experiment->name, CAMPAIGNS_DIR);
  return last;
}

/* A new campaign, with its table, which is checked against this host. */
static VrRunTable *
begin_campaign (VrCli *cli, const VrExperiment *experiment, VrCampaignDir *dir, VrResults **results,
                GError **error)
{
  VrRunChoice choice;
  if (!read_choice (&choice, error))
    return NULL;
  g_autofree char *path = find_directory (experiment, error);
  g_autoptr (VrRunTable) table = vr_run_table_new (experiment, &choice, error);
  g_autoptr (VrRunRoute) route = table != NULL ? vr_run_route_new (&cli->site, table, error) : NULL;
  g_autofree char *chosen = only != NULL ? g_strjoinv ("\n", only) : g_strdup ("");
  if (route == NULL || !vr_campaign_dir_make (path, &cli->site, table, chosen, dir, error))
    return NULL;
  g_autofree char *file = vr_campaign_dir_file (path, VR_CAMPAIGN_RESULTS);
  *results = vr_results_open (file, VR_RESULTS_WRITE, error);
  return *results != NULL ? g_steal_pointer (&table) : NULL;
}

static VrRunTable *
resume_campaign (VrCli *cli, const VrExperiment *experiment, VrCampaignDir *dir,
                 VrResults **results, GError **error)
{
  const VrClock *clock = vr_clock_system ();
  g_autofree char *path = find_directory (experiment, error);
  if (path == NULL || !vr_campaign_dir_open (path, dir, error))
    return NULL;
  g_autofree char *file = vr_campaign_dir_file (path, VR_CAMPAIGN_RESULTS);
  *results = vr_results_open (file, VR_RESULTS_WRITE, error);
  VrResume request = { .site = &cli->site,
                       .experiment = experiment,
                       .host = any_host ? VR_RESUME_ANY_HOST : VR_RESUME_SAME_HOST,
                       .time_ns = clock->wall_ns (clock->data) };
  return *results != NULL ? vr_campaign_resume (dir, *results, &request, error) : NULL;
}

static char *
outcome_json (const VrCampaignOutcome *outcome, const char *experiment, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.campaign/1");
  vr_json_add_string (builder, "experiment", experiment);
  vr_json_add_string (builder, "directory", path);
  vr_json_add_number (builder, "runs", outcome->runs);
  vr_json_add_number (builder, "done", outcome->done);
  vr_json_add_number (builder, "failed", outcome->failed);
  vr_json_add_number (builder, "time_ns", outcome->time_ns);
  vr_json_add_number (builder, "measuring_ns", outcome->measuring_ns);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

static int
tell_outcome (VrCli *cli, const VrCampaign *campaign, const VrCampaignOutcome *outcome,
              GError **error)
{
  g_autofree char *time = vr_run_time_text (outcome->time_ns);
  g_autofree char *json
      = outcome_json (outcome, campaign->table->experiment->name, campaign->directory);
  if (cli->ticker && !cli->quiet)
    fputs ("\r\033[K", stderr);
  vr_cli_note (cli, "campaign %s: %u of %u runs are done, %u failed; %s", campaign->directory,
               outcome->done, outcome->runs, outcome->failed, time);
  if (cli->json && !vr_cli_print (json, error))
    return 1;
  return outcome->failed == 0 ? 0 : VR_ERROR_UNWANTED;
}

static int
measure (VrCli *cli, const VrExperiment *experiment, GError **error)
{
  g_auto (VrCampaignDir) dir = { NULL, -1 };
  g_autoptr (VrResults) results = NULL;
  VrCampaignOutcome outcome;
  g_autoptr (VrRunTable) table = resume ? resume_campaign (cli, experiment, &dir, &results, error)
                                        : begin_campaign (cli, experiment, &dir, &results, error);
  if (table == NULL)
    return 1;
  VrCampaign campaign = { .table = table,
                          .directory = dir.path,
                          .results = results,
                          .clock = vr_clock_system (),
                          .lab_options = vr_cli_lab_options (cli),
                          .tell = show_event,
                          .tell_data = cli };
  if (!vr_campaign_run (&cli->site, &campaign, &outcome, error))
    return 1;
  return tell_outcome (cli, &campaign, &outcome, error);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrRunChoice choice;
  if (!read_choice (&choice, error))
    return 1;
  g_autoptr (VrExperiment) experiment = vr_experiment_load (arguments[0], error);
  if (experiment == NULL || (!dry_run && !vr_cli_need_root ("run", error)))
    return 1;
  if (!dry_run)
    return measure (cli, experiment, error);
  g_autoptr (VrRunTable) table = vr_run_table_new (experiment, &choice, error);
  return table != NULL ? rehearse (cli, table, error) : 1;
}

const VrCommand *
vr_cmd_run (void)
{
  static const VrCommand command = {
    .name = "run",
    .synopsis = "EXPERIMENT",
    .summary = "measure a lab as an experiment says",
    .doc = "An experiment says which lab is measured, what varies and how often; see "
           "vrkit-experiment(5). Every level is checked before the first run. The lab is brought "
           "up for the first run, changed between runs, and taken down at the end, also when "
           "interrupted. Every try of every run is stored as soon as it is made; a run that fails "
           "is tried again, and recorded with its reason. Killed at any moment, --resume goes on "
           "and loses at most the run in hand. Exit status 0 when all runs are done, 1 when some "
           "failed. With --json the schema is vrkit.campaign/1, and with --dry-run vrkit.runs/1; "
           "that of manifest.json in the directory is vrkit.manifest/1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
