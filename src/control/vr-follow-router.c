/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads of routers that follow their load, and their lines. */
#include <string.h>

#include "base/vr-error.h"
#include "control/vr-follow-internal.h"

static guint
size_of (const VrTenant *tenant)
{
  return tenant != NULL ? vr_tenant_size (tenant) : VR_RATE_SIZE_DEFAULT;
}

/* --- Threads ------------------------------------------------------------------------------------
 */

static void
append_thread (VrFollow *follow, const VrFollowRouter *router, const VrRouter *guest,
               const VrCalibrateThread *thread, const VrCalibrateGrant *grant)
{
  VrFollowThread *added = g_new0 (VrFollowThread, 1);
  added->is.name = g_strdup_printf ("%s/%s", guest->name, thread->name);
  added->is.router = guest;
  added->is.thread = thread;
  added->is.grant = *grant;
  added->router = follow->routers->len - 1;
  added->number = follow->threads->len - router->first;
  g_ptr_array_add (follow->threads, added);
}

static void
add_thread (VrFollow *follow, VrFollowRouter *router, const VrCalibrateThread *thread,
            const VrCalibrateGrant *grant, const VrCoresLine *line)
{
  append_thread (follow, router, router->router, thread, grant);
  g_array_append_val (router->lines, *line);
}

static const VrCalibrateThread *
thread_named (const GPtrArray *threads, const char *name)
{
  for (guint i = 0; i < threads->len; i++) {
    const VrCalibrateThread *thread = threads->pdata[i];
    if (strcmp (thread->name, name) == 0)
      return thread;
  }
  return NULL;
}

/* As those of the first member. */
static gboolean
add_member (VrFollow *follow, VrFollowRouter *router, const VrContractGuest *guest, GError **error)
{
  for (guint i = 0; i < router->lines->len; i++) {
    const VrFollowThread *first = follow->threads->pdata[router->first + i];
    const VrCalibrateThread *thread = thread_named (guest->threads, first->is.thread->name);
    if (thread == NULL) {
      g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                   "[balance]: %s of %s has no thread %s, as %s has: `vrkit up` mends it",
                   guest->router->name, router->name, first->is.thread->name, router->router->name);
      return FALSE;
    }
    append_thread (follow, router, guest->router, thread, &first->is.grant);
  }
  router->members++;
  return TRUE;
}

static void
note_left (const VrFollowRouter *router, const VrCalibrateThread *thread, GStrvBuilder *notes)
{
  g_autofree char *note = g_strdup_printf (
      "%s of router %s has no line and no reservation, so its cores follow the load while the host "
      "leaves it time; [schedule %s] can reserve some",
      thread->name, router->name, router->name);
  g_strv_builder_add (notes, note);
}

static void
add_measured (VrFollow *follow, const VrFollowInput *input, VrFollowRouter *router,
              const VrContractGuest *guest, const VrCalibrateThread *thread, GStrvBuilder *notes)
{
  const VrCalibration *calibration = guest->calibration;
  const VrCalibrationCurve *curve
      = vr_contract_curve (calibration, thread->name, size_of (router->tenant));
  gboolean is_vcpu = vr_contract_is_vcpu (thread);
  if (!is_vcpu && vr_contract_is_ahead (input->input, router->router, thread))
    return;
  if (curve == NULL || vr_calibration_excuse (curve) != NULL) {
    if (!is_vcpu)
      note_left (router, thread, notes);
    return;
  }
  VrCalibrateGrant grant = { calibration->policy, calibration->period_ns };
  VrCoresLine line = { curve->line.intercept.value, curve->line.slope.value };
  double peak_pps = vr_calibration_peak_pps (curve);
  router->limit_pps = router->limit_pps > 0 ? MIN (router->limit_pps, peak_pps) : peak_pps;
  add_thread (follow, router, thread, &grant, &line);
}

static void
add_guessed (VrFollow *follow, const VrFollowInput *input, VrFollowRouter *router,
             const VrContractGuest *guest, const VrCalibrateThread *thread, GStrvBuilder *notes)
{
  VrCalibrateGrant grant;
  VrCoresLine line = { 0, vr_contract_guess (guest, input->input->host, &grant) };
  if (vr_contract_is_vcpu (thread))
    add_thread (follow, router, thread, &grant, &line);
  else if (!vr_contract_is_ahead (input->input, router->router, thread))
    note_left (router, thread, notes);
}

/* --- Routers ------------------------------------------------------------------------------------
 */

static void
note_guest (const VrFollowRouter *router, const VrContractGuest *guest, const VrHost *host,
            GStrvBuilder *notes)
{
  VrCalibrateGrant grant;
  if (guest->calibration != NULL)
    return;
  g_autofree char *note
      = g_strdup_printf ("router %s is not calibrated, and guessed to forward %.0f packets a "
                         "second with a whole CPU",
                         router->name, vr_contract_guess (guest, host, &grant));
  g_strv_builder_add (notes, note);
}

