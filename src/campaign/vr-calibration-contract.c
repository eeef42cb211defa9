/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-calibration-contract.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-unit.h"
#include "campaign/vr-calibrate-thread.h"
#include "sys/vr-sched.h"

/* min_cfs_quota_period and max_cfs_quota_period, kernel/sched. */
#define QUOTA_MIN_NS 1000000
#define QUOTA_PERIOD_MAX_NS 1000000000
/* Nobody wants to wait longer; the kernel takes more. */
#define PERIOD_MAX_NS 1000000000ull
#define WHOLE_PPM 1000000

void
vr_calibration_contract_clear (VrCalibrationContract *contract)
{
  g_clear_error (&contract->error);
}

/* --- What the lab says --------------------------------------------------------------------------
 */

/* The shortest queue before the thread. */
static guint64
queue_of (const VrLab *lab, const VrRouter *router, const char *thread)
{
  const char *port = g_str_has_prefix (thread, "vhost.") ? thread + strlen ("vhost.") : NULL;
  guint64 shortest = G_MAXUINT64;
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    if (port == NULL || strcmp (interface->port, port) == 0)
      shortest = MIN (shortest, vr_lab_port (lab, interface->port)->queue_length);
  }
  return shortest;
}

/* The CPUs that the lab's schedule names for the thread; NULL where it leaves them open. */
static GArray *
cpus_of (const VrLab *lab, const VrRouter *router, const char *thread)
{
  g_autofree char *text = vr_calibrate_cpus (lab, router, thread);
  g_auto (GStrv) words = g_strsplit (text, " ", 2);
  return vr_cpu_list_parse (words[0] + 1);
}

/* NULL: wherever the planner puts it. */
static gboolean
have_common (const GArray *one, const GArray *other)
{
  gboolean have = one == NULL || other == NULL;
  for (guint i = 0; !have && i < one->len; i++)
    have = vr_cpu_list_has (other, g_array_index (one, guint, i));
  return have;
}

static gboolean
may_meet (const VrLab *lab, const VrRouter *router, const char *thread, const VrRouter *owner,
          const char *other)
{
  g_autoptr (GArray) one = cpus_of (lab, router, thread), its = cpus_of (lab, owner, other);
  return have_common (one, its);
}

static gboolean
meets_curves (const VrCalibration *calibration, const VrLab *lab, const VrRouter *router,
              const char *thread)
{
  for (guint i = 0; calibration != NULL && i < calibration->curves->len; i++) {
    const VrCalibrationCurve *other = calibration->curves->pdata[i];
    if (strcmp (other->thread, thread) != 0
        && may_meet (lab, router, thread, router, other->thread))
      return TRUE;
  }
  return FALSE;
}

/* Vcpus of tenants' routers are reserved for by `vrkit control`. */
static gboolean
meets_vcpus (const VrLab *lab, const VrRouter *router, const char *thread, const VrRouter *other)
{
  const char *name = vr_router_outward (other);
  if (!vr_router_is_one_of (other, name) || vr_lab_tenant_of (lab, name) == NULL
      || vr_follow_settings_has (lab->follow, name))
    return FALSE;
  for (guint i = 0; i < other->vcpus; i++) {
    g_autofree char *vcpu = g_strdup_printf ("vcpu.%u", i);
    if ((other != router || strcmp (vcpu, thread) != 0)
        && may_meet (lab, router, thread, other, vcpu))
      return TRUE;
  }
  return FALSE;
}

/* What the schedule has go before others; of the router itself not the thread. */
static gboolean
meets_rows (const VrLab *lab, const VrRouter *router, const char *thread, const VrRouter *other)
{
  const VrSchedule *own = vr_lab_schedule (lab, other->name);
  const VrSchedule *schedule = own != NULL ? own : vr_lab_schedule (lab, vr_router_outward (other));
  g_autoptr (GArray) cpus = cpus_of (lab, router, thread);
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *row = schedule->threads->pdata[i];
    g_autofree char *selector = vr_thread_selector_print (&row->selector);
    gboolean is_ahead = row->policy != VR_POLICY_OTHER && row->policy != VR_POLICY_IDLE;
    const GArray *its = row->cpus_choice == VR_CPUS_LIST ? row->cpus : NULL;
    if (is_ahead && (other != router || strcmp (selector, thread) != 0) && have_common (cpus, its))
      return TRUE;
  }
  return FALSE;
}

VrGapCpu
vr_calibration_sharing (const VrCalibration *calibration, const VrLab *lab, const VrRouter *router,
                        const char *thread)
{
  gboolean is_followed = vr_follow_settings_has (lab->follow, vr_router_outward (router));
  gboolean shares = meets_curves (calibration, lab, router, thread);
  for (guint i = 0; !shares && !is_followed && i < lab->routers->len; i++) {
    const VrRouter *other = lab->routers->pdata[i];
    shares
        = meets_vcpus (lab, router, thread, other)
          || ((other != router || calibration == NULL) && meets_rows (lab, router, thread, other));
  }
  return shares ? VR_GAP_SHARED : VR_GAP_ALONE;
}

