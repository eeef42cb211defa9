/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domains: found, listed, started, destroyed. */
#include <stdlib.h>
#include <string.h>

#include "sys/vr-task.h"
#include "sys/vr-virt-internal.h"

/* libvirt kills by TERM first and KILL after 15 s, and gives up after 30 s. */
#define GONE_TIMEOUT_US (30 * G_USEC_PER_SEC)
#define GONE_RETRY_US (20 * G_TIME_SPAN_MILLISECOND)

void
vr_guest_clear (VrGuest *guest)
{
  g_free (guest->domain);
  g_free (guest->reason);
  g_free (guest->lab);
  g_free (guest->router);
  g_free (guest->pvr);
  g_free (guest->msr);
  g_free (guest->part);
  g_free (guest->digest);
  g_free (guest->accel);
  g_free (guest->emulator);
  *guest = (VrGuest){ .state = VR_GUEST_ABSENT };
}

void
vr_guest_free (VrGuest *guest)
{
  vr_guest_clear (guest);
  g_free (guest);
}

const char *
vr_guest_state_name (VrGuestState state)
{
  static const char *const names[] = {
    [VR_GUEST_ABSENT] = "absent",   [VR_GUEST_RUNNING] = "running", [VR_GUEST_PAUSED] = "paused",
    [VR_GUEST_CRASHED] = "crashed", [VR_GUEST_SHUTOFF] = "shutoff", [VR_GUEST_OTHER] = "other",
  };
  return names[state];
}

static VrGuestState
state_of (int state)
{
  switch (state) {
  case VIR_DOMAIN_RUNNING:
  case VIR_DOMAIN_BLOCKED:
    return VR_GUEST_RUNNING;
  case VIR_DOMAIN_PAUSED:
    return VR_GUEST_PAUSED;
  case VIR_DOMAIN_CRASHED:
    return VR_GUEST_CRASHED;
  case VIR_DOMAIN_SHUTOFF:
    return VR_GUEST_SHUTOFF;
  default:
    return VR_GUEST_OTHER;
  }
}

static const char *
reason_of (int state, int reason)
{
  static const struct {
    int state;
    int reason;
    const char *text;
  } rows[] = {
    { VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, "booted" },
    { VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_MIGRATED, "migrated" },
    { VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, "unpaused" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, "by its user" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, "for migration" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, "input or output error" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, "panicked" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, "starting" },
    { VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, "panicked" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SHUTDOWN, "shut down" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED, "destroyed" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, "killed" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FAILED, "did not start" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].state == state && rows[i].reason == reason)
      return rows[i].text;
  return state == VIR_DOMAIN_SHUTDOWN ? "shutting down" : "unknown";
}

/* libvirt has no call for it. */
static GPid
pid_of (virDomain *domain)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  return virDomainGetUUIDString (domain, uuid) == 0
             ? vr_task_guest (virDomainGetName (domain), uuid)
             : 0;
}

static gboolean
is_gone (void)
{
  const virError *cause = virGetLastError ();
  return cause != NULL && cause->code == VIR_ERR_NO_DOMAIN;
}

/* Fills `guest` from `domain`. One that goes away meanwhile is VR_GUEST_ABSENT. */
static gboolean
fill (virDomain *domain, VrGuest *guest, GError **error)
{
  const char *name = virDomainGetName (domain);
  VrGuest found = { .domain = g_strdup (name), .state = VR_GUEST_ABSENT };
  int state, reason;
  g_autofree char *xml = NULL;
  gboolean good = virDomainGetState (domain, &state, &reason, 0) == 0
                  && (xml = virDomainGetXMLDesc (domain, 0)) != NULL;
  if (!good && !is_gone ()) {
    vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot read the state of domain \"%s\"", name);
    vr_guest_clear (&found);
    return FALSE;
  }
  found.reason = g_strdup (good ? reason_of (state, reason) : "no such domain");
  if (good) {
    found.state = state_of (state);
    found.pid = virDomainIsActive (domain) == 1 ? pid_of (domain) : 0;
    vr_virt_xml_read (xml, &found);
  }
  *guest = found;
  return TRUE;
}

virDomain *
vr_virt_lookup (VrVirt *virt, const char *domain, GError **error)
{
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL)
    return NULL;
  virDomain *found = virDomainLookupByName (connection, domain);
  if (found == NULL && !is_gone ())
    vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot look for domain \"%s\"", domain);
  return found;
}

