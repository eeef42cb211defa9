/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Root domains for single threads with cgroup version 1: cpusets of our own right below the root,
 * whose CPUs no other cpuset has (cpu_exclusive and sched_load_balance, cpuset(7)). The kernel
 * divides the host so only while the root's cpuset itself balances nothing: meanwhile a cpuset
 * /vrkit-rest, without threads, keeps all other CPUs in one domain. Where somebody else has divided
 * the host already, there is none, and that stays as it is. Others than src/apply only ask.
 *
 * As long as a group is open it overlaps all others, and the kernel would refuse another process
 * its exclusive one: whoever changes anything here has the turn.
 *
 * Errors: as sys/vr-cgroup.h. */
#pragma once

#include <glib.h>

/* Waits until no other process has it; it goes with the descriptor, a VrFd. -1 with VR_ERROR_HOST
 * where the tree cannot be locked. */
int vr_apart_domain_take_turn (GError **error);

/* The path of the group for the thread of an operation, "vrkit-LAB-ROUTER/vcpu.0"; the caller owns
 * it. */
char *vr_apart_domain_path (const char *target);
/* Whether the path is one that vr_apart_domain_path() gives. */
gboolean vr_apart_domain_is (const char *path);

/* Before the first is made: from here on the rest of the host is one domain among several. */
gboolean vr_apart_domain_prepare (GError **error);
gboolean vr_apart_domain_is_prepared (void);
/* Whether vr_apart_domain_prepare() was it, and not somebody else. */
gboolean vr_apart_domain_has_rest (void);
/* Once the last is gone: the host is as it was before vr_apart_domain_prepare(). */
gboolean vr_apart_domain_finish (GError **error);

/* Makes the group as a part of the rest, with all CPUs that are nobody's alone, or gives it those
 * again. A new one has the memory of the group `like`, which may be NULL for one that is there. */
gboolean vr_apart_domain_open (const char *path, const char *like, GError **error);
/* Makes the group the domain of these CPUs. VR_ERROR_KERNEL where another cpuset has one. */
gboolean vr_apart_domain_make (const char *path, const GArray *cpus, GError **error);
/* The group's CPUs, as guint, ascending; NULL where it is no domain of its own. */
GArray *vr_apart_domain_read (const char *path);
/* Its CPUs are the rest's again. A group that is none, or is not there: success. */
gboolean vr_apart_domain_end (const char *path, GError **error);
/* The same, and removes it: VR_ERROR_BUSY with threads in it. */
gboolean vr_apart_domain_remove (const char *path, GError **error);
