/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A router's libvirt domain as XML: a pure function, and the same spec gives the same bytes. */
#pragma once

#include <glib.h>

#include "base/vr-address.h"

/* The namespace of the metadata that marks a domain as vrkit's:
 * <vrkit:router lab= router= digest=/>, pvr= of a PVR's member, and msr= of an MSR's part, which
 * part= says: "balancer", "backend" or "control". */
#define VR_DOMAIN_NAMESPACE "https://vrkit.example/xmlns/router/1"
/* Of the metadata <held:queues/> with which a PVR's member starts: the kernel gives its queues
 * nothing until it forwards, and then the mark is taken away. */
#define VR_DOMAIN_HELD_NAMESPACE "https://vrkit.example/xmlns/held/1"

/* A network card, joined to an interface of the host that exists: a tap, or a macvtap, which
 * libvirt opens and neither configures nor deletes. Or to a switch in a process of its own, by
 * vhost-user: the guest listens on a socket, and has its memory where the switch can map it. */
typedef struct {
  const char *ifname; /* the host's interface */
  const char *socket; /* a path: the card is joined to a switch, and to no interface; NULL: it is */
  VrMac mac;          /* the guest's */
  gboolean vhost;     /* the kernel moves the packets, else QEMU's main loop */
  guint queues;       /* pairs, 0 or 1 for one; virtio only */
  gboolean offloads;  /* virtio only: FALSE keeps packets as they were on the wire */
} VrDomainNic;

/* All strings are borrowed. Any text that XML can hold is safe in them; control characters, which
 * it cannot hold, become U+FFFD. */
typedef struct {
  const char *lab;
  const char *router;
  const char *pvr;    /* of which the router is a member; NULL: none */
  const char *msr;    /* of which it is a part; NULL: none */
  const char *part;   /* which: "balancer", "backend", "control"; NULL where msr is */
  const char *name;   /* the domain's: vrkit-LAB-ROUTER */
  const char *kernel; /* vmlinux with a PVH note, or bzImage */
  const char *initrd;
  const char *command_line;
  const char *config_path; /* given to the guest by fw_cfg as opt/org.vrkit/config; NULL: none */
  const char *emulator;    /* the QEMU binary; NULL: libvirt's default */
  const char *accel;       /* "kvm" or "tcg" */
  const char *nic_model;   /* "virtio" or "e1000" */
  guint vcpus;
  guint64 memory_mib;
  guint64 hugepage_mib; /* of the pages of which it is; 0: the kernel's common ones */
  const VrDomainNic *nics;
  guint nic_count;
} VrDomainSpec;

/* The XML, which the caller owns. Its uuid is derived from lab and router: see vr_domain_uuid. Its
 * metadata bear the digest of the XML without metadata (lowercase hex SHA-256), so that a domain
 * that runs can be compared with what would be started now; `digest`, unless NULL, becomes it too.
 */
char *vr_domain_xml (const VrDomainSpec *spec, char **digest);

/* A UUID of version 8 (RFC 9562): the first 122 free bits of SHA-256 of "vrkit", lab and router,
 * each ended by NUL. The same router of the same lab bears the same one on every host. */
char *vr_domain_uuid (const char *lab, const char *router);
