/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the text for Prometheus share. Only vr-metrics*.c include it. */
#pragma once

#include "control/vr-metrics.h"

/* What all samples of one metric stand below. */
void vr_metrics_begin (GString *text, const char *name, const char *type, const char *help);
/* A label, with `separator` before it; quotes and the like are escaped. */
void vr_metrics_add_label (GString *text, const char *separator, const char *name,
                           const char *value);
/* The end of a sample. */
void vr_metrics_add_value (GString *text, double value);

/* Of routers whose cores follow their load; `follow` may be NULL. */
void vr_metrics_add_follow (GString *text, const char *lab, const VrFollow *follow);
