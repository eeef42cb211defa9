/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-cli.h"
#include "lab/vr-scale.h"

static gboolean dry_run;
static char *timeout;

static const GOptionEntry options[] = {
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "print what would be done, and do nothing",
    NULL },
  { "timeout", 't', 0, G_OPTION_ARG_STRING, &timeout,
    "how long one may take until it forwards (default: 60s)", "DURATION" },
  { 0 },
};

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrLabOptions lab_options = vr_cli_lab_options (cli);
  VrTuneMode mode = dry_run ? VR_TUNE_REHEARSE : VR_TUNE_DO;
  VrOutcome outcome;
  g_autofree char *name = vr_cli_lab_name (arguments[0], error);
  if (dry_run)
    vr_cli_print_steps (&lab_options);
  if (name == NULL || !vr_cli_set_timeout (timeout, &lab_options, error)
      || !vr_cli_need_root ("scale", error)
      || !vr_lab_scale (&cli->site, name, (const char *const *) arguments + 1, mode, &lab_options,
                        &outcome, error))
    return 1;
  if (outcome.applied == 0 && outcome.undone == 0)
    vr_cli_note (cli, "lab %s: nothing to change", name);
  else
    vr_cli_note (cli,
                 dry_run ? "lab %s: %u operations to do, %u to undo"
                         : "lab %s: %u operations done, %u undone",
                 name, outcome.applied, outcome.undone);
  return 0;
}

const VrCommand *
vr_cmd_scale (void)
{
  static const VrCommand command = {
    .name = "scale",
    .synopsis = "NAME|PROFILE ROUTER=N ...",
    .summary = "change how many members a PVR has, or back-ends an MSR, while it forwards",
    .doc
    = "Starts members that are missing, and ends the last ones where there are more than N. A new "
      "member gets no packet until it forwards; from one that leaves the others take its flows "
      "first, and it ends when it has forwarded what it had, so that none is lost; where it has "
      "not within a second, a warning says so. Of an MSR, N is the number of its back-ends: one "
      "that joins has the whole table of the control processor, where there is one, before it "
      "gets packets, and one that leaves tells the balancers, which run on as they are. All PVRs "
      "and MSRs named are changed, or none: where one member does not come up, or does not fit "
      "(memory, CPUs, queues, names), the lab is as it was. What else is in the lab is not "
      "touched. The profile's file stays as it is, and up of it brings back what it says.",
    .options = options,
    .least = 2,
    .most = -1,
    .run = run,
  };
  return &command;
}
