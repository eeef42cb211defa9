/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "campaign/vr-bundle.h"
#include "campaign/vr-claim-table.h"
#include "cli/vr-cli-run.h"

#define REPETITIONS_MAX 10000

static gboolean dry_run, resume, any_host, quick;
static char **only;
static char *repetitions, *directory, *calibrations;

static const GOptionEntry options[] = {
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
    "print the runs in their order, and how long they take, and do nothing; with --resume those "
    "that are left",
    NULL },
  { "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only,
    "only conditions with this level; may be repeated, and levels of one factor add up",
    "FACTOR=LEVEL" },
  { "repetitions", 0, 0, G_OPTION_ARG_STRING, &repetitions,
    "how often each condition is measured (default: as the experiment says)", "N" },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &quick,
    "measure with the experiment's quick-repetitions and quick-duration", NULL },
  { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &directory,
    "where the campaign is stored (default: " VR_CLI_CAMPAIGNS "/NAME-N, of which --resume takes "
    "the last)",
    "DIR" },
  { "resume", 0, 0, G_OPTION_ARG_NONE, &resume,
    "go on with a campaign that was interrupted or killed", NULL },
  { "any-host", 0, 0, G_OPTION_ARG_NONE, &any_host,
    "resume though the host, versions or images have changed, and record that", NULL },
  { "calibrations", 0, 0, G_OPTION_ARG_FILENAME, &calibrations, VR_CLI_RUN_CALIBRATIONS, "DIR" },
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
  if (resume && (repetitions != NULL || only != NULL || quick)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--resume goes on with the runs that were planned: no --only, "
                 "--repetitions or --quick with it");
    return FALSE;
  }
  if (any_host && !resume) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--any-host goes with --resume alone");
    return FALSE;
  }
  *choice = (VrRunChoice){ (const char *const *) only, (guint) number,
                           quick ? VR_PACE_QUICK : VR_PACE_FULL };
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

/* --- The command -------------------------------------------------------------------------------
 */

/* Where the campaign is, or is to be. */
static char *
find_directory (const VrExperiment *experiment, GError **error)
{
  if (directory != NULL)
    return g_canonicalize_filename (directory, NULL);
  if (!resume)
    return vr_campaign_dir_next (VR_CLI_CAMPAIGNS, experiment->name);
  char *last = vr_campaign_dir_last (VR_CLI_CAMPAIGNS, experiment->name);
  if (last == NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "there is no campaign of %s in \"%s\"",
                 experiment->name, VR_CLI_CAMPAIGNS);
  return last;
}

/* An experiment as it was read: a bundle's stays unpacked until the campaign has its directory. */
typedef struct {
  VrExperiment *experiment;
  VrUnpacked unpacked;
} Source;

