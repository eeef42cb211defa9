/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a back-end and a control processor have to say, and to hear of each other, on the internal
 * network. */
#pragma once

#include <stdio.h>

#include "balance/vr-balance.h"

/* A back-end's beats by that interface, until SIGTERM, when it says that it leaves. With the paths
 * of BIRD's log and of the file with its process id, else NULL, they say what became of the control
 * processor's table, and a change of that goes to `words`, a line each: "whole", "waits" or "late".
 * Before the first goes "ready". False with the problem where it cannot begin. */
bool vr_speak_beats (const char *interface, const char *log, const char *pid_path, FILE *words,
                     VrProblem *problem);

/* A control processor's: "ready" goes to `words`, and it tells what routes its kernel has until it
 * is ended. Returns only where it cannot begin, false with the problem. */
bool vr_speak_routes (const char *interface, FILE *words, VrProblem *problem);

/* Whether a back-end that has a table is heard there; one that is there speaks while this waits.
 * False with the problem where it cannot hear. */
bool vr_speak_hear_kept (const char *interface, bool *kept, VrProblem *problem);
