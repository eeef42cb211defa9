/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What passed between two snapshots, a second. Arithmetic alone. */
#pragma once

#include "observe/vr-snapshot.h"

typedef struct {
  const char *router; /* as in VrSnapshotPort, as the next two */
  const char *port;
  guint queue_length;
  /* FALSE: it is not in both, has gone, or a counter went back: the numbers are 0. */
  gboolean is_known;
  double arrived_pps, lost_pps, sent_pps, unsent_pps; /* packets a second */
  double arrived_bps, sent_bps;                       /* bits a second of layer 2, without FCS */
} VrPortRate;

typedef struct {
  const char *router; /* as in VrSnapshotThread, up to `last_cpu` */
  const char *selector;
  const char *ports;
  VrTaskRole role;
  pid_t tid;
  VrSched sched;
  guint64 quota_ns, quota_period_ns; /* as VrSnapshotThread has them */
  guint last_cpu;
  gboolean is_known; /* as above */
  double use;        /* CPUs that it had: 1 is one */
  double wait;       /* of the time, in which it was ready and had none */
} VrThreadRate;

typedef struct {
  guint id;
  double share[VR_CPU_KINDS]; /* of the CPU's time, 0 to 1; all 0 where no tick has passed */
} VrCpuRate;

typedef struct {
  double seconds;  /* between the two; 0: nothing is known */
  GArray *ports;   /* VrPortRate, in the order of the later snapshot */
  GArray *threads; /* VrThreadRate, likewise */
  GArray *cpus;    /* VrCpuRate, likewise */
} VrRates;

/* Sets `rates`, which holds zeroes or what an earlier call has left. Their strings are those of
 * `after`. */
void vr_rates_between (const VrSnapshot *before, const VrSnapshot *after, VrRates *rates);

void vr_rates_clear (VrRates *rates);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrRates, vr_rates_clear)
