/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign as one page of HTML that needs nothing else: figures, tables, what failed, on what
 * host, and how to repeat it. */
#pragma once

#include "campaign/vr-summary.h"

typedef struct {
  const char *directory; /* the campaign's; the figures and the page go there, too */
  const char *axis;      /* a factor; NULL: vr_report_axis_choose()'s choice */
} VrReportRequest;

/* Writes report.html, and below figures/ each figure as SVG, PNG, data and script. VR_ERROR_USAGE
 * for an axis that is no factor or has no quantities; VR_ERROR_HOST where gnuplot is not there or a
 * file cannot be read or written; else as vr_results_open(). The caller owns the page's path. */
char *vr_report_write (const VrReportRequest *request, GError **error);
