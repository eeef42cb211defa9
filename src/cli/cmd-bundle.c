/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-bundle.h"
#include "campaign/vr-campaign-dir.h"
#include "cli/vr-cli.h"

#define SUFFIX ".tar.zst"

static char *output;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
    "where the bundle goes (default: the directory's name and " SUFFIX ", here)", "FILE" },
  { 0 },
};

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autofree char *directory = g_canonicalize_filename (arguments[0], NULL);
  g_autofree char *name = g_path_get_basename (directory);
  g_autofree char *path = output != NULL ? g_strdup (output) : g_strconcat (name, SUFFIX, NULL);
  g_autofree char *report = vr_campaign_dir_file (directory, "report.html");
  if (!vr_bundle_write (directory, path, error))
    return 1;
  if (!g_file_test (report, G_FILE_TEST_IS_REGULAR))
    vr_cli_note (cli, "the bundle holds no figures: `vrkit report %s` draws them", directory);
  g_autofree char *line = g_strconcat (path, "\n", NULL);
  return vr_cli_print (line, error) ? 0 : 1;
}

const VrCommand *
vr_cmd_bundle (void)
{
  static const VrCommand command = {
    .name = "bundle",
    .synopsis = "DIRECTORY",
    .summary = "pack a campaign into one file",
    .doc = "Packs the campaign in the directory (experiment, profile, plan, manifest, the kernel's "
           "configuration, database, and report and figures where `vrkit report` has written them) "
           "into one file, a tar archive packed with zstd, and prints its path. The same campaign "
           "gives the same bytes. A campaign that still runs may be packed: the database is copied "
           "as it is at one moment. `vrkit run FILE` makes the campaign anew, with its seed and "
           "order, and `vrkit compare` compares the two. The first file in it, bundle.json, is of "
           "vrkit.bundle/1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
