/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a back-end's kernel has what its control processor's has, by the digests of both tables:
 * one that joins waits until they are the same, and one that has joined may fall behind. What is on
 * its way makes them differ for a moment, and so the latter takes long. Time is told in ticks of
 * the back-end: as long as it has no CPU time itself, it does not fall behind. */
#pragma once

#include <stdint.h>

#include "balance/vr-balance-beat.h"

/* So many ticks, of 100 ms, the two differ while one of them stands still, and it is late. And so
 * many one that joins waits for the control processor to tell something at all. */
#define VR_LAG_TICKS 30
/* So many without a word of the control processor, and nothing is known of its table. */
#define VR_LAG_SILENT_TICKS 10
/* So many one that joins waits while both change, and are never seen to be the same. */
#define VR_LAG_JOIN_TICKS 300

/* Of all zeros: nothing was told yet. */
typedef struct {
  uint64_t told;          /* the control processor's */
  uint64_t own;           /* as it was in the last tick */
  unsigned known_ticks;   /* for how many more what was told counts */
  unsigned told_stands;   /* ticks in which `told` stayed, and the two differed */
  unsigned own_stands;    /* the same of `own` */
  unsigned joining_ticks; /* in which the session was whole, and it had not joined */
  unsigned unknown_ticks; /* the last of them, in which one of the two was not known */
  bool joined;            /* since the session is whole */
  bool had;               /* it had joined once: it has a table, be it an old one */
  bool late;
} VrLag;

/* The control processor told its table's digest. */
void vr_lag_hear (VrLag *lag, uint64_t told);

/* A tick has passed, and this is the digest of one's own table, NULL: it is not known. Where the
 * session is not whole one has not joined, nor is it found to be late: the control processor tells
 * what this one is yet to get. Who is late stays so until both are the same. Gives what the next
 * beat is to say: VR_BEAT_WAITS, _KEEPS, _FORWARDS or _LATE. */
VrBeatKind vr_lag_tick (VrLag *lag, const uint64_t *own, bool whole);
