/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of vr-virt share, and nobody else includes. */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/vr-error.h"
#include "sys/vr-virt.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virConnect, virConnectClose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)

struct VrVirt {
  char *uri;
  GMutex connecting; /* held while the connection is opened anew; taken before `lock` */
  GMutex lock;       /* guards what follows; libvirt is never called under it */
  GCond changed;     /* an event came, the connection was cut, or a wait was cancelled */
  virConnect *connection;
  gboolean cut;        /* libvirtd has closed `connection` */
  guint64 changes;     /* counts the broadcasts of `changed` */
  GHashTable *watches; /* domain name to Watch: see vr-virt-events.c */
  int lifecycle_id;    /* of the callbacks on `connection`, -1: none */
  int agent_id;
};

/* vr-virt-loop.c: libvirt's event loop, one thread a process, which lives while it has users. */
void vr_virt_loop_acquire (void);
void vr_virt_loop_release (void);
/* Returns when no callback that was under way at the call is any longer. Not from a callback. */
void vr_virt_loop_barrier (void);

/* vr-virt-open.c: a new connection, or an error when none is there after `limit_ms`. */
virConnect *vr_virt_open_within (const char *uri, guint limit_ms, GError **error);

/* vr-virt.c: a reference to a live connection, opened anew where it was cut. */
virConnect *vr_virt_connect (VrVirt *virt, GError **error);

/* The domain of that name, or NULL: with `error` set, or without where it does not exist. */
virDomain *vr_virt_lookup (VrVirt *virt, const char *domain, GError **error);

/* Around each call that may last. libvirtd works on at most 5 calls of a client (libvirtd.conf,
 * max_client_requests); while it does it reads nothing else of it, so that keep-alives are not
 * answered and the connection is cut, and with it the guests that are about to start. One is left
 * for short calls. */
void vr_virt_call_begin (void);
void vr_virt_call_end (void);

/* Sets `error` from this thread's last libvirt error, as "TEXT: libvirt's message". `code` is for
 * what is neither a matter of permission nor of the connection nor of the guest's agent. */
void vr_virt_set_error (GError **error, VrErrorCode code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* vr-virt-events.c */
gboolean vr_virt_events_register (VrVirt *virt, virConnect *connection, GError **error);
void vr_virt_events_unregister (VrVirt *virt, virConnect *connection);
/* Forgets how the domain ended before: it is about to be started, or gone by our own will. */
void vr_virt_events_forget (VrVirt *virt, const char *domain);

/* vr-virt-xml.c: reads a live domain's XML into the fields of `guest` that it tells. */
void vr_virt_xml_read (const char *xml, VrGuest *guest);
/* Of libvirt's capabilities: as whom it runs QEMU; root where it does not say. */
void vr_virt_xml_read_owner (const char *xml, uid_t *user, gid_t *group);
/* The name that the XML gives its domain; NULL where it is not such XML. */
char *vr_virt_xml_name (const char *xml);
