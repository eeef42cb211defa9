/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which cgroup trees are mounted, and which controllers they bear. */
#include "host/vr-host-parts.h"

#include <string.h>

#include "host/vr-root.h"

static void
controller_clear (gpointer data)
{
  VrHostController *controller = data;
  g_free (controller->name);
  g_free (controller->mount);
}

static gint
compare_controllers (gconstpointer a, gconstpointer b)
{
  return strcmp (((const VrHostController *) a)->name, ((const VrHostController *) b)->name);
}

static void
add_controller (VrHost *host, const char *name, const char *mount, guint version)
{
  if (vr_host_controller (host, name) != NULL)
    return;
  VrHostController controller
      = { .name = g_strdup (name), .mount = g_strdup (mount), .version = version };
  g_array_append_val (host->controllers, controller);
}

/* The super options of a v1 tree name its controllers among options of other kinds; a named tree
 * without controllers has only "name=…". */
static gboolean
add_v1 (VrHost *host, const char *mount, const char *options)
{
  static const char *const known[]
      = { "blkio",   "cpu",      "cpuacct", "cpuset", "devices", "freezer",    "hugetlb", "memory",
          "net_cls", "net_prio", "misc",    "pids",   "rdma",    "perf_event", NULL };
  gboolean any = FALSE;
  g_auto (GStrv) words = g_strsplit (options, ",", -1);
  for (char **word = words; *word != NULL; word++)
    if (g_strv_contains (known, *word)) {
      add_controller (host, *word, mount, 1);
      any = TRUE;
    }
  return any;
}

static void
add_v2 (VrHost *host, const char *root, const char *mount)
{
  g_autofree char *text = vr_root_textf (root, "%s/cgroup.controllers", mount);
  if (text == NULL)
    return;
  g_auto (GStrv) names = g_strsplit_set (text, " \n", -1);
  for (char **name = names; *name != NULL; name++)
    if (**name != '\0')
      add_controller (host, *name, mount, 2);
}

/* A line is, proc(5): id parent device root mount-point options [optional…] - type source
 * super-options. Returns the tree's version, or 0 where the line is another mount or a v1 tree of
 * no controller. */
static guint
read_line (VrHost *host, const char *root, const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", -1);
  guint count = g_strv_length (fields);
  guint dash = 6;
  while (dash < count && strcmp (fields[dash], "-") != 0)
    dash++;
  if (dash + 3 >= count)
    return 0;
  g_autofree char *mount = g_strcompress (fields[4]);
  if (strcmp (fields[dash + 1], "cgroup") == 0)
    return add_v1 (host, mount, fields[dash + 3]) ? 1 : 0;
  if (strcmp (fields[dash + 1], "cgroup2") != 0)
    return 0;
  add_v2 (host, root, mount);
  return 2;
}

static void
read_rt_groups (VrHost *host, const char *root)
{
  const VrHostController *cpu = vr_host_controller (host, "cpu");
  host->rt_group_runtime_us = -1;
  if (cpu == NULL || cpu->version != 1)
    return;
  g_autofree char *path = g_build_filename (cpu->mount, "cpu.rt_runtime_us", NULL);
  host->has_rt_groups = vr_root_has (root, path);
  if (host->has_rt_groups)
    host->rt_group_runtime_us = vr_root_number (root, path, -1);
}

void
vr_host_read_cgroups (VrHost *host, const char *root)
{
  gboolean trees[3] = { FALSE };
  host->controllers = g_array_new (FALSE, FALSE, sizeof (VrHostController));
  g_array_set_clear_func (host->controllers, controller_clear);
  g_autofree char *text = vr_root_text (root, "proc/self/mountinfo");
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    trees[read_line (host, root, *line)] = TRUE;
  g_array_sort (host->controllers, compare_controllers);
  if (trees[1])
    host->cgroup = trees[2] ? VR_HOST_CGROUP_HYBRID : VR_HOST_CGROUP_V1;
  else
    host->cgroup = trees[2] ? VR_HOST_CGROUP_V2 : VR_HOST_CGROUP_NONE;
  read_rt_groups (host, root);
}
