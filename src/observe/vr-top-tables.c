/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-top-tables.h"

#include <string.h>

#define WIDE 110      /* columns from which bit rates are shown, too */
#define NAME_LEAST 12 /* columns of a name */
#define NAME_MOST 31  /* the longest name of a router */
#define PATH_MOST 63  /* the longest of a router and its port */
#define BAR 20        /* of a processor */
/* Columns of each table but for its name, with the longest remark on one guest. */
#define ROW_OTHERS 68
#define THREAD_OTHERS 67
#define QUEUE_OTHERS 48
#define QUEUE_WIDE 20

/* --- Pieces of a line ---------------------------------------------------------------------------
 */

#define CELL 16

typedef struct {
  char text[CELL];
} Cell;

/* "0", "7.5", "999", "1.20k", "45.0k", "300k", "1.20M"; "-" where it is not known. */
static Cell
count_cell (gboolean is_known, double value)
{
  static const char *const units[] = { "", "k", "M", "G", "T" };
  guint unit = 0;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  Cell cell = { "-" };
  if (!is_known)
    return cell;
  for (; value >= 999.5 && unit + 1 < G_N_ELEMENTS (units); unit++)
    value /= 1000;
  const char *format = value >= 99.95 || value == 0  ? "%.0f"
                       : value >= 9.995 || unit == 0 ? "%.1f"
                                                     : "%.2f";
  g_ascii_formatd (number, sizeof number, format, value);
  g_snprintf (cell.text, CELL, "%s%s", number, units[unit]);
  return cell;
}

/* "12.5%", of one CPU. */
static Cell
share_cell (gboolean is_known, double share)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  Cell cell = { "-" };
  if (is_known)
    g_snprintf (cell.text, CELL, "%s%%",
                g_ascii_formatd (number, sizeof number, "%.1f", share * 100));
  return cell;
}

/* One that is too long ends with "~". */
static char *
name_cell (const char *name, guint width)
{
  if (strlen (name) <= width)
    return g_strdup_printf ("%-*s", (int) width, name);
  return g_strdup_printf ("%.*s~", (int) width - 1, name);
}

void
vr_top_add_line (GArray *lines, const VrTopView *view, VrTopStyle style, char *text)
{
  if (strlen (text) > view->columns)
    text[view->columns] = '\0';
  g_strchomp (text);
  VrTopLine line = { style, text };
  g_array_append_val (lines, line);
}

/* What a table's other columns leave to the name. */
static guint
name_width (const VrTopView *view, guint others, guint most)
{
  return CLAMP (view->columns, others + NAME_LEAST, others + most) - others;
}

static gboolean
is_wide (const VrTopView *view)
{
  return view->columns >= WIDE;
}

/* --- Order --------------------------------------------------------------------------------------
 */

typedef double (*KeyOf) (const GArray *array, guint index, VrTopSort sort);

static double
row_key (const GArray *array, guint index, VrTopSort sort)
{
  const VrTopRow *row = &g_array_index (array, VrTopRow, index);
  return sort == VR_TOP_BY_OFFERED ? row->offered_pps
         : sort == VR_TOP_BY_LOST  ? row->lost_pps
                                   : row->use;
}

static double
thread_key (const GArray *array, guint index, VrTopSort sort)
{
  (void) sort;
  return g_array_index (array, VrTopThread, index).rate.use;
}

static double
port_key (const GArray *array, guint index, VrTopSort sort)
{
  const VrPortRate *port = &g_array_index (array, VrPortRate, index);
  return sort == VR_TOP_BY_OFFERED ? port->arrived_pps : port->lost_pps;
}

typedef struct {
  guint index;
  double key;
} Place;

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *x = a, *y = b;
  if (x->key > y->key || x->key < y->key)
    return x->key > y->key ? -1 : 1;
  return x->index < y->index ? -1 : 1;
}

/* The places of the array's elements, the one with the greatest key first: Place. */
static GArray *
order_of (const GArray *array, gboolean is_sorted, VrTopSort sort, KeyOf key_of)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (Place));
  for (guint i = 0; i < array->len; i++) {
    Place place = { i, is_sorted ? key_of (array, i, sort) : 0 };
    g_array_append_val (places, place);
  }
  g_array_sort (places, compare_places);
  return places;
}

#define PLACE(places, i) (g_array_index ((places), Place, (i)).index)

/* --- Tables -------------------------------------------------------------------------------------
 */

