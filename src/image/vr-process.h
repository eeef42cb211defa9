/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other programs, run to their end with arguments that no shell sees. */
#pragma once

#include <glib.h>

typedef void (*VrProcessLine) (const char *line, gpointer data);

/* Runs the program and returns its standard output. VR_ERROR_HOST when it cannot be started or
 * fails; the message names it and ends with the last lines of its standard error. */
char *vr_process_output (const char *const *argv, GError **error);

/* Runs the program in `directory` (NULL: here) and gives each line of its output to `line` as it
 * comes. `line` may be NULL. Errors as above. */
gboolean vr_process_stream (const char *const *argv, const char *directory, VrProcessLine line,
                            gpointer data, GError **error);
