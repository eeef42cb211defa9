/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs of the host go offline and come back without a trace. The kernel takes such a CPU out of the
 * cpusets of cgroup version 1 and out of the affinity of interrupts, and does not put it back: so
 * what has it is recorded before, and restored after; a cpuset of guests that was made meanwhile is
 * given the CPU too. To be called with the claims held. Only src/apply includes it. */
#pragma once

#include <glib.h>

/* `record_path`: where the record is, which all labs share. VR_ERROR_BUSY, with nothing changed,
 * where a cpuset with tasks has no other CPU: the kernel would throw these tasks out. */
gboolean vr_offline_take (const char *root, const char *record_path, guint cpu, GError **error);

/* Brings the CPU back and restores what the record has, but for what others have set since; the
 * first that cannot be restored is the error, after the rest has been, and the record stays. Also
 * after a crash of either. One that is online and of which nothing is recorded is success. */
gboolean vr_offline_give_back (const char *root, const char *record_path, guint cpu,
                               GError **error);
