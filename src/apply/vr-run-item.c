/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the host has of each operation, and what of that cannot stay. */
#include "apply/vr-run-item.h"

void
vr_run_item_free (VrRunItem *item)
{
  g_clear_pointer (&item->found, g_variant_unref);
  g_free (item->id);
  g_free (item);
}

gboolean
vr_op_has_flag (const VrOp *op, VrOpFlags flag)
{
  return (vr_op_traits (op->kind)->flags & flag) != 0;
}

gboolean
vr_run_has_in_scope (const VrRun *run, const char *id)
{
  return run->executor->scope == NULL || g_hash_table_contains (run->executor->scope, id);
}

gboolean
vr_run_probe (VrRun *run, const VrOp *op, GVariant **found, GError **error)
{
  VrBackend *backend = run->executor->backend;
  return backend->class->probe (backend, op, found, error);
}

/* A value that the plan no longer names is given back, before the others are set. */
static gboolean
drops_a_value (const VrRunItem *item)
{
  GVariantIter keys;
  const char *key;
  if (item->entry == NULL || item->op->shared || vr_op_has_flag (item->op, VR_OP_CREATES)
      || !vr_op_has_flag (item->op, VR_OP_LASTS))
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
must_remake (const VrRunItem *item, GHashTable *unsteady)
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
    if (vr_op_has_flag (op, VR_OP_LINKS))
      g_hash_table_add (links, g_strdup (op->target));
    if (peer != NULL && netns != NULL)
      g_hash_table_add (links, g_strconcat (netns, "/", peer, NULL));
  }
  return links;
}

/* What an interface is now does not count, when it was made as one of another kind: that is undone
 * first. */
static gboolean
probe_item (VrRun *run, VrRunItem *item, GHashTable *links, GError **error)
{
  if (vr_op_has_flag (item->op, VR_OP_LINKS) && item->entry == NULL
      && g_hash_table_contains (links, item->op->target))
    return TRUE;
  return vr_run_probe (run, item->op, &item->found, error);
}

gboolean
vr_run_item_look (VrRun *run, const VrPlan *plan, GPtrArray *items, GError **error)
{
  VrJournal *journal = run->executor->journal;
  g_autoptr (GHashTable) entries = vr_journal_by_id (journal);
  g_autoptr (GHashTable) links = links_of_journal (journal);
  g_autoptr (GHashTable) unsteady = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < plan->ops->len; i++) {
    g_autofree char *id = vr_op_id (plan->ops->pdata[i]);
    if (!vr_run_has_in_scope (run, id))
      continue;
    VrRunItem *item = g_new0 (VrRunItem, 1);
    g_ptr_array_add (items, item);
    item->op = plan->ops->pdata[i];
    item->id = g_steal_pointer (&id);
    item->entry = g_hash_table_lookup (entries, item->id);
    if (!probe_item (run, item, links, error))
      return FALSE;
    item->remake = must_remake (item, unsteady);
    if (vr_op_has_flag (item->op, VR_OP_CREATES) && (item->remake || item->found == NULL))
      g_hash_table_add (unsteady, item->id);
  }
  return TRUE;
}
