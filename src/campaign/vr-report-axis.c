/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-report-axis.h"

#include <string.h>

#include "base/vr-error.h"

void
vr_report_axis_clear (VrReportAxis *axis)
{
  g_clear_pointer (&axis->label, g_free);
}

/* --- Which factor -------------------------------------------------------------------------------
 */

static gboolean
choose_named (const VrSummary *summary, const char *name, guint *factor, GError **error)
{
  *factor = vr_summary_axis (summary, name);
  if (summary->factors[*factor] != NULL)
    return TRUE;
  gboolean known = g_strv_contains ((const char *const *) summary->factors, name);
  g_autofree char *names = g_strjoinv (", ", summary->factors);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               known ? "--axis=%s: its levels are not several quantities of one kind; the factors "
                       "are: %s"
                     : "--axis=%s: the experiment has no such factor; it has: %s",
               name, names);
  return FALSE;
}

static const char *
key_of (const VrExperiment *experiment, const char *factor)
{
  const VrFactor *found = vr_experiment_factor (experiment, factor);
  return found != NULL && found->key != NULL ? found->key : "";
}

/* Where only one level was measured, what the experiment would have it over is no axis. */
static guint
choose (const VrSummary *summary, const VrExperiment *experiment)
{
  guint factor = experiment->axis != NULL ? vr_summary_axis (summary, experiment->axis) : G_MAXUINT;
  if (factor != G_MAXUINT && summary->factors[factor] != NULL)
    return factor;
  for (guint i = 0; summary->factors[i] != NULL; i++)
    if (strcmp (key_of (experiment, summary->factors[i]), "load.rate") == 0
        && vr_summary_axis (summary, summary->factors[i]) == i)
      return i;
  return vr_summary_axis (summary, NULL);
}

/* --- Its label ----------------------------------------------------------------------------------
 */

/* What plain numbers are of, by the end of the factor's key. */
static const struct {
  const char *ending, *unit;
} units[] = {
  { ".queue-length", "frames" },
  { ".size", "bytes" },
  { ".mtu", "bytes" },
  { ".memory", "MiB" },
};

static char *
plain_label (const char *name, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_has_suffix (key, units[i].ending))
      return g_strdup_printf ("%s, %s", name, units[i].unit);
  return g_strdup (name);
}

static void
set_label (const VrSummary *summary, const VrExperiment *experiment, VrReportAxis *axis)
{
  static const struct {
    const char *name;
    double unit;
  } scales[] = { [VR_QUANTITY_PPS] = { "kpps", 1e3 },
                 [VR_QUANTITY_BPS] = { "Mbit/s", 1e6 },
                 [VR_QUANTITY_S] = { "ms", 1e-3 } };
  const VrSummaryCondition *first = summary->conditions->pdata[0];
  const char *name = summary->factors[axis->factor], *key = key_of (experiment, name);
  VrQuantity quantity = VR_QUANTITY_NUMBER;
  double number;
  vr_summary_quantity (first->levels[axis->factor], &number, &quantity);
  if (quantity == VR_QUANTITY_NUMBER && strcmp (key, "load.rate") == 0)
    quantity = VR_QUANTITY_PPS;
  axis->unit = quantity == VR_QUANTITY_NUMBER ? 1 : scales[quantity].unit;
  axis->label = quantity == VR_QUANTITY_NUMBER
                    ? plain_label (name, key)
                    : g_strdup_printf ("%s, %s", name, scales[quantity].name);
}

gboolean
vr_report_axis_choose (const VrSummary *summary, const VrExperiment *experiment, const char *name,
                       VrReportAxis *axis, GError **error)
{
  VrReportAxis chosen = { .unit = 1 };
  if (name == NULL)
    chosen.factor = choose (summary, experiment);
  else if (!choose_named (summary, name, &chosen.factor, error))
    return FALSE;
  if (summary->factors[chosen.factor] != NULL)
    set_label (summary, experiment, &chosen);
  else
    chosen.label = g_strdup ("condition");
  *axis = chosen;
  return TRUE;
}
