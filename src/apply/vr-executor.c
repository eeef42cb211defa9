/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look at everything first, then undo what is in the way, then apply in the plan's order. */
#include "apply/vr-executor.h"

#include "apply/vr-run-item.h"
#include "base/vr-error.h"

/* What bears no alias is ours, half made, only where the journal says that it was begun. */
static gboolean
check_mark (const VrOp *op, GVariant *found, GError **error)
{
  if (vr_op_get (op, "alias") == NULL || vr_op_lookup (found, "alias") != NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "%s: %s %s is there already and bears no alias of a lab: remove it", op->why,
               vr_op_kind_name (op->kind), op->target);
  return FALSE;
}

/* What is there, is ours, and is in no journal (which was lost) enters it, so that it is undone. */
static gboolean
adopt (VrRun *run, VrRunItem *item, GError **error)
{
  VrJournal *journal = run->executor->journal;
  guint64 number;
  if (item->found == NULL || item->entry != NULL || !vr_op_has_flag (item->op, VR_OP_CREATES))
    return TRUE;
  if (!check_mark (item->op, item->found, error))
    return FALSE;
  if (!vr_journal_begin (journal, item->op, NULL, &number, error))
    return FALSE;
  vr_run_fault (run);
  if (!vr_journal_done (journal, number, error))
    return FALSE;
  GPtrArray *entries = vr_journal_entries (journal);
  item->entry = entries->pdata[entries->len - 1];
  return TRUE;
}

