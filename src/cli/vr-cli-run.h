/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign run for people: what the commands that run one share. */
#pragma once

#include "campaign/vr-campaign.h"
#include "campaign/vr-campaign-session.h"
#include "cli/vr-cli.h"

/* Where campaigns are unless it is said. */
#define VR_CLI_CAMPAIGNS "/var/lib/vrkit/campaigns"

/* Makes the runs that are planned, and shows progress: on a terminal a line that is written over,
 * elsewhere a line each. Errors of vr_campaign_run(). */
gboolean vr_cli_run_session (VrCli *cli, const VrCampaignSession *session,
                             VrCampaignOutcome *outcome, GError **error);
