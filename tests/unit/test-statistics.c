/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics against published values. */
#include <math.h>

#include "campaign/vr-statistics.h"

#define assert_near(a, b, reach) g_assert_cmpfloat_with_epsilon (a, b, reach)

/* NIST Statistical Reference Datasets, "Michelson": speed of light less 299 km/ms, in m/ms. */
static const double michelson[]
    = { 850,  740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000,
        1000, 960, 960, 960,  940, 960, 940, 880, 800, 850, 880,  900, 840, 830, 790, 810, 880,
        880,  830, 800, 790,  760, 800, 880, 880, 880, 860, 720,  720, 620, 860, 970, 950, 880,
        910,  850, 870, 840,  840, 850, 840, 840, 840, 890, 810,  810, 820, 800, 770, 760, 740,
        750,  760, 910, 920,  890, 860, 880, 720, 840, 850, 850,  780, 890, 840, 780, 810, 760,
        810,  790, 810, 820,  850, 870, 870, 810, 740, 810, 940,  950, 800, 810, 870 };

/* Certified: mean 299.852400, standard deviation 0.0790105478190518; t(99) at 97.5 % is 1.98421695
 * (any table of Student's distribution has 1.984). */
static void
test_mean (void)
{
  VrEstimate mean = vr_statistics_mean (michelson, G_N_ELEMENTS (michelson), 0.95);
  assert_near (mean.value, 852.4, 1e-9);
  assert_near (mean.high - mean.value, 1.98421695 * 79.0105478190518 / 10, 1e-5);
  assert_near (mean.value - mean.low, mean.high - mean.value, 1e-9);
  static const double few[] = { 1, 2, 3 };
  /* t(2) at 99.5 % is 9.92484. */
  assert_near (vr_statistics_mean (few, 3, 0.99).high, 2 + 9.92484 / sqrt (3), 1e-5);
}

static void
test_too_few (void)
{
  static const double one = 5;
  VrEstimate mean = vr_statistics_mean (&one, 1, 0.95);
  g_assert_cmpfloat (mean.value, ==, 5);
  g_assert_true (isnan (mean.low) && isnan (mean.high));
  VrEstimate median = vr_statistics_median (&one, 1, 0.95, 1);
  g_assert_cmpfloat (median.value, ==, 5);
  g_assert_true (isnan (median.low) && isnan (median.high));
  g_assert_true (isnan (vr_statistics_mean (NULL, 0, 0.95).value));
  g_assert_true (isnan (vr_statistics_median (NULL, 0, 0.95, 1).value));
  g_assert_true (isnan (vr_statistics_difference (&one, 1, NULL, 0, 0.95).value));
  g_assert_true (isnan (vr_statistics_difference (&one, 1, &one, 1, 0.95).low));
  static const double two[] = { 1, 2 };
  g_assert_true (isnan (vr_statistics_paired_spread (&one, &one, 1, 0.95).value));
  g_assert_cmpfloat (vr_statistics_paired_spread (two, two, 2, 0.95).value, ==, 1);
  g_assert_true (isnan (vr_statistics_paired_spread (two, two, 2, 0.95).high));
}

/* Student's own example (1908): hours of sleep won by two drugs. R's manual of t.test() has, for
 * its dataset `sleep`, the intervals 0.7001142 to 2.4598858 in pairs, and -0.2054832 to 3.3654832
 * without. */
static void
test_two_samples (void)
{
  static const double first[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 };
  static const double second[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };
  VrEstimate paired = vr_statistics_paired_difference (second, first, 10, 0.95);
  assert_near (paired.value, 1.58, 1e-12);
  assert_near (paired.low, 0.7001142, 1e-7);
  assert_near (paired.high, 2.4598858, 1e-7);
  VrEstimate welch = vr_statistics_difference (second, 10, first, 10, 0.95);
  assert_near (welch.value, 1.58, 1e-12);
  assert_near (welch.low, -0.2054832, 1e-7);
  assert_near (welch.high, 3.3654832, 1e-7);
}

static void
test_ratio (void)
{
  static const double first[] = { 10, 30, 22 }, second[] = { 10, 20, 11 };
  VrEstimate ratio = vr_statistics_paired_ratio (first, second, 3, 0.95);
  /* Of 1, 1.5 and 2: the mean 1.5, s 0.5, t(2) at 97.5 % 4.302653. */
  assert_near (ratio.value, 1.5, 1e-12);
  assert_near (ratio.low, 1.5 - 4.302653 * 0.5 / sqrt (3), 1e-6);
}

