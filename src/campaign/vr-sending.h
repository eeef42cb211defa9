/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams sent over a bench once, and what comes of them received. */
#pragma once

#include "campaign/vr-bench.h"
#include "campaign/vr-trial.h"

typedef struct {
  const VrBench *bench;
  const VrTrialRequest *request; /* for its clock, cancellable and ticks */
  const VrStream *streams;       /* as many as the bench has */
  guint64 duration_ns;           /* 0: bounded by the streams' counts */
  guint64 settle_ns;
  VrTrialTicker tick;    /* NULL: silent */
  gboolean is_counting;  /* by the interface's counters, without a receiver */
  const char *generator; /* as vr_generator_open() has it; NULL: "auto" */
  VrXdpChoice xdp;       /* of the generator "xdp" */
} VrSending;

/* Sends, waits for the last frames, and adds to `trial`, whose streams are made, what was sent and,
 * unless is_counting, what was received. Errors are those of the sender and the receiver. */
gboolean vr_sending_run (const VrSending *sending, VrTrial *trial, GError **error);

/* Sends, and looks whether as many frames come as there are streams: at the latest after settle_ns.
 * Errors are those of the sender, and of a receiver that cannot begin. */
gboolean vr_sending_probe (const VrSending *sending, gboolean *came, GError **error);
