/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The periods of reservations: as long as the queue bridges what they leave a thread without
 * (plan/vr-gap.h). */
#include "base/vr-error.h"
#include "campaign/vr-calibration-contract.h"
#include "control/vr-contract-internal.h"

#define WHOLE_PPM 1e6
/* Of a guess. */
#define SHARE_LEAST_PPM 10000.0

guint64
vr_contract_queue (const VrLab *lab, const VrRouter *router)
{
  guint64 shortest = G_MAXUINT32;
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    shortest = MIN (shortest, vr_lab_port (lab, interface->port)->queue_length);
  }
  return shortest;
}

gboolean
vr_contract_grant (const VrContractInput *input, const VrContractGuest *guest,
                   const VrCalibrationCurve *curve, double rate_pps, VrCalibrateGrant *grant,
                   double *share, GError **error)
{
  g_auto (VrCalibrationContract) asked = { .curve = NULL };
  guint64 whole_pps = MAX ((guint64) rate_pps, 1);
  vr_calibration_contract_fill (guest->calibration, curve, input->lab, input->host, whole_pps,
                                &asked);
  if (asked.error != NULL) {
    g_propagate_error (error, g_steal_pointer (&asked.error));
    return FALSE;
  }
  grant->policy = guest->calibration->policy;
  grant->period_ns = MIN (asked.choice.reservation.period_ns, guest->calibration->period_ns);
  *share = (double) asked.share_ppm / WHOLE_PPM;
  return TRUE;
}

/* --- From the rate to the limit -----------------------------------------------------------------
 */

/* What arrives in a gap, R (k T (1 - R / slope) + tick slope / R), is the most at half of what a
 * whole CPU forwards, and less to both sides: so where that is between rate and limit, it counts.
 */
static double
worst_between (double rate_pps, double limit_pps, double slope_pps)
{
  return CLAMP (slope_pps / 2, rate_pps, limit_pps);
}

static void
note_loss (VrContractBuilder *builder, const VrTenant *tenant, const VrContractGuest *guest,
           const char *thread, double rate_pps, const GError *cause)
{
  g_autofree char *note
      = g_strdup_printf ("tenant %s: %s/%s may lose packets at %.0f a second: %s", tenant->name,
                         guest->router->name, thread, rate_pps, cause->message);
  g_strv_builder_add (builder->notes, note);
}

void
vr_contract_bridge_limit (VrContractBuilder *builder, const VrTenant *tenant,
                          const VrContractGuest *guest, const VrCalibrationCurve *curve,
                          double part, VrCalibrateGrant *grant)
{
  double rate = (double) vr_rate_pps (&tenant->rate) * part;
  double limit
      = MIN ((double) vr_tenant_limit_pps (tenant) * part, vr_calibration_peak_pps (curve));
  const double rates[]
      = { worst_between (rate, MAX (rate, limit), curve->line.slope.value), limit };
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autoptr (GError) cause = NULL;
    VrCalibrateGrant other;
    double share;
    if (rates[i] <= rate)
      continue;
    if (!vr_contract_grant (builder->input, guest, curve, rates[i], &other, &share, &cause)) {
      note_loss (builder, tenant, guest, curve->thread, rates[i], cause);
      return;
    }
    grant->period_ns = MIN (grant->period_ns, other.period_ns);
  }
}

void
vr_contract_bridge_guess (VrContractBuilder *builder, const VrTenant *tenant,
                          const VrContractGuest *guest, const VrCalibrateThread *thread,
                          double slope_pps, double part, VrCalibrateGrant *grant)
{
  const VrContractInput *input = builder->input;
  double rate = (double) vr_rate_pps (&tenant->rate) * part;
  double limit = MAX ((double) vr_tenant_limit_pps (tenant) * part, rate);
  const double rates[] = { rate, worst_between (rate, limit, slope_pps), limit };
  guint64 queue = vr_contract_queue (input->lab, guest->router);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autoptr (GError) cause = NULL;
    VrGapChoice choice;
    VrGapContract gap = {
      .rate_pps = MAX ((guint64) rates[i], 1),
      .share_ppm = (guint64) CLAMP (rates[i] / slope_pps * WHOLE_PPM, SHARE_LEAST_PPM, WHOLE_PPM),
      .ring_frames = VR_CONTRACT_GUESS_RING,
      .queue_min = queue,
      .queue_max = queue,
      .cpu = vr_calibration_sharing (NULL, input->lab, guest->router, thread->name),
    };
    vr_calibration_limits (grant->policy, input->host, &gap);
    if (!vr_gap_choose (&gap, &choice, &cause)) {
      note_loss (builder, tenant, guest, thread->name, rates[i], cause);
      return;
    }
    grant->period_ns = MIN (grant->period_ns, choice.reservation.period_ns);
  }
}
