/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread's schedule as a line of a profile, `SELECTOR = POLICY [ARGUMENTS] [@CPUS] [exclusive]`;
 * vr-item.h is for everybody else. */
#pragma once

#include "config/vr-value.h"

/* A VrThreadSchedule: its syntax, and the limits that no host changes. VR_ERROR_PROFILE, without
 * the place. */
gpointer vr_item_read_thread (const VrValue *value, GError **error);

/* The whole line. */
char *vr_item_print_thread (gconstpointer item);