/* --- The contract -------------------------------------------------------------------------------
 */

void
vr_calibration_limits (VrPolicy policy, const VrHost *host, VrGapContract *gap)
{
  gboolean is_deadline = policy == VR_POLICY_DEADLINE;
  guint64 most_ns = host->deadline_period_max_us * 1000;
  gap->runtime_min_ns = is_deadline ? VR_SCHED_RUNTIME_MIN_NS : QUOTA_MIN_NS;
  gap->period_min_ns = is_deadline
                           ? MAX (host->deadline_period_min_us * 1000, VR_SCHED_RUNTIME_MIN_NS)
                           : QUOTA_MIN_NS;
  gap->period_max_ns = is_deadline ? PERIOD_MAX_NS : QUOTA_PERIOD_MAX_NS;
  if (is_deadline && most_ns != 0)
    gap->period_max_ns = MIN (gap->period_max_ns, most_ns);
}

/* Of a PVR its first member, of an MSR its first back-end. */
static const VrRouter *
calibrated (const VrLab *lab, const VrCalibration *calibration)
{
  const VrRouter *router = NULL;
  for (guint i = 0; i < lab->routers->len && router == NULL; i++)
    if (vr_router_is_one_of (lab->routers->pdata[i], calibration->router))
      router = lab->routers->pdata[i];
  return router;
}

void
vr_calibration_contract_fill (const VrCalibration *calibration, const VrCalibrationCurve *curve,
                              const VrLab *lab, const VrHost *host, guint64 rate_pps,
                              VrCalibrationContract *contract)
{
  const VrRouter *router = calibrated (lab, calibration);
  guint64 queue = queue_of (lab, router, curve->thread);
  *contract = (VrCalibrationContract){ .curve = curve, .rate_pps = rate_pps };
  if (!vr_calibration_share_ppm (curve, rate_pps, &contract->share_ppm, &contract->error))
    return;
  VrGapContract gap = {
    .rate_pps = rate_pps,
    .share_ppm = contract->share_ppm,
    .ring_frames = g_str_has_prefix (curve->thread, "vcpu.") ? calibration->ring_frames : 0,
    .queue_min = queue,
    .queue_max = queue,
    .tick_ns = calibration->tick_ns,
    .cpu = vr_calibration_sharing (calibration, lab, router, curve->thread),
  };
  vr_calibration_limits (calibration->policy, host, &gap);
  g_autoptr (GError) cause = NULL;
  if (!vr_gap_choose (&gap, &contract->choice, &cause))
    g_set_error (
        &contract->error, cause->domain, cause->code,
        "%s; the calibration is of this queue, and one of another length wants it made anew",
        cause->message);
}

/* --- Telling ------------------------------------------------------------------------------------
 */

void
vr_calibration_contract_add_json (const VrCalibrationContract *contract, JsonBuilder *builder)
{
  const VrGapReservation *reservation = &contract->choice.reservation;
  gboolean fits = contract->error == NULL;
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "thread", contract->curve->thread);
  vr_json_add_number (builder, "size", contract->curve->size);
  vr_json_add_number (builder, "rate_pps", contract->rate_pps);
  vr_json_add_boolean (builder, "fits", fits);
  vr_json_add_string (builder, "reason", fits ? "" : contract->error->message);
  if (fits) {
    vr_json_add_double (builder, "share", (double) contract->share_ppm / WHOLE_PPM);
    vr_json_add_number (builder, "runtime_ns", reservation->runtime_ns);
    vr_json_add_number (builder, "period_ns", reservation->period_ns);
    vr_json_add_number (builder, "queue_frames", contract->choice.queue_frames);
    vr_json_add_number (builder, "gap_ns", contract->choice.gap_ns);
  }
  json_builder_end_object (builder);
}

char *
vr_calibration_contract_text (const VrCalibration *calibration,
                              const VrCalibrationContract *contract)
{
  const VrGapChoice *choice = &contract->choice;
  if (contract->error != NULL)
    return g_strdup (contract->error->message);
  g_autofree char *rate = vr_unit_print_packet_rate (contract->rate_pps);
  g_autofree char *runtime = vr_unit_print_duration (choice->reservation.runtime_ns);
  g_autofree char *period = vr_unit_print_duration (choice->reservation.period_ns);
  return g_strdup_printf ("%s with frames of %u bytes: %s takes %.1f %% of a CPU: %s %s/%s, with "
                          "the queue of %" G_GUINT64_FORMAT " as it is, adds up to %.1f ms",
                          contract->curve->thread, contract->curve->size, rate,
                          (double) contract->share_ppm * 100 / WHOLE_PPM,
                          vr_policy_name (calibration->policy), runtime, period,
                          choice->queue_frames, (double) choice->gap_ns / 1e6);
}
