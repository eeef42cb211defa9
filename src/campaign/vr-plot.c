/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-plot.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-plot-internal.h"

#define HEIGHT 440
#define NAME_WIDTH 16

/* Whatever could mean something to gnuplot (quotes, backslashes, backticks, which run commands) is
 * given by its number, which means nothing more. */
void
vr_plot_append_quoted (GString *script, const char *text)
{
  g_string_append_c (script, '"');
  for (const guchar *p = (const guchar *) text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      g_string_append_c (script, ' ');
    else if (g_ascii_isalnum (*p) || *p >= 0x80 || strchr (" .,:;-+/()=%", *p) != NULL)
      g_string_append_c (script, (char) *p);
    else
      g_string_append_printf (script, "\\%03o", *p);
  g_string_append_c (script, '"');
}

void
vr_plot_set_text (GString *script, const char *what, const char *text)
{
  g_string_append_printf (script, "set %s ", what);
  vr_plot_append_quoted (script, text);
  g_string_append (script, " noenhanced\n");
}

static void
append_row (GString *data, const double *row, gsize count)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  for (gsize i = 0; i < count; i++)
    g_string_append_printf (data, "%s%s", i > 0 ? " " : "",
                            g_ascii_dtostr (number, sizeof number, row[i]));
  g_string_append_c (data, '\n');
}

char *
vr_plot_data (const VrPlot *plot)
{
  GString *data = g_string_new ("# x y low high\n");
  for (gsize c = 0; c < plot->count; c++) {
    const VrPlotCurve *curve = &plot->curves[c];
    if (c > 0)
      g_string_append (data, "\n\n");
    for (gsize i = 0; i < curve->points; i++) {
      const VrEstimate *y = &curve->y[i];
      append_row (data,
                  (const double[]){ curve->x[i], y->value, isnan (y->low) ? y->value : y->low,
                                    isnan (y->high) ? y->value : y->high },
                  4);
    }
  }
  for (gsize c = 0; c < plot->count; c++) {
    const VrPlotCurve *curve = &plot->curves[c];
    if (curve->runs > 0)
      g_string_append (data, "\n\n");
    for (gsize i = 0; i < curve->runs; i++)
      append_row (data, (const double[]){ curve->run_x[i], curve->run_y[i] }, 2);
  }
  return g_string_free (data, FALSE);
}

/* From 0 to above all values and bars, of which gnuplot's own choice cuts some off. */
static void
set_y_range (GString *script, const VrPlot *plot)
{
  double top = 0;
  for (gsize c = 0; c < plot->count; c++) {
    for (gsize i = 0; i < plot->curves[c].points; i++)
      top = fmax (top, fmax (plot->curves[c].y[i].value, plot->curves[c].y[i].high));
    for (gsize i = 0; i < plot->curves[c].runs; i++)
      top = fmax (top, plot->curves[c].run_y[i]);
  }
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (script, "set yrange [0:%s]\n",
                          top > 0 ? g_ascii_dtostr (number, sizeof number, top * 1.05) : "*");
}

static char *
plot_command (const VrPlot *plot, const char *name)
{
  GString *script = g_string_new ("plot ");
  for (gsize c = 0; c < plot->count; c++) {
    g_string_append_printf (script,
                            "%s'%s.dat' index %" G_GSIZE_FORMAT
                            " with %s linewidth 1.5 pointtype %" G_GSIZE_FORMAT " title ",
                            c > 0 ? ", \\\n  " : "", name, c,
                            plot->x_names != NULL ? "yerrorbars" : "yerrorlines", c + 4);
    vr_plot_append_quoted (script, plot->curves[c].label);
    g_string_append (script, " noenhanced");
  }
  for (gsize c = 0; c < plot->count; c++)
    if (plot->curves[c].runs > 0)
      g_string_append_printf (script,
                              ", \\\n  '%s.dat' index %" G_GSIZE_FORMAT
                              " with points linecolor %" G_GSIZE_FORMAT
                              " pointtype 7 pointsize 0.25 notitle",
                              name, plot->count + c, c + 1);
  g_string_append_c (script, '\n');
  return g_string_free (script, FALSE);
}

