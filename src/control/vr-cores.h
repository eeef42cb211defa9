/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has the cores of routers follow their load, as LVRM does (Fig. 11 and 12), for routers that are
 * guests: a pure function of a description of CPUs and routers, of rates, and of what was decided
 * before.
 *
 * A router has levels, each of which forwards more than the one below: a larger reservation of its
 * cores, then more cores for the threads of a member, then one member more. By its filtered arrival
 * rate it rises as soon as the rate is above `up` of what its level forwards, to the first level
 * where that is not so; it falls when the rate has been below `down` of what a lower level forwards
 * for `patience` periods. As `down` is below `up`, a rate that stays leaves a level alone. Fewer
 * cores may need more room on one of them than there is: then it falls as far as it can. It never
 * falls below the level that forwards its contract.
 *
 * Cores are chosen in this order: idle ones of the last-level cache that the router is in already,
 * idle ones of the cache that has the most of them, idle siblings of busy ones likewise, shared
 * ones of its own cache, shared ones.
 * Among equal ones it is the least loaded, and the first. What shrinks goes before what grows, and
 * what grows goes by priority.
 *
 * What a router has stays where it is, so that room may be left in pieces. When a router has been
 * without room for one level more for `patience` periods, a core of another one may go elsewhere:
 * where the router fits after that, and there is room for the core. It is the one that takes least;
 * only one goes in a period, and none of a router of which one has gone for VR_CORES_REST periods.
 * Routers that are placed at the beginning get room for their contracts by as many as that takes.
 */
#pragma once

#include <glib.h>

#define VR_CORES_THREADS_MAX 8
/* Periods in which none of a router's cores is moved again. */
#define VR_CORES_REST 60
#define VR_CORES_NOBODY G_MAXUINT

typedef enum {
  VR_CORES_FIXED,   /* each router stays at its contract's level */
  VR_CORES_DYNAMIC, /* levels follow the load */
} VrCoresPolicy;

typedef struct {
  VrCoresPolicy policy;
  guint64 filter_ns; /* time constant of arrival rates */
  double up, down;   /* above 0, down below up, up at most 1 */
  guint patience;    /* periods */
  double step;       /* of a reservation between two levels, as a part of what cores can forward */
  double capacity;   /* of each core, that reservations may take: at most 1 */
} VrCoresConfig;

/* LVRM's period of 1 s and, since it names no thresholds: up at 90 %, down at 70 %, after three
 * periods; steps of a quarter, 95 % of each core. */
VrCoresConfig vr_cores_config_default (void);

typedef struct {
  guint id;               /* the kernel's number */
  guint core;             /* equal for SMT siblings */
  gboolean beside_system; /* another CPU of its core is kept for the system */
  gint64 llc;             /* equal where CPUs share a last-level cache, as VrHostCpu has it */
  double taken;           /* by what is not controlled here: 0 to 1 */
} VrCoresCpu;

/* What a thread forwards by its share, of a calibration. */
typedef struct {
  double intercept_pps, slope_pps; /* slope above 0 */
} VrCoresLine;

typedef struct {
  const char *name; /* for messages; borrowed for as long as the cores live */
  double contract_pps;
  double limit_pps; /* more it is never to have; 0: no limit */
  gint priority;    /* the higher goes first */
  guint members_least, members_most;
  guint cores_least, cores_most; /* of a member; 0: one, and as many as threads */
  guint threads;                 /* of a member: 1 to VR_CORES_THREADS_MAX */
  const VrCoresLine *lines;      /* of these; copied */
  double start_pps;              /* what it forwards with what it has already; 0: nothing */
  guint start_members;           /* that have it; 0: one */
  const guint *start_cpus; /* ids, one a thread of each of these, those of the first member first;
                            * NULL: not known; borrowed until vr_cores_new() returns */
} VrCoresRouter;

typedef struct {
  guint members;
  guint cores;     /* of each member */
  double rate_pps; /* that it forwards, all members together */
} VrCoresLevel;

typedef enum {
  VR_CORES_STEADY,
  VR_CORES_GROWN,
  VR_CORES_SHRUNK,
  VR_CORES_PATIENT, /* it could fall, and has not been able to for long enough, or no lower level
                     * has room */
  VR_CORES_FULL,    /* it should rise, and there is no core with room for it */
  VR_CORES_MOVED,   /* steady or patient, and on another core, so that another router has room */
  VR_CORES_REASONS,
} VrCoresReason;

/* A stable word, "grown". Static. */
const char *vr_cores_reason_id (VrCoresReason reason);

typedef struct {
  double rate_pps;     /* filtered */
  VrCoresLevel before; /* members 0: it had none */
  VrCoresLevel level;
  VrCoresReason reason;
  gboolean is_placed; /* FALSE: not even its contract's level has room; it is placed nowhere */
  guint moved_for;    /* the number of the router for which a core of it was moved in this step, or
                       * at the beginning; VR_CORES_NOBODY: none was */
  /* Of members × threads: those of the first member first. The decider's, until the next step. */
  const guint *cpus;    /* ids */
  const double *shares; /* of a CPU */
} VrCoresResult;

typedef struct VrCores VrCores;

/* Places every router at its contract's level, or at that of what it has already. VR_ERROR_PROFILE
 * for what makes no sense. */
VrCores *vr_cores_new (const VrCoresConfig *config, const VrCoresCpu *cpus, guint cpus_count,
                       const VrCoresRouter *routers, guint routers_count, GError **error);
void vr_cores_free (VrCores *cores);

/* The levels of a router, ascending. */
const VrCoresLevel *vr_cores_levels (const VrCores *cores, guint router, guint *count);

/* Of a member of the router. */
guint vr_cores_threads (const VrCores *cores, guint router);

/* One period: `arrived_pps` has one row a router, over `dt_ns`; 0 ns: nothing was seen, and all
 * stays. The results, one a router, stand until the next step. */
const VrCoresResult *vr_cores_step (VrCores *cores, guint64 dt_ns, const double *arrived_pps);
/* What was seen in a period, packets a second; `lost_pps` in the queues before the router. */
typedef struct {
  double arrived_pps, forwarded_pps, lost_pps;
} VrCoresSeen;

/* Corrects the lines of a router, before a step: where it loses packets, it forwards less with its
 * level than these say, and half of the difference is taken over, down to a quarter; where it loses
 * none, it forwards that much at least. What is over, and is not used, is not told from what is
 * right. */
void vr_cores_heed (VrCores *cores, guint router, const VrCoresSeen *seen);
/* By which what the lines say is multiplied: at most 1. */
double vr_cores_correction (const VrCores *cores, guint router);

/* What is known of the router, which is that of the number `than` of `before`: its filtered rate,
 * and what its lines are corrected by. */
void vr_cores_go_on (VrCores *cores, guint router, const VrCores *before, guint than);

/* From now on the router keeps as many members as it has: another number could not be made so. */
void vr_cores_hold_members (VrCores *cores, guint router);

/* The last step could not be made so: all have what they had before it. */
void vr_cores_take_back (VrCores *cores);

/* What the routers together reserve of the CPU of that index. */
double vr_cores_load (const VrCores *cores, guint cpu);

/* As the last step or the beginning left them. */
const VrCoresResult *vr_cores_results (const VrCores *cores);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrCores, vr_cores_free)
