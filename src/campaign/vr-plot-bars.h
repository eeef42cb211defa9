/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of stacked bars in groups: of each CPU, what it did under each condition. */
#pragma once

#include <glib.h>

/* All is borrowed; texts as VrPlot's. */
typedef struct {
  const char *title, *y_label;
  const char *const *kinds;  /* what is stacked, from below */
  const char *const *bars;   /* labels of the bars of a group */
  const char *const *groups; /* labels of the groups */
  gsize kind_count, bar_count, group_count;
  const double *values; /* 0 to 100, group by group, bar by bar, kind by kind */
} VrPlotBars;

/* As vr_plot_data() and vr_plot_script(): a block a group, with a line a bar: its label, and a
 * value of each kind. */
char *vr_plot_bars_data (const VrPlotBars *bars);
char *vr_plot_bars_script (const VrPlotBars *bars, const char *name);

/* As vr_plot_draw(). */
gboolean vr_plot_bars_draw (const VrPlotBars *bars, const char *directory, const char *name,
                            GError **error);
