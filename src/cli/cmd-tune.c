/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "cli/vr-cli.h"
#include "lab/vr-tune.h"

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrLabOptions lab_options = vr_cli_lab_options (cli);
  VrOutcome outcome;
  g_autofree char *name = vr_cli_lab_name (arguments[0], error);
  if (name == NULL || !vr_cli_need_root ("tune", error)
      || !vr_lab_tune (&cli->site, name, (const char *const *) arguments + 1, &lab_options,
                       &outcome, error))
    return 1;
  if (outcome.applied == 0 && outcome.undone == 0)
    vr_cli_note (cli, "lab %s: nothing to change", name);
  else
    vr_cli_note (cli, "lab %s: %u operations done, %u undone", name, outcome.applied,
                 outcome.undone);
  return 0;
}

const VrCommand *
vr_cmd_tune (void)
{
  static const VrCommand command = {
    .name = "tune",
    .synopsis = "NAME|PROFILE PATH=VALUE ...",
    .summary = "change a lab that is up: schedules, queue lengths",
    .doc
    = "A path is GROUP.NAME.KEY, a key of vrkit-profile(5): schedule.r1.vcpu.0=\"deadline "
      "50ms/200ms @1\", port.left.queue-length=35. An empty value takes the key away, so that its "
      "default holds. All changes are made, or none; each is read back. What cannot change without "
      "a router or an interface made anew is refused. The profile's file stays as it is, and up of "
      "it brings back what it says.",
    .least = 2,
    .most = -1,
    .run = run,
  };
  return &command;
}
