/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search for a throughput: which rate to try next, and what is known after. Arithmetic alone: the
 * caller runs the trials. A method is a file with a row of VrSearchMethod, named in vr-search.c. */
#pragma once

#include <glib.h>

#define VR_SEARCH_GOALS_MAX 8
#define VR_SEARCH_TESTER_TRIES 3 /* by default */

/* How far apart the bounds may be at the end: a share of the upper one, or packets a second. One of
 * the two is 0. Bounds that are 1 a second apart are always near enough. */
typedef struct {
  double ratio;
  guint64 rate_pps;
} VrSearchWidth;

typedef struct {
  guint64 lower_pps, upper_pps; /* the least and the greatest rate to try, of all streams */
  VrSearchWidth width;
  double loss_ratios[VR_SEARCH_GOALS_MAX]; /* goals: lost to sent at most, ascending, below 1 */
  guint goals_count;
  guint64 trial_ns; /* of a trial that counts in full */

  /* A trial that the tester was the limit of says nothing of what is tested. It is repeated, since
   * the tester may have been held up; after so many the tester cannot send that rate. */
  guint tester_tries;

  guint max_repeat;    /* tst009: trials at one rate at most, the first included */
  double verify_ratio; /* tst009: with more lost than this a trial is not repeated */

  guint64 initial_ns;  /* mlr: of the first trials */
  guint64 sum_ns;      /* mlr: of the trials at a rate, in all, that decide upon it */
  double exceed_ratio; /* mlr: share of these that may lose more than the goal, below 1 */
} VrSearchSettings;

/* What to try. */
typedef struct {
  guint64 rate_pps;
  guint64 duration_ns;
} VrSearchStep;

/* What came of it. */
typedef struct {
  double loss_ratio; /* lost to sent */
  gboolean tester_limited;
} VrSearchOutcome;

typedef enum {
  VR_SEARCH_COUNTED,
  VR_SEARCH_AGAIN,  /* the tester was the limit: the same is to be tried again */
  VR_SEARCH_TESTER, /* it was so every time: the rate is an upper bound, by the tester */
} VrSearchVerdict;

/* What is known for one goal. */
typedef struct {
  guint64 lower_pps; /* the greatest rate that is good enough; 0: none */
  guint64 upper_pps; /* the least rate above it that is not; 0: none */
  gboolean upper_by_tester;
  double throughput_pps; /* what comes through at the lower bound; 0: none */
  gboolean is_narrow;    /* there are both, and they are near enough */
} VrSearchBounds;

typedef struct {
  const char *name;
  const char *summary;
  const char *const *options;  /* of the command line, that are its own; NULL-terminated */
  VrSearchSettings defaults;   /* all but the rates */
  guint64 settle_ns, pause_ns; /* wait for the last frames, and between trials, by default */
  guint goals_most;

  gpointer (*start) (const VrSearchSettings *settings);
  gboolean (*next) (gpointer state, VrSearchStep *step); /* FALSE: done */
  /* Of what next() told last. */
  void (*take) (gpointer state, const VrSearchOutcome *outcome);
  void (*bounds) (gconstpointer state, guint goal, VrSearchBounds *bounds); /* all but is_narrow */
  void (*end) (gpointer state);
} VrSearchMethod;

/* The methods, NULL-terminated. */
const VrSearchMethod *const *vr_search_methods (void);
/* VR_ERROR_USAGE for a name that none has. */
const VrSearchMethod *vr_search_method (const char *name, GError **error);

typedef struct VrSearch VrSearch;

/* VR_ERROR_USAGE for settings that make no sense. They are copied. */
VrSearch *vr_search_new (const VrSearchMethod *method, const VrSearchSettings *settings,
                         GError **error);
void vr_search_free (VrSearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSearch, vr_search_free)

/* FALSE when there is nothing left to try. */
gboolean vr_search_next (VrSearch *search, VrSearchStep *step);
/* What came of the step that was told last. */
VrSearchVerdict vr_search_take (VrSearch *search, const VrSearchOutcome *outcome);
/* For goal number `goal`, as it is now. */
VrSearchBounds vr_search_bounds (const VrSearch *search, guint goal);

/* For methods. */
guint64 vr_search_width_pps (const VrSearchSettings *settings, guint64 upper_pps);
gboolean vr_search_is_narrow (const VrSearchSettings *settings, guint64 lower_pps,
                              guint64 upper_pps);
