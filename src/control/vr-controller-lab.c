/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab that is controlled: read, followed, and seen. */
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "control/vr-controller-internal.h"
#include "lab/vr-inspect.h"
#include "lab/vr-tune.h"

void
vr_control_notice (VrControlSession *session, char *event)
{
  g_ptr_array_add (session->events, event);
}

/* --- The lab ------------------------------------------------------------------------------------
 */

/* A thread goes on from what it has only where a controller has left it that, by the same line; and
 * what is done once goes by the calibrations alone. */
static void
take_over (const VrControlSession *session, VrContract *contract)
{
  for (guint i = 0; i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    GArray *lines = contract->lines->pdata[thread->tenant];
    VrDecideThread *line = &g_array_index (lines, VrDecideThread, thread->number);
    double correction = session->request->mode == VR_CONTROL_LOOP ? vr_control_correction (
                            session->memory, thread->name, line->intercept_pps, line->slope_pps)
                                                                  : 0;
    if (correction > 0 && line->share > 0)
      line->correction = correction;
    else
      line->share = 0;
  }
}

static VrDecider *
make_decider (const VrControlSession *session, VrContract *contract, GError **error)
{
  VrDecideConfig config = vr_decide_config_default (session->period_ns);
  take_over (session, contract);
  return vr_decider_new (&config, (const double *) (gconstpointer) contract->capacity->data,
                         contract->pools->len,
                         (const VrDecideTenant *) (gconstpointer) contract->tenants->data,
                         contract->tenants->len, error);
}

static VrSnapshotReader *
open_reader (const VrControlSession *session, const VrLab *lab, GError **error)
{
  g_autoptr (VrVirt) virt = vr_inspect_virt (session->site, lab->name, error);
  VrSnapshotSource source = {
    .root_dir = session->site->root_dir, .lab = lab, .virt = virt, .now_ns = session->site->now_ns
  };
  return virt != NULL ? vr_snapshot_open (&source, error) : NULL;
}

/* How often it is decided: as asked for, else as [balance] has it where there is nothing else. */
static gboolean
read_period (VrControlSession *session, const VrHolding *holding, GError **error)
{
  const VrFollowSettings *follow = holding->lab->follow;
  gboolean is_alone = follow != NULL && holding->contract->tenants->len == 0;
  guint64 period_ns = session->request->period_ns;
  if (period_ns == 0)
    period_ns = is_alone ? follow->period_ns : VR_CONTROL_PERIOD_NS;
  if (follow != NULL && period_ns > follow->period_ns && session->request->period_ns == 0)
    period_ns = follow->period_ns;
  if (follow == NULL || period_ns <= follow->period_ns) {
    session->period_ns = period_ns;
    return TRUE;
  }
  g_autofree char *period = vr_unit_print_duration (period_ns);
  g_autofree char *least = vr_unit_print_duration (follow->period_ns);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "--period=%s: [balance] of lab %s (%s:%u) has a period of %s: give that or less, or "
               "leave it out",
               period, holding->lab->name, follow->origin.file, follow->origin.line, least);
  return FALSE;
}

gboolean
vr_control_read_lab (VrControlSession *session, GError **error)
{
  const VrControllerRequest *request = session->request;
  VrHoldingRequest asked = request->holding;
  asked.support = session->memory->support;
  g_autoptr (VrHolding) holding = vr_holding_read (session->site, &asked, error);
  g_autoptr (VrDecider) decider = holding != NULL && read_period (session, holding, error)
                                      ? make_decider (session, holding->contract, error)
                                      : NULL;
  g_autoptr (VrSnapshotReader) reader = decider != NULL && request->mode == VR_CONTROL_LOOP
                                            ? open_reader (session, holding->lab, error)
                                            : NULL;
  if (decider == NULL || (request->mode == VR_CONTROL_LOOP && reader == NULL))
    return FALSE;
  /* By the controller's own doing its members are others, and the lines the same. */
  if (session->has_scaled && holding->follow != NULL && session->holding->follow != NULL)
    vr_follow_go_on (holding->follow, session->holding->follow);
  g_clear_pointer (&session->tuning, vr_tune_memory_free);
  g_clear_pointer (&session->plan, vr_plan_free);
  g_clear_pointer (&session->decider, vr_decider_free);
  g_clear_pointer (&session->reader, vr_snapshot_close);
  g_clear_pointer (&session->holding, vr_holding_free);
  vr_snapshot_clear (&session->snapshot);
  session->snapshot = (VrSnapshot){ .is_stale = FALSE };
  session->decider = g_steal_pointer (&decider);
  session->reader = g_steal_pointer (&reader);
  session->holding = g_steal_pointer (&holding);
  const VrFollow *follow = session->holding->follow;
  guint threads = session->holding->contract->threads->len;
  g_array_set_size (session->counters, 0);
  g_array_set_size (session->counters, session->holding->contract->tenants->len);
  g_array_set_size (session->used, threads);
  g_array_set_size (session->seen, 0);
  g_array_set_size (session->seen, follow != NULL ? follow->routers->len : 0);
  session->followed_ns = 0;
  session->is_new = TRUE;
  return TRUE;
}

