/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibrations as JSON. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-calibration.h"
#include "traffic/vr-frame.h"

/* A frame takes a nanosecond at least. */
#define RATE_MAX_PPS 1e9
#define COUNT_MAX 1e15
#define DIRECTORY_MODE 0755

char *
vr_calibration_path (const char *directory, const char *lab, const char *router)
{
  g_autofree char *name = g_strdup_printf ("%s.%s.json", lab, router);
  return g_build_filename (directory, name, NULL);
}

/* --- Writing ------------------------------------------------------------------------------------
 */

static void
add_estimate (JsonBuilder *builder, const char *name, const VrEstimate *estimate)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  vr_json_add_double (builder, "value", estimate->value);
  vr_json_add_double (builder, "low", estimate->low);
  vr_json_add_double (builder, "high", estimate->high);
  json_builder_end_object (builder);
}

static void
add_line (JsonBuilder *builder, const VrCalibrationCurve *curve)
{
  json_builder_set_member_name (builder, "line");
  if (isnan (curve->line.slope.value)) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  add_estimate (builder, "intercept_pps", &curve->line.intercept);
  add_estimate (builder, "slope_pps", &curve->line.slope);
  vr_json_add_double (builder, "r_squared", curve->line.r_squared);
  vr_json_add_double (builder, "residual_sd_pps", curve->line.residual_sd);
  vr_json_add_number (builder, "levels", curve->levels);
  vr_json_add_double (builder, "peak_share", curve->peak_share);
  vr_json_add_double (builder, "peak_pps", vr_calibration_peak_pps (curve));
  json_builder_end_object (builder);
}

