/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a profile wants the cores of its routers to follow their load. */
#pragma once

#include <glib.h>

#include "model/vr-origin.h"

/* Threads of a router that can follow. */
#define VR_FOLLOW_THREADS_MAX 8

typedef enum { VR_FOLLOW_UNSET, VR_FOLLOW_FIXED, VR_FOLLOW_DYNAMIC } VrFollowPolicy;
/* What becomes of members that the load does not need any more. */
typedef enum { VR_FOLLOW_SHUTDOWN, VR_FOLLOW_KEEP } VrFollowIdle;

/* [balance] */
typedef struct {
  VrOrigin origin;
  VrFollowPolicy policy;
  GPtrArray *routers; /* char *, owned: guests that are alone, PVRs and MSRs */
  GArray *cpus;       /* guint, ascending: where their threads may run; NULL: all but those kept for
                       * the system */
  guint64 period_ns;
  guint weight;        /* of a period's rate in the average, per cent */
  guint up, down;      /* per cent of what a level forwards */
  guint patience;      /* periods */
  guint step;          /* of a reservation, per cent of what the cores forward */
  guint least_cores;   /* of each router */
  guint most_cores;    /* 0: as many as it has threads */
  guint least_members; /* of each PVR, or MSR of back-ends */
  guint most_members;  /* 0: as many as it has, and least_members and idle mean
                        * nothing */
  VrFollowIdle idle;
} VrFollowSettings;

/* With empty lists and zeroes; config's table fills in the defaults. */
VrFollowSettings *vr_follow_settings_new (void);
void vr_follow_settings_free (VrFollowSettings *settings);

/* Whether the router of that name follows its load, or stays where it is put; `settings` may be
 * NULL. */
gboolean vr_follow_settings_has (const VrFollowSettings *settings, const char *router);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrFollowSettings, vr_follow_settings_free)
