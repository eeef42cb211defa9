/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one guest of a tenant takes: its threads. */
#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-calibration-contract.h"
#include "control/vr-contract-internal.h"

/* A share below this is no reservation that a guest can live on: it would not even answer. */
#define SHARE_LEAST 0.01
/* By how much a guess may be off, as a part of it. */
#define GUESS_ERROR 0.9
#define WHOLE_PPM 1e6
/* Of what moves packets: per cent of a CPU, up to where it is tried. */
#define SUPPORT_MOST 90
#define PERCENT_PPM 1e4

/* --- What is reserved already -------------------------------------------------------------------
 */

static const VrThreadSchedule *
row_of (const VrLab *lab, const char *group, const char *key)
{
  const VrSchedule *schedule = vr_lab_schedule (lab, group);
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *row = schedule->threads->pdata[i];
    g_autofree char *selector = vr_thread_selector_print (&row->selector);
    if (strcmp (selector, key) == 0)
      return row;
  }
  return NULL;
}

const VrThreadSchedule *
vr_contract_scheduled (const VrLab *lab, const VrRouter *router, const VrCalibrateThread *thread)
{
  const VrThreadSchedule *row = row_of (lab, router->name, thread->keys[0]);
  return row != NULL ? row : row_of (lab, vr_router_outward (router), thread->keys[0]);
}

double
vr_contract_share_of (const VrThreadSchedule *row)
{
  gboolean reserves
      = row != NULL && (row->policy == VR_POLICY_DEADLINE || row->policy == VR_POLICY_QUOTA);
  return reserves ? (double) row->runtime_ns / (double) row->period_ns : 0;
}

/* Whether a controller has made it, and nobody has changed it since. */
static gboolean
is_support (const VrContractInput *input, const VrRouter *router, const VrCalibrateThread *thread,
            const VrThreadSchedule *row)
{
  double share = vr_contract_share_of (row);
  if (share <= 0 || input->support == NULL)
    return FALSE;
  VrCalibrateGrant grant = { row->policy, row->period_ns };
  g_auto (GStrv) changes = vr_calibrate_changes (router, thread, &grant, share);
  return g_hash_table_contains (input->support, changes[0]);
}

gboolean
vr_contract_is_ahead (const VrContractInput *input, const VrRouter *router,
                      const VrCalibrateThread *thread)
{
  const VrThreadSchedule *row = vr_contract_scheduled (input->lab, router, thread);
  return row != NULL && row->policy != VR_POLICY_OTHER && row->policy != VR_POLICY_IDLE
         && !is_support (input, router, thread, row);
}

/* --- Threads ------------------------------------------------------------------------------------
 */

const VrCalibrationCurve *
vr_contract_curve (const VrCalibration *calibration, const char *thread, guint size)
{
  const VrCalibrationCurve *best = NULL;
  for (guint i = 0; i < calibration->curves->len; i++) {
    const VrCalibrationCurve *curve = calibration->curves->pdata[i];
    if (strcmp (curve->thread, thread) != 0)
      continue;
    if (best == NULL || (best->size < size && curve->size > best->size)
        || (curve->size >= size && curve->size < best->size))
      best = curve;
  }
  return best;
}

static double
half_width (const VrEstimate *estimate)
{
  return (estimate->high - estimate->low) / 2;
}

static void
add_thread (VrContractBuilder *builder, guint tenant, const VrContractGuest *guest,
            const VrCalibrateThread *thread, const VrCalibrateGrant *grant, VrDecideThread *line)
{
  GArray *lines = builder->contract->lines->pdata[tenant];
  VrContractThread *added = g_new0 (VrContractThread, 1);
  const VrThreadSchedule *row = vr_contract_scheduled (builder->input->lab, guest->router, thread);
  added->tenant = tenant;
  added->number = lines->len;
  added->name = g_strdup_printf ("%s/%s", guest->router->name, thread->name);
  added->router = guest->router;
  added->thread = thread;
  added->grant = *grant;
  added->tick_ns = guest->calibration != NULL ? guest->calibration->tick_ns : 0;
  added->cpu = vr_calibration_sharing (guest->calibration, builder->input->lab, guest->router,
                                       thread->name);
  g_ptr_array_add (builder->contract->threads, added);
  line->name = added->name;
  line->pool = vr_contract_pool (builder, thread->cpus, grant->policy);
  line->share_least = SHARE_LEAST;
  line->share_most = MIN (1, vr_contract_capacity (builder->input, thread->cpus, grant->policy));
  if (row != NULL && row->policy == grant->policy && row->period_ns == grant->period_ns)
    line->share = CLAMP (vr_contract_share_of (row), line->share_least, line->share_most);
  g_array_append_vals (lines, line, 1);
}

