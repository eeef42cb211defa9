/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The latencies of several loads as of one: histograms that `vrkit load --json` has stored, added
 * up. */
#pragma once

#include "base/vr-json.h"
#include "traffic/vr-histogram.h"

/* Files are of up to so many bytes: samples and intervals of hours may stand in front of a load. */
#define VR_LATENCIES_FILE_MAX (256u << 20)

typedef struct {
  guint64 loads;
  VrHistogram latency_ns;
} VrLatencies;

/* Adds what the file holds: one object, or an object a line, those of vrkit.load/1 and
 * vrkit.histogram/1; lines of vrkit.interval/1 and vrkit.sample/1 are passed over. VR_ERROR_USAGE
 * for a file that cannot be read or holds anything else, and for a load of which no latency is
 * known, with the file's name and the line; nothing of the file is added then. */
gboolean vr_latencies_add_file (VrLatencies *latencies, const char *path, GError **error);

/* vrkit.histogram/1; the caller owns it. */
char *vr_latencies_json (const VrLatencies *latencies);
/* Percentiles, in us, for people. */
char *vr_latencies_table (const VrLatencies *latencies);
/* The percentile distribution that HdrHistogram's programs print and plot (.hgrm), of five steps a
 * half of what is left of 1; in us. */
char *vr_latencies_distribution (const VrLatencies *latencies);
