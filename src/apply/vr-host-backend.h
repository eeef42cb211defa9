/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backend that changes this host: kernel and libvirt. */
#pragma once

#include <gio/gio.h>

#include "apply/vr-backend.h"
#include "sys/vr-virt.h"

typedef struct VrHostBackend VrHostBackend;

typedef struct {
  const char *uri;           /* libvirt's; asked for only when an operation needs it */
  const char *host_dir;      /* where values of the whole host are remembered; NULL: only to look */
  gint64 ready_timeout_us;   /* how long one guest may take until it forwards */
  GCancellable *cancellable; /* ends waits; may be NULL */
} VrHostBackendOptions;

VrHostBackend *vr_host_backend_new (const VrHostBackendOptions *options);
void vr_host_backend_free (VrHostBackend *host);
VrBackend *vr_host_backend_base (VrHostBackend *host);

/* Another libvirt than the options named; before it is asked for. */
void vr_host_backend_set_uri (VrHostBackend *host, const char *uri);
const char *vr_host_backend_uri (const VrHostBackend *host);
/* The connection to libvirt, opened at the first call; NULL and `error` where none answers. */
VrVirt *vr_host_backend_virt (VrHostBackend *host, GError **error);

/* From now on a back-end of an MSR is ended when the balancers give it nothing any more, and it has
 * forwarded what it had: some seconds later at most. Else it ends at once. */
void vr_host_backend_let_leave (VrHostBackend *host);

/* From now on no wait ends before its time because somebody asks for it: what takes a change back
 * is not to stay half done. */
void vr_host_backend_see_through (VrHostBackend *host);

/* Ends the guest by force, and returns when it is gone and, for some seconds at most, its cgroups.
 */
gboolean vr_host_backend_end_guest (VrHostBackend *host, const VrGuest *guest, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrHostBackend, vr_host_backend_free)