static char *
remark_of (const VrTopRow *row)
{
  if (row->absent == 0)
    return g_strdup ("");
  if (row->guests == 1)
    return g_strdup ("not running");
  return g_strdup_printf ("%u of %u down", row->absent, row->guests);
}

static void
add_row (GArray *lines, const VrTopView *view, const VrTopRow *row, gboolean is_tenant)
{
  Cell contract = count_cell (TRUE, (double) row->rate_pps);
  g_autofree char *cores = row->cores > 0 ? g_strdup_printf ("%u", row->cores) : g_strdup ("");
  Cell offered = count_cell (row->is_known, row->offered_pps);
  Cell forwarded = count_cell (row->is_known, row->forwarded_pps);
  Cell lost = count_cell (row->is_known, row->lost_pps);
  Cell reserved = share_cell (row->reserved > 0, row->reserved);
  Cell use = share_cell (row->is_known, row->use);
  g_autofree char *name = name_cell (row->name, name_width (view, ROW_OTHERS, NAME_MOST));
  g_autofree char *remark = remark_of (row);
  vr_top_add_line (lines, view, row->absent > 0 ? VR_TOP_ALARM : VR_TOP_PLAIN,
                   g_strdup_printf ("%s %8s %8s %9s %8s %8s %8s  %s", name,
                                    is_tenant ? contract.text : cores, offered.text, forwarded.text,
                                    lost.text, reserved.text, use.text, remark));
}

static void
add_rows (GArray *lines, const VrTopView *view, const GArray *rows, gboolean are_tenants)
{
  g_autofree char *name
      = name_cell (are_tenants ? "TENANT" : "ROUTER", name_width (view, ROW_OTHERS, NAME_MOST));
  g_autoptr (GArray) places = order_of (rows, view->sort != VR_TOP_BY_NAME, view->sort, row_key);
  vr_top_add_line (lines, view, VR_TOP_HEADING,
                   g_strdup_printf ("%s %8s %8s %9s %8s %8s %8s", name,
                                    are_tenants ? "CONTRACT" : "CORES", "OFFERED", "FORWARDED",
                                    "LOST", "RESERVED", "USE"));
  for (guint i = 0; i < rows->len; i++)
    add_row (lines, view, &g_array_index (rows, VrTopRow, PLACE (places, i)), are_tenants);
}

static void
add_thread (GArray *lines, const VrTopView *view, const VrTopThread *thread)
{
  const VrThreadRate *rate = &thread->rate;
  Cell reserved = share_cell (thread->reserved > 0, thread->reserved);
  Cell use = share_cell (rate->is_known, rate->use);
  Cell wait = share_cell (rate->is_known, rate->wait);
  const char *router = *rate->router != '\0' ? rate->router : "-";
  g_autofree char *name = name_cell (router, name_width (view, THREAD_OTHERS, NAME_MOST));
  g_autofree char *selector = name_cell (rate->selector, 14);
  g_autofree char *policy = name_cell (thread->policy, 22);
  g_autofree char *more = is_wide (view)
                              ? g_strdup_printf ("  %7d  %s", (int) rate->tid, rate->ports)
                              : g_strdup ("");
  vr_top_add_line (lines, view, VR_TOP_PLAIN,
                   g_strdup_printf ("%s %s %3u %s %8s %7s %7s%s", name, selector, rate->last_cpu,
                                    policy, reserved.text, use.text, wait.text, more));
}

static void
add_threads (GArray *lines, const VrTopView *view, const GArray *threads)
{
  gboolean by_use = view->sort == VR_TOP_BY_USE;
  g_autofree char *name = name_cell ("THREAD OF", name_width (view, THREAD_OTHERS, NAME_MOST));
  g_autoptr (GArray) places = order_of (threads, by_use, view->sort, thread_key);
  vr_top_add_line (lines, view, VR_TOP_HEADING,
                   g_strdup_printf ("%s %-14s %3s %-22s %8s %7s %7s%s", name, "", "CPU", "POLICY",
                                    "RESERVED", "USE", "WAIT",
                                    is_wide (view) ? "      TID  PORTS" : ""));
  for (guint i = 0; i < threads->len; i++)
    add_thread (lines, view, &g_array_index (threads, VrTopThread, PLACE (places, i)));
}

static guint
queue_others (const VrTopView *view)
{
  return is_wide (view) ? QUEUE_OTHERS + QUEUE_WIDE : QUEUE_OTHERS;
}

