/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "campaign/vr-latencies.h"
#include "cli/vr-cli.h"

static gboolean hgrm;

static const GOptionEntry options[] = {
  { "hgrm", 0, 0, G_OPTION_ARG_NONE, &hgrm,
    "print the percentile distribution of HdrHistogram's programs, in us, for their plotters",
    NULL },
  { 0 },
};

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autofree VrLatencies *latencies = g_new0 (VrLatencies, 1);
  if (hgrm && cli->json) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--hgrm is no JSON: it or --json");
    return VR_ERROR_USAGE;
  }
  for (guint i = 0; arguments[i] != NULL; i++)
    if (!vr_latencies_add_file (latencies, arguments[i], error))
      return VR_ERROR_USAGE;
  g_autofree char *text = cli->json ? vr_latencies_json (latencies)
                          : hgrm    ? vr_latencies_distribution (latencies)
                                    : vr_latencies_table (latencies);
  return vr_cli_print (text, error) ? 0 : 1;
}

const VrCommand *
vr_cmd_histogram (void)
{
  static const VrCommand command = {
    .name = "histogram",
    .synopsis = "FILE …",
    .summary = "merge the latencies of loads, and print their percentiles",
    .doc = "Each FILE holds what `vrkit load --json` printed, also several objects, a line each; "
           "their histograms are added up, as if all had been one load. Percentiles are above the "
           "true ones by 1/64 of these at the most, and never below; min, mean and max are exact. "
           "With --json the schema is vrkit.histogram/1, which may be merged again; --hgrm is for "
           "HdrHistogram's plotters. A load of which no latency is known is refused.",
    .options = options,
    .least = 1,
    .most = -1,
    .run = run,
  };
  return &command;
}
