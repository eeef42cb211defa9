/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures in the papers' manner: what was offered on x, what came of it on y, with interval bars.
 * gnuplot draws them. */
#pragma once

#include "campaign/vr-statistics.h"

typedef struct {
  const char *label;
  const double *x;
  const VrEstimate *y; /* a bar where its bounds are numbers */
  gsize points;
  const double *run_x, *run_y; /* what it is an estimate of, a small dot each */
  gsize runs;                  /* 0: they are not drawn, of any curve */
} VrPlotCurve;

/* Any UTF-8 text is safe in the labels; control characters become blanks. All is borrowed. */
typedef struct {
  const char *title, *x_label, *y_label;
  const VrPlotCurve *curves;
  gsize count;
  /* Of the places 0, 1, 2, … on the x axis, NULL-terminated: they stand in the place of its label,
   * and nothing is drawn between points. NULL: x are numbers. */
  const char *const *x_names;
} VrPlot;

/* "gnuplot 5.4 patchlevel 4"; NULL where it cannot be run. The caller owns it. */
char *vr_plot_engine (void);

/* For gnuplot, a block a curve: x, y, and the bounds, each y itself where there is no interval; and
 * then a block a curve of its runs, where they are drawn: x, y. */
char *vr_plot_data (const VrPlot *plot);

/* A script that draws "NAME.dat" of the working directory into "NAME.svg" and "NAME.png"; `name` is
 * a name by vr_name's rules. */
char *vr_plot_script (const VrPlot *plot, const char *name);

/* Leaves NAME.dat, NAME.gp, NAME.svg and NAME.png in `directory`, which is there. VR_ERROR_HOST
 * where gnuplot is not installed, or says that it cannot. */
gboolean vr_plot_draw (const VrPlot *plot, const char *directory, const char *name, GError **error);
