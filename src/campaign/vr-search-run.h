/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search for a throughput with real trials on one path. */
#pragma once

#include "campaign/vr-search.h"
#include "campaign/vr-trial.h"

/* Of one trial, as it was made. */
typedef struct {
  guint number; /* from 1 */
  VrSearchStep step;
  guint64 asked, sent, received, lost; /* frames */
  double loss_ratio;
  const char *generator, *generator_mode, *receiver; /* by their names */
  gboolean late_burst; /* vr_trial_late_burst(); it counts all the same */
  VrSearchVerdict verdict;
} VrSearchTold;

typedef struct VrSearchReport VrSearchReport;

/* Called after each trial, with the bounds as they are then. */
typedef void (*VrSearchTeller) (const VrSearchReport *report, const VrSearchTold *told,
                                gpointer data);

typedef struct {
  VrTrialRequest trial; /* the rates of its streams are their shares in the rate that is tried */
  const VrSearchMethod *method;
  VrSearchSettings settings;
  guint64 pause_ns;     /* between trials */
  guint trials_most;    /* then it ends, partial */
  guint64 time_most_ns; /* after that no trial begins */
  VrSearchTeller tell;  /* may be NULL */
  gpointer tell_data;
} VrSearchRequest;

typedef enum {
  VR_SEARCH_COMPLETE,
  VR_SEARCH_INTERRUPTED,
  VR_SEARCH_TRIALS_OVER,
  VR_SEARCH_TIME_OVER,
  VR_SEARCH_CEILING, /* what is searched for is above what the tester can send */
} VrSearchEnd;

struct VrSearchReport {
  char *router, *from, *to; /* as of a trial */
  const VrSearchMethod *method;
  VrSearchSettings settings;
  guint64 settle_ns, pause_ns, seed;
  double mean_size; /* bytes with FCS, of all streams at their shares */
  guint trials;
  guint64 duration_ns; /* of all of it */
  guint64 ceiling_pps; /* what the tester can send, measured when it fell short; 0: it did not */
  VrSearchEnd end;
  VrSearchBounds bounds[VR_SEARCH_GOALS_MAX];
  /* A trial at the upper bound lost frames that bursts of the tester may have caused the loss of.
   */
  gboolean upper_late_burst[VR_SEARCH_GOALS_MAX];
};

/* Opens the path once, and makes trials until the search is done, is cancelled, or has had its
 * trials or its time: then what is known so far is in the report. VR_ERROR_USAGE for settings that
 * make no sense, or rates that are too low for a frame of each stream in a trial; else as
 * vr_trial_run(). */
VrSearchReport *vr_search_run (const VrSite *site, const VrSearchRequest *request, GError **error);
void vr_search_report_free (VrSearchReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSearchReport, vr_search_report_free)

/* The rates of streams that together send `rate_pps`, in the ratio of `shares`' rates. */
void vr_search_split (const VrStream *shares, guint count, guint64 rate_pps, VrStream *streams);
/* Bits of frames with FCS a second in packets a second, of all streams; at least 1. */
guint64 vr_search_packets (const VrStream *shares, guint count, guint64 rate_bps);

/* That every goal has its bounds, or no rate that was asked for is too much: what was asked for. */
gboolean vr_search_is_found (const VrSearchReport *report);
/* The tester was the limit of some goal's upper bound. */
gboolean vr_search_tester_limited (const VrSearchReport *report);

/* vrkit.search/1 and vrkit.trial/1, documented in vrkit-search(1), each one line; the caller owns
 * it. */
char *vr_search_json (const VrSearchReport *report);
char *vr_search_trial_json (const VrSearchReport *report, const VrSearchTold *told);
/* For people: a line a trial, what stands above these lines, and the result. */
char *vr_search_trial_line (const VrSearchReport *report, const VrSearchTold *told);
const char *vr_search_trial_head (void);
char *vr_search_table (const VrSearchReport *report);