/* A name a place, upright enough to stand beside its neighbours. */
static void
set_x_names (GString *script, const char *const *names)
{
  guint count = g_strv_length ((char **) names);
  g_string_append (script, "set xtics rotate by 60 right nomirror noenhanced font 'sans,9' (");
  for (guint i = 0; i < count; i++) {
    g_string_append (script, i > 0 ? ", " : "");
    vr_plot_append_quoted (script, names[i]);
    g_string_append_printf (script, " %u", i);
  }
  g_string_append_printf (script, ")\nset bmargin 8\nset rmargin 4\nset xrange [-0.5:%u.5]\n",
                          count > 0 ? count - 1 : 0);
}

void
vr_plot_append_outputs (GString *script, const char *name, guint width, const char *commands)
{
  static const char *const formats[][2] = { { "svg", "dynamic" }, { "pngcairo", "" } };
  static const char *const endings[] = { "svg", "png" };
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    g_string_append_printf (
        script, "set terminal %s size %u,%d %s font 'sans,13'\nset output '%s.%s'\n%s",
        formats[i][0], width, HEIGHT, formats[i][1], name, endings[i], commands);
  g_string_append (script, "set output\n");
}

char *
vr_plot_script (const VrPlot *plot, const char *name)
{
  GString *script = g_string_new ("set encoding utf8\nset grid\nset key bottom right\n");
  g_autofree char *command = plot_command (plot, name);
  set_y_range (script, plot);
  if (plot->x_names != NULL)
    set_x_names (script, plot->x_names);
  vr_plot_set_text (script, "title", plot->title);
  if (plot->x_names == NULL)
    vr_plot_set_text (script, "xlabel", plot->x_label);
  vr_plot_set_text (script, "ylabel", plot->y_label);
  guint places = plot->x_names != NULL ? g_strv_length ((char **) plot->x_names) : 0;
  vr_plot_append_outputs (script, name, MAX (VR_PLOT_WIDTH, NAME_WIDTH * places), command);
  return g_string_free (script, FALSE);
}

static gboolean
write_file (const char *directory, const char *name, const char *ending, const char *text,
            GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.%s", directory, name, ending);
  g_autoptr (GError) cause = NULL;
  if (g_file_set_contents (path, text, -1, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write the figure: %s", cause->message);
  return FALSE;
}

static gboolean
run_gnuplot (const char *directory, const char *name, GError **error)
{
  g_autofree char *script = g_strconcat (name, ".gp", NULL), *says = NULL;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_subprocess_launcher_set_cwd (launcher, directory);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_autoptr (GSubprocess) gnuplot
      = g_subprocess_launcher_spawn (launcher, &cause, "gnuplot", script, NULL);
  if (gnuplot == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "gnuplot, which draws the figures, cannot be run: %s (apt install gnuplot-nox)",
                 cause->message);
    return FALSE;
  }
  if (g_subprocess_communicate_utf8 (gnuplot, NULL, NULL, NULL, &says, &cause)
      && g_subprocess_get_successful (gnuplot))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "gnuplot cannot draw %s/%s: %s", directory, script,
               cause != NULL ? cause->message : g_strstrip (says));
  return FALSE;
}

char *
vr_plot_engine (void)
{
  char *says = NULL;
  g_autoptr (GSubprocess) gnuplot
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                          "gnuplot", "--version", NULL);
  if (gnuplot == NULL || !g_subprocess_communicate_utf8 (gnuplot, NULL, NULL, &says, NULL, NULL))
    return NULL;
  return g_strchomp (says);
}

gboolean
vr_plot_write (const char *directory, const char *name, const char *data, const char *script,
               GError **error)
{
  return write_file (directory, name, "dat", data, error)
         && write_file (directory, name, "gp", script, error)
         && run_gnuplot (directory, name, error);
}

gboolean
vr_plot_draw (const VrPlot *plot, const char *directory, const char *name, GError **error)
{
  g_autofree char *data = vr_plot_data (plot), *script = vr_plot_script (plot, name);
  return vr_plot_write (directory, name, data, script, error);
}
