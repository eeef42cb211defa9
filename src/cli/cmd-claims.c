/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-scoreboard.h"
#include "cli/vr-cli-run.h"

static gboolean measure, quick, dry_run, any_host;
static char *directory, *calibrations;

static const GOptionEntry options[] = {
  { "run", 0, 0, G_OPTION_ARG_NONE, &measure,
    "first measure each experiment that is not measured yet, or anew one that has changed, and go "
    "on "
    "with one that is unfinished",
    NULL },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &quick,
    "with --run: with each experiment's quick-repetitions and quick-duration", NULL },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
    "with --run: only tell what would be measured, and how long it takes", NULL },
  { "any-host", 0, 0, G_OPTION_ARG_NONE, &any_host,
    "with --run: go on with what is unfinished though the host, versions or images have changed, "
    "and "
    "record that",
    NULL },
  { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &directory,
    "where the campaigns are (default: " VR_CLI_CAMPAIGNS ")", "DIR" },
  { "calibrations", 0, 0, G_OPTION_ARG_FILENAME, &calibrations,
    "with --run: " VR_CLI_RUN_CALIBRATIONS, "DIR" },
  { 0 },
};

/* What is to be measured, and how long it takes. */
typedef struct {
  VrScore *score; /* borrowed */
  VrScoreTodo todo;
  guint64 time_ns; /* about, of the whole campaign */
} Job;

static VrPace
pace (void)
{
  return quick ? VR_PACE_QUICK : VR_PACE_FULL;
}

static const char *
base (void)
{
  static char *absolute;
  if (absolute == NULL)
    absolute = g_canonicalize_filename (directory != NULL ? directory : VR_CLI_CAMPAIGNS, NULL);
  return absolute;
}

/* The first failure is the command's; all of them are told. */
static void
fail (VrCli *cli, const char *what, GError **cause, GError **first)
{
  vr_cli_note (cli, "%s: %s", what, (*cause)->message);
  if (*first == NULL)
    *first = g_error_copy (*cause);
  g_clear_error (cause);
}

/* --- Experiments --------------------------------------------------------------------------------
 */

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Paths of the shipped experiments, in the order of their names; the caller owns it. */
static GPtrArray *
shipped (GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) entries = g_dir_open (VRKIT_EXPERIMENTS, 0, &cause);
  if (entries == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "the shipped experiments are not there: %s; name those that are to be read",
                 cause->message);
    return NULL;
  }
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  for (const char *name; (name = g_dir_read_name (entries)) != NULL;)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (paths, g_build_filename (VRKIT_EXPERIMENTS, name, NULL));
  g_ptr_array_sort (paths, compare_names);
  return g_steal_pointer (&paths);
}

static GPtrArray *
paths_of (char **arguments, GError **error)
{
  if (arguments[0] == NULL)
    return shipped (error);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (paths, g_strdup (*arguments));
  return paths;
}

/* VrScore *, owned, of those that make claims. */
static GPtrArray *
read_scores (VrCli *cli, const GPtrArray *paths, VrNeedHost *host, GError **first)
{
  GPtrArray *scores = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_score_free);
  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (GError) cause = NULL;
    VrExperiment *experiment = vr_experiment_load (paths->pdata[i], &cause);
    if (experiment == NULL)
      fail (cli, paths->pdata[i], &cause, first);
    else if (experiment->claims->len == 0)
      vr_experiment_free (experiment);
    else
      g_ptr_array_add (scores, vr_score_new (experiment, base (), host));
  }
  return scores;
}

/* --- Measuring ----------------------------------------------------------------------------------
 */

static void
set_failure (VrCli *cli, VrScore *score, GError **cause, GError **first)
{
  g_free (score->failure);
  score->failure = g_strdup ((*cause)->message);
  fail (cli, score->experiment->name, cause, first);
}

/* Whether it can be measured here, and how long that takes. */
static gboolean
estimate (VrCli *cli, Job *job, GError **error)
{
  VrRunChoice choice = { .pace = pace () };
  g_autoptr (VrRunTable) table = vr_run_table_new (job->score->experiment, &choice, error);
  g_autoptr (VrRunRoute) route = table != NULL ? vr_run_route_new (&cli->site, table, error) : NULL;
  if (route == NULL)
    return FALSE;
  job->time_ns = route->time_ns;
  return TRUE;
}

/* Job, in order; says how long all of them take. */
static GArray *
plan_jobs (VrCli *cli, const GPtrArray *scores, VrNeedHost *host, GError **first)
{
  GArray *jobs = g_array_new (FALSE, FALSE, sizeof (Job));
  guint64 time_ns = 0;
  for (guint i = 0; i < scores->len; i++) {
    g_autoptr (GError) cause = NULL;
    Job job = { .score = scores->pdata[i] };
    job.todo = vr_score_todo (job.score, pace (), host);
    if (job.todo == VR_SCORE_NOTHING)
      continue;
    if (!estimate (cli, &job, &cause)) {
      set_failure (cli, job.score, &cause, first);
      continue;
    }
    g_autofree char *text = vr_run_time_text (job.time_ns);
    vr_cli_note (cli, "%s: to be measured, about %s", job.score->experiment->name, text);
    time_ns += job.time_ns;
    g_array_append_val (jobs, job);
  }
  g_autofree char *whole = vr_run_time_text (time_ns);
  vr_cli_note (cli, "%u of %u experiments are to be measured, about %s", jobs->len, scores->len,
               whole);
  return jobs;
}

