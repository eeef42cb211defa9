/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time as the tester sees it, given by the caller, so that a test can give one of its own. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 (*now_ns) (gpointer data);  /* monotonic: what all times and latencies are told in */
  guint64 (*wall_ns) (gpointer data); /* CLOCK_REALTIME, which the kernel stamps arrivals with */
  void (*wait_until) (gpointer data, guint64 time_ns); /* of now_ns; may return early */
  gpointer data;
} VrClock;

/* From wall_ns to now_ns, modulo 2^64. Of several readings the one counts that took least time,
 * since whoever asks may be held up between the two clocks. */
guint64 vr_clock_offset_ns (const VrClock *clock);

/* The machine's own: CLOCK_MONOTONIC, CLOCK_REALTIME, clock_nanosleep. For the program and for host
 * tests to pass. */
const VrClock *vr_clock_system (void);
