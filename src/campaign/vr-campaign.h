/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign: the runs of a table made one after the other, and stored. */
#pragma once

#include "campaign/vr-beside.h"
#include "campaign/vr-campaign-dir.h"

typedef enum {
  VR_CAMPAIGN_BEGIN,  /* a try of a run */
  VR_CAMPAIGN_DONE,   /* it is stored, with its sample */
  VR_CAMPAIGN_FAILED, /* it is stored, with its reason */
} VrCampaignStep;

/* What happens; all is valid during the call alone. */
typedef struct {
  VrCampaignStep step;
  guint run, runs; /* its number, and how many there are */
  guint block;
  const VrCondition *condition;
  const VrAttempt *attempt; /* NULL at the beginning */
  guint64 left_ns;          /* about, of the runs after this one */
} VrCampaignEvent;

typedef void (*VrCampaignFunction) (const VrCampaignEvent *event, gpointer data);

typedef struct {
  VrRunTable *table; /* the campaign's whole; grows where blocks are added */
  const char *directory;
  VrResults *results;
  const VrClock *clock;
  VrLabOptions lab_options;   /* of changes of the lab; its cancellable ends the campaign */
  const VrBesideKind *beside; /* what an experiment with [control] has run */
  const char *calibrations;   /* that it goes by: their directory */
  VrCampaignFunction tell;    /* may be NULL */
  gpointer tell_data;
} VrCampaign;

/* What came of it, earlier parts of a resumed campaign included, but for the times. */
typedef struct {
  guint runs, done, failed;
  guint64 time_ns;      /* from the first change of the lab to its end */
  guint64 measuring_ns; /* of it, pauses, warming up, sending, and waiting for the last frames */
} VrCampaignOutcome;

/* Makes the runs that are still planned. The lab is brought up for the first, changed between runs
 * as little as may be, and taken down at the end, whatever that is. A run that fails is stored with
 * its reason, and tried again as often as the experiment says; then the lab is brought up anew.
 * VR_ERROR_BUSY where the lab is up for somebody else. VR_ERROR_UNWANTED when it was interrupted:
 * what was in hand is not stored. Else an error of the database, or of taking the lab down. */
gboolean vr_campaign_run (const VrSite *site, const VrCampaign *campaign,
                          VrCampaignOutcome *outcome, GError **error);
