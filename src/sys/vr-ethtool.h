/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offload features and speed of an interface, through the ethtool ioctl. `netns` is a name of
 * vr-netns.h, or NULL for the calling thread's own. An absent interface is VR_ERROR_HOST. */
#pragma once

#include <glib.h>

/* One bit a feature of the kernel, and not one a group of them as ethtool's short options are: only
 * so can the state that was found be put back exactly. */
typedef enum {
  VR_OFFLOAD_TSO = 1 << 0,               /* tx-tcp-segmentation */
  VR_OFFLOAD_TSO_ECN = 1 << 1,           /* tx-tcp-ecn-segmentation */
  VR_OFFLOAD_TSO_ACCECN = 1 << 2,        /* tx-tcp-accecn-segmentation */
  VR_OFFLOAD_TSO_MANGLEID = 1 << 3,      /* tx-tcp-mangleid-segmentation */
  VR_OFFLOAD_TSO6 = 1 << 4,              /* tx-tcp6-segmentation */
  VR_OFFLOAD_USO = 1 << 5,               /* tx-udp-segmentation */
  VR_OFFLOAD_GSO = 1 << 6,               /* tx-generic-segmentation */
  VR_OFFLOAD_GSO_LIST = 1 << 7,          /* tx-gso-list */
  VR_OFFLOAD_GRO = 1 << 8,               /* rx-gro */
  VR_OFFLOAD_LRO = 1 << 9,               /* rx-lro */
  VR_OFFLOAD_GRO_HW = 1 << 10,           /* rx-gro-hw */
  VR_OFFLOAD_RX_CHECKSUM = 1 << 11,      /* rx-checksum */
  VR_OFFLOAD_TX_CHECKSUM = 1 << 12,      /* tx-checksum-ip-generic */
  VR_OFFLOAD_TX_CHECKSUM4 = 1 << 13,     /* tx-checksum-ipv4 */
  VR_OFFLOAD_TX_CHECKSUM6 = 1 << 14,     /* tx-checksum-ipv6 */
  VR_OFFLOAD_TX_CHECKSUM_SCTP = 1 << 15, /* tx-checksum-sctp */
  VR_OFFLOAD_SG = 1 << 16,               /* tx-scatter-gather */
  VR_OFFLOAD_SG_FRAGLIST = 1 << 17,      /* tx-scatter-gather-fraglist */
} VrOffload;

/* What cuts up or joins packets, so that a router would not see what was sent. */
#define VR_OFFLOADS_SEGMENTATION                                                                   \
  (VR_OFFLOAD_TSO | VR_OFFLOAD_TSO_ECN | VR_OFFLOAD_TSO_ACCECN | VR_OFFLOAD_TSO_MANGLEID           \
   | VR_OFFLOAD_TSO6 | VR_OFFLOAD_USO | VR_OFFLOAD_GSO | VR_OFFLOAD_GSO_LIST | VR_OFFLOAD_GRO      \
   | VR_OFFLOAD_LRO | VR_OFFLOAD_GRO_HW)
#define VR_OFFLOADS_ALL ((1u << 18) - 1)

/* Features (bits of VrOffload) and the state of each. */
typedef struct {
  guint32 mask; /* which features are meant */
  guint32 on;   /* a subset of mask */
} VrOffloadSet;

typedef struct {
  VrOffloadSet state; /* mask: what this kernel knows; on: what is active now */
  guint32 changeable; /* what the device lets one turn on and off; the rest is fixed */
} VrOffloads;

gboolean vr_ethtool_get_offloads (const char *netns, const char *ifname, VrOffloads *offloads,
                                  GError **error);

/* Brings the features of `set->mask` to the state of `set->on`, in one step, leaving the rest to
 * the kernel's rules (no tso without sg). A feature that is fixed in the other state is
 * VR_ERROR_HOST before anything is changed; one that did not follow is VR_ERROR_VERIFY, and then
 * what was is put back. */
gboolean vr_ethtool_set_offloads (const char *netns, const char *ifname, const VrOffloadSet *set,
                                  GError **error);

/* What to set so that all features of `mask` are off that can be: the fixed and the unknown ones
 * are left out. */
VrOffloadSet vr_offloads_off (const VrOffloads *offloads, guint32 mask);

/* The features of `mask`, as far as the kernel knows them, as they are now: what to journal before
 * setting any of them, and to set again afterwards. */
VrOffloadSet vr_offloads_subset (const VrOffloads *offloads, guint32 mask);

/* "tso=on,gso=on,gro=off" in the order of VrOffload; "" for an empty mask. The caller owns it. */
char *vr_offloads_print (const VrOffloadSet *set);

/* The same text, in any order. VR_ERROR_PROFILE for an unknown or repeated name or a state other
 * than on and off. */
gboolean vr_offloads_parse (const char *text, VrOffloadSet *set, GError **error);

/* Mbit/s; -1 where the device has no speed or does not know it (no carrier, some virtual ones). A
 * veth or a tap claims a speed that means nothing. */
gboolean vr_ethtool_speed_mbps (const char *netns, const char *ifname, gint64 *speed_mbps,
                                GError **error);
