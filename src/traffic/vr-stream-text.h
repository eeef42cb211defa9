/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams as people write them: "rate=50kpps size=imix flows=1000,random departures=poisson". */
#pragma once

#include "traffic/vr-stream.h"

/* One setting; the others stay:
 *   rate        packets a second: "300", "50kpps", "1.5Mpps"; or bits: "100Mbit/s";
 *               or a share of the line rate: "12.5%"
 *   size        bytes with FCS: "64", several in turn "64,512,1518", or "imix": seven of 64, four
 *               of 570 and one of 1518, as FD.io CSIT has it
 *   count       frames, 1 to 2^32
 *   flows       "1000" in turn, or "1000,random"
 *   departures  "constant", "poisson", or "burst:8"
 *   ip          "4" or "6"
 *   source      "198.18.1.2/24": of the first flow; all flows stay in that network
 *   destination "198.18.2.2"
 *   next-hop    MAC address that frames are sent to
 *   vlan        1 to 4094
 *   ttl         1 to 255
 * A bit rate counts only after vr_stream_settle(), a share after vr_stream_settle_share().
 * VR_ERROR_USAGE for another key or value; the message names both. */
gboolean vr_stream_set (VrStream *stream, const char *key, const char *value, GError **error);

/* Settings with blanks between, each KEY=VALUE. */
gboolean vr_stream_parse (const char *text, VrStream *stream, GError **error);

/* The bit rate of a line, of which rates may be shares: "10Gbit/s", above 0 and up to 1000Gbit/s.
 * VR_ERROR_USAGE. */
gboolean vr_stream_parse_line_rate (const char *text, guint64 *line_rate_bps, GError **error);