gboolean
vr_virt_find (VrVirt *virt, const char *domain, VrGuest *guest, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (virDomain) found = vr_virt_lookup (virt, domain, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (found != NULL)
    return fill (found, guest, error);
  *guest = (VrGuest){ .domain = g_strdup (domain), .reason = g_strdup ("no such domain") };
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const VrGuest *const *one = a, *const *other = b;
  return strcmp ((*one)->domain, (*other)->domain);
}

static gboolean
append_owned (virDomain *domain, GPtrArray *guests, GError **error)
{
  g_autoptr (VrGuest) guest = g_new0 (VrGuest, 1);
  if (!fill (domain, guest, error))
    return FALSE;
  if (guest->owned)
    g_ptr_array_add (guests, g_steal_pointer (&guest));
  return TRUE;
}

gboolean
vr_virt_list (VrVirt *virt, GPtrArray *guests, GError **error)
{
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL)
    return FALSE;
  virDomain **domains = NULL;
  int count = virConnectListAllDomains (connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
  if (count < 0) {
    vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot list the guests at %s", virt->uri);
    return FALSE;
  }
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  gboolean good = TRUE;
  for (int i = 0; i < count; i++) {
    good = good && append_owned (domains[i], found, error);
    virDomainFree (domains[i]);
  }
  free (domains);
  if (!good)
    return FALSE;
  g_ptr_array_sort (found, compare_names);
  g_ptr_array_extend_and_steal (guests, g_steal_pointer (&found));
  return TRUE;
}

gboolean
vr_virt_unmark (VrVirt *virt, const char *domain, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (virDomain) found = vr_virt_lookup (virt, domain, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (found != NULL
      && virDomainSetMetadata (found, VIR_DOMAIN_METADATA_ELEMENT, NULL, NULL,
                               VR_VIRT_HELD_NAMESPACE, VIR_DOMAIN_AFFECT_LIVE)
             == 0)
    return TRUE;
  vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot note that domain \"%s\" forwards", domain);
  return FALSE;
}

/* Waits until no active domain is left of `domain`; it is being taken down already. */
static gboolean
wait_gone (VrVirt *virt, const char *domain, GError **error)
{
  gint64 give_up_us = g_get_monotonic_time () + GONE_TIMEOUT_US;
  for (;;) {
    g_autoptr (GError) cause = NULL;
    g_autoptr (virDomain) found = vr_virt_lookup (virt, domain, &cause);
    if (cause != NULL) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
    if (found == NULL || (virDomainIsPersistent (found) == 1 && virDomainIsActive (found) == 0))
      return TRUE;
    if (g_get_monotonic_time () >= give_up_us)
      break;
    g_usleep (GONE_RETRY_US);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_KERNEL, "domain \"%s\" is still there %d s after its end",
               domain, (int) (GONE_TIMEOUT_US / G_USEC_PER_SEC));
  return FALSE;
}

gboolean
vr_virt_destroy (VrVirt *virt, const char *domain, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (virDomain) found = vr_virt_lookup (virt, domain, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (found == NULL)
    return TRUE;
  vr_virt_call_begin ();
  gboolean is_refused = virDomainDestroy (found) < 0;
  vr_virt_call_end ();
  if (is_refused && !is_gone () && virDomainIsActive (found) == 1) {
    vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot end domain \"%s\"", domain);
    return FALSE;
  }
  if (!wait_gone (virt, domain, error))
    return FALSE;
  vr_virt_events_forget (virt, domain);
  return TRUE;
}

/* Whether libvirt runs the domain, as opposed to taking it down after its end. */
static gboolean
is_running (virConnect *connection, const char *domain)
{
  g_autoptr (virDomain) found = virDomainLookupByName (connection, domain);
  return found != NULL && virDomainIsActive (found) == 1;
}

gboolean
vr_virt_start (VrVirt *virt, const char *xml, GError **error)
{
  g_autofree char *name = vr_virt_xml_name (xml);
  if (name == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "a domain's XML has no name");
    return FALSE;
  }
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL)
    return FALSE;
  if (is_running (connection, name)) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY, "domain \"%s\" runs already", name);
    return FALSE;
  }
  vr_virt_events_forget (virt, name);
  vr_virt_call_begin ();
  g_autoptr (virDomain) started = virDomainCreateXML (connection, xml, 0);
  vr_virt_call_end ();
  if (started == NULL) {
    vr_virt_set_error (error, VR_ERROR_KERNEL, "libvirt cannot start domain \"%s\"", name);
    return FALSE;
  }
  return TRUE;
}
