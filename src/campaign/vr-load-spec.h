/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is sent in a run, made of the texts of [load] and of the levels that take their place. */
#pragma once

#include "campaign/vr-experiment.h"
#include "campaign/vr-trial.h"

typedef struct {
  char *from, *to, *router; /* NULL: the lab's own */
  guint64 duration_ns, warm_up_ns, settle_ns;
  guint64 line_rate_bps; /* 0: not given */
  char *generator;       /* NULL: "auto" */
  VrXdpChoice xdp;
  VrStream *streams; /* addresses that are not given are filled in by the trial */
  guint streams_count;
} VrLoadSpec;

/* "rate" → "10kpps": what is said in place of [load]; "stream.N" is its stream number N, from 1.
 * Texts are the caller's. */
typedef GHashTable VrLoadOverrides;

/* Whether `key`, without "load.", is an option of [load]; else VR_ERROR_PROFILE, with a suggestion.
 */
gboolean vr_load_spec_check_key (const VrExperiment *experiment, const char *key, GError **error);

/* VR_ERROR_PROFILE for a value; the message names the option. The streams' seeds begin with the
 * experiment's. */
VrLoadSpec *vr_load_spec_new (const VrExperiment *experiment, VrLoadOverrides *overrides,
                              GError **error);
void vr_load_spec_free (VrLoadSpec *spec);

/* How long a run of it takes, warming up and the last frames included. */
guint64 vr_load_spec_time_ns (const VrLoadSpec *spec);

/* A request for a trial, which borrows from the spec; lab, clock and cancellable are the caller's
 * to set. */
VrTrialRequest vr_load_spec_request (const VrLoadSpec *spec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrLoadSpec, vr_load_spec_free)
