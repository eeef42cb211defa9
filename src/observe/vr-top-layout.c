/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-top-layout.h"

#include <string.h>

#include "observe/vr-top-tables.h"

static const char *const sort_names[VR_TOP_SORTS] = {
  [VR_TOP_BY_NAME] = "name",
  [VR_TOP_BY_OFFERED] = "offered",
  [VR_TOP_BY_LOST] = "lost",
  [VR_TOP_BY_USE] = "use",
};

const char *
vr_top_sort_name (VrTopSort sort)
{
  return sort_names[sort];
}

gboolean
vr_top_sort_parse (const char *name, VrTopSort *sort)
{
  for (guint i = 0; i < VR_TOP_SORTS; i++)
    if (strcmp (name, sort_names[i]) == 0) {
      *sort = (VrTopSort) i;
      return TRUE;
    }
  return FALSE;
}

static void
line_clear (gpointer data)
{
  g_free (((VrTopLine *) data)->text);
}

static void
add_help (GArray *lines, const VrTopView *view)
{
  static const char *const texts[] = {
    "q, Ctrl-C       end",
    "up, down, k, j  a line; Page Up, Page Down: a page; Home, End",
    "s               sort by name, offered, lost, use, in turn",
    "p, space        pause, and go on",
    "h, ?            this help, and back",
    "",
    "OFFERED   packets a second that arrived before the router's interfaces",
    "FORWARDED that its interfaces sent",
    "LOST      that the queues before them had no room for",
    "RESERVED  CPU time that is reserved for its threads, of one CPU",
    "USE       CPU time that they had; WAIT: in which they were ready and had none",
    "UNSENT    packets that the router sent and nothing took",
    "-         not known: the first interval, or it was made anew",
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    vr_top_add_line (lines, view, VR_TOP_PLAIN, g_strdup (texts[i]));
}

/* --- The whole ----------------------------------------------------------------------------------
 */

static char *
title_of (const VrTop *top, const VrTopView *view)
{
  GString *text = g_string_new ("vrkit top");
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  if (top != NULL)
    g_string_append_printf (text, "  lab %s  over %s s", top->lab->name,
                            g_ascii_formatd (number, sizeof number, "%.2f", top->rates->seconds));
  g_string_append_printf (text, "  by %s", vr_top_sort_name (view->sort));
  if (view->motion == VR_TOP_PAUSED)
    g_string_append (text, "  PAUSED");
  if (view->remark != NULL)
    g_string_append_printf (text, "  %s", view->remark);
  return g_string_free (text, FALSE);
}

/* Of `tables`, what is on the terminal: lines but for title and keys. */
static void
add_window (GArray *lines, GArray *tables, VrTopView *view)
{
  guint room = view->lines - 2;
  guint most = tables->len > room ? tables->len - room : 0;
  view->scroll = MIN (view->scroll, most);
  for (guint i = 0; i < room; i++) {
    guint at = view->scroll + i;
    VrTopLine *line = at < tables->len ? &g_array_index (tables, VrTopLine, at) : NULL;
    VrTopLine taken = { line != NULL ? line->style : VR_TOP_PLAIN,
                        line != NULL ? g_steal_pointer (&line->text) : g_strdup ("") };
    g_array_append_val (lines, taken);
  }
  g_autofree char *below
      = view->scroll < most ? g_strdup_printf ("  %u more below", most - view->scroll) : NULL;
  vr_top_add_line (lines, view, VR_TOP_KEYS,
                   g_strconcat ("q end  s sort  p pause  h help", below, NULL));
}

static GArray *
new_lines (void)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (VrTopLine));
  g_array_set_clear_func (lines, line_clear);
  return lines;
}

GArray *
vr_top_layout (const VrTop *top, VrTopView *view)
{
  GArray *lines = new_lines ();
  if (view->columns < VR_TOP_COLUMNS_MIN || (view->lines > 0 && view->lines < VR_TOP_LINES_MIN)) {
    vr_top_add_line (lines, view, VR_TOP_ALARM,
                     g_strdup_printf ("%ux%u: needs %dx%d", view->columns, view->lines,
                                      VR_TOP_COLUMNS_MIN, VR_TOP_LINES_MIN));
    return lines;
  }
  g_autoptr (GArray) tables = new_lines ();
  if (view->page == VR_TOP_HELP)
    add_help (tables, view);
  else if (top != NULL)
    vr_top_add_tables (tables, view, top);
  vr_top_add_line (lines, view, VR_TOP_TITLE, title_of (top, view));
  if (view->lines > 0) {
    add_window (lines, tables, view);
    return lines;
  }
  for (guint i = 0; i < tables->len; i++) {
    VrTopLine *line = &g_array_index (tables, VrTopLine, i);
    VrTopLine taken = { line->style, g_steal_pointer (&line->text) };
    g_array_append_val (lines, taken);
  }
  return lines;
}
