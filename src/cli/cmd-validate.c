/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-cli.h"
#include "config/vr-profile.h"

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autoptr (VrLab) lab = vr_profile_load (arguments[0], error);
  if (lab == NULL)
    return 1;
  if (cli->json)
    return vr_cli_print ("{\"schema\":\"vrkit.validate/1\",\"valid\":true}", error) ? 0 : 1;
  vr_cli_note (cli, "%s: lab %s is valid: %u port%s, %u router%s", arguments[0], lab->name,
               lab->ports->len, lab->ports->len == 1 ? "" : "s", lab->routers->len,
               lab->routers->len == 1 ? "" : "s");
  return 0;
}

const VrCommand *
vr_cmd_validate (void)
{
  static const VrCommand command = {
    .name = "validate",
    .synopsis = "PROFILE",
    .summary = "say whether a profile is right, without looking at the host",
    .doc
    = "Reads the profile and everything it includes, and checks it. Needs no root. A profile "
      "that is wrong is one error with its place, and exit status 3. With --json the schema is "
      "vrkit.validate/1: valid, which is true.",
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
