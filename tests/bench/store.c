/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills a campaign's database as a campaign does, made and then opened anew, without its
 * measurements: store EXPERIMENT LOAD FILE [RUNS]. Each try has the load's result in LOAD, and a
 * rate of its own. */
#include <stdio.h>
#include <stdlib.h>

#include "campaign/vr-results.h"

#define RATE_PPS 10000
#define SPREAD_PPS 100
#define BEGIN_NS 1700000000000000000ull
#define RUN_NS 100000000ull

static gboolean
add_run (VrResults *results, const VrPlannedRun *run, const char *load, VrSample sample,
         GRand *noise, GError **error)
{
  char clocksource[] = "tsc", notes[] = "";
  const VrHostWatch host = { .clocksource = clocksource, .notes = notes };
  sample.values[vr_sample_column ("received_pps")]
      = (gint64) (run->condition->id * RATE_PPS)
        + g_rand_int_range (noise, -SPREAD_PPS, SPREAD_PPS);
  const VrAttempt attempt = { .run = run->id,
                              .number = 1,
                              .how = "as it is",
                              .begun_ns = BEGIN_NS + run->id * RUN_NS,
                              .ended_ns = BEGIN_NS + (run->id + 1) * RUN_NS,
                              .host = &host,
                              .sample = &sample,
                              .load_json = load };
  return vr_results_add (results, &attempt, VR_RUN_DONE, error);
}

static gboolean
fill (char **argv, guint most, GError **error)
{
  const VrRunChoice choice = { 0 };
  g_autofree char *load = NULL;
  g_autoptr (GRand) noise = g_rand_new_with_seed (1);
  g_autoptr (VrExperiment) experiment = vr_experiment_load (argv[1], error);
  g_autoptr (VrRunTable) table
      = experiment != NULL ? vr_run_table_new (experiment, &choice, error) : NULL;
  VrSample sample;
  if (table == NULL || !g_file_get_contents (argv[2], &load, NULL, error)
      || !vr_sample_read (load, &sample, error))
    return FALSE;
  g_autoptr (VrResults) made = vr_results_create (argv[3], table, "", error);
  if (made == NULL)
    return FALSE;
  g_clear_pointer (&made, vr_results_close);
  g_autoptr (VrResults) results = vr_results_open (argv[3], VR_RESULTS_WRITE, error);
  g_autoptr (GArray) stored = results != NULL ? vr_results_runs (results, error) : NULL;
  if (stored == NULL)
    return FALSE;
  for (guint i = 0; i < MIN (most, table->runs->len); i++)
    if (!add_run (results, &g_array_index (table->runs, VrPlannedRun, i), load, sample, noise,
                  error))
      return FALSE;
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc < 4) {
    fputs ("usage: store EXPERIMENT LOAD FILE [RUNS]\n", stderr);
    return 2;
  }
  if (fill (argv, argc > 4 ? (guint) strtoul (argv[4], NULL, 10) : G_MAXUINT, &error))
    return 0;
  fprintf (stderr, "store: %s\n", error->message);
  return 1;
}