/* That correlation of first - k · second and first + k · second, as Student's t. */
static double
spread_t (const double *first, const double *second, gsize n, double k)
{
  g_autofree double *less = g_new (double, n), *more = g_new (double, n);
  double less_mean = 0, more_mean = 0, less_less = 0, more_more = 0, less_more = 0;
  for (gsize i = 0; i < n; i++) {
    less_mean += (less[i] = first[i] - k * second[i]) / (double) n;
    more_mean += (more[i] = first[i] + k * second[i]) / (double) n;
  }
  for (gsize i = 0; i < n; i++) {
    less_less += pow (less[i] - less_mean, 2);
    more_more += pow (more[i] - more_mean, 2);
    less_more += (less[i] - less_mean) * (more[i] - more_mean);
  }
  double r = less_more / sqrt (less_less * more_more);
  return r * sqrt (((double) n - 2) / (1 - r * r));
}

/* Student's drugs again: t(8) at 97.5 % is 2.306004. The bounds are where the definition has them.
 */
static void
test_spread (void)
{
  static const double first[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 };
  static const double second[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };
  VrEstimate spread = vr_statistics_paired_spread (first, second, 10, 0.95);
  /* R's var(): 3.200556 and 4.009000. */
  assert_near (spread.value, sqrt (3.200556 / 4.009), 1e-6);
  assert_near (spread_t (first, second, 10, spread.low), 2.306004, 1e-5);
  assert_near (spread_t (first, second, 10, spread.high), -2.306004, 1e-5);
  VrEstimate inverse = vr_statistics_paired_spread (second, first, 10, 0.95);
  assert_near (inverse.low, 1 / spread.high, 1e-9);
}

/* An example of R's package PairedData: pitman.morgan.test() has p = 0.0002258 for these, and so an
 * interval of that confidence ends at 1. */
static void
test_spread_published (void)
{
  static const double morning[] = { 10.8, 11.0, 10.4, 10.3, 11.3, 10.2, 11.1 };
  static const double evening[] = { 10.8, 10.6, 11, 10.9, 10.9, 10.7, 1.8 };
  assert_near (vr_statistics_paired_spread (morning, evening, 7, 1 - 0.0002258).high, 1, 1e-4);
  assert_near (vr_statistics_paired_spread (evening, morning, 7, 1 - 0.0002258).low, 1, 1e-4);
}

static void
test_same_samples (void)
{
  static const double same[] = { 7, 7, 7 };
  VrEstimate mean = vr_statistics_mean (same, 3, 0.99);
  g_assert_cmpfloat (mean.low, ==, 7);
  g_assert_cmpfloat (mean.high, ==, 7);
  VrEstimate difference = vr_statistics_difference (same, 3, same, 3, 0.99);
  g_assert_cmpfloat (difference.low, ==, 0);
  g_assert_cmpfloat (difference.high, ==, 0);
}

/* The sum of binomial (n, i) p^i (1 - p)^(n - i) for i from `least` to n. */
static double
binomial_tail (guint n, guint least, double p)
{
  double sum = 0;
  for (guint i = least; i <= n; i++)
    sum += exp (lgamma (n + 1.) - lgamma (i + 1.) - lgamma (n - i + 1.)) * pow (p, i)
           * pow (1 - p, n - i);
  return sum;
}

/* The treated mice of Efron and Tibshirani (An Introduction to the Bootstrap, 1993, table 2.1), of
 * which the exact distribution is known: the median of a resample of 7 is at most the k-th sample
 * with the probability that 4 or more of 7 picks are among the first k (Efron, 1979, section 3). */
static void
test_median (void)
{
  static const double mice[] = { 94, 197, 16, 38, 99, 141, 23 };
  static const double sorted[] = { 16, 23, 38, 94, 99, 141, 197 };
  static const double confidences[] = { 0.5, 0.8, 0.95, 0.99 };
  for (guint i = 0; i < G_N_ELEMENTS (confidences); i++) {
    double tail = (1 - confidences[i]) / 2;
    guint low = 0, high = 0;
    while (binomial_tail (7, 4, (low + 1) / 7.) < tail)
      low++;
    while (binomial_tail (7, 4, (high + 1) / 7.) < 1 - tail)
      high++;
    for (guint64 seed = 1; seed <= 5; seed++) {
      VrEstimate median = vr_statistics_median (mice, 7, confidences[i], seed);
      g_assert_cmpfloat (median.value, ==, 94);
      g_assert_cmpfloat (median.low, ==, sorted[low]);
      g_assert_cmpfloat (median.high, ==, sorted[high]);
    }
  }
}

