/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "cli/vr-cli.h"
#include "lab/vr-inspect.h"

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrInspectConsole request = {
    .lab = arguments[0], .router = arguments[1], .in_fd = STDIN_FILENO, .out_fd = STDOUT_FILENO
  };
  if (!vr_cli_need_root ("console", error))
    return 1;
  vr_cli_note (cli, "connected to %s of lab %s; ^] leaves", arguments[1], arguments[0]);
  return vr_inspect_console (&cli->site, &request, error) ? 0 : 1;
}

const VrCommand *
vr_cmd_console (void)
{
  static const VrCommand command = {
    .name = "console",
    .synopsis = "LAB ROUTER",
    .summary = "join the terminal with a guest's serial console",
    .doc = "A root shell of the guest; ^] leaves it. A native router has no console: ip netns "
           "exec vrkit-LAB-ROUTER sh runs a shell in it.",
    .least = 2,
    .most = 2,
    .run = run,
  };
  return &command;
}
