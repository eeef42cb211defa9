/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of a controller as text: a line of JSON each, which holds what was seen, what was decided
 * and why; and lines for people. */
#pragma once

#include "control/vr-controller.h"

#define VR_CONTROL_SCHEMA "vrkit.control/1"

/* One line without its end, of vrkit.control/1; the caller owns it. */
char *vr_control_log_line (const VrControlStep *step);

/* What each thread was given, a line each, without the last one's end; the caller owns it. */
char *vr_control_log_table (const VrControlStep *step);
