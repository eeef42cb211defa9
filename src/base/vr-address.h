/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses with a prefix length, and MAC addresses: parsed once, printed canonically. */
#pragma once

#include <glib.h>

/* An IPv4 or IPv6 address with its prefix length. `bytes` is in network order; IPv4 uses 4 of 16.
 */
typedef struct {
  int family; /* AF_INET or AF_INET6 */
  guint8 bytes[16];
  guint length; /* bits, 0 to 32 or 128 */
} VrPrefix;

typedef struct {
  guint8 bytes[6];
} VrMac;

#define VR_PREFIX_TEXT_SIZE 50
#define VR_MAC_TEXT_SIZE 18

/* "ADDRESS/LENGTH"; a missing length is an error. VR_ERROR_PROFILE on bad text. */
gboolean vr_prefix_parse (const char *text, VrPrefix *prefix, GError **error);

/* A bare "ADDRESS"; length becomes 32 or 128. */
gboolean vr_prefix_parse_address (const char *text, VrPrefix *prefix, GError **error);

/* Prints "ADDRESS/LENGTH", or only the address. Returns `text`. */
const char *vr_prefix_print (const VrPrefix *prefix, char text[VR_PREFIX_TEXT_SIZE]);
const char *vr_prefix_print_address (const VrPrefix *prefix, char text[VR_PREFIX_TEXT_SIZE]);

/* Whether the address of `inner` lies in the network that `outer` spans. */
gboolean vr_prefix_contains (const VrPrefix *outer, const VrPrefix *inner);
gboolean vr_prefix_same_address (const VrPrefix *a, const VrPrefix *b);
/* The network that it lies in: no bit is set behind the prefix length. */
VrPrefix vr_prefix_network (const VrPrefix *prefix);
/* Whether no bit is set behind the prefix length, as a route's destination needs. */
gboolean vr_prefix_is_network (const VrPrefix *prefix);
/* Whether a host can bear it: not the network, broadcast, multicast, loopback or zero address. */
gboolean vr_prefix_is_host (const VrPrefix *prefix);

/* The network of the same length behind it: adds 1 to its last bit, and wraps around. */
VrPrefix vr_prefix_next (const VrPrefix *network);

/* "aa:bb:cc:dd:ee:ff" with hex digits of either case. VR_ERROR_PROFILE on bad text. */
gboolean vr_mac_parse (const char *text, VrMac *mac, GError **error);
const char *vr_mac_print (const VrMac *mac, char text[VR_MAC_TEXT_SIZE]);
gboolean vr_mac_is_unicast (const VrMac *mac);
/* A locally administered unicast address, 52:54:00 and 24 bits of a hash of `seed`: the same seed
 * gives the same address on every host. */
VrMac vr_mac_derive (const char *seed);
