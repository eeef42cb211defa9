/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "cli/vr-cli.h"
#include "cli/vr-screen.h"
#include "lab/vr-watch.h"
#include "observe/vr-top-layout.h"

#define INTERVAL_DEFAULT_NS G_GUINT64_CONSTANT (1000000000)
#define INTERVAL_LEAST_NS G_GUINT64_CONSTANT (100000000)
#define INTERVAL_MOST_NS G_GUINT64_CONSTANT (3600000000000)
#define NS_PER_MS 1000000
#define NS_PER_US 1000
/* Of tables that are printed: bit rates are among them. */
#define BATCH_COLUMNS 132

static gboolean batch;
static gint64 count;
static char *interval, *sort;

static const GOptionEntry options[] = {
  { "batch", 'b', 0, G_OPTION_ARG_NONE, &batch, "print tables, an interval after the other", NULL },
  { "count", 'n', 0, G_OPTION_ARG_INT64, &count, "end after so many intervals (default: never)",
    "N" },
  { "interval", 'd', 0, G_OPTION_ARG_STRING, &interval,
    "what rates are means over, 100ms to 1h (default: 1s)", "DURATION" },
  { "sort", 0, 0, G_OPTION_ARG_STRING, &sort,
    "the most first by offered, lost or use; or by name, as the profile has them (default: name)",
    "KEY" },
  { 0 },
};

typedef struct {
  VrCli *cli;
  VrWatch *watch;
  VrTop top;
  gboolean has_top;
  VrTopView view;
  char *remark; /* why the last step failed */
  guint64 interval_ns;
} Top;

static void
top_clear (Top *top)
{
  vr_top_clear (&top->top);
  g_clear_pointer (&top->watch, vr_watch_close);
  g_free (top->remark);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Top, top_clear)

static gboolean
read_options (Top *top, GError **error)
{
  top->interval_ns = INTERVAL_DEFAULT_NS;
  if (interval != NULL && !vr_unit_parse_duration (interval, &top->interval_ns, error))
    return vr_cli_blame_option ("--interval", error);
  if (top->interval_ns < INTERVAL_LEAST_NS || top->interval_ns > INTERVAL_MOST_NS) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--interval=%s: 100ms to 1h", interval);
    return FALSE;
  }
  if (count < 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--count=%" G_GINT64_FORMAT ": 0 or more", count);
    return FALSE;
  }
  if (sort == NULL || vr_top_sort_parse (sort, &top->view.sort))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--sort=%s: name, offered, lost or use", sort);
  return FALSE;
}

/* Fails where the lab is no longer up; what may pass, as while it is changed, is remarked on. */
static gboolean
step (Top *top, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_clear_pointer (&top->remark, g_free);
  top->has_top = vr_watch_step (top->watch, &cause);
  if (top->has_top) {
    vr_top_fill (&top->top, vr_watch_lab (top->watch), vr_watch_snapshot (top->watch),
                 vr_watch_rates (top->watch));
    return TRUE;
  }
  if (cause->code == VR_ERROR_USAGE) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  top->remark = g_strdup (cause->message);
  return TRUE;
}

/* --- Printed ------------------------------------------------------------------------------------
 */

static char *
tables_of (Top *top)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GArray) lines = vr_top_layout (&top->top, &top->view);
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", g_array_index (lines, VrTopLine, i).text);
  return g_string_free (text, FALSE);
}

static gboolean
print (Top *top, gint64 number, GError **error)
{
  if (!top->has_top) {
    vr_cli_note (top->cli, "vrkit: %s", top->remark);
    return TRUE;
  }
  g_autofree char *text = top->cli->json ? vr_top_json (&top->top) : tables_of (top);
  return (number == 0 || top->cli->json || vr_cli_print ("\n", error))
         && vr_cli_print (text, error);
}

static gboolean
print_intervals (Top *top, GError **error)
{
  gint64 next_ns = top->cli->site.now_ns (NULL);
  top->view.columns = BATCH_COLUMNS;
  if (!step (top, error))
    return FALSE;
  for (gint64 i = 0; count == 0 || i < count; i++) {
    next_ns += (gint64) top->interval_ns;
    gint64 left_ns = next_ns - top->cli->site.now_ns (NULL);
    if (left_ns > 0)
      g_usleep ((gulong) (left_ns / NS_PER_US));
    if (!step (top, error) || !print (top, i, error))
      return FALSE;
  }
  return TRUE;
}

