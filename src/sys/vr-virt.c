/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-virt.h"

#include <errno.h>

#include "sys/vr-virt-internal.h"

/* A daemon that does not answer for 15 s has hung: the connection is then cut. */
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT 3

/* A daemon that is started by its socket looks at the host before it answers. */
#define OPEN_LIMIT_MS 90000

/* Of all connections of the process together, which mostly is one. */
#define CALLS_AT_ONCE 4
static GMutex calls_lock;
static GCond calls_changed;
static guint calls;

void
vr_virt_call_begin (void)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&calls_lock);
  while (calls == CALLS_AT_ONCE)
    g_cond_wait (&calls_changed, &calls_lock);
  calls++;
}

void
vr_virt_call_end (void)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&calls_lock);
  calls--;
  g_cond_signal (&calls_changed);
}

static gboolean
is_permission (const virError *cause)
{
  if (cause->code == VIR_ERR_SYSTEM_ERROR)
    return cause->int1 == EACCES || cause->int1 == EPERM;
  return cause->code == VIR_ERR_AUTH_FAILED || cause->code == VIR_ERR_AUTH_CANCELLED
         || cause->code == VIR_ERR_AUTH_UNAVAILABLE || cause->code == VIR_ERR_ACCESS_DENIED
         || cause->code == VIR_ERR_OPERATION_DENIED;
}

void
vr_virt_set_error (GError **error, VrErrorCode code, const char *format, ...)
{
  const virError *cause = virGetLastError ();
  if (cause != NULL && is_permission (cause))
    code = VR_ERROR_PERMISSION;
  else if (cause != NULL && cause->code == VIR_ERR_AGENT_UNRESPONSIVE)
    code = VR_ERROR_GUEST;
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *message = g_strchomp (g_strdup (virGetLastErrorMessage ()));
  g_set_error (error, VR_ERROR, code, "%s: %s", text, message);
}

static virConnect *
open_connection (VrVirt *virt, GError **error)
{
  g_autoptr (virConnect) connection = vr_virt_open_within (virt->uri, OPEN_LIMIT_MS, error);
  if (connection == NULL)
    return NULL;
  /* Not all connections have a wire under them. */
  virConnectSetKeepAlive (connection, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT);
  if (!vr_virt_events_register (virt, connection, error))
    return NULL;
  return g_steal_pointer (&connection);
}

/* The connection, with a reference added, or NULL where it is cut. */
static virConnect *
take_connection (VrVirt *virt)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->lock);
  if (virt->cut || virt->connection == NULL)
    return NULL;
  virConnectRef (virt->connection);
  return virt->connection;
}

static void
drop_connection (VrVirt *virt)
{
  g_mutex_lock (&virt->lock);
  g_autoptr (virConnect) old = g_steal_pointer (&virt->connection);
  g_mutex_unlock (&virt->lock);
  if (old != NULL)
    vr_virt_events_unregister (virt, old);
}

virConnect *
vr_virt_connect (VrVirt *virt, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&virt->connecting);
  g_autoptr (virConnect) connection = take_connection (virt);
  if (connection != NULL && virConnectIsAlive (connection) == 1)
    return g_steal_pointer (&connection);
  drop_connection (virt);
  virConnect *opened = open_connection (virt, error);
  if (opened == NULL)
    return NULL;
  g_mutex_lock (&virt->lock);
  virt->connection = opened;
  virt->cut = FALSE;
  virConnectRef (opened);
  g_mutex_unlock (&virt->lock);
  return opened;
}

VrVirt *
vr_virt_open (const char *uri, GError **error)
{
  VrVirt *virt = g_new0 (VrVirt, 1);
  virt->uri = g_strdup (uri);
  g_mutex_init (&virt->connecting);
  g_mutex_init (&virt->lock);
  g_cond_init (&virt->changed);
  virt->watches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  virt->lifecycle_id = virt->agent_id = -1;
  vr_virt_loop_acquire ();
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL) {
    vr_virt_close (virt);
    return NULL;
  }
  return virt;
}

void
vr_virt_close (VrVirt *virt)
{
  drop_connection (virt);
  vr_virt_loop_barrier ();
  vr_virt_loop_release ();
  g_hash_table_unref (virt->watches);
  g_cond_clear (&virt->changed);
  g_mutex_clear (&virt->lock);
  g_mutex_clear (&virt->connecting);
  g_free (virt->uri);
  g_free (virt);
}

const char *
vr_virt_uri (const VrVirt *virt)
{
  return virt->uri;
}

static char *
version_text (const char *what, unsigned long version)
{
  return g_strdup_printf ("%s%lu.%lu.%lu", what, version / 1000000, version / 1000 % 1000,
                          version % 1000);
}

gboolean
vr_virt_version (VrVirt *virt, char **libvirt, char **hypervisor, GError **error)
{
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL)
    return FALSE;
  unsigned long library, emulator;
  const char *type = virConnectGetType (connection);
  if (type == NULL || virConnectGetLibVersion (connection, &library) < 0
      || virConnectGetVersion (connection, &emulator) < 0) {
    vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot ask libvirt at %s for its version",
                       virt->uri);
    return FALSE;
  }
  g_autofree char *prefix = g_strconcat (type, " ", NULL);
  *libvirt = version_text ("", library);
  *hypervisor = version_text (prefix, emulator);
  return TRUE;
}

gboolean
vr_virt_qemu_owner (VrVirt *virt, uid_t *user, gid_t *group, GError **error)
{
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL)
    return FALSE;
  char *capabilities = virConnectGetCapabilities (connection);
  if (capabilities == NULL) {
    vr_virt_set_error (error, VR_ERROR_KERNEL, "cannot ask libvirt at %s as whom it runs QEMU",
                       virt->uri);
    return FALSE;
  }
  vr_virt_xml_read_owner (capabilities, user, group);
  free (capabilities);
  return TRUE;
}
