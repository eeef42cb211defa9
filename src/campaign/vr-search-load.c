/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-search-load.h"

struct VrSearchLoads {
  GPtrArray *by_rate; /* VrSearchLoad, ascending */
};

static void
load_free (gpointer data)
{
  VrSearchLoad *load = data;
  g_array_unref (load->trials);
  g_free (load);
}

VrSearchLoads *
vr_search_loads_new (void)
{
  VrSearchLoads *loads = g_new0 (VrSearchLoads, 1);
  loads->by_rate = g_ptr_array_new_with_free_func (load_free);
  return loads;
}

void
vr_search_loads_free (VrSearchLoads *loads)
{
  g_ptr_array_unref (loads->by_rate);
  g_free (loads);
}

/* Where the first load of at least that rate is, or would be. */
static guint
place_of (const VrSearchLoads *loads, guint64 rate_pps)
{
  guint i = 0;
  while (i < loads->by_rate->len
         && ((const VrSearchLoad *) loads->by_rate->pdata[i])->rate_pps < rate_pps)
    i++;
  return i;
}

const VrSearchLoad *
vr_search_loads_find (const VrSearchLoads *loads, guint64 rate_pps)
{
  guint i = place_of (loads, rate_pps);
  const VrSearchLoad *load = i < loads->by_rate->len ? loads->by_rate->pdata[i] : NULL;
  return load != NULL && load->rate_pps == rate_pps ? load : NULL;
}

VrSearchLoad *
vr_search_loads_get (VrSearchLoads *loads, guint64 rate_pps)
{
  guint i = place_of (loads, rate_pps);
  VrSearchLoad *load = i < loads->by_rate->len ? loads->by_rate->pdata[i] : NULL;
  if (load != NULL && load->rate_pps == rate_pps)
    return load;
  load = g_new0 (VrSearchLoad, 1);
  load->rate_pps = rate_pps;
  load->trials = g_array_new (FALSE, FALSE, sizeof (VrSearchTrial));
  g_ptr_array_insert (loads->by_rate, (gint) i, load);
  return load;
}

void
vr_search_load_add (VrSearchLoad *load, guint64 duration_ns, double loss_ratio)
{
  VrSearchTrial trial = { duration_ns, loss_ratio };
  guint i = 0;
  while (i < load->trials->len
         && g_array_index (load->trials, VrSearchTrial, i).loss_ratio <= loss_ratio)
    i++;
  g_array_insert_val (load->trials, i, trial);
}

/* Seconds of trials of each kind. */
typedef struct {
  double full_low_s, full_high_s, short_low_s, short_high_s;
} Sums;

static Sums
sum_up (const VrSearchLoad *load, const VrSearchGoal *goal)
{
  Sums sums = { 0 };
  for (guint i = 0; i < load->trials->len; i++) {
    const VrSearchTrial *trial = &g_array_index (load->trials, VrSearchTrial, i);
    gboolean is_high = trial->loss_ratio > goal->loss_ratio;
    double duration_s = (double) trial->duration_ns / 1e9;
    if (trial->duration_ns >= goal->final_ns)
      *(is_high ? &sums.full_high_s : &sums.full_low_s) += duration_s;
    else
      *(is_high ? &sums.short_high_s : &sums.short_low_s) += duration_s;
  }
  return sums;
}

VrSearchClass
vr_search_load_class (const VrSearchLoad *load, const VrSearchGoal *goal)
{
  if (load->by_tester)
    return VR_SEARCH_UPPER;
  Sums sums = sum_up (load, goal);
  double goal_sum_s = (double) goal->sum_ns / 1e9;
  double balancing_s = sums.short_low_s * goal->exceed_ratio / (1 - goal->exceed_ratio);
  double high_s = sums.full_high_s + MAX (0, sums.short_high_s - balancing_s);
  double whole_s = MAX (sums.full_low_s + high_s, goal_sum_s);
  double quantile_s = whole_s * goal->exceed_ratio;
  if (high_s > quantile_s)
    return VR_SEARCH_UPPER;
  return whole_s - sums.full_low_s <= quantile_s ? VR_SEARCH_LOWER : VR_SEARCH_UNDECIDED;
}

double
vr_search_load_throughput (const VrSearchLoad *load, const VrSearchGoal *goal)
{
  Sums sums = sum_up (load, goal);
  double whole_s = MAX ((double) goal->sum_ns / 1e9, sums.full_low_s + sums.full_high_s);
  double remaining_s = whole_s * (1 - goal->exceed_ratio), loss_ratio = 1;
  gboolean is_first = TRUE;
  for (guint i = 0; i < load->trials->len && (is_first || remaining_s > 0); i++) {
    const VrSearchTrial *trial = &g_array_index (load->trials, VrSearchTrial, i);
    if (trial->duration_ns < goal->final_ns)
      continue;
    is_first = FALSE;
    loss_ratio = trial->loss_ratio;
    remaining_s -= (double) trial->duration_ns / 1e9;
  }
  return (double) load->rate_pps * (1 - (remaining_s > 0 ? 1 : loss_ratio));
}

void
vr_search_loads_bounds (const VrSearchLoads *loads, const VrSearchGoal *goal,
                        const VrSearchLoad **lower, const VrSearchLoad **upper)
{
  *lower = *upper = NULL;
  for (guint i = 0; i < loads->by_rate->len && *upper == NULL; i++) {
    const VrSearchLoad *load = loads->by_rate->pdata[i];
    VrSearchClass class = vr_search_load_class (load, goal);
    if (class == VR_SEARCH_LOWER)
      *lower = load;
    else if (class == VR_SEARCH_UPPER)
      *upper = load;
  }
}
