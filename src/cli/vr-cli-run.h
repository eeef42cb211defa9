/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign run for people: what the commands that run one share. */
#pragma once

#include "campaign/vr-campaign.h"
#include "campaign/vr-campaign-session.h"
#include "cli/vr-calibration-show.h"
#include "cli/vr-cli.h"

/* Where campaigns are unless it is said. */
#define VR_CLI_CAMPAIGNS "/var/lib/vrkit/campaigns"

/* What --calibrations says of itself. */
#define VR_CLI_RUN_CALIBRATIONS                                                                    \
  "where calibrations are kept, for experiments with [control] (default: " VR_CALIBRATIONS ")"

/* Makes the runs that are planned, and shows progress: on a terminal a line that is written over,
 * elsewhere a line each. `calibrations` is a directory; NULL: the usual one. Errors of
 * vr_campaign_run(). */
gboolean vr_cli_run_session (VrCli *cli, const VrCampaignSession *session, const char *calibrations,
                             VrCampaignOutcome *outcome, GError **error);
