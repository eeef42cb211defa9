/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads of a router that are calibrated, each by itself, and how its schedule is written
 * meanwhile. Pure functions of a lab and its threads. */
#pragma once

#include "model/vr-lab.h"
#include "observe/vr-threads.h"

/* A vcpu, or what moves the packets of a port: QEMU's main loop for all ports, or with vhost the
 * workers of one, which share a key where the card has several queues. */
typedef struct {
  char *name;   /* as a schedule names it: "vcpu.0", "emulator", "vhost.left" */
  char **keys;  /* of the router's schedule that mean it: those of the profile, else its name */
  char *cpus;   /* "@1", "@1 exclusive"; "@auto" where the profile names none */
  GArray *tids; /* pid_t */
} VrCalibrateThread;

/* The VrCalibrateThreads of the router, vcpus first; owned. VR_ERROR_USAGE for a router without a
 * thread to calibrate. */
GPtrArray *vr_calibrate_threads (const VrLab *lab, const VrRouter *router, const GPtrArray *threads,
                                 GError **error);

/* The CPUs that the router's schedule has for the thread of that name: "@1", "@1 exclusive";
 * "@auto" where it names none. The caller owns it. */
char *vr_calibrate_cpus (const VrLab *lab, const VrRouter *router, const char *thread);

/* By which each turn of time is granted. */
typedef struct {
  VrPolicy policy; /* deadline or quota */
  guint64 period_ns;
} VrCalibrateGrant;

/* The runtime of a share, rounded to microseconds. */
guint64 vr_calibrate_runtime_ns (const VrCalibrateGrant *grant, double share);

/* The changes (PATH=VALUE, NULL-terminated) that reserve that share for the thread. The caller owns
 * them. */
char **vr_calibrate_changes (const VrRouter *router, const VrCalibrateThread *thread,
                             const VrCalibrateGrant *grant, double share);

/* Of what is sent, the part that a router loses which has too much to do. */
#define VR_CALIBRATE_LOST_ENOUGH 0.3

/* A trial, and of what share of a CPU the thread made use. */
typedef struct {
  double lost_ratio; /* of what was sent */
  double share;      /* reserved */
  double used_share;
  double free_share; /* without a reservation, under the same load */
} VrCalibrateUse;

/* Whether the kernel served the reservation. One that it grants and does not serve would be taken
 * for a slow router: enough was lost, and the thread had less than a quarter of what it would have
 * taken. */
gboolean vr_calibrate_is_served (const VrCalibrateUse *use);

/* The guest of that name, or with NULL the lab's only one; of a PVR, by its name, its first member,
 * which stands for all. VR_ERROR_USAGE where there is none, or more than one, for a member's own
 * name, for a native router, and for an MSR and its parts, of which none stands for all. */
const VrRouter *vr_calibrate_router (const VrLab *lab, const char *name, GError **error);