static gboolean
add_vcpu (VrContractBuilder *builder, guint tenant, const VrContractGuest *guest,
          const VrCalibrateThread *thread, double part, GError **error)
{
  const VrTenant *of = builder->contract->held->pdata[tenant];
  const VrCalibrationCurve *curve
      = vr_contract_curve (guest->calibration, thread->name, vr_tenant_size (of));
  VrCalibrateGrant grant;
  double share;
  if (curve == NULL || vr_calibration_excuse (curve) != NULL)
    return TRUE;
  if (!vr_contract_grant (builder->input, guest, curve, (double) vr_rate_pps (&of->rate) * part,
                          &grant, &share, error)) {
    g_prefix_error (error, "tenant %s (%s:%u), router %s: ", of->name, of->origin.file,
                    of->origin.line, guest->router->name);
    return FALSE;
  }
  vr_contract_bridge_limit (builder, of, guest, curve, part, &grant);
  VrDecideThread line = { .part = part,
                          .intercept_pps = curve->line.intercept.value,
                          .slope_pps = curve->line.slope.value,
                          .intercept_error_pps = half_width (&curve->line.intercept),
                          .slope_error_pps = half_width (&curve->line.slope) };
  if (curve->size != vr_tenant_size (of)) {
    g_autofree char *note
        = g_strdup_printf ("tenant %s: router %s is calibrated with frames of %u bytes, not of %u",
                           of->name, guest->router->name, curve->size, vr_tenant_size (of));
    g_strv_builder_add (builder->notes, note);
  }
  add_thread (builder, tenant, guest, thread, &grant, &line);
  return TRUE;
}

/* What a thread is to have that is no limit at the rate: by its line, with the margin, and so much
 * that the queue bridges what the reservation leaves it without. 0 where no share does. */
static double
support_share (const VrContractBuilder *builder, const VrContractGuest *guest,
               const VrCalibrationCurve *curve, double rate_pps)
{
  guint64 ppm, queue = vr_contract_queue (builder->input->lab, guest->router);
  guint64 whole_pps = MAX ((guint64) rate_pps, 1);
  if (curve == NULL || !vr_calibration_share_ppm (curve, whole_pps, &ppm, NULL))
    return 0;
  VrGapReservation reservation
      = { .period_ns = guest->calibration->period_ns,
          .tick_ns = guest->calibration->tick_ns,
          .cpu = vr_calibration_sharing (guest->calibration, builder->input->lab, guest->router,
                                         curve->thread) };
  guint percent = (guint) ceil ((double) ppm / PERCENT_PPM * VR_CONTRACT_MARGIN);
  for (; percent <= SUPPORT_MOST; percent++) {
    reservation.runtime_ns = reservation.period_ns * percent / 100;
    if (vr_gap_frames (vr_gap_longest_ns (&reservation), whole_pps) <= queue)
      return percent / 100.0;
  }
  return 0;
}

static void
add_mover (VrContractBuilder *builder, guint tenant, const VrContractGuest *guest,
           const VrCalibrateThread *thread, double part)
{
  const VrTenant *of = builder->contract->held->pdata[tenant];
  const VrCalibrationCurve *curve
      = guest->calibration != NULL
            ? vr_contract_curve (guest->calibration, thread->name, vr_tenant_size (of))
            : NULL;
  if (vr_contract_is_ahead (builder->input, guest->router, thread))
    return;
  double share = support_share (builder, guest, curve, (double) vr_tenant_limit_pps (of) * part);
  if (share <= 0 || guest->calibration == NULL) {
    g_autofree char *note = g_strdup_printf (
        "tenant %s: %s of router %s has no reservation, so its rate holds while the host leaves it "
        "time; [schedule %s] can reserve some",
        of->name, thread->name, guest->router->name, guest->router->name);
    g_strv_builder_add (builder->notes, note);
    return;
  }
  VrCalibrateGrant grant = { guest->calibration->policy, guest->calibration->period_ns };
  VrContractThread supported = { .router = guest->router, .thread = thread };
  guint pool = vr_contract_pool (builder, thread->cpus, grant.policy);
  g_array_index (builder->contract->support_shares, double, pool) += share;
  g_array_append_val (builder->supported, supported);
  g_auto (GStrv) changes = vr_calibrate_changes (guest->router, thread, &grant, share);
  g_strv_builder_addv (builder->support, (const char **) changes);
}

