/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counters: their maps' pins, and what they say as text. */
#pragma once

#include <stdio.h>

#include "balance/vr-balance.h"

struct bpf_object;

/* Over all CPUs, of the map with that descriptor; what the policies remember is left 0. */
bool vr_counters_sum (int map, struct balance_cpu *sum, VrProblem *problem);

/* Pins the maps that the next needs in the directory `pins`, which lies on a bpffs. */
bool vr_counters_pin (struct bpf_object *object, const char *pins, VrProblem *problem);
void vr_counters_unpin (const char *pins);

/* What a balancer that ended without unpinning said of its places; false where there is none, or
 * none that is known here. */
bool vr_counters_earlier (const char *pins, struct balance_names *names);

/* The lines that README.md lists. */
bool vr_counters_print (const char *pins, FILE *file, VrProblem *problem);
