/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-inspect.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-profile.h"
#include "lab/vr-confirm.h"
#include "lab/vr-drift.h"
#include "lab/vr-native.h"
#include "lab/vr-store.h"
#include "observe/vr-threads.h"
#include "plan/vr-op.h"

static VrLab *
lab_of_record (const VrRecord *record, GError **error)
{
  return vr_profile_parse (record->profile, strlen (record->profile), record->profile_path, error);
}

VrLab *
vr_inspect_lab (const VrSite *site, const char *name, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  g_autoptr (GError) cause = NULL;
  if (!vr_name_check ("lab", name, error))
    return NULL;
  if (vr_store_read (site, name, &record, &cause))
    return lab_of_record (&record, error);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "lab %s is not up; `vrkit status` lists labs",
                 name);
  return NULL;
}

VrVirt *
vr_inspect_virt (const VrSite *site, const char *name, GError **error)
{
  g_autofree char *uri = vr_store_uri (site, name, error);
  return uri != NULL ? vr_virt_open (uri, error) : NULL;
}

static gboolean
has_guests (const VrLab *lab)
{
  for (guint i = 0; i < lab->routers->len; i++)
    if (((const VrRouter *) lab->routers->pdata[i])->kind == VR_KIND_GUEST)
      return TRUE;
  return FALSE;
}

static gboolean
add_drifts (const VrSite *site, const VrLab *lab, VrStatus *status, GError **error)
{
  g_autoptr (GPtrArray) drifts = vr_drift_read (site, lab, VR_DRIFT_ALL, NULL, error);
  for (guint i = 0; drifts != NULL && i < drifts->len; i++) {
    const VrDrift *drift = drifts->pdata[i];
    vr_status_add_drift (status, drift->kind, drift->target, drift->why, drift->text);
  }
  return drifts != NULL;
}

/* Looks only, and so at any libvirt that a lab is at. */
static gboolean
read_recorded (const VrSite *given, const VrRecord *record, VrStatus *status, GError **error)
{
  VrSite site = *given;
  site.uri_is_given = FALSE;
  g_autoptr (VrLab) lab = lab_of_record (record, error);
  if (lab == NULL)
    return FALSE;
  g_autoptr (VrVirt) virt = has_guests (lab) ? vr_inspect_virt (&site, lab->name, error) : NULL;
  if ((virt == NULL && has_guests (lab)) || !vr_status_read (status, lab, virt, error))
    return FALSE;
  for (guint i = 0; i < status->routers->len; i++) {
    VrRouterStatus *router = status->routers->pdata[i];
    if (router->emulator != NULL)
      router->emulator_version = g_strdup (vr_op_lookup (record->emulators, router->emulator));
  }
  status->is_up = status->is_up && record->is_up;
  return add_drifts (&site, lab, status, error);
}

VrStatus *
vr_inspect_status (const VrSite *site, const char *name, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  g_autoptr (GError) cause = NULL;
  gboolean recorded = vr_store_read (site, name, &record, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  g_autoptr (VrStatus) status = vr_status_new (name, recorded ? record.profile_path : "");
  if (recorded)
    return read_recorded (site, &record, status, error) ? g_steal_pointer (&status) : NULL;
  /* Marks of interfaces and namespaces are a trace too, and can be seen without libvirt. */
  g_autoptr (VrVirt) virt = vr_virt_open (site->uri, NULL);
  if (virt != NULL && !vr_status_read_marks (status, virt, error))
    return NULL;
  return g_steal_pointer (&status);
}

/* The drift of a thread, or NULL; operations name it DOMAIN/SELECTOR. */
static const VrDrift *
find_drift (GPtrArray *drifts, const char *target)
{
  for (guint i = 0; i < drifts->len; i++) {
    const VrDrift *drift = drifts->pdata[i];
    if (strcmp (drift->target, target) == 0)
      return drift;
  }
  return NULL;
}

static void
judge_thread (VrThreadStatus *thread, const char *lab, GHashTable *wanted, GPtrArray *drifts)
{
  g_autofree char *domain
      = *thread->router != '\0' ? vr_name_domain (lab, thread->router) : g_strdup (VR_OP_SWITCH);
  g_autofree char *target
      = g_strconcat (domain, "/", thread->selector != NULL ? thread->selector : "", NULL);
  if (!g_hash_table_contains (wanted, target))
    return;
  const VrDrift *drift = find_drift (drifts, target);
  thread->fit = drift != NULL ? VR_FIT_DRIFTED : VR_FIT_GOOD;
  thread->drift = drift != NULL ? g_strdup (drift->text) : NULL;
}

GPtrArray *
vr_inspect_threads (const VrSite *site, const char *name, VrInspectManner manner, GError **error)
{
  g_autoptr (VrLab) lab = vr_inspect_lab (site, name, error);
  g_autoptr (VrVirt) virt = lab != NULL ? vr_inspect_virt (site, name, error) : NULL;
  g_autoptr (GPtrArray) threads = virt != NULL ? vr_threads_read (lab, virt, error) : NULL;
  g_autoptr (GHashTable) wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) drifts
      = threads != NULL
                && (manner == VR_INSPECT_QUIETLY || vr_confirm_workers (virt, lab, threads, error))
            ? vr_drift_read (site, lab, VR_DRIFT_THREADS, wanted, error)
            : NULL;
  for (guint i = 0; drifts != NULL && i < threads->len; i++)
    judge_thread (threads->pdata[i], lab->name, wanted, drifts);
  return drifts != NULL ? g_steal_pointer (&threads) : NULL;
}

static const VrRouter *
find_router (const VrLab *lab, const char *name, GError **error)
{
  const VrRouter *router = vr_lab_router (lab, name);
  if (router == NULL) {
    g_autofree char *quoted = vr_name_quote (name);
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "lab %s has no router \"%s\"", lab->name, quoted);
  }
  return router;
}

gboolean
vr_inspect_exec (const VrSite *site, const VrInspectExec *request, VrExecResult *result,
                 GError **error)
{
  g_autoptr (VrLab) lab = vr_inspect_lab (site, request->lab, error);
  const VrRouter *router = lab != NULL ? find_router (lab, request->router, error) : NULL;
  if (router == NULL)
    return FALSE;
  g_autofree char *domain = vr_name_domain (lab->name, router->name);
  if (router->kind == VR_KIND_NATIVE)
    return vr_native_exec (domain, request->argv, request->timeout_us, result, error);
  g_autoptr (VrVirt) virt = vr_inspect_virt (site, lab->name, error);
  VrExecRequest exec = { domain, request->argv, request->timeout_us };
  return virt != NULL && vr_virt_exec (virt, &exec, result, error);
}

gboolean
vr_inspect_console (const VrSite *site, const VrInspectConsole *request, GError **error)
{
  g_autoptr (VrLab) lab = vr_inspect_lab (site, request->lab, error);
  const VrRouter *router = lab != NULL ? find_router (lab, request->router, error) : NULL;
  if (router == NULL)
    return FALSE;
  if (router->kind == VR_KIND_NATIVE) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "router %s is native and has no console; `ip netns exec vrkit-%s-%s sh` runs a "
                 "shell in it",
                 router->name, lab->name, router->name);
    return FALSE;
  }
  g_autofree char *domain = vr_name_domain (lab->name, router->name);
  g_autoptr (VrVirt) virt = vr_inspect_virt (site, lab->name, error);
  return virt != NULL && vr_virt_console (virt, domain, request->in_fd, request->out_fd, error);
}
