/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-drift.h"

#include <string.h>

#include "apply/vr-host-backend.h"
#include "lab/vr-facts.h"
#include "lab/vr-store.h"

/* Kinds whose probe looks at the host's own namespace, and is quick. */
static const gboolean is_watched[VR_OP_KINDS] = {
  [VR_OP_KNOB] = TRUE,     [VR_OP_RT_RUNTIME] = TRUE, [VR_OP_LINK] = TRUE,    [VR_OP_NIC] = TRUE,
  [VR_OP_OVS_PORT] = TRUE, [VR_OP_TAP] = TRUE,        [VR_OP_MACVTAP] = TRUE, [VR_OP_THREAD] = TRUE,
};

void
vr_drift_free (VrDrift *drift)
{
  g_free (drift->kind);
  g_free (drift->target);
  g_free (drift->why);
  g_free (drift->text);
  g_free (drift);
}

/* The lab comes from its record, whose lines are not those of the file that bears its name. */
static const char *
without_place (const VrLab *lab, const char *text)
{
  gsize length = strlen (lab->origin.file);
  if (strncmp (text, lab->origin.file, length) != 0 || text[length] != ':')
    return text;
  const char *rest = text + length + 1 + strspn (text + length + 1, "0123456789");
  return g_str_has_prefix (rest, ": ") ? rest + strlen (": ") : text;
}

/* Takes `text`. */
static void
add_drift (GPtrArray *drifts, const VrLab *lab, const VrOp *op, char *text)
{
  VrDrift *drift = g_new0 (VrDrift, 1);
  drift->kind = g_strdup (vr_op_kind_name (op->kind));
  drift->target = g_strdup (op->target);
  drift->why = g_strdup (without_place (lab, op->why));
  drift->text = text;
  g_ptr_array_add (drifts, drift);
}

static char *
difference (const VrOp *op, GVariant *found, const char *key)
{
  const char *is = vr_op_lookup (found, key);
  if (found == NULL)
    return g_strdup ("gone");
  return g_strdup_printf ("%s is %s, wanted %s", key,
                          is == NULL ? "not set" : (*is != '\0' ? is : "none"),
                          vr_op_get (op, key));
}

static gboolean
look_at (VrBackend *backend, const VrLab *lab, const VrOp *op, GPtrArray *drifts, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GError) cause = NULL;
  const char *key = NULL;
  gboolean seen = backend->class->probe (backend, op, &found, &cause);
  if (!seen && op->kind == VR_OP_THREAD) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (!seen)
    add_drift (drifts, lab, op, g_strdup (without_place (lab, cause->message)));
  else if (!vr_op_is_so (op, found, &key))
    add_drift (drifts, lab, op, difference (op, found, key));
  return TRUE;
}

/* What another lab has taken since is no reason not to tell how things are. */
VrPlan *
vr_drift_plan (const VrSite *site, const VrLab *lab, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrPlanFacts) facts = vr_facts_gather (site, lab, NULL, error);
  if (facts == NULL)
    return NULL;
  VrPlan *plan = vr_plan_new (lab, facts, &cause);
  if (plan != NULL)
    return plan;
  g_hash_table_remove_all (facts->taken);
  g_ptr_array_set_size (facts->others, 0);
  return vr_plan_new (lab, facts, error);
}

/* Without a plan there is one drift, and it says why. */
static void
add_planless (GPtrArray *drifts, const VrLab *lab, const GError *cause)
{
  VrDrift *drift = g_new0 (VrDrift, 1);
  drift->kind = g_strdup ("plan");
  drift->target = g_strdup (lab->name);
  drift->why = g_strdup ("");
  drift->text = g_strdup (without_place (lab, cause->message));
  g_ptr_array_add (drifts, drift);
}

static GPtrArray *
look_at_all (const VrSite *site, const VrLab *lab, const VrPlan *plan, VrDriftScope scope,
             GHashTable *wanted, GError **error)
{
  g_autoptr (GPtrArray) drifts = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_drift_free);
  g_autofree char *uri = vr_store_uri (site, lab->name, error);
  if (uri == NULL)
    return NULL;
  VrHostBackendOptions options = { .uri = uri };
  g_autoptr (VrHostBackend) host = vr_host_backend_new (&options);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (!is_watched[op->kind] || (scope == VR_DRIFT_THREADS && op->kind != VR_OP_THREAD))
      continue;
    if (wanted != NULL && op->kind == VR_OP_THREAD)
      g_hash_table_add (wanted, g_strdup (op->target));
    if (!look_at (vr_host_backend_base (host), lab, op, drifts, error))
      return NULL;
  }
  return g_steal_pointer (&drifts);
}

GPtrArray *
vr_drift_threads (const VrSite *site, const VrLab *lab, const VrPlan *plan, GError **error)
{
  return look_at_all (site, lab, plan, VR_DRIFT_THREADS, NULL, error);
}

GPtrArray *
vr_drift_read (const VrSite *site, const VrLab *lab, VrDriftScope scope, GHashTable *wanted,
               GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrPlan) plan = vr_drift_plan (site, lab, &cause);
  if (plan == NULL && scope == VR_DRIFT_ALL) {
    GPtrArray *drifts = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_drift_free);
    add_planless (drifts, lab, cause);
    return drifts;
  }
  if (plan == NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  return look_at_all (site, lab, plan, scope, wanted, error);
}
