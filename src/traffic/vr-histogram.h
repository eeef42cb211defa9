/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often which value came: a histogram of high dynamic range, in the manner of G. Tene's
 * HdrHistogram. Values up to 127 have a bucket each; above, each power of two is cut into 64 equal
 * buckets, so that a bucket's width is at most 1/64 of its values. The buckets are fixed, in the
 * struct itself: adding takes no memory, and two histograms merge by adding them. */
#pragma once

#include <json-glib/json-glib.h>

#define VR_HISTOGRAM_BITS 6 /* 2^6 buckets a power of two */
/* The last bucket begins below this and takes all that is greater: 2^42 ns are 73 minutes. */
#define VR_HISTOGRAM_VALUE_BITS 42
#define VR_HISTOGRAM_BUCKETS                                                                       \
  ((VR_HISTOGRAM_VALUE_BITS - VR_HISTOGRAM_BITS + 1) << VR_HISTOGRAM_BITS)

typedef struct {
  guint64 count;    /* values that were added */
  guint64 min, max; /* exact, 0 while there is none, as the sum */
  guint64 sum;      /* modulo 2^64 */
  guint64 buckets[VR_HISTOGRAM_BUCKETS];
} VrHistogram;

/* An empty one is all zeroes. */
void vr_histogram_add (VrHistogram *histogram, guint64 value);
/* The value `times` times. */
void vr_histogram_add_times (VrHistogram *histogram, guint64 value, guint64 times);
void vr_histogram_merge (VrHistogram *histogram, const VrHistogram *other);
/* Whether what they hold together can be counted, and its sum. */
gboolean vr_histogram_can_merge (const VrHistogram *histogram, const VrHistogram *other);

guint64 vr_histogram_mean (const VrHistogram *histogram);

/* The greatest value of the bucket in which the value of rank ceil (share * count) lies, and no
 * more than max; `share` above 0 and up to 1. 0 where the histogram is empty. */
guint64 vr_histogram_quantile (const VrHistogram *histogram, double share);

/* The number of a value's bucket, and the least value of a bucket. */
guint vr_histogram_bucket (guint64 value);
guint64 vr_histogram_least (guint bucket);

/* An object of min, mean, p50, p90, p99, p99_9, p99_99, max; all 0 where the histogram is empty. */
void vr_histogram_add_summary (const VrHistogram *histogram, JsonBuilder *builder);

/* An object of all that the histogram holds: bits, min, max, sum, counts (least value of the
 * bucket: values in it); and the histogram that one tells, which anybody may have written.
 * VR_ERROR_USAGE for what is none, or holds what no values make. */
void vr_histogram_add_json (const VrHistogram *histogram, JsonBuilder *builder);
gboolean vr_histogram_read_json (VrHistogram *histogram, JsonObject *object, GError **error);
