/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims on made-up data: each predicate holds where it must, and fails where it must. */
#include "campaign/vr-claim.h"

#include <string.h>

#define NOT_SHOWN ": not shown either way"

enum { BLOCKS = 5, SERIES_MAX = 8 };

typedef struct {
  double samples[SERIES_MAX][BLOCKS];
  VrSeries series[SERIES_MAX];
  VrEvidence evidence;
} Fixture;

/* Series of these means at x = 1, 2, …; block b of all of them is off by the same drift, and each
 * sample by its own noise of at most `noise`. */
static void
make_up (Fixture *f, const double *means, guint count, double noise)
{
  static const char *const labels[SERIES_MAX] = { "a", "b", "c", "d", "e", "f", "g", "h" };
  static const double drift[BLOCKS] = { 0, 12, -20, 7, -3 };
  static const double own[BLOCKS] = { 0.9, -0.4, 0.1, -1, 0.4 };
  g_assert_cmpuint (count, <=, SERIES_MAX);
  for (guint s = 0; s < count; s++) {
    for (guint b = 0; b < BLOCKS; b++)
      f->samples[s][b] = means[s] + drift[b] + noise * own[(b + s) % BLOCKS];
    f->series[s] = (VrSeries){ .label = labels[s], .x = s + 1, .samples = f->samples[s] };
  }
  f->evidence = (VrEvidence){ f->series, count, BLOCKS, 0.95 };
}

static void
assert_verdict (VrVerdict verdict, VrVerdict wanted, char *why, const char *says)
{
  g_assert_cmpstr (vr_verdict_name (verdict), ==, vr_verdict_name (wanted));
  if (strstr (why, says) == NULL)
    g_error ("\"%s\" does not say \"%s\"", why, says);
  g_free (why);
}

static void
check_order (const double *means, guint count, double noise, VrRelation relation, double margin,
             VrVerdict wanted, const char *says)
{
  Fixture f;
  VrRelation relations[SERIES_MAX];
  char *why;
  for (guint i = 0; i < SERIES_MAX; i++)
    relations[i] = relation;
  make_up (&f, means, count, noise);
  VrVerdict verdict = vr_claim_order (&f.evidence, relations, margin, &why);
  assert_verdict (verdict, wanted, why, says);
}

/* A comparison is told once. */
static void
test_sentence (void)
{
  static const double means[] = { 1020, 1000 };
  static const VrRelation above = VR_RELATION_ABOVE;
  Fixture f;
  g_autofree char *why = NULL;
  make_up (&f, means, 2, 2);
  g_assert_cmpint (vr_claim_order (&f.evidence, &above, 0, &why), ==, VR_VERDICT_HOLDS);
  g_assert_null (strchr (why, ';'));
}

static void
test_above (void)
{
  static const double falling[] = { 1020, 1010, 1000 }, swapped[] = { 1020, 1000, 1010 };
  check_order (falling, 3, 2, VR_RELATION_ABOVE, 0, VR_VERDICT_HOLDS, "a - b = 1");
  check_order (swapped, 3, 2, VR_RELATION_ABOVE, 0, VR_VERDICT_DOES_NOT_HOLD, "b - c = -1");
  /* Right in the mean, and not shown. */
  check_order (falling, 3, 60, VR_RELATION_ABOVE, 0, VR_VERDICT_NOT_SHOWN,
               "wanted above 0" NOT_SHOWN);
}

/* Only block by block are these two apart: the drift is greater than the difference. */
static void
test_drift (void)
{
  static const double near[] = { 1003, 1000 };
  check_order (near, 2, 1, VR_RELATION_ABOVE, 0, VR_VERDICT_HOLDS, "a - b = 3");
}

static void
test_not_below (void)
{
  static const double little_lower[] = { 990, 1000 }, lower[] = { 930, 1000 };
  static const double higher[] = { 1200, 1000 };
  check_order (little_lower, 2, 2, VR_RELATION_NOT_BELOW, 0.05, VR_VERDICT_HOLDS, "at least 0.95");
  check_order (higher, 2, 2, VR_RELATION_NOT_BELOW, 0.05, VR_VERDICT_HOLDS, "a / b");
  check_order (lower, 2, 2, VR_RELATION_NOT_BELOW, 0.05, VR_VERDICT_DOES_NOT_HOLD, "0.9");
  check_order (little_lower, 2, 2, VR_RELATION_NOT_BELOW, 0, VR_VERDICT_DOES_NOT_HOLD, "a / b");
}

