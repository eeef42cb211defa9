/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a report, over its axis, or over the conditions where there is none. */
#pragma once

#include "campaign/vr-report-page.h"

/* Writes each figure below figures/ in `directory` as SVG, PNG, data and script, and reads its SVG
 * into the report. VR_ERROR_HOST as vr_plot_draw(). */
gboolean vr_report_draw (VrReport *report, const char *directory, GError **error);
