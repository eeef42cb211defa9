/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign that was begun, taken up again. */
#pragma once

#include "campaign/vr-campaign-dir.h"

typedef enum { VR_RESUME_SAME_HOST, VR_RESUME_ANY_HOST } VrResumeHost;

typedef struct {
  const VrSite *site;
  const VrExperiment *experiment;
  VrResumeHost host;
  guint64 time_ns; /* now, since the Unix epoch */
} VrResume;

/* *changed becomes which text of the campaign in `directory` is not as the experiment's is now,
 * that file's name as vr-campaign-dir.h has it; NULL: none is. VR_ERROR_HOST where one cannot be
 * read; errors of vr_profile_load(). */
gboolean vr_campaign_find_change (const char *directory, const VrExperiment *experiment,
                                  const char **changed, GError **error);

/* The runs that the campaign in `dir` was begun with; what has become of them is in `results`.
 * VR_ERROR_USAGE where the experiment or its profile has changed since, VR_ERROR_HOST where the
 * host, the versions or the images have, unless any host will do: then that is noted in `results`.
 */
VrRunTable *vr_campaign_resume (const VrCampaignDir *dir, VrResults *results,
                                const VrResume *resume, GError **error);

/* Of the campaign in `directory` the runs that are still to be made, as a resumption would make
 * them; there may be none. Changes and locks nothing, and does not ask whether the host is the
 * same. VR_ERROR_USAGE where there is no campaign; else as the last, and as vr_results_open(). */
VrRunTable *vr_campaign_rest (const char *directory, const VrExperiment *experiment,
                              GError **error);