static void
source_clear (Source *source)
{
  g_clear_pointer (&source->experiment, vr_experiment_free);
  vr_unpacked_clear (&source->unpacked);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static gboolean
read_source (const char *path, Source *source, GError **error)
{
  if (!vr_bundle_is (path))
    source->experiment = vr_experiment_load (path, error);
  else if (vr_bundle_open (path, VR_BUNDLE_TEXTS, &source->unpacked, error))
    source->experiment = vr_bundle_experiment (path, &source->unpacked, error);
  return source->experiment != NULL;
}

/* Of a bundle all that its campaign was begun with, unless the options say otherwise. */
static void
complete_choice (const Source *source, VrRunChoice *choice)
{
  const VrBundleIndex *index = source->unpacked.index;
  if (index == NULL)
    return;
  if (choice->repetitions == 0)
    choice->repetitions = index->repetitions;
  if (index->quick)
    choice->pace = VR_PACE_QUICK;
  if (choice->only == NULL && *index->only != NULL)
    choice->only = (const char *const *) index->only;
}

static gboolean
open_session (VrCli *cli, const Source *source, VrCampaignSession *session, GError **error)
{
  VrRunChoice choice;
  const VrClock *clock = vr_clock_system ();
  if (!read_choice (&choice, error))
    return FALSE;
  complete_choice (source, &choice);
  g_autofree char *path = find_directory (source->experiment, error);
  if (path == NULL)
    return FALSE;
  if (!resume)
    return vr_campaign_session_begin (&cli->site, source->experiment, &choice, path, session,
                                      error);
  VrResume request = { .site = &cli->site,
                       .experiment = source->experiment,
                       .host = any_host ? VR_RESUME_ANY_HOST : VR_RESUME_SAME_HOST,
                       .time_ns = clock->wall_ns (clock->data) };
  return vr_campaign_session_resume (&request, path, session, error);
}

static char *
outcome_json (const VrCampaignOutcome *outcome, const VrClaimTable *claims, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.campaign/1");
  vr_json_add_string (builder, "experiment", claims->experiment->name);
  vr_json_add_string (builder, "directory", path);
  vr_json_add_number (builder, "runs", outcome->runs);
  vr_json_add_number (builder, "done", outcome->done);
  vr_json_add_number (builder, "failed", outcome->failed);
  vr_json_add_number (builder, "time_ns", outcome->time_ns);
  vr_json_add_number (builder, "measuring_ns", outcome->measuring_ns);
  json_builder_set_member_name (builder, "claims");
  json_builder_begin_array (builder);
  for (guint i = 0; i < claims->results->len; i++) {
    json_builder_begin_object (builder);
    vr_claim_result_add (builder, claims->results->pdata[i]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

static int
tell_outcome (VrCli *cli, const VrCampaignSession *session, const VrCampaignOutcome *outcome,
              GError **error)
{
  const char *path = session->dir.path;
  g_autofree char *time = vr_run_time_text (outcome->time_ns);
  vr_cli_note (cli, "campaign %s: %u of %u runs are done, %u failed; %s", path, outcome->done,
               outcome->runs, outcome->failed, time);
  g_autoptr (VrClaimTable) claims = vr_claim_table_read (path, error);
  if (claims == NULL)
    return 1;
  for (guint i = 0; i < claims->results->len; i++) {
    const VrClaimResult *result = claims->results->pdata[i];
    vr_cli_note (cli, "claim %s %s: %s: %s", result->claim->name, vr_verdict_name (result->verdict),
                 result->claim->says, result->why);
  }
  g_autofree char *json = outcome_json (outcome, claims, path);
  if (cli->json && !vr_cli_print (json, error))
    return 1;
  return outcome->failed == 0 ? 0 : VR_ERROR_UNWANTED;
}

static int
measure (VrCli *cli, Source *source, GError **error)
{
  g_auto (VrCampaignSession) session = VR_CAMPAIGN_SESSION_NONE;
  VrCampaignOutcome outcome;
  /* Signals are blocked from here on, in the threads too that GLib begins for a program's end: one
   * that does not block them would take the interruption. */
  vr_cli_lab_options (cli);
  if (!open_session (cli, source, &session, error))
    return 1;
  /* All is in the campaign's directory now, and a kill is to leave nothing beside it. */
  vr_unpacked_clear (&source->unpacked);
  if (!vr_cli_run_session (cli, &session, calibrations, &outcome, error))
    return 1;
  return tell_outcome (cli, &session, &outcome, error);
}

/* A directory that is named is to be free, or to have the campaign that is resumed. */
static VrRunTable *
table_to_rehearse (const Source *source, VrRunChoice *choice, GError **error)
{
  g_autofree char *path = find_directory (source->experiment, error);
  if (path == NULL)
    return NULL;
  if (resume)
    return vr_campaign_rest (path, source->experiment, error);
  g_autofree char *file = vr_campaign_dir_file (path, VR_CAMPAIGN_RESULTS);
  if (g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "\"%s\" is there already: --resume goes on with the campaign in it", path);
    return NULL;
  }
  complete_choice (source, choice);
  return vr_run_table_new (source->experiment, choice, error);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrRunChoice choice;
  if (!read_choice (&choice, error))
    return 1;
  g_auto (Source) source = { NULL, { NULL, NULL } };
  if (!read_source (arguments[0], &source, error) || (!dry_run && !vr_cli_need_root ("run", error)))
    return 1;
  if (!dry_run)
    return measure (cli, &source, error);
  g_autoptr (VrRunTable) table = table_to_rehearse (&source, &choice, error);
  return table != NULL ? rehearse (cli, table, error) : 1;
}

const VrCommand *
vr_cmd_run (void)
{
  static const VrCommand command = {
    .name = "run",
    .synopsis = "EXPERIMENT|BUNDLE",
    .summary = "measure a lab as an experiment says",
    .doc = "An experiment says which lab is measured, what varies and how often; see "
           "vrkit-experiment(5). Every level is checked before the first run. The lab is brought "
           "up for the first run, changed between runs, and taken down at the end, also when "
           "interrupted. Every try of every run is stored as soon as it is made; a run that fails "
           "is tried again, and recorded with its reason. Killed at any moment, --resume goes on "
           "and loses at most the run in hand. At the end the verdict of each claim is told. Of a "
           "bundle (see `vrkit bundle`) the campaign in it is made anew: its profile, its "
           "conditions and repetitions, in the same order. Exit "
           "status 0 when all runs are done, 1 when some failed. With --json the schema is "
           "vrkit.campaign/1, and with --dry-run vrkit.runs/1; "
           "that of manifest.json in the directory is vrkit.manifest/1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
