/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kinds of figures share: texts that gnuplot only prints, and their files. */
#pragma once

#include "campaign/vr-plot.h"

/* Appends the text as a string of gnuplot's, in which nothing means anything to it. */
void vr_plot_append_quoted (GString *script, const char *text);
/* "set WHAT TEXT". */
void vr_plot_set_text (GString *script, const char *what, const char *text);
/* The width of a figure, in pixels, where nothing asks for a greater. */
#define VR_PLOT_WIDTH 720
/* "NAME.svg" and "NAME.png", so many pixels wide, each drawn by `commands`. */
void vr_plot_append_outputs (GString *script, const char *name, guint width, const char *commands);
/* Writes NAME.dat and NAME.gp, and runs that. */
gboolean vr_plot_write (const char *directory, const char *name, const char *data,
                        const char *script, GError **error);