static void
add_queue (GArray *lines, const VrTopView *view, const VrPortRate *port)
{
  Cell arrived = count_cell (port->is_known, port->arrived_pps);
  Cell lost = count_cell (port->is_known, port->lost_pps);
  Cell sent = count_cell (port->is_known, port->sent_pps);
  Cell unsent = count_cell (port->is_known, port->unsent_pps);
  Cell in = count_cell (port->is_known, port->arrived_bps);
  Cell out = count_cell (port->is_known, port->sent_bps);
  g_autofree char *path = g_strconcat (port->router, "/", port->port, NULL);
  g_autofree char *name = name_cell (path, name_width (view, queue_others (view), PATH_MOST));
  g_autofree char *length
      = port->queue_length > 0 ? g_strdup_printf ("%u", port->queue_length) : g_strdup ("-");
  g_autofree char *more
      = is_wide (view) ? g_strdup_printf (" %9s %9s", in.text, out.text) : g_strdup ("");
  vr_top_add_line (lines, view, port->lost_pps > 0 ? VR_TOP_ALARM : VR_TOP_PLAIN,
                   g_strdup_printf ("%s %7s %9s %9s %9s %9s%s", name, length, arrived.text,
                                    lost.text, sent.text, unsent.text, more));
}

static void
add_queues (GArray *lines, const VrTopView *view, const GArray *ports)
{
  gboolean is_sorted = view->sort == VR_TOP_BY_OFFERED || view->sort == VR_TOP_BY_LOST;
  g_autofree char *name
      = name_cell ("QUEUE BEFORE", name_width (view, queue_others (view), PATH_MOST));
  g_autoptr (GArray) places = order_of (ports, is_sorted, view->sort, port_key);
  vr_top_add_line (lines, view, VR_TOP_HEADING,
                   g_strdup_printf ("%s %7s %9s %9s %9s %9s%s", name, "LENGTH", "ARRIVED", "LOST",
                                    "SENT", "UNSENT",
                                    is_wide (view) ? "  IN BIT/S OUT BIT/S" : ""));
  for (guint i = 0; i < ports->len; i++)
    add_queue (lines, view, &g_array_index (ports, VrPortRate, PLACE (places, i)));
}

static void
add_cpus (GArray *lines, const VrTopView *view, const GArray *cpus)
{
  vr_top_add_line (lines, view, VR_TOP_HEADING,
                   g_strdup_printf ("%-4s %-*s %6s %6s %6s %6s %6s %6s", "CPU", BAR, "", "GUEST",
                                    "USER", "SYSTEM", "IRQ", "STEAL", "IDLE"));
  for (guint i = 0; i < cpus->len; i++) {
    const VrCpuRate *cpu = &g_array_index (cpus, VrCpuRate, i);
    double sum = 0;
    char bar[BAR + 1] = "";
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++)
      sum += cpu->share[kind];
    gboolean is_known = sum > 0;
    double busy = is_known ? CLAMP (1 - cpu->share[VR_CPU_IDLE], 0, 1) : 0;
    memset (bar, '|', (gsize) (busy * BAR + 0.5));
    Cell guest = share_cell (is_known, cpu->share[VR_CPU_GUEST]);
    Cell user = share_cell (is_known, cpu->share[VR_CPU_USER]);
    Cell system = share_cell (is_known, cpu->share[VR_CPU_SYSTEM]);
    Cell irq = share_cell (is_known, cpu->share[VR_CPU_IRQ] + cpu->share[VR_CPU_SOFTIRQ]);
    Cell steal = share_cell (is_known, cpu->share[VR_CPU_STEAL]);
    Cell idle = share_cell (is_known, cpu->share[VR_CPU_IDLE]);
    vr_top_add_line (lines, view, VR_TOP_PLAIN,
                     g_strdup_printf ("%-4u %-*s %6s %6s %6s %6s %6s %6s", cpu->id, BAR, bar,
                                      guest.text, user.text, system.text, irq.text, steal.text,
                                      idle.text));
  }
}

static void
add_blank (GArray *lines, const VrTopView *view)
{
  vr_top_add_line (lines, view, VR_TOP_PLAIN, g_strdup (""));
}

void
vr_top_add_tables (GArray *lines, const VrTopView *view, const VrTop *top)
{
  if (top->tenants->len > 0) {
    add_rows (lines, view, top->tenants, TRUE);
    add_blank (lines, view);
  }
  add_rows (lines, view, top->routers, FALSE);
  if (top->threads->len > 0) {
    add_blank (lines, view);
    add_threads (lines, view, top->threads);
  }
  add_blank (lines, view);
  add_queues (lines, view, top->rates->ports);
  add_blank (lines, view);
  add_cpus (lines, view, top->rates->cpus);
}