static void
test_about_equal (void)
{
  static const double near[] = { 1010, 1000 }, higher[] = { 1200, 1000 }, lower[] = { 800, 1000 };
  check_order (near, 2, 2, VR_RELATION_ABOUT_EQUAL, 0.05, VR_VERDICT_HOLDS, "at most 1.05");
  check_order (higher, 2, 2, VR_RELATION_ABOUT_EQUAL, 0.05, VR_VERDICT_DOES_NOT_HOLD, "a / b");
  check_order (lower, 2, 2, VR_RELATION_ABOUT_EQUAL, 0.05, VR_VERDICT_DOES_NOT_HOLD, "a / b");
  check_order (near, 2, 100, VR_RELATION_ABOUT_EQUAL, 0.05, VR_VERDICT_NOT_SHOWN,
               "at most 1.05" NOT_SHOWN);
}

/* One comparison that fails decides, whatever cannot be asked. */
static void
test_untested (void)
{
  static const double one[] = { 1000 }, means[] = { 1000, 1100, 5 };
  Fixture f;
  const VrRelation relations[] = { VR_RELATION_NOT_BELOW, VR_RELATION_NOT_BELOW };
  char *why;
  check_order (one, 1, 1, VR_RELATION_ABOVE, 0, VR_VERDICT_UNTESTED, "it takes 2");
  make_up (&f, means, 3, 0);
  memset (f.samples[2], 0, sizeof f.samples[2]);
  VrVerdict verdict = vr_claim_order (&f.evidence, relations, 0.05, &why);
  assert_verdict (verdict, VR_VERDICT_DOES_NOT_HOLD, why, "c is 0 in repetition 1");
  verdict = vr_claim_order (&f.evidence, relations, 0.2, &why);
  assert_verdict (verdict, VR_VERDICT_UNTESTED, why, "c is 0 in repetition 1");
  f.evidence.blocks = 1;
  verdict = vr_claim_order (&f.evidence, relations, 0.05, &why);
  assert_verdict (verdict, VR_VERDICT_UNTESTED, why, "it takes 2");
}

static void
test_ratio (void)
{
  static const double means[] = { 2000, 1000 };
  Fixture f;
  char *why;
  make_up (&f, means, 2, 2);
  VrVerdict verdict = vr_claim_ratio (&f.evidence, 1.9, 2.1, &why);
  assert_verdict (verdict, VR_VERDICT_HOLDS, why, "wanted 1.9 to 2.1");
  verdict = vr_claim_ratio (&f.evidence, 2.1, 3, &why);
  assert_verdict (verdict, VR_VERDICT_DOES_NOT_HOLD, why, "a / b = 2");
  verdict = vr_claim_ratio (&f.evidence, 1, 1.9, &why);
  assert_verdict (verdict, VR_VERDICT_DOES_NOT_HOLD, why, "a / b = 2");
  verdict = vr_claim_ratio (&f.evidence, 2, 2.1, &why);
  assert_verdict (verdict, VR_VERDICT_NOT_SHOWN, why, "wanted 2 to 2.1" NOT_SHOWN);
}

/* What the samples show not to be so is not called open. */
static void
test_refuted (void)
{
  static const double rising[] = { 1000, 1020 }, twice[] = { 2000, 1000 };
  static const double falls[] = { 500, 1000, 990, 700 };
  static const VrRelation relations[] = { VR_RELATION_ABOVE, VR_RELATION_ABOUT_EQUAL };
  Fixture f;
  for (guint i = 0; i < 5; i++) {
    g_autofree char *why = NULL;
    make_up (&f, i < 2 ? rising : i < 4 ? twice : falls, i < 4 ? 2 : 4, 2);
    f.series[2].lost = 0.3;
    VrVerdict verdict = i < 2   ? vr_claim_order (&f.evidence, &relations[i], 0.001, &why)
                        : i < 3 ? vr_claim_ratio (&f.evidence, 1, 1.9, &why)
                        : i < 4 ? vr_claim_ratio (&f.evidence, 2.1, 3, &why)
                                : vr_claim_plateau (&f.evidence, 0.05, &why);
    g_assert_cmpint (verdict, ==, VR_VERDICT_DOES_NOT_HOLD);
    g_assert_null (strstr (why, NOT_SHOWN));
  }
}

