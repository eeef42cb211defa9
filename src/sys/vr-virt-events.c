/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libvirt tells of guests as it happens, and the wait for an agent that is built on it.
 *
 * A callback only notes what came in the domain's Watch and wakes everybody. Who waits has a watch
 * made first and looks at the domain's state second, so that nothing falls between. */
#include <gio/gio.h>

#include "sys/vr-virt-internal.h"

/* How long libvirtd may take to come back. */
#define RETURN_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define RETURN_RETRY_US (100 * G_TIME_SPAN_MILLISECOND)
/* Without an event the state is looked at again: what tells of a guest is not to hang on one
 * message alone. */
#define LOOK_AGAIN_US (10 * G_USEC_PER_SEC)

/* How a guest ended, as far as events told. */
typedef enum { END_NONE, END_PANICKED, END_KILLED, END_CRASHED, END_DESTROYED, END_SHUTDOWN } End;

static const char *const END_TEXTS[] = {
  [END_PANICKED] = "its kernel panicked (it is kept as it is: look at its console)",
  [END_KILLED] = "its QEMU process was killed or died",
  [END_CRASHED] = "it crashed",
  [END_DESTROYED] = "it was destroyed by somebody",
  [END_SHUTDOWN] = "it shut down or rebooted",
};

typedef struct {
  End end;
  gboolean agent; /* the port is open */
} Watch;

typedef struct {
  VrVirt *virt;
  const char *domain;
  gint64 timeout_us;
  gint64 deadline_us; /* monotonic */
  GCancellable *cancellable;
} Wait;

static Watch *
watch_of (VrVirt *virt, const char *domain)
{
  Watch *watch = g_hash_table_lookup (virt->watches, domain);
  if (watch == NULL) {
    watch = g_new0 (Watch, 1);
    g_hash_table_insert (virt->watches, g_strdup (domain), watch);
  }
  return watch;
}

static void
wake_all (VrVirt *virt)
{
  virt->changes++;
  g_cond_broadcast (&virt->changed);
}

static End
end_of (int event, int detail)
{
  if (event == VIR_DOMAIN_EVENT_CRASHED)
    return END_PANICKED;
  switch (detail) {
  case VIR_DOMAIN_EVENT_STOPPED_FAILED:
    return END_KILLED;
  case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
    return END_CRASHED;
  case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
    return END_DESTROYED;
  default:
    return END_SHUTDOWN;
  }
}

static int
on_lifecycle (virConnect *connection, virDomain *domain, int event, int detail, void *data)
{
  (void) connection;
  VrVirt *virt = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  Watch *watch = g_hash_table_lookup (virt->watches, virDomainGetName (domain));
  if (watch == NULL)
    return 0;
  if (event == VIR_DOMAIN_EVENT_STARTED)
    watch->end = END_NONE;
  gboolean ended = event == VIR_DOMAIN_EVENT_STOPPED || event == VIR_DOMAIN_EVENT_CRASHED;
  if (ended && watch->end == END_NONE)
    watch->end = end_of (event, detail);
  if (ended)
    watch->agent = FALSE;
  wake_all (virt);
  return 0;
}

static void
on_agent (virConnect *connection, virDomain *domain, int state, int reason, void *data)
{
  (void) connection;
  (void) reason;
  VrVirt *virt = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  Watch *watch = g_hash_table_lookup (virt->watches, virDomainGetName (domain));
  if (watch == NULL)
    return;
  watch->agent = state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED;
  wake_all (virt);
}

static void
on_close (virConnect *connection, int reason, void *data)
{
  (void) reason;
  VrVirt *virt = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  if (connection != virt->connection)
    return;
  virt->cut = TRUE;
  wake_all (virt);
}

gboolean
vr_virt_events_register (VrVirt *virt, virConnect *connection, GError **error)
{
  int lifecycle_id
      = virConnectDomainEventRegisterAny (connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                          VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle), virt, NULL);
  int agent_id
      = virConnectDomainEventRegisterAny (connection, NULL, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
                                          VIR_DOMAIN_EVENT_CALLBACK (on_agent), virt, NULL);
  virt->lifecycle_id = lifecycle_id;
  virt->agent_id = agent_id;
  if (lifecycle_id < 0 || agent_id < 0
      || virConnectRegisterCloseCallback (connection, on_close, virt, NULL) < 0) {
    vr_virt_set_error (error, VR_ERROR_HOST, "libvirt at %s gives no events of its guests",
                       virt->uri);
    vr_virt_events_unregister (virt, connection);
    return FALSE;
  }
  /* Whatever came while there was no connection is lost: the state is looked at again. */
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  GHashTableIter iter;
  gpointer watch;
  g_hash_table_iter_init (&iter, virt->watches);
  while (g_hash_table_iter_next (&iter, NULL, &watch))
    *(Watch *) watch = (Watch){ .end = END_NONE };
  return TRUE;
}

