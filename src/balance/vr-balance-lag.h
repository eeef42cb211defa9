/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a back-end's kernel lags behind its control processor's, by the digests of both tables.
 * What is on its way makes them differ for a moment, and so they must do so for long. Time is told
 * in ticks of the back-end: as long as it has no CPU time itself, it does not fall behind. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* So many ticks, of 100 ms, the two differ while one of them stands still, and it is late. */
#define VR_LAG_TICKS 30
/* So many without a word of the control processor, and nothing is known of its table. */
#define VR_LAG_SILENT_TICKS 10

/* Of all zeros: nothing was told yet. */
typedef struct {
  uint64_t told;        /* the control processor's */
  uint64_t own;         /* as it was in the last tick */
  unsigned known_ticks; /* for how many more what was told counts */
  unsigned told_stands; /* ticks in which `told` stayed, and the two differed */
  unsigned own_stands;  /* the same of `own` */
  bool late;
} VrLag;

/* The control processor told its table's digest. */
void vr_lag_hear (VrLag *lag, uint64_t told);

/* A tick has passed, and this is the digest of one's own table, NULL: it is not known. Where the
 * session is not whole one is not found to be late: the control processor tells what this one is
 * yet to get. Who is late stays so until both are the same. True where it is late. */
bool vr_lag_tick (VrLag *lag, const uint64_t *own, bool whole);
