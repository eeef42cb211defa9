/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates of samples, with intervals. Nothing is left out as an outlier. */
#pragma once

#include <glib.h>

/* An estimate and the bounds within which the true value lies with the confidence asked for. Where
 * the samples are too few for an interval, the bounds are not numbers (isnan()); where there is no
 * sample, nor is the value. */
typedef struct {
  double value, low, high;
} VrEstimate;

/* `confidence` is everywhere within (0, 1), such as 0.99; samples are finite. */

/* The version of GSL. */
const char *vr_statistics_engine (void);

/* The mean, with Student's interval: mean ± t(n - 1) · s / √n, of 2 samples or more (Student, The
 * probable error of a mean, Biometrika 6, 1908). */
VrEstimate vr_statistics_mean (const double *samples, gsize n, double confidence);

/* The median, with the percentile interval of the bootstrap (Efron, Bootstrap methods: another look
 * at the jackknife, Annals of Statistics 7, 1979) over VR_STATISTICS_RESAMPLES resamples, the same
 * for the same seed; of 2 samples or more. */
#define VR_STATISTICS_RESAMPLES 10000
VrEstimate vr_statistics_median (const double *samples, gsize n, double confidence, guint64 seed);

/* Of pairs measured one after the other: the mean of first - second, as vr_statistics_mean(). */
VrEstimate vr_statistics_paired_difference (const double *first, const double *second, gsize n,
                                            double confidence);
/* The same of first / second; no second is 0. */
VrEstimate vr_statistics_paired_ratio (const double *first, const double *second, gsize n,
                                       double confidence);

/* Of the same pairs: the standard deviation of the first over that of the second. What changes both
 * of a pair alike does not blur it: the interval has all ratios k for which first - k · second and
 * first + k · second are not shown to be correlated (Pitman, A note on normal correlation, and
 * Morgan, A test for the significance of the difference between the two variances in a sample from
 * a normal bivariate population, both Biometrika 31, 1939). Of 3 samples or more; no value where
 * the second ones are all the same. */
VrEstimate vr_statistics_paired_spread (const double *first, const double *second, gsize n,
                                        double confidence);

/* Of two samples without pairs: the difference of their means, with the interval of Welch (The
 * generalization of Student's problem when several different population variances are involved,
 * Biometrika 34, 1947), of 2 samples or more each. */
VrEstimate vr_statistics_difference (const double *first, gsize first_n, const double *second,
                                     gsize second_n, double confidence);

/* Of two samples without pairs: the mean of the first over that of the second, with the interval of
 * Fieller (Some problems in interval estimation, Journal of the Royal Statistical Society B 16,
 * 1954): all ratios r for which the mean of first - r · second is not told from 0, here with
 * Welch's degrees of freedom at the ratio that was measured (Tamhane and Logan, Finding the maximum
 * safe dose level for heteroscedastic data, Journal of Biopharmaceutical Statistics 14, 2004). Of 2
 * samples or more each; no bounds where the second mean itself is not told from 0, and no value
 * where it is 0. */
VrEstimate vr_statistics_ratio (const double *first, gsize first_n, const double *second,
                                gsize second_n, double confidence);

/* A line by least squares. */
typedef struct {
  VrEstimate slope, intercept; /* with Student's intervals of n - 2 degrees of freedom */
  double r_squared;            /* 1 - residual / total sum of squares; NaN where y is constant */
  double residual_sd;          /* √(residual sum of squares / (n - 2)) */
} VrLine;

/* Of 3 points or more with at least two values of x; else all of it is not a number. */
VrLine vr_statistics_line (const double *x, const double *y, gsize n, double confidence);

/* The same where what y is off by grows with x, which is above 0: each point has the weight 1/x²,
 * so that one is as near to the line at small values as at large ones, in proportion (Aitken, On
 * least squares and linear combination of observations, Proceedings of the Royal Society of
 * Edinburgh 55, 1936). Intervals and r_squared are of the weighted points; residual_sd is not. */
VrLine vr_statistics_relative_line (const double *x, const double *y, gsize n, double confidence);