void
vr_virt_events_unregister (VrVirt *virt, virConnect *connection)
{
  if (virt->lifecycle_id >= 0)
    virConnectDomainEventDeregisterAny (connection, virt->lifecycle_id);
  if (virt->agent_id >= 0)
    virConnectDomainEventDeregisterAny (connection, virt->agent_id);
  virt->lifecycle_id = virt->agent_id = -1;
  virConnectUnregisterCloseCallback (connection, on_close);
}

void
vr_virt_events_forget (VrVirt *virt, const char *domain)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  *watch_of (virt, domain) = (Watch){ .end = END_NONE };
}

static gboolean
fail_ended (const char *domain, const char *how, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "guest \"%s\" ended before its agent answered: %s",
               domain, how);
  return FALSE;
}

/* What the domain's state says: TRUE with `open` set, or the error. */
static gboolean
look (const Wait *wait, gboolean *open, GError **error)
{
  g_auto (VrGuest) guest = { .domain = NULL };
  if (!vr_virt_find (wait->virt, wait->domain, &guest, error))
    return FALSE;
  switch (guest.state) {
  case VR_GUEST_ABSENT:
    return fail_ended (wait->domain, "no domain of this name exists", error);
  case VR_GUEST_CRASHED:
    return fail_ended (wait->domain, END_TEXTS[END_PANICKED], error);
  case VR_GUEST_SHUTOFF:
    return fail_ended (wait->domain, "it is shut off", error);
  default:
    *open = guest.agent_connected;
    return TRUE;
  }
}

/* Waits for libvirtd to come back after its restart. */
static gboolean
reconnect (const Wait *wait, GError **error)
{
  gint64 give_up_us = MIN (wait->deadline_us, g_get_monotonic_time () + RETURN_TIMEOUT_US);
  g_autoptr (GError) cause = NULL;
  while (!g_cancellable_is_cancelled (wait->cancellable)) {
    g_clear_error (&cause);
    g_autoptr (virConnect) connection = vr_virt_connect (wait->virt, &cause);
    if (connection != NULL)
      return TRUE;
    if (g_get_monotonic_time () >= give_up_us)
      break;
    g_usleep (RETURN_RETRY_US);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_KERNEL,
               "libvirtd at %s went away while the agent of guest \"%s\" was awaited, and did not "
               "come back: %s",
               wait->virt->uri, wait->domain, cause != NULL ? cause->message : "interrupted");
  return FALSE;
}

static gboolean
fail_late (const Wait *wait, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
               "the agent of guest \"%s\" did not answer within %.1f s: look at its console, or "
               "give it longer with --timeout",
               wait->domain, (double) wait->timeout_us / G_USEC_PER_SEC);
  return FALSE;
}

static gboolean
fail_cancelled (const Wait *wait, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED,
               "interrupted while the agent of guest \"%s\" was awaited", wait->domain);
  return FALSE;
}

/* Sleeps until something changes from `seen` on; FALSE when `until_us` passed first. */
static gboolean
sleep_until_change (const Wait *wait, guint64 seen, gint64 until_us)
{
  VrVirt *virt = wait->virt;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  while (virt->changes == seen)
    if (!g_cond_wait_until (&virt->changed, &virt->lock, until_us))
      return FALSE;
  return TRUE;
}

static guint64
read_watch (const Wait *wait, Watch *watch, gboolean *cut)
{
  VrVirt *virt = wait->virt;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  *watch = *watch_of (virt, wait->domain);
  *cut = virt->cut;
  return virt->changes;
}

static gboolean
wait_for_agent (const Wait *wait, GError **error)
{
  for (gboolean looked = FALSE;;) {
    Watch watch;
    gboolean cut, open = FALSE;
    guint64 seen = read_watch (wait, &watch, &cut);
    if (watch.agent)
      return TRUE;
    if (watch.end != END_NONE)
      return fail_ended (wait->domain, END_TEXTS[watch.end], error);
    if (g_cancellable_is_cancelled (wait->cancellable))
      return fail_cancelled (wait, error);
    if (cut) {
      if (!reconnect (wait, error))
        return FALSE;
      looked = FALSE;
      continue;
    }
    if (!looked && !look (wait, &open, error))
      return FALSE;
    if (open)
      return TRUE;
    gint64 again_us = g_get_monotonic_time () + LOOK_AGAIN_US;
    looked = sleep_until_change (wait, seen, MIN (again_us, wait->deadline_us));
    if (!looked && g_get_monotonic_time () >= wait->deadline_us)
      return fail_late (wait, error);
  }
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  (void) cancellable;
  VrVirt *virt = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  wake_all (virt);
}

gboolean
vr_virt_wait_agent (VrVirt *virt, const char *domain, gint64 timeout_us, GCancellable *cancellable,
                    GError **error)
{
  Wait wait = { .virt = virt,
                .domain = domain,
                .timeout_us = timeout_us,
                .deadline_us = g_get_monotonic_time () + timeout_us,
                .cancellable = cancellable };
  gulong handler = 0;
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), virt, NULL);
  gboolean good = wait_for_agent (&wait, error);
  g_cancellable_disconnect (cancellable, handler);
  return good;
}
