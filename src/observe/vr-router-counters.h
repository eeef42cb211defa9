/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a router's own kernel says of the packets that it received, forwarded and dropped, out of
 * the texts of its /proc/net. */
#pragma once

#include "observe/vr-stage.h"

typedef struct {
  char *dev;     /* /proc/net/dev */
  char *snmp;    /* IPv4, as the next */
  char *netstat; /* fields that snmp lacks */
  char *snmp6;   /* IPv6; NULL where the kernel has none */
} VrRouterTexts;

void vr_router_texts_clear (VrRouterTexts *texts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrRouterTexts, vr_router_texts_clear)

/* Sets the router's points, for packets that come in by interface `in` and leave by `out`; both
 * versions of IP together. VR_ERROR_GUEST where the texts lack one. A reason for a drop is counted
 * where the kernel does: TTL and hop limit in InHdrErrors without bad checksums, no route in
 * InNoRoutes (of IpExt, net/ipv4/route.c), and as errors InAddrErrors, InDiscards, InTruncatedPkts,
 * InCsumErrors, FragFails and InTooBigErrors (too large for the way out), IPReversePathFilter. */
gboolean vr_router_counters_parse (const VrRouterTexts *texts, const char *in, const char *out,
                                   VrCounters *counters, GError **error);
