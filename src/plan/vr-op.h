/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One small change that a lab needs of its host, as data. Nothing here does anything. */
#pragma once

#include <glib.h>

/* Each kind is one row of apply's table of operations; the names stand in plans and journals. */
typedef enum {
  VR_OP_KNOB,       /* a single value of the host; target: as apply/vr-knob.h names them */
  VR_OP_RT_RUNTIME, /* real-time runtime of all guests, claimed from the host; target: their group
                     * in the cpu tree of cgroup version 1 */
  VR_OP_NETNS,      /* a namespace; target: its name */
  VR_OP_VETH,       /* a veth pair into a namespace; target: the near end */
  VR_OP_LINK,    /* attributes of a NIC that is not ours, claimed from the host; target: the NIC */
  VR_OP_NIC,     /* channels, rings and coalescing of a port's device; target: the NIC */
  VR_OP_BRIDGE,  /* a Linux bridge; target: its name */
  VR_OP_ENSLAVE, /* a NIC that is not ours made a bridge's port; target: the NIC */
  VR_OP_OVS_BRIDGE, /* a bridge of Open vSwitch; target: its name */
  VR_OP_OVS_PORT,   /* an interface made a port of one; target: the interface */
  VR_OP_MACVTAP,    /* target: the macvtap */
  VR_OP_TAP,        /* target: the tap */
  VR_OP_MACVLAN,    /* inside a namespace; target: NAMESPACE/NAME */
  VR_OP_OFFLOADS,   /* a link's offload features; target: [NAMESPACE/]NAME */
  VR_OP_SYSCTL,     /* target: [NAMESPACE/]KEY */
  VR_OP_ADDRESS,    /* target: NAMESPACE/NAME/ADDRESS */
  VR_OP_NEIGHBOUR,  /* target: NAMESPACE/NAME/ADDRESS */
  VR_OP_ROUTE,      /* target: NAMESPACE/DESTINATION */
  VR_OP_CONFIG,     /* a guest's configuration file, or with `initrd` the image's initrd behind it;
                     * target: its path; payload: the configuration's text */
  VR_OP_DOMAIN,     /* a running libvirt domain; target: its name; payload: its XML */
  VR_OP_READY,      /* wait until a guest forwards; target: the domain's name; payload: how many
                     * seconds it may take more than other guests, NULL for none */
  VR_OP_EXCLUSIVE,  /* a CPU that one thread of all guests has alone, claimed from the host; target:
                     * "cpu N" */
  VR_OP_THREAD,     /* policy and CPUs of a thread; target: DOMAIN/SELECTOR of a guest's, and
                     * VR_OP_SWITCH/pmd.CPU of one of Open vSwitch */
  VR_OP_KINDS,
} VrOpKind;

/* `want` is a{ss}: what must be so afterwards, in the words in which apply reads it back. */
#define VR_OP_SWITCH "ovs-vswitchd"

typedef struct {
  VrOpKind kind;
  char *target;
  GVariant *want;
  char *payload;    /* large text that `want` holds only a digest of, or NULL */
  char *why;        /* the profile's line or the rule that asks for it */
  GPtrArray *needs; /* ids (char *, owned) of the operations it is built on */
  gboolean
      shared; /* the value belongs to the whole host: labs claim it, the last one restores it */
} VrOp;

/* "macvtap", and back; VR_OP_KINDS for an unknown name. */
const char *vr_op_kind_name (VrOpKind kind);
VrOpKind vr_op_kind_parse (const char *name);

/* `...` are pairs of strings (key, value), NULL-terminated; a pair whose value is NULL is left out.
 * Keys keep their order. */
VrOp *vr_op_new (VrOpKind kind, const char *target, const char *why, ...) G_GNUC_NULL_TERMINATED;
VrOp *vr_op_copy (const VrOp *op);
void vr_op_free (VrOp *op);

/* "KIND TARGET": what an operation is about; unique in a plan. The caller owns it. */
char *vr_op_id (const VrOp *op);
void vr_op_add_need (VrOp *op, VrOpKind kind, const char *target);
/* The value of `key` in `want`, or NULL. Owned by the operation. */
const char *vr_op_get (const VrOp *op, const char *key);
/* The same of any a{ss}, which may be NULL. */
const char *vr_op_lookup (GVariant *strings, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrOp, vr_op_free)