static void
check_spread (const double *first, const double *second, gsize blocks, VrVerdict wanted,
              const char *says)
{
  const VrSeries series[]
      = { { .label = "a", .x = 1, .samples = first }, { .label = "b", .x = 2, .samples = second } };
  const VrEvidence evidence = { series, 2, blocks, 0.95 };
  char *why;
  VrVerdict verdict = vr_claim_spread (&evidence, 0, 0.5, &why);
  assert_verdict (verdict, wanted, why, says);
}

static void
test_spread (void)
{
  static const double steady[] = { 1001, 999, 1000, 1002, 998, 1000, 1001, 999, 1000, 1000 };
  static const double loose[] = { 1000, 1080, 930, 1050, 940, 1100, 900, 1020, 960, 1010 };
  static const double other[] = { 960, 1010, 1080, 900, 1000, 940, 1050, 1020, 930, 1100 };
  static const double third[] = { 1000, 1010, 1025, 970, 1000, 985, 1015, 1005, 980, 1030 };
  static const double same[] = { 7, 7, 7 };
  check_spread (steady, loose, 10, VR_VERDICT_HOLDS, "spread of a / b = 0.01");
  check_spread (loose, steady, 10, VR_VERDICT_DOES_NOT_HOLD, "wanted 0 to 0.5");
  check_spread (loose, other, 10, VR_VERDICT_DOES_NOT_HOLD, "a / b = 1 (");
  /* Right as it was measured, and not shown. */
  check_spread (third, loose, 10, VR_VERDICT_NOT_SHOWN, "wanted 0 to 0.5" NOT_SHOWN);
  check_spread (same, loose, 3, VR_VERDICT_HOLDS, "a / b = 0 (0 to 0)");
  check_spread (loose, same, 3, VR_VERDICT_UNTESTED, "all repetitions of b are alike");
  check_spread (steady, loose, 2, VR_VERDICT_UNTESTED, "2 repetitions were measured: it takes 3");
}

/* What moves both alike tells the ratio of their spreads, however few the blocks. */
static void
test_spread_of_drift (void)
{
  static const double whole[] = { 1000, 1050, 900 };
  static const double part[] = { 1000, 1020, 960 };
  check_spread (part, whole, 3, VR_VERDICT_HOLDS, "a / b = 0.4 (0.4 to 0.4)");
}

static void
check_linear (const double *means, guint count, gboolean to_peak, VrVerdict wanted,
              const char *says)
{
  Fixture f;
  char *why;
  make_up (&f, means, count, 3);
  VrVerdict verdict = vr_claim_linear (&f.evidence, &(VrLineWanted){ 0.99, 3, to_peak }, &why);
  assert_verdict (verdict, wanted, why, says);
}

static void
test_linear (void)
{
  static const double line[] = { 100, 200, 300, 400, 500 };
  static const double bent[] = { 100, 200, 300, 310, 305 };
  static const double curve[] = { 10, 40, 160, 640, 2560 };
  static const double falling[] = { 500, 400, 300, 200, 100 };
  static const double at_once[] = { 500, 501, 500, 499, 500 };
  check_linear (line, 5, FALSE, VR_VERDICT_HOLDS, "over 5 points");
  check_linear (bent, 5, FALSE, VR_VERDICT_DOES_NOT_HOLD, "over 5 points");
  check_linear (bent, 5, TRUE, VR_VERDICT_DOES_NOT_HOLD, "over 4 points");
  check_linear (curve, 5, TRUE, VR_VERDICT_DOES_NOT_HOLD, "over 5 points");
  check_linear (falling, 5, FALSE, VR_VERDICT_DOES_NOT_HOLD, "slope -");
  check_linear (at_once, 5, TRUE, VR_VERDICT_UNTESTED,
                "1 points lead up to the peak, at a: it takes 3");
  check_linear (line, 2, FALSE, VR_VERDICT_UNTESTED, "it takes 3");
}

/* The line ends where the peak is reached, however long the plateau behind. */
static void
test_linear_to_peak (void)
{
  static const double flat[] = { 100, 200, 300, 400, 402, 399, 401 };
  check_linear (flat, 7, TRUE, VR_VERDICT_HOLDS, "over 4 points");
  check_linear (flat, 7, FALSE, VR_VERDICT_DOES_NOT_HOLD, "over 7 points");
}

