/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-claim-verdict.h"

#include <math.h>
#include <string.h>

#include "campaign/vr-combination.h"
#include "campaign/vr-measure.h"

/* What the tester may send too little without being the limit. */
#define TESTER_SHORT 0.02

/* A claim while it is judged. */
typedef struct {
  const VrClaimCase *of;
  const VrExperimentClaim *claim;
  const VrClaimSpec *spec;
  GPtrArray *labels;   /* char *, owned: of each series */
  GPtrArray *samples;  /* GArray * of double, owned: of each series, by block that counts */
  double *sent, *lost; /* frames of each series, over those blocks; owned */
  guint left_out;      /* blocks */
  guint runs;          /* that were looked at, and the two next of them */
  guint short_runs;    /* the tester was limited, and what it sent is a load all the same */
  guint tester_runs;   /* it was the limit: they tell nothing of the router */
} Judging;

static void
result_free (gpointer data)
{
  VrClaimResult *result = data;
  g_free (result->why);
  g_free (result);
}

/* --- Samples ------------------------------------------------------------------------------------
 */

static const VrSummaryCondition *
find_condition (const VrSummary *summary, guint cell)
{
  for (guint i = 0; i < summary->conditions->len; i++) {
    const VrSummaryCondition *condition = summary->conditions->pdata[i];
    if (condition->id == cell + 1)
      return condition;
  }
  return NULL;
}

/* What a run of the condition in that block measured; NULL where there is none. */
static const VrSample *
find_sample (const Judging *judging, guint cell, guint block)
{
  const VrSummaryCondition *condition = find_condition (judging->of->summary, cell);
  for (guint i = 0; condition != NULL && i < condition->blocks->len; i++)
    if (g_array_index (condition->blocks, guint, i) == block)
      return &g_array_index (condition->samples, VrSample, i);
  return NULL;
}

static double
column_of (const VrSample *sample, const char *name)
{
  return (double) sample->values[vr_sample_column (name)];
}

/* Whether the tester was the limit: it sent less than it was asked to, and that came through. Where
 * the router lost of it, what was sent was too much for the router, however little was asked. */
static gboolean
is_of_tester (const VrSample *sample)
{
  double sent = column_of (sample, "sent");
  return column_of (sample, "tester_limited") > 0
         && sent < (1 - TESTER_SHORT) * column_of (sample, "asked")
         && column_of (sample, "lost") <= VR_CLAIM_OVERLOAD * sent;
}

/* What counts of a series in a block. */
typedef struct {
  double value;           /* of the claim's measure; not a number: it has none */
  const VrSample *sample; /* that it is of */
} Reading;

/* The claim's measure of a run, which is counted. */
static Reading
read_run (Judging *judging, const VrSample *sample)
{
  gboolean is_limited = column_of (sample, "tester_limited") > 0, of_tester = is_of_tester (sample);
  judging->runs++;
  judging->short_runs += is_limited && !of_tester;
  judging->tester_runs += of_tester;
  return (Reading){ of_tester ? (double) NAN : vr_measure_value (judging->spec->measure, sample),
                    sample };
}

/* The greatest of the series' conditions; a peak that may be missing is none. */
static Reading
read_series (Judging *judging, const VrClaimSeries *series, guint block)
{
  Reading greatest = { -INFINITY, NULL };
  for (guint i = 0; i < series->cells->len; i++) {
    const VrSample *sample = find_sample (judging, g_array_index (series->cells, guint, i), block);
    Reading one = { NAN, NULL };
    if (sample != NULL)
      one = read_run (judging, sample);
    if (isnan (one.value) || one.value > greatest.value)
      greatest = isnan (greatest.value) ? greatest : one;
  }
  return greatest;
}

/* Adds the block's samples to all series, or to none. */
static void
add_block (Judging *judging, guint block)
{
  const GPtrArray *all = judging->spec->series;
  g_autofree Reading *readings = g_new (Reading, all->len);
  gboolean is_whole = TRUE;
  for (guint i = 0; i < all->len; i++) {
    readings[i] = read_series (judging, all->pdata[i], block);
    is_whole = is_whole && !isnan (readings[i].value);
  }
  if (!is_whole) {
    judging->left_out++;
    return;
  }
  for (guint i = 0; i < all->len; i++) {
    g_array_append_val ((GArray *) judging->samples->pdata[i], readings[i].value);
    judging->sent[i] += column_of (readings[i].sample, "sent");
    judging->lost[i] += column_of (readings[i].sample, "lost");
  }
}

