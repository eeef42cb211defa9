/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two campaigns beside each other, made up so that it is known what is to be told of them. */
#include "campaign/vr-compare.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/vr-error.h"

static void
condition_free (gpointer data)
{
  VrSummaryCondition *condition = data;
  g_strfreev (condition->levels);
  g_array_unref (condition->samples);
  g_free (condition);
}

static VrSummary *
summary_new (const char *factors)
{
  VrSummary *summary = g_new0 (VrSummary, 1);
  summary->factors = g_strsplit (factors, ",", -1);
  summary->conditions = g_ptr_array_new_with_free_func (condition_free);
  summary->reasons = g_ptr_array_new_with_free_func (g_free);
  summary->host_notes = g_ptr_array_new_with_free_func (g_free);
  return summary;
}

/* A condition of three runs, or fewer: 0 is none. */
static void
add (VrSummary *summary, const char *levels, gint64 first, gint64 second, gint64 third)
{
  const gint64 rates[] = { first, second, third };
  VrSummaryCondition *condition = g_new0 (VrSummaryCondition, 1);
  condition->levels = g_strsplit (levels, ",", -1);
  condition->samples = g_array_new (FALSE, FALSE, sizeof (VrSample));
  for (guint i = 0; i < G_N_ELEMENTS (rates) && rates[i] != 0; i++) {
    VrSample sample = { 0 };
    sample.values[vr_sample_column ("received_pps")] = rates[i];
    g_array_append_val (condition->samples, sample);
  }
  g_ptr_array_add (summary->conditions, condition);
}

static void
test_points (void)
{
  /* t(2) at 97.5 % is 4.302653: 1000 ± 1 becomes 1000 ± 2.48, ± 30 becomes 74.5, over 5 %. */
  static const struct {
    const char *label;
    gboolean overlaps, is_repeated;
    double ratio;
  } wanted[] = {
    { "rate=1kpps size=64", TRUE, TRUE, 1.001 }, { "rate=2kpps size=64", FALSE, FALSE, 1.01 },
    { "rate=3kpps size=64", TRUE, FALSE, 1 },    { "rate=4kpps size=64", FALSE, FALSE, 1 },
    { "rate=5kpps size=64", TRUE, TRUE, 1 },     { "rate=6kpps size=64", FALSE, FALSE, NAN },
  };
  g_autoptr (VrSummary) first = summary_new ("rate,size"), second = summary_new ("size,rate");
  add (first, "1kpps,64", 999, 1000, 1001);
  add (second, "64,1kpps", 1000, 1001, 1002);
  add (first, "2kpps,64", 999, 1000, 1001);
  add (second, "64,2kpps", 1009, 1010, 1011);
  add (first, "3kpps,64", 970, 1000, 1030);
  add (second, "64,3kpps", 999, 1000, 1001);
  add (first, "4kpps,64", 1000, 0, 0);
  add (second, "64,4kpps", 999, 1000, 1001);
  add (first, "5kpps,64", 1000, 1000, 1000);
  add (second, "64,5kpps", 1000, 1000, 1000);
  add (first, "6kpps,64", 0, 0, 0);
  add (second, "64,6kpps", 1000, 1000, 1000);
  add (first, "7kpps,64", 1000, 1000, 1000);
  add (second, "64,8kpps", 1000, 1000, 1000);
  g_autoptr (VrComparison) comparison
      = vr_compare (first, second, vr_sample_column ("received_pps"), 0.95);
  g_assert_cmpuint (comparison->points->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    const VrComparePoint *point = &g_array_index (comparison->points, VrComparePoint, i);
    g_assert_cmpstr (point->label, ==, wanted[i].label);
    g_assert_cmpint (point->overlaps, ==, wanted[i].overlaps);
    g_assert_cmpint (point->is_repeated, ==, wanted[i].is_repeated);
    g_assert_true (isnan (wanted[i].ratio) ? isnan (point->ratio.value)
                                           : fabs (point->ratio.value - wanted[i].ratio) < 1e-9);
  }
  const VrComparePoint *wide = &g_array_index (comparison->points, VrComparePoint, 2);
  g_assert_cmpfloat_with_epsilon (vr_compare_width (wide->mean[0]), 4.302653 * 30 / sqrt (3) / 1000,
                                  1e-6);
  g_assert_cmpuint (comparison->repeated, ==, 2);
  g_assert_cmpuint (comparison->only[0]->len, ==, 1);
  g_assert_cmpstr (comparison->only[0]->pdata[0], ==, "rate=7kpps size=64");
  g_assert_cmpuint (comparison->only[1]->len, ==, 1);
  g_assert_cmpstr (comparison->only[1]->pdata[0], ==, "size=64 rate=8kpps");
}

