/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroups of threads, of version 1 and 2: where a thread is, groups of our own beside that, and
 * their files. Through libcgroup, but for what it does not know of version 2: to find a thread's
 * group, and to make a threaded one without writing the files of those above.
 *
 * A group is named by controller ("cpuset", "cpu") and by its path within the controller's tree, as
 * /proc/TID/cgroup has it: "/machine/…/vcpu0". All functions may be called from several threads.
 *
 * Errors: VR_ERROR_HOST no such controller, group or thread; VR_ERROR_PERMISSION, VR_ERROR_BUSY and
 * VR_ERROR_KERNEL as the kernel says. Messages name controller, group and value. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
  const char *controller;
  const char *path;
} VrCgroup;

/* The version of the tree that has the controller, 1 or 2; 0 where none has. */
guint vr_cgroup_version (const char *controller);

/* The path of the group that the thread is in; the caller owns it. NULL on failure. */
char *vr_cgroup_of_thread (pid_t tid, const char *controller, GError **error);

/* Makes the group, of version 2 as a threaded one. One that is there already is success. */
gboolean vr_cgroup_make (const VrCgroup *group, GError **error);
/* Removes it. One that is gone already is success; one with threads or groups in it, which stays,
 * is VR_ERROR_BUSY. */
gboolean vr_cgroup_remove (const VrCgroup *group, GError **error);
gboolean vr_cgroup_exists (const VrCgroup *group);

/* Removes the groups right below `parent` whose names match, with all in them, from every tree that
 * is mounted, whatever its controllers. None is success; one with a process in it is VR_ERROR_BUSY,
 * and stays. */
typedef gboolean (*VrCgroupMatch) (const char *name, const char *wanted);
gboolean vr_cgroup_prune (const char *parent, VrCgroupMatch match, const char *wanted,
                          GError **error);
/* Whether the group has that file: which ones there are depends on the kernel. */
gboolean vr_cgroup_has (const VrCgroup *group, const char *file);
/* Names of the groups right below it, NULL-terminated; none where it does not exist. */
char **vr_cgroup_children (const VrCgroup *group);

/* Moves one thread into the group. */
gboolean vr_cgroup_attach (const VrCgroup *group, pid_t tid, GError **error);
/* Moves the threads that are in one group of a controller into another; those that end meanwhile
 * are no error. Of one that makes threads of its own, some may be left. */
gboolean vr_cgroup_move_all (const VrCgroup *from, const VrCgroup *to, GError **error);

/* The path of a file of the group in the host's file system, which may not exist; the caller owns
 * it. NULL where no tree has the controller. */
char *vr_cgroup_file (const VrCgroup *group, const char *file);

/* The text of a file of the group ("cpuset.cpus") without the final newline; the caller owns it. */
char *vr_cgroup_read (const VrCgroup *group, const char *file, GError **error);
gboolean vr_cgroup_write (const VrCgroup *group, const char *file, const char *value,
                          GError **error);

/* Marks of ours on a group, which last as long as it does: extended attributes "user.vrkit.NAME",
 * which only root sets and everybody reads. Marking again replaces the value. */
gboolean vr_cgroup_mark (const VrCgroup *group, const char *name, const char *value,
                         GError **error);
/* A mark or a group that is not there is success. */
gboolean vr_cgroup_unmark (const VrCgroup *group, const char *name, GError **error);
/* Name → value, both owned; none where there is no such group. */
GHashTable *vr_cgroup_marks (const VrCgroup *group);
