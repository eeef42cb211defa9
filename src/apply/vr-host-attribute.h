/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attributes of links as plans have them, texts by key, set one by one. Only src/apply includes it.
 */
#pragma once

#include "sys/vr-netlink.h"

/* Sets what `want` has and `found` (either an a{ss}; `found` may be NULL) has otherwise, in the
 * order in which the kernel takes them: alias, mtu, queue-length, ipv6, promiscuous,
 * all-multicast, master, up. */
gboolean vr_host_set_attributes (VrNetlink *netlink, const char *ifname, GVariant *want,
                                 GVariant *found, GError **error);

/* A number of a plan; VR_ERROR_INTERNAL for anything else. */
gboolean vr_host_number (const char *text, guint *value, GError **error);
