/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One trial: known frames at a known rate through a router of a lab that is up, and where they
 * went. */
#pragma once

#include "lab/vr-site.h"
#include "observe/vr-path.h"
#include "traffic/vr-receiver.h"
#include "traffic/vr-sender.h"

typedef struct {
  const char *lab;
  const char *from; /* test ports; NULL: the router's first, and its last */
  const char *to;
  const char *router; /* NULL: the first that both ports are on */
  guint64 count;      /* frames */
  guint64 rate_pps;
  guint size; /* bytes, with FCS */
  guint8 ttl; /* or hop limit, of the frames as sent */
  const VrClock *clock;
} VrTrialRequest;

typedef struct {
  char *router, *from, *to;
  guint64 offered_pps; /* as asked for */
  VrSenderResult sender;
  VrReceiverResult *receiver;
  VrCounters counted; /* during the trial */
  GArray *stages;     /* VrStage: where the lost ones were lost */
  guint8 ttl_sent;
} VrTrial;

/* Waits until a first frame has come through, for some seconds at most, and then runs the trial.
 * VR_ERROR_USAGE for a lab, port or router that is not there or no test port. */
VrTrial *vr_trial_run (const VrSite *site, const VrTrialRequest *request, GError **error);
void vr_trial_free (VrTrial *trial);

guint64 vr_trial_lost (const VrTrial *trial);
/* Of the frames that came, how many had the TTL that one router leaves. */
guint64 vr_trial_ttl_right (const VrTrial *trial);

/* vrkit.load/1, documented in vrkit(1); the caller owns it. */
char *vr_trial_json (const VrTrial *trial);
/* A table for people. */
char *vr_trial_table (const VrTrial *trial);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTrial, vr_trial_free)
