/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules against the routers whose threads they are about. What needs a host is the planner's.
 */
#include "config/vr-check-router.h"

#include "base/vr-name.h"

static void
refuse_unknown (const VrLab *lab, const VrSchedule *schedule, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < lab->routers->len; i++)
    g_ptr_array_add (names, ((const VrRouter *) lab->routers->pdata[i])->name);
  for (guint i = 0; i < lab->pvrs->len; i++)
    g_ptr_array_add (names, ((const VrPvr *) lab->pvrs->pdata[i])->common.name);
  for (guint i = 0; i < lab->msrs->len; i++)
    g_ptr_array_add (names, ((const VrMsr *) lab->msrs->pdata[i])->common.name);
  g_ptr_array_add (names, NULL);
  const char *meant = vr_name_suggest (schedule->router, (const char *const *) names->pdata);
  if (meant != NULL)
    vr_places_error (error, &schedule->origin,
                     "[schedule %s]: there is no router \"%s\"; did you mean \"%s\"?",
                     schedule->router, schedule->router, meant);
  else
    vr_places_error (error, &schedule->origin,
                     "[schedule %s]: there is no router \"%s\": add a group [router %s]",
                     schedule->router, schedule->router, schedule->router);
}

/* Of a PVR or MSR what all its members or back-ends are, under its own name. */
static const VrRouter *
router_of (const VrLab *lab, const VrSchedule *schedule, GError **error)
{
  const VrRouter *router = vr_lab_router (lab, schedule->router);
  const VrPvr *pvr = router == NULL ? vr_lab_pvr (lab, schedule->router) : NULL;
  const VrMsr *msr = router == NULL ? vr_lab_msr (lab, schedule->router) : NULL;
  if (pvr != NULL)
    return &pvr->common;
  if (msr != NULL)
    return &msr->common;
  if (router != NULL && router->kind == VR_KIND_GUEST)
    return router;
  if (router != NULL)
    vr_places_error (error, &schedule->origin,
                     "[schedule %s]: router \"%s\" is native (%s:%u), and the host's own threads "
                     "move its packets: remove the group, or write kind = guest",
                     router->name, router->name, router->origin.file, router->origin.line);
  else
    refuse_unknown (lab, schedule, error);
  return NULL;
}

static gboolean
check_port (const VrLab *lab, const VrRouter *router, const VrThreadSchedule *thread,
            const char *selector, GError **error)
{
  const char *name = thread->selector.port;
  if (vr_check_port_of (lab, selector, name, &thread->origin, error) == NULL)
    return FALSE;
  if (vr_router_interface (router, name) == NULL)
    return vr_places_error (
        error, &thread->origin,
        "%s: router \"%s\" has no interface on port \"%s\": add interface = %s, "
        "or name another port",
        selector, router->name, name, name);
  return vr_lab_port (lab, name)->attach != VR_ATTACH_VHOST_USER
         || vr_places_error (
             error, &thread->origin,
             "%s: port \"%s\" has attach = vhost-user, and polling threads of Open vSwitch, which "
             "serve all its ports, move the packets: write pmd.CPU, with a CPU of "
             "other_config:pmd-cpu-mask of Open vSwitch",
             selector, name);
}

/* Its CPU is its name, and others have ports there, too. */
static gboolean
check_poller (const VrLab *lab, const VrRouter *router, const VrThreadSchedule *thread,
              const char *selector, GError **error)
{
  gboolean polled = FALSE;
  for (guint i = 0; i < router->interfaces->len && !polled; i++) {
    const char *port = ((const VrInterface *) router->interfaces->pdata[i])->port;
    polled = vr_lab_port (lab, port)->attach == VR_ATTACH_VHOST_USER;
  }
  if (!polled)
    return vr_places_error (
        error, &thread->origin,
        "%s: router \"%s\" has no interface on a port with attach = vhost-user, "
        "whose packets such a thread moves: remove the line, or change the "
        "port's attach",
        selector, router->name);
  if (thread->sharing == VR_CPUS_EXCLUSIVE)
    return vr_places_error (error, &thread->origin,
                            "%s: exclusive is for threads of guests, and this is one of Open "
                            "vSwitch: remove the word",
                            selector);
  if (thread->cpus_choice == VR_CPUS_ANY
      || (thread->cpus->len == 1
          && g_array_index (thread->cpus, guint, 0) == thread->selector.index))
    return TRUE;
  return vr_places_error (error, &thread->origin,
                          "%s: this thread is on CPU %u, where other_config:pmd-cpu-mask of Open "
                          "vSwitch has it: write @%u, or no CPU",
                          selector, thread->selector.index, thread->selector.index);
}

