/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <string.h>

static const VrEstimate nothing = { NAN, NAN, NAN };

/* Value ± t · error. */
static VrEstimate
with_student (double value, double error, double freedom, double confidence)
{
  double reach = gsl_cdf_tdist_Pinv (0.5 + confidence / 2, freedom) * error;
  return (VrEstimate){ value, value - reach, value + reach };
}

const char *
vr_statistics_engine (void)
{
  return gsl_version;
}

VrEstimate
vr_statistics_mean (const double *samples, gsize n, double confidence)
{
  if (n == 0)
    return nothing;
  double mean = gsl_stats_mean (samples, 1, n);
  if (n == 1)
    return (VrEstimate){ mean, NAN, NAN };
  double error = gsl_stats_sd_m (samples, 1, n, mean) / sqrt ((double) n);
  return with_student (mean, error, (double) n - 1, confidence);
}

/* --- The bootstrap of a median ------------------------------------------------------------------
 */

/* The sample that a number from [0, 1) picks. */
static double
pick (const double *sorted, gsize n, double number)
{
  return sorted[MIN ((gsize) (number * (double) n), n - 1)];
}

/* The median of a resample, drawn without drawing the others: a resample is n picks by even random
 * numbers, of which the k-th smallest is distributed as Beta (k, n + 1 - k), and the next one,
 * given it, as the smallest of the n - k that are above it. */
static double
resampled_median (gsl_rng *random, const double *sorted, gsize n)
{
  gsize k = (n + 1) / 2;
  double number = gsl_ran_beta (random, (double) k, (double) (n + 1 - k));
  double median = pick (sorted, n, number);
  if (n % 2 == 1)
    return median;
  double next = number + (1 - number) * gsl_ran_beta (random, 1, (double) (n - k));
  return (median + pick (sorted, n, next)) / 2;
}

VrEstimate
vr_statistics_median (const double *samples, gsize n, double confidence, guint64 seed)
{
  if (n == 0)
    return nothing;
  g_autofree double *sorted = g_memdup2 (samples, n * sizeof *samples);
  gsl_sort (sorted, 1, n);
  VrEstimate estimate = { gsl_stats_median_from_sorted_data (sorted, 1, n), NAN, NAN };
  if (n == 1)
    return estimate;
  g_autofree double *medians = g_new (double, VR_STATISTICS_RESAMPLES);
  gsl_rng *random = gsl_rng_alloc (gsl_rng_mt19937);
  gsl_rng_set (random, seed);
  for (gsize i = 0; i < VR_STATISTICS_RESAMPLES; i++)
    medians[i] = resampled_median (random, sorted, n);
  gsl_rng_free (random);
  gsl_sort (medians, 1, VR_STATISTICS_RESAMPLES);
  double tail = (1 - confidence) / 2;
  estimate.low = gsl_stats_quantile_from_sorted_data (medians, 1, VR_STATISTICS_RESAMPLES, tail);
  estimate.high
      = gsl_stats_quantile_from_sorted_data (medians, 1, VR_STATISTICS_RESAMPLES, 1 - tail);
  return estimate;
}

/* --- Two samples --------------------------------------------------------------------------------
 */

VrEstimate
vr_statistics_paired_difference (const double *first, const double *second, gsize n,
                                 double confidence)
{
  g_autofree double *differences = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    differences[i] = first[i] - second[i];
  return vr_statistics_mean (differences, n, confidence);
}

VrEstimate
vr_statistics_paired_ratio (const double *first, const double *second, gsize n, double confidence)
{
  g_autofree double *ratios = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    ratios[i] = first[i] / second[i];
  return vr_statistics_mean (ratios, n, confidence);
}

/* Of the ratio of variances the two bounds are those of the roots of F² - 2 K F + 1, whose product
 * is 1. */
VrEstimate
vr_statistics_paired_spread (const double *first, const double *second, gsize n, double confidence)
{
  double unit = n > 1 ? gsl_stats_sd (second, 1, n) : 0;
  if (unit <= 0)
    return nothing;
  double ratio = gsl_stats_sd (first, 1, n) / unit;
  if (n == 2)
    return (VrEstimate){ ratio, NAN, NAN };
  double r = ratio > 0 ? gsl_stats_correlation (first, 1, second, 1, n) : 0;
  double freedom = (double) n - 2;
  double t = gsl_cdf_tdist_Pinv (0.5 + confidence / 2, freedom);
  double k = 1 + 2 * fmax (1 - r * r, 0) * t * t / freedom;
  double reach = sqrt (k + sqrt (k * k - 1));
  return (VrEstimate){ ratio, ratio / reach, ratio * reach };
}

