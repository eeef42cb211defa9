/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs of a campaign, in order: block by block, each block one run of each condition. */
#pragma once

#include "base/vr-json.h"
#include "campaign/vr-condition.h"
#include "lab/vr-tune.h"

typedef struct {
  guint id;    /* from 1, in the order in which they are made */
  guint block; /* from 1 */
  const VrCondition *condition;
} VrPlannedRun;

typedef struct {
  const VrExperiment *experiment;
  GPtrArray *conditions; /* VrCondition * */
  guint repetitions;
  VrPace pace;
  GArray *runs; /* VrPlannedRun */
} VrRunTable;

/* What of an experiment is to be run. */
typedef struct {
  const char *const *only; /* "FACTOR=LEVEL", NULL-terminated; NULL: everything */
  guint repetitions;       /* 0: the experiment's */
  VrPace pace;
} VrRunChoice;

/* The experiment's conditions, chosen from and put into order. The same seed gives the same order,
 * whatever the number of repetitions: of n + 1 blocks the first n are those of n. Errors of
 * vr_condition_list() and vr_condition_filter(). The experiment is borrowed. */
VrRunTable *vr_run_table_new (const VrExperiment *experiment, const VrRunChoice *choice,
                              GError **error);
void vr_run_table_free (VrRunTable *table);

/* One block more. */
void vr_run_table_extend (VrRunTable *table);
/* How many blocks there may come to be. */
guint vr_run_table_most (const VrRunTable *table);

/* The condition with that id, or NULL. */
const VrCondition *vr_run_table_condition (const VrRunTable *table, guint id);

/* How the lab comes from each run to the next, and so how long it all takes. */
typedef struct {
  VrTransition *transitions; /* of each run, from the one before; of the first REBUILD */
  guint64 time_ns;           /* about, of the whole campaign */
} VrRunRoute;

/* How one condition becomes another, remembered. */
typedef struct VrTransitions VrTransitions;
VrTransitions *vr_transitions_new (const VrSite *site);
void vr_transitions_free (VrTransitions *transitions);
gboolean vr_transitions_find (VrTransitions *transitions, const VrCondition *from,
                              const VrCondition *to, VrTransition *transition, GError **error);

/* Plans the lab of each condition on this host, so that what the host refuses is refused now.
 * Changes nothing. */
VrRunRoute *vr_run_route_new (const VrSite *site, const VrRunTable *table, GError **error);
void vr_run_route_free (VrRunRoute *route);

/* How long a run takes from its beginning, about, with the pause before it. */
guint64 vr_run_time_ns (const VrExperiment *experiment, const VrCondition *condition);

/* A table for people; vrkit.runs/1. The caller owns them. */
char *vr_run_table_print (const VrRunTable *table, const VrRunRoute *route);
char *vr_run_table_json (const VrRunTable *table, const VrRunRoute *route);

/* "as it is", "tune", "rebuild". */
const char *vr_transition_text (VrTransition transition);

/* "3 min 20 s". The caller owns it. */
char *vr_run_time_text (guint64 time_ns);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrRunTable, vr_run_table_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrRunRoute, vr_run_route_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTransitions, vr_transitions_free)
