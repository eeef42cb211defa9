/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Root domains for single threads: partitions of cgroup version 2 in groups of our own, and for a
 * group of vr-apart-domain.h those of version 1. All groups above a partition must have its CPUs in
 * cpuset.cpus.exclusive, which Linux has since 6.7, and which is nobody else's
 * (Documentation/admin-guide/cgroup-v2.rst). Only src/apply includes it. */
#pragma once

#include <glib.h>

/* The CPUs of the group's partition, as guint, ascending; NULL where it is none, or not valid. */
GArray *vr_own_domain_read (const char *path);

/* Makes our group, whose threads are in it already, the domain of these CPUs. VR_ERROR_KERNEL
 * with the kernel's reason where it says that the partition is not valid. */
gboolean vr_own_domain_make (const char *path, const GArray *cpus, GError **error);
/* Its CPUs are the others' again, and the group is to be removed. Where it is none: success. */
gboolean vr_own_domain_end (const char *path, GError **error);

/* Whether the group offers the CPU to partitions below it. */
gboolean vr_own_domain_offers (const char *path, guint cpu);
/* Offers it in the group too, or no longer. A group that does not exist offers nothing. */
gboolean vr_own_domain_offer (const char *path, guint cpu, GError **error);
gboolean vr_own_domain_withdraw (const char *path, guint cpu, GError **error);
