/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What runs beside the loads of a campaign: a controller of its lab. That is of a layer above this
 * one, so whoever runs the campaign brings it. */
#pragma once

#include "campaign/vr-experiment.h"
#include "lab/vr-lifecycle.h"
#include "traffic/vr-clock.h"

typedef struct {
  const VrSite *site;
  const VrClock *clock;
  const VrLabOptions *lab_options; /* its cancellable is not the controller's */
  const char *lab;
  const VrExperimentControl *settings; /* NULL: nothing is to run */
} VrBesideRequest;

typedef struct {
  /* Begins it, for a lab that is up: when this returns, it has decided for the first time. The
   * request, and what it refers to, outlive it. */
  gpointer (*begin) (const VrBesideRequest *request, const char *calibrations, GError **error);
  /* What it did over that time of the clock, and all that it has decided since it began or was
   * asked last: the member "control" of vrkit.load/1, as text; the caller owns it. Fails where it
   * has ended, or decided nothing in that time. */
  char *(*tell) (gpointer control, guint64 begin_ns, guint64 end_ns, GError **error);
  /* What it has reserved stands. */
  void (*end) (gpointer control);
} VrBesideKind;

typedef struct {
  const VrBesideKind *kind;
  const char *calibrations; /* the directory of them */
  VrBesideRequest request;
  gpointer control; /* NULL: it does not run */
} VrBeside;

/* Nothing, where it runs already, or nothing is to run. */
gboolean vr_beside_begin (VrBeside *beside, GError **error);
void vr_beside_end (VrBeside *beside);
