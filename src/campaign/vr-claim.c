/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-claim.h"

#include <math.h>

#include "campaign/vr-statistics.h"

#define PEAK_SHARE 0.98

const char *
vr_verdict_name (VrVerdict verdict)
{
  static const char *const names[] = { [VR_VERDICT_HOLDS] = "holds",
                                       [VR_VERDICT_NOT_SHOWN] = "not shown",
                                       [VR_VERDICT_UNTESTED] = "cannot be tested",
                                       [VR_VERDICT_DOES_NOT_HOLD] = "does not hold" };
  return names[verdict];
}

/* Of an interval. One that is partly where it may not be is no evidence against the claim either,
 * and says so. */
static VrVerdict
verdict_of_interval (gboolean all_within, gboolean part_within, GString *why)
{
  if (all_within)
    return VR_VERDICT_HOLDS;
  if (!part_within)
    return VR_VERDICT_DOES_NOT_HOLD;
  g_string_append (why, ": not shown either way");
  return VR_VERDICT_NOT_SHOWN;
}

static VrVerdict
verdict_of_range (VrEstimate found, double low, double high, GString *why)
{
  return verdict_of_interval (found.low >= low && found.high <= high,
                              found.high >= low && found.low <= high, why);
}

#define BLOCKS_LEAST 2
#define SPREAD_BLOCKS_LEAST 3

/* Whether there is enough to ask a predicate of; says what is missing. */
static gboolean
is_enough (const VrEvidence *evidence, guint least, guint blocks_least, GString *why)
{
  if (evidence->count < least)
    g_string_append_printf (why, "%u conditions were measured: it takes %u", evidence->count,
                            least);
  else if (evidence->blocks < blocks_least)
    g_string_append_printf (why, "%" G_GSIZE_FORMAT " repetitions were measured: it takes %u",
                            evidence->blocks, blocks_least);
  else
    return TRUE;
  return FALSE;
}

/* A ratio asks for a divisor that is not 0 in any block. */
static gboolean
is_divisor (const VrEvidence *evidence, const VrSeries *series, GString *why)
{
  for (gsize i = 0; i < evidence->blocks; i++)
    if (series->samples[i] == 0) {
      g_string_append_printf (why, "%s is 0 in repetition %" G_GSIZE_FORMAT, series->label, i + 1);
      return FALSE;
    }
  return TRUE;
}

static void
append_separator (GString *why)
{
  if (why->len > 0)
    g_string_append (why, "; ");
}

static VrEstimate
ratio_of (const VrEvidence *evidence, const VrSeries *first, const VrSeries *second)
{
  return vr_statistics_paired_ratio (first->samples, second->samples, evidence->blocks,
                                     evidence->confidence);
}

static double
mean_of (const VrEvidence *evidence, guint i)
{
  return vr_statistics_mean (evidence->series[i].samples, evidence->blocks, evidence->confidence)
      .value;
}

/* --- Order --------------------------------------------------------------------------------------
 */

static VrVerdict
compare (const VrEvidence *evidence, guint i, VrRelation relation, double margin, GString *why)
{
  const VrSeries *first = &evidence->series[i], *second = &evidence->series[i + 1];
  append_separator (why);
  if (relation == VR_RELATION_ABOVE) {
    VrEstimate difference = vr_statistics_paired_difference (
        first->samples, second->samples, evidence->blocks, evidence->confidence);
    g_string_append_printf (why, "%s - %s = %.6g (%.6g to %.6g), wanted above 0", first->label,
                            second->label, difference.value, difference.low, difference.high);
    return verdict_of_interval (difference.low > 0, difference.high > 0, why);
  }
  if (!is_divisor (evidence, second, why))
    return VR_VERDICT_UNTESTED;
  VrEstimate ratio = ratio_of (evidence, first, second);
  gboolean about_equal = relation == VR_RELATION_ABOUT_EQUAL;
  g_string_append_printf (why, "%s / %s = %.4g (%.4g to %.4g), wanted at least %.4g", first->label,
                          second->label, ratio.value, ratio.low, ratio.high, 1 - margin);
  if (about_equal)
    g_string_append_printf (why, " and at most %.4g", 1 + margin);
  return verdict_of_range (ratio, 1 - margin, about_equal ? 1 + margin : INFINITY, why);
}

