/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures: data, scripts, and what gnuplot makes of them. */
#include "campaign/vr-plot.h"
#include "campaign/vr-plot-bars.h"

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <math.h>
#include <string.h>

#include "base/vr-error.h"

typedef struct {
  char *dir;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->dir = g_dir_make_tmp ("vrkit-plot-XXXXXX", NULL);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GDir) dir = g_dir_open (f->dir, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree char *path = g_build_filename (f->dir, name, NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
}

static const double x[] = { 10, 20.5 };
static const VrEstimate first[] = { { 9, 8.5, 9.5 }, { 18, NAN, NAN } };
static const VrEstimate second[] = { { 5, 4, 6 } };

static char *
read_all (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static void
test_data (void)
{
  const VrPlotCurve curves[] = { { .label = "a", .x = x, .y = first, .points = 2 },
                                 { .label = "b", .x = x, .y = second, .points = 1 } };
  const VrPlot plot = { "t", "x", "y", curves, 2, NULL };
  g_autofree char *data = vr_plot_data (&plot);
  g_assert_cmpstr (data, ==, "# x y low high\n10 9 8.5 9.5\n20.5 18 18 18\n\n\n10 5 4 6\n");
}

/* Runs come after all curves, in the colour of theirs, and within the figure. */
static void
test_runs (void)
{
  static const double run_x[] = { 10, 10 }, run_y[] = { 8, 40 };
  const VrPlotCurve curves[] = {
    { .label = "a", .x = x, .y = first, .points = 2, .run_x = run_x, .run_y = run_y, .runs = 2 },
    { .label = "b", .x = x, .y = second, .points = 1, .run_x = run_x, .run_y = run_y, .runs = 1 }
  };
  const VrPlot plot = { "t", "x", "y", curves, 2, NULL };
  g_autofree char *data = vr_plot_data (&plot), *script = vr_plot_script (&plot, "n");
  g_assert_cmpstr (data, ==,
                   "# x y low high\n10 9 8.5 9.5\n20.5 18 18 18\n\n\n10 5 4 6\n"
                   "\n\n10 8\n10 40\n\n\n10 8\n");
  g_assert_nonnull (strstr (script, "'n.dat' index 3 with points linecolor 2 "));
  g_assert_nonnull (strstr (script, "set yrange [0:42]\n"));
}

/* The SVG is well-formed and has the texts; there is a PNG, too. */
static void
test_draw (Fixture *f, gconstpointer unused)
{
  (void) unused;
  const VrPlotCurve curves[] = { { .label = "queue 35", .x = x, .y = first, .points = 2 },
                                 { .label = "queue 500", .x = x, .y = second, .points = 1 } };
  const VrPlot plot = { "Fig. 15 – µ", "offered, kpps", "forwarded, kpps", curves, 2, NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_plot_draw (&plot, f->dir, "a14", &error));
  g_assert_no_error (error);
  g_autofree char *svg = read_all (f->dir, "a14.svg"), *png = read_all (f->dir, "a14.png");
  xmlDoc *document = xmlReadMemory (svg, (int) strlen (svg), "a14.svg", NULL, XML_PARSE_NONET);
  g_assert_nonnull (document);
  g_assert_cmpstr ((const char *) xmlDocGetRootElement (document)->name, ==, "svg");
  xmlFreeDoc (document);
  const char *const texts[] = { plot.title, "offered, kpps", "forwarded, kpps", "queue 35" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_nonnull (strstr (svg, texts[i]));
  g_assert_nonnull (png);
  g_assert_cmpmem (png, 4, "\x89PNG", 4);
}

/* Conditions that lie on no axis stand beside each other, each by its name. */
static void
test_names (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const names[] = { "guest 64", "native `id`", NULL };
  static const double places[] = { 0, 1 };
  const VrPlotCurve curves[] = { { .label = "mean", .x = places, .y = first, .points = 2 } };
  const VrPlot plot = { "t", "condition", "y", curves, 1, names };
  g_autoptr (GError) error = NULL;
  g_autofree char *script = vr_plot_script (&plot, "n");
  g_assert_nonnull (strstr (script, "(\"guest 64\" 0, \"native \\140id\\140\" 1)\n"));
  g_assert_nonnull (strstr (script, "set xrange [-0.5:1.5]\n"));
  g_assert_nonnull (strstr (script, " with yerrorbars "));
  g_assert_null (strstr (script, "yerrorlines"));
  g_assert_true (vr_plot_draw (&plot, f->dir, "n", &error));
  g_assert_no_error (error);
  g_autofree char *svg = read_all (f->dir, "n.svg");
  g_assert_nonnull (strstr (svg, "guest 64"));
  g_assert_nonnull (strstr (svg, "native `id`"));
}

/* Labels are text, whatever is in them: nothing runs, and what is drawn is what was given. */
static void
test_hostile_labels (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autofree char *mark = g_build_filename (f->dir, "ran", NULL);
  g_autofree char *title = g_strdup_printf (
      "'; system('touch %s'); set title '`touch %s` $(touch %s) @x {/a} \"\\", mark, mark, mark);
  const VrPlotCurve curves[]
      = { { .label = "<b>&'\n!touch ran\n\"", .x = x, .y = first, .points = 2 } };
  const VrPlot plot = { title, "x' ; quit", "y\nquit", curves, 1, NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_plot_draw (&plot, f->dir, "hostile", &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  g_autofree char *svg = read_all (f->dir, "hostile.svg");
  xmlDoc *document = xmlReadMemory (svg, (int) strlen (svg), "hostile.svg", NULL, XML_PARSE_NONET);
  g_assert_nonnull (document);
  xmlChar *drawn = xmlNodeGetContent (xmlDocGetRootElement (document));
  g_assert_nonnull (strstr ((const char *) drawn, title));
  g_assert_nonnull (strstr ((const char *) drawn, "<b>&' !touch ran \""));
  xmlFree (drawn);
  xmlFreeDoc (document);
}

static void
test_no_directory (void)
{
  const VrPlotCurve curves[] = { { .label = "a", .x = x, .y = first, .points = 2 } };
  const VrPlot plot = { "t", "x", "y", curves, 1, NULL };
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_plot_draw (&plot, "/nonexistent", "a", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
}

/* Where gnuplot is not, the error says how to get it. */
static void
test_no_gnuplot (Fixture *f, gconstpointer unused)
{
  (void) unused;
  const VrPlotCurve curves[] = { { .label = "a", .x = x, .y = first, .points = 2 } };
  const VrPlot plot = { "t", "x", "y", curves, 1, NULL };
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autoptr (GError) error = NULL;
  g_setenv ("PATH", f->dir, TRUE);
  g_assert_false (vr_plot_draw (&plot, f->dir, "a", &error));
  g_setenv ("PATH", path, TRUE);
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "apt install gnuplot-nox"));
}

/* A group a block, a bar a line; the key names each kind once, and no text means anything. */
static void
test_bars (void)
{
  static const char *const kinds[] = { "user", "system" }, *const bars[] = { "1kpps", "a\"\\b" };
  static const char *const groups[] = { "CPU 0", "`id`" };
  static const double values[] = { 1, 2, 3, 4, 5, 6, 7, 8.5 };
  const VrPlotBars plot = { "CPU use", "%", kinds, bars, groups, 2, 2, 2, values };
  g_autofree char *data = vr_plot_bars_data (&plot);
  g_autofree char *script = vr_plot_bars_script (&plot, "cpu");
  g_assert_cmpstr (data, ==,
                   "# condition user system\n# \"CPU 0\"\n\"1kpps\" 1.000 2.000\n"
                   "\"a  b\" 3.000 4.000\n\n\n# \"`id`\"\n\"1kpps\" 5.000 6.000\n"
                   "\"a  b\" 7.000 8.500\n");
  g_assert_nonnull (strstr (script, "plot newhistogram \"CPU 0\", \\\n  'cpu.dat' index 0 using "
                                    "2:xtic(1) linetype 1 title \"user\", \\\n"));
  g_assert_nonnull (strstr (script, "newhistogram \"\\140id\\140\", \\\n  'cpu.dat' index 1 using "
                                    "2:xtic(1) linetype 1 notitle, \\\n"));
  g_assert_nonnull (strstr (script, "set output 'cpu.svg'\nplot "));
  g_assert_nonnull (strstr (script, "set output 'cpu.png'\nplot "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plot/data", test_data);
  g_test_add_func ("/plot/runs", test_runs);
  g_test_add ("/plot/draw", Fixture, NULL, set_up, test_draw, tear_down);
  g_test_add ("/plot/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/plot/hostile-labels", Fixture, NULL, set_up, test_hostile_labels, tear_down);
  g_test_add_func ("/plot/no-directory", test_no_directory);
  g_test_add ("/plot/no-gnuplot", Fixture, NULL, set_up, test_no_gnuplot, tear_down);
  g_test_add_func ("/plot/bars", test_bars);
  return g_test_run ();
}
