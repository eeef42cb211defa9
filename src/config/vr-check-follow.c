/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers whose cores follow their load, against the rest of the profile. Whether the host has such
 * cores is the planner's. */
#include <string.h>

#include "base/vr-name.h"
#include "config/vr-check-router.h"

static const VrOrigin *
place_of (const VrLab *lab, const VrPlaces *places, const char *key, guint index)
{
  const VrOrigin *place = vr_places_get (places, lab->follow, key, index);
  return place != NULL ? place : &lab->follow->origin;
}

/* --- Numbers ------------------------------------------------------------------------------------
 */

static gboolean
check_cores (const VrLab *lab, const VrPlaces *places, GError **error)
{
  const VrFollowSettings *follow = lab->follow;
  if (follow->most_cores != 0 && follow->most_cores < follow->least_cores)
    return vr_places_error (error, place_of (lab, places, "most-cores", 0),
                            "most-cores: %u are fewer than least-cores, %u: raise it, or lower "
                            "least-cores",
                            follow->most_cores, follow->least_cores);
  for (guint i = 0; follow->cpus != NULL && i < follow->cpus->len; i++) {
    guint cpu = g_array_index (follow->cpus, guint, i);
    if (vr_host_settings_is_offline (lab->host, cpu))
      return vr_places_error (error, place_of (lab, places, "cpus", 0),
                              "cpus: CPU %u is one of offline of [host] (%s:%u): take it out of "
                              "either",
                              cpu, lab->host->origin.file, lab->host->origin.line);
  }
  guint cores = MAX (follow->most_cores, follow->least_cores);
  return follow->cpus == NULL || cores <= follow->cpus->len
         || vr_places_error (error, place_of (lab, places, "cpus", 0),
                             "cpus: %u cores are wanted of a router (%s), and the list has %u: "
                             "name more CPUs, or want fewer",
                             cores, follow->most_cores != 0 ? "most-cores" : "least-cores",
                             follow->cpus->len);
}

static gboolean
check_thresholds (const VrLab *lab, const VrPlaces *places, GError **error)
{
  const VrFollowSettings *follow = lab->follow;
  if (follow->down >= follow->up)
    return vr_places_error (error, place_of (lab, places, "down", 0),
                            "down: %u%% is not below up, %u%%, and a rate that stays would be too "
                            "much and too little in turn: lower down, or raise up",
                            follow->down, follow->up);
  return follow->policy != VR_FOLLOW_DYNAMIC || follow->step < 100 || follow->most_cores == 0
         || follow->most_cores > follow->least_cores || follow->most_members > follow->least_members
         || vr_places_error (error, place_of (lab, places, "step", 0),
                             "step: at 100%% a router that never has more than %u core%s has "
                             "nothing to grow by: lower step, raise most-cores, or write policy = "
                             "fixed",
                             follow->most_cores, follow->most_cores == 1 ? "" : "s");
}

static gboolean
check_members (const VrLab *lab, const VrPlaces *places, GError **error)
{
  const VrFollowSettings *follow = lab->follow;
  gboolean has_pvr = FALSE, has_msr = FALSE;
  for (guint i = 0; i < follow->routers->len; i++) {
    has_pvr = has_pvr || vr_lab_pvr (lab, follow->routers->pdata[i]) != NULL;
    has_msr = has_msr || vr_lab_msr (lab, follow->routers->pdata[i]) != NULL;
  }
  if (follow->most_members == 0)
    return TRUE;
  if (!has_pvr && !has_msr)
    return vr_places_error (error, place_of (lab, places, "most-members", 0),
                            "most-members: none of routers is a PVR or an MSR, and nothing else "
                            "has members: remove the line, or name one there");
  if (has_msr && follow->most_members > VR_MSR_ROUTERS_MAX)
    return vr_places_error (error, place_of (lab, places, "most-members", 0),
                            "most-members: an MSR has at most %d back-ends, and %u are asked for: "
                            "lower it",
                            VR_MSR_ROUTERS_MAX, follow->most_members);
  return follow->most_members >= follow->least_members
         || vr_places_error (
             error, place_of (lab, places, "most-members", 0),
             "most-members: %u are fewer than least-members, %u: raise it, or lower "
             "least-members",
             follow->most_members, follow->least_members);
}

/* --- Routers ------------------------------------------------------------------------------------
 */

