/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single values of the host that are files of /proc and /sys, by a table: where a knob's file is,
 * and how its text is read and written. A knob's name is "KIND" or "KIND/REST", as "irq/24" or
 * "rps/eth0/rx-0"; its value is in one canonical form: lists of CPUs as "0-3,8", whether the kernel
 * has a list or a mask. Only src/apply includes it. */
#pragma once

#include <glib.h>

/* `value` becomes NULL where there is no such file; the caller owns it. `root` is "/" in earnest.
 * VR_ERROR_INTERNAL for a name that is none. */
gboolean vr_knob_read (const char *root, const char *name, char **value, GError **error);

/* Errors say what the kernel's refusal comes from, where that is known. */
gboolean vr_knob_write (const char *root, const char *name, const char *value, GError **error);

/* A mask of the kernel's, "ff,00000003", and the CPUs of it (guint, ascending); NULL for no mask.
 */
GArray *vr_knob_parse_mask (const char *text);
char *vr_knob_print_mask (const GArray *cpus);
