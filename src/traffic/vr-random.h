/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small generator of random numbers, the same for the same seed: SplitMix64 (Steele, Lea, Flood:
 * Fast splittable pseudorandom number generators, OOPSLA 2014). Not for secrets. */
#pragma once

#include <glib.h>

/* Moves the state on; any state is a seed. */
static inline guint64
vr_random_next (guint64 *state)
{
  guint64 z = *state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/* Below `limit`, which is at most 2^32; uneven by less than 2^-32. */
static inline guint32
vr_random_below (guint64 *state, guint64 limit)
{
  return (guint32) (((vr_random_next (state) >> 32) * limit) >> 32);
}

/* Above 0 and up to 1. */
static inline double
vr_random_share (guint64 *state)
{
  return (double) ((vr_random_next (state) >> 11) + 1) * 0x1p-53;
}
