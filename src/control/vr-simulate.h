/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rate controller (control/vr-decide.h) against a host that is made up, for as long as a day in
 * seconds, with what it must keep to looked at in each period. The same specification gives the
 * same result.
 *
 * A tenant is a router with one thread on one core, which forwards f · (intercept + slope · share)
 * packets a second, with noise, and a queue before it; f is drawn, and what the controller believes
 * is f = 1. On each core the contracts take `fill` of its capacity by what is believed. Cores lose
 * capacity for a time, guests hang, start anew and cannot be read, the host is suspended. */
#pragma once

#include "control/vr-decide.h"
#include "control/vr-simulate-load.h"

#define VR_SIMULATE_TENANTS_MAX 100000
#define VR_SIMULATE_CORES_MAX 4096
#define VR_SIMULATE_CORE_TENANTS_MAX 100u /* as the least share is 0.2 % */
/* Tenants times periods: some minutes of real time. */
#define VR_SIMULATE_STEPS_MAX 5000000000ull

typedef struct {
  guint tenants; /* without `record`; with it, as many as it has */
  guint cores;
  guint64 duration_ns, period_ns, seed;
  double fill;     /* of each core's capacity: above 0, up to 1 */
  double falsify;  /* f is within 1 - falsify to 1 + falsify: 0 to 0.5 */
  double noise;    /* of what is forwarded in a period, to both sides: 0 to 0.2 */
  double shortage; /* part of the cores that have a third to two thirds of their capacity for a
                      24th of the time */
  double faults;   /* part of the tenants that have one */
  gboolean is_open_loop;          /* calibrations are not corrected */
  const VrSimulateRecord *record; /* NULL: the load is made up. Borrowed */
} VrSimulateSpec;

/* What must hold. A core is calm when nothing has changed on it that matters for so long as the
 * controller may take to settle: 5 s, or five periods; a minute of calm, or 12 periods, is a
 * window. A core suffices where the rates of its tenants fit, by what they take and by what is
 * believed. */
typedef enum {
  VR_SIMULATE_BOUNDS,      /* each period: shares lie within the threads' bounds */
  VR_SIMULATE_CAPACITY,    /* each period: those of a core are no more than its capacity */
  VR_SIMULATE_PERIOD,      /* each period of calm: of what is offered of the contract, 90 % less
                              the noise is forwarded */
  VR_SIMULATE_CONTRACT,    /* each window: 98 % of it */
  VR_SIMULATE_LIMIT,       /* each window: no more than 102 % of the limit */
  VR_SIMULATE_OSCILLATION, /* each window: no share swings to and fro more than once, by 5 % of it
                              or its contract's, or, where it has what others leave, of the core */
  VR_SIMULATE_FAIRNESS,    /* each window on a core that does not even suffice for the guarantees:
                              none of lower priority has anything while one of a higher lacks some;
                              those of one priority have the same part, within a fifth; and
                              nothing of the core is left over */
  VR_SIMULATE_RULES,
} VrSimulateRule;

/* A stable word, "contract", and a sentence's part. Static. */
const char *vr_simulate_rule_id (VrSimulateRule rule);
const char *vr_simulate_rule_text (VrSimulateRule rule);

typedef struct {
  VrSimulateSpec spec;
  guint64 periods;
  guint64 looked_at[VR_SIMULATE_RULES]; /* how often */
  guint64 broken[VR_SIMULATE_RULES];
  char *first;                          /* the first break: time, tenant, figures; NULL: none */
  guint64 problems[VR_DECIDE_PROBLEMS]; /* a period of a tenant is one */
  guint64 reasons[VR_DECIDE_REASONS];   /* likewise */
  guint64 changes;                      /* of shares */
  double offered, forwarded;            /* packets */
  double contracted;                    /* of what was offered, that contracts cover; packets */
  double worst; /* windows on cores that suffice: the least part of its contract's share of what
                   was offered that a tenant was forwarded; 1 without windows */
  guint windows_short; /* on cores that did not suffice */
} VrSimulateResult;

VrSimulateSpec vr_simulate_spec_default (void);
/* VR_ERROR_USAGE, naming the option that is named as the field. */
gboolean vr_simulate_spec_check (const VrSimulateSpec *spec, GError **error);

/* The result is the caller's. */
VrSimulateResult *vr_simulate_run (const VrSimulateSpec *spec, GError **error);
void vr_simulate_result_free (VrSimulateResult *result);
gboolean vr_simulate_result_is_good (const VrSimulateResult *result);

/* For people, and as vrkit.simulate/1; the caller owns them. */
char *vr_simulate_result_table (const VrSimulateResult *result);
char *vr_simulate_result_json (const VrSimulateResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSimulateResult, vr_simulate_result_free)
