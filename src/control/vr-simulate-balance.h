/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cores that follow the load (control/vr-cores.h) on a host that is made up, with what they must
 * keep to looked at in each period. The same specification gives the same result.
 *
 * A router has members of one or two threads, whose lines are drawn. Each member forwards the least
 * of f · (intercept + slope · share) of its threads, with noise, and before the router is a queue;
 * f is drawn, and what is believed is f = 1. What [balance] says of thresholds, cores and members
 * holds for every router; a member is there as soon as it is decided. The CPUs have no SMT, and
 * share last-level caches by eight. The load is made up (control/vr-simulate-load.h), of contracts
 * that take a twentieth to three tenths of a CPU each. */
#pragma once

#include "control/vr-cores.h"
#include "model/vr-follow-settings.h"

#define VR_SIMULATE_BALANCE_ROUTERS_MAX 10000
#define VR_SIMULATE_BALANCE_CORES_MAX 1024
/* Routers times periods. */
#define VR_SIMULATE_BALANCE_STEPS_MAX 100000000ull

typedef struct {
  const VrFollowSettings *settings; /* its routers and cpus mean nothing; borrowed */
  guint routers, cores;
  guint64 duration_ns, seed;
  double falsify; /* f is within 1 - falsify to 1 + falsify: 0 to 0.5 */
  double noise; /* of what arrives and of what is forwarded in a period, to both sides: 0 to 0.2 */
} VrSimulateBalanceSpec;

/* What must hold. A router is calm when what is offered to it has changed by no more than a
 * twentieth for 10 s, or 10 periods where these are longer, and CPUs had room for it; a minute of
 * calm, or 12 periods, is a window. */
typedef enum {
  VR_SIMULATE_BALANCE_ROOM,     /* each period: reservations of a CPU fit it */
  VR_SIMULATE_BALANCE_CONTRACT, /* each period: no router is below its contract's level */
  VR_SIMULATE_BALANCE_FOLLOWS,  /* each period of calm: 97 % less the noise of what is offered is
                                   forwarded, where the router has a level more to go to */
  VR_SIMULATE_BALANCE_RETURNS,  /* each period of calm, once patience and three times the filter's
                                   time are over: the level below would not do, or may have
 no room */
  VR_SIMULATE_BALANCE_OSCILLATION, /* each window: what is reserved does not turn more than once */
  VR_SIMULATE_BALANCE_MOVES,       /* each core that is moved: its router has had none moved for
                                      VR_CORES_REST periods, and the one that it makes room for grows */
  VR_SIMULATE_BALANCE_RULES,
} VrSimulateBalanceRule;

/* A stable word, "follows", and a sentence's part. Static. */
const char *vr_simulate_balance_rule_id (VrSimulateBalanceRule rule);
const char *vr_simulate_balance_rule_text (VrSimulateBalanceRule rule);

typedef struct {
  VrSimulateBalanceSpec spec;
  guint64 periods;
  guint64 looked_at[VR_SIMULATE_BALANCE_RULES]; /* how often */
  guint64 broken[VR_SIMULATE_BALANCE_RULES];
  char *first;                       /* the first break: time, router, figures; NULL: none */
  guint64 reasons[VR_CORES_REASONS]; /* a period of a router is one */
  guint64 changes;                   /* of levels */
  guint64 member_changes;            /* those of them by which members came or went */
  guint64 moves;                     /* of cores, so that another router had room */
  double offered, forwarded;         /* packets */
  double reserved_mean;              /* CPUs, of all routers, over the time */
  double reserved_most;              /* in one period */
} VrSimulateBalanceResult;

/* 100 routers on 64 cores for a day; without settings. */
VrSimulateBalanceSpec vr_simulate_balance_spec_default (void);

/* The result is the caller's. VR_ERROR_USAGE for a field out of its bounds, named as the option of
 * `vrkit simulate`, for settings whose policy is not dynamic, and for cores on which contracts have
 * no room. */
VrSimulateBalanceResult *vr_simulate_balance_run (const VrSimulateBalanceSpec *spec,
                                                  GError **error);
void vr_simulate_balance_result_free (VrSimulateBalanceResult *result);
gboolean vr_simulate_balance_result_is_good (const VrSimulateBalanceResult *result);

/* For people, and as vrkit.follow/1; the caller owns them. */
char *vr_simulate_balance_result_table (const VrSimulateBalanceResult *result);
char *vr_simulate_balance_result_json (const VrSimulateBalanceResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSimulateBalanceResult, vr_simulate_balance_result_free)
