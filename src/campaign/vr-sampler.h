/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings while a trial goes on, as often as every few ms: of the counters that the host keeps
 * along the path, of the CPU time of the routers' threads, and, no more often than every second, of
 * the processors' time by kind, which the kernel counts in ticks. A router's own counters take
 * longer to ask for than a sample may last, and are left out. */
#pragma once

#include "campaign/vr-bench.h"

typedef struct VrSampler VrSampler;

/* Starts a thread that hands each sample to the request's `sample`, as a line of JSON of
 * vrkit.sample/1. `threads` are the VrThreadStatus whose time is read. Both outlive the sampler. */
VrSampler *vr_sampler_start (const VrBench *bench, const VrTrialRequest *request,
                             const char *root_dir, const GPtrArray *threads, GError **error);

/* Ends the thread. What went wrong in it is told here. */
gboolean vr_sampler_stop (VrSampler *sampler, VrSampling *sampling, GError **error);
/* The same, where nobody asks. */
void vr_sampler_free (VrSampler *sampler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSampler, vr_sampler_free)
