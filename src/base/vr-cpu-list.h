/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of CPUs as the kernel writes them: "0-3,8" (Documentation/core-api/printk-formats.rst,
 * %pbl). */
#pragma once

#include <glib.h>

/* The CPUs' numbers (guint), ascending, each once; an empty text is an empty list. NULL where the
 * text is no such list or names a CPU above 8191, the kernel's limit (NR_CPUS of x86). */
GArray *vr_cpu_list_parse (const char *text);

/* Whether a list that vr_cpu_list_parse() gave has `cpu`. NULL has none. */
gboolean vr_cpu_list_has (const GArray *list, guint cpu);

/* <0, 0 or >0, for lists that vr_cpu_list_parse() gave: the shorter one is before, of two of one
 * length the one with the lower CPU where they first differ. */
gint vr_cpu_list_compare (const GArray *a, const GArray *b);

/* The kernel's own text of a list that is ascending and has each CPU once. The caller owns it. */
char *vr_cpu_list_print (const GArray *list);