static gboolean
check_router (const VrFollowRouter *router, GError **error)
{
  const char *name = router->name;
  if (router->lines->len == 0)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "[balance]: no thread of router %s has a line that can be used (`vrkit calibrate "
                 "--show` says why): calibrate it anew with other --levels, or give --guess",
                 name);
  else if (router->lines->len > VR_FOLLOW_THREADS_MAX)
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "[balance]: router %s has %u threads to reserve for, and %d can follow the load: "
                 "give it fewer vcpus",
                 name, router->lines->len, VR_FOLLOW_THREADS_MAX);
  else if (router->limit_pps > 0 && router->contract_pps > router->limit_pps)
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "tenant %s (%s:%u): router %s is to forward %.0f packets a second, and was never "
                 "seen to forward more than %.0f: lower the rate, or calibrate it with higher "
                 "--levels",
                 router->tenant->name, router->tenant->origin.file, router->tenant->origin.line,
                 name, router->contract_pps, router->limit_pps);
  else
    return TRUE;
  return FALSE;
}

/* The next of the lab's routers that is the one of that name, or a member of it. */
static const VrRouter *
next_of (const VrLab *lab, const char *name, guint *index)
{
  while (*index < lab->routers->len) {
    const VrRouter *router = lab->routers->pdata[(*index)++];
    if (vr_router_is_one_of (router, name))
      return router;
  }
  return NULL;
}

static VrFollowRouter *
router_new (VrFollow *follow, const VrLab *lab, const char *name, guint *index)
{
  VrFollowRouter *router = g_new0 (VrFollowRouter, 1);
  router->name = name;
  router->router = next_of (lab, name, index);
  router->members = 1;
  router->tenant = vr_lab_tenant_of (lab, name);
  router->lines = g_array_new (FALSE, TRUE, sizeof (VrCoresLine));
  router->first = follow->threads->len;
  if (router->tenant != NULL) {
    double routers = router->tenant->routers->len;
    router->contract_pps = (double) vr_rate_pps (&router->tenant->rate) / routers;
    router->limit_pps = (double) vr_tenant_limit_pps (router->tenant) / routers;
  }
  g_ptr_array_add (follow->routers, router);
  return router;
}

gboolean
vr_follow_add_router (VrFollow *follow, const VrFollowInput *input, const char *name,
                      GStrvBuilder *notes, GError **error)
{
  const VrLab *lab = input->input->lab;
  guint next = 0;
  VrFollowRouter *router = router_new (follow, lab, name, &next);
  const VrContractGuest *guest = vr_contract_guest_of (input->input, router->router);
  g_assert (guest != NULL);
  for (guint i = 0; i < guest->threads->len; i++)
    if (guest->calibration != NULL)
      add_measured (follow, input, router, guest, guest->threads->pdata[i], notes);
    else
      add_guessed (follow, input, router, guest, guest->threads->pdata[i], notes);
  if (!check_router (router, error))
    return FALSE;
  note_guest (router, guest, input->input->host, notes);
  for (const VrRouter *member = next_of (lab, name, &next); member != NULL;
       member = next_of (lab, name, &next))
    if (!add_member (follow, router, vr_contract_guest_of (input->input, member), error))
      return FALSE;
  return TRUE;
}

/* --- Periods ------------------------------------------------------------------------------------
 */

static double
line_share (const VrCoresLine *line, double rate_pps)
{
  return (rate_pps - line->intercept_pps) / line->slope_pps;
}

/* A level that no period bridges is told once: what it loses, it loses only when it is filled. */
static gboolean
shorten (VrFollowThread *thread, const VrFollowInput *input, const VrContractGuest *guest,
         const VrFollowRouter *router, double rate_pps, GError **error)
{
  const VrCalibrationCurve *curve
      = vr_contract_curve (guest->calibration, thread->is.thread->name, size_of (router->tenant));
  const VrCoresLine *line
      = &g_array_index (router->lines, VrCoresLine, thread->number % router->lines->len);
  VrCalibrateGrant grant;
  double share;
  if (line_share (line, rate_pps) <= 0)
    return TRUE;
  if (!vr_contract_grant (input->input, guest, curve, rate_pps * (1 - CONTRACT_NEAR), &grant,
                          &share, error))
    return FALSE;
  thread->is.grant.period_ns = MIN (thread->is.grant.period_ns, grant.period_ns);
  return TRUE;
}

static gboolean
choose_period (VrFollow *follow, const VrFollowInput *input, VrFollowThread *thread,
               GStrvBuilder *notes, GError **error)
{
  const VrFollowRouter *router = follow->routers->pdata[thread->router];
  const VrContractGuest *guest = vr_contract_guest_of (input->input, router->router);
  guint count;
  const VrCoresLevel *levels = vr_cores_levels (follow->cores, thread->router, &count);
  for (guint i = 0; guest->calibration != NULL && i < count; i++) {
    g_autoptr (GError) cause = NULL;
    if (shorten (thread, input, guest, router, levels[i].rate_pps, &cause))
      continue;
    if (levels[i].rate_pps <= router->contract_pps) {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                                  "[balance], router %s: ", router->name);
      return FALSE;
    }
    g_autofree char *note = g_strdup_printf ("%s may lose packets at %.0f a second: %s",
                                             thread->is.name, levels[i].rate_pps, cause->message);
    g_strv_builder_add (notes, note);
    break;
  }
  return TRUE;
}

gboolean
vr_follow_choose_periods (VrFollow *follow, const VrFollowInput *input, GStrvBuilder *notes,
                          GError **error)
{
  for (guint i = 0; i < follow->threads->len; i++)
    if (!choose_period (follow, input, follow->threads->pdata[i], notes, error))
      return FALSE;
  return TRUE;
}
