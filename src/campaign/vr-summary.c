/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-summary.h"

#include <string.h>

#include "base/vr-unit.h"

#define NS_PER_S 1e9

static void
condition_free (gpointer data)
{
  VrSummaryCondition *condition = data;
  g_strfreev (condition->levels);
  g_array_unref (condition->samples);
  g_array_unref (condition->blocks);
  g_free (condition);
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  const VrSummaryCondition *x = *(VrSummaryCondition *const *) a;
  const VrSummaryCondition *y = *(VrSummaryCondition *const *) b;
  return x->id < y->id ? -1 : x->id > y->id;
}

typedef struct {
  VrSummary *summary;
  GHashTable *by_id; /* id → VrSummaryCondition, the summary's */
} Gathering;

/* As many as there are factors, whatever a database that came from elsewhere has. */
static char **
levels_of (const VrStoredAttempt *stored, guint count)
{
  char **levels = g_new0 (char *, count + 1);
  for (guint i = 0; i < count; i++) {
    const char *level = i < stored->levels_count ? stored->levels[i] : NULL;
    levels[i] = g_strdup (level != NULL ? level : "");
  }
  return levels;
}

static VrSummaryCondition *
condition_of (const Gathering *gathering, const VrStoredAttempt *stored)
{
  gpointer id = GUINT_TO_POINTER (stored->condition);
  VrSummaryCondition *condition = g_hash_table_lookup (gathering->by_id, id);
  if (condition != NULL)
    return condition;
  condition = g_new0 (VrSummaryCondition, 1);
  condition->id = stored->condition;
  condition->levels = levels_of (stored, g_strv_length (gathering->summary->factors));
  condition->samples = g_array_new (FALSE, FALSE, sizeof (VrSample));
  condition->blocks = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (gathering->summary->conditions, condition);
  g_hash_table_insert (gathering->by_id, id, condition);
  return condition;
}

static gboolean
add_attempt (const VrStoredAttempt *stored, gpointer data, GError **error)
{
  const Gathering *gathering = data;
  const VrAttempt *attempt = &stored->attempt;
  VrSummaryCondition *condition = condition_of (gathering, stored);
  (void) error;
  if (attempt->host != NULL && attempt->host->notes != NULL && *attempt->host->notes != '\0')
    g_ptr_array_add (
        gathering->summary->host_notes,
        g_strdup_printf ("run %u, try %u: %s", stored->run, attempt->number, attempt->host->notes));
  if (attempt->sample != NULL) {
    g_array_append_val (condition->samples, *attempt->sample);
    g_array_append_val (condition->blocks, stored->block);
    return TRUE;
  }
  condition->failed++;
  g_ptr_array_add (gathering->summary->reasons,
                   g_strdup_printf ("run %u, try %u: %s", stored->run, attempt->number,
                                    attempt->reason != NULL ? attempt->reason : ""));
  return TRUE;
}

static void
count_runs (VrSummary *summary, GArray *runs)
{
  summary->planned = runs->len;
  for (guint i = 0; i < runs->len; i++) {
    VrRunState state = g_array_index (runs, VrStoredRun, i).state;
    summary->blocks = MAX (summary->blocks, g_array_index (runs, VrStoredRun, i).block);
    summary->done += state == VR_RUN_DONE;
    summary->failed += state == VR_RUN_FAILED;
  }
}

VrSummary *
vr_summary_new (VrResults *results, GError **error)
{
  g_autoptr (VrSummary) summary = g_new0 (VrSummary, 1);
  g_autoptr (GHashTable) by_id = g_hash_table_new (NULL, NULL);
  Gathering gathering = { summary, by_id };
  summary->conditions = g_ptr_array_new_with_free_func (condition_free);
  summary->reasons = g_ptr_array_new_with_free_func (g_free);
  summary->host_notes = g_ptr_array_new_with_free_func (g_free);
  summary->factors = vr_results_factors (results, error);
  g_autoptr (GArray) runs = summary->factors != NULL ? vr_results_runs (results, error) : NULL;
  if (runs == NULL
      || !vr_results_each (results, VR_RESULTS_NUMBERS, add_attempt, &gathering, error))
    return NULL;
  count_runs (summary, runs);
  g_ptr_array_sort (summary->conditions, compare_ids);
  return g_steal_pointer (&summary);
}

