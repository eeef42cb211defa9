/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated host of routers that follow their load. Only vr-simulate-balance*.c include it. */
#pragma once

#include "control/vr-simulate-balance.h"
#include "control/vr-simulate-load.h"

#define VR_SIMULATE_BALANCE_THREADS 2

typedef struct {
  VrCoresLine lines[VR_SIMULATE_BALANCE_THREADS]; /* as they are believed */
  double factor;                                  /* of these, in truth */
  double contract_pps;
  VrSimulateTraffic traffic;
  guint64 random;
  double offered_pps; /* in this period, without noise */
  double arrived;     /* packets, in this period */
  double forwarded;   /* packets, in this period */
  double lost;        /* likewise */
  double queue;       /* packets that wait */
} VrSimulateBalanceRouter;

typedef struct {
  VrSimulateBalanceSpec spec;
  guint64 period_ns;
  double capacity; /* of each CPU */
  VrSimulateBalanceRouter *routers;
  VrCores *cores;
  double time_s; /* at the end of the period */
} VrSimulateBalanceHost;

/* Looks at periods, one after the other; counts and the first break go to `result`, which must
 * outlive it, as the host must. */
typedef struct VrSimulateBalanceCheck VrSimulateBalanceCheck;

VrSimulateBalanceCheck *vr_simulate_balance_check_new (const VrSimulateBalanceHost *host,
                                                       VrSimulateBalanceResult *result);
void vr_simulate_balance_check_free (VrSimulateBalanceCheck *check);
/* The period that was forwarded by the results before, and what was decided after it. */
void vr_simulate_balance_check_period (VrSimulateBalanceCheck *check);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSimulateBalanceCheck, vr_simulate_balance_check_free)
