/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readers that vr_host_read() is made of; for src/host alone. Each fills its own fields of a
 * zeroed VrHost from below `root`. */
#pragma once

#include "host/vr-host.h"

/* cpus, cpus_online, cpus_isolated, is_smt, cpu_model, microcode. VR_ERROR_HOST without a list of
 * the online CPUs. */
gboolean vr_host_read_cpus (VrHost *host, const char *root, GError **error);

/* cgroup, controllers, has_rt_groups, rt_group_runtime_us. */
void vr_host_read_cgroups (VrHost *host, const char *root);

/* An empty table for what vr_host_nic() reads: nics. */
GHashTable *vr_host_nics_new (void);
