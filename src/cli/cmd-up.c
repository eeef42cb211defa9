/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-cli.h"
#include "config/vr-profile.h"
#include "lab/vr-admission.h"

static gboolean dry_run, keep;
static char *timeout;

static const GOptionEntry options[] = {
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "print what would be done, and do nothing",
    NULL },
  { "keep", 'k', 0, G_OPTION_ARG_NONE, &keep, "on failure leave everything for a look at it",
    NULL },
  { "timeout", 't', 0, G_OPTION_ARG_STRING, &timeout,
    "how long a router may take until it forwards (default: 60s)", "DURATION" },
  { 0 },
};

static int
rehearse (VrCli *cli, const VrUpRequest *request, VrLabOptions *lab_options, GError **error)
{
  VrOutcome outcome;
  vr_cli_print_steps (lab_options);
  if (!vr_lab_rehearse (&cli->site, request, lab_options, &outcome, error))
    return 1;
  vr_cli_note (cli, "lab %s: %u operations to do, %u to undo, %u are so already",
               request->lab->name, outcome.applied, outcome.undone, outcome.kept);
  return 0;
}

static void
tell_notices (VrCli *cli, const VrPlan *plan)
{
  for (guint i = 0; i < plan->notices->len; i++)
    vr_cli_note (cli, "note: %s", (const char *) plan->notices->pdata[i]);
}

static void
tell_outcome (VrCli *cli, const VrLab *lab, const VrOutcome *outcome)
{
  if (outcome->applied == 0 && outcome->undone == 0)
    vr_cli_note (cli, "lab %s is up as the profile says: nothing to change", lab->name);
  else
    vr_cli_note (cli, "lab %s is up: %u operations done, %u undone, %u were so already", lab->name,
                 outcome->applied, outcome->undone, outcome->kept);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrLabOptions lab_options = vr_cli_lab_options (cli);
  VrOutcome outcome;
  g_autoptr (VrLab) lab = vr_profile_load (arguments[0], error);
  if (lab == NULL || !vr_cli_set_timeout (timeout, &lab_options, error)
      || !vr_cli_need_root ("up", error))
    return 1;
  lab_options.on_failure = keep ? VR_UP_KEEP : VR_UP_ROLL_BACK;
  g_autofree char *path = g_canonicalize_filename (arguments[0], NULL);
  g_autoptr (VrAdmission) admission = NULL;
  g_autoptr (VrPlan) plan = dry_run ? vr_lab_plan (&cli->site, lab, error)
                                    : vr_admission_plan (&cli->site, lab, &admission, error);
  if (plan == NULL)
    return 1;
  VrUpRequest request = { .lab = lab, .plan = plan, .profile_path = path };
  if (dry_run)
    return rehearse (cli, &request, &lab_options, error);
  tell_notices (cli, plan);
  if (!vr_lab_up (&cli->site, &request, &lab_options, &outcome, error))
    return 1;
  tell_outcome (cli, lab, &outcome);
  return 0;
}

const VrCommand *
vr_cmd_up (void)
{
  static const VrCommand command = {
    .name = "up",
    .synopsis = "PROFILE",
    .summary = "bring a lab up, or make it what its profile says now",
    .doc
    = "Does what plan prints, each step written to a journal before it is taken and read back "
      "after. What is so already is left alone: a second run changes nothing and says so, a "
      "changed profile changes only what differs. Waits until every router forwards; guests that "
      "are emulated boot one a CPU at a time, by which the last of them is ready sooner. On "
      "failure, and when interrupted, everything goes back to what it was before; where a lab was "
      "up that this host does not allow any more (its image is gone, say), what is left of it "
      "is kept, and the message says so.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
