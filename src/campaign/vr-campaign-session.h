/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign that this process works on: its directory, locked, its table and its database. */
#pragma once

#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-campaign-resume.h"

typedef struct {
  VrCampaignDir dir;
  VrResults *results;
  VrRunTable *table;
} VrCampaignSession;

void vr_campaign_session_clear (VrCampaignSession *session);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrCampaignSession, vr_campaign_session_clear)
#define VR_CAMPAIGN_SESSION_NONE                                                                   \
  {                                                                                                \
    .dir = { NULL, -1 }                                                                            \
  }

/* Begins a campaign in `path`, where nothing is, with the runs of `choice`, which are planned on
 * this host first; and goes on with one. What the host lacks for claims is kept with it. Both begin
 * with VR_CAMPAIGN_SESSION_NONE, and refuse a host that lacks what the whole experiment needs with
 * VR_ERROR_HOST. Else errors of vr_run_table_new(), vr_run_route_new() and vr_campaign_dir_make();
 * of vr_campaign_dir_open() and vr_campaign_resume(). */
gboolean vr_campaign_session_begin (const VrSite *site, const VrExperiment *experiment,
                                    const VrRunChoice *choice, const char *path,
                                    VrCampaignSession *session, GError **error);
gboolean vr_campaign_session_resume (const VrResume *resume, const char *path,
                                     VrCampaignSession *session, GError **error);