static void
collect (Judging *judging)
{
  const GPtrArray *all = judging->spec->series;
  judging->labels = g_ptr_array_new_with_free_func (g_free);
  judging->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  judging->sent = g_new0 (double, all->len);
  judging->lost = g_new0 (double, all->len);
  for (guint i = 0; i < all->len; i++) {
    const VrClaimSeries *series = all->pdata[i];
    g_ptr_array_add (judging->labels,
                     g_strdup_printf ("%s=%s", judging->claim->along, series->level));
    g_ptr_array_add (judging->samples, g_array_new (FALSE, FALSE, sizeof (double)));
  }
  for (guint block = 1; block <= judging->of->summary->blocks; block++)
    add_block (judging, block);
}

/* --- What stands against a test -----------------------------------------------------------------
 */

static char *
lack_of (const VrClaimCase *of, const GPtrArray *needs)
{
  char *lack = NULL;
  for (guint i = 0; of->lack != NULL && lack == NULL && i < needs->len; i++)
    lack = of->lack (needs->pdata[i], of->lack_data);
  return lack;
}

static char *
gap_text (const Judging *judging, guint cell)
{
  const VrClaimCase *of = judging->of;
  const VrSummaryCondition *condition = find_condition (of->summary, cell);
  if (condition != NULL && condition->samples->len > 0)
    return NULL;
  g_autoptr (GPtrArray) combinations = vr_combination_list (of->experiment, NULL);
  g_autofree char *label = vr_combination_label (of->experiment, combinations->pdata[cell]);
  if (condition != NULL)
    return g_strdup_printf ("all %u tries of %s failed", condition->failed, label);
  if (of->only == NULL || *of->only == '\0')
    return g_strdup_printf ("%s was not measured yet", label);
  return g_strdup_printf ("%s was not measured: the campaign was run with --only %s", label,
                          of->only);
}

/* The first condition of the claim of which there is no sample, and why; NULL where there is none.
 */
static char *
gap_of (const Judging *judging)
{
  char *gap = NULL;
  for (guint i = 0; gap == NULL && i < judging->spec->series->len; i++) {
    const VrClaimSeries *series = judging->spec->series->pdata[i];
    for (guint k = 0; gap == NULL && k < series->cells->len; k++)
      gap = gap_text (judging, g_array_index (series->cells, guint, k));
  }
  return gap;
}

/* Why there are too few blocks; NULL where there are enough. */
static char *
shortage_of (const Judging *judging)
{
  const GArray *first = judging->samples->pdata[0];
  if (first->len >= 2)
    return NULL;
  char *gap = gap_of (judging);
  if (gap != NULL)
    return gap;
  if (judging->tester_runs > 0)
    return g_strdup_printf ("in %u of %u runs the tester was the limit: it sent less than it was "
                            "asked to, and the router forwarded that",
                            judging->tester_runs, judging->runs);
  return g_strdup_printf ("%u of %u blocks %s a %s of every series: it takes 2", first->len,
                          judging->of->summary->blocks, first->len == 1 ? "has" : "have",
                          judging->claim->measure);
}

/* --- The predicate ------------------------------------------------------------------------------
 */

static VrVerdict
ask (const VrClaimSpec *spec, const VrExperimentClaim *claim, const VrEvidence *evidence,
     char **why)
{
  switch (claim->test) {
  case VR_CLAIM_ORDER:
    return vr_claim_order (evidence, spec->relations, spec->margin, why);
  case VR_CLAIM_RATIO:
    return vr_claim_ratio (evidence, spec->low, spec->high, why);
  case VR_CLAIM_SPREAD:
    return vr_claim_spread (evidence, spec->low, spec->high, why);
  case VR_CLAIM_LINEAR:
    return vr_claim_linear (evidence,
                            &(VrLineWanted){ spec->r_squared, claim->points, claim->to_peak }, why);
  default:
    return vr_claim_plateau (evidence, spec->fall, why);
  }
}

