/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-wish.h"

#include "base/vr-cpu-list.h"
#include "base/vr-name.h"

typedef struct {
  VrPlanner *planner;
  const VrRouter *router;
  const VrSchedule *group; /* that is resolved */
  GPtrArray *wishes;
  GHashTable *by_target; /* target → VrWish, both borrowed */
} Resolver;

static void
wish_free (VrWish *wish)
{
  g_free (wish->selector);
  g_free (wish->target);
  g_array_unref (wish->cpus);
  g_free (wish->choice);
  g_free (wish);
}

static gboolean G_GNUC_PRINTF (5, 6)
    refuse (const VrRouter *router, const VrThreadSchedule *schedule, VrErrorCode code,
            GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *selector = vr_thread_selector_print (&schedule->selector);
  g_set_error (error, VR_ERROR, (int) code, "%s:%u: [schedule %s] %s: %s", schedule->origin.file,
               schedule->origin.line, router->name, selector, text);
  return FALSE;
}

gboolean
vr_wish_refuse (const VrWish *wish, GError **error, VrErrorCode code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return refuse (wish->router, wish->schedule, code, error, "%s", text);
}

gboolean
vr_thread_is_real_time (const VrThreadSchedule *schedule)
{
  return schedule->policy == VR_POLICY_FIFO || schedule->policy == VR_POLICY_RR;
}

gboolean
vr_wish_moves_packets (const VrPlanner *planner, const VrWish *wish)
{
  if (wish->role == VR_THREAD_EMULATOR)
    return g_hash_table_contains (planner->no_vhost, wish->router);
  return wish->role == VR_THREAD_VHOST || wish->role == VR_THREAD_PMD;
}

static gint64
node_of (const VrPlanner *planner, const char *port)
{
  const VrPort *found = vr_lab_port (planner->lab, port);
  const VrPlanNic *nic = g_hash_table_lookup (planner->facts->nics, found->device);
  return nic != NULL && vr_port_is_of_host (found) ? nic->numa : -1;
}

/* Of the thread's own port, else of the router's first that has one. */
static gint64
choose_node (const Resolver *resolver, const char *port)
{
  gint64 node = port != NULL ? node_of (resolver->planner, port) : -1;
  const GPtrArray *interfaces = resolver->router->interfaces;
  for (guint i = 0; node < 0 && port == NULL && i < interfaces->len; i++)
    node = node_of (resolver->planner, ((const VrInterface *) interfaces->pdata[i])->port);
  return node;
}

static gboolean
add_wish (Resolver *resolver, const VrThreadSchedule *schedule, const VrThreadSelector *thread,
          GError **error)
{
  gboolean polls = thread->role == VR_THREAD_PMD;
  g_autofree char *domain
      = polls ? g_strdup (VR_OP_SWITCH)
              : vr_name_domain (resolver->planner->lab->name, resolver->router->name);
  g_autofree char *selector = vr_thread_selector_print (thread);
  g_autofree char *target = g_strconcat (domain, "/", selector, NULL);
  const VrWish *first = g_hash_table_lookup (resolver->by_target, target);
  /* A member's or part's own group goes before that of the whole; but a thread that polls is no
   * router's alone. */
  if (first != NULL
      && (vr_thread_schedule_same (first->schedule, schedule)
          || (!polls && !g_ptr_array_find (resolver->group->threads, first->schedule, NULL))))
    return TRUE;
  if (first != NULL)
    return refuse (resolver->router, schedule, VR_ERROR_PROFILE, error,
                   "this is the thread %s, of which %s:%u wants something else: write the same, or "
                   "remove one",
                   selector, first->schedule->origin.file, first->schedule->origin.line);
  VrWish *wish = g_new0 (VrWish, 1);
  wish->router = resolver->router;
  wish->schedule = schedule;
  wish->role = thread->role;
  wish->index = thread->index;
  wish->port = thread->port;
  wish->selector = g_steal_pointer (&selector);
  wish->target = g_steal_pointer (&target);
  wish->numa = choose_node (resolver, schedule->selector.port);
  wish->cpus = g_array_copy (schedule->cpus);
  if (polls && wish->cpus->len == 0)
    g_array_append_val (wish->cpus, thread->index);
  g_ptr_array_add (resolver->wishes, wish);
  g_hash_table_insert (resolver->by_target, wish->target, wish);
  return TRUE;
}

