/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-beside.h"

#include "base/vr-error.h"
#include "control/vr-control-record.h"

typedef struct {
  const VrBesideRequest *given;
  VrControllerRequest request;
  GCancellable *cancellable;
  GThread *thread; /* NULL: it has been waited for */
  GMutex lock;     /* of what follows */
  GCond changed;
  gboolean has_begun, is_over;
  GError *cause; /* why it is over; NULL: it was asked to end */
  VrControlRecord *record;
} Beside;

static void
beside_free (Beside *beside)
{
  g_clear_error (&beside->cause);
  g_clear_pointer (&beside->record, vr_control_record_free);
  g_clear_object (&beside->cancellable);
  g_mutex_clear (&beside->lock);
  g_cond_clear (&beside->changed);
  g_free (beside);
}

/* --- The thread ---------------------------------------------------------------------------------
 */

static void
keep (const VrControlStep *step, gpointer data)
{
  Beside *beside = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&beside->lock);
  vr_control_record_add (beside->record, step);
  beside->has_begun = TRUE;
  g_cond_signal (&beside->changed);
}

static gpointer
control (gpointer data)
{
  Beside *beside = data;
  VrControlEnd how = VR_CONTROL_ENDED;
  GError *cause = NULL;
  if (vr_controller_run (beside->given->site, &beside->request, &how, &cause)
      && how == VR_CONTROL_LAB_GONE)
    g_set_error (&cause, VR_ERROR, VR_ERROR_UNWANTED, "lab %s was taken down", beside->given->lab);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&beside->lock);
  beside->cause = cause;
  beside->is_over = TRUE;
  g_cond_signal (&beside->changed);
  return NULL;
}

/* --- As a campaign has it -----------------------------------------------------------------------
 */

static void
end (gpointer data)
{
  Beside *beside = data;
  g_cancellable_cancel (beside->cancellable);
  g_clear_pointer (&beside->thread, g_thread_join);
  beside_free (beside);
}

/* FALSE, with why, where it is over. */
static gboolean
check (const Beside *beside, GError **error)
{
  if (!beside->is_over)
    return TRUE;
  if (beside->cause != NULL)
    g_propagate_prefixed_error (error, g_error_copy (beside->cause), "the controller: ");
  else
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "the controller has ended");
  return FALSE;
}

static Beside *
beside_new (const VrBesideRequest *request, const char *calibrations)
{
  Beside *beside = g_new0 (Beside, 1);
  beside->given = request;
  beside->cancellable = g_cancellable_new ();
  beside->record = vr_control_record_new ();
  g_mutex_init (&beside->lock);
  g_cond_init (&beside->changed);
  beside->request = (VrControllerRequest){
    .holding = { .lab = request->lab,
                 .calibrations = calibrations,
                 .trust = request->settings->guess ? VR_HOLDING_GUESS : VR_HOLDING_MEASURED },
    .mode = VR_CONTROL_LOOP,
    .period_ns = request->settings->period_ns,
    .clock = request->clock,
    .lab_options = *request->lab_options,
    .tell = keep,
    .tell_data = beside,
  };
  beside->request.lab_options.progress = NULL;
  beside->request.lab_options.cancellable = beside->cancellable;
  return beside;
}

static gpointer
begin (const VrBesideRequest *request, const char *calibrations, GError **error)
{
  Beside *beside = beside_new (request, calibrations);
  beside->thread = g_thread_new ("controller", control, beside);
  g_mutex_lock (&beside->lock);
  while (!beside->has_begun && !beside->is_over)
    g_cond_wait (&beside->changed, &beside->lock);
  gboolean good = check (beside, error);
  g_mutex_unlock (&beside->lock);
  if (good)
    return beside;
  end (beside);
  return NULL;
}

static char *
tell (gpointer data, guint64 begin_ns, guint64 end_ns, GError **error)
{
  Beside *beside = data;
  const VrControlWindow window = { begin_ns, end_ns };
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&beside->lock);
  return check (beside, error) ? vr_control_record_take (beside->record, &window, error) : NULL;
}

const VrBesideKind *
vr_control_beside (void)
{
  static const VrBesideKind kind = { begin, tell, end };
  return &kind;
}
