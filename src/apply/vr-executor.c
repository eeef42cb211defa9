/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look at everything first, then undo what is in the way, then apply in the plan's order. */
#include "apply/vr-executor.h"

#include "apply/vr-run.h"
#include "base/vr-error.h"

/* One operation of the plan, and what is known of it. */
typedef struct {
  const VrOp *op;
  char *id;
  GVariant *found;       /* what the host has; NULL: nothing */
  VrJournalEntry *entry; /* what an earlier run began, or NULL */
  gboolean remake;       /* undone first, then made anew */
} Item;

static void
item_free (Item *item)
{
  g_clear_pointer (&item->found, g_variant_unref);
  g_free (item->id);
  g_free (item);
}

static gboolean
has_flag (const VrOp *op, VrOpFlags flag)
{
  return (vr_op_traits (op->kind)->flags & flag) != 0;
}

static gboolean
is_in_scope (const VrRun *run, const char *id)
{
  return run->executor->scope == NULL || g_hash_table_contains (run->executor->scope, id);
}

static gboolean
probe (VrRun *run, const VrOp *op, GVariant **found, GError **error)
{
  VrBackend *backend = run->executor->backend;
  return backend->class->probe (backend, op, found, error);
}

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
adopt (VrRun *run, Item *item, GError **error)
{
  VrJournal *journal = run->executor->journal;
  guint64 number;
  if (item->found == NULL || item->entry != NULL || !has_flag (item->op, VR_OP_CREATES))
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

/* A value that the plan no longer names is given back, before the others are set. */
static gboolean
drops_a_value (const Item *item)
{
  GVariantIter keys;
  const char *key;
  if (item->entry == NULL || item->op->shared || has_flag (item->op, VR_OP_CREATES)
      || !has_flag (item->op, VR_OP_LASTS))
    return FALSE;
  g_variant_iter_init (&keys, item->entry->op->want);
  while (g_variant_iter_next (&keys, "{&s&s}", &key, NULL))
    if (vr_op_get (item->op, key) == NULL)
      return TRUE;
  return FALSE;
}

/* Anew is made what differs in a fixed key or drops one, and what needs something that is made anew
 * or gone. */
static gboolean
must_remake (const Item *item, GHashTable *unsteady)
{
  if (drops_a_value (item)
      || (item->found != NULL && vr_op_must_remake (item->op->kind, item->op->want, item->found)))
    return TRUE;
  if (item->entry != NULL
      && vr_op_must_remake (item->op->kind, item->op->want, item->entry->op->want))
    return TRUE;
  for (guint i = 0; i < item->op->needs->len; i++)
    if (g_hash_table_contains (unsteady, item->op->needs->pdata[i]))
      return TRUE;
  return FALSE;
}

/* The interfaces that the journal has, as whatever kind they were made: targets, and the far ends
 * of veth pairs. */
static GHashTable *
links_of_journal (VrJournal *journal)
{
  GHashTable *links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *entries = vr_journal_entries (journal);
  for (guint i = 0; i < entries->len; i++) {
    const VrOp *op = ((const VrJournalEntry *) entries->pdata[i])->op;
    const char *peer = vr_op_get (op, "peer"), *netns = vr_op_get (op, "peer-netns");
    if (has_flag (op, VR_OP_LINKS))
      g_hash_table_add (links, g_strdup (op->target));
    if (peer != NULL && netns != NULL)
      g_hash_table_add (links, g_strconcat (netns, "/", peer, NULL));
  }
  return links;
}

/* What an interface is now does not count, when it was made as one of another kind: that is undone
 * first. */
static gboolean
probe_item (VrRun *run, Item *item, GHashTable *links, GError **error)
{
  if (has_flag (item->op, VR_OP_LINKS) && item->entry == NULL
      && g_hash_table_contains (links, item->op->target))
    return TRUE;
  return probe (run, item->op, &item->found, error);
}

static gboolean
look (VrRun *run, const VrPlan *plan, GPtrArray *items, GError **error)
{
  VrJournal *journal = run->executor->journal;
  g_autoptr (GHashTable) entries = vr_journal_by_id (journal);
  g_autoptr (GHashTable) links = links_of_journal (journal);
  g_autoptr (GHashTable) unsteady = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < plan->ops->len; i++) {
    g_autofree char *id = vr_op_id (plan->ops->pdata[i]);
    if (!is_in_scope (run, id))
      continue;
    Item *item = g_new0 (Item, 1);
    g_ptr_array_add (items, item);
    item->op = plan->ops->pdata[i];
    item->id = g_steal_pointer (&id);
    item->entry = g_hash_table_lookup (entries, item->id);
    if (!probe_item (run, item, links, error))
      return FALSE;
    item->remake = must_remake (item, unsteady);
    if (has_flag (item->op, VR_OP_CREATES) && (item->remake || item->found == NULL))
      g_hash_table_add (unsteady, item->id);
  }
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
    const Item *item = items->pdata[i];
    if (item->entry != NULL && !item->remake)
      g_hash_table_insert (keep, item->id, item->entry);
  }
  GPtrArray *entries = vr_journal_entries (run->executor->journal);
  for (guint i = 0; i < entries->len; i++) {
    g_autofree char *id = vr_op_id (((const VrJournalEntry *) entries->pdata[i])->op);
    gconstpointer kept = g_hash_table_lookup (keep, id);
    if (kept != entries->pdata[i] && is_in_scope (run, id))
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
look_again (VrRun *run, Item *item, GError **error)
{
  if (!item->remake)
    return TRUE;
  g_clear_pointer (&item->found, g_variant_unref);
  item->entry = NULL;
  return has_flag (item->op, VR_OP_CREATES | VR_OP_GOES)
         || probe (run, item->op, &item->found, error);
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
  if (!probe (run, op, &found, error))
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
change (VrRun *run, const Item *item, GError **error)
{
  VrBackend *backend = run->executor->backend;
  if (vr_op_is_so (item->op, item->found, NULL))
    return TRUE;
  if (!backend->class->apply (backend, item->op, item->found, error))
    return FALSE;
  vr_run_fault (run);
  if (!has_flag (item->op, VR_OP_LASTS))
    return TRUE;
  return verify (run, item->op, error);
}

static gboolean
begin (VrRun *run, const Item *item, guint64 *number, GError **error)
{
  VrExecutor *executor = run->executor;
  GVariant *old = item->found;
  if (has_flag (item->op, VR_OP_CREATES) || item->op->shared)
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
finish (VrRun *run, const Item *item, guint64 number, GError **error)
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
is_kept (const Item *item)
{
  if (!vr_op_is_so (item->op, item->found, NULL))
    return FALSE;
  if (item->entry != NULL)
    return item->entry->done && g_variant_equal (item->entry->op->want, item->op->want);
  return !item->op->shared;
}

static gboolean
apply_recorded (VrRun *run, const Item *item, GError **error)
{
  guint64 number = 0;
  gboolean recorded = has_flag (item->op, VR_OP_LASTS);
  if (recorded && !begin (run, item, &number, error))
    return FALSE;
  if (!change (run, item, error))
    return FALSE;
  return !recorded || finish (run, item, number, error);
}

/* What was seen of a shared value before its claim was held, another lab may have restored since.
 */
static gboolean
apply_claimed (VrRun *run, VrClaims *claims, Item *item, GError **error)
{
  if (!vr_claims_hold (claims, error))
    return FALSE;
  g_clear_pointer (&item->found, g_variant_unref);
  gboolean good = probe (run, item->op, &item->found, error) && apply_recorded (run, item, error);
  vr_claims_release (claims);
  return good;
}

static gboolean
apply_item (VrRun *run, Item *item, GError **error)
{
  VrClaims *claims = run->executor->claims;
  return item->op->shared && claims != NULL ? apply_claimed (run, claims, item, error)
                                            : apply_recorded (run, item, error);
}

/* Values of what this very run has made could not be seen before: seen now, they are what undoing
 * goes back to. */
static gboolean
look_late (VrRun *run, Item *item, GError **error)
{
  if (item->found != NULL || has_flag (item->op, VR_OP_CREATES)
      || !has_flag (item->op, VR_OP_LASTS))
    return TRUE;
  return probe (run, item->op, &item->found, error);
}

static gboolean
step (VrRun *run, gpointer data, GError **error)
{
  Item *item = data;
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
  const Item *x = *(Item *const *) a, *y = *(Item *const *) b;
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
    VrOpKind kind = ((Item *) items->pdata[i])->op->kind;
    for (length = 1; i + length < items->len; length++)
      if (((Item *) items->pdata[i + length])->op->kind != kind)
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
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  return look (&run, plan, items, error) && adopt_all (&run, items, error)
         && clear_the_way (&run, items, error) && apply_all (&run, items, error);
}
