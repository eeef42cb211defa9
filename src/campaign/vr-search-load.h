/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trials by the rate that they were made at, and what RFC 9971 says of a rate. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 duration_ns;
  double loss_ratio;
} VrSearchTrial;

typedef struct {
  guint64 rate_pps;
  gboolean by_tester; /* the tester cannot send it: an upper bound for any goal */
  GArray *trials;     /* VrSearchTrial, ascending by loss */
} VrSearchLoad;

/* A Search Goal of RFC 9971, but for its width. */
typedef struct {
  double loss_ratio, exceed_ratio;
  guint64 final_ns, sum_ns; /* Goal Final Trial Duration, Goal Duration Sum */
} VrSearchGoal;

typedef enum { VR_SEARCH_UNDECIDED, VR_SEARCH_LOWER, VR_SEARCH_UPPER } VrSearchClass;

/* RFC 9971 appendix A, "Load Classification Code". */
VrSearchClass vr_search_load_class (const VrSearchLoad *load, const VrSearchGoal *goal);
/* RFC 9971 appendix B, "Conditional Throughput Code"; packets a second. */
double vr_search_load_throughput (const VrSearchLoad *load, const VrSearchGoal *goal);

typedef struct VrSearchLoads VrSearchLoads; /* of different rates */

VrSearchLoads *vr_search_loads_new (void);
void vr_search_loads_free (VrSearchLoads *loads);
/* The load of that rate, made where it is not there yet; owned by `loads`, and valid until then. */
VrSearchLoad *vr_search_loads_get (VrSearchLoads *loads, guint64 rate_pps);
/* The same, or NULL. */
const VrSearchLoad *vr_search_loads_find (const VrSearchLoads *loads, guint64 rate_pps);
void vr_search_load_add (VrSearchLoad *load, guint64 duration_ns, double loss_ratio);
/* The relevant bounds: the least upper bound, and the greatest lower bound below it. NULL: none. */
void vr_search_loads_bounds (const VrSearchLoads *loads, const VrSearchGoal *goal,
                             const VrSearchLoad **lower, const VrSearchLoad **upper);