/* --- What is seen -------------------------------------------------------------------------------
 */

const VrSnapshotThread *
vr_control_seen (const VrControlSession *session, const VrContractThread *thread)
{
  for (guint i = 0; session->snapshot.threads != NULL && i < session->snapshot.threads->len; i++) {
    const VrSnapshotThread *seen = &g_array_index (session->snapshot.threads, VrSnapshotThread, i);
    if (strcmp (seen->router, thread->router->name) == 0
        && strcmp (seen->selector, thread->thread->name) == 0)
      return seen;
  }
  return NULL;
}

const VrRouter *
vr_control_backend (const VrControlSession *session, const VrSnapshotPort *port)
{
  const VrRouter *owner = vr_lab_router (session->holding->lab, port->router);
  return owner != NULL && owner->part == VR_PART_BACKEND ? owner : NULL;
}

static void
count_ports (const VrControlSession *session, const VrTenant *tenant, VrDecideCounters *counters)
{
  for (guint i = 0; i < session->snapshot.ports->len; i++) {
    const VrSnapshotPort *port = &g_array_index (session->snapshot.ports, VrSnapshotPort, i);
    const VrRouter *backend = vr_control_backend (session, port);
    if (backend != NULL && vr_tenant_has (tenant, vr_router_outward (backend)))
      counters->lost += port->lost_packets;
    if (!vr_tenant_has (tenant, port->router))
      continue;
    counters->is_missing = counters->is_missing || !port->is_there;
    counters->arrived += port->arrived_packets;
    counters->lost += port->lost_packets;
    counters->forwarded += port->sent_packets;
  }
}

/* Counters of each tenant and its threads out of the snapshot. */
static void
count (VrControlSession *session)
{
  const VrContract *contract = session->holding->contract;
  for (guint i = 0; i < contract->tenants->len; i++) {
    VrDecideCounters *counters = &g_array_index (session->counters, VrDecideCounters, i);
    *counters = (VrDecideCounters){ .is_missing = session->snapshot.ports == NULL };
    if (!counters->is_missing)
      count_ports (session, contract->held->pdata[i], counters);
  }
  for (guint i = 0; i < contract->threads->len; i++) {
    const VrContractThread *thread = contract->threads->pdata[i];
    const VrSnapshotThread *seen = vr_control_seen (session, thread);
    VrDecideCounters *counters
        = &g_array_index (session->counters, VrDecideCounters, thread->tenant);
    guint64 *used = &g_array_index (session->used, guint64, i);
    counters->is_missing = counters->is_missing || seen == NULL || !seen->is_there;
    *used = seen != NULL ? seen->cpu_time_ns : 0;
    if (thread->number == 0)
      counters->used_ns = used;
  }
}

gboolean
vr_control_follow_lab (VrControlSession *session)
{
  g_auto (VrRecord) record = { 0 };
  g_autoptr (GError) cause = NULL;
  gboolean is_up = vr_tune_read (session->site, session->request->holding.lab, &record, &cause);
  if (!is_up && record.profile == NULL)
    return FALSE;
  gboolean is_ours = is_up && strcmp (record.profile, session->holding->profile) == 0;
  if (is_ours && !session->has_scaled && !session->snapshot.is_stale)
    return TRUE;
  guint64 now_ns = session->request->clock->now_ns (session->request->clock->data);
  if (is_up && !vr_control_retry_is_due (&session->retry, record.profile, now_ns))
    return TRUE;
  if (is_up && vr_control_read_lab (session, &cause)) {
    vr_control_retry_clear (&session->retry);
    if (!is_ours || !session->has_scaled)
      vr_control_notice (session,
                         g_strdup ("the lab was changed by somebody else: it is read anew"));
    session->has_scaled = FALSE;
    return TRUE;
  }
  /* What another process is doing to it comes to an end soon. */
  if (!is_up)
    session->retry.wait_ns = 0;
  if (vr_control_retry_fail (&session->retry, record.profile, cause->message, session->period_ns,
                             now_ns))
    vr_control_notice (session, g_strdup (cause->message));
  return TRUE;
}

void
vr_control_observe (VrControlSession *session)
{
  g_autoptr (GError) error = NULL;
  if (!vr_snapshot_read (session->reader, &session->snapshot, &error)) {
    vr_control_notice (session, g_strdup_printf ("nothing could be read: %s", error->message));
    vr_snapshot_clear (&session->snapshot);
  }
  count (session);
}