/* --- Texts --------------------------------------------------------------------------------------
 */

static char *
folder_new (const char *manifest, const char *experiment)
{
  static const char *const names[] = { "manifest.json", "experiment.conf", "profile.conf" };
  const char *const texts[] = { manifest, experiment, "[port left]\n" };
  char *folder = g_dir_make_tmp ("vrkit-compare-XXXXXX", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
  }
  return folder;
}

static void
folder_remove (const char *folder)
{
  static const char *const names[] = { "manifest.json", "experiment.conf", "profile.conf" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
assert_lines (const GArray *texts, guint i, const char *file, const char *lines)
{
  const VrTextDifference *difference = &g_array_index (texts, VrTextDifference, i);
  g_autofree char *joined = g_strjoinv ("|", difference->lines);
  g_assert_cmpstr (difference->file, ==, file);
  g_assert_cmpstr (joined, ==, lines);
}

#define MANIFEST(kernel, path, more)                                                               \
  "{\"schema\":\"vrkit.manifest/1\",\"host\":{\"kernel\":\"" kernel "\"" more "},"                 \
  "\"experiment\":{\"path\":\"" path "\",\"seed\":1}}"

static void
test_texts (void)
{
  g_autoptr (GError) error = NULL, none = NULL;
  g_autofree char *first = folder_new (MANIFEST ("6.1", "/a", ""), "[experiment]\nseed = 1\n");
  g_autofree char *same = folder_new (MANIFEST ("6.1", "/b", ""), "[experiment]\nseed = 1\n");
  g_autofree char *other
      = folder_new (MANIFEST ("6.12", "/b", ",\"new\":2"), "[experiment]\nseed = 2\n");
  g_autoptr (GArray) texts = vr_compare_texts (first, same, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (texts->len, ==, 0);
  g_clear_pointer (&texts, g_array_unref);
  texts = vr_compare_texts (first, other, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (texts->len, ==, 2);
  assert_lines (texts, 0, "manifest.json",
                "-host.kernel: \"6.1\"|+host.kernel: \"6.12\"|+host.new: 2");
  assert_lines (texts, 1, "experiment.conf", "-seed = 1|+seed = 2");
  g_assert_null (vr_compare_texts (first, "/nowhere", &none));
  g_assert_error (none, VR_ERROR, VR_ERROR_HOST);
  folder_remove (first);
  folder_remove (same);
  folder_remove (other);
}

/* --- What is told -------------------------------------------------------------------------------
 */

static void
test_print (void)
{
  g_autoptr (VrSummary) first = summary_new ("rate"), second = summary_new ("rate");
  char *lines[] = { (char *) "-seed = 1", (char *) "+seed = \033[2J", NULL };
  VrTextDifference difference = { "experiment.conf", lines };
  g_autoptr (GArray) texts = g_array_new (FALSE, FALSE, sizeof difference);
  g_array_append_val (texts, difference);
  add (first, "1kpps", 999, 1000, 1001);
  add (second, "1kpps", 1000, 0, 0);
  add (second, "2kpps", 1000, 1000, 1000);
  g_autoptr (VrComparison) comparison
      = vr_compare (first, second, vr_sample_column ("received_pps"), 0.95);
  const VrCompareReport report
      = { { "x", "y" }, { first, second }, comparison, texts, "received_pps", 0.95 };
  g_autofree char *text = vr_compare_print (&report), *json = vr_compare_json (&report);
  g_assert_nonnull (strstr (text, "experiment.conf differs, - in A, + in B:\n  -seed = 1\n"));
  g_assert_nonnull (strstr (text, "  +seed = ?[2J\n"));
  g_assert_nonnull (strstr (text, "rate=1kpps  1000 ± 0.248 %      1000 ± ?  "));
  g_assert_nonnull (strstr (text, "  1.0000 [?]"));
  g_assert_nonnull (strstr (text, "only in B: rate=2kpps\n"));
  g_assert_nonnull (strstr (text, "0 of 1 points repeated"));
  g_assert_nonnull (strstr (json, "\"ratio_low\" : null"));
  g_assert_nonnull (strstr (json, "\"points_compared\" : 1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compare/points", test_points);
  g_test_add_func ("/compare/texts", test_texts);
  g_test_add_func ("/compare/print", test_print);
  return g_test_run ();
}
