/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-calibrate.h"

#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-calibrate-internal.h"
#include "campaign/vr-calibration-origin.h"
#include "campaign/vr-kernel-config.h"
#include "host/vr-host.h"

/* Frames of each size are first sent at this rate, which doubles until enough is lost. */
#define RATE_FIRST_PPS 20000
#define RATE_MOST_PPS 10000000
/* Below which the router was not the limit. */
#define LOST_LEAST 0.02
#define TRIES 3
/* By which the greatest share is lowered until the host grants it. */
#define STEP 0.05
/* Receive descriptors of a guest's card: VIRTIO_NET_RX_QUEUE_DEFAULT_SIZE, hw/net/virtio-net.c of
 * QEMU; E1000_DEFAULT_RXD, drivers/net/ethernet/intel/e1000. */
#define RING_FRAMES 256
/* Of a kernel that does not tell: HZ = 100, the slowest. */
#define TICK_DEFAULT_NS 10000000ull
#define NS_PER_S 1000000000ull

typedef struct {
  const VrSite *site;
  const VrCalibrateRequest *request;
  const VrCalibratePlan *plan;
  VrCalibrateSchedule *schedule;
  VrCalibrateBench *bench;
  VrCalibration *calibration;
  GPtrArray
      *levels; /* double *, owned: the shares of each curve, ascending, plan->levels of them */
  guint trial;
} Run;

/* --- Levels -------------------------------------------------------------------------------------
 */

/* What the host grants, at most what the thread takes. */
static double
greatest_share (const Run *run, const VrCalibrateThread *thread, double used)
{
  double least = vr_calibrate_least_share (&run->request->grant), share = MAX (used, least);
  while (share > STEP + least
         && !vr_calibrate_fits (run->site, run->plan, &run->request->grant, thread, share, NULL))
    share -= STEP;
  return share;
}

/* As the kernel will have it, so that all trials of a level bear the same number. */
static double
round_share (const VrCalibrateGrant *grant, double share)
{
  return (double) vr_calibrate_runtime_ns (grant, share) / (double) grant->period_ns;
}

/* The shares of a curve, ascending; the caller owns them. The lab is as it was. */
static double *
levels_of (const Run *run, const VrCalibrateThread *thread, const VrCalibrationCurve *curve)
{
  const VrCalibrateRequest *request = run->request;
  guint count = run->plan->levels;
  double *levels = g_new (double, count);
  double most = request->levels == NULL ? greatest_share (run, thread, curve->used_share) : 0;
  double least = vr_calibrate_least_share (&request->grant);
  for (guint i = 0; i < count; i++) {
    double share
        = request->levels != NULL ? request->levels[i] : MAX (most * (i + 1) / count, least);
    levels[i] = round_share (&request->grant, share);
  }
  return levels;
}

/* --- Trials -------------------------------------------------------------------------------------
 */

static void
tell (const Run *run, const VrCalibrateEvent *event)
{
  const VrCalibrateRequest *request = run->request;
  guint64 each_ns = run->plan->time_ns / (run->plan->trials + 1);
  VrCalibrateEvent told = *event;
  told.trial = event->thread != NULL ? run->trial : 0;
  told.trials = run->plan->trials;
  told.left_ns = (run->plan->trials - run->trial) * each_ns;
  if (request->tell != NULL)
    request->tell (&told, request->tell_data);
}

/* A CPU's share that the thread took, of its busiest worker. */
static double
used_share (const VrCalibrateThread *thread, const VrCalibrateResult *result)
{
  guint64 most_ns = 0;
  for (guint i = 0; i < thread->tids->len; i++) {
    gpointer tid = GINT_TO_POINTER (g_array_index (thread->tids, pid_t, i));
    const guint64 *used_ns = g_hash_table_lookup (result->used_ns, tid);
    most_ns = MAX (most_ns, used_ns != NULL ? *used_ns : 0);
  }
  return MIN ((double) most_ns / (double) result->duration_ns, 1);
}