static gboolean
refuse_unknown (const VrLab *lab, const char *name, const VrOrigin *place, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < lab->declared->len; i++)
    g_ptr_array_add (names, ((const VrRouter *) lab->declared->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  const char *meant = vr_name_suggest (name, (const char *const *) names->pdata);
  if (meant != NULL)
    return vr_places_error (
        error, place, "routers: there is no router \"%s\"; did you mean \"%s\"?", name, meant);
  return vr_places_error (
      error, place, "routers: there is no router \"%s\": add a group [router %s]", name, name);
}

static gboolean
check_router (const VrLab *lab, const char *name, const VrOrigin *place, GError **error)
{
  const VrRouter *router = vr_lab_router (lab, name);
  if (vr_lab_pvr (lab, name) != NULL || vr_lab_msr (lab, name) != NULL)
    return TRUE;
  if (router != NULL && vr_router_outward (router) != router->name)
    return vr_places_error (
        error, place, "routers: \"%s\" is %s \"%s\", whose %s follow together: name that", name,
        router->pvr != NULL ? "a member of PVR" : "a part of MSR", vr_router_outward (router),
        router->pvr != NULL ? "members" : "back-ends");
  if (router == NULL)
    return refuse_unknown (lab, name, place, error);
  return router->kind != VR_KIND_NATIVE
         || vr_places_error (error, place,
                             "routers: \"%s\" is native (%s:%u), and the host's own threads move "
                             "its packets: take it out, or write kind = guest",
                             name, router->origin.file, router->origin.line);
}

/* A vcpu's reservation is what grows. */
static gboolean
check_schedule (const VrSchedule *schedule, const char *name, const VrOrigin *place, GError **error)
{
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *row = schedule->threads->pdata[i];
    g_autofree char *selector = vr_thread_selector_print (&row->selector);
    if (row->selector.role != VR_THREAD_VCPU)
      continue;
    if (row->policy == VR_POLICY_FIFO || row->policy == VR_POLICY_RR)
      return vr_places_error (error, place,
                              "routers: %s of \"%s\" is scheduled by %s (%s:%u), which reserves "
                              "nothing that could grow: write other there, or take the router out",
                              selector, name, vr_policy_name (row->policy), row->origin.file,
                              row->origin.line);
    if (row->sharing == VR_CPUS_EXCLUSIVE)
      return vr_places_error (error, place,
                              "routers: %s of \"%s\" has its CPU exclusively (%s:%u), and threads "
                              "that follow the load change theirs: remove \"exclusive\" there, or "
                              "take the router out",
                              selector, name, row->origin.file, row->origin.line);
  }
  return TRUE;
}

/* Its own, and those of its members. */
static gboolean
check_schedules (const VrLab *lab, const char *name, const VrOrigin *place, GError **error)
{
  if (!check_schedule (vr_lab_schedule (lab, name), name, place, error))
    return FALSE;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (vr_router_is_of (router, name)
        && !check_schedule (vr_lab_schedule (lab, router->name), router->name, place, error))
      return FALSE;
  }
  return TRUE;
}

/* The tenant's contract is the least, and its limit the most, that its routers may have. */
static gboolean
check_tenant (const VrLab *lab, const char *name, const VrOrigin *place, GError **error)
{
  const VrTenant *tenant = vr_lab_tenant_of (lab, name);
  if (tenant == NULL)
    return TRUE;
  for (guint i = 0; i < tenant->routers->len; i++)
    if (!vr_follow_settings_has (lab->follow, tenant->routers->pdata[i]))
      return vr_places_error (error, place,
                              "routers: \"%s\" is of tenant \"%s\" (%s:%u), as is \"%s\", which is "
                              "not here: name all routers of a tenant, or none",
                              name, tenant->name, tenant->origin.file, tenant->origin.line,
                              (const char *) tenant->routers->pdata[i]);
  return lab->follow->policy != VR_FOLLOW_DYNAMIC
         || vr_tenant_limit_pps (tenant) > vr_rate_pps (&tenant->rate)
         || vr_places_error (error, place,
                             "routers: \"%s\" is of tenant \"%s\" (%s:%u), which is limited to its "
                             "rate, so that nothing can grow: give the tenant a higher limit, or "
                             "write policy = fixed",
                             name, tenant->name, tenant->origin.file, tenant->origin.line);
}

gboolean
vr_check_follow (const VrLab *lab, const VrPlaces *places, GError **error)
{
  if (lab->follow == NULL)
    return TRUE;
  if (!check_thresholds (lab, places, error) || !check_cores (lab, places, error)
      || !check_members (lab, places, error))
    return FALSE;
  for (guint i = 0; i < lab->follow->routers->len; i++) {
    const char *name = lab->follow->routers->pdata[i];
    const VrOrigin *place = place_of (lab, places, "routers", i);
    if (!check_router (lab, name, place, error) || !check_schedules (lab, name, place, error)
        || !check_tenant (lab, name, place, error))
      return FALSE;
  }
  return TRUE;
}
