/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "cli/vr-cli.h"
#include "lab/vr-inspect.h"

static char *timeout;

static const GOptionEntry options[] = {
  { "timeout", 't', 0, G_OPTION_ARG_STRING, &timeout,
    "how long the command may take (default: 60s)", "DURATION" },
  { 0 },
};

/* No bytes have no address either, which fwrite() wants. */
static void
write_bytes (GBytes *bytes, FILE *to)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  if (size > 0)
    fwrite (data, 1, size, to);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  guint64 timeout_ns = 60 * 1000000000ull;
  guint first = g_strcmp0 (arguments[2], "--") == 0 ? 3 : 2;
  g_auto (VrExecResult) result = { 0 };
  if (timeout != NULL && !vr_unit_parse_duration (timeout, &timeout_ns, error)) {
    vr_cli_blame_option ("--timeout", error);
    return VR_ERROR_USAGE;
  }
  if (arguments[first] == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "usage: vrkit exec LAB ROUTER -- COMMAND …");
    return VR_ERROR_USAGE;
  }
  VrInspectExec request = { .lab = arguments[0],
                            .router = arguments[1],
                            .argv = (const char *const *) arguments + first,
                            .timeout_us = (gint64) (timeout_ns / 1000) };
  if (!vr_cli_need_root ("exec", error) || !vr_inspect_exec (&cli->site, &request, &result, error))
    return 1;
  write_bytes (result.output, stdout);
  write_bytes (result.errors, stderr);
  if (result.truncated)
    vr_cli_note (cli, "note: the agent cut the output off");
  return result.signal != 0 ? 128 + result.signal : result.exit_status;
}

const VrCommand *
vr_cmd_exec (void)
{
  static const VrCommand command = {
    .name = "exec",
    .synopsis = "LAB ROUTER -- COMMAND …",
    .summary = "run a command inside a router",
    .doc
    = "In a guest through its agent, in a native router in its namespace. Output and exit "
      "status are the command's; a signal N becomes 128 + N. Its standard input is empty. After "
      "the timeout the exit status is 10; the command then goes on in a guest, and is killed "
      "with its process group in a native router.",
    .options = options,
    .least = 3,
    .most = -1,
    .run = run,
  };
  return &command;
}
