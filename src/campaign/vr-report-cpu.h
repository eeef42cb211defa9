/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figure of what each CPU did, by kind, under each condition of a campaign. */
#pragma once

#include "campaign/vr-report-page.h"

/* Draws NAME.svg and so on, as vr_plot_draw(), of VrCpuUse; *is_drawn tells whether there was
 * anything to draw. */
gboolean vr_report_cpu_draw (const VrReport *report, const GArray *uses, const char *directory,
                             const char *name, gboolean *is_drawn, GError **error);
