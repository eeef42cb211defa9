/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-calibrate-thread.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "config/vr-item.h"

#define US_NS 1000
#define SERVED_LEAST 0.25

static void
thread_free (gpointer data)
{
  VrCalibrateThread *thread = data;
  g_free (thread->name);
  g_strfreev (thread->keys);
  g_free (thread->cpus);
  g_array_unref (thread->tids);
  g_free (thread);
}

/* Whether a key of the schedule means the thread `name`, all ports' mover where it is the emulator.
 */
static gboolean
means (const VrThreadSelector *selector, const char *name)
{
  g_autofree char *text = vr_thread_selector_print (selector);
  if (strcmp (name, "emulator") == 0)
    return selector->role == VR_THREAD_EMULATOR || selector->role == VR_THREAD_MOVER;
  if (!g_str_has_prefix (name, "vhost."))
    return strcmp (text, name) == 0;
  return (selector->role == VR_THREAD_VHOST || selector->role == VR_THREAD_MOVER)
         && strcmp (selector->port, name + strlen ("vhost.")) == 0;
}

/* "@1 exclusive" of "vcpu.0 = fifo 50 @1 exclusive", or NULL. */
static char *
cpus_of (const VrThreadSchedule *schedule)
{
  g_autofree char *line = vr_item_print (VR_VALUE_THREADS, schedule);
  return g_strdup (strchr (line, '@'));
}

static void
add_rows (const VrSchedule *schedule, const char *name, GPtrArray *rows)
{
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    VrThreadSchedule *row = schedule->threads->pdata[i];
    if (means (&row->selector, name))
      g_ptr_array_add (rows, row);
  }
}

/* The rows of the router's schedule that mean the thread, and where there are none those of the PVR
 * or MSR that it is of; VrThreadSchedule *, borrowed. */
static GPtrArray *
rows_of (const VrLab *lab, const VrRouter *router, const char *name)
{
  GPtrArray *rows = g_ptr_array_new ();
  add_rows (vr_lab_schedule (lab, router->name), name, rows);
  if (rows->len == 0)
    add_rows (vr_lab_schedule (lab, vr_router_outward (router)), name, rows);
  return rows;
}

char *
vr_calibrate_cpus (const VrLab *lab, const VrRouter *router, const char *thread)
{
  g_autoptr (GPtrArray) rows = rows_of (lab, router, thread);
  char *cpus = NULL;
  for (guint i = 0; cpus == NULL && i < rows->len; i++)
    cpus = cpus_of (rows->pdata[i]);
  return cpus != NULL ? cpus : g_strdup ("@auto");
}

static VrCalibrateThread *
thread_new (const VrLab *lab, const VrRouter *router, char *name)
{
  g_autoptr (GPtrArray) rows = rows_of (lab, router, name);
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  VrCalibrateThread *thread = g_new0 (VrCalibrateThread, 1);
  thread->name = name;
  thread->tids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  thread->cpus = vr_calibrate_cpus (lab, router, name);
  for (guint i = 0; i < rows->len; i++) {
    const VrThreadSchedule *row = rows->pdata[i];
    g_autofree char *key = vr_thread_selector_print (&row->selector);
    g_strv_builder_add (keys, key);
  }
  if (rows->len == 0)
    g_strv_builder_add (keys, name);
  thread->keys = g_strv_builder_end (keys);
  return thread;
}

/* The name under which a thread is calibrated, "vhost.left" of "vhost.left.1"; NULL: it is not. */
static char *
name_of (const VrThreadStatus *status)
{
  if (status->selector == NULL)
    return NULL;
  if (status->task.role == VR_TASK_VHOST) {
    g_auto (GStrv) words = g_strsplit (status->selector, ".", 3);
    return g_strjoin (".", words[0], words[1], NULL);
  }
  gboolean is_mover = status->task.role == VR_TASK_EMULATOR && *status->ports != '\0';
  return status->task.role == VR_TASK_VCPU || is_mover ? g_strdup (status->selector) : NULL;
}

static VrCalibrateThread *
find (const GPtrArray *found, const char *name)
{
  for (guint i = 0; i < found->len; i++)
    if (strcmp (((const VrCalibrateThread *) found->pdata[i])->name, name) == 0)
      return found->pdata[i];
  return NULL;
}

static void
add (GPtrArray *found, const VrLab *lab, const VrRouter *router, const VrThreadStatus *status)
{
  char *name = name_of (status);
  VrCalibrateThread *thread = name != NULL ? find (found, name) : NULL;
  if (name != NULL && thread == NULL) {
    thread = thread_new (lab, router, name);
    g_ptr_array_add (found, thread);
  } else {
    g_free (name);
  }
  if (thread != NULL)
    g_array_append_val (thread->tids, status->task.tid);
}