/* --- Drawn --------------------------------------------------------------------------------------
 */

static void
draw (Top *top)
{
  vr_screen_size (&top->view.columns, &top->view.lines);
  top->view.remark = top->remark;
  g_autoptr (GArray) lines = vr_top_layout (top->has_top ? &top->top : NULL, &top->view);
  vr_screen_draw (lines);
}

static void
scroll_by (VrTopView *view, gint lines)
{
  gint64 at = (gint64) view->scroll + lines;
  view->scroll = (guint) CLAMP (at, 0, G_MAXINT);
}

static void
obey (VrTopView *view, VrKey key)
{
  gint page = (gint) MAX (view->lines, 3) - 2;
  switch (key) {
  case VR_KEY_UP:
    scroll_by (view, -1);
    break;
  case VR_KEY_DOWN:
    scroll_by (view, 1);
    break;
  case VR_KEY_PAGE_UP:
    scroll_by (view, -page);
    break;
  case VR_KEY_PAGE_DOWN:
    scroll_by (view, page);
    break;
  case VR_KEY_FIRST:
    view->scroll = 0;
    break;
  case VR_KEY_LAST:
    view->scroll = G_MAXINT;
    break;
  case VR_KEY_SORT:
    view->sort = (VrTopSort) ((view->sort + 1) % VR_TOP_SORTS);
    break;
  case VR_KEY_PAUSE:
    view->motion = view->motion == VR_TOP_LIVE ? VR_TOP_PAUSED : VR_TOP_LIVE;
    break;
  case VR_KEY_HELP:
    view->page = view->page == VR_TOP_TABLES ? VR_TOP_HELP : VR_TOP_TABLES;
    view->scroll = 0;
    break;
  default:
    break;
  }
}

/* Until the time, or a key that ends it: then FALSE. */
static gboolean
obey_until (Top *top, gint64 until_ns)
{
  for (;;) {
    gint64 left_ns = until_ns - top->cli->site.now_ns (NULL);
    VrKey key = vr_screen_wait ((guint) (MAX (left_ns, 0) / NS_PER_MS));
    if (key == VR_KEY_END)
      return FALSE;
    if (key == VR_KEY_NONE && left_ns <= NS_PER_MS)
      return TRUE;
    obey (&top->view, key);
    if (key != VR_KEY_NONE)
      draw (top);
  }
}

static gboolean
draw_intervals (Top *top, GError **error)
{
  if (!step (top, error))
    return FALSE;
  draw (top);
  for (gint64 i = 0; count == 0 || i < count;) {
    gint64 next_ns = top->cli->site.now_ns (NULL) + (gint64) top->interval_ns;
    if (!obey_until (top, next_ns))
      return TRUE;
    if (top->view.motion == VR_TOP_PAUSED)
      continue;
    if (!step (top, error))
      return FALSE;
    draw (top);
    i++;
  }
  return TRUE;
}

static gboolean
show (Top *top, GError **error)
{
  VrScreenManner manner = g_getenv ("NO_COLOR") == NULL ? VR_SCREEN_COLOR : VR_SCREEN_MONOCHROME;
  if (!vr_screen_open (manner, error))
    return FALSE;
  gboolean good = draw_intervals (top, error);
  vr_screen_close ();
  return good;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_auto (Top) top = { .cli = cli };
  g_autofree char *name = read_options (&top, error) ? vr_cli_lab_name (arguments[0], error) : NULL;
  if (name == NULL)
    return 1;
  top.watch = vr_watch_open (&cli->site, name, error);
  if (top.watch == NULL)
    return 1;
  gboolean good = batch || cli->json ? print_intervals (&top, error) : show (&top, error);
  return good ? 0 : 1;
}

const VrCommand *
vr_cmd_top (void)
{
  static const VrCommand command = {
    .name = "top",
    .synopsis = "NAME|PROFILE",
    .summary = "watch a lab: tenants, routers, threads, queues and processors",
    .doc
    = "What arrives, is forwarded and is lost, a second, what is reserved of the CPUs and what "
      "is used, on a terminal, anew each interval. With --batch as tables and with --json as "
      "objects, an interval after the other. See vrkit-top(1), which has the keys of the "
      "terminal and of vrkit.top/1. Only counters of the host are read: the guests are not "
      "asked.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
