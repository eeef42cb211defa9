/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-host-backend.h"

#include "apply/vr-host-ops.h"

static const VrHostOp *
row_of (VrOpKind kind)
{
  const VrHostOp *row = vr_host_link_op (kind);
  if (row == NULL)
    row = vr_host_net_op (kind);
  if (row == NULL)
    row = vr_host_nic_op (kind);
  if (row == NULL)
    row = vr_host_ovs_op (kind);
  if (row == NULL)
    row = vr_host_guest_op (kind);
  if (row == NULL)
    row = vr_host_thread_op (kind);
  if (row == NULL)
    row = vr_host_exclusive_op (kind);
  return row != NULL ? row : vr_host_value_op (kind);
}

static gboolean
host_probe (VrBackend *backend, const VrOp *op, GVariant **found, GError **error)
{
  return row_of (op->kind)->probe ((VrHostBackend *) backend, op, found, error);
}

static gboolean
host_apply (VrBackend *backend, const VrOp *op, GVariant *found, GError **error)
{
  return row_of (op->kind)->apply ((VrHostBackend *) backend, op, found, error);
}

static gboolean
host_undo (VrBackend *backend, const VrOp *op, GVariant *old, GError **error)
{
  return row_of (op->kind)->undo ((VrHostBackend *) backend, op, old, error);
}

/* A guest that has not booted by then holds nobody up. */
#define BOOT_TURN_US (10 * G_USEC_PER_SEC)

static void
wait_booted (const char *domain, gpointer data)
{
  VrHostBackend *host = data;
  /* Why it has not, is told by the wait until it forwards. */
  vr_virt_wait_agent (host->virt, domain, MIN (BOOT_TURN_US, host->ready_timeout_us),
                      host->boot_cancellable, NULL);
}

static const VrBackendClass host_class = { host_probe, host_apply, host_undo };

VrHostBackend *
vr_host_backend_new (const VrHostBackendOptions *options)
{
  VrHostBackend *host = g_new0 (VrHostBackend, 1);
  host->base.class = &host_class;
  host->uri = g_strdup (options->uri);
  if (options->host_dir != NULL)
    host->offline_path = g_build_filename (options->host_dir, "offline.json", NULL);
  host->ready_timeout_us = options->ready_timeout_us;
  host->cancellable = options->cancellable != NULL ? g_object_ref (options->cancellable) : NULL;
  g_mutex_init (&host->lock);
  host->boot_cancellable = host->cancellable != NULL ? g_object_ref (host->cancellable) : NULL;
  host->boot_turns = vr_boot_turns_new (g_get_num_processors (), wait_booted, host);
  return host;
}

void
vr_host_backend_let_leave (VrHostBackend *host)
{
  host->lets_leave = TRUE;
}

void
vr_host_backend_see_through (VrHostBackend *host)
{
  g_clear_object (&host->cancellable);
}

void
vr_host_backend_free (VrHostBackend *host)
{
  g_clear_pointer (&host->boot_turns, vr_boot_turns_free);
  g_clear_pointer (&host->virt, vr_virt_close);
  g_clear_object (&host->boot_cancellable);
  g_clear_object (&host->cancellable);
  g_mutex_clear (&host->lock);
  g_free (host->uri);
  g_free (host->offline_path);
  g_free (host);
}

VrBackend *
vr_host_backend_base (VrHostBackend *host)
{
  return &host->base;
}

void
vr_host_backend_set_uri (VrHostBackend *host, const char *uri)
{
  g_assert (host->virt == NULL);
  g_free (host->uri);
  host->uri = g_strdup (uri);
}

const char *
vr_host_backend_uri (const VrHostBackend *host)
{
  return host->uri;
}

VrVirt *
vr_host_backend_virt (VrHostBackend *host, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&host->lock);
  if (host->virt == NULL)
    host->virt = vr_virt_open (host->uri, error);
  return host->virt;
}
