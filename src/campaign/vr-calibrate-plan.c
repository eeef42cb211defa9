/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "campaign/vr-calibrate-internal.h"
#include "config/vr-change.h"
#include "config/vr-profile.h"
#include "lab/vr-inspect.h"
#include "lab/vr-tune.h"
#include "traffic/vr-frame.h"

/* What a trial takes beside sending: tuning, the last frames, reading counters. */
#define ASIDE_NS 500000000ull
/* About, of the trials by which the rate is found. */
#define FREE_TRIALS 3
#define LEVELS_DEFAULT 5
#define PERIODS_LEAST 5
#define SHARE_LEAST 0.01
/* min_cfs_quota_period, kernel/sched. */
#define QUOTA_LEAST_NS 1000000

void
vr_calibrate_plan_free (VrCalibratePlan *plan)
{
  g_clear_pointer (&plan->threads, g_ptr_array_unref);
  g_clear_pointer (&plan->lab, vr_lab_free);
  g_free (plan->profile);
  g_free (plan->profile_path);
  g_free (plan);
}

guint64
vr_calibrate_lead_ns (const VrCalibrateRequest *request)
{
  return MAX (2 * request->grant.period_ns, request->trial_ns / 10);
}

/* --- Checks -------------------------------------------------------------------------------------
 */

static gboolean
check_numbers (const VrCalibrateRequest *request, GError **error)
{
  for (guint i = 0; i < request->sizes_count; i++)
    if (request->sizes[i] < vr_frame_least_size (AF_INET, 0)
        || request->sizes[i] > VR_FRAME_SIZE_MAX) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "a frame size of %u: %u to %d bytes",
                   request->sizes[i], vr_frame_least_size (AF_INET, 0), VR_FRAME_SIZE_MAX);
      return FALSE;
    }
  if (request->trial_ns >= PERIODS_LEAST * request->grant.period_ns)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "a trial of %g s has fewer than %d periods of %g s: longer trials, or a shorter "
               "period, are wanted",
               (double) request->trial_ns / 1e9, PERIODS_LEAST,
               (double) request->grant.period_ns / 1e9);
  return FALSE;
}

/* A lab that is not as its record says would be calibrated as something else. */
static gboolean
check_drift (const VrSite *site, const char *lab, GError **error)
{
  g_autoptr (VrStatus) status = vr_inspect_status (site, lab, error);
  if (status == NULL)
    return FALSE;
  if (status->is_up && status->drifts->len == 0)
    return TRUE;
  const VrDriftStatus *drift = status->drifts->len > 0 ? status->drifts->pdata[0] : NULL;
  g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED,
               "lab %s is not as it should be%s%s%s%s; `vrkit up` mends it", lab,
               drift != NULL ? ": " : "", drift != NULL ? drift->target : "",
               drift != NULL ? ": " : "", drift != NULL ? drift->text : "");
  return FALSE;
}

gboolean
vr_calibrate_fits (const VrSite *site, const VrCalibratePlan *plan, const VrCalibrateGrant *grant,
                   const VrCalibrateThread *thread, double share, GError **error)
{
  g_auto (GStrv) changes = vr_calibrate_changes (plan->router, thread, grant, share);
  g_autoptr (VrLab) lab
      = vr_change_apply (plan->profile, plan->profile_path, (const char *const *) changes, error);
  VrTransition transition;
  return lab != NULL && vr_lab_transition (site, plan->lab, lab, &transition, error);
}

double
vr_calibrate_least_share (const VrCalibrateGrant *grant)
{
  double quota = (double) QUOTA_LEAST_NS / (double) grant->period_ns;
  return grant->policy == VR_POLICY_QUOTA ? MAX (quota, SHARE_LEAST) : SHARE_LEAST;
}

/* Those that are found out are checked when they are; that there can be any, now. */
static gboolean
check_levels (const VrSite *site, const VrCalibratePlan *plan, const VrCalibrateRequest *request,
              GError **error)
{
  double least = vr_calibrate_least_share (&request->grant);
  const double *levels = request->levels != NULL ? request->levels : &least;
  guint count = request->levels != NULL ? request->levels_count : 1;
  for (guint i = 0; i < plan->threads->len; i++)
    for (guint k = 0; k < count; k++)
      if (!vr_calibrate_fits (site, plan, &request->grant, plan->threads->pdata[i], levels[k],
                              error))
        return FALSE;
  return TRUE;
}

/* --- The plan -----------------------------------------------------------------------------------
 */

/* What one member, or back-end, forwards is to be seen of all that a PVR or MSR does. */
static gboolean
check_alone (const VrLab *lab, const VrRouter *router, GError **error)
{
  const char *name = vr_router_outward (router);
  guint members = 0;
  for (guint i = 0; i < lab->routers->len; i++)
    members += vr_router_is_one_of (lab->routers->pdata[i], name);
  if (members == 1)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "%s %s of lab %s has %u %s, and is calibrated with one, which holds for each of "
               "them: `vrkit scale %s %s=1` first",
               router->pvr != NULL ? "PVR" : "MSR", name, lab->name, members,
               router->pvr != NULL ? "members" : "back-ends", lab->name, name);
  return FALSE;
}

static gboolean
read_lab (const VrSite *site, const VrCalibrateRequest *request, VrCalibratePlan *plan,
          GError **error)
{
  g_auto (VrRecord) record = { 0 };
  if (!vr_tune_read (site, request->lab, &record, error)
      || !check_drift (site, request->lab, error))
    return FALSE;
  plan->profile = g_steal_pointer (&record.profile);
  plan->profile_path = g_steal_pointer (&record.profile_path);
  plan->lab = vr_profile_parse (plan->profile, strlen (plan->profile), plan->profile_path, error);
  if (plan->lab == NULL)
    return FALSE;
  plan->router = vr_calibrate_router (plan->lab, request->router, error);
  return plan->router != NULL && check_alone (plan->lab, plan->router, error);
}

static gboolean
read_threads (const VrSite *site, const VrCalibrateRequest *request, VrCalibratePlan *plan,
              GError **error)
{
  g_autoptr (GPtrArray) threads
      = vr_inspect_threads (site, request->lab, VR_INSPECT_QUIETLY, error);
  if (threads == NULL)
    return FALSE;
  plan->threads = vr_calibrate_threads (plan->lab, plan->router, threads, error);
  return plan->threads != NULL;
}

VrCalibratePlan *
vr_calibrate_plan (const VrSite *site, const VrCalibrateRequest *request, GError **error)
{
  g_autoptr (VrCalibratePlan) plan = g_new0 (VrCalibratePlan, 1);
  if (!check_numbers (request, error) || !read_lab (site, request, plan, error)
      || !read_threads (site, request, plan, error) || !check_levels (site, plan, request, error))
    return NULL;
  plan->levels = request->levels != NULL ? request->levels_count : LEVELS_DEFAULT;
  plan->trials = request->repetitions * plan->threads->len * plan->levels * request->sizes_count;
  guint free_trials = request->sizes_count * (request->rate_pps != 0 ? 1 : FREE_TRIALS);
  plan->time_ns = (plan->trials + free_trials)
                  * (request->trial_ns + vr_calibrate_lead_ns (request) + ASIDE_NS);
  return g_steal_pointer (&plan);
}
