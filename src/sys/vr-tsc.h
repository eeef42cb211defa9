/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast the host's time-stamp counter runs. TCG gives it to guests, whose kernel would measure
 * it by an emulated timer: on a host that is busy meanwhile it then takes a clock for its own that
 * is several times too fast. */
#pragma once

#include <glib.h>

/* Nanoseconds of a monotonic clock. */
typedef gint64 (*VrTscClock) (gpointer data);

typedef struct {
  const char *cache_path; /* where the answer is kept; NULL: nowhere. Its directory must exist. */
  const char *boot_id;    /* of this boot of the host: an answer of another one is not used */
  VrTscClock clock;
  gpointer clock_data;
} VrTscArgs;

/* In kHz, to some parts in 100,000, and the same number for as long as the host runs and the cache
 * is there. 0 where the counter may stop or change its pace, and where the processor has none.
 * Takes 20 ms where it is not remembered. */
guint64 vr_tsc_khz (const VrTscArgs *args);
