/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-own-group.h"

#include <string.h>

#include "apply/vr-apart-domain.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"

/* When libvirtd starts anew it finds a guest's groups from those of QEMU's main thread, which may
 * be in one of ours: of version 1 it takes the part before the last "/libvirt" for the guest's, of
 * version 2 that before the last "/emulator" (virCgroupV1DetectPlacement and V2, vircgroupv*.c). */
#define MARK "vrkit-"
static const char *const prefixes[] = { [1] = "libvirt-" MARK, [2] = "emulator-" MARK };

#define FREEZE "cgroup.freeze"
#define RT_RUNTIME "cpu.rt_runtime_us"

static const char *
last_part (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash != NULL ? slash + 1 : path;
}

gboolean
vr_own_group_is (const char *path)
{
  const char *name = last_part (path);
  return g_str_has_prefix (name, prefixes[1]) || g_str_has_prefix (name, prefixes[2])
         || vr_apart_domain_is (path);
}

/* libvirt's own: vcpu0, iothread1, emulator. */
static gboolean
is_of_libvirt (const char *path)
{
  const char *name = last_part (path);
  return strcmp (name, "emulator") == 0 || g_str_has_prefix (name, "vcpu")
         || g_str_has_prefix (name, "iothread");
}

char *
vr_own_group_parent (const char *path)
{
  return g_path_get_dirname (path);
}

/* With systemd, libvirt makes a group within the machine's scope. */
char *
vr_own_group_of_guest (pid_t pid)
{
  g_autofree char *path = vr_cgroup_of_thread (pid, "cpuset", NULL);
  if (path == NULL || !(is_of_libvirt (path) || vr_own_group_is (path)))
    return NULL;
  g_autofree char *group = vr_own_group_parent (path);
  return strcmp (last_part (group), "libvirt") == 0 ? vr_own_group_parent (group)
                                                    : g_steal_pointer (&group);
}

char *
vr_own_group_beside (const char *controller, const char *path, const char *name, GError **error)
{
  guint version = vr_cgroup_version (controller);
  if (version == 0 || vr_apart_domain_is (path)
      || !(is_of_libvirt (path) || vr_own_group_is (path))) {
    g_set_error (
        error, VR_ERROR, VR_ERROR_HOST,
        "the thread is in cgroup %s of the controller %s, which is none that libvirt makes "
        "for the threads of a guest: cgroup_controllers in /etc/libvirt/qemu.conf must "
        "have cpu and cpuset",
        path, controller);
    return NULL;
  }
  g_autofree char *parent = vr_own_group_parent (path);
  return g_strconcat (parent, "/", prefixes[version], name, NULL);
}

char *
vr_own_group_below (const char *controller, const char *path, const char *name, GError **error)
{
  if (vr_cgroup_version (controller) != 1) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "threads in cgroup %s get groups of their own with version 1 of the controller %s "
                 "alone",
                 path, controller);
    return NULL;
  }
  g_autofree char *parent = vr_own_group_is (path) ? vr_own_group_parent (path) : g_strdup (path);
  return g_strconcat (strcmp (parent, "/") == 0 ? "" : parent, "/", prefixes[1], name, NULL);
}

/* The CPUs that the group may use; of version 2 all files but this one may be empty. */
static char *
read_effective (const VrCgroup *group, const char *what, GError **error)
{
  gboolean first = vr_cgroup_version (group->controller) == 1;
  g_autofree char *file = g_strdup_printf (first ? "cpuset.%s" : "cpuset.%s.effective", what);
  return vr_cgroup_read (group, file, error);
}

/* Of version 1 a new group has neither CPUs nor memory, and takes no thread. */
static gboolean
write_as_parent (const VrCgroup *group, const char *what, GError **error)
{
  g_autofree char *parent_path = vr_own_group_parent (group->path);
  VrCgroup parent = { group->controller, parent_path };
  g_autofree char *value = read_effective (&parent, what, error);
  g_autofree char *file = g_strdup_printf ("cpuset.%s", what);
  return value != NULL && vr_cgroup_write (group, file, value, error);
}

/* Of version 2 an empty list is all of the parent's, and stands in no partition's way as a list of
 * the same CPUs would; but one that threads use cannot be emptied again. */
static gboolean
widen_v2 (const VrCgroup *group, GError **error)
{
  g_autofree char *cpus = vr_cgroup_read (group, "cpuset.cpus", error);
  return cpus != NULL && (*cpus == '\0' || write_as_parent (group, "cpus", error));
}

