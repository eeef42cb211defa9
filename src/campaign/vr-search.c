/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-search.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-search-methods.h"

struct VrSearch {
  const VrSearchMethod *method;
  VrSearchSettings settings;
  gpointer state;
  VrSearchStep step; /* the last one */
  guint tester_tries;
};

static const VrSearchMethod *(*const rows[]) (void)
    = { vr_search_rfc2544, vr_search_tst009, vr_search_mlr };

const VrSearchMethod *const *
vr_search_methods (void)
{
  static const VrSearchMethod *table[G_N_ELEMENTS (rows) + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    table[i] = rows[i]();
  return table;
}

const VrSearchMethod *
vr_search_method (const char *name, GError **error)
{
  const VrSearchMethod *const *methods = vr_search_methods ();
  GString *known = g_string_new (NULL);
  for (guint i = 0; methods[i] != NULL; i++) {
    if (strcmp (methods[i]->name, name) == 0) {
      g_string_free (known, TRUE);
      return methods[i];
    }
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", methods[i]->name);
  }
  g_autofree char *names = g_string_free (known, FALSE);
  g_autofree char *quoted = vr_name_quote (name);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "no method \"%s\": there are %s", quoted, names);
  return NULL;
}

/* --- Settings -----------------------------------------------------------------------------------
 */

static gboolean
check_goals (const VrSearchMethod *method, const VrSearchSettings *settings, GError **error)
{
  if (settings->goals_count == 0 || settings->goals_count > method->goals_most) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u loss ratios: method %s takes from 1 to %u",
                 settings->goals_count, method->name, method->goals_most);
    return FALSE;
  }
  for (guint i = 0; i < settings->goals_count; i++) {
    double ratio = settings->loss_ratios[i];
    if (!(ratio >= 0 && ratio < 1)) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "a loss ratio of %g: from 0 to below 1", ratio);
      return FALSE;
    }
    if (i > 0 && ratio <= settings->loss_ratios[i - 1]) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                   "loss ratio %g after %g: each once, and in ascending order", ratio,
                   settings->loss_ratios[i - 1]);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_rates (const VrSearchSettings *settings, GError **error)
{
  const VrSearchWidth *width = &settings->width;
  if (settings->lower_pps == 0)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "a lower rate of 0: at least 1 packet a second");
  else if (settings->lower_pps > settings->upper_pps)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "the lower rate of %" G_GUINT64_FORMAT
                 "/s is above the upper of %" G_GUINT64_FORMAT "/s",
                 settings->lower_pps, settings->upper_pps);
  else if (!(width->ratio >= 0 && width->ratio < 1) || (width->ratio > 0) == (width->rate_pps > 0))
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "a width is above 0: a share below 100 %%, or packets a second");
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_times (const VrSearchSettings *settings, GError **error)
{
  if (settings->trial_ns == 0)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "a trial takes some time");
  else if (settings->initial_ns == 0 || settings->initial_ns > settings->trial_ns)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "the initial trials of %g s are longer than the final of %g s, or 0",
                 (double) settings->initial_ns / 1e9, (double) settings->trial_ns / 1e9);
  else if (settings->sum_ns < settings->trial_ns)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "the duration sum of %g s is less than a trial of %g s",
                 (double) settings->sum_ns / 1e9, (double) settings->trial_ns / 1e9);
  else if (!(settings->exceed_ratio >= 0 && settings->exceed_ratio < 1))
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "an exceed ratio of %g: from 0 to below 1",
                 settings->exceed_ratio);
  else if (settings->max_repeat == 0 || settings->tester_tries == 0)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "0 trials at a rate: at least 1");
  else
    return TRUE;
  return FALSE;
}

/* --- The search ---------------------------------------------------------------------------------
 */

VrSearch *
vr_search_new (const VrSearchMethod *method, const VrSearchSettings *settings, GError **error)
{
  if (!check_rates (settings, error) || !check_goals (method, settings, error)
      || !check_times (settings, error))
    return NULL;
  VrSearch *search = g_new0 (VrSearch, 1);
  search->method = method;
  search->settings = *settings;
  search->state = method->start (settings);
  return search;
}

void
vr_search_free (VrSearch *search)
{
  search->method->end (search->state);
  g_free (search);
}

gboolean
vr_search_next (VrSearch *search, VrSearchStep *step)
{
  VrSearchStep next;
  if (search->tester_tries == 0) {
    if (!search->method->next (search->state, &next))
      return FALSE;
    search->step = next;
  }
  *step = search->step;
  return TRUE;
}

VrSearchVerdict
vr_search_take (VrSearch *search, const VrSearchOutcome *outcome)
{
  if (outcome->tester_limited && ++search->tester_tries < search->settings.tester_tries)
    return VR_SEARCH_AGAIN;
  search->tester_tries = 0;
  search->method->take (search->state, outcome);
  return outcome->tester_limited ? VR_SEARCH_TESTER : VR_SEARCH_COUNTED;
}

VrSearchBounds
vr_search_bounds (const VrSearch *search, guint goal)
{
  VrSearchBounds bounds = { .lower_pps = 0 };
  search->method->bounds (search->state, goal, &bounds);
  bounds.is_narrow = bounds.lower_pps != 0 && bounds.upper_pps != 0
                     && vr_search_is_narrow (&search->settings, bounds.lower_pps, bounds.upper_pps);
  return bounds;
}

guint64
vr_search_width_pps (const VrSearchSettings *settings, guint64 upper_pps)
{
  guint64 width_pps = settings->width.rate_pps;
  if (settings->width.ratio > 0)
    width_pps = (guint64) (settings->width.ratio * (double) upper_pps);
  return MAX (width_pps, 1);
}

gboolean
vr_search_is_narrow (const VrSearchSettings *settings, guint64 lower_pps, guint64 upper_pps)
{
  return upper_pps - lower_pps <= vr_search_width_pps (settings, upper_pps);
}
