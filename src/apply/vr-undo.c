/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking back what the journal has, last first. */
#include "apply/vr-run.h"

#include "base/vr-error.h"

static gboolean
restore_claimed (VrRun *run, const VrOp *op, GVariant *restore, GError **error)
{
  VrExecutor *executor = run->executor;
  vr_run_fault (run);
  if (restore != NULL && !executor->backend->class->undo (executor->backend, op, restore, error))
    return FALSE;
  vr_run_fault (run);
  return vr_claims_forget (executor->claims, op, error);
}

static gboolean
undo_claimed (VrRun *run, const VrOp *op, GError **error)
{
  VrExecutor *executor = run->executor;
  g_autoptr (GVariant) restore = NULL;
  if (!vr_claims_hold (executor->claims, error))
    return FALSE;
  gboolean good = vr_claims_drop (executor->claims, executor->lab, op, &restore, error)
                  && restore_claimed (run, op, restore, error);
  vr_claims_release (executor->claims);
  return good;
}

gboolean
vr_run_restore_unheld (VrRun *run, const VrOp *op, GError **error)
{
  g_autoptr (GVariant) restore = NULL;
  vr_run_fault (run);
  if (!vr_claims_unheld (run->executor->claims, op, &restore, error))
    return FALSE;
  return restore == NULL || restore_claimed (run, op, restore, error);
}

static gboolean
is_gone (VrRun *run, const VrOp *op, GError **error)
{
  VrBackend *backend = run->executor->backend;
  g_autoptr (GVariant) found = NULL;
  if (!backend->class->probe (backend, op, &found, error))
    return FALSE;
  if (found == NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "%s %s was removed and is still there",
               vr_op_kind_name (op->kind), op->target);
  return FALSE;
}

static gboolean
undo_on_host (VrRun *run, const VrJournalEntry *entry, GError **error)
{
  VrBackend *backend = run->executor->backend;
  if (entry->op->shared && run->executor->claims != NULL)
    return undo_claimed (run, entry->op, error);
  if (!backend->class->undo (backend, entry->op, entry->old, error))
    return FALSE;
  gboolean removed = entry->old == NULL && (vr_op_traits (entry->op->kind)->flags & VR_OP_CREATES);
  return !removed || is_gone (run, entry->op, error);
}

static gboolean
mark_undone (VrRun *run, const VrJournalEntry *entry, GError **error)
{
  g_autoptr (VrOp) op = vr_op_copy (entry->op);
  if (!vr_journal_undone (run->executor->journal, entry->number, error))
    return FALSE;
  vr_run_report (run, VR_STEP_UNDONE, op);
  vr_run_fault (run);
  return TRUE;
}

static gboolean
undo_entry (VrRun *run, gpointer item, GError **error)
{
  VrJournalEntry *entry = item;
  vr_run_fault (run);
  g_autoptr (GError) cause = NULL;
  if (!undo_on_host (run, entry, &cause)) {
    vr_run_report (run, VR_STEP_FAILED, entry->op);
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  vr_run_fault (run);
  return mark_undone (run, entry, error);
}

/* Of those that make something, with which other things go. */
static GHashTable *
ids_of_made (GPtrArray *entries)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < entries->len; i++) {
    const VrJournalEntry *entry = entries->pdata[i];
    if (vr_op_traits (entry->op->kind)->flags & VR_OP_CREATES)
      g_hash_table_add (ids, vr_op_id (entry->op));
  }
  return ids;
}

