/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign's directory: experiment.conf, profile.conf, plan.txt, manifest.json, kernel.config
 * where the host tells it, results.sqlite. It appears as a whole, and one process at a time works
 * in it. */
#pragma once

#include "base/vr-fd.h"
#include "campaign/vr-results.h"

typedef struct {
  char *path; /* absolute */
  VrFd lock;
} VrCampaignDir;

void vr_campaign_dir_clear (VrCampaignDir *dir);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrCampaignDir, vr_campaign_dir_clear)

/* BASE/NAME-N, with the first number above all that are there; and the one with the greatest, NULL
 * where there is none. The caller owns them. */
char *vr_campaign_dir_next (const char *base, const char *name);
char *vr_campaign_dir_last (const char *base, const char *name);

/* Makes the directory with all that is known before the first run; `only` as vr_results_create()'s.
 * `dir` is empty before. VR_ERROR_BUSY where something is there already; VR_ERROR_HOST where it
 * cannot be written. */
gboolean vr_campaign_dir_make (const char *path, const VrSite *site, const VrRunTable *table,
                               const char *only, VrCampaignDir *dir, GError **error);

/* Opens one that is there. VR_ERROR_USAGE where it is not; VR_ERROR_BUSY while another process
 * works in it. */
gboolean vr_campaign_dir_open (const char *path, VrCampaignDir *dir, GError **error);

/* The path of a file in it; the caller owns it. */
char *vr_campaign_dir_file (const char *path, const char *name);

#define VR_CAMPAIGN_EXPERIMENT "experiment.conf"
#define VR_CAMPAIGN_PROFILE "profile.conf"
#define VR_CAMPAIGN_PLAN "plan.txt"
#define VR_CAMPAIGN_MANIFEST "manifest.json"
#define VR_CAMPAIGN_KERNEL_CONFIG "kernel.config"
#define VR_CAMPAIGN_RESULTS "results.sqlite"
