/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab's schedule while its router is calibrated. */
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-calibrate-internal.h"
#include "config/vr-change.h"
#include "config/vr-profile.h"
#include "lab/vr-tune.h"

void
vr_calibrate_schedule_clear (VrCalibrateSchedule *schedule)
{
  g_clear_pointer (&schedule->written, g_free);
}

/* Too short to be interrupted: who asks for that is heard before the next trial. */
static gboolean
tune_to (const VrCalibrateSchedule *schedule, const char *profile, GError **error)
{
  VrLabOptions options = schedule->request->lab_options;
  VrTuneRequest request = { .lab = schedule->request->lab, .profile = profile };
  VrOutcome outcome;
  options.progress = NULL;
  options.cancellable = NULL;
  return vr_tune_run (schedule->site, &request, &options, &outcome, error);
}

/* What is on record of the lab now; the caller owns it. */
static char *
read_profile (const VrCalibrateSchedule *schedule, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  if (!vr_tune_read (schedule->site, schedule->request->lab, &record, error))
    return NULL;
  return g_steal_pointer (&record.profile);
}

static gboolean
is_ours (const VrCalibrateSchedule *schedule, const char *profile)
{
  const char *written = schedule->written != NULL ? schedule->written : schedule->plan->profile;
  return strcmp (profile, written) == 0;
}

gboolean
vr_calibrate_schedule_reserve (VrCalibrateSchedule *schedule, const VrCalibrateThread *thread,
                               double share, GError **error)
{
  const VrCalibratePlan *plan = schedule->plan;
  g_auto (GStrv) changes
      = vr_calibrate_changes (plan->router, thread, &schedule->request->grant, share);
  g_autoptr (VrLab) lab
      = vr_change_apply (plan->profile, plan->profile_path, (const char *const *) changes, error);
  g_autofree char *now = lab != NULL ? read_profile (schedule, error) : NULL;
  if (now == NULL)
    return FALSE;
  if (!is_ours (schedule, now)) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "somebody else has changed lab %s meanwhile: calibrate it when nobody does",
                 schedule->request->lab);
    return FALSE;
  }
  g_autofree char *profile = vr_profile_print (lab);
  if (!tune_to (schedule, profile, error))
    return FALSE;
  schedule->thread = thread;
  g_free (schedule->written);
  schedule->written = g_steal_pointer (&profile);
  return TRUE;
}

/* The value that the lab's schedule had for a key; "" where it had none. The caller owns it. */
static char *
value_before (const VrCalibratePlan *plan, const char *key)
{
  g_autofree char *head = g_strdup_printf ("[schedule %s]", plan->router->name);
  g_autofree char *begin = g_strconcat (key, " = ", NULL);
  g_auto (GStrv) lines = g_strsplit (plan->profile, "\n", -1);
  gboolean inside = FALSE;
  for (char **line = lines; *line != NULL; line++) {
    if (**line == '[')
      inside = strcmp (*line, head) == 0;
    else if (inside && g_str_has_prefix (*line, begin))
      return g_strdup (*line + strlen (begin));
  }
  return g_strdup ("");
}

/* A profile that somebody else has changed, with our keys as they were. */
static char *
mend (const VrCalibrateSchedule *schedule, const char *profile, GError **error)
{
  const VrCalibratePlan *plan = schedule->plan;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (char **key = schedule->thread->keys; *key != NULL; key++) {
    g_autofree char *value = value_before (plan, *key);
    g_autofree char *change
        = g_strdup_printf ("schedule.%s.%s=%s", plan->router->name, *key, value);
    g_strv_builder_add (builder, change);
  }
  g_auto (GStrv) changes = g_strv_builder_end (builder);
  g_autoptr (VrLab) lab
      = vr_change_apply (profile, plan->profile_path, (const char *const *) changes, error);
  return lab != NULL ? vr_profile_print (lab) : NULL;
}

gboolean
vr_calibrate_schedule_restore (VrCalibrateSchedule *schedule, GError **error)
{
  if (schedule->thread == NULL)
    return TRUE;
  g_autofree char *now = read_profile (schedule, error);
  g_autofree char *profile = now == NULL               ? NULL
                             : is_ours (schedule, now) ? g_strdup (schedule->plan->profile)
                                                       : mend (schedule, now, error);
  if (profile == NULL || !tune_to (schedule, profile, error)) {
    g_prefix_error (error, "the schedule could not be put back (`vrkit up` mends it): ");
    return FALSE;
  }
  schedule->thread = NULL;
  g_clear_pointer (&schedule->written, g_free);
  return TRUE;
}
