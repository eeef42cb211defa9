/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/vr-error.h"
#include "cli/vr-cli.h"
#include "config/vr-profile.h"
#include "plan/vr-graph.h"

static char *graph;

static const GOptionEntry options[] = {
  { "graph", 'g', 0, G_OPTION_ARG_STRING, &graph, "print the lab's shape: dot or mermaid",
    "FORMAT" },
  { 0 },
};

static int
print_graph (const VrLab *lab, GError **error)
{
  VrGraphFormat format;
  if (!vr_graph_format_parse (graph, &format)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--graph is dot or mermaid, not \"%s\"", graph);
    return 1;
  }
  g_autofree char *text = vr_graph_print (lab, format);
  return vr_cli_print (text, error) ? 0 : 1;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autoptr (VrLab) lab = vr_profile_load (arguments[0], error);
  if (lab == NULL)
    return 1;
  if (graph != NULL)
    return print_graph (lab, error);
  g_autoptr (VrPlan) plan = vr_lab_plan (&cli->site, lab, error);
  if (plan == NULL)
    return 1;
  g_autofree char *text = cli->json ? vr_plan_json (plan) : vr_plan_print (plan);
  return vr_cli_print (text, error) ? 0 : 1;
}

const VrCommand *
vr_cmd_plan (void)
{
  static const VrCommand command = {
    .name = "plan",
    .synopsis = "PROFILE",
    .summary = "print what up would do on this host, in order, and why",
    .doc
    = "One operation a line: kind, target, the values that it makes so, and behind # the place "
      "in the profile that asks for it. Fallbacks that this host needs come first. With "
      "--json the schema is vrkit.plan/1: lab, notices, and operations with kind, target, "
      "want, why, needs, shared and, for files and domains, payload.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
