/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-compare.h"

#include <math.h>

static void
point_clear (gpointer data)
{
  VrComparePoint *point = data;
  g_free (point->label);
}

void
vr_comparison_free (VrComparison *comparison)
{
  g_array_unref (comparison->points);
  g_ptr_array_unref (comparison->only[0]);
  g_ptr_array_unref (comparison->only[1]);
  g_free (comparison);
}

/* A bundle's database may hold any bytes. */
static char *
label_of (const VrSummary *summary, const VrSummaryCondition *condition)
{
  g_autoptr (GString) label = g_string_new (NULL);
  for (guint i = 0; summary->factors[i] != NULL; i++)
    g_string_append_printf (label, "%s%s=%s", i > 0 ? " " : "", summary->factors[i],
                            condition->levels[i]);
  return g_utf8_make_valid (label->len > 0 ? label->str : "-", -1);
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* The factors of one may stand in another order in the other. */
static char *
key_of (const VrSummary *summary, const VrSummaryCondition *condition)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; summary->factors[i] != NULL; i++)
    g_ptr_array_add (parts, g_strdup_printf ("%s=%s", summary->factors[i], condition->levels[i]));
  g_ptr_array_sort (parts, compare_texts);
  g_ptr_array_add (parts, NULL);
  return g_strjoinv ("\n", (char **) parts->pdata);
}

/* key → VrSummaryCondition, the summary's. */
static GHashTable *
conditions_of (const VrSummary *summary)
{
  GHashTable *conditions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < summary->conditions->len; i++) {
    VrSummaryCondition *condition = summary->conditions->pdata[i];
    g_hash_table_insert (conditions, key_of (summary, condition), condition);
  }
  return conditions;
}

double
vr_compare_width (VrEstimate mean)
{
  double reach = mean.high - mean.value;
  return reach == 0 ? 0 : reach / fabs (mean.value);
}

/* No comparison with what is not a number holds, and so a point without interval is not repeated.
 */
static VrComparePoint
point_of (const VrSummaryCondition *const *conditions, guint column, double confidence)
{
  g_autofree double *first = vr_summary_column (conditions[0], column);
  g_autofree double *second = vr_summary_column (conditions[1], column);
  guint first_n = conditions[0]->samples->len, second_n = conditions[1]->samples->len;
  VrComparePoint point
      = { .runs = { first_n, second_n },
          .mean = { vr_statistics_mean (first, first_n, confidence),
                    vr_statistics_mean (second, second_n, confidence) },
          .ratio = vr_statistics_ratio (second, second_n, first, first_n, confidence) };
  point.overlaps
      = point.mean[0].low <= point.mean[1].high && point.mean[1].low <= point.mean[0].high;
  point.is_repeated = point.overlaps && vr_compare_width (point.mean[0]) <= VR_COMPARE_WIDTH_MAX
                      && vr_compare_width (point.mean[1]) <= VR_COMPARE_WIDTH_MAX;
  return point;
}

VrComparison *
vr_compare (const VrSummary *first, const VrSummary *second, guint column, double confidence)
{
  VrComparison *comparison = g_new0 (VrComparison, 1);
  g_autoptr (GHashTable) others = conditions_of (second);
  comparison->points = g_array_new (FALSE, FALSE, sizeof (VrComparePoint));
  g_array_set_clear_func (comparison->points, point_clear);
  for (guint i = 0; i < 2; i++)
    comparison->only[i] = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < first->conditions->len; i++) {
    const VrSummaryCondition *pair[2] = { first->conditions->pdata[i], NULL };
    g_autofree char *key = key_of (first, pair[0]);
    pair[1] = g_hash_table_lookup (others, key);
    if (pair[1] == NULL) {
      g_ptr_array_add (comparison->only[0], label_of (first, pair[0]));
      continue;
    }
    VrComparePoint point = point_of (pair, column, confidence);
    point.label = label_of (first, pair[0]);
    comparison->repeated += point.is_repeated ? 1 : 0;
    g_array_append_val (comparison->points, point);
    g_hash_table_remove (others, key);
  }
  for (guint i = 0; i < second->conditions->len; i++) {
    g_autofree char *key = key_of (second, second->conditions->pdata[i]);
    if (g_hash_table_contains (others, key))
      g_ptr_array_add (comparison->only[1], label_of (second, second->conditions->pdata[i]));
  }
  return comparison;
}