static gboolean
open_session (VrCli *cli, const Job *job, VrCampaignSession *session, GError **error)
{
  const VrExperiment *experiment = job->score->experiment;
  const VrClock *clock = vr_clock_system ();
  VrRunChoice choice = { .pace = pace () };
  VrResume request = { .site = &cli->site,
                       .experiment = experiment,
                       .host = any_host ? VR_RESUME_ANY_HOST : VR_RESUME_SAME_HOST,
                       .time_ns = clock->wall_ns (clock->data) };
  if (job->todo == VR_SCORE_RESUME)
    return vr_campaign_session_resume (&request, job->score->directory, session, error);
  g_autofree char *path = vr_campaign_dir_next (base (), experiment->name);
  return vr_campaign_session_begin (&cli->site, experiment, &choice, path, session, error);
}

static gboolean
run_job (VrCli *cli, const Job *job, GError **error)
{
  g_auto (VrCampaignSession) session = VR_CAMPAIGN_SESSION_NONE;
  VrCampaignOutcome outcome;
  vr_cli_note (cli, "%s:", job->score->experiment->name);
  if (!open_session (cli, job, &session, error)
      || !vr_cli_run_session (cli, &session, calibrations, &outcome, error))
    return FALSE;
  if (outcome.failed == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED, "%u of %u runs failed", outcome.failed,
               outcome.runs);
  return FALSE;
}

/* One after another; an interruption ends all. */
static void
run_jobs (VrCli *cli, const GArray *jobs, VrNeedHost *host, GError **first)
{
  GCancellable *cancellable = vr_cli_lab_options (cli).cancellable;
  for (guint i = 0; i < jobs->len && !g_cancellable_is_cancelled (cancellable); i++) {
    g_autoptr (GError) cause = NULL;
    const Job *job = &g_array_index (jobs, Job, i);
    gboolean good = run_job (cli, job, &cause);
    vr_score_refresh (job->score, base (), host);
    if (!good)
      set_failure (cli, job->score, &cause, first);
  }
}

/* --- The command --------------------------------------------------------------------------------
 */

/* A campaign that is there and cannot be read is a failure as well. */
static void
note_unread (VrCli *cli, const GPtrArray *scores, GError **first)
{
  for (guint i = 0; i < scores->len; i++) {
    const VrScore *score = scores->pdata[i];
    g_autoptr (GError) cause = NULL;
    g_autoptr (VrClaimTable) table = score->directory != NULL && score->table == NULL
                                         ? vr_claim_table_read (score->directory, &cause)
                                         : NULL;
    if (cause != NULL)
      fail (cli, score->experiment->name, &cause, first);
  }
}

static gboolean
check_options (GError **error)
{
  if (measure || (!quick && !dry_run && !any_host))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s goes with --run alone",
               quick     ? "--quick"
               : dry_run ? "--dry-run"
                         : "--any-host");
  return FALSE;
}

static int
show (VrCli *cli, const GPtrArray *scores, GError **error)
{
  g_autofree char *text = cli->json ? vr_scoreboard_json (scores) : vr_scoreboard_print (scores);
  return vr_cli_print (text, error) ? 0 : 1;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autoptr (GError) first = NULL;
  if (!check_options (error) || (measure && !dry_run && !vr_cli_need_root ("claims --run", error)))
    return 1;
  /* As in cmd-run.c: before any thread begins. */
  if (measure && !dry_run)
    vr_cli_lab_options (cli);
  g_autoptr (GPtrArray) paths = paths_of (arguments, error);
  g_autoptr (VrNeedHost) host = paths != NULL ? vr_need_host_new (&cli->site, error) : NULL;
  if (host == NULL)
    return 1;
  g_autoptr (GPtrArray) scores = read_scores (cli, paths, host, &first);
  g_autoptr (GArray) jobs = measure ? plan_jobs (cli, scores, host, &first) : NULL;
  if (jobs != NULL && !dry_run)
    run_jobs (cli, jobs, host, &first);
  note_unread (cli, scores, &first);
  int status = dry_run ? 0 : show (cli, scores, error);
  if (status == 0 && first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return status;
}

const VrCommand *
vr_cmd_claims (void)
{
  static const VrCommand command = {
    .name = "claims",
    .synopsis = "[EXPERIMENT…]",
    .summary = "say which claims of the experiments hold",
    .doc
    = "A scoreboard of the shipped experiments, or of those given: for each claim, by paper, "
      "its row, the experiment, what it says, the verdict (holds, does not hold, not shown "
      "either way, cannot be tested, not measured) and why, and sums at the end. What counts is "
      "the newest campaign "
      "of each experiment, with the predicates that it was begun with. With --run the "
      "experiments that are not measured yet are measured, one after another, and so are those "
      "whose text or profile has changed since, all of whose runs failed, or of which a claim "
      "needs what the host lacked then and has now; before the first it is told how long that "
      "takes. A quick campaign is good for quick verdicts "
      "alone, and they are marked. One that fails does not stop the others. Exit status 0 "
      "when all could be read and measured, whatever the verdicts; else that of the first "
      "failure. With --json the schema is vrkit.claims/1.",
    .options = options,
    .least = 0,
    .most = -1,
    .run = run,
  };
  return &command;
}
