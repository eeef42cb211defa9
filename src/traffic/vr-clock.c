/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-clock.h"

#include <time.h>

#define NS_PER_S 1000000000ull
#define OFFSET_READINGS 3

static guint64
read_clock (clockid_t id)
{
  struct timespec time;
  clock_gettime (id, &time);
  return (guint64) time.tv_sec * NS_PER_S + (guint64) time.tv_nsec;
}

static guint64
now_ns (gpointer data)
{
  (void) data;
  return read_clock (CLOCK_MONOTONIC);
}

static guint64
wall_ns (gpointer data)
{
  (void) data;
  return read_clock (CLOCK_REALTIME);
}

static void
wait_until (gpointer data, guint64 time_ns)
{
  (void) data;
  struct timespec time
      = { .tv_sec = (time_t) (time_ns / NS_PER_S), .tv_nsec = (long) (time_ns % NS_PER_S) };
  clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

const VrClock *
vr_clock_system (void)
{
  static const VrClock clock = { now_ns, wall_ns, wait_until, NULL };
  return &clock;
}

guint64
vr_clock_offset_ns (const VrClock *clock)
{
  guint64 least_ns = G_MAXUINT64, offset_ns = 0;
  for (guint i = 0; i < OFFSET_READINGS; i++) {
    guint64 before_ns = clock->now_ns (clock->data);
    guint64 wall = clock->wall_ns (clock->data);
    guint64 took_ns = clock->now_ns (clock->data) - before_ns;
    if (took_ns >= least_ns)
      continue;
    least_ns = took_ns;
    offset_ns = before_ns + took_ns / 2 - wall;
  }
  return offset_ns;
}
