/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the figures of a report are drawn over. */
#pragma once

#include "campaign/vr-experiment.h"
#include "campaign/vr-summary.h"

typedef struct {
  guint factor; /* of the summary; their number: none, figures are over the conditions */
  char *label;  /* "rate, kpps" */
  double unit;  /* that a level is divided by */
} VrReportAxis;

void vr_report_axis_clear (VrReportAxis *axis);

/* The factor of that name; with NULL the experiment's axis, the factor of load.rate, or the first
 * that can be one, whichever there is. VR_ERROR_USAGE for a name that is no factor's, or of one
 * whose levels are not several quantities of one kind. */
gboolean vr_report_axis_choose (const VrSummary *summary, const VrExperiment *experiment,
                                const char *name, VrReportAxis *axis, GError **error);