/* One wish a queue, or that of the one queue that is named. */
static gboolean
add_workers (Resolver *resolver, const VrThreadSchedule *schedule, GError **error)
{
  const VrThreadSelector *named = &schedule->selector;
  const VrInterface *interface = vr_router_interface (resolver->router, named->port);
  guint queues = vr_interface_queues (interface);
  gboolean all = named->role == VR_THREAD_MOVER || named->index == VR_THREAD_ALL_QUEUES;
  if (!all && named->index >= queues)
    return refuse (resolver->router, schedule, VR_ERROR_PROFILE, error,
                   "the interface on port %s has %u queue%s, from 0: name one of these, or write "
                   "vhost.%s for all",
                   named->port, queues, queues == 1 ? "" : "s", named->port);
  for (guint queue = 0; queue < queues; queue++) {
    VrThreadSelector worker = { VR_THREAD_VHOST, queue, named->port };
    if ((all || queue == named->index) && !add_wish (resolver, schedule, &worker, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_mover (Resolver *resolver, const VrThreadSchedule *schedule, GError **error)
{
  static const VrThreadSelector main_loop = { .role = VR_THREAD_EMULATOR };
  const char *reason = g_hash_table_lookup (resolver->planner->no_vhost, resolver->router);
  if (reason == NULL)
    return add_workers (resolver, schedule, error);
  vr_plan_notice (resolver->planner,
                  "router %s: mover.%s is the emulator thread, QEMU's main loop: %s",
                  resolver->router->name, schedule->selector.port, reason);
  return add_wish (resolver, schedule, &main_loop, error);
}

/* Its CPU is the switch's to say, and so it is where it is bound to. */
static gboolean
add_poller (Resolver *resolver, const VrThreadSchedule *schedule, GError **error)
{
  const VrPlanFacts *facts = resolver->planner->facts;
  guint cpu = schedule->selector.index;
  gboolean grouped = schedule->policy == VR_POLICY_DEADLINE || schedule->policy == VR_POLICY_QUOTA;
  if (facts->polled != NULL && facts->polled->len > 0 && !vr_cpu_list_has (facts->polled, cpu)) {
    g_autofree char *polled = vr_cpu_list_print (facts->polled);
    return refuse (resolver->router, schedule, VR_ERROR_INFEASIBLE, error,
                   "Open vSwitch polls on CPU%s %s, and has no such thread on CPU %u: name one "
                   "that it has, or change other_config:pmd-cpu-mask of Open vSwitch",
                   facts->polled->len > 1 ? "s" : "", polled, cpu);
  }
  if (grouped && facts->no_poll_group != NULL)
    return refuse (resolver->router, schedule, VR_ERROR_HOST, error, "%s", facts->no_poll_group);
  return add_wish (resolver, schedule, &schedule->selector, error);
}

static gboolean
resolve (Resolver *resolver, const VrThreadSchedule *schedule, GError **error)
{
  const VrRouter *router = resolver->router;
  const char *reason;
  switch (schedule->selector.role) {
  case VR_THREAD_MOVER:
    return add_mover (resolver, schedule, error);
  case VR_THREAD_VHOST:
    reason = g_hash_table_lookup (resolver->planner->no_vhost, router);
    if (reason != NULL)
      return refuse (router, schedule, VR_ERROR_HOST, error,
                     "router %s has no vhost worker: %s; mover.%s is good with and without vhost",
                     router->name, reason, schedule->selector.port);
    return add_workers (resolver, schedule, error);
  case VR_THREAD_IOTHREAD:
    return refuse (router, schedule, VR_ERROR_PROFILE, error,
                   "router %s has no I/O thread, since its guest has no disk: remove the line",
                   router->name);
  case VR_THREAD_PMD:
    return add_poller (resolver, schedule, error);
  default:
    return add_wish (resolver, schedule, &schedule->selector, error);
  }
}

static gboolean
resolve_group (Resolver *resolver, const VrSchedule *group, GError **error)
{
  resolver->group = group;
  for (guint i = 0; i < group->threads->len; i++)
    if (!resolve (resolver, group->threads->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Of an MSR's threads a part has some. */
static gboolean
resolve_common (Resolver *resolver, const VrSchedule *group, GError **error)
{
  resolver->group = group;
  for (guint i = 0; i < group->threads->len; i++) {
    const VrThreadSchedule *thread = group->threads->pdata[i];
    if (vr_router_has_thread (resolver->router, &thread->selector)
        && !resolve (resolver, thread, error))
      return FALSE;
  }
  return TRUE;
}

/* All members or parts, each with what its own group says first. */
static gboolean
resolve_whole (Resolver *resolver, const VrSchedule *group, GError **error)
{
  const VrLab *lab = resolver->planner->lab;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (!vr_router_is_of (router, group->router))
      continue;
    const VrSchedule *own = vr_lab_schedule (lab, router->name);
    resolver->router = router;
    if ((own != NULL && !resolve_group (resolver, own, error))
        || !resolve_common (resolver, group, error))
      return FALSE;
  }
  return TRUE;
}

/* Its own group is resolved with that of its PVR or MSR. */
static gboolean
is_resolved_with_others (const VrLab *lab, const VrRouter *router)
{
  const char *whole = vr_router_outward (router);
  return vr_router_is_of (router, whole) && vr_lab_schedule (lab, whole) != NULL
         && vr_lab_router (lab, whole) == NULL;
}

GPtrArray *
vr_wishes_new (VrPlanner *planner, GError **error)
{
  const VrLab *lab = planner->lab;
  g_autoptr (GPtrArray) wishes = g_ptr_array_new_with_free_func ((GDestroyNotify) wish_free);
  g_autoptr (GHashTable) by_target = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < lab->schedules->len; i++) {
    const VrSchedule *group = lab->schedules->pdata[i];
    const VrRouter *router = vr_lab_router (lab, group->router);
    Resolver resolver = { planner, router, group, wishes, by_target };
    if (router == NULL
            ? !resolve_whole (&resolver, group, error)
            : !is_resolved_with_others (lab, router) && !resolve_group (&resolver, group, error))
      return NULL;
  }
  return g_steal_pointer (&wishes);
}