double
vr_contract_guess (const VrContractGuest *guest, const VrHost *host, VrCalibrateGrant *grant)
{
  grant->policy = host->has_deadline ? VR_POLICY_DEADLINE : VR_POLICY_QUOTA;
  grant->period_ns = VR_CONTRACT_GUESS_PERIOD_NS;
  return guest->accel == VR_ACCEL_KVM ? VR_CONTRACT_GUESS_KVM_PPS : VR_CONTRACT_GUESS_TCG_PPS;
}

static void
guess_vcpu (VrContractBuilder *builder, guint tenant, const VrContractGuest *guest,
            const VrCalibrateThread *thread, double part)
{
  VrCalibrateGrant grant;
  const VrTenant *of = builder->contract->held->pdata[tenant];
  double slope = vr_contract_guess (guest, builder->input->host, &grant);
  vr_contract_bridge_guess (builder, of, guest, thread, slope, part, &grant);
  VrDecideThread line
      = { .part = part, .slope_pps = slope, .slope_error_pps = slope * GUESS_ERROR };
  add_thread (builder, tenant, guest, thread, &grant, &line);
}

gboolean
vr_contract_is_vcpu (const VrCalibrateThread *thread)
{
  return g_str_has_prefix (thread->name, "vcpu.");
}

static gboolean
refuse_lines (const VrTenant *tenant, const VrContractGuest *guest, GError **error)
{
  g_set_error (
      error, VR_ERROR, VR_ERROR_HOST,
      "tenant %s (%s:%u): no vcpu of router %s has a line that can be used (`vrkit "
      "calibrate --show` says why): calibrate it anew with other --levels, or give --guess",
      tenant->name, tenant->origin.file, tenant->origin.line, guest->router->name);
  return FALSE;
}

static void
note_guest (VrContractBuilder *builder, const VrTenant *tenant, const VrContractGuest *guest,
            VrPolicy policy)
{
  g_autofree char *note = NULL;
  if (guest->calibration == NULL)
    note = g_strdup_printf ("tenant %s: router %s is not calibrated, and guessed to forward %.0f "
                            "packets a second with a whole CPU",
                            tenant->name, guest->router->name,
                            guest->accel == VR_ACCEL_KVM ? VR_CONTRACT_GUESS_KVM_PPS
                                                         : VR_CONTRACT_GUESS_TCG_PPS);
  if (note != NULL)
    g_strv_builder_add (builder->notes, note);
  g_autofree char *quota
      = policy == VR_POLICY_QUOTA ? g_strdup_printf (
            "tenant %s: router %s is held by quota, which limits it and promises "
            "nothing: others on its CPUs can take its time",
            tenant->name, guest->router->name)
                                  : NULL;
  if (quota != NULL)
    g_strv_builder_add (builder->notes, quota);
}

/* `part` of the tenant's packets pass the guest. */
gboolean
vr_contract_add_guest (VrContractBuilder *builder, guint tenant, const VrContractGuest *guest,
                       double part, GError **error)
{
  const VrTenant *of = builder->contract->held->pdata[tenant];
  guint before = builder->contract->threads->len;
  for (guint i = 0; i < guest->threads->len; i++) {
    const VrCalibrateThread *thread = guest->threads->pdata[i];
    if (!vr_contract_is_vcpu (thread))
      add_mover (builder, tenant, guest, thread, part);
    else if (guest->calibration == NULL)
      guess_vcpu (builder, tenant, guest, thread, part);
    else if (!add_vcpu (builder, tenant, guest, thread, part, error))
      return FALSE;
  }
  if (builder->contract->threads->len == before)
    return refuse_lines (of, guest, error);
  const VrContractThread *last = builder->contract->threads->pdata[before];
  note_guest (builder, of, guest, last->grant.policy);
  return TRUE;
}