VrVerdict
vr_claim_order (const VrEvidence *evidence, const VrRelation *relations, double margin, char **why)
{
  GString *text = g_string_new (NULL);
  VrVerdict verdict = VR_VERDICT_UNTESTED;
  if (is_enough (evidence, 2, BLOCKS_LEAST, text)) {
    verdict = VR_VERDICT_HOLDS;
    for (guint i = 0; i + 1 < evidence->count; i++) {
      VrVerdict one = compare (evidence, i, relations[i], margin, text);
      verdict = MAX (verdict, one);
    }
  }
  *why = g_string_free (text, FALSE);
  return verdict;
}

VrVerdict
vr_claim_ratio (const VrEvidence *evidence, double low, double high, char **why)
{
  GString *text = g_string_new (NULL);
  VrVerdict verdict = VR_VERDICT_UNTESTED;
  if (is_enough (evidence, 2, BLOCKS_LEAST, text)
      && is_divisor (evidence, &evidence->series[1], text)) {
    VrEstimate ratio = ratio_of (evidence, &evidence->series[0], &evidence->series[1]);
    g_string_append_printf (text, "%s / %s = %.4g (%.4g to %.4g), wanted %.4g to %.4g",
                            evidence->series[0].label, evidence->series[1].label, ratio.value,
                            ratio.low, ratio.high, low, high);
    verdict = verdict_of_range (ratio, low, high, text);
  }
  *why = g_string_free (text, FALSE);
  return verdict;
}

/* A series whose samples are all the same has no spread to measure another's by. */
VrVerdict
vr_claim_spread (const VrEvidence *evidence, double low, double high, char **why)
{
  GString *text = g_string_new (NULL);
  VrVerdict verdict = VR_VERDICT_UNTESTED;
  if (is_enough (evidence, 2, SPREAD_BLOCKS_LEAST, text)) {
    const VrSeries *first = &evidence->series[0], *second = &evidence->series[1];
    VrEstimate ratio = vr_statistics_paired_spread (first->samples, second->samples,
                                                    evidence->blocks, evidence->confidence);
    if (isnan (ratio.value)) {
      g_string_append_printf (text, "all repetitions of %s are alike", second->label);
    } else {
      g_string_append_printf (text, "spread of %s / %s = %.4g (%.4g to %.4g), wanted %.4g to %.4g",
                              first->label, second->label, ratio.value, ratio.low, ratio.high, low,
                              high);
      verdict = verdict_of_range (ratio, low, high, text);
    }
  }
  *why = g_string_free (text, FALSE);
  return verdict;
}

/* --- Sweeps -------------------------------------------------------------------------------------
 */

static guint
peak_of (const double *means, guint count)
{
  guint peak = 0;
  for (guint i = 1; i < count; i++)
    if (means[i] > means[peak])
      peak = i;
  return peak;
}

static double *
means_of (const VrEvidence *evidence)
{
  double *means = g_new (double, evidence->count);
  for (guint i = 0; i < evidence->count; i++)
    means[i] = mean_of (evidence, i);
  return means;
}

/* How many points the line goes over; x becomes where they are. */
static guint
points_of (const VrEvidence *evidence, const double *means, gboolean to_peak, double *x)
{
  double enough = PEAK_SHARE * means[peak_of (means, evidence->count)];
  guint count = evidence->count;
  for (guint i = 0; i < evidence->count; i++) {
    x[i] = evidence->series[i].x;
    if (to_peak && count == evidence->count && means[i] >= enough)
      count = i + 1;
  }
  return count;
}

