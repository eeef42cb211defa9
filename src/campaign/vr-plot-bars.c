/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-plot-bars.h"

#include <string.h>

#include "campaign/vr-plot-internal.h"

/* In pixels: what a bar's label can be read in, and what stands beside the bars. */
#define BAR_WIDTH 14
#define MARGIN 120

/* Within quotes in a file of data, only these end or change a text. */
static void
append_label (GString *data, const char *text)
{
  g_string_append_c (data, '"');
  for (const char *p = text; *p != '\0'; p++)
    g_string_append_c (data, g_ascii_iscntrl (*p) || *p == '"' || *p == '\\' ? ' ' : *p);
  g_string_append_c (data, '"');
}

char *
vr_plot_bars_data (const VrPlotBars *bars)
{
  GString *data = g_string_new ("# condition");
  const double *value = bars->values;
  for (gsize k = 0; k < bars->kind_count; k++)
    g_string_append_printf (data, " %s", bars->kinds[k]);
  for (gsize g = 0; g < bars->group_count; g++) {
    g_string_append_printf (data, "\n%s# ", g > 0 ? "\n\n" : "");
    append_label (data, bars->groups[g]);
    for (gsize b = 0; b < bars->bar_count; b++) {
      g_string_append_c (data, '\n');
      append_label (data, bars->bars[b]);
      for (gsize k = 0; k < bars->kind_count; k++) {
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append_printf (data, " %s",
                                g_ascii_formatd (number, sizeof number, "%.3f", *value++));
      }
    }
  }
  g_string_append_c (data, '\n');
  return g_string_free (data, FALSE);
}

/* The key names each kind once, with the first group. */
static char *
plot_command (const VrPlotBars *bars, const char *name)
{
  GString *command = g_string_new ("plot ");
  for (gsize g = 0; g < bars->group_count; g++) {
    g_string_append (command, g > 0 ? ", \\\n  newhistogram " : "newhistogram ");
    vr_plot_append_quoted (command, bars->groups[g]);
    for (gsize k = 0; k < bars->kind_count; k++) {
      g_string_append_printf (command,
                              ", \\\n  '%s.dat' index %" G_GSIZE_FORMAT " using %" G_GSIZE_FORMAT
                              "%s linetype %" G_GSIZE_FORMAT " ",
                              name, g, k + 2, k == 0 ? ":xtic(1)" : "", k + 1);
      if (g > 0)
        g_string_append (command, "notitle");
      else {
        g_string_append (command, "title ");
        vr_plot_append_quoted (command, bars->kinds[k]);
      }
    }
  }
  g_string_append_c (command, '\n');
  return g_string_free (command, FALSE);
}

char *
vr_plot_bars_script (const VrPlotBars *bars, const char *name)
{
  GString *script = g_string_new ("set encoding utf8\nset grid ytics\nset key outside top center "
                                  "horizontal\nset yrange [0:100]\nset boxwidth 0.8\n"
                                  "set style data histograms\nset style histogram rowstacked title "
                                  "offset 0,-1 noenhanced\nset style fill solid 0.8\n"
                                  "set xtics rotate by 60 right nomirror noenhanced "
                                  "font 'sans,9'\nset bmargin 8\n");
  g_autofree char *command = plot_command (bars, name);
  gsize needed = MARGIN + BAR_WIDTH * bars->group_count * (bars->bar_count + 1);
  vr_plot_set_text (script, "title", bars->title);
  vr_plot_set_text (script, "ylabel", bars->y_label);
  vr_plot_append_outputs (script, name, MAX (VR_PLOT_WIDTH, (guint) needed), command);
  return g_string_free (script, FALSE);
}

gboolean
vr_plot_bars_draw (const VrPlotBars *bars, const char *directory, const char *name, GError **error)
{
  g_autofree char *data = vr_plot_bars_data (bars), *script = vr_plot_bars_script (bars, name);
  return vr_plot_write (directory, name, data, script, error);
}
