/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report.h"
#include "cli/vr-cli.h"

static char *axis;

static const GOptionEntry options[] = {
  { "axis", 0, 0, G_OPTION_ARG_STRING, &axis,
    "factor on the x axis of the figures (default: the experiment's axis, else that of load.rate, "
    "else "
    "the first whose levels are quantities of one kind; without one, the conditions)",
    "FACTOR" },
  { 0 },
};

static int
run (VrCli *cli, char **arguments, GError **error)
{
  const VrReportRequest request = { .directory = arguments[0], .axis = axis };
  (void) cli;
  g_autofree char *path = vr_report_write (&request, error);
  if (path == NULL)
    return 1;
  g_autofree char *line = g_strconcat (path, "\n", NULL);
  return vr_cli_print (line, error) ? 0 : 1;
}

const VrCommand *
vr_cmd_report (void)
{
  static const VrCommand command = {
    .name = "report",
    .synopsis = "DIRECTORY",
    .summary = "write a campaign's page: figures, tables, host",
    .doc
    = "Writes report.html into the campaign's directory, a page that needs nothing else, and "
      "below figures/ each figure as SVG, PNG, data and gnuplot's script; prints the page's "
      "path. A figure shows what was forwarded over the axis, one what each CPU did under each "
      "condition, by kind, and one the latency. Means bear the interval of the experiment's "
      "confidence, and each run is a dot beside them where they are no more than 2000; the table "
      "has "
      "the least run, the median and the greatest run, too. What was noted of the host before "
      "runs, and of the campaign, stands below. Runs in which the tester "
      "was the limit, and tries that failed, are counted in the table. A campaign that still "
      "runs may be reported.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
