/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt waits for ever for a daemon that takes a connection and says nothing, and cannot be
 * called off: so a thread of its own waits, and is left to it when the time is over. */
#include "sys/vr-virt-internal.h"

/* Shared by the thread and who asked; the last one frees it. */
typedef struct {
  char *uri;
  GMutex lock; /* guards what follows */
  GCond ended_changed;
  gboolean ended;
  virConnect *connection;
  GError *error;
} Opening;

static void
opening_clear (gpointer data)
{
  Opening *opening = data;
  g_free (opening->uri);
  g_mutex_clear (&opening->lock);
  g_cond_clear (&opening->ended_changed);
  if (opening->connection != NULL)
    virConnectClose (opening->connection);
  g_clear_error (&opening->error);
}

static void
opening_unref (Opening *opening)
{
  g_atomic_rc_box_release_full (opening, opening_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_unref)

static Opening *
opening_new (const char *uri)
{
  Opening *opening = g_atomic_rc_box_new0 (Opening);
  opening->uri = g_strdup (uri);
  g_mutex_init (&opening->lock);
  g_cond_init (&opening->ended_changed);
  return opening;
}

static gpointer
open_it (gpointer data)
{
  g_autoptr (Opening) opening = data;
  g_autoptr (GError) error = NULL;
  virConnect *connection = virConnectOpen (opening->uri);
  if (connection == NULL)
    vr_virt_set_error (&error, VR_ERROR_HOST,
                       "no libvirt answers at %s (start libvirtd; \"sudo ./bootstrap demo\" starts "
                       "it where there is no systemd)",
                       opening->uri);
  g_mutex_lock (&opening->lock);
  opening->connection = connection;
  opening->error = g_steal_pointer (&error);
  opening->ended = TRUE;
  g_cond_signal (&opening->ended_changed);
  g_mutex_unlock (&opening->lock);
  return NULL;
}

virConnect *
vr_virt_open_within (const char *uri, guint limit_ms, GError **error)
{
  gint64 end_us = g_get_monotonic_time () + limit_ms * G_GINT64_CONSTANT (1000);
  g_autoptr (Opening) opening = opening_new (uri);
  g_thread_unref (g_thread_new ("virt-open", open_it, g_atomic_rc_box_acquire (opening)));
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&opening->lock);
  while (!opening->ended)
    if (!g_cond_wait_until (&opening->ended_changed, &opening->lock, end_us)) {
      g_set_error (
          error, VR_ERROR, VR_ERROR_HOST,
          "libvirt at %s takes the connection and says nothing for %u s (it hangs: look at "
          "its log, or start it anew)",
          uri, limit_ms / 1000);
      return NULL;
    }
  if (opening->error != NULL)
    g_propagate_error (error, g_steal_pointer (&opening->error));
  return g_steal_pointer (&opening->connection);
}
