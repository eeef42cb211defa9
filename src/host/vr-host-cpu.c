/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The online CPUs and their places in the machine, from /sys/devices/system/{cpu,node}. */
#include "host/vr-host-parts.h"

#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-cpu-list.h"
#include "host/vr-root.h"

#define CPU_DIR "sys/devices/system/cpu"
#define NODE_DIR "sys/devices/system/node"

static void
cpu_clear (gpointer data)
{
  g_free (((VrHostCpu *) data)->governor);
}

/* The `id` file of a cache came with Linux 4.9 and not on every machine: else the first CPU of
 * those that share it names it. */
static gint64
cache_id (const char *root, guint cpu, guint index)
{
  gint64 id = vr_root_numberf (root, -1, CPU_DIR "/cpu%u/cache/index%u/id", cpu, index);
  if (id >= 0)
    return id;
  g_autofree char *text
      = vr_root_textf (root, CPU_DIR "/cpu%u/cache/index%u/shared_cpu_list", cpu, index);
  g_autoptr (GArray) shared = text != NULL ? vr_cpu_list_parse (text) : NULL;
  return shared != NULL && shared->len > 0 ? (gint64) g_array_index (shared, guint, 0) : -1;
}

static gint64
last_cache (const char *root, guint cpu)
{
  gint64 highest = 0, id = -1;
  for (guint index = 0;; index++) {
    gint64 level = vr_root_numberf (root, -1, CPU_DIR "/cpu%u/cache/index%u/level", cpu, index);
    if (level < 0)
      return id;
    if (level > highest) {
      highest = level;
      id = cache_id (root, cpu, index);
    }
  }
}

static VrHostCpu
read_cpu (const char *root, guint id)
{
  return (VrHostCpu){
    .id = id,
    .core = vr_root_numberf (root, -1, CPU_DIR "/cpu%u/topology/core_id", id),
    .package = vr_root_numberf (root, -1, CPU_DIR "/cpu%u/topology/physical_package_id", id),
    .llc = last_cache (root, id),
    .numa = -1,
    .governor = vr_root_textf (root, CPU_DIR "/cpu%u/cpufreq/scaling_governor", id),
  };
}

static void
read_nodes (VrHost *host, const char *root)
{
  g_autoptr (GPtrArray) entries = vr_root_entries (root, NODE_DIR);
  for (guint i = 0; i < entries->len; i++) {
    guint node;
    char rest;
    if (sscanf (entries->pdata[i], "node%u%c", &node, &rest) != 1)
      continue;
    g_autofree char *text = vr_root_textf (root, NODE_DIR "/node%u/cpulist", node);
    g_autoptr (GArray) list = text != NULL ? vr_cpu_list_parse (text) : NULL;
    for (guint j = 0; j < host->cpus->len; j++) {
      VrHostCpu *cpu = &g_array_index (host->cpus, VrHostCpu, j);
      if (vr_cpu_list_has (list, cpu->id))
        cpu->numa = node;
    }
  }
}

static gboolean
two_share_a_core (const GArray *cpus)
{
  for (guint i = 0; i < cpus->len; i++)
    for (guint j = 0; j < i; j++) {
      const VrHostCpu *a = &g_array_index (cpus, VrHostCpu, i);
      const VrHostCpu *b = &g_array_index (cpus, VrHostCpu, j);
      if (a->core >= 0 && a->core == b->core && a->package == b->package)
        return TRUE;
    }
  return FALSE;
}

static void
read_model (VrHost *host, const char *root)
{
  g_autofree char *cpuinfo = vr_root_text (root, "proc/cpuinfo");
  if (cpuinfo == NULL)
    return;
  host->cpu_model = vr_root_field (cpuinfo, "model name");
  host->microcode = vr_root_field (cpuinfo, "microcode");
}

gboolean
vr_host_read_cpus (VrHost *host, const char *root, GError **error)
{
  g_autofree char *online = vr_root_text (root, CPU_DIR "/online");
  g_autoptr (GArray) ids = online != NULL ? vr_cpu_list_parse (online) : NULL;
  if (ids == NULL || ids->len == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s/" CPU_DIR "/online does not list the CPUs: is sysfs mounted?",
                 strcmp (root, "/") == 0 ? "" : root);
    return FALSE;
  }
  host->cpus_online = g_steal_pointer (&online);
  host->cpus_present = vr_root_text (root, CPU_DIR "/present");
  host->cpus_isolated = vr_root_text (root, CPU_DIR "/isolated");
  if (host->cpus_isolated == NULL)
    host->cpus_isolated = g_strdup ("");
  g_autoptr (GArray) isolated = vr_cpu_list_parse (host->cpus_isolated);
  host->cpus = g_array_sized_new (FALSE, FALSE, sizeof (VrHostCpu), ids->len);
  g_array_set_clear_func (host->cpus, cpu_clear);
  for (guint i = 0; i < ids->len; i++) {
    VrHostCpu cpu = read_cpu (root, g_array_index (ids, guint, i));
    cpu.isolated = vr_cpu_list_has (isolated, cpu.id);
    g_array_append_val (host->cpus, cpu);
  }
  read_nodes (host, root);
  host->is_smt = two_share_a_core (host->cpus);
  read_model (host, root);
  return TRUE;
}
