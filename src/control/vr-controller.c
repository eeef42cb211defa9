/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-controller.h"

#include "base/vr-error.h"
#include "control/vr-controller-internal.h"
#include "lab/vr-tune.h"

/* How often it looks whether it is to end. */
#define NAP_NS 50000000ull

static void
session_clear (VrControlSession *session)
{
  g_clear_pointer (&session->reader, vr_snapshot_close);
  g_clear_pointer (&session->tuning, vr_tune_memory_free);
  g_clear_pointer (&session->decider, vr_decider_free);
  g_clear_pointer (&session->holding, vr_holding_free);
  vr_snapshot_clear (&session->snapshot);
  g_clear_pointer (&session->memory, vr_control_memory_free);
  g_clear_pointer (&session->counters, g_array_unref);
  g_clear_pointer (&session->used, g_array_unref);
  g_clear_pointer (&session->drifts, g_hash_table_unref);
  g_clear_pointer (&session->plan, vr_plan_free);
  g_free (session->plan_profile);
  g_clear_pointer (&session->watches, vr_control_watches_free);
  vr_control_retry_clear (&session->retry);
  g_clear_pointer (&session->seen, g_array_unref);
  g_clear_pointer (&session->rates, g_array_unref);
  g_clear_pointer (&session->events, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrControlSession, session_clear)

static guint64
now (const VrControlSession *session)
{
  const VrClock *clock = session->request->clock;
  return clock->now_ns (clock->data);
}

/* --- Steps --------------------------------------------------------------------------------------
 */

/* Decides, and applies; `step` is filled in. */
static gboolean
decide (VrControlSession *session, VrControlStep *step, GError **error)
{
  const VrClock *clock = session->request->clock;
  guint64 begin_ns = now (session);
  /* Rates are of the time between two readings, not between two decisions. */
  step->time_ns = session->snapshot.ports != NULL ? (guint64) session->snapshot.time_ns : begin_ns;
  step->wall_ns = clock->wall_ns (clock->data);
  const VrFollow *follow = session->holding->follow;
  g_array_set_size (session->rates, 0);
  g_array_set_size (session->rates, follow != NULL ? follow->routers->len : 0);
  step->rates = (const VrControlRates *) (gconstpointer) session->rates->data;
  step->has_followed
      = vr_control_follow_load (session, (VrControlRates *) (gpointer) session->rates->data);
  step->results
      = vr_decider_step (session->decider, step->time_ns,
                         (const VrDecideCounters *) (gconstpointer) session->counters->data);
  gboolean good = vr_control_apply (session, step->results, &step->changes, error);
  step->apply_ns = step->changes > 0 ? now (session) - begin_ns : 0;
  return good;
}

static void
tell (VrControlSession *session, VrControlStep *step, const GError *error)
{
  step->holding = session->holding;
  step->snapshot = &session->snapshot;
  step->number = session->number++;
  step->period_ns = session->period_ns;
  step->error = error != NULL ? error->message : NULL;
  step->events = session->events;
  session->request->tell (step, session->request->tell_data);
  g_ptr_array_set_size (session->events, 0);
}

static gboolean
is_over (const VrControlSession *session, guint64 end_ns)
{
  GCancellable *cancellable = session->request->lab_options.cancellable;
  return (end_ns != 0 && now (session) >= end_ns) || g_cancellable_is_cancelled (cancellable);
}

/* FALSE where it is to end. */
static gboolean
wait_for (const VrControlSession *session, guint64 time_ns, guint64 end_ns)
{
  const VrClock *clock = session->request->clock;
  while (now (session) < time_ns && !is_over (session, end_ns))
    clock->wait_until (clock->data, MIN (time_ns, now (session) + NAP_NS));
  return !is_over (session, end_ns);
}

static gboolean
first_step (VrControlSession *session, GError **error)
{
  VrControlStep step = { .number = 0 };
  if (session->request->mode == VR_CONTROL_LOOP)
    vr_control_observe (session);
  if (!decide (session, &step, error))
    return FALSE;
  tell (session, &step, NULL);
  return TRUE;
}

/* FALSE where the lab is gone. */
static gboolean
next_step (VrControlSession *session)
{
  g_autoptr (GError) cause = NULL;
  VrControlStep step = { .number = 0 };
  if (!vr_control_follow_lab (session))
    return FALSE;
  vr_control_observe (session);
  vr_control_look (session);
  decide (session, &step, &cause);
  if (!g_cancellable_is_cancelled (session->request->lab_options.cancellable))
    tell (session, &step, cause);
  return TRUE;
}

static VrControlEnd
loop (VrControlSession *session)
{
  const VrControllerRequest *request = session->request;
  guint64 begin_ns = now (session), next_ns = begin_ns;
  guint64 end_ns = request->duration_ns != 0 ? begin_ns + request->duration_ns : 0;
  for (;;) {
    /* One that is late begins its period then. */
    next_ns = MAX (next_ns + session->period_ns, now (session));
    if (!wait_for (session, next_ns, end_ns))
      return VR_CONTROL_ENDED;
    if (!next_step (session))
      return VR_CONTROL_LAB_GONE;
  }
}

gboolean
vr_controller_run (const VrSite *site, const VrControllerRequest *request, VrControlEnd *end,
                   GError **error)
{
  g_auto (VrFd) lock = -1;
  g_auto (VrRecord) record = { 0 };
  g_auto (VrControlSession) session
      = { .site = site,
          .request = request,
          .counters = g_array_new (FALSE, TRUE, sizeof (VrDecideCounters)),
          .used = g_array_new (FALSE, TRUE, sizeof (guint64)),
          .watches = vr_control_watches_new (),
          .drifts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
          .seen = g_array_new (FALSE, TRUE, sizeof (VrControlSeen)),
          .rates = g_array_new (FALSE, TRUE, sizeof (VrControlRates)),
          .events = g_ptr_array_new_with_free_func (g_free) };
  /* The directory of the lock is the lab's. */
  if (!vr_tune_read (site, request->holding.lab, &record, error)
      || (request->mode != VR_CONTROL_REHEARSE
          && !vr_control_lock (site, request->holding.lab, VR_CONTROL_CONTROLLED, &lock, error)))
    return FALSE;
  session.memory = vr_control_recall (site, request->holding.lab);
  if (!vr_control_read_lab (&session, error) || !first_step (&session, error))
    return FALSE;
  *end = request->mode == VR_CONTROL_LOOP ? loop (&session) : VR_CONTROL_ENDED;
  return TRUE;
}
