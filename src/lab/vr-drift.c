/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-drift.h"

#include "apply/vr-host-backend.h"
#include "lab/vr-facts.h"

void
vr_drift_free (VrDrift *drift)
{
  vr_op_free (drift->op);
  g_free (drift->key);
  g_free (drift->is);
  g_free (drift->wanted);
  g_free (drift);
}

static gboolean
look_at (VrBackend *backend, const VrOp *op, GPtrArray *drifts, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  const char *key = NULL;
  if (!backend->class->probe (backend, op, &found, error))
    return FALSE;
  if (vr_op_is_so (op, found, &key))
    return TRUE;
  VrDrift *drift = g_new0 (VrDrift, 1);
  drift->op = vr_op_copy (op);
  if (found != NULL) {
    drift->key = g_strdup (key);
    drift->is = g_strdup (vr_op_lookup (found, key));
    drift->wanted = g_strdup (vr_op_get (op, key));
  }
  g_ptr_array_add (drifts, drift);
  return TRUE;
}

/* What another lab has taken since is no reason not to tell how things are. */
static VrPlan *
plan_as_up (const VrSite *site, const VrLab *lab, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrPlanFacts) facts = vr_facts_gather (site, lab, NULL, error);
  if (facts == NULL)
    return NULL;
  VrPlan *plan = vr_plan_new (lab, facts, &cause);
  if (plan != NULL)
    return plan;
  g_hash_table_remove_all (facts->taken);
  return vr_plan_new (lab, facts, error);
}

GPtrArray *
vr_drift_threads (const VrSite *site, const VrLab *lab, GHashTable *wanted, GError **error)
{
  g_autoptr (VrPlan) plan = plan_as_up (site, lab, error);
  if (plan == NULL)
    return NULL;
  VrHostBackendOptions options = { .uri = site->uri };
  g_autoptr (VrHostBackend) host = vr_host_backend_new (&options);
  g_autoptr (GPtrArray) drifts = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_drift_free);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (op->kind != VR_OP_THREAD)
      continue;
    if (wanted != NULL)
      g_hash_table_add (wanted, g_strdup (op->target));
    if (!look_at (vr_host_backend_base (host), op, drifts, error))
      return NULL;
  }
  return g_steal_pointer (&drifts);
}

char *
vr_drift_text (const VrDrift *drift)
{
  if (drift->key == NULL)
    return g_strdup ("gone");
  return g_strdup_printf ("%s is %s, wanted %s", drift->key,
                          drift->is != NULL ? drift->is : "not set", drift->wanted);
}
