/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-bundle.h"
#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-compare.h"
#include "cli/vr-cli.h"

static char *column;
static gboolean exit_code;

static const GOptionEntry options[] = {
  { "column", 0, 0, G_OPTION_ARG_STRING, &column,
    "what is compared, a column of `vrkit export` that a load has measured (default: received_pps)",
    "NAME" },
  { "exit-code", 0, 0, G_OPTION_ARG_NONE, &exit_code,
    "exit status 1 unless both have the same conditions, and every point is repeated", NULL },
  { 0 },
};

/* One of the two. */
typedef struct {
  VrUnpacked unpacked;
  VrSummary *summary;
  double confidence;
} Side;

static void
side_clear (Side *side)
{
  g_clear_pointer (&side->summary, vr_summary_free);
  vr_unpacked_clear (&side->unpacked);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static gboolean
read_confidence (const char *path, VrResults *results, double *confidence, GError **error)
{
  g_autofree char *text = vr_results_get (results, "confidence", error);
  if (text == NULL)
    return FALSE;
  *confidence = g_ascii_strtod (text, NULL);
  if (*confidence > 0 && *confidence < 1)
    return TRUE;
  g_autofree char *quoted = vr_name_quote (text);
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
               "%s: the database is damaged: its confidence is \"%s\", not between 0 and 1", path,
               quoted);
  return FALSE;
}

/* A bundle's database is looked through for damage, as one is that is to be written. */
static gboolean
read_side (const char *path, Side *side, GError **error)
{
  if (!vr_bundle_open (path, VR_BUNDLE_RESULTS, &side->unpacked, error))
    return FALSE;
  g_autofree char *file = vr_campaign_dir_file (side->unpacked.directory, VR_CAMPAIGN_RESULTS);
  VrResultsMode mode = side->unpacked.index != NULL ? VR_RESULTS_WRITE : VR_RESULTS_READ;
  g_autoptr (VrResults) results = vr_results_open (file, mode, error);
  if (results == NULL || !read_confidence (path, results, &side->confidence, error))
    return FALSE;
  side->summary = vr_summary_new (results, error);
  return side->summary != NULL;
}

static gboolean
find_column (const char *name, guint *number, GError **error)
{
  *number = vr_sample_column (name);
  if (*number < VR_SAMPLE_COLUMNS)
    return TRUE;
  g_autofree char *quoted = vr_name_quote (name);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "--column=%s: a load measures no such thing; what it does stands in the first line "
               "of `vrkit export`, from %s on",
               quoted, vr_sample_name (0));
  return FALSE;
}

static int
tell (VrCli *cli, const VrCompareReport *report, GError **error)
{
  const VrComparison *comparison = report->comparison;
  g_autofree char *text = cli->json ? vr_compare_json (report) : vr_compare_print (report);
  if (!vr_cli_print (text, error))
    return 1;
  gboolean is_same = comparison->repeated == comparison->points->len
                     && comparison->only[0]->len + comparison->only[1]->len == 0;
  return exit_code && !is_same ? VR_ERROR_UNWANTED : 0;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_auto (Side) first = { 0 }, second = { 0 };
  const char *name = column != NULL ? column : "received_pps";
  guint number;
  if (!find_column (name, &number, error) || !read_side (arguments[0], &first, error)
      || !read_side (arguments[1], &second, error))
    return 1;
  double confidence = MAX (first.confidence, second.confidence);
  g_autoptr (GArray) texts
      = vr_compare_texts (first.unpacked.directory, second.unpacked.directory, error);
  if (texts == NULL)
    return 1;
  g_autoptr (VrComparison) comparison
      = vr_compare (first.summary, second.summary, number, confidence);
  const VrCompareReport report = { { arguments[0], arguments[1] },
                                   { first.summary, second.summary },
                                   comparison,
                                   texts,
                                   name,
                                   confidence };
  return tell (cli, &report, error);
}

const VrCommand *
vr_cmd_compare (void)
{
  static const VrCommand command = {
    .name = "compare",
    .synopsis = "A B",
    .summary = "tell what two campaigns have otherwise",
    .doc
    = "A and B are directories of campaigns, or bundles (see `vrkit bundle`). Tells what differs "
      "in their manifests, experiments and profiles; and of each condition that both have, both "
      "means with their intervals, the ratio of B to A with Fieller's interval, and whether the "
      "point is repeated: the two intervals overlap, and neither reaches further from its mean "
      "than 5 % of it. Where the experiments ask for different confidence, the higher one "
      "counts. Exit status 0 whatever they have, unless --exit-code is given. With --json the "
      "schema is vrkit.compare/1.",
    .options = options,
    .least = 2,
    .most = 2,
    .run = run,
  };
  return &command;
}