/* What is wanted of a line besides R²: points enough, and a slope that is told from none. */
static void
test_linear_wanted (void)
{
  static const double flat[] = { 100, 200, 300, 400, 402, 399, 401 };
  static const double uneven[] = { 100, 300, 250 };
  Fixture f;
  char *why;
  make_up (&f, flat, 7, 3);
  VrVerdict verdict = vr_claim_linear (&f.evidence, &(VrLineWanted){ 0.99, 5, TRUE }, &why);
  assert_verdict (verdict, VR_VERDICT_UNTESTED, why,
                  "4 points lead up to the peak, at d: it takes 5");
  verdict = vr_claim_linear (&f.evidence, &(VrLineWanted){ 0.99, 4, TRUE }, &why);
  assert_verdict (verdict, VR_VERDICT_HOLDS, why, "wanted above 0");
  make_up (&f, uneven, 3, 0);
  verdict = vr_claim_linear (&f.evidence, &(VrLineWanted){ 0.5, 3, FALSE }, &why);
  /* t(1) at 97.5 % 12.7062, residuals -41.667, 83.333, -41.667: 75 ± 12.7062 · 102.062 / √2. */
  assert_verdict (verdict, VR_VERDICT_NOT_SHOWN, why,
                  "slope 75 (-841.991 to 991.991), wanted above 0" NOT_SHOWN);
  verdict = vr_claim_linear (&f.evidence, &(VrLineWanted){ 0.9, 3, FALSE }, &why);
  assert_verdict (verdict, VR_VERDICT_DOES_NOT_HOLD, why, "wanted 0.9");
}

/* Of the series, what is more than `offered_step` times their number is lost before them. */
static void
check_plateau (const double *means, guint count, double offered_step, double fall, VrVerdict wanted,
               const char *says)
{
  Fixture f;
  char *why;
  make_up (&f, means, count, 3);
  for (guint i = 0; i < count; i++)
    f.series[i].lost = 1 - means[i] / (offered_step * (i + 1));
  VrVerdict verdict = vr_claim_plateau (&f.evidence, fall, &why);
  assert_verdict (verdict, wanted, why, says);
}

static void
test_plateau (void)
{
  static const double flat[] = { 500, 1000, 990, 985, 980 };
  static const double falls[] = { 500, 1000, 990, 700, 980 };
  check_plateau (flat, 5, 500, 0.05, VR_VERDICT_HOLDS, "e / b");
  check_plateau (flat, 5, 500, 0.01, VR_VERDICT_DOES_NOT_HOLD, "at least 0.99" NOT_SHOWN);
  check_plateau (falls, 5, 500, 0.05, VR_VERDICT_DOES_NOT_HOLD, "d / b = 0.6997 (");
}

/* Overload is where more is sent than received, whichever mean is the greatest by a hair. */
static void
test_overload (void)
{
  static const double level[] = { 500, 1000, 1000, 1001 }, rises[] = { 500, 1000, 1495, 1990 };
  static const double recovers[] = { 500, 1000, 700, 1200 }, at_once[] = { 500, 500, 400, 300 };
  check_plateau (level, 4, 500, 0.05, VR_VERDICT_HOLDS, "d / b = 1.001 (");
  check_plateau (rises, 4, 500, 0.05, VR_VERDICT_UNTESTED,
                 "nothing was measured in overload: of what was sent 0.5 % was lost at most");
  check_plateau (recovers, 4, 500, 0.05, VR_VERDICT_DOES_NOT_HOLD, "c / b = 0.6997 (");
  check_plateau (at_once, 4, 1000, 0.3, VR_VERDICT_DOES_NOT_HOLD, "d / a = 0.5");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/claim/above", test_above);
  g_test_add_func ("/claim/drift", test_drift);
  g_test_add_func ("/claim/not-below", test_not_below);
  g_test_add_func ("/claim/about-equal", test_about_equal);
  g_test_add_func ("/claim/untested", test_untested);
  g_test_add_func ("/claim/ratio", test_ratio);
  g_test_add_func ("/claim/refuted", test_refuted);
  g_test_add_func ("/claim/spread", test_spread);
  g_test_add_func ("/claim/spread-of-drift", test_spread_of_drift);
  g_test_add_func ("/claim/linear", test_linear);
  g_test_add_func ("/claim/linear-to-peak", test_linear_to_peak);
  g_test_add_func ("/claim/linear-wanted", test_linear_wanted);
  g_test_add_func ("/claim/plateau", test_plateau);
  g_test_add_func ("/claim/overload", test_overload);
  g_test_add_func ("/claim/sentence", test_sentence);
  return g_test_run ();
}