static gboolean
adopt_all (VrRun *run, GPtrArray *items, GError **error)
{
  for (guint i = 0; i < items->len; i++)
    if (!adopt (run, items->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Splits the journal: `in_the_way` is what the plan lacks and what is remade; `twins` are older
 * entries of an operation that stays. */
static void
sort_entries (VrRun *run, GPtrArray *items, GPtrArray *in_the_way, GPtrArray *twins)
{
  g_autoptr (GHashTable) keep = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < items->len; i++) {
    const VrRunItem *item = items->pdata[i];
    if (item->entry != NULL && !item->remake)
      g_hash_table_insert (keep, item->id, item->entry);
  }
  GPtrArray *entries = vr_journal_entries (run->executor->journal);
  for (guint i = 0; i < entries->len; i++) {
    g_autofree char *id = vr_op_id (((const VrJournalEntry *) entries->pdata[i])->op);
    gconstpointer kept = g_hash_table_lookup (keep, id);
    if (kept != entries->pdata[i] && vr_run_has_in_scope (run, id))
      g_ptr_array_add (kept != NULL ? twins : in_the_way, entries->pdata[i]);
  }
}

/* The newer entry has the older one's `old`, and so undoes for both. */
static gboolean
forget_twins (VrRun *run, GPtrArray *twins, GError **error)
{
  for (guint i = 0; i < twins->len; i++) {
    const VrJournalEntry *twin = twins->pdata[i];
    if (!vr_journal_undone (run->executor->journal, twin->number, error))
      return FALSE;
    vr_run_fault (run);
  }
  return TRUE;
}

/* What is remade has vanished, but for values of things that stay. */
static gboolean
look_again (VrRun *run, VrRunItem *item, GError **error)
{
  if (!item->remake)
    return TRUE;
  g_clear_pointer (&item->found, g_variant_unref);
  item->entry = NULL;
  return vr_op_has_flag (item->op, VR_OP_CREATES | VR_OP_GOES)
         || vr_run_probe (run, item->op, &item->found, error);
}

static gboolean
clear_the_way (VrRun *run, GPtrArray *items, GError **error)
{
  g_autoptr (GPtrArray) in_the_way = g_ptr_array_new ();
  g_autoptr (GPtrArray) twins = g_ptr_array_new ();
  sort_entries (run, items, in_the_way, twins);
  if (!forget_twins (run, twins, error) || !vr_run_undo (run, in_the_way, error))
    return FALSE;
  for (guint i = 0; i < items->len; i++)
    if (!look_again (run, items->pdata[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
verify (VrRun *run, const VrOp *op, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  const char *key = NULL;
  if (!vr_run_probe (run, op, &found, error))
    return FALSE;
  if (vr_op_is_so (op, found, &key))
    return TRUE;
  const char *wanted = vr_op_get (op, key), *is = vr_op_lookup (found, key);
  g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
               "%s: %s %s was set, but reads back otherwise: %s is %s, wanted %s", op->why,
               vr_op_kind_name (op->kind), op->target, key, is != NULL ? is : "absent",
               wanted != NULL ? wanted : "present");
  return FALSE;
}

static gboolean
change (VrRun *run, const VrRunItem *item, GError **error)
{
  VrBackend *backend = run->executor->backend;
  if (vr_op_is_so (item->op, item->found, NULL))
    return TRUE;
  if (!backend->class->apply (backend, item->op, item->found, error))
    return FALSE;
  vr_run_fault (run);
  if (!vr_op_has_flag (item->op, VR_OP_LASTS))
    return TRUE;
  return verify (run, item->op, error);
}

static gboolean
begin (VrRun *run, const VrRunItem *item, guint64 *number, GError **error)
{
  VrExecutor *executor = run->executor;
  GVariant *old = item->found;
  if (vr_op_has_flag (item->op, VR_OP_CREATES) || item->op->shared)
    old = NULL;
  else if (item->entry != NULL)
    old = item->entry->old;
  vr_run_fault (run);
  if (!vr_journal_begin (executor->journal, item->op, old, number, error))
    return FALSE;
  vr_run_fault (run);
  if (!item->op->shared || executor->claims == NULL)
    return TRUE;
  return vr_claims_take (executor->claims, executor->lab, item->op, item->found, error)
         && vr_run_restore_unheld (run, item->op, error);
}

static gboolean
finish (VrRun *run, const VrRunItem *item, guint64 number, GError **error)
{
  VrJournal *journal = run->executor->journal;
  if (!vr_journal_done (journal, number, error))
    return FALSE;
  vr_run_fault (run);
  if (item->entry != NULL && !vr_journal_undone (journal, item->entry->number, error))
    return FALSE;
  vr_run_fault (run);
  return TRUE;
}

/* Whether it is so, and on record where it must be. */
static gboolean
is_kept (const VrRunItem *item)
{
  if (!vr_op_is_so (item->op, item->found, NULL))
    return FALSE;
  if (item->entry != NULL)
    return item->entry->done && g_variant_equal (item->entry->op->want, item->op->want);
  return !item->op->shared;
}

static gboolean
apply_recorded (VrRun *run, const VrRunItem *item, GError **error)
{
  guint64 number = 0;
  gboolean recorded = vr_op_has_flag (item->op, VR_OP_LASTS);
  if (recorded && !begin (run, item, &number, error))
    return FALSE;
  if (!change (run, item, error))
    return FALSE;
  return !recorded || finish (run, item, number, error);
}

/* What was seen of a shared value before its claim was held, another lab may have restored since.
 */
static gboolean
apply_claimed (VrRun *run, VrClaims *claims, VrRunItem *item, GError **error)
{
  if (!vr_claims_hold (claims, error))
    return FALSE;
  g_clear_pointer (&item->found, g_variant_unref);
  gboolean good
      = vr_run_probe (run, item->op, &item->found, error) && apply_recorded (run, item, error);
  vr_claims_release (claims);
  return good;
}

static gboolean
apply_item (VrRun *run, VrRunItem *item, GError **error)
{
  VrClaims *claims = run->executor->claims;
  return item->op->shared && claims != NULL ? apply_claimed (run, claims, item, error)
                                            : apply_recorded (run, item, error);
}

/* Values of what this very run has made could not be seen before: seen now, they are what undoing
 * goes back to. */
static gboolean
look_late (VrRun *run, VrRunItem *item, GError **error)
{
  if (item->found != NULL || vr_op_has_flag (item->op, VR_OP_CREATES)
      || !vr_op_has_flag (item->op, VR_OP_LASTS))
    return TRUE;
  return vr_run_probe (run, item->op, &item->found, error);
}

static gboolean
step (VrRun *run, gpointer data, GError **error)
{
  VrRunItem *item = data;
  g_autoptr (GError) cause = NULL;
  if (!look_late (run, item, error))
    return FALSE;
  if (is_kept (item)) {
    vr_run_report (run, VR_STEP_KEPT, item->op);
    return TRUE;
  }
  if (vr_run_is_stopping (run))
    return TRUE;
  if (g_cancellable_is_cancelled (run->executor->cancellable)) {
    g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED, "interrupted");
    return FALSE;
  }
  if (apply_item (run, item, &cause)) {
    vr_run_report (run, VR_STEP_APPLIED, item->op);
    return TRUE;
  }
  vr_run_report (run, VR_STEP_FAILED, item->op);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gint
compare_takes (gconstpointer a, gconstpointer b, gpointer traits)
{
  const VrRunItem *x = *(VrRunItem *const *) a, *y = *(VrRunItem *const *) b;
  const VrOpTraits *kind = traits;
  gint64 less = kind->takes (x->op, x->found), more = kind->takes (y->op, y->found);
  return less < more ? -1 : less > more;
}

static void
sort_run (gpointer *items, guint length, const VrOpTraits *traits)
{
  if (traits->takes != NULL)
    g_qsort_with_data (items, (gint) length, sizeof *items, compare_takes, (gpointer) traits);
}

static gboolean
apply_all (VrRun *run, GPtrArray *items, GError **error)
{
  for (guint i = 0, length; i < items->len; i += length) {
    VrOpKind kind = ((VrRunItem *) items->pdata[i])->op->kind;
    for (length = 1; i + length < items->len; length++)
      if (((VrRunItem *) items->pdata[i + length])->op->kind != kind)
        break;
    sort_run (&items->pdata[i], length, vr_op_traits (kind));
    if (!vr_run_each (run, &items->pdata[i], length, vr_op_traits (kind)->at_once, step, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
vr_executor_apply (VrExecutor *executor, const VrPlan *plan, VrOutcome *outcome, GError **error)
{
  g_auto (VrRun) run;
  vr_run_init (&run, executor, outcome);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_run_item_free);
  return vr_run_item_look (&run, plan, items, error) && adopt_all (&run, items, error)
         && clear_the_way (&run, items, error) && apply_all (&run, items, error);
}