/* One trial without a reservation; its rate doubles until enough is lost, or the tester cannot. */
static gboolean
send_freely (const Run *run, VrCalibrateLoad *load, VrCalibrateResult *result, GError **error)
{
  gboolean is_given = load->rate_pps != 0;
  for (load->rate_pps = is_given ? load->rate_pps : RATE_FIRST_PPS;; load->rate_pps *= 2) {
    vr_calibrate_result_clear (result);
    if (!vr_calibrate_bench_send (run->bench, load, result, error))
      return FALSE;
    tell (run, &(VrCalibrateEvent){ .size = load->size,
                                    .offered_pps = load->rate_pps,
                                    .forwarded_pps = result->forwarded_pps });
    if (is_given || result->lost_ratio >= VR_CALIBRATE_LOST_ENOUGH || result->is_short
        || load->rate_pps > RATE_MOST_PPS / 2)
      return TRUE;
  }
}

static gboolean
add_curves (Run *run, guint size, GError **error)
{
  VrCalibrateLoad load = { size, run->request->rate_pps };
  g_auto (VrCalibrateResult) result = { 0 };
  if (!send_freely (run, &load, &result, error))
    return FALSE;
  for (guint i = 0; i < run->plan->threads->len; i++) {
    const VrCalibrateThread *thread = run->plan->threads->pdata[i];
    VrCalibrationCurve *curve = vr_calibration_curve_new (thread->name, size);
    curve->offered_pps = load.rate_pps;
    curve->free_pps = result.forwarded_pps;
    curve->used_share = used_share (thread, &result);
    g_ptr_array_add (run->calibration->curves, curve);
    g_ptr_array_add (run->levels, levels_of (run, thread, curve));
  }
  return TRUE;
}

static gboolean
is_served (const VrCalibrateThread *thread, const VrCalibrationCurve *curve, double share,
           const VrCalibrateResult *result)
{
  VrCalibrateUse use = { .lost_ratio = result->lost_ratio,
                         .share = share,
                         .used_share = used_share (thread, result),
                         .free_share = curve->used_share };
  return vr_calibrate_is_served (&use);
}

/* Why none of the tries counts, after the last of them. */
static gboolean
refuse (const Run *run, const VrCalibrateThread *thread, const VrCalibrationCurve *curve,
        double share, const VrCalibrateResult *last, GError **error)
{
  if (is_served (thread, curve, share, last))
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "the tester was the limit, and not the router: of frames of %u bytes it could not "
                 "send more than was forwarded",
                 curve->size);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY,
                 "%s of router %s has %.1f %% of a CPU reserved, and got %.1f %% though it had "
                 "work: the kernel does not serve it; `vrkit down` and `vrkit up` make the guest "
                 "anew",
                 thread->name, run->plan->router->name, share * 100,
                 used_share (thread, last) * 100);
  return FALSE;
}

static void
add_point (Run *run, VrCalibrationCurve *curve, const VrCalibrationPoint *point)
{
  g_array_append_val (curve->points, *point);
  run->trial++;
  tell (run, &(VrCalibrateEvent){ .thread = curve->thread,
                                  .size = curve->size,
                                  .share = point->share,
                                  .offered_pps = curve->offered_pps,
                                  .forwarded_pps = point->forwarded_pps });
}

static gboolean
measure (Run *run, const VrCalibrateThread *thread, VrCalibrationCurve *curve, double share,
         GError **error)
{
  VrCalibrateLoad load = { curve->size, curve->offered_pps };
  g_auto (VrCalibrateResult) result = { 0 };
  if (!vr_calibrate_schedule_reserve (run->schedule, thread, share, error))
    return FALSE;
  for (guint i = 0; i < TRIES; i++) {
    vr_calibrate_result_clear (&result);
    if (!vr_calibrate_bench_send (run->bench, &load, &result, error))
      return FALSE;
    gboolean is_limited = result.is_short && result.lost_ratio < LOST_LEAST;
    if (!is_limited && is_served (thread, curve, share, &result)) {
      add_point (run, curve, &(VrCalibrationPoint){ share, result.forwarded_pps });
      return TRUE;
    }
  }
  return refuse (run, thread, curve, share, &result, error);
}