static VrVerdict
judge_line (const VrLine *line, guint count, const VrLineWanted *wanted, GString *why)
{
  if (isnan (line->r_squared)) {
    g_string_append_printf (why, "no line goes through %u points", count);
    return VR_VERDICT_UNTESTED;
  }
  g_string_append_printf (why,
                          "R² = %.4g over %u points, wanted %.4g; intercept %.6g (%.6g to %.6g); "
                          "slope %.6g (%.6g to %.6g), wanted above 0",
                          line->r_squared, count, wanted->r_squared, line->intercept.value,
                          line->intercept.low, line->intercept.high, line->slope.value,
                          line->slope.low, line->slope.high);
  VrVerdict rises = verdict_of_interval (line->slope.low > 0, line->slope.high > 0, why);
  return line->r_squared >= wanted->r_squared ? rises : VR_VERDICT_DOES_NOT_HOLD;
}

VrVerdict
vr_claim_linear (const VrEvidence *evidence, const VrLineWanted *wanted, char **why)
{
  GString *text = g_string_new (NULL);
  VrVerdict verdict = VR_VERDICT_UNTESTED;
  if (is_enough (evidence, wanted->points, BLOCKS_LEAST, text)) {
    g_autofree double *x = g_new (double, evidence->count), *means = means_of (evidence);
    guint count = points_of (evidence, means, wanted->to_peak, x);
    if (count < wanted->points) {
      g_string_append_printf (text, "%u points lead up to the peak, at %s: it takes %u", count,
                              evidence->series[count - 1].label, wanted->points);
    } else {
      VrLine line = vr_statistics_line (x, means, count, evidence->confidence);
      verdict = judge_line (&line, count, wanted, text);
    }
  }
  *why = g_string_free (text, FALSE);
  return verdict;
}

/* The first series in overload; their number where there is none, and says so. */
static guint
find_overload (const VrEvidence *evidence, GString *why)
{
  double most = 0;
  for (guint i = 0; i < evidence->count; i++) {
    if (evidence->series[i].lost > VR_CLAIM_OVERLOAD)
      return i;
    most = MAX (most, evidence->series[i].lost);
  }
  g_string_append_printf (why,
                          "nothing was measured in overload: of what was sent %.2g %% was lost at "
                          "most, and overload is above %g %%",
                          100 * most, 100 * VR_CLAIM_OVERLOAD);
  return evidence->count;
}

/* A series in overload against the greatest mean before it. */
static VrVerdict
compare_to_top (const VrEvidence *evidence, const VrSeries *series, const VrSeries *top,
                double least, GString *why)
{
  append_separator (why);
  if (!is_divisor (evidence, top, why))
    return VR_VERDICT_UNTESTED;
  VrEstimate ratio = ratio_of (evidence, series, top);
  g_string_append_printf (why, "%s / %s = %.4g (%.4g to %.4g), wanted at least %.4g", series->label,
                          top->label, ratio.value, ratio.low, ratio.high, least);
  return verdict_of_range (ratio, least, INFINITY, why);
}

VrVerdict
vr_claim_plateau (const VrEvidence *evidence, double fall, char **why)
{
  GString *text = g_string_new (NULL);
  VrVerdict verdict = VR_VERDICT_UNTESTED;
  guint overload;
  if (is_enough (evidence, 3, BLOCKS_LEAST, text)
      && (overload = find_overload (evidence, text)) < evidence->count) {
    g_autofree double *means = means_of (evidence);
    verdict = VR_VERDICT_HOLDS;
    for (guint i = MAX (overload, 1); i < evidence->count; i++) {
      const VrSeries *top = &evidence->series[peak_of (means, i)];
      VrVerdict one = compare_to_top (evidence, &evidence->series[i], top, 1 - fall, text);
      verdict = MAX (verdict, one);
    }
  }
  *why = g_string_free (text, FALSE);
  return verdict;
}
