/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-holding.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-calibration-origin.h"
#include "config/vr-profile.h"
#include "lab/vr-facts.h"
#include "lab/vr-inspect.h"
#include "lab/vr-tune.h"

/* How QEMU names the thread of a vcpu that KVM runs: "CPU 0/KVM". */
#define KVM_SUFFIX "/KVM"

static void
calibration_free (gpointer calibration)
{
  vr_calibration_free (calibration);
}

static void
threads_free (gpointer threads)
{
  g_ptr_array_unref (threads);
}

void
vr_holding_free (VrHolding *holding)
{
  g_clear_pointer (&holding->follow, vr_follow_free);
  g_clear_pointer (&holding->contract, vr_contract_free);
  g_array_unref (holding->guests);
  g_ptr_array_unref (holding->threads);
  g_ptr_array_unref (holding->calibrations);
  g_clear_pointer (&holding->host, vr_host_free);
  g_clear_pointer (&holding->lab, vr_lab_free);
  g_free (holding->profile);
  g_free (holding);
}

static VrHolding *
holding_new (void)
{
  VrHolding *holding = g_new0 (VrHolding, 1);
  holding->calibrations = g_ptr_array_new_with_free_func (calibration_free);
  holding->threads = g_ptr_array_new_with_free_func (threads_free);
  holding->guests = g_array_new (FALSE, TRUE, sizeof (VrContractGuest));
  return holding;
}

static gboolean
read_lab (const VrSite *site, const char *name, VrHolding *holding, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  if (!vr_tune_read (site, name, &record, error))
    return FALSE;
  holding->profile = g_steal_pointer (&record.profile);
  holding->lab
      = vr_profile_parse (holding->profile, strlen (holding->profile), record.profile_path, error);
  if (holding->lab == NULL)
    return FALSE;
  if (holding->lab->tenants->len == 0 && holding->lab->follow == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "lab %s has no tenant, and so nothing to hold: add a group [tenant NAME] with "
                 "routers and rate, or [balance] with policy and routers, to %s",
                 name, record.profile_path);
    return FALSE;
  }
  holding->host = vr_host_read (site->root_dir, error);
  return holding->host != NULL;
}

/* --- Calibrations -------------------------------------------------------------------------------
 */

/* NULL without error where there is none. */
static VrCalibration *
read_calibration (const VrSite *site, const VrHoldingRequest *request, const VrLab *lab,
                  const VrRouter *router, GError **error)
{
  const char *name = vr_router_outward (router);
  g_autofree char *path = vr_calibration_path (request->calibrations, lab->name, name);
  g_autoptr (VrCalibration) calibration = vr_calibration_read (path, error);
  g_autoptr (JsonNode) now
      = calibration != NULL ? vr_calibration_origin_new (site, lab, router, error) : NULL;
  if (now == NULL)
    return NULL;
  g_autofree char *stale = vr_calibration_origin_difference (calibration->origin, now);
  if (stale == NULL)
    return g_steal_pointer (&calibration);
  g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED,
               "the calibration of router %s of lab %s no longer holds: %s; `vrkit calibrate "
               "--router %s %s` makes one that does, and --guess does without",
               name, lab->name, stale, name, lab->name);
  return NULL;
}

static void
refuse_missing (const VrHoldingRequest *request, const VrRouter *router, GError **error)
{
  const char *name = vr_router_outward (router);
  if (vr_router_is_member (router))
    g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED,
                 "%s %s of lab %s is not calibrated (there is nothing of it in \"%s\"): `vrkit "
                 "calibrate --router %s %s` does it while it has one %s (`vrkit scale %s %s=1`), "
                 "and --guess does without",
                 router->pvr != NULL ? "PVR" : "MSR", name, request->lab, request->calibrations,
                 name, request->lab, router->pvr != NULL ? "member" : "back-end", request->lab,
                 name);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED,
                 "router %s of lab %s is not calibrated (there is nothing of it in \"%s\"): `vrkit "
                 "calibrate --router %s %s` does it, and --guess does without",
                 router->name, request->lab, request->calibrations, router->name, request->lab);
}

