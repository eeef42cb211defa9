/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces, addresses, routes and neighbours of one network namespace, through rtnetlink.
 *
 * Errors of every function: VR_ERROR_PERMISSION without CAP_NET_ADMIN; VR_ERROR_BUSY where the
 * kernel says EBUSY, EEXIST or EADDRINUSE (two macvtaps with one MAC on one lower device);
 * VR_ERROR_HOST where an interface is absent or the kernel lacks a kind of interface;
 * VR_ERROR_PROFILE for a value that cannot be put into a message (name over 15 characters, alias
 * over 255 bytes, unknown mode); VR_ERROR_KERNEL for every other refusal. The message ends with the
 * kernel's own explanation where it gave one. On failure outputs are untouched. */
#pragma once

#include <glib.h>

#include "base/vr-address.h"

#define VR_LINK_NAME_SIZE 16

/* A socket of one namespace. To be used by one thread at a time. */
typedef struct VrNetlink VrNetlink;

/* `netns` is a name of vr-netns.h, or NULL for the calling thread's own. The namespace lives on,
 * even nameless, as long as the socket does. */
VrNetlink *vr_netlink_new (const char *netns, GError **error);
void vr_netlink_free (VrNetlink *netlink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrNetlink, vr_netlink_free)

/* --- Links, read ------------------------------------------------------------------------------ */

typedef struct {
  int index;
  char name[VR_LINK_NAME_SIZE];
  char kind[VR_LINK_NAME_SIZE]; /* "veth", "macvtap", "bridge", "tun"; "" for hardware */
  VrMac mac;                    /* zero where it is not Ethernet */
  guint mtu;
  guint queue_length; /* txqueuelen, packets; of a macvtap or tap the receive ring of each queue */
  guint promiscuity;  /* how many users asked for it, the flag below being one of them */
  gboolean promiscuous;   /* IFF_PROMISC: set by vr_netlink_set_promiscuous() */
  gboolean all_multicast; /* IFF_ALLMULTI: set by vr_netlink_set_all_multicast() */
  gboolean up;            /* IFF_UP */
  gboolean carrier;       /* IFF_LOWER_UP; FALSE where `up` is */
  gboolean multi_queue;   /* of a tap: it may be opened more than once */
  gboolean floods;        /* of a bridge: it learns no addresses, its ageing time being 0 */
  gboolean vlans;         /* of a bridge: it keeps VLANs apart, and new ports are in none */
  int master_index;       /* of the bridge; 0 without */
  int lower_index;        /* IFLA_LINK: lower device, or peer of a veth; 0 without */
  int lower_netnsid;      /* namespace of lower_index as numbered by the kernel; -1: the same */
  char *alias;            /* owned; NULL without */
  char macvtap_mode[9]; /* of a macvtap or macvlan: "bridge", "private", "vepa", "passthru", else ""
                         */
} VrLink;

void vr_link_free (VrLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrLink, vr_link_free)

/* The interface, owned by the caller. An absent interface is NULL with `error` unset. */
VrLink *vr_netlink_link (VrNetlink *netlink, const char *ifname, GError **error);

/* All interfaces by index, an array of VrLink that owns them; NULL on failure. */
GPtrArray *vr_netlink_links (VrNetlink *netlink, GError **error);

/* 64-bit counters since the interface was made. */
typedef struct {
  guint64 rx_packets, rx_bytes, rx_dropped, rx_errors;
  guint64 tx_packets, tx_bytes, tx_dropped, tx_errors;
  guint64 rx_missed, rx_nohandler;
} VrLinkCounters;

gboolean vr_netlink_counters (VrNetlink *netlink, const char *ifname, VrLinkCounters *counters,
                              GError **error);

/* The same of the interface of that index, at less cost: of two with one name, one after the other,
 * it is the one meant. FALSE without error where it is gone. */
gboolean vr_netlink_counters_at (VrNetlink *netlink, int index, VrLinkCounters *counters,
                                 GError **error);

/* --- Links, made and removed ------------------------------------------------------------------ */

typedef struct {
  const char *name;
  const char *alias; /* or NULL */
  const VrMac *mac;  /* or NULL: the kernel's choice */
  guint mtu;         /* 0: the kernel's choice */
  gint queue_length; /* packets; -1: the kernel's choice */
} VrLinkSpec;

/* All leave the interface down; a failure leaves nothing. The kernel takes an alias only in a
 * second step, so a process killed in between leaves an interface that only its name marks.
 *
 * A veth pair: `spec` here, `peer_name` in the namespace `peer_netns` (NULL: here). The peer gets
 * the same alias, MTU and queue length, and a MAC of the kernel's choice. Deleting either end
 * deletes both. */
gboolean vr_netlink_add_veth (VrNetlink *netlink, const VrLinkSpec *spec, const char *peer_name,
                              const char *peer_netns, GError **error);

/* A bridge that forwards at once: no STP, no forward delay, no multicast snooping. */
gboolean vr_netlink_add_bridge (VrNetlink *netlink, const VrLinkSpec *spec, GError **error);

/* `mode`: "bridge", "private", "vepa" or "passthru". A lower device that is a port of a bridge, or
 * that a passthru would have to share, is VR_ERROR_BUSY; an MTU above its own VR_ERROR_INFEASIBLE.
 * The MAC of a passthru is that of its lower device: one that is given here becomes the lower
 * device's too, until the passthru is deleted. The character device: vr-tap.h. */
