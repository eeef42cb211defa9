/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot and a controller's state as text for Prometheus: its text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Times are in seconds, counters
 * end in _total, and count from when their interface or thread was made. */
#pragma once

#include "control/vr-follow.h"
#include "observe/vr-snapshot.h"

/* The value of the HTTP header Content-Type. */
#define VR_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What a controller was told and has decided last; all is borrowed. */
typedef struct {
  const VrDecideTenant *tenants;
  const VrDecideResult *results; /* of vr_decider_step(), one a tenant */
  guint count;
  const VrFollow *follow; /* NULL: no router's cores follow its load */
  const VrContract
      *contract; /* of which the threads are; NULL: nothing is known of their periods */
} VrMetricsControl;

/* The text, owned by the caller. `control` may be NULL where nobody controls. What has gone since
 * the snapshot's reader was opened is left out. */
char *vr_metrics_text (const char *lab, const VrSnapshot *snapshot,
                       const VrMetricsControl *control);