static gboolean
needs_one_of (const VrJournalEntry *entry, GHashTable *ids)
{
  for (guint i = 0; i < entry->op->needs->len; i++)
    if (g_hash_table_contains (ids, entry->op->needs->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Whether undoing one of `ids` takes the entry's effect away as well. */
static gboolean
goes_along (const VrJournalEntry *entry, GHashTable *ids)
{
  return !entry->op->shared && (vr_op_traits (entry->op->kind)->flags & VR_OP_GOES)
         && needs_one_of (entry, ids);
}

/* Entries by the ids that they need: id → GPtrArray of entries, in the journal's order. */
static GHashTable *
dependants_of (GPtrArray *entries)
{
  GHashTable *dependants
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; i < entries->len; i++) {
    const VrJournalEntry *entry = entries->pdata[i];
    for (guint k = 0; k < entry->op->needs->len; k++) {
      GPtrArray *list = g_hash_table_lookup (dependants, entry->op->needs->pdata[k]);
      if (list == NULL) {
        list = g_ptr_array_new ();
        g_hash_table_insert (dependants, entry->op->needs->pdata[k], list);
      }
      g_ptr_array_add (list, entries->pdata[i]);
    }
  }
  return dependants;
}

/* Adds to `order` what needs the entry, and then the entry. */
static void
add_in_order (VrJournalEntry *entry, GHashTable *dependants, GHashTable *added, GPtrArray *order)
{
  if (!g_hash_table_add (added, entry))
    return;
  g_autofree char *id = vr_op_id (entry->op);
  const GPtrArray *list = g_hash_table_lookup (dependants, id);
  for (guint i = list != NULL ? list->len : 0; i-- > 0;)
    add_in_order (list->pdata[i], dependants, added, order);
  g_ptr_array_add (order, entry);
}

/* Last first; but what was changed in place stands behind things that need it, and goes after them
 * all the same. */
static GPtrArray *
order_of_undoing (GPtrArray *entries)
{
  g_autoptr (GHashTable) dependants = dependants_of (entries);
  g_autoptr (GHashTable) added = g_hash_table_new (NULL, NULL);
  GPtrArray *order = g_ptr_array_new ();
  for (guint i = entries->len; i-- > 0;)
    add_in_order (entries->pdata[i], dependants, added, order);
  return order;
}

/* The length of the run of entries like `items[0]` that may be undone together. */
static guint
run_length (gpointer *items, guint count)
{
  const VrJournalEntry *first = items[0];
  guint length = 1;
  while (length < count && ((VrJournalEntry *) items[length])->op->kind == first->op->kind)
    length++;
  return length;
}

static gboolean
undo_in_order (VrRun *run, GPtrArray *order, GError **error)
{
  gboolean good = TRUE;
  for (guint i = 0, length; i < order->len; i += length) {
    const VrJournalEntry *first = order->pdata[i];
    guint at_once = vr_op_traits (first->op->kind)->at_once;
    /* One at a time, a failure must not keep the rest of a run from being undone. */
    length = at_once > 1 ? run_length (&order->pdata[i], order->len - i) : 1;
    g_autoptr (GError) cause = NULL;
    if (vr_run_each (run, &order->pdata[i], length, at_once, undo_entry, &cause))
      continue;
    if (good)
      g_propagate_error (error, g_steal_pointer (&cause));
    good = FALSE;
  }
  return good;
}

/* Marks what has gone along with one of `undone`. */
static gboolean
mark_along (VrRun *run, GPtrArray *along, GHashTable *undone, GError **error)
{
  for (guint i = 0; i < along->len; i++)
    if (needs_one_of (along->pdata[i], undone) && !mark_undone (run, along->pdata[i], error))
      return FALSE;
  return TRUE;
}

gboolean
vr_run_undo (VrRun *run, GPtrArray *entries, GError **error)
{
  g_autoptr (GHashTable) ids = ids_of_made (entries);
  g_autoptr (GPtrArray) all = order_of_undoing (entries);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  g_autoptr (GPtrArray) along = g_ptr_array_new ();
  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (goes_along (all->pdata[i], ids) ? along : order, all->pdata[i]);
  for (guint i = 0, left = order->len; left > 0; left--) {
    VrJournalEntry *entry = order->pdata[i];
    if ((vr_op_traits (entry->op->kind)->flags & VR_OP_LATE) != 0)
      g_ptr_array_add (order, g_ptr_array_remove_index (order, i));
    else
      i++;
  }
  gboolean good = undo_in_order (run, order, error);
  g_autoptr (GHashTable) left = vr_journal_by_id (run->executor->journal);
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init (&iter, ids);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (g_hash_table_contains (left, id))
      g_hash_table_iter_remove (&iter);
  return mark_along (run, along, ids, good ? error : NULL) && good;
}

gboolean
vr_executor_undo (VrExecutor *executor, VrOutcome *outcome, GError **error)
{
  g_auto (VrRun) run;
  vr_run_init (&run, executor, outcome);
  g_autoptr (GPtrArray) entries
      = g_ptr_array_copy (vr_journal_entries (executor->journal), NULL, NULL);
  g_ptr_array_set_free_func (entries, NULL);
  return vr_run_undo (&run, entries, error);
}
