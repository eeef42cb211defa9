/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-rehearsal.h"

struct VrRehearsal {
  VrBackend base;
  VrBackend *inner;
  GMutex lock;
  GHashTable *pretended; /* id → a{ss} that would be there now; NULL: nothing */
};

static void
drop_strings (gpointer strings)
{
  if (strings != NULL)
    g_variant_unref (strings);
}

static gboolean
look (VrBackend *backend, const VrOp *op, GVariant **found, GError **error)
{
  VrRehearsal *rehearsal = (VrRehearsal *) backend;
  g_autofree char *id = vr_op_id (op);
  gpointer pretended;
  g_mutex_lock (&rehearsal->lock);
  gboolean known = g_hash_table_lookup_extended (rehearsal->pretended, id, NULL, &pretended);
  if (known)
    *found = pretended != NULL ? g_variant_ref (pretended) : NULL;
  g_mutex_unlock (&rehearsal->lock);
  return known || rehearsal->inner->class->probe (rehearsal->inner, op, found, error);
}

static void
pretend (VrBackend *backend, const VrOp *op, GVariant *strings)
{
  VrRehearsal *rehearsal = (VrRehearsal *) backend;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&rehearsal->lock);
  g_hash_table_replace (rehearsal->pretended, vr_op_id (op),
                        strings != NULL ? g_variant_ref (strings) : NULL);
}

static gboolean
pretend_apply (VrBackend *backend, const VrOp *op, GVariant *found, GError **error)
{
  (void) found;
  (void) error;
  pretend (backend, op, op->want);
  return TRUE;
}

static gboolean
pretend_undo (VrBackend *backend, const VrOp *op, GVariant *old, GError **error)
{
  (void) error;
  pretend (backend, op, old);
  return TRUE;
}

static const VrBackendClass rehearsal_class = { look, pretend_apply, pretend_undo };

VrRehearsal *
vr_rehearsal_new (VrBackend *inner)
{
  VrRehearsal *rehearsal = g_new0 (VrRehearsal, 1);
  rehearsal->base.class = &rehearsal_class;
  rehearsal->inner = inner;
  g_mutex_init (&rehearsal->lock);
  rehearsal->pretended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, drop_strings);
  return rehearsal;
}

void
vr_rehearsal_free (VrRehearsal *rehearsal)
{
  g_hash_table_unref (rehearsal->pretended);
  g_mutex_clear (&rehearsal->lock);
  g_free (rehearsal);
}

VrBackend *
vr_rehearsal_base (VrRehearsal *rehearsal)
{
  return &rehearsal->base;
}
