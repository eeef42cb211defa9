/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-own-domain.h"

#include <string.h>

#include "apply/vr-apart-domain.h"
#include "apply/vr-own-group.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"

#define CPUS "cpuset.cpus"
#define EXCLUSIVE "cpuset.cpus.exclusive"
#define PARTITION "cpuset.cpus.partition"
/* libcgroup does not write an empty text; to the kernel a blank is one. */
#define NO_CPUS " "

static GArray *
read_exclusive (const VrCgroup *group)
{
  g_autofree char *text
      = vr_cgroup_has (group, EXCLUSIVE) ? vr_cgroup_read (group, EXCLUSIVE, NULL) : NULL;
  return text != NULL ? vr_cpu_list_parse (text) : NULL;
}

static gboolean
write_list (const VrCgroup *group, const char *file, const GArray *cpus, GError **error)
{
  g_autofree char *list = vr_cpu_list_print (cpus);
  return vr_cgroup_write (group, file, *list != '\0' ? list : NO_CPUS, error);
}

/* --- A partition --------------------------------------------------------------------------------
 */

static char *
read_partition (const VrCgroup *group, GError **error)
{
  return vr_cgroup_has (group, PARTITION) ? vr_cgroup_read (group, PARTITION, error)
                                          : g_strdup ("member");
}

GArray *
vr_own_domain_read (const char *path)
{
  VrCgroup group = { "cpuset", path };
  if (vr_apart_domain_is (path))
    return vr_apart_domain_read (path);
  g_autofree char *partition = read_partition (&group, NULL);
  return g_strcmp0 (partition, "root") == 0 ? read_exclusive (&group) : NULL;
}

gboolean
vr_own_domain_make (const char *path, const GArray *cpus, GError **error)
{
  VrCgroup group = { "cpuset", path };
  if (vr_apart_domain_is (path))
    return vr_apart_domain_make (path, cpus, error);
  if (!write_list (&group, CPUS, cpus, error) || !vr_own_group_wake (path, error)
      || !write_list (&group, EXCLUSIVE, cpus, error)
      || !vr_cgroup_write (&group, PARTITION, "root", error))
    return FALSE;
  g_autofree char *partition = read_partition (&group, error);
  if (partition == NULL || strcmp (partition, "root") == 0)
    return partition != NULL;
  g_autofree char *list = vr_cpu_list_print (cpus);
  g_set_error (error, VR_ERROR, VR_ERROR_KERNEL,
               "the kernel makes no partition of CPU %s in cgroup %s: it says \"%s\"", list, path,
               partition);
  return FALSE;
}

/* Its list of exclusive CPUs goes with the group: the kernel does not let it be emptied where the
 * domain's reservations would not fit the CPUs that are in it (validate_change, cpuset.c). */
gboolean
vr_own_domain_end (const char *path, GError **error)
{
  VrCgroup group = { "cpuset", path };
  if (vr_apart_domain_is (path))
    return vr_apart_domain_end (path, error);
  g_autofree char *partition = read_partition (&group, error);
  return partition != NULL
         && (strcmp (partition, "member") == 0
             || vr_cgroup_write (&group, PARTITION, "member", error));
}

/* --- The groups above it ------------------------------------------------------------------------
 */

gboolean
vr_own_domain_offers (const char *path, guint cpu)
{
  VrCgroup group = { "cpuset", path };
  g_autoptr (GArray) cpus = read_exclusive (&group);
  return vr_cpu_list_has (cpus, cpu);
}

gboolean
vr_own_domain_offer (const char *path, guint cpu, GError **error)
{
  VrCgroup group = { "cpuset", path };
  g_autoptr (GArray) cpus = read_exclusive (&group);
  guint at = 0;
  if (cpus == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "cgroup %s has no " EXCLUSIVE ", which Linux has since 6.7: boot a newer kernel, "
                 "or remove \"exclusive\"",
                 path);
    return FALSE;
  }
  if (vr_cpu_list_has (cpus, cpu))
    return TRUE;
  while (at < cpus->len && g_array_index (cpus, guint, at) < cpu)
    at++;
  g_array_insert_val (cpus, at, cpu);
  if (write_list (&group, EXCLUSIVE, cpus, error))
    return TRUE;
  g_prefix_error (error,
                  "CPU %u may be in another partition, or in the CPUs of another group: ", cpu);
  return FALSE;
}

gboolean
vr_own_domain_withdraw (const char *path, guint cpu, GError **error)
{
  VrCgroup group = { "cpuset", path };
  g_autoptr (GArray) cpus = read_exclusive (&group);
  if (!vr_cpu_list_has (cpus, cpu))
    return TRUE;
  for (guint i = cpus->len; i-- > 0;)
    if (g_array_index (cpus, guint, i) == cpu)
      g_array_remove_index (cpus, i);
  return write_list (&group, EXCLUSIVE, cpus, error);
}
