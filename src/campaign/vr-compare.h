/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two campaigns beside each other: whether the second found what the first did. */
#pragma once

#include "campaign/vr-summary.h"

/* A point whose interval is wider than this share of its mean, to either side, tells too little to
 * count as repeated. */
#define VR_COMPARE_WIDTH_MAX 0.05

/* A condition that both have: the same level of each factor. */
typedef struct {
  char *label;          /* "rate=10kpps size=64"; "-" without factors */
  guint runs[2];        /* that were measured, of either */
  VrEstimate mean[2];   /* of either, with Student's interval */
  VrEstimate ratio;     /* of the second mean to the first, as vr_statistics_ratio() */
  gboolean overlaps;    /* the two intervals have a value in common */
  gboolean is_repeated; /* they do, and neither is wider than VR_COMPARE_WIDTH_MAX */
} VrComparePoint;

typedef struct {
  GArray *points;     /* VrComparePoint, in the order of the first */
  guint repeated;     /* of them */
  GPtrArray *only[2]; /* char *, owned: labels of conditions that either has alone */
} VrComparison;

/* Of a column of the samples (vr_sample_column()); `confidence` as in vr_statistics_mean(). */
VrComparison *vr_compare (const VrSummary *first, const VrSummary *second, guint column,
                          double confidence);
void vr_comparison_free (VrComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrComparison, vr_comparison_free)

/* How far the interval reaches from the mean, as a share of it: not a number where it has none. */
double vr_compare_width (VrEstimate mean);

/* What a file of the campaigns' directories has otherwise. */
typedef struct {
  const char *file; /* "manifest.json" */
  char **lines;     /* "-host.kernel: 6.1", "+host.kernel: 6.12": of the first, and of the second */
} VrTextDifference;

/* Of the manifests (but for where the experiment and its profile were), experiments and profiles in
 * two directories, those that differ: VrTextDifference, owned. VR_ERROR_HOST where one cannot be
 * read. */
GArray *vr_compare_texts (const char *first, const char *second, GError **error);

/* All that is told of a comparison; borrowed. */
typedef struct {
  const char *path[2];
  const VrSummary *summary[2];
  const VrComparison *comparison;
  const GArray *texts; /* of vr_compare_texts() */
  const char *column;
  double confidence;
} VrCompareReport;

/* For people; vrkit.compare/1. The caller owns them. */
char *vr_compare_print (const VrCompareReport *report);
char *vr_compare_json (const VrCompareReport *report);
