/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a run a claim compares: a column of its sample, or a number made of several. */
#pragma once

#include "campaign/vr-sample.h"

/* All of them: the columns of a sample first, in their order. */
guint vr_measure_count (void);
const char *vr_measure_name (guint measure);
/* Its number, or vr_measure_count() for no name of one. */
guint vr_measure_find (const char *name);

/* Whether it is of a controller that ran beside the load. */
gboolean vr_measure_is_of_control (const char *name);

/* Not a number where the sample has none, as CPU time for a packet where no packet came. */
double vr_measure_value (guint measure, const VrSample *sample);