static gboolean
check_vhost (const VrPlaces *places, const VrRouter *router, const VrThreadSchedule *thread,
             const char *selector, GError **error)
{
  gboolean e1000 = router->nic_model == VR_NIC_E1000;
  const char *key = e1000 ? "nic-model" : "vhost";
  const VrOrigin *place = vr_places_get (places, vr_router_declared (router), key, 0);
  if (!e1000 && router->vhost != VR_SWITCH_OFF)
    return TRUE;
  return vr_places_error (error, &thread->origin,
                          "%s: router \"%s\" has %s = %s (%s:%u), and so no vhost worker: write "
                          "mover.%s, which is QEMU's main loop there, or change %s",
                          selector, router->name, key, e1000 ? "e1000" : "off", place->file,
                          place->line, thread->selector.port, key);
}

static gboolean
check_thread (const VrLab *lab, const VrPlaces *places, const VrRouter *router,
              const VrThreadSchedule *thread, GError **error)
{
  g_autofree char *selector = vr_thread_selector_print (&thread->selector);
  if (thread->selector.role == VR_THREAD_VCPU && thread->selector.index >= router->vcpus) {
    const char *key = vr_check_vcpus_key (router);
    const VrOrigin *place = vr_places_get (places, vr_router_declared (router), key, 0);
    place = place != NULL ? place : &router->origin;
    return vr_places_error (error, &thread->origin,
                            "%s: router \"%s\" has %s = %u (%s:%u), which are vcpu.0 to "
                            "vcpu.%u: name one of these, or raise %s",
                            selector, router->name, key, router->vcpus, place->file, place->line,
                            router->vcpus - 1, key);
  }
  if (thread->selector.role == VR_THREAD_PMD)
    return check_poller (lab, router, thread, selector, error);
  if (thread->selector.port != NULL && !check_port (lab, router, thread, selector, error))
    return FALSE;
  return thread->selector.role != VR_THREAD_VHOST
         || check_vhost (places, router, thread, selector, error);
}

/* A thread that some of its parts have. */
static gboolean
check_of_parts (const VrLab *lab, const VrPlaces *places, const VrRouter *common,
                const VrThreadSchedule *thread, GError **error)
{
  g_autofree char *selector = vr_thread_selector_print (&thread->selector);
  const char *port = thread->selector.port;
  if (port != NULL && vr_check_port_of (lab, selector, port, &thread->origin, error) == NULL)
    return FALSE;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *part = lab->routers->pdata[i];
    if (vr_router_is_of (part, common->name) && vr_router_has_thread (part, &thread->selector))
      return check_thread (lab, places, part, thread, error);
  }
  return vr_places_error (error, &thread->origin,
                          "%s: no part of MSR \"%s\" has such a thread: name one that a part has, "
                          "or %s",
                          selector, common->name,
                          port != NULL ? "add an interface on that port"
                                       : "raise vcpus, balancer-vcpus or control-vcpus");
}

static gboolean
check_schedule (const VrLab *lab, const VrPlaces *places, const VrSchedule *schedule,
                GError **error)
{
  const VrRouter *router = router_of (lab, schedule, error);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean is_msr = router != NULL && vr_lab_router (lab, schedule->router) == NULL
                    && vr_lab_msr (lab, schedule->router) != NULL;
  for (guint i = 0; router != NULL && i < schedule->threads->len; i++) {
    VrThreadSchedule *thread = schedule->threads->pdata[i];
    char *selector = vr_thread_selector_print (&thread->selector);
    const VrThreadSchedule *first = g_hash_table_lookup (known, selector);
    if (first != NULL) {
      vr_places_refuse_second (error, &thread->origin, selector, &first->origin);
      g_free (selector);
      return FALSE;
    }
    g_hash_table_insert (known, selector, thread);
    if (is_msr ? !check_of_parts (lab, places, router, thread, error)
               : !check_thread (lab, places, router, thread, error))
      return FALSE;
  }
  return router != NULL;
}

gboolean
vr_check_schedules (const VrLab *lab, const VrPlaces *places, GError **error)
{
  for (guint i = 0; i < lab->schedules->len; i++)
    if (!check_schedule (lab, places, lab->schedules->pdata[i], error))
      return FALSE;
  return TRUE;
}