gboolean
vr_own_group_widen (const char *path, GError **error)
{
  VrCgroup group = { "cpuset", path };
  if (vr_apart_domain_is (path))
    return vr_apart_domain_open (path, NULL, error);
  if (!vr_cgroup_make (&group, error))
    return FALSE;
  if (vr_cgroup_version (group.controller) == 2)
    return widen_v2 (&group, error);
  return write_as_parent (&group, "cpus", error) && write_as_parent (&group, "mems", error);
}

/* Waking is all that is wanted, so that nobody waits until the group is frozen. */
gboolean
vr_own_group_wake (const char *path, GError **error)
{
  VrCgroup group = { "cpuset", path };
  return !vr_cgroup_has (&group, FREEZE)
         || (vr_cgroup_write (&group, FREEZE, "1", error)
             && vr_cgroup_write (&group, FREEZE, "0", error));
}

GArray *
vr_own_group_cpus (const char *path, GError **error)
{
  VrCgroup group = { "cpuset", path };
  g_autofree char *text = read_effective (&group, "cpus", error);
  GArray *cpus = text != NULL ? vr_cpu_list_parse (text) : NULL;
  if (text != NULL && cpus == NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cgroup %s has the CPUs \"%s\", which are none",
                 path, text);
  return cpus;
}

gboolean
vr_own_group_narrow (const char *path, const GArray *cpus, GError **error)
{
  VrCgroup group = { "cpuset", path };
  g_autofree char *list = vr_cpu_list_print (cpus);
  return vr_cgroup_write (&group, "cpuset.cpus", list, error);
}

static gboolean
write_number (const VrCgroup *group, const char *file, gint64 value, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);
  return vr_cgroup_write (group, file, text, error);
}

/* Documentation/scheduler/sched-bwc.rst; version 2: admin-guide/cgroup-v2.rst, cpu.max. */
gboolean
vr_own_group_set_quota (const char *path, guint64 quota_ns, guint64 period_ns, GError **error)
{
  VrCgroup group = { "cpu", path };
  if (!vr_cgroup_make (&group, error))
    return FALSE;
  if (vr_cgroup_version (group.controller) == 1)
    return write_number (&group, "cpu.cfs_period_us", (gint64) (period_ns / 1000), error)
           && write_number (&group, "cpu.cfs_quota_us", (gint64) (quota_ns / 1000), error);
  g_autofree char *value = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                                            quota_ns / 1000, period_ns / 1000);
  return vr_cgroup_write (&group, "cpu.max", value, error);
}

gboolean
vr_own_group_needs_grant (const char *path)
{
  VrCgroup group = { "cpu", path };
  g_autofree char *value = vr_cgroup_read (&group, RT_RUNTIME, NULL);
  return value != NULL;
}

gboolean
vr_own_group_read_grant (const char *path, guint64 *runtime_us, GError **error)
{
  VrCgroup group = { "cpu", path };
  *runtime_us = 0;
  if (!vr_own_group_needs_grant (path))
    return TRUE;
  g_autofree char *text = vr_cgroup_read (&group, RT_RUNTIME, error);
  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, runtime_us, NULL);
  return text != NULL;
}

gboolean
vr_own_group_grant (const char *path, guint64 runtime_us, GError **error)
{
  g_autofree char *parent_path = vr_own_group_parent (path);
  VrCgroup group = { "cpu", path }, parent = { "cpu", parent_path };
  guint64 now_us;
  if (!vr_cgroup_make (&group, error) || !vr_own_group_read_grant (path, &now_us, error))
    return FALSE;
  /* No group has more than the one above. */
  gboolean shrinks = runtime_us < now_us;
  return write_number (shrinks ? &group : &parent, RT_RUNTIME, (gint64) runtime_us, error)
         && write_number (shrinks ? &parent : &group, RT_RUNTIME, (gint64) runtime_us, error);
}

gboolean
vr_own_group_revoke (const char *path, GError **error)
{
  g_autofree char *parent_path = vr_own_group_parent (path);
  VrCgroup group = { "cpu", path }, parent = { "cpu", parent_path };
  g_autoptr (GError) cause = NULL;
  if (!vr_cgroup_exists (&group))
    return TRUE;
  /* A group that was removed counts a little longer: its runtime goes first. As long as threads of
   * real time are in it, it does not; others may stay. */
  if (!write_number (&group, RT_RUNTIME, 0, &cause)) {
    if (g_error_matches (cause, VR_ERROR, VR_ERROR_BUSY))
      return TRUE;
  } else if (vr_cgroup_remove (&group, &cause) || g_error_matches (cause, VR_ERROR, VR_ERROR_BUSY))
    return write_number (&parent, RT_RUNTIME, 0, error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}
