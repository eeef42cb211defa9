/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "cli/vr-cli.h"

static gboolean all;

static const GOptionEntry options[] = {
  { "all", 'a', 0, G_OPTION_ARG_NONE, &all, "every lab of which there is a trace", NULL },
  { 0 },
};

static gboolean
take_down (VrCli *cli, const char *name, GError **error)
{
  VrLabOptions lab_options = vr_cli_lab_options (cli);
  VrOutcome outcome;
  if (!vr_lab_down (&cli->site, name, &lab_options, &outcome, error))
    return FALSE;
  if (outcome.undone == 0)
    vr_cli_note (cli, "lab %s: there is nothing of it", name);
  else
    vr_cli_note (cli, "lab %s is down: %u operations undone", name, outcome.undone);
  return TRUE;
}

/* A lab that cannot be taken down does not keep the others up. */
static gboolean
take_all_down (VrCli *cli, GError **error)
{
  g_autoptr (GError) first = NULL;
  g_auto (GStrv) names = vr_lab_names (&cli->site, &first, error);
  if (names == NULL)
    return FALSE;
  for (char **name = names; *name != NULL; name++) {
    g_autoptr (GError) cause = NULL;
    take_down (cli, *name, &cause);
    vr_cli_keep_first (cli, &first, &cause);
  }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  if (all == (arguments[0] != NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "usage: vrkit down NAME|PROFILE, or --all");
    return VR_ERROR_USAGE;
  }
  g_autofree char *name = all ? NULL : vr_cli_lab_name (arguments[0], error);
  if ((name == NULL && !all) || !vr_cli_need_root ("down", error))
    return 1;
  return (all ? take_all_down (cli, error) : take_down (cli, name, error)) ? 0 : 1;
}

const VrCommand *
vr_cmd_down (void)
{
  static const VrCommand command = {
    .name = "down",
    .synopsis = "NAME|PROFILE",
    .summary = "take a lab down and give back all that it changed",
    .doc
    = "Undoes what the lab's journal has, last first, and removes what bears its mark: domains, "
      "interfaces, namespaces. Needs neither the profile nor the state directory, and finishes "
      "what a killed up or down has left. A lab of which there is no trace is no error.",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
  };
  return &command;
}
