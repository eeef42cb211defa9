/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report-cpu.h"

#include <string.h>

#include "campaign/vr-plot-bars.h"

/* What can be read; of more CPUs the busiest are shown, and of more conditions the first. */
#define CPUS_MAX 8
#define BARS_MAX 160
#define GROUP_MAX 80
/* Idle, the last kind, is what is left free above the bars. */
#define KINDS (VR_CPU_USE_KINDS - 1)

typedef struct {
  guint cpu;
  double busy; /* the sum of its shares over the conditions */
} Cpu;

static double
busy_of (const VrCpuUse *use)
{
  double busy = 0;
  for (guint i = 0; i < KINDS; i++)
    busy += use->share[i];
  return busy;
}

static gint
compare_busy (gconstpointer a, gconstpointer b)
{
  const Cpu *one = a, *other = b;
  return one->busy < other->busy ? 1 : one->busy > other->busy ? -1 : 0;
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const Cpu *one = a, *other = b;
  return one->cpu < other->cpu ? -1 : one->cpu > other->cpu;
}

/* Cpu, those to show, by number; *count becomes how many there are. */
static GArray *
choose_cpus (const GArray *uses, guint most, guint *count)
{
  GArray *cpus = g_array_new (FALSE, FALSE, sizeof (Cpu));
  for (guint i = 0; i < uses->len; i++) {
    const VrCpuUse *use = &g_array_index (uses, VrCpuUse, i);
    guint k = 0;
    while (k < cpus->len && g_array_index (cpus, Cpu, k).cpu != use->cpu)
      k++;
    if (k == cpus->len) {
      Cpu cpu = { use->cpu, 0 };
      g_array_append_val (cpus, cpu);
    }
    g_array_index (cpus, Cpu, k).busy += busy_of (use);
  }
  *count = cpus->len;
  g_array_sort (cpus, compare_busy);
  if (cpus->len > most)
    g_array_set_size (cpus, most);
  g_array_sort (cpus, compare_numbers);
  return cpus;
}

static const VrCpuUse *
find_use (const GArray *uses, guint condition, guint cpu)
{
  for (guint i = 0; i < uses->len; i++) {
    const VrCpuUse *use = &g_array_index (uses, VrCpuUse, i);
    if (use->condition == condition && use->cpu == cpu)
      return use;
  }
  return NULL;
}

static void
add_values (GArray *values, const VrReport *report, const GArray *uses, guint cpu, guint bars)
{
  for (guint b = 0; b < bars; b++) {
    const VrSummaryCondition *condition = report->summary->conditions->pdata[b];
    const VrCpuUse *use = find_use (uses, condition->id, cpu);
    for (guint k = 0; k < KINDS; k++) {
      double percent = use != NULL ? 100 * use->share[k] : 0;
      g_array_append_val (values, percent);
    }
  }
}

static GPtrArray *
labels_of (const VrReport *report, guint bars)
{
  GPtrArray *labels = g_ptr_array_new_with_free_func (g_free);
  for (guint b = 0; b < bars; b++) {
    const VrSummaryCondition *condition = report->summary->conditions->pdata[b];
    g_ptr_array_add (labels, g_strjoinv (" ", condition->levels));
  }
  return labels;
}

gboolean
vr_report_cpu_draw (const VrReport *report, const GArray *uses, const char *directory,
                    const char *name, gboolean *is_drawn, GError **error)
{
  guint count, all = report->summary->conditions->len;
  const char *kinds[KINDS];
  guint bars = MIN (all, GROUP_MAX);
  g_autoptr (GArray) cpus
      = choose_cpus (uses, MAX (1, MIN (CPUS_MAX, BARS_MAX / MAX (1, bars))), &count);
  *is_drawn = cpus->len > 0 && bars > 0;
  if (!*is_drawn)
    return TRUE;
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GPtrArray) labels = labels_of (report, bars);
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < cpus->len; i++) {
    guint cpu = g_array_index (cpus, Cpu, i).cpu;
    add_values (values, report, uses, cpu, bars);
    g_ptr_array_add (groups, g_strdup_printf ("CPU %u", cpu));
  }
  for (guint k = 0; k < KINDS; k++)
    kinds[k] = vr_cpu_use_kind (k);
  g_autofree char *title
      = cpus->len == count && bars == all
            ? g_strdup ("CPU use")
            : g_strdup_printf ("CPU use, %u busiest of %u CPUs, %u of %u conditions", cpus->len,
                               count, bars, all);
  const VrPlotBars figure = { .title = title,
                              .y_label = "CPU time, %",
                              .kinds = kinds,
                              .bars = (const char *const *) labels->pdata,
                              .groups = (const char *const *) groups->pdata,
                              .kind_count = KINDS,
                              .bar_count = bars,
                              .group_count = cpus->len,
                              .values = (const double *) (gpointer) values->data };
  return vr_plot_bars_draw (&figure, directory, name, error);
}
