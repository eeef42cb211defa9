/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why this kernel does not tell how much it grants SCHED_DEADLINE, and the way out. It asks that a
 * thread may use all CPUs of its root domain (kernel/sched/syscalls.c, __sched_setscheduler), which
 * a division of the host, a cpuset or an affinity stands in the way of. Pure. */
#pragma once

#include <glib.h>

/* This process, and the host. Lists are of guint, ascending; NULL where they are not known. */
typedef struct {
  const char *reason; /* the kernel's, or VR_NO_CEILING_DIVIDED */
  gboolean is_root;
  gboolean has_rest;         /* vrkit has made the root domains */
  const GArray *cpus;        /* which this process may use */
  const char *cpuset;        /* its cpuset, */
  const GArray *cpuset_cpus; /* and what that has */
  const GArray *all;         /* what the root's cpuset has, without partitions */
} VrNoCeiling;

/* With cgroup version 1: what one of the domains admits is no answer for all. */
#define VR_NO_CEILING_DIVIDED "cpusets divide this host into several root domains"

/* One sentence without a stop: the reason, what it comes from, what to do. The caller owns it. */
char *vr_no_ceiling_print (const VrNoCeiling *is);
