/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a schedule asks of one thread of one guest, or of Open vSwitch, once it is known which
 * thread that is. */
#pragma once

#include "base/vr-error.h"
#include "plan/vr-plan-parts.h"

typedef struct {
  const VrRouter *router; /* of a polling thread the first whose schedule names it */
  const VrThreadSchedule *schedule;
  VrThreadRole role; /* never VR_THREAD_MOVER: that is resolved */
  guint index;       /* of a vcpu, the queue of a vhost worker, or the CPU of a polling thread */
  const char *port;  /* of a vhost worker; borrowed, else NULL */
  char *selector;    /* "vhost.left.0" */
  char *target;      /* "DOMAIN/SELECTOR", or "VR_OP_SWITCH/pmd.CPU" */
  gint64 numa;       /* the node of the NIC whose packets it handles; -1: none, or unknown */
  GArray *cpus;      /* guint, ascending: where it is to run; empty: wherever the host puts it */
  char *choice;      /* why @auto took those, for people; NULL without @auto */
} VrWish;

/* The wishes of all schedules, in the profile's order, a router's side by side; owned. Selectors
 * that come to the same thread must agree, and are one wish. VR_ERROR_HOST for a vhost worker that
 * the guest does not have; VR_ERROR_PROFILE. */
GPtrArray *vr_wishes_new (VrPlanner *planner, GError **error);

/* Whether it is fifo or rr. */
gboolean vr_thread_is_real_time (const VrThreadSchedule *schedule);

/* Whether the thread moves packets between the guest and the host. */
gboolean vr_wish_moves_packets (const VrPlanner *planner, const VrWish *wish);

/* Sets an error whose message begins with the place and the thread. Returns FALSE. */
gboolean vr_wish_refuse (const VrWish *wish, GError **error, VrErrorCode code, const char *format,
                         ...) G_GNUC_PRINTF (4, 5);