gboolean vr_netlink_add_macvtap (VrNetlink *netlink, const VrLinkSpec *spec, const char *lower,
                                 const char *mode, GError **error);

/* As macvtap; made in the namespace `target_netns` (NULL: here) under the name of `spec`, with
 * `lower` in this one. */
gboolean vr_netlink_add_macvlan (VrNetlink *netlink, const VrLinkSpec *spec, const char *lower,
                                 const char *mode, const char *target_netns, GError **error);

/* Absent is success. Removes persistent taps too. */
gboolean vr_netlink_delete (VrNetlink *netlink, const char *ifname, GError **error);

/* --- Links, changed: one attribute each ------------------------------------------------------- */

/* Up: two macvtaps with the same MAC on one lower device are VR_ERROR_BUSY at the second. */
gboolean vr_netlink_set_up (VrNetlink *netlink, const char *ifname, gboolean up, GError **error);
gboolean vr_netlink_set_mtu (VrNetlink *netlink, const char *ifname, guint mtu, GError **error);
/* Packets. Resizes the rings of a macvtap or tap at once; 0 drops everything there. */
gboolean vr_netlink_set_queue_length (VrNetlink *netlink, const char *ifname, guint queue_length,
                                      GError **error);
gboolean vr_netlink_set_promiscuous (VrNetlink *netlink, const char *ifname, gboolean promiscuous,
                                     GError **error);
/* A macvtap without it hands a guest only the multicast that the host itself has joined on it. */
gboolean vr_netlink_set_all_multicast (VrNetlink *netlink, const char *ifname,
                                       gboolean all_multicast, GError **error);
/* Of a bridge: whether it gives every frame to all its ports, learning no address (ageing time 0),
 * or learns them, for the kernel's default of 300 s. */
gboolean vr_netlink_set_floods (VrNetlink *netlink, const char *ifname, gboolean floods,
                                GError **error);
/* Of a bridge: whether it keeps VLANs apart (vlan_filtering), where its ports are in none by
 * themselves (vlan_default_pvid 0), or knows none. VR_ERROR_HOST: the kernel's bridges cannot. */
gboolean vr_netlink_set_vlans (VrNetlink *netlink, const char *ifname, gboolean vlans,
                               GError **error);
/* Of a port of such a bridge: the one VLAN, 1 to 4094, that it is in, without tags; 0: of none, of
 * several or with tags, and where `ifname` is no port of one. */
gboolean vr_netlink_vlan (VrNetlink *netlink, const char *ifname, guint *vlan, GError **error);
gboolean vr_netlink_set_vlan (VrNetlink *netlink, const char *ifname, guint vlan, GError **error);
/* NULL for `master` releases the interface. */
gboolean vr_netlink_set_master (VrNetlink *netlink, const char *ifname, const char *master,
                                GError **error);
/* NULL or "" removes the alias. */
gboolean vr_netlink_set_alias (VrNetlink *netlink, const char *ifname, const char *alias,
                               GError **error);
gboolean vr_netlink_set_mac (VrNetlink *netlink, const char *ifname, const VrMac *mac,
                             GError **error);
/* Moves the interface, which keeps its name and loses addresses, routes and the up flag. */
gboolean vr_netlink_set_netns (VrNetlink *netlink, const char *ifname, const char *netns,
                               GError **error);

/* --- Addresses, neighbours, routes ------------------------------------------------------------ */

/* Adding what is there with equal values is success, with other values VR_ERROR_BUSY. Deleting what
 * is absent, or lies on an absent interface, is success. Asking for an absent interface is
 * VR_ERROR_HOST. */

/* IPv6 addresses skip duplicate address detection. No IPv4 broadcast address is set. */
gboolean vr_netlink_add_address (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                                 GError **error);
gboolean vr_netlink_del_address (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                                 GError **error);
/* Whether the address is there with just this prefix length. */
gboolean vr_netlink_has_address (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                                 gboolean *present, GError **error);

/* A permanent entry; one that the kernel has learned is replaced. Only the address of `address`
 * counts, not its length. */
gboolean vr_netlink_add_neighbour (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                                   const VrMac *mac, GError **error);
gboolean vr_netlink_del_neighbour (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                                   GError **error);
/* Looks for a permanent entry only. `mac` is set when `*present` is. */
gboolean vr_netlink_find_neighbour (VrNetlink *netlink, const char *ifname, const VrPrefix *address,
                                    VrMac *mac, gboolean *present, GError **error);

/* A unicast route of the main table. */
typedef struct {
  VrPrefix destination; /* no bit behind its length; length 0 is the default route */
  const VrPrefix *via;  /* gateway of the same family, or NULL: directly connected */
  const char *ifname;   /* or NULL: where the kernel finds `via`; one of the two must be there */
} VrNetlinkRoute;

/* A destination with bits behind its length, neither gateway nor interface, or two families:
 * VR_ERROR_PROFILE. */
gboolean vr_netlink_add_route (VrNetlink *netlink, const VrNetlinkRoute *route, GError **error);
gboolean vr_netlink_del_route (VrNetlink *netlink, const VrNetlinkRoute *route, GError **error);
/* Whether there is just this route; NULL for `via` wants none, NULL for `ifname` takes any. */
gboolean vr_netlink_has_route (VrNetlink *netlink, const VrNetlinkRoute *route, gboolean *present,
                               GError **error);
