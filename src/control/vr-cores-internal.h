/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers on their CPUs. Only vr-cores*.c include it. */
#pragma once

#include "control/vr-cores-level.h"

#define VR_CORES_NONE G_MAXUINT

typedef struct {
  VrCoresCpu is;
  double load; /* by the routers */
  guint users; /* their cores: one router may have it more than once */
} VrCoresCpuState;

/* Where a router is, of which a step may be taken back. */
typedef struct {
  guint level;   /* VR_CORES_NONE: it is not placed */
  guint *places; /* of each core of each member: index of a CPU; room for the highest level */
  double *loads; /* of these */
  guint count;   /* how many there are */
} VrCoresPlace;

typedef struct {
  VrCoresRouter is; /* lines: owned */
  GArray *levels;   /* VrCoresLevel */
  guint least;      /* that forwards the contract, or the highest */
  guint below;      /* for so many periods it could fall */
  guint waited;     /* for so many it should have risen, and nothing was tried to make room */
  guint rest;       /* for so many more none of its cores is moved */
  gboolean has_rate;
  gboolean is_held;        /* its number of members stays */
  double correction;       /* of what the lines say it forwards: up to 1 */
  VrCoresPlace at, before; /* as it is placed, and was before the last step */
  guint *cpus;             /* for the result */
  double *shares;          /* likewise */
} VrCoresRouterState;

/* A core of a router that goes elsewhere, so that another one has room. */
typedef struct {
  guint router; /* number */
  guint core;   /* of its places */
  guint cpu;    /* index: where it was */
} VrCoresMove;

struct VrCores {
  VrCoresConfig config;
  VrCoresCpuState *cpus;
  guint cpus_count;
  VrCoresRouterState *routers;
  guint routers_count;
  VrCoresResult *results;
  guint *order;     /* of routers, by priority */
  GArray *moves;    /* VrCoresMove: of the placing in hand */
  guint moves_most; /* that it may make */
};

/* To the highest level that has room, from `level` down to `least`; where that is none, as it was.
 */
gboolean vr_cores_go_to (VrCores *cores, VrCoresRouterState *router, guint level, guint least);

/* The same for one that is placed nowhere yet, down to `least` of its own; it keeps the CPUs that
 * it has by `is.start_cpus` where they are all known and have room. */
gboolean vr_cores_start (VrCores *cores, VrCoresRouterState *router, guint level);

/* To that level and no other, with `most` cores of other routers going elsewhere at the most; where
 * that does not do, all are as they were. Those that have gone are told of, and rest. */
gboolean vr_cores_go_with_room (VrCores *cores, VrCoresRouterState *router, guint level,
                                guint most);

/* Remembers where all routers are, and takes what has happened since back. */
void vr_cores_mark (VrCores *cores);
void vr_cores_restore (VrCores *cores);
