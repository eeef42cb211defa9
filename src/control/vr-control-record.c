/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-record.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "control/vr-control-log.h"

#define NS_PER_S 1e9

struct VrControlRecord {
  GArray *moments;  /* VrControlMoment */
  GPtrArray *lines; /* char *, owned: of the same steps, vrkit.control/1 */
  GPtrArray *names; /* char *, owned: of the routers that follow, as the last step has them */
};

static void
moment_clear (gpointer moment)
{
  vr_control_moment_clear (moment);
}

VrControlRecord *
vr_control_record_new (void)
{
  VrControlRecord *record = g_new0 (VrControlRecord, 1);
  record->moments = g_array_new (FALSE, TRUE, sizeof (VrControlMoment));
  g_array_set_clear_func (record->moments, moment_clear);
  record->lines = g_ptr_array_new_with_free_func (g_free);
  record->names = g_ptr_array_new_with_free_func (g_free);
  return record;
}

void
vr_control_record_free (VrControlRecord *record)
{
  g_array_unref (record->moments);
  g_ptr_array_unref (record->lines);
  g_ptr_array_unref (record->names);
  g_free (record);
}

/* --- Kept ---------------------------------------------------------------------------------------
 */

static double
reserved_for (const VrFollow *follow, guint router)
{
  double sum = 0;
  for (guint i = 0; i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    double share = 0;
    guint cpu;
    if (thread->router == router && vr_follow_wanted (follow, thread, &share, &cpu))
      sum += share;
  }
  return sum;
}

static VrControlRouterMoment
router_moment (const VrControlStep *step, guint router)
{
  const VrFollow *follow = step->holding->follow;
  const VrControlRates *rates = &step->rates[router];
  const VrCoresLevel *level = &vr_cores_results (follow->cores)[router].level;
  return (VrControlRouterMoment){ .is_seen = rates->is_seen,
                                  .arrived_pps = rates->arrived_pps,
                                  .forwarded_pps = rates->forwarded_pps,
                                  .level_pps = level->rate_pps,
                                  .reserved = reserved_for (follow, router),
                                  .cores = level->cores * vr_follow_members (follow, router) };
}

void
vr_control_record_add (VrControlRecord *record, const VrControlStep *step)
{
  const VrFollow *follow = step->holding->follow;
  VrControlMoment moment
      = { .time_ns = step->time_ns,
          .period_ns = follow != NULL ? follow->settings->period_ns : step->period_ns,
          .is_decision = follow == NULL || step->has_followed,
          .has_failed = step->error != NULL,
          .changes = step->changes,
          .apply_ns = step->apply_ns,
          .routers = g_array_new (FALSE, TRUE, sizeof (VrControlRouterMoment)) };
  g_ptr_array_set_size (record->names, 0);
  for (guint i = 0; follow != NULL && i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    VrControlRouterMoment seen = router_moment (step, i);
    g_array_append_val (moment.routers, seen);
    g_ptr_array_add (record->names, g_strdup (router->name));
  }
  g_array_append_val (record->moments, moment);
  g_ptr_array_add (record->lines, vr_control_log_line (step));
}

/* --- Told ---------------------------------------------------------------------------------------
 */

static void
add_router (JsonBuilder *builder, const char *name, const VrControlFigures *figures)
{
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", name);
  vr_json_add_number (builder, "reserved_ppm", figures->reserved_ppm);
  vr_json_add_number (builder, "cores", figures->cores);
  vr_json_add_number (builder, "level_pps", figures->level_pps);
  vr_json_add_number (builder, "settled_ns", figures->settled_ns);
  json_builder_end_object (builder);
}

/* Without the steps. */
static char *
figures_text (const VrControlRecord *record, const VrControlWindow *window,
              const VrControlSums *sums)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "begin_ns", window->begin_ns);
  vr_json_add_number (builder, "end_ns", window->end_ns);
  vr_json_add_number (builder, "decisions", sums->decisions);
  vr_json_add_number (builder, "applied", sums->applied);
  vr_json_add_number (builder, "failed", sums->failed);
  vr_json_add_number (builder, "apply_ns", sums->apply_ns);
  json_builder_set_member_name (builder, "routers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < record->names->len; i++) {
    VrControlFigures figures = vr_control_figures (record->moments, i, window);
    add_router (builder, record->names->pdata[i], &figures);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

/* The lines are JSON already: the array of them takes the place of the closing brace. */
static char *
with_steps (const char *figures, const GPtrArray *lines)
{
  GString *text = g_string_new_len (figures, (gssize) strlen (figures) - 1);
  g_string_append (text, ",\"steps\":[");
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", (const char *) lines->pdata[i]);
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

char *
vr_control_record_take (VrControlRecord *record, const VrControlWindow *window, GError **error)
{
  VrControlSums sums = vr_control_sums (record->moments, window);
  if (sums.decisions == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
                 "the controller decided nothing while the load was sent, for %.3f s: send it for "
                 "longer, or have the controller decide more often (period)",
                 (double) (window->end_ns - window->begin_ns) / NS_PER_S);
    return NULL;
  }
  g_autofree char *figures = figures_text (record, window, &sums);
  char *text = with_steps (figures, record->lines);
  g_array_set_size (record->moments, 0);
  g_ptr_array_set_size (record->lines, 0);
  return text;
}
