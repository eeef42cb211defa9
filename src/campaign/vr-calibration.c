/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-calibration.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"

/* A level whose mean is that part of the greatest is at the peak, as in vr-claim.c. */
#define PEAK_PART 0.98
#define LEVELS_LEAST 3
#define WHOLE_PPM 1000000

static void
curve_free (gpointer data)
{
  VrCalibrationCurve *curve = data;
  g_free (curve->thread);
  g_array_unref (curve->points);
  g_free (curve);
}

VrCalibrationCurve *
vr_calibration_curve_new (const char *thread, guint size)
{
  VrCalibrationCurve *curve = g_new0 (VrCalibrationCurve, 1);
  curve->thread = g_strdup (thread);
  curve->size = size;
  curve->points = g_array_new (FALSE, FALSE, sizeof (VrCalibrationPoint));
  return curve;
}

VrCalibration *
vr_calibration_new (const char *lab, const char *router)
{
  VrCalibration *calibration = g_new0 (VrCalibration, 1);
  calibration->lab = g_strdup (lab);
  calibration->router = g_strdup (router);
  calibration->curves = g_ptr_array_new_with_free_func (curve_free);
  return calibration;
}

void
vr_calibration_free (VrCalibration *calibration)
{
  g_free (calibration->lab);
  g_free (calibration->router);
  g_clear_pointer (&calibration->origin, json_node_unref);
  g_ptr_array_unref (calibration->curves);
  g_free (calibration);
}

VrCalibrationCurve *
vr_calibration_curve (const VrCalibration *calibration, const char *thread, guint size)
{
  for (guint i = 0; i < calibration->curves->len; i++) {
    VrCalibrationCurve *curve = calibration->curves->pdata[i];
    if (curve->size == size && strcmp (curve->thread, thread) == 0)
      return curve;
  }
  return NULL;
}

/* --- The line -----------------------------------------------------------------------------------
 */

typedef struct {
  double share, sum_pps;
  guint count;
} Level;

static gint
compare_points (gconstpointer a, gconstpointer b)
{
  double x = ((const VrCalibrationPoint *) a)->share, y = ((const VrCalibrationPoint *) b)->share;
  return x < y ? -1 : x > y;
}

/* Of points that ascend by share. */
static GArray *
levels_of (const GArray *points)
{
  GArray *levels = g_array_new (FALSE, FALSE, sizeof (Level));
  for (guint i = 0; i < points->len; i++) {
    const VrCalibrationPoint *point = &g_array_index (points, VrCalibrationPoint, i);
    Level *last = levels->len > 0 ? &g_array_index (levels, Level, levels->len - 1) : NULL;
    if (last != NULL && last->share >= point->share) {
      last->sum_pps += point->forwarded_pps;
      last->count++;
    } else {
      Level level = { point->share, point->forwarded_pps, 1 };
      g_array_append_val (levels, level);
    }
  }
  return levels;
}

static double
mean_of (const GArray *levels, guint index)
{
  const Level *level = &g_array_index (levels, Level, index);
  return level->sum_pps / level->count;
}

/* How many levels there are up to the peak. */
static guint
count_to_peak (const GArray *levels)
{
  double greatest = 0;
  guint count = 0;
  for (guint i = 0; i < levels->len; i++)
    greatest = MAX (greatest, mean_of (levels, i));
  while (count < levels->len && mean_of (levels, count++) < PEAK_PART * greatest)
    ;
  return count;
}

void
vr_calibration_fit (VrCalibrationCurve *curve, double confidence)
{
  g_autoptr (GArray) points = g_array_copy (curve->points);
  g_array_sort (points, compare_points);
  g_autoptr (GArray) levels = levels_of (points);
  g_autofree double *x = g_new (double, points->len), *y = g_new (double, points->len);
  guint count = 0;
  curve->levels = count_to_peak (levels);
  curve->least_share = levels->len > 0 ? g_array_index (levels, Level, 0).share : 0;
  curve->peak_share
      = curve->levels > 0 ? g_array_index (levels, Level, curve->levels - 1).share : 0;
  for (; count < points->len; count++) {
    const VrCalibrationPoint *point = &g_array_index (points, VrCalibrationPoint, count);
    if (point->share > curve->peak_share)
      break;
    x[count] = point->share;
    y[count] = point->forwarded_pps;
  }
  curve->line = vr_statistics_relative_line (x, y, count, confidence);
  curve->state = curve->levels < LEVELS_LEAST   ? VR_CALIBRATION_FEW
                 : !(curve->line.slope.low > 0) ? VR_CALIBRATION_FLAT
                                                : VR_CALIBRATION_GOOD;
}

const char *
vr_calibration_excuse (const VrCalibrationCurve *curve)
{
  switch (curve->state) {
  case VR_CALIBRATION_FEW:
    return "fewer than 3 levels lie up to the peak: give --levels more and lower ones";
  case VR_CALIBRATION_FLAT:
    return "the rate does not rise with the reservation, as far as these trials tell: longer "
           "trials, or more of them, may";
  default:
    return NULL;
  }
}

/* --- The way back -------------------------------------------------------------------------------
 */

double
vr_calibration_peak_pps (const VrCalibrationCurve *curve)
{
  return MAX (curve->line.intercept.value + curve->line.slope.value * curve->peak_share, 0);
}

gboolean
vr_calibration_share_ppm (const VrCalibrationCurve *curve, guint64 rate_pps, guint64 *share_ppm,
                          GError **error)
{
  const char *excuse = vr_calibration_excuse (curve);
  if (excuse != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s with frames of %u bytes: %s", curve->thread,
                 curve->size, excuse);
    return FALSE;
  }
  double peak_pps = vr_calibration_peak_pps (curve);
  if ((double) rate_pps > peak_pps) {
    g_autofree char *rate = vr_unit_print_packet_rate (rate_pps);
    g_autofree char *fits = vr_unit_print_packet_rate ((guint64) peak_pps);
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "%s with frames of %u bytes: %s is more than was ever forwarded: %s would fit",
                 curve->thread, curve->size, rate, fits);
    return FALSE;
  }
  double share = ((double) rate_pps - curve->line.intercept.value) / curve->line.slope.value;
  share = CLAMP (share, curve->least_share, curve->peak_share);
  *share_ppm = MIN ((guint64) ceil (share * WHOLE_PPM), WHOLE_PPM);
  return TRUE;
}
