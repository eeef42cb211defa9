/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/vr-error.h"
#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-export.h"
#include "cli/vr-cli.h"

typedef struct {
  const char *const *factors;
  gboolean json;
  gboolean has_some;
} Export;

static gboolean
put (const char *text, GError **error)
{
  if (fputs (text, stdout) >= 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write to standard output");
  return FALSE;
}

static gboolean
put_attempt (const VrStoredAttempt *attempt, gpointer data, GError **error)
{
  Export *export = data;
  g_autofree char *text = export->json ? vr_export_json_element (attempt, export->factors)
                                       : vr_export_csv_line (attempt);
  const char *before = export->json && export->has_some ? ",\n" : "";
  export->has_some = TRUE;
  return put (before, error) && put (text, error) && put (export->json ? "" : "\n", error);
}

static gboolean
put_csv (VrResults *results, Export *export, GError **error)
{
  g_autofree char *names = vr_export_csv_names (export->factors);
  return put (names, error) && put ("\n", error)
         && vr_results_each (results, VR_RESULTS_NUMBERS, put_attempt, export, error)
         && vr_cli_flush (error);
}

static gboolean
put_json (VrResults *results, Export *export, GError **error)
{
  g_autofree char *name = vr_results_get (results, "experiment", error);
  if (name == NULL)
    return FALSE;
  g_autofree char *head = g_strdup_printf ("{\"schema\":\"vrkit.samples/1\",\"experiment\":\"%s\","
                                           "\"samples\":[\n",
                                           name);
  return put (head, error)
         && vr_results_each (results, VR_RESULTS_WHOLE, put_attempt, export, error)
         && put ("\n]}\n", error) && vr_cli_flush (error);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (arguments[0], VR_CAMPAIGN_RESULTS);
  g_autoptr (VrResults) results = vr_results_open (path, VR_RESULTS_READ, error);
  g_auto (GStrv) factors = results != NULL ? vr_results_factors (results, error) : NULL;
  if (factors == NULL)
    return 1;
  Export export = { (const char *const *) factors, cli->json, FALSE };
  return (cli->json ? put_json (results, &export, error) : put_csv (results, &export, error)) ? 0
                                                                                              : 1;
}

const VrCommand *
vr_cmd_export (void)
{
  static const VrCommand command = {
    .name = "export",
    .synopsis = "DIRECTORY",
    .summary = "print what a campaign measured, as CSV or JSON",
    .doc = "Every try of every run, in the order in which they were made, those that failed "
           "included: a line of CSV each, with the names of the columns in the first line. With "
           "--json an object each, with the whole result of the load; the schema is "
           "vrkit.samples/1. A campaign that still runs may be exported.",
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
