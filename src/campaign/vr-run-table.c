/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-run-table.h"

#include "campaign/vr-search-spec.h"
#include "lab/vr-lifecycle.h"

#define NS_PER_S G_GUINT64_CONSTANT (1000000000)
/* What changes of a lab cost, about, for the time that is told beforehand. */
#define PROBE_NS (NS_PER_S / 5)
#define TUNE_NS (NS_PER_S / 5)
#define REBUILD_NS (NS_PER_S / 2)
#define GUEST_NS (4 * NS_PER_S)

void
vr_run_table_free (VrRunTable *table)
{
  g_clear_pointer (&table->conditions, g_ptr_array_unref);
  g_array_unref (table->runs);
  g_free (table);
}

const VrCondition *
vr_run_table_condition (const VrRunTable *table, guint id)
{
  for (guint i = 0; i < table->conditions->len; i++) {
    const VrCondition *condition = table->conditions->pdata[i];
    if (condition->id == id)
      return condition;
  }
  return NULL;
}

/* Fisher and Yates, from the last to the first (Knuth, TAOCP 2, 3.4.2, algorithm P). */
static void
shuffle (gconstpointer *items, guint count, guint32 seed, guint32 block)
{
  const guint32 seeds[] = { seed, block };
  GRand *random = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  for (guint i = count; i > 1; i--) {
    guint k = (guint) g_rand_int_range (random, 0, (gint32) i);
    gconstpointer item = items[i - 1];
    items[i - 1] = items[k];
    items[k] = item;
  }
  g_rand_free (random);
}

static void
add_block (VrRunTable *table, guint block)
{
  guint count = table->conditions->len;
  g_autofree gconstpointer *order
      = g_memdup2 (table->conditions->pdata, count * sizeof (gconstpointer));
  if (table->experiment->order == VR_ORDER_RANDOM)
    shuffle (order, count, table->experiment->seed, block);
  for (guint i = 0; i < count; i++) {
    VrPlannedRun run = { .id = table->runs->len + 1, .block = block, .condition = order[i] };
    g_array_append_val (table->runs, run);
  }
}

void
vr_run_table_extend (VrRunTable *table)
{
  table->repetitions++;
  add_block (table, table->repetitions);
}

guint
vr_run_table_most (const VrRunTable *table)
{
  const VrCount *most = &table->experiment->max_repetitions;
  return most->is_given && table->pace == VR_PACE_FULL ? MAX (most->value, table->repetitions)
                                                       : table->repetitions;
}

VrRunTable *
vr_run_table_new (const VrExperiment *experiment, const VrRunChoice *choice, GError **error)
{
  g_autoptr (VrRunTable) table = g_new0 (VrRunTable, 1);
  table->experiment = experiment;
  table->runs = g_array_new (FALSE, FALSE, sizeof (VrPlannedRun));
  table->pace = choice->pace;
  table->repetitions = choice->repetitions > 0         ? choice->repetitions
                       : choice->pace == VR_PACE_QUICK ? experiment->quick_repetitions
                                                       : experiment->repetitions;
  table->conditions = vr_condition_list (experiment, choice->pace, error);
  if (table->conditions == NULL
      || (choice->only != NULL
          && !vr_condition_filter (table->conditions, experiment, choice->only, error)))
    return NULL;
  for (guint block = 1; block <= table->repetitions; block++)
    add_block (table, block);
  return g_steal_pointer (&table);
}

/* --- The way from run to run -------------------------------------------------------------------
 */

struct VrTransitions {
  const VrSite *site;
  GHashTable *known; /* "changes\n\nchanges" → VrTransition */
};

VrTransitions *
vr_transitions_new (const VrSite *site)
{
  VrTransitions *transitions = g_new0 (VrTransitions, 1);
  transitions->site = site;
  transitions->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return transitions;
}

void
vr_transitions_free (VrTransitions *transitions)
{
  g_hash_table_unref (transitions->known);
  g_free (transitions);
}

gboolean
vr_transitions_find (VrTransitions *transitions, const VrCondition *from, const VrCondition *to,
                     VrTransition *transition, GError **error)
{
  g_autofree char *one = g_strjoinv ("\n", from->changes);
  g_autofree char *other = g_strjoinv ("\n", to->changes);
  g_autofree char *pair = g_strconcat (one, "\n\n", other, NULL);
  gpointer known;
  *transition = VR_TRANSITION_NONE;
  if (g_str_equal (one, other))
    return TRUE;
  if (g_hash_table_lookup_extended (transitions->known, pair, NULL, &known)) {
    *transition = (VrTransition) GPOINTER_TO_UINT (known);
    return TRUE;
  }
  if (!vr_lab_transition (transitions->site, from->lab, to->lab, transition, error)) {
    g_prefix_error (error, "condition %s: ", to->label);
    return FALSE;
  }
  /* What a controller has changed of the lab meanwhile, only `up` takes back. */
  if (*transition == VR_TRANSITION_TUNE && from->control != NULL)
    *transition = VR_TRANSITION_REBUILD;
  g_hash_table_insert (transitions->known, g_steal_pointer (&pair), GUINT_TO_POINTER (*transition));
  return TRUE;
}

static guint64
transition_time_ns (VrTransition transition, const VrLab *lab)
{
  guint64 time_ns = REBUILD_NS;
  if (transition != VR_TRANSITION_REBUILD)
    return transition == VR_TRANSITION_TUNE ? TUNE_NS : 0;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    time_ns += router->kind == VR_KIND_GUEST ? GUEST_NS : 0;
  }
  return time_ns;
}

guint64
vr_run_time_ns (const VrExperiment *experiment, const VrCondition *condition)
{
  guint64 search_ns = condition->search != NULL ? vr_search_spec_time_ns (condition->search) : 0;
  return experiment->pause_ns + PROBE_NS + search_ns + vr_load_spec_time_ns (condition->load);
}

static gboolean
follow (VrTransitions *transitions, const VrRunTable *table, VrRunRoute *route, GError **error)
{
  const VrCondition *before = NULL;
  for (guint i = 0; i < table->runs->len; i++) {
    const VrCondition *condition = g_array_index (table->runs, VrPlannedRun, i).condition;
    VrTransition *transition = &route->transitions[i];
    *transition = VR_TRANSITION_REBUILD;
    if (before != NULL && !vr_transitions_find (transitions, before, condition, transition, error))
      return FALSE;
    route->time_ns += transition_time_ns (*transition, condition->lab)
                      + vr_run_time_ns (table->experiment, condition);
    before = condition;
  }
  return TRUE;
}

VrRunRoute *
vr_run_route_new (const VrSite *site, const VrRunTable *table, GError **error)
{
  g_autoptr (VrRunRoute) route = g_new0 (VrRunRoute, 1);
  if (table->runs->len == 0)
    return g_steal_pointer (&route);
  g_autoptr (VrTransitions) transitions = vr_transitions_new (site);
  const VrCondition *first = g_array_index (table->runs, VrPlannedRun, 0).condition;
  g_autoptr (VrPlan) plan = vr_lab_plan (site, first->lab, error);
  if (plan == NULL)
    return NULL;
  route->transitions = g_new0 (VrTransition, table->runs->len);
  return follow (transitions, table, route, error) ? g_steal_pointer (&route) : NULL;
}

void
vr_run_route_free (VrRunRoute *route)
{
  g_free (route->transitions);
  g_free (route);
}
