/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the threads of a lab that is up are no longer as its plan says: somebody used taskset, or a
 * guest was started anew. */
#pragma once

#include "lab/vr-site.h"
#include "model/vr-lab.h"
#include "plan/vr-op.h"

typedef struct {
  VrOp *op;  /* owned */
  char *key; /* the first value that differs; NULL where the thing is gone */
  char *is;  /* NULL where it is absent, as the next */
  char *wanted;
} VrDrift;

void vr_drift_free (VrDrift *drift);

/* The VrDrifts of the lab's threads, in the plan's order. `wanted`, unless NULL, gets the targets
 * of all threads that the plan has (char *, owned). */
GPtrArray *vr_drift_threads (const VrSite *site, const VrLab *lab, GHashTable *wanted,
                             GError **error);

/* "cpus is 0-1, wanted 1", "gone". The caller owns it. */
char *vr_drift_text (const VrDrift *drift);
