/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-offline-new.h"

#include <string.h>

#include "apply/vr-own-group.h"
#include "base/vr-cpu-list.h"
#include "sys/vr-cgroup.h"

#define CPUSET "cpuset"
#define CPUS_FILE "cpuset.cpus"

/* libvirt's group of all guests, without systemd and with it. */
static const char *const partitions[] = { "/machine", "/machine.slice" };

struct VrOfflineNew {
  GPtrArray *paths; /* char *, owned, each before those below it: made since, with the CPUs of the
                     * group above */
};

static char *
read_cpus (const char *path)
{
  VrCgroup group = { CPUSET, path };
  return vr_cgroup_exists (&group) ? vr_cgroup_read (&group, CPUS_FILE, NULL) : NULL;
}

static gboolean
is_recorded (const VrOfflineRecord *record, const char *path)
{
  g_autofree char *place = g_strconcat (CPUSET, path, NULL);
  return g_hash_table_contains (record->original, place);
}

/* `above`: the CPUs of the group above, before anything is restored. */
static void
look_at (VrOfflineNew *later, const VrOfflineRecord *record, const char *path, const char *above)
{
  VrCgroup group = { CPUSET, path };
  g_autofree char *cpus = read_cpus (path);
  if (cpus == NULL || vr_own_group_is (path))
    return;
  if (!is_recorded (record, path) && strcmp (cpus, above) == 0)
    g_ptr_array_add (later->paths, g_strdup (path));
  g_auto (GStrv) names = vr_cgroup_children (&group);
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *child = g_build_filename (path, *name, NULL);
    look_at (later, record, child, cpus);
  }
}

/* What the root had without the CPU: the kernel has given it that already. */
static char *
root_before (guint cpu)
{
  g_autofree char *now = read_cpus ("/");
  g_autoptr (GArray) cpus = now != NULL ? vr_cpu_list_parse (now) : NULL;
  g_autoptr (GArray) before = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; cpus != NULL && i < cpus->len; i++) {
    guint id = g_array_index (cpus, guint, i);
    if (id != cpu)
      g_array_append_val (before, id);
  }
  return vr_cpu_list_print (before);
}

VrOfflineNew *
vr_offline_new_read (const VrOfflineRecord *record, guint cpu)
{
  VrOfflineNew *later = g_new0 (VrOfflineNew, 1);
  g_autofree char *root = root_before (cpu);
  later->paths = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (partitions); i++)
    look_at (later, record, partitions[i], root);
  return later;
}

void
vr_offline_new_free (VrOfflineNew *later)
{
  g_ptr_array_unref (later->paths);
  g_free (later);
}

/* One that is gone since needs nothing. */
gboolean
vr_offline_new_widen (const VrOfflineNew *later, GError **error)
{
  for (guint i = 0; i < later->paths->len; i++) {
    const char *path = later->paths->pdata[i];
    VrCgroup group = { CPUSET, path };
    g_autofree char *parent = g_path_get_dirname (path);
    g_autofree char *cpus = read_cpus (parent);
    if (cpus != NULL && vr_cgroup_exists (&group)
        && !vr_cgroup_write (&group, CPUS_FILE, cpus, error))
      return FALSE;
  }
  return TRUE;
}