/* Of an even number, against resamples that are really drawn. */
static void
test_even_median (void)
{
  static const double samples[] = { 1, 2, 4, 8, 16, 32 };
  enum { RESAMPLES = 20000 };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autofree double *medians = g_new (double, RESAMPLES);
  double below = 0, drawn_below = 0;
  for (guint r = 0; r < RESAMPLES; r++) {
    double drawn[6];
    for (guint i = 0; i < 6; i++) {
      double one = samples[g_rand_int_range (random, 0, 6)];
      guint place = i;
      for (; place > 0 && drawn[place - 1] > one; place--)
        drawn[place] = drawn[place - 1];
      drawn[place] = one;
    }
    medians[r] = (drawn[2] + drawn[3]) / 2;
  }
  for (double confidence = 0.1; confidence < 0.95; confidence += 0.2) {
    VrEstimate median = vr_statistics_median (samples, 6, confidence, 3);
    g_assert_cmpfloat (median.value, ==, 6);
    for (guint r = 0; r < RESAMPLES; r++) {
      drawn_below += medians[r] < median.low;
      below += medians[r] <= median.low;
    }
    /* The tail asked for lies between what is below the bound and what is not above it, but for the
     * chance in both: four standard deviations of a share of 0.25 of 10,000 are 0.017. */
    g_assert_cmpfloat (drawn_below / RESAMPLES, <=, (1 - confidence) / 2 + 0.02);
    g_assert_cmpfloat (below / RESAMPLES, >=, (1 - confidence) / 2 - 0.02);
    below = drawn_below = 0;
  }
}

static void
test_median_seed (void)
{
  VrEstimate one = vr_statistics_median (michelson, G_N_ELEMENTS (michelson), 0.99, 7);
  VrEstimate same = vr_statistics_median (michelson, G_N_ELEMENTS (michelson), 0.99, 7);
  g_assert_cmpfloat (one.value, ==, 850); /* NIST: 299.850 */
  g_assert_cmpfloat (one.low, ==, same.low);
  g_assert_cmpfloat (one.high, ==, same.high);
  g_assert_cmpfloat (one.low, <, one.value);
}

/* NIST Statistical Reference Datasets, "Norris": the ozone monitor's reading on the customer's. */
static void
test_line (void)
{
  static const double x[]
      = { 0.2, 337.4, 118.2, 884.6, 10.1,  226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4,
          0.6, 775.5, 666.9, 338.0, 447.5, 11.6,  556.0, 228.1, 995.8, 887.6, 120.2, 0.3,
          0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1,  118.3, 229.2, 669.1, 448.9, 0.5 };
  static const double y[]
      = { 0.1, 338.8, 118.1, 888.0, 9.2,   228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3,
          0.1, 778.1, 668.8, 339.3, 448.9, 10.8,  557.7, 228.3, 998.0, 888.8, 119.6, 0.3,
          0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2,  117.6, 228.9, 668.4, 449.2, 0.2 };
  VrLine line = vr_statistics_line (x, y, G_N_ELEMENTS (x), 0.95);
  assert_near (line.intercept.value, -0.262323073774029, 1e-12);
  assert_near (line.slope.value, 1.00211681802045, 1e-13);
  assert_near (line.r_squared, 0.999993745883712, 1e-14);
  assert_near (line.residual_sd, 0.884796396144373, 1e-11);
  /* t(34) at 97.5 % is 2.0322445. */
  assert_near (line.intercept.high - line.intercept.value, 2.0322445 * 0.232818234301152, 1e-6);
  assert_near (line.slope.high - line.slope.value, 2.0322445 * 0.429796848199937e-3, 1e-9);
}

/* y / x of the same pairs over 1 / x, by ordinary least squares, has the same coefficients the
 * other way round. */
static void
test_relative_line (void)
{
  static const double x[] = { 0.05, 0.05, 0.1, 0.1, 0.2, 0.2, 0.4, 0.4, 0.8, 0.8 };
  static const double y[] = { 1020, 980, 3100, 2950, 7700, 8250, 18200, 16800, 36500, 38900 };
  double inverse[G_N_ELEMENTS (x)], ratio[G_N_ELEMENTS (x)];
  for (guint i = 0; i < G_N_ELEMENTS (x); i++) {
    inverse[i] = 1 / x[i];
    ratio[i] = y[i] / x[i];
  }
  VrLine line = vr_statistics_relative_line (x, y, G_N_ELEMENTS (x), 0.95);
  VrLine turned = vr_statistics_line (inverse, ratio, G_N_ELEMENTS (x), 0.95);
  assert_near (line.intercept.value, turned.slope.value, 1e-6);
  assert_near (line.intercept.low, turned.slope.low, 1e-6);
  assert_near (line.intercept.high, turned.slope.high, 1e-6);
  assert_near (line.slope.value, turned.intercept.value, 1e-6);
  assert_near (line.slope.low, turned.intercept.low, 1e-6);
  assert_near (line.slope.high, turned.intercept.high, 1e-6);
  g_assert_cmpfloat (line.r_squared, >, 0.99);
  /* The least point is met within a few per cent of its own. */
  assert_near (line.intercept.value + line.slope.value * 0.05, 1000, 100);
  VrLine plain = vr_statistics_line (x, y, G_N_ELEMENTS (x), 0.95);
  g_assert_cmpfloat (fabs (plain.intercept.value + plain.slope.value * 0.05 - 1000), >, 100);
  assert_near (line.residual_sd, 1000, 500);
}

