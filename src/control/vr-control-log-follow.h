/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a step's log line and table that routers have whose cores follow their load. Only
 * vr-control-log*.c include it. */
#pragma once

#include "base/vr-json.h"
#include "control/vr-controller.h"

/* The member "routers", an empty array where none follows. */
void vr_control_log_add_routers (JsonBuilder *builder, const VrControlStep *step);

/* One line a thread, without a line feed at the end. */
void vr_control_log_add_lines (GString *text, const VrControlStep *step);
