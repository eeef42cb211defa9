/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a report, a pure function of what is in it. */
#pragma once

#include "campaign/vr-claim-verdict.h"
#include "campaign/vr-report-axis.h"

#define VR_REPORT_FIGURES 3

typedef struct {
  VrSummary *summary;
  const GPtrArray *claims;               /* VrClaimResult *; NULL or empty: none */
  GArray *cpu_use;                       /* VrCpuUse */
  GPtrArray *notes;                      /* char *: what happened to the campaign; NULL: nothing */
  char *name;                            /* the experiment's */
  char *experiment, *profile, *manifest; /* their texts */
  double confidence;                     /* of 1 */
  guint seed;                            /* of the bootstrap of medians */
  VrReportAxis axis;                     /* of the figures */
  char *svg[VR_REPORT_FIGURES];          /* gnuplot's documents; NULL: none */
} VrReport;

/* HTML, which links to nothing outside; the caller owns it. */
char *vr_report_page (const VrReport *report);