GPtrArray *
vr_calibrate_threads (const VrLab *lab, const VrRouter *router, const GPtrArray *threads,
                      GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (thread_free);
  for (guint vcpus = 0; vcpus < 2; vcpus++)
    for (guint i = 0; i < threads->len; i++) {
      const VrThreadStatus *status = threads->pdata[i];
      if (strcmp (status->router, router->name) == 0
          && (status->task.role == VR_TASK_VCPU) == (vcpus == 0))
        add (found, lab, router, status);
    }
  if (found->len > 0)
    return g_steal_pointer (&found);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "router %s of lab %s has no thread: does it run?",
               router->name, lab->name);
  return NULL;
}

/* --- Changes ------------------------------------------------------------------------------------
 */

guint64
vr_calibrate_runtime_ns (const VrCalibrateGrant *grant, double share)
{
  return (guint64) llround ((double) grant->period_ns * share / US_NS) * US_NS;
}

static char *
value_of (const VrCalibrateThread *thread, const VrCalibrateGrant *grant, double share)
{
  g_autofree char *runtime = vr_unit_print_duration (vr_calibrate_runtime_ns (grant, share));
  g_autofree char *period = vr_unit_print_duration (grant->period_ns);
  g_auto (GStrv) cpus = g_strsplit (thread->cpus, " ", 2);
  /* A quota's thread has no CPU for itself. */
  return g_strdup_printf ("%s %s/%s %s", vr_policy_name (grant->policy), runtime, period,
                          grant->policy == VR_POLICY_DEADLINE ? thread->cpus : cpus[0]);
}

char **
vr_calibrate_changes (const VrRouter *router, const VrCalibrateThread *thread,
                      const VrCalibrateGrant *grant, double share)
{
  g_autoptr (GStrvBuilder) changes = g_strv_builder_new ();
  g_autofree char *value = value_of (thread, grant, share);
  for (char **key = thread->keys; *key != NULL; key++) {
    g_autofree char *change = g_strdup_printf ("schedule.%s.%s=%s", router->name, *key, value);
    g_strv_builder_add (changes, change);
  }
  return g_strv_builder_end (changes);
}

gboolean
vr_calibrate_is_served (const VrCalibrateUse *use)
{
  return use->lost_ratio < VR_CALIBRATE_LOST_ENOUGH
         || use->used_share >= SERVED_LEAST * MIN (use->share, use->free_share);
}

/* --- The router ---------------------------------------------------------------------------------
 */

static const VrRouter *
check (const VrLab *lab, const VrRouter *router, GError **error)
{
  if (router->kind == VR_KIND_GUEST)
    return router;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "router %s of lab %s is native, and has no threads of its own", router->name,
               lab->name);
  return NULL;
}

/* A part is named by what it is of. */
static const VrRouter *
refuse_part (const VrLab *lab, const VrRouter *router, GError **error)
{
  const char *whole = vr_router_outward (router);
  if (vr_router_is_member (router))
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "router %s of lab %s is a %s %s: calibrate that, for all its %s", router->name,
                 lab->name, router->pvr != NULL ? "member of PVR" : "back-end of MSR", whole,
                 router->pvr != NULL ? "members" : "back-ends");
  else
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "router %s of lab %s is a part of MSR %s: what it takes for a packet depends on "
                 "where that goes. [schedule %s] reserves enough for it, and `vrkit calibrate "
                 "--router %s %s` is for the back-ends",
                 router->name, lab->name, whole, router->name, whole, lab->name);
  return NULL;
}

static char *
names_of (const VrLab *lab)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < lab->routers->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                            ((const VrRouter *) lab->routers->pdata[i])->name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* Of the router, PVR or MSR that the lab has, and no other; NULL: there is none such. */
static const char *
only_name (const VrLab *lab)
{
  const char *only = lab->routers->len > 0 ? vr_router_outward (lab->routers->pdata[0]) : NULL;
  for (guint i = 1; only != NULL && i < lab->routers->len; i++)
    if (strcmp (vr_router_outward (lab->routers->pdata[i]), only) != 0)
      only = NULL;
  return only;
}

/* The router of that name, or the first member of the PVR, or back-end of the MSR. */
static const VrRouter *
find_router (const VrLab *lab, const char *name)
{
  const VrRouter *router = name != NULL ? vr_lab_router (lab, name) : NULL;
  for (guint i = 0; name != NULL && router == NULL && i < lab->routers->len; i++)
    if (vr_router_is_one_of (lab->routers->pdata[i], name))
      router = lab->routers->pdata[i];
  return router;
}

const VrRouter *
vr_calibrate_router (const VrLab *lab, const char *name, GError **error)
{
  g_autofree char *names = names_of (lab);
  const VrRouter *router = find_router (lab, name != NULL ? name : only_name (lab));
  if (router != NULL && name != NULL && vr_router_outward (router) != router->name
      && strcmp (router->name, name) == 0)
    return refuse_part (lab, router, error);
  if (router != NULL)
    return check (lab, router, error);
  g_autofree char *quoted = name != NULL ? vr_name_quote (name) : NULL;
  if (name != NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "lab %s has no router \"%s\", but %s", lab->name,
                 quoted, names);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "lab %s has %s: --router says which one is calibrated", lab->name,
                 lab->routers->len > 0 ? names : "no router");
  return NULL;
}
