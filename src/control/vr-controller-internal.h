/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A controller at work. Only vr-controller*.c include it. */
#pragma once

#include "control/vr-control-lock.h"
#include "control/vr-control-retry.h"
#include "control/vr-control-watch.h"
#include "control/vr-controller.h"
#include "lab/vr-tune.h"

/* Counters of a router that follows, when cores were decided last. */
typedef struct {
  gboolean is_known;
  guint64 arrived, forwarded, lost;
} VrControlSeen;

typedef struct {
  const VrSite *site;
  const VrControllerRequest *request;
  VrHolding *holding;
  VrDecider *decider;
  VrControlMemory *memory;
  VrSnapshotReader *reader;
  VrSnapshot snapshot;
  GArray *counters; /* VrDecideCounters, one a tenant */
  GArray *used;     /* guint64: CPU time of each of the contract's threads, in their order */
  VrControlWatches
      *watches;          /* of these, and of those that follow; kept when the lab is read anew */
  GArray *seen;          /* VrControlSeen, one a router that follows */
  GArray *rates;         /* VrControlRates, likewise: of this step */
  gboolean has_followed; /* in this step */
  gboolean is_new; /* no change has come to its end since the lab was read: what supports it is to
                    * be changed, too */
  gboolean has_scaled; /* guests have come or gone by the last change: the lab is to be read anew */
  guint64 period_ns;
  guint64 followed_ns; /* of the snapshot by which cores were decided last; 0: none was */
  guint64 looked_ns;   /* when drifts were looked for last; 0: never */
  GHashTable *drifts;  /* set of threads, "r1/emulator": those found in this step that are not as
                        * the lab's schedule has them, and that nobody has dealt with yet; owned */
  VrPlan *plan;        /* by which they are looked for, while no change has left another */
  char *plan_profile;  /* that it is of; NULL: none */
  GPtrArray *events;
  VrControlRetry retry; /* of a lab that was changed and could not be read anew */
  VrTuneMemory *tuning; /* kept from change to change; NULL: none yet */
  guint place_rest;     /* for so many periods the threads that @auto placed stay where they are */
  guint64 number;
} VrControlSession;

/* For the step's events; takes the text. */
void vr_control_notice (VrControlSession *session, char *event);

/* The lab as it is now, and a decider for it. On failure all is as it was. */
gboolean vr_control_read_lab (VrControlSession *session, GError **error);

/* A lab that somebody has changed, or of which a guest was made anew, is read anew; while that is
 * not to be done, the controller goes on with what it knows, and looks again (vr-control-retry.h).
 * FALSE where the lab has gone. */
gboolean vr_control_follow_lab (VrControlSession *session);

/* Reads a snapshot, and out of it the counters of each tenant and its threads. */
void vr_control_observe (VrControlSession *session);
/* Of an MSR, where the port is its inner one: the back-end before which packets may be lost there;
 * else NULL. */
const VrRouter *vr_control_backend (const VrControlSession *session, const VrSnapshotPort *port);
/* Where a period of [balance] is over: decides by the last snapshot which cores routers have, and
 * sets `rates`, one a router that follows; what the tenants' pools have is what is left. Returns
 * whether it was so. */
gboolean vr_control_follow_load (VrControlSession *session, VrControlRates *rates);
/* What that has decided could not be made so. */
void vr_control_follow_back (VrControlSession *session);

/* The thread in the last snapshot, or NULL. */
const VrSnapshotThread *vr_control_seen (const VrControlSession *session,
                                         const VrContractThread *thread);

/* Whether drifts are to be looked for, so long after the last time. */
gboolean vr_control_look_is_due (guint64 period_ns, guint64 passed_ns);
/* Where it is time, finds the threads of the lab's schedule that somebody else has changed in
 * policy or CPUs, whoever decides upon them; after vr_control_observe(). */
void vr_control_look (VrControlSession *session);
/* Whether the thread, "r1/vhost.left", or a worker of it is one of these, which it is no more. */
gboolean vr_control_take_drift (VrControlSession *session, const char *thread);

/* Makes what was decided so; `count` is the number of threads that it changes. On failure the lab
 * is as it was, and the decider knows. */
gboolean vr_control_apply (VrControlSession *session, const VrDecideResult *results, guint *count,
                           GError **error);
