/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An experiment: the text that says which lab is measured, what varies, and how often. See
 * vrkit-experiment(5) for its syntax. */
#pragma once

#include "config/vr-places.h"

#define VR_EXPERIMENT_FACTORS_MAX 16
#define VR_EXPERIMENT_LEVELS_MAX 256
#define VR_EXPERIMENT_CLAIMS_MAX 32

typedef enum { VR_ORDER_FIXED, VR_ORDER_RANDOM } VrOrder;
/* In full, or with the quick- keys of the experiment in place of theirs. */
typedef enum { VR_PACE_FULL, VR_PACE_QUICK } VrPace;
typedef enum { VR_CONFIDENCE_90, VR_CONFIDENCE_95, VR_CONFIDENCE_99 } VrConfidence;

/* What varies. */
typedef struct {
  char *name;
  VrOrigin origin;
  char *key;  /* "port.left.queue-length", "load.OPTION" or "search.OPTION"; NULL: it names what
               * varies by those that go along with it, or that it goes along with */
  char *with; /* the factor that it goes along with, level by level; NULL: crossed */
  GPtrArray *levels; /* char *, owned */
} VrFactor;

/* Options of `vrkit load`, as texts; NULL where not given. */
typedef struct {
  VrOrigin origin;
  char *from, *to, *router;
  char *duration, *quick_duration, *warm_up, *settle, *line_rate;
  char *count, *rate, *size, *flows, *departures, *ip, *source, *destination, *next_hop, *vlan,
      *ttl;
  char *generator, *xdp_mode, *xdp_copy;
  GPtrArray *streams; /* char *, owned */
} VrExperimentLoad;

/* Options of `vrkit search`, likewise. */
typedef struct {
  VrOrigin origin;
  char *method, *upper, *lower, *width, *loss, *trial, *quick_trial, *pause;
  char *max_repeat, *verify_up_to, *initial_trial, *duration_sum, *exceed;
  char *max_trials, *max_time, *tester_tries;
} VrExperimentSearch;

/* A controller of the lab, beside the load. */
typedef struct {
  VrOrigin origin;
  guint64 period_ns; /* 0: not given */
  gboolean guess;    /* an index of "false", "true" */
} VrExperimentControl;

/* "FACTOR=LEVEL FACTOR=LEVEL", char *, owned. */
typedef struct {
  VrOrigin origin;
  GPtrArray *exclude;
  GPtrArray *list;
} VrExperimentConditions;

typedef enum {
  VR_CLAIM_ORDER,
  VR_CLAIM_RATIO,
  VR_CLAIM_LINEAR,
  VR_CLAIM_PLATEAU,
  VR_CLAIM_SPREAD,
  VR_CLAIM_TESTS
} VrClaimTest;

/* A claim as it is written; texts are NULL where they are not given. vr-claim-spec.h reads it. */
typedef struct {
  char *name;
  VrOrigin origin;
  char *row;  /* of the papers' table, "A3" */
  char *says; /* one sentence */
  VrClaimTest test;
  char *measure, *along, *where, *peak, *last, *confidence;
  char *order, *margin; /* of an order */
  char *of, *within;    /* of a ratio or a spread */
  char *r_squared;      /* of a line, as the two next */
  guint points;
  gboolean to_peak; /* an index of "false", "true" */
  char *fall;       /* of a plateau */
  GPtrArray *needs; /* char *, owned */
} VrExperimentClaim;

typedef struct {
  VrOrigin origin;
  char *path; /* absolute */
  char *text; /* the file as it was read */
  char *name;
  char *title;   /* may be NULL */
  char *axis;    /* a factor, the x axis of figures; NULL: not said */
  char *profile; /* absolute path */
  char *bundle;  /* the one that it came in, where `path` is and `profile` was; NULL: none */
  guint repetitions, quick_repetitions;
  VrCount stop_width;      /* percent; not given: no blocks are added */
  VrCount max_repetitions; /* given with it, and not below `repetitions` */
  VrOrder order;
  guint seed;
  VrConfidence confidence;
  guint64 pause_ns; /* before each run */
  guint retries;
  GPtrArray *needs;                   /* char *, owned: what the host must have */
  GPtrArray *factors;                 /* VrFactor *, owned */
  GPtrArray *claims;                  /* VrExperimentClaim *, owned */
  VrExperimentLoad *load;             /* never NULL once it is read */
  VrExperimentSearch *search;         /* NULL: a run sends the load as it is */
  VrExperimentControl *control;       /* NULL: the lab has no controller */
  VrExperimentConditions *conditions; /* likewise */
  VrPlaces *places;                   /* of the keys */
} VrExperiment;

/* Reads it. The keys and values are as they should be, factors go together, and claims are of
 * conditions that are measured; what levels make of the profile and the load is
 * vr_condition_list()'s to check.
 * VR_ERROR_USAGE: there is no such file; VR_ERROR_PERMISSION; VR_ERROR_PROFILE, with FILE:LINE. */
VrExperiment *vr_experiment_load (const char *path, GError **error);
/* The same from a text that would be at `path`, which is absolute. */
VrExperiment *vr_experiment_parse (const char *text, const char *path, GError **error);
void vr_experiment_free (VrExperiment *experiment);

/* The factor of that name, or NULL. */
const VrFactor *vr_experiment_factor (const VrExperiment *experiment, const char *name);

/* Of 1: 0.99. */
double vr_experiment_confidence (const VrExperiment *experiment);

/* The tables; the root is a VrExperiment. */
const VrSchema *vr_schema_experiment (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrExperiment, vr_experiment_free)
