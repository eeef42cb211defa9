/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroups of vrkit's own for single threads of a guest, beside the one in which libvirt has put the
 * thread: libvirt's files stay as they are, and the group goes with the guest. What must lie apart
 * from all of libvirt's is vr-apart-domain.h's, and one of ours, too. Only src/apply includes it.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Whether the group is one of ours. */
gboolean vr_own_group_is (const char *path);

/* The path of our group `name` ("pmd.1") below `path`, or beside it where `path` is already ours.
 * NULL with VR_ERROR_HOST where the controller's tree is not of version 1. The caller owns it. */
char *vr_own_group_below (const char *controller, const char *path, const char *name,
                          GError **error);

/* The path of our group `name` ("vcpu.0") beside `path`, a group of libvirt's or already ours.
 * NULL with VR_ERROR_HOST where `path` is not libvirt's. The caller owns it. */
char *vr_own_group_beside (const char *controller, const char *path, const char *name,
                           GError **error);

/* The group of the guest as a whole, in which those of its threads lie. */
char *vr_own_group_parent (const char *path);
/* The group that libvirt or systemd made for the guest whose QEMU this is, in the tree of cpusets;
 * NULL where it is not known. */
char *vr_own_group_of_guest (pid_t pid);

/* Makes it in the cpuset tree with all CPUs of its parent, or gives it those again; one that lies
 * apart, which is there already, all that are nobody's alone. */
gboolean vr_own_group_widen (const char *path, GError **error);
gboolean vr_own_group_narrow (const char *path, const GArray *cpus, GError **error);

/* Makes the sleeping threads of a group of version 2 wake up once, on a CPU that they may have:
 * until then the kernel counts them, and what they reserve, where they ran last. */
gboolean vr_own_group_wake (const char *path, GError **error);

/* The CPUs that the kernel gives the group now, which may be any; guint, ascending. */
GArray *vr_own_group_cpus (const char *path, GError **error);

/* Makes it in the cpu tree with that quota. */
gboolean vr_own_group_set_quota (const char *path, guint64 quota_ns, guint64 period_ns,
                                 GError **error);

/* Makes the guest's group for real-time threads in the cpu tree, with runtime of each period of its
 * own and of the guest's. */
gboolean vr_own_group_grant (const char *path, guint64 runtime_us, GError **error);
/* 0 where it was granted none, or needs none. */
gboolean vr_own_group_read_grant (const char *path, guint64 *runtime_us, GError **error);
/* Removes it, unless threads are in it; with the last one the guest's runtime goes. */
gboolean vr_own_group_revoke (const char *path, GError **error);
/* Whether threads of the group need real-time runtime of it (CONFIG_RT_GROUP_SCHED). */
gboolean vr_own_group_needs_grant (const char *path);
