/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with units, parsed and printed in one place. All parsers refuse signs, blanks inside, and
 * trailing text with VR_ERROR_PROFILE, and leave the output alone. */
#pragma once

#include <glib.h>

/* A size in bytes: "512", "64K", "256M", "2G" (powers of 1024; an "iB" or "B" may follow). */
gboolean vr_unit_parse_size (const char *text, guint64 *bytes, GError **error);

/* A packet rate: "300", "50k", "50kpps", "1.5Mpps" (powers of 1000), in packets per second. */
gboolean vr_unit_parse_packet_rate (const char *text, guint64 *rate_pps, GError **error);

/* A bit rate: "100Mbit/s", "1.5Gbit/s" (powers of 1000), in bits per second. */
gboolean vr_unit_parse_bit_rate (const char *text, guint64 *rate_bps, GError **error);

/* A duration with its unit, "170ms", "50us", "1s", "1024ns", "2m", "1h", in nanoseconds. Zero may
 * stand without a unit. */
gboolean vr_unit_parse_duration (const char *text, guint64 *duration_ns, GError **error);

/* A share: "0.005", or "0.5%". */
gboolean vr_unit_parse_ratio (const char *text, double *ratio, GError **error);

/* The shortest exact text: "256M", "50kpps", "100Mbit/s", "170ms". */
char *vr_unit_print_size (guint64 bytes);
char *vr_unit_print_packet_rate (guint64 rate_pps);
char *vr_unit_print_bit_rate (guint64 rate_bps);
char *vr_unit_print_duration (guint64 duration_ns);