static void
test_no_line (void)
{
  static const double x[] = { 1, 1, 1 }, y[] = { 1, 2, 3 }, rising[] = { 1, 2, 3 };
  g_assert_true (isnan (vr_statistics_line (x, y, 3, 0.95).slope.value));
  g_assert_true (isnan (vr_statistics_line (rising, y, 2, 0.95).slope.value));
  g_assert_true (isnan (vr_statistics_relative_line (x, y, 3, 0.95).slope.value));
  g_assert_true (isnan (vr_statistics_relative_line (rising, y, 2, 0.95).slope.value));
  g_assert_true (isnan (vr_statistics_line (rising, x, 3, 0.95).r_squared));
  g_assert_cmpfloat (vr_statistics_line (rising, x, 3, 0.95).slope.value, ==, 0);
}

/* The bounds are where Welch's test just tells the means apart: |first - r · second| is t standard
 * errors. Of equal variances and sizes t has 2 (n - 1) = 4 degrees of freedom: 2.776445. */
static void
test_ratio_of_means (void)
{
  static const double first[] = { 99, 100, 101 }, second[] = { 98.9, 100.1, 101 };
  static const double fixed[] = { 50, 50, 50 }, none[] = { -1, 0, 1 }, wild[] = { -10, 1, 12 };
  static const double t_4 = 2.776445105, t_2 = 4.302652730;
  VrEstimate ratio = vr_statistics_ratio (first, 3, first, 3, 0.95);
  double bounds[] = { ratio.low, ratio.high };
  g_assert_cmpfloat (ratio.value, ==, 1);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpfloat_with_epsilon (fabs (100 - bounds[i] * 100),
                                    t_4 * sqrt ((1 + bounds[i] * bounds[i]) / 3), 1e-6);
  g_assert_cmpfloat (ratio.low, <, 1);
  g_assert_cmpfloat (ratio.high, >, 1);
  /* Over what does not vary it is Student's interval of the mean, divided. */
  ratio = vr_statistics_ratio (first, 3, fixed, 3, 0.95);
  g_assert_cmpfloat (ratio.value, ==, 2);
  g_assert_cmpfloat_with_epsilon (ratio.high, 2 + t_2 / sqrt (3) / 50, 1e-7);
  g_assert_cmpfloat_with_epsilon (ratio.low, 2 - t_2 / sqrt (3) / 50, 1e-7);
  /* And a ratio and its inverse have inverse bounds. */
  ratio = vr_statistics_ratio (first, 3, second, 3, 0.9);
  VrEstimate inverse = vr_statistics_ratio (second, 3, first, 3, 0.9);
  g_assert_cmpfloat_with_epsilon (ratio.low, 1 / inverse.high, 1e-12);
  ratio = vr_statistics_ratio (fixed, 3, fixed, 2, 0.95);
  g_assert_true (ratio.value == 1 && ratio.low == 1 && ratio.high == 1);
  g_assert_true (isnan (vr_statistics_ratio (first, 3, none, 3, 0.95).value));
  g_assert_true (isnan (vr_statistics_ratio (first, 0, second, 3, 0.95).value));
  g_assert_true (isnan (vr_statistics_ratio (first, 1, second, 3, 0.95).low));
  ratio = vr_statistics_ratio (first, 3, wild, 3, 0.95);
  g_assert_true (ratio.value > 0 && isnan (ratio.low) && isnan (ratio.high));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/statistics/mean", test_mean);
  g_test_add_func ("/statistics/too-few", test_too_few);
  g_test_add_func ("/statistics/two-samples", test_two_samples);
  g_test_add_func ("/statistics/ratio", test_ratio);
  g_test_add_func ("/statistics/spread", test_spread);
  g_test_add_func ("/statistics/spread-published", test_spread_published);
  g_test_add_func ("/statistics/same-samples", test_same_samples);
  g_test_add_func ("/statistics/median", test_median);
  g_test_add_func ("/statistics/even-median", test_even_median);
  g_test_add_func ("/statistics/median-seed", test_median_seed);
  g_test_add_func ("/statistics/line", test_line);
  g_test_add_func ("/statistics/relative-line", test_relative_line);
  g_test_add_func ("/statistics/no-line", test_no_line);
  g_test_add_func ("/statistics/ratio-of-means", test_ratio_of_means);
  return g_test_run ();
}