/* The series as the predicate takes them; a ratio of one is that to 1. */
static VrVerdict
test (const Judging *judging, char **why)
{
  const GPtrArray *all = judging->spec->series;
  gsize blocks = ((const GArray *) judging->samples->pdata[0])->len;
  g_autofree VrSeries *series = g_new0 (VrSeries, all->len + 1);
  g_autofree double *ones = g_new (double, blocks);
  for (gsize i = 0; i < blocks; i++)
    ones[i] = 1;
  for (guint i = 0; i < all->len; i++) {
    const VrClaimSeries *one = all->pdata[i];
    const GArray *samples = judging->samples->pdata[i];
    series[i] = (VrSeries){ .label = judging->labels->pdata[i],
                            .x = one->x,
                            .lost = judging->sent[i] > 0 ? judging->lost[i] / judging->sent[i] : 0,
                            .samples = (const double *) (gconstpointer) samples->data };
  }
  series[all->len] = (VrSeries){ .label = "1", .samples = ones };
  gboolean is_alone = judging->claim->test == VR_CLAIM_RATIO && all->len == 1;
  VrEvidence evidence = { .series = series,
                          .count = all->len + (is_alone ? 1 : 0),
                          .blocks = blocks,
                          .confidence = judging->spec->confidence };
  return ask (judging->spec, judging->claim, &evidence, why);
}

/* The figures, and what they are of. */
static char *
sentence (const Judging *judging, const char *figures)
{
  guint blocks = judging->of->summary->blocks;
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s%s: %s (%g %% confidence, %u blocks", judging->claim->measure,
                          judging->claim->peak != NULL ? " at the peak" : "", figures,
                          100 * judging->spec->confidence, blocks - judging->left_out);
  if (judging->left_out > 0)
    g_string_append_printf (text, "; %u more left out, in which a series has no sample",
                            judging->left_out);
  if (judging->tester_runs > 0)
    g_string_append_printf (text,
                            "; in %u of %u runs the tester was the limit: they are no samples",
                            judging->tester_runs, judging->runs);
  if (judging->short_runs > 0)
    g_string_append_printf (text, "; in %u of %u runs the tester did not send as it was asked to",
                            judging->short_runs, judging->runs);
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

static void
judge_samples (const VrClaimCase *of, const VrClaimSpec *spec, VrClaimResult *result)
{
  Judging judging = { .of = of, .claim = result->claim, .spec = spec };
  collect (&judging);
  result->why = shortage_of (&judging);
  if (result->why == NULL) {
    g_autofree char *figures = NULL;
    result->verdict = test (&judging, &figures);
    result->why = sentence (&judging, figures);
  }
  g_ptr_array_unref (judging.labels);
  g_ptr_array_unref (judging.samples);
  g_free (judging.sent);
  g_free (judging.lost);
}

static VrClaimResult *
judge (const VrClaimCase *of, const VrExperimentClaim *claim)
{
  VrClaimResult *result = g_new0 (VrClaimResult, 1);
  result->claim = claim;
  result->verdict = VR_VERDICT_UNTESTED;
  result->why = lack_of (of, of->experiment->needs);
  if (result->why == NULL)
    result->why = lack_of (of, claim->needs);
  result->is_lacking = result->why != NULL;
  if (result->is_lacking)
    return result;
  if (of->summary == NULL) {
    result->why = g_strdup ("not measured");
    return result;
  }
  g_autoptr (VrClaimSpec) spec = vr_claim_spec_new (of->experiment, claim, NULL);
  g_assert (spec != NULL);
  judge_samples (of, spec, result);
  return result;
}

GPtrArray *
vr_claim_judge (const VrClaimCase *of)
{
  GPtrArray *results = g_ptr_array_new_with_free_func (result_free);
  for (guint i = 0; i < of->experiment->claims->len; i++)
    g_ptr_array_add (results, judge (of, of->experiment->claims->pdata[i]));
  return results;
}
