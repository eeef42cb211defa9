/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated host: routers as they are, what they count, and what befalls them. */
#pragma once

#include "control/vr-simulate.h"

typedef enum {
  VR_SIMULATE_SOUND,
  VR_SIMULATE_RESTARTED, /* its counters begin at 0 */
  VR_SIMULATE_HANGING,   /* forwards nothing */
  VR_SIMULATE_UNREADABLE,
} VrSimulateFault;

typedef struct {
  guint core;
  double factor;           /* of its line */
  VrDecideThread thread;   /* the line as it is believed */
  VrDecideTenant contract; /* threads: NULL */
  VrSimulateTraffic traffic;
  guint64 random;
  double offered_pps; /* in this period */
  double forwarded;   /* packets, in this period */
  double queue;       /* packets that wait */
  double counted_arrived, counted_forwarded, counted_lost, counted_used_ns;
  guint64 used_ns;
  VrSimulateFault fault; /* that it will have or has */
  double fault_s, fault_end_s;
  gboolean is_faulty; /* now */
} VrSimulateRouter;

typedef struct {
  guint first, end; /* its routers */
  double usual;     /* CPUs for reservations */
  double capacity;  /* now */
  double shortage;  /* capacity while it is short */
  double short_s, short_end_s;
  gboolean changed; /* in this period */
} VrSimulateCore;

typedef struct {
  VrSimulateSpec spec;
  guint routers_count;
  VrSimulateRouter *routers;
  VrSimulateCore *cores;
  VrDecideCounters *counters; /* one a router */
  guint row;                  /* of the record, that comes next */
  double leap_s;              /* when the host is suspended */
  guint64 clock_ns;           /* that the controller sees */
  double time_s;              /* of the simulation, at the end of the period */
} VrSimulateHost;

VrSimulateHost *vr_simulate_host_new (const VrSimulateSpec *spec);
void vr_simulate_host_free (VrSimulateHost *host);
/* A period: from `time_s` on, with these shares. */
void vr_simulate_host_run (VrSimulateHost *host, double time_s, const VrDecideResult *results);

/* The share that takes a rate in truth. */
double vr_simulate_router_takes (const VrSimulateRouter *router, double rate_pps, double factor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSimulateHost, vr_simulate_host_free)
