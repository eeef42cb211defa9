/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the claims of several experiments, by paper. */
#pragma once

#include "campaign/vr-claim-table.h"
#include "campaign/vr-need.h"

/* An experiment, and the campaign of it that counts. */
typedef struct {
  VrExperiment *experiment;
  char *directory;     /* of the campaign; NULL: there is none */
  VrClaimTable *table; /* of it; NULL without, and where it could not be read */
  GPtrArray *results;  /* VrClaimResult *, of the table, or of an experiment that is not measured */
  const char *changed; /* the text of the campaign that is not as it was, vr-campaign-dir.h's; NULL:
                        * none; a profile that cannot be read is not as it was */
  char *failure;       /* why it could not be measured or read; NULL: nothing was wrong */
} VrScore;

/* Reads the newest campaign of the experiment below `base`, if there is one. What goes wrong with
 * it becomes `failure`. Takes the experiment. */
VrScore *vr_score_new (VrExperiment *experiment, const char *base, VrNeedHost *host);
void vr_score_free (VrScore *score);
/* Reads the campaign again, or a newer one. */
void vr_score_refresh (VrScore *score, const char *base, VrNeedHost *host);

/* What is to be done so that the experiment is measured at that pace. A campaign is made anew where
 * its texts have changed, all its runs failed, or the host has now what a claim lacked then. */
typedef enum { VR_SCORE_NOTHING, VR_SCORE_BEGIN, VR_SCORE_RESUME } VrScoreTodo;
VrScoreTodo vr_score_todo (const VrScore *score, VrPace pace, VrNeedHost *host);

/* A table for people, by paper, with sums at the end; vrkit.claims/1. `scores` holds VrScore *. The
 * caller owns them. */
char *vr_scoreboard_print (const GPtrArray *scores);
char *vr_scoreboard_json (const GPtrArray *scores);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrScore, vr_score_free)