VrEstimate
vr_statistics_difference (const double *first, gsize first_n, const double *second, gsize second_n,
                          double confidence)
{
  if (first_n == 0 || second_n == 0)
    return nothing;
  double difference = gsl_stats_mean (first, 1, first_n) - gsl_stats_mean (second, 1, second_n);
  if (first_n == 1 || second_n == 1)
    return (VrEstimate){ difference, NAN, NAN };
  double a = gsl_stats_variance (first, 1, first_n) / (double) first_n;
  double b = gsl_stats_variance (second, 1, second_n) / (double) second_n;
  if (a + b == 0)
    return (VrEstimate){ difference, difference, difference };
  double freedom
      = (a + b) * (a + b) / (a * a / (double) (first_n - 1) + b * b / (double) (second_n - 1));
  return with_student (difference, sqrt (a + b), freedom, confidence);
}

VrEstimate
vr_statistics_ratio (const double *first, gsize first_n, const double *second, gsize second_n,
                     double confidence)
{
  double over = first_n > 0 ? gsl_stats_mean (first, 1, first_n) : NAN;
  double under = second_n > 0 ? gsl_stats_mean (second, 1, second_n) : NAN;
  if (isnan (over) || isnan (under) || under == 0)
    return nothing;
  double ratio = over / under;
  if (first_n == 1 || second_n == 1)
    return (VrEstimate){ ratio, NAN, NAN };
  double a = gsl_stats_variance (first, 1, first_n) / (double) first_n;
  double b = gsl_stats_variance (second, 1, second_n) / (double) second_n;
  double scaled = ratio * ratio * b;
  if (a + scaled == 0)
    return (VrEstimate){ ratio, ratio, ratio };
  double freedom = (a + scaled) * (a + scaled)
                   / (a * a / (double) (first_n - 1) + scaled * scaled / (double) (second_n - 1));
  double t = gsl_cdf_tdist_Pinv (0.5 + confidence / 2, freedom);
  double told = under * under - t * t * b;
  if (told <= 0)
    return (VrEstimate){ ratio, NAN, NAN };
  double reach = t * sqrt (over * over * b + a * told);
  return (VrEstimate){ ratio, (over * under - reach) / told, (over * under + reach) / told };
}

/* --- Lines --------------------------------------------------------------------------------------
 */

VrLine
vr_statistics_line (const double *x, const double *y, gsize n, double confidence)
{
  double slope, intercept, cov00, cov01, cov11, residual;
  if (n < 3 || gsl_stats_min (x, 1, n) == gsl_stats_max (x, 1, n))
    return (VrLine){ nothing, nothing, NAN, NAN };
  gsl_fit_linear (x, 1, y, 1, n, &intercept, &slope, &cov00, &cov01, &cov11, &residual);
  double freedom = (double) n - 2, total = gsl_stats_tss (y, 1, n);
  return (VrLine){ .slope = with_student (slope, sqrt (cov11), freedom, confidence),
                   .intercept = with_student (intercept, sqrt (cov00), freedom, confidence),
                   .r_squared = total > 0 ? 1 - residual / total : NAN,
                   .residual_sd = sqrt (residual / freedom) };
}

/* With weights that are right but for a factor, which the residuals give. */
VrLine
vr_statistics_relative_line (const double *x, const double *y, gsize n, double confidence)
{
  double slope, intercept, cov00, cov01, cov11, weighted;
  if (n < 3 || gsl_stats_min (x, 1, n) == gsl_stats_max (x, 1, n))
    return (VrLine){ nothing, nothing, NAN, NAN };
  g_autofree double *weights = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    weights[i] = 1 / (x[i] * x[i]);
  gsl_fit_wlinear (x, 1, weights, 1, y, 1, n, &intercept, &slope, &cov00, &cov01, &cov11,
                   &weighted);
  double freedom = (double) n - 2, total = gsl_stats_wtss (weights, 1, y, 1, n), residual = 0;
  double scale = weighted / freedom;
  for (gsize i = 0; i < n; i++)
    residual += gsl_pow_2 (y[i] - intercept - slope * x[i]);
  return (VrLine){ .slope = with_student (slope, sqrt (cov11 * scale), freedom, confidence),
                   .intercept = with_student (intercept, sqrt (cov00 * scale), freedom, confidence),
                   .r_squared = total > 0 ? 1 - weighted / total : NAN,
                   .residual_sd = sqrt (residual / freedom) };
}
