/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a stream's next frame is due: arithmetic alone. A sender that was held up catches up, but by
 * no more than `lag_max_ns`: beyond that the schedule slips, so that a long stall does not end in a
 * long burst, and the slip is told as the tester's own limit. */
#pragma once

#include <glib.h>

typedef enum {
  VR_DEPART_CONSTANT, /* frame i at i / rate */
  VR_DEPART_POISSON,  /* gaps of exponential distribution, of mean 1 / rate */
  VR_DEPART_RECORDED, /* by the gaps that are given, over and over */
  VR_DEPART_BURST, /* groups of `burst` at once, each at the time of its first by a constant rate */
} VrDepartureKind;

typedef struct {
  VrDepartureKind kind;
  guint64 rate_pps; /* 0: everything is due at once; with VR_DEPART_RECORDED only that counts */
  guint rate_rest;  /* thousandths of a frame a second more */
  guint burst;      /* frames; of VR_DEPART_BURST only */
  const guint64 *gaps_ns; /* of VR_DEPART_RECORDED only: from each frame to the next; borrowed */
  guint gaps_count;
  guint64 lag_max_ns;
  guint64 random; /* a seed; then the generator's state */

  guint64 next_ns;    /* told: when the next frame is due */
  guint64 slipped_ns; /* told: by how much the schedule was moved in all */

  guint64 rate_mpps;          /* thousandths of a frame a second, in all */
  guint64 step_ns, step_rest; /* from one departure to the next: step_ns + step_rest / rate_mpps */
  guint64 rest;               /* in rate_mpps-ths of a ns, what next_ns lacks */
  guint next_gap;
  guint in_burst; /* frames of this burst that are gone */
} VrDepartures;

/* The first frame is due at `start_ns`. The told fields begin anew. */
void vr_departures_start (VrDepartures *departures, guint64 start_ns);

/* A frame has left: on to the next. */
void vr_departures_take (VrDepartures *departures);

/* Moves the schedule where it lags too far behind `now_ns`. */
void vr_departures_slip (VrDepartures *departures, guint64 now_ns);
