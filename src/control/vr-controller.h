/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds the tenants of a lab to their rates, and has the cores of its routers follow their load:
 * reads what passes, decides (vr-decide.h, vr-cores.h), and reserves, each period anew. */
#pragma once

#include "control/vr-holding.h"
#include "lab/vr-lifecycle.h"
#include "observe/vr-snapshot.h"
#include "traffic/vr-clock.h"

/* Until it is ended; or one decision by the calibrations alone, which is applied, or only told. */
typedef enum { VR_CONTROL_LOOP, VR_CONTROL_ONCE, VR_CONTROL_REHEARSE } VrControlMode;

/* Of a router whose cores follow, since they were decided last. */
typedef struct {
  gboolean is_seen; /* FALSE: its counters could not be read, or are new; the rest is 0 */
  double arrived_pps, forwarded_pps, lost_pps;
} VrControlRates;

/* What a step has seen, decided and done. All is the controller's, and valid while it is told. */
typedef struct {
  const VrHolding *holding;
  const VrDecideResult *results; /* one a tenant that is held */
  gboolean has_followed;         /* cores were decided, too: holding->follow has it */
  const VrControlRates *rates;   /* by which: one a router that follows */
  const VrSnapshot *snapshot;    /* that it was decided by; nothing in it but in a loop */
  guint64 number;                /* of the step, from 0 */
  guint64 time_ns;               /* of what was seen, by a clock that does not go back */
  guint64 wall_ns;               /* since 1970 */
  guint64 period_ns;
  guint changes;           /* threads whose reservation changed */
  guint64 apply_ns;        /* from the decision to where it was read back; 0 without changes */
  const char *error;       /* why they could not be made; NULL */
  const GPtrArray *events; /* char *: what was noticed beside: drift, a lab that was changed */
} VrControlStep;

/* Where nothing else is asked for. */
#define VR_CONTROL_PERIOD_NS 500000000ull

typedef struct {
  VrHoldingRequest holding;
  VrControlMode mode;
  guint64 period_ns;   /* 0: half a second, or that of [balance] where there is no tenant */
  guint64 duration_ns; /* after which the loop ends; 0: never */
  const VrClock *clock;
  VrLabOptions lab_options; /* its cancellable ends the loop, which is no error */
  void (*tell) (const VrControlStep *step, gpointer data);
  gpointer tell_data;
} VrControllerRequest;

/* How a controller has come to its end: as it was asked to, or because the lab was taken down. */
typedef enum { VR_CONTROL_ENDED, VR_CONTROL_LAB_GONE } VrControlEnd;

/* The last reservations stand when it ends, however it does; the next controller goes on from them.
 * A lab that is taken down meanwhile is no error: `end` has it.
 * VR_ERROR_BUSY where another one controls the lab; VR_ERROR_UNWANTED where the lab is not up;
 * errors of vr_holding_read(), and of the first change. Later ones, as
 * when the lab is being changed by somebody else, are told, and tried again. */
gboolean vr_controller_run (const VrSite *site, const VrControllerRequest *request,
                            VrControlEnd *end, GError **error);