static void
add_curve (JsonBuilder *builder, const VrCalibrationCurve *curve)
{
  const char *excuse = vr_calibration_excuse (curve);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "thread", curve->thread);
  vr_json_add_number (builder, "size", curve->size);
  vr_json_add_number (builder, "offered_pps", curve->offered_pps);
  vr_json_add_double (builder, "free_pps", curve->free_pps);
  vr_json_add_double (builder, "used_share", curve->used_share);
  vr_json_add_boolean (builder, "usable", excuse == NULL);
  vr_json_add_string (builder, "reason", excuse);
  add_line (builder, curve);
  json_builder_set_member_name (builder, "points");
  json_builder_begin_array (builder);
  for (guint i = 0; i < curve->points->len; i++) {
    const VrCalibrationPoint *point = &g_array_index (curve->points, VrCalibrationPoint, i);
    json_builder_begin_object (builder);
    vr_json_add_double (builder, "share", point->share);
    vr_json_add_double (builder, "forwarded_pps", point->forwarded_pps);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
vr_calibration_add_json (const VrCalibration *calibration, JsonBuilder *builder)
{
  g_autoptr (GDateTime) measured = g_date_time_new_from_unix_utc (calibration->measured_s);
  g_autofree char *text = g_date_time_format_iso8601 (measured);
  vr_json_add_string (builder, "schema", VR_CALIBRATION_SCHEMA);
  vr_json_add_string (builder, "lab", calibration->lab);
  vr_json_add_string (builder, "router", calibration->router);
  vr_json_add_string (builder, "measured", text);
  vr_json_add_string (builder, "policy", vr_policy_name (calibration->policy));
  vr_json_add_number (builder, "period_ns", calibration->period_ns);
  vr_json_add_number (builder, "trial_ns", calibration->trial_ns);
  vr_json_add_number (builder, "tick_ns", calibration->tick_ns);
  vr_json_add_number (builder, "ring_frames", calibration->ring_frames);
  vr_json_add_double (builder, "confidence", calibration->confidence);
  json_builder_set_member_name (builder, "origin");
  json_builder_add_value (builder, json_node_copy (calibration->origin));
  json_builder_set_member_name (builder, "curves");
  json_builder_begin_array (builder);
  for (guint i = 0; i < calibration->curves->len; i++)
    add_curve (builder, calibration->curves->pdata[i]);
  json_builder_end_array (builder);
}

gboolean
vr_calibration_write (const VrCalibration *calibration, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *directory = g_path_get_dirname (path);
  if (g_mkdir_with_parents (directory, DIRECTORY_MODE) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", directory);
    return FALSE;
  }
  json_builder_begin_object (builder);
  vr_calibration_add_json (calibration, builder);
  json_builder_end_object (builder);
  return vr_json_write (path, builder, error);
}

/* --- Reading ------------------------------------------------------------------------------------
 */

typedef struct {
  const char *path;
  GError **error;
} Reading;

static gboolean
refuse (const Reading *reading, const char *name)
{
  g_set_error (reading->error, VR_ERROR, VR_ERROR_HOST,
               "\"%s\" is no calibration: \"%s\" is missing, or makes no sense; remove the file, "
               "and calibrate anew",
               reading->path, name);
  return FALSE;
}

/* A number within (least, most], or with `least` 0 also 0. */
static gboolean
read_number (const Reading *reading, JsonObject *object, const char *name, double most,
             double *value)
{
  JsonNode *node = json_object_get_member (object, name);
  GType type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;
  if (type != G_TYPE_DOUBLE && type != G_TYPE_INT64)
    return refuse (reading, name);
  double number = json_node_get_double (node);
  if (!(number >= 0 && number <= most))
    return refuse (reading, name);
  *value = number;
  return TRUE;
}

static gboolean
read_count (const Reading *reading, JsonObject *object, const char *name, guint64 *value)
{
  double number;
  if (!read_number (reading, object, name, COUNT_MAX, &number))
    return FALSE;
  *value = (guint64) number;
  return TRUE;
}

static JsonArray *
read_array (const Reading *reading, JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  refuse (reading, name);
  return NULL;
}

static JsonObject *
element_of (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
read_points (const Reading *reading, JsonObject *object, VrCalibrationCurve *curve)
{
  JsonArray *points = read_array (reading, object, "points");
  if (points == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (points); i++) {
    JsonObject *element = element_of (points, i);
    VrCalibrationPoint point;
    if (element == NULL)
      return refuse (reading, "points");
    if (!read_number (reading, element, "share", 1, &point.share)
        || !read_number (reading, element, "forwarded_pps", RATE_MAX_PPS, &point.forwarded_pps))
      return FALSE;
    if (point.share <= 0)
      return refuse (reading, "share");
    g_array_append_val (curve->points, point);
  }
  return TRUE;
}

static gboolean
read_curve (const Reading *reading, JsonObject *object, VrCalibration *calibration)
{
  VrThreadSelector selector = { .role = 0 };
  const char *thread = vr_json_string (object, "thread");
  double size;
  if (thread == NULL || !vr_thread_selector_parse (thread, &selector, NULL))
    return refuse (reading, "thread");
  g_free (selector.port);
  if (!read_number (reading, object, "size", VR_FRAME_SIZE_MAX, &size))
    return FALSE;
  VrCalibrationCurve *curve = vr_calibration_curve_new (thread, (guint) size);
  g_ptr_array_add (calibration->curves, curve);
  if (!read_count (reading, object, "offered_pps", &curve->offered_pps)
      || !read_number (reading, object, "free_pps", RATE_MAX_PPS, &curve->free_pps)
      || !read_number (reading, object, "used_share", COUNT_MAX, &curve->used_share)
      || !read_points (reading, object, curve))
    return FALSE;
  vr_calibration_fit (curve, calibration->confidence);
  return TRUE;
}

static gboolean
read_policy (const Reading *reading, JsonObject *object, VrCalibration *calibration)
{
  const char *policy = vr_json_string (object, "policy");
  if (g_strcmp0 (policy, vr_policy_name (VR_POLICY_DEADLINE)) == 0)
    calibration->policy = VR_POLICY_DEADLINE;
  else if (g_strcmp0 (policy, vr_policy_name (VR_POLICY_QUOTA)) == 0)
    calibration->policy = VR_POLICY_QUOTA;
  else
    return refuse (reading, "policy");
  return TRUE;
}

static gboolean
read_head (const Reading *reading, JsonObject *object, VrCalibration *calibration)
{
  const char *measured = vr_json_string (object, "measured");
  JsonNode *origin = json_object_get_member (object, "origin");
  g_autoptr (GDateTime) time
      = measured != NULL ? g_date_time_new_from_iso8601 (measured, NULL) : NULL;
  if (time == NULL)
    return refuse (reading, "measured");
  calibration->measured_s = g_date_time_to_unix (time);
  if (origin == NULL || !JSON_NODE_HOLDS_OBJECT (origin))
    return refuse (reading, "origin");
  calibration->origin = json_node_copy (origin);
  if (!read_policy (reading, object, calibration)
      || !read_count (reading, object, "period_ns", &calibration->period_ns)
      || !read_count (reading, object, "trial_ns", &calibration->trial_ns)
      || !read_count (reading, object, "tick_ns", &calibration->tick_ns)
      || !read_count (reading, object, "ring_frames", &calibration->ring_frames)
      || !read_number (reading, object, "confidence", 1, &calibration->confidence))
    return FALSE;
  return (calibration->confidence > 0 && calibration->confidence < 1)
         || refuse (reading, "confidence");
}

static gboolean
read_curves (const Reading *reading, JsonObject *object, VrCalibration *calibration)
{
  JsonArray *curves = read_array (reading, object, "curves");
  if (curves == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (curves); i++) {
    JsonObject *element = element_of (curves, i);
    if (element == NULL)
      return refuse (reading, "curves");
    if (!read_curve (reading, element, calibration))
      return FALSE;
  }
  return TRUE;
}

VrCalibration *
vr_calibration_read (const char *path, GError **error)
{
  Reading reading = { path, error };
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  g_autoptr (JsonNode) root = vr_json_read_object (path, VR_CALIBRATION_SCHEMA, error);
  if (root == NULL)
    return NULL;
  JsonObject *object = json_node_get_object (root);
  const char *lab = vr_json_string (object, "lab"), *router = vr_json_string (object, "router");
  if (lab == NULL || router == NULL || !vr_name_check ("lab", lab, NULL)
      || !vr_name_check ("router", router, NULL)) {
    refuse (&reading, lab == NULL ? "lab" : "router");
    return NULL;
  }
  g_autoptr (VrCalibration) calibration = vr_calibration_new (lab, router);
  return read_head (&reading, object, calibration) && read_curves (&reading, object, calibration)
             ? g_steal_pointer (&calibration)
             : NULL;
}
