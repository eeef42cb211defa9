/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `vrkit top` shows of a lab, before it is made lines of: rates, summed up by router and by
 * tenant, with what is reserved. Arithmetic alone. */
#pragma once

#include <json-glib/json-glib.h>

#include "observe/vr-rates.h"

/* A tenant or router: all of its ports and threads together. A router that is made of several (a
 * PVR, an MSR) is one row. */
typedef struct {
  const char *name;     /* borrowed of the lab */
  guint64 rate_pps;     /* a tenant's contract; of routers 0 */
  guint guests, absent; /* that it is of; those of them of which no thread is there */
  gboolean is_known;    /* FALSE: a rate is not known, and the sums are without it */
  double offered_pps;   /* arrived before its interfaces, with what was lost there */
  double forwarded_pps; /* sent by its interfaces */
  double lost_pps;      /* in the queues before them */
  double reserved;      /* CPUs, of its threads together: runtime to period */
  double use;           /* CPUs that its threads had */
  guint cores;          /* CPUs on which those of them ran last that have something reserved */
} VrTopRow;

typedef struct {
  VrThreadRate rate;
  double reserved; /* of a CPU: runtime to period; 0: nothing */
  char *policy;    /* "deadline 5ms/20ms", "quota 10ms/100ms", "other" */
} VrTopThread;

typedef struct {
  const VrRates *rates; /* borrowed */
  const VrLab *lab;     /* borrowed */
  gboolean is_stale;
  GArray *tenants; /* VrTopRow, in the profile's order, as the next */
  GArray *routers; /* VrTopRow */
  GArray *threads; /* VrTopThread */
} VrTop;

/* Sets `top`, which holds zeroes or what an earlier call has left. What is reserved is
 * what the kernel has now. */
void vr_top_fill (VrTop *top, const VrLab *lab, const VrSnapshot *snapshot, const VrRates *rates);

/* vrkit.top/1 as one line; the caller owns it. */
char *vr_top_json (const VrTop *top);

void vr_top_clear (VrTop *top);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrTop, vr_top_clear)