void
vr_summary_free (VrSummary *summary)
{
  g_strfreev (summary->factors);
  g_ptr_array_unref (summary->conditions);
  g_ptr_array_unref (summary->reasons);
  g_ptr_array_unref (summary->host_notes);
  g_free (summary);
}

double *
vr_summary_column (const VrSummaryCondition *condition, guint column)
{
  double *numbers = g_new (double, condition->samples->len);
  for (guint i = 0; i < condition->samples->len; i++)
    numbers[i] = (double) g_array_index (condition->samples, VrSample, i).values[column];
  return numbers;
}

VrEstimate
vr_summary_mean (const VrSummaryCondition *condition, guint column, double confidence)
{
  g_autofree double *numbers = vr_summary_column (condition, column);
  return vr_statistics_mean (numbers, condition->samples->len, confidence);
}

/* --- Axes ---------------------------------------------------------------------------------------
 */

static gboolean
read_quantity (const char *text, double *number, VrQuantity *quantity)
{
  guint64 value;
  if (vr_unit_parse_packet_rate (text, &value, NULL)) {
    *quantity = text[strspn (text, "0123456789")] == '\0' ? VR_QUANTITY_NUMBER : VR_QUANTITY_PPS;
    *number = (double) value;
  } else if (vr_unit_parse_bit_rate (text, &value, NULL)) {
    *quantity = VR_QUANTITY_BPS;
    *number = (double) value;
  } else if (vr_unit_parse_duration (text, &value, NULL)) {
    *quantity = VR_QUANTITY_S;
    *number = (double) value / NS_PER_S;
  } else {
    return FALSE;
  }
  return TRUE;
}

gboolean
vr_summary_quantity (const char *level, double *number, VrQuantity *quantity)
{
  g_auto (GStrv) words = g_strsplit (level, " ", -1);
  for (char **word = words; *word != NULL; word++) {
    if (read_quantity (*word, number, quantity))
      return TRUE;
    char *slash = strchr (*word, '/');
    if (slash == NULL)
      continue;
    *slash = '\0';
    if (read_quantity (*word, number, quantity))
      return TRUE;
  }
  return FALSE;
}

gboolean
vr_summary_number (const char *level, double *number)
{
  VrQuantity quantity;
  return vr_summary_quantity (level, number, &quantity);
}

/* A plain number may be a rate; else two kinds have no axis in common. */
static gboolean
is_of_one_kind (VrQuantity one, VrQuantity other)
{
  return one == other || MAX (one, other) <= VR_QUANTITY_PPS;
}

static gboolean
is_axis (const VrSummary *summary, guint factor)
{
  const char *first = NULL;
  gboolean varies = FALSE;
  VrQuantity first_quantity = VR_QUANTITY_NUMBER, quantity;
  double number;
  for (guint i = 0; i < summary->conditions->len; i++) {
    const VrSummaryCondition *condition = summary->conditions->pdata[i];
    const char *level = condition->levels[factor];
    if (!vr_summary_quantity (level, &number, &quantity))
      return FALSE;
    if (first == NULL) {
      first = level;
      first_quantity = quantity;
    }
    if (!is_of_one_kind (quantity, first_quantity))
      return FALSE;
    varies = varies || strcmp (level, first) != 0;
  }
  return varies;
}

guint
vr_summary_axis (const VrSummary *summary, const char *name)
{
  guint count = g_strv_length (summary->factors);
  for (guint i = 0; i < count; i++)
    if ((name == NULL || strcmp (summary->factors[i], name) == 0) && is_axis (summary, i))
      return i;
  return count;
}
