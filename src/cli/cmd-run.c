/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "campaign/vr-run-table.h"
#include "cli/vr-cli.h"

#define REPETITIONS_MAX 10000

static gboolean dry_run;
static char **only;
static char *repetitions;

static const GOptionEntry options[] = {
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
    "print the runs in their order, and how long they take, and do nothing", NULL },
  { "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only,
    "only conditions with this level; may be repeated, and levels of one factor add up",
    "FACTOR=LEVEL" },
  { "repetitions", 0, 0, G_OPTION_ARG_STRING, &repetitions,
    "how often each condition is measured (default: as the experiment says)", "N" },
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

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrRunChoice choice;
  if (!read_choice (&choice, error))
    return 1;
  g_autoptr (VrExperiment) experiment = vr_experiment_load (arguments[0], error);
  g_autoptr (VrRunTable) table
      = experiment != NULL ? vr_run_table_new (experiment, &choice, error) : NULL;
  if (table == NULL)
    return 1;
  return rehearse (cli, table, error);
}

const VrCommand *
vr_cmd_run (void)
{
  static const VrCommand command = {
    .name = "run",
    .synopsis = "EXPERIMENT",
    .summary = "measure a lab as an experiment says",
    .doc = "An experiment says which lab is measured, what varies and how often; see "
           "vrkit-experiment(5). With --json the schema of what --dry-run prints is vrkit.runs/1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
