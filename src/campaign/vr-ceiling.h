/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tester's own ceiling: what it can send of these frames, on this path, by this generator. */
#pragma once

#include "campaign/vr-bench.h"

/* The greatest rate of some short sendings, flat out, of the bench's streams in the ratio of their
 * rates, in packets a second; 0 where the streams are a replay, which is at its own times. Nobody
 * counts these frames, and the last ones are waited for. As vr_sender_run(). */
gboolean vr_ceiling_measure (const VrBench *bench, const VrTrialRequest *request,
                             const char *generator, guint64 *ceiling_pps, GError **error);