/* Up and down in turn, so that what changes with time does not look like a slope. */
static gboolean
measure_levels (Run *run, guint repetition, const VrCalibrateThread *thread, guint index,
                GError **error)
{
  VrCalibrationCurve *curve = run->calibration->curves->pdata[index];
  const double *levels = run->levels->pdata[index];
  guint count = run->plan->levels;
  for (guint i = 0; i < count; i++) {
    double share = levels[repetition % 2 == 0 ? i : count - 1 - i];
    if (!measure (run, thread, curve, share, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
measure_all (Run *run, GError **error)
{
  const VrCalibrateRequest *request = run->request;
  for (guint i = 0; i < request->sizes_count; i++)
    if (!add_curves (run, request->sizes[i], error))
      return FALSE;
  for (guint repetition = 0; repetition < request->repetitions; repetition++)
    for (guint i = 0; i < run->plan->threads->len; i++) {
      for (guint k = 0; k < request->sizes_count; k++)
        if (!measure_levels (run, repetition, run->plan->threads->pdata[i],
                             k * run->plan->threads->len + i, error))
          return FALSE;
      if (!vr_calibrate_schedule_restore (run->schedule, error))
        return FALSE;
    }
  return TRUE;
}

/* --- The whole ----------------------------------------------------------------------------------
 */

/* CONFIG_HZ of the kernel. */
static guint64
read_tick_ns (const char *root)
{
  static const char key[] = "\nCONFIG_HZ=";
  g_autoptr (VrHost) host = vr_host_read (root, NULL);
  g_autofree char *config = host != NULL ? vr_kernel_config (root, host->kernel_release) : NULL;
  const char *line = config != NULL ? strstr (config, key) : NULL;
  guint64 hz = line != NULL ? g_ascii_strtoull (line + strlen (key), NULL, 10) : 0;
  return hz > 0 ? NS_PER_S / hz : TICK_DEFAULT_NS;
}

static VrCalibration *
calibration_new (const Run *run, GError **error)
{
  const VrCalibrateRequest *request = run->request;
  g_autoptr (VrCalibration) calibration
      = vr_calibration_new (request->lab, vr_router_outward (run->plan->router));
  calibration->origin
      = vr_calibration_origin_new (run->site, run->plan->lab, run->plan->router, error);
  if (calibration->origin == NULL)
    return NULL;
  calibration->measured_s = (gint64) (request->clock->wall_ns (request->clock->data) / NS_PER_S);
  calibration->policy = request->grant.policy;
  calibration->period_ns = request->grant.period_ns;
  calibration->trial_ns = request->trial_ns;
  calibration->tick_ns = read_tick_ns (run->site->root_dir);
  calibration->ring_frames = RING_FRAMES;
  calibration->confidence = request->confidence;
  return g_steal_pointer (&calibration);
}

static gboolean
run_trials (Run *run, GError **error)
{
  g_autoptr (VrCalibrateBench) bench
      = vr_calibrate_bench_open (run->site, run->request, run->plan, error);
  run->bench = bench;
  return bench != NULL && measure_all (run, error);
}

VrCalibration *
vr_calibrate_run (const VrSite *site, const VrCalibrateRequest *request,
                  const VrCalibratePlan *plan, GError **error)
{
  g_autoptr (GPtrArray) levels = g_ptr_array_new_with_free_func (g_free);
  Run run = { .site = site, .request = request, .plan = plan, .levels = levels };
  g_auto (VrCalibrateSchedule) schedule = { .site = site, .request = request, .plan = plan };
  g_autoptr (GError) unrestored = NULL;
  g_autoptr (VrCalibration) calibration = calibration_new (&run, error);
  run.schedule = &schedule;
  run.calibration = calibration;
  if (calibration == NULL)
    return NULL;
  gboolean done = run_trials (&run, error);
  gboolean is_restored = vr_calibrate_schedule_restore (&schedule, &unrestored);
  if (!is_restored && done)
    g_propagate_error (error, g_steal_pointer (&unrestored));
  else if (!is_restored)
    g_prefix_error (error, "%s; first: ", unrestored->message);
  if (!done || !is_restored)
    return NULL;
  for (guint i = 0; i < calibration->curves->len; i++)
    vr_calibration_fit (calibration->curves->pdata[i], calibration->confidence);
  return g_steal_pointer (&calibration);
}
