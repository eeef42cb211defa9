/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What simulated tenants are offered over time: made up from a seed, or recorded. Rates hold for a
 * period each. */
#pragma once

#include <glib.h>

/* --- Made up -----------------------------------------------------------------------------------
 * A day's curve, a level that changes every half hour or so, and bursts every twenty minutes whose
 * height and length have heavy tails (Pareto). A tenth of the tenants floods at ten times its rate,
 * a fifth stays far below it. */

typedef struct {
  guint64 random;
  double base;  /* of the tenant's rate, at a level of 1 */
  guint phase;  /* minutes that its day is before the others' */
  double level; /* and until when, s */
  double level_until_s;
  double burst; /* factor: 1 outside of one */
  double burst_until_s;
} VrSimulateTraffic;

/* For each tenant another, of one seed. */
void vr_simulate_traffic_init (VrSimulateTraffic *traffic, guint64 seed, guint tenant);
/* The factor of the tenant's rate; times must not go back. */
double vr_simulate_traffic_at (VrSimulateTraffic *traffic, double time_s);

/* --- Recorded -----------------------------------------------------------------------------------
 */

#define VR_SIMULATE_ROWS_MAX 10000000

typedef struct {
  double time_s;
  guint tenant;
  float offered_pps; /* from then on, until the tenant's next row */
} VrSimulateRow;

typedef struct {
  GArray *rows;     /* VrSimulateRow, by time */
  GPtrArray *names; /* char *, owned: tenants in the order in which they first come up */
} VrSimulateRecord;

/* Reads lines `time_s,tenant,offered_pps`, by time, of which the first may be these words.
 * VR_ERROR_USAGE with file and line where one is wrong, or there are more than `tenants_most`
 * tenants. */
VrSimulateRecord *vr_simulate_record_read (const char *path, guint tenants_most, GError **error);
void vr_simulate_record_free (VrSimulateRecord *record);
/* The mean of a tenant's rows for each; the caller owns the array. At least 1. */
double *vr_simulate_record_means (const VrSimulateRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSimulateRecord, vr_simulate_record_free)