/* `found` is NULL where it is to be guessed. */
static gboolean
find_calibration (const VrSite *site, const VrHoldingRequest *request, VrHolding *holding,
                  const VrRouter *router, const VrCalibration **found, GError **error)
{
  g_autoptr (GError) cause = NULL;
  VrCalibration *calibration = read_calibration (site, request, holding->lab, router, &cause);
  *found = calibration;
  if (calibration != NULL)
    g_ptr_array_add (holding->calibrations, calibration);
  if (calibration != NULL || request->trust == VR_HOLDING_GUESS)
    return TRUE;
  if (cause == NULL)
    refuse_missing (request, router, &cause);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* --- Guests -------------------------------------------------------------------------------------
 */

static VrAccel
accel_of (const VrRouter *router, const GPtrArray *threads)
{
  for (guint i = 0; i < threads->len; i++) {
    const VrThreadStatus *thread = threads->pdata[i];
    if (strcmp (thread->router, router->name) == 0
        && g_str_has_suffix (thread->task.name, KVM_SUFFIX))
      return VR_ACCEL_KVM;
  }
  return VR_ACCEL_TCG;
}

static gboolean
add_guest (const VrSite *site, const VrHoldingRequest *request, VrHolding *holding,
           const VrRouter *router, const GPtrArray *threads, GError **error)
{
  VrContractGuest guest = { .router = router, .accel = accel_of (router, threads) };
  GPtrArray *own = vr_calibrate_threads (holding->lab, router, threads, error);
  if (own == NULL)
    return FALSE;
  g_ptr_array_add (holding->threads, own);
  guest.threads = own;
  if (!find_calibration (site, request, holding, router, &guest.calibration, error))
    return FALSE;
  g_array_append_val (holding->guests, guest);
  return TRUE;
}

/* The router of that name, or all members of the PVR, or back-ends of the MSR. */
static gboolean
add_guests_of (const VrSite *site, const VrHoldingRequest *request, VrHolding *holding,
               const char *name, const GPtrArray *threads, GError **error)
{
  for (guint i = 0; i < holding->lab->routers->len; i++) {
    const VrRouter *router = holding->lab->routers->pdata[i];
    if (vr_router_is_one_of (router, name)
        && !add_guest (site, request, holding, router, threads, error))
      return FALSE;
  }
  return TRUE;
}

/* Those that are of no tenant. */
static gboolean
add_followed (const VrSite *site, const VrHoldingRequest *request, VrHolding *holding,
              const GPtrArray *threads, GError **error)
{
  const VrFollowSettings *follow = holding->lab->follow;
  for (guint i = 0; follow != NULL && i < follow->routers->len; i++) {
    const char *name = follow->routers->pdata[i];
    if (vr_lab_tenant_of (holding->lab, name) == NULL
        && !add_guests_of (site, request, holding, name, threads, error)) {
      g_prefix_error (error, "[balance]: ");
      return FALSE;
    }
  }
  return TRUE;
}

/* What other guests of the lab have reserved is counted by their threads; one that does not run has
 * nothing. */
static void
add_others (VrHolding *holding, const GPtrArray *threads)
{
  for (guint i = 0; i < holding->lab->routers->len; i++) {
    VrContractGuest guest = { .router = holding->lab->routers->pdata[i] };
    gboolean is_known = FALSE;
    for (guint k = 0; !is_known && k < holding->guests->len; k++)
      is_known = g_array_index (holding->guests, VrContractGuest, k).router == guest.router;
    GPtrArray *own
        = !is_known ? vr_calibrate_threads (holding->lab, guest.router, threads, NULL) : NULL;
    if (own == NULL)
      continue;
    g_ptr_array_add (holding->threads, own);
    guest.threads = own;
    guest.accel = accel_of (guest.router, threads);
    g_array_append_val (holding->guests, guest);
  }
}

static gboolean
add_guests (const VrSite *site, const VrHoldingRequest *request, VrHolding *holding, GError **error)
{
  g_autoptr (GPtrArray) threads
      = vr_inspect_threads (site, request->lab, VR_INSPECT_QUIETLY, error);
  for (guint i = 0; threads != NULL && i < holding->lab->tenants->len; i++) {
    const VrTenant *tenant = holding->lab->tenants->pdata[i];
    g_autoptr (GPtrArray) routers = vr_contract_routers (holding->lab, tenant);
    for (guint k = 0; k < routers->len; k++)
      if (!add_guest (site, request, holding, routers->pdata[k], threads, error)) {
        g_prefix_error (error, "tenant %s: ", tenant->name);
        return FALSE;
      }
  }
  if (threads == NULL || !add_followed (site, request, holding, threads, error))
    return FALSE;
  add_others (holding, threads);
  return TRUE;
}

VrHolding *
vr_holding_read (const VrSite *site, const VrHoldingRequest *request, GError **error)
{
  g_autoptr (VrHolding) holding = holding_new ();
  if (!read_lab (site, request->lab, holding, error) || !add_guests (site, request, holding, error))
    return NULL;
  g_autoptr (VrPlanFacts) facts = vr_facts_gather (site, holding->lab, holding->lab, error);
  if (facts == NULL)
    return NULL;
  VrContractInput input
      = { .lab = holding->lab,
          .host = holding->host,
          .ceiling_ppm = facts->deadline_ceiling_ppm,
          .guests = (const VrContractGuest *) (gconstpointer) holding->guests->data,
          .guests_count = holding->guests->len,
          .support = request->support };
  holding->contract = vr_contract_new (&input, error);
  if (holding->contract == NULL)
    return NULL;
  VrFollowInput follow = { &input, holding->contract, facts };
  holding->follow = vr_follow_new (&follow, error);
  return holding->follow != NULL || holding->lab->follow == NULL ? g_steal_pointer (&holding)
                                                                 : NULL;
}
