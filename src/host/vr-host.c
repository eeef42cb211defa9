/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vr-host.h"

#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "host/vr-host-parts.h"
#include "host/vr-root.h"

#define HUGEPAGES_DIR "sys/kernel/mm/hugepages/hugepages"

static guint64
kib_field_mib (const char *meminfo, const char *key)
{
  g_autofree char *text = vr_root_field (meminfo, key);
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) / 1024 : 0;
}

static gboolean
read_memory (VrHost *host, const char *root, GError **error)
{
  g_autofree char *meminfo = vr_root_text (root, "proc/meminfo");
  if (meminfo != NULL)
    host->memory_mib = kib_field_mib (meminfo, "MemTotal");
  if (host->memory_mib == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s/proc/meminfo does not tell the memory: is proc mounted?",
                 strcmp (root, "/") == 0 ? "" : root);
    return FALSE;
  }
  host->memory_available_mib = kib_field_mib (meminfo, "MemAvailable");
  host->swap_mib = kib_field_mib (meminfo, "SwapTotal");
  host->swap_free_mib = kib_field_mib (meminfo, "SwapFree");
  return TRUE;
}

static VrHostHugepages
read_hugepages (const char *root, guint size_kib)
{
  gint64 total = vr_root_numberf (root, 0, HUGEPAGES_DIR "-%ukB/nr_hugepages", size_kib);
  gint64 unused = vr_root_numberf (root, 0, HUGEPAGES_DIR "-%ukB/free_hugepages", size_kib);
  gint64 reserved = vr_root_numberf (root, 0, HUGEPAGES_DIR "-%ukB/resv_hugepages", size_kib);
  return (VrHostHugepages){ .total = (guint64) total,
                            .free = (guint64) unused,
                            .reserved = (guint64) reserved };
}

/* sched(7): SCHED_DEADLINE came with Linux 3.14, and is always built in. The period's limits came
 * later, so that their absence tells nothing. */
static gboolean
kernel_has_deadline (const VrHost *host)
{
  guint major = 0, minor = 0;
  if (host->deadline_period_max_us != 0)
    return TRUE;
  return sscanf (host->kernel_release, "%u.%u", &major, &minor) == 2
         && (major > 3 || (major == 3 && minor >= 14));
}

static void
read_scheduling (VrHost *host, const char *root)
{
  host->deadline_period_min_us
      = (guint64) vr_root_number (root, "proc/sys/kernel/sched_deadline_period_min_us", 0);
  host->deadline_period_max_us
      = (guint64) vr_root_number (root, "proc/sys/kernel/sched_deadline_period_max_us", 0);
  host->has_deadline = kernel_has_deadline (host);
  host->sched_rt_period_us = vr_root_number (root, "proc/sys/kernel/sched_rt_period_us", 0);
  host->sched_rt_runtime_us = vr_root_number (root, "proc/sys/kernel/sched_rt_runtime_us", -1);
}

static void
read_load (VrHost *host, const char *root)
{
  g_autofree char *text = vr_root_text (root, "proc/loadavg");
  const char *p = text != NULL ? text : "";
  for (guint i = 0; i < G_N_ELEMENTS (host->load); i++) {
    char *end;
    host->load[i] = g_ascii_strtod (p, &end);
    p = end;
  }
}

static void
read_surroundings (VrHost *host, const char *root)
{
  host->boot_id = vr_root_text (root, "proc/sys/kernel/random/boot_id");
  host->clocksource
      = vr_root_text (root, "sys/devices/system/clocksource/clocksource0/current_clocksource");
  host->hugepages_2m = read_hugepages (root, 2048);
  host->hugepages_1g = read_hugepages (root, 1048576);
  host->has_dev_kvm = vr_root_has (root, "dev/kvm");
  host->has_dev_vhost_net = vr_root_has (root, "dev/vhost-net");
  host->has_dev_tun = vr_root_has (root, "dev/net/tun");
  host->has_ksm = vr_root_number (root, "sys/kernel/mm/ksm/run", 0) == 1;
  /* sd_booted(3) */
  host->has_systemd = vr_root_has (root, "run/systemd/system");
}

VrHost *
vr_host_read (const char *root, GError **error)
{
  g_autoptr (VrHost) host = g_new0 (VrHost, 1);
  host->root = g_strdup (root);
  host->kernel_release = vr_root_text (root, "proc/sys/kernel/osrelease");
  if (host->kernel_release == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s/proc/sys/kernel/osrelease cannot be read: is proc mounted?",
                 strcmp (root, "/") == 0 ? "" : root);
    return NULL;
  }
  if (!vr_host_read_cpus (host, root, error) || !read_memory (host, root, error))
    return NULL;
  vr_host_read_cgroups (host, root);
  host->nics = vr_host_nics_new ();
  read_scheduling (host, root);
  read_load (host, root);
  read_surroundings (host, root);
  return g_steal_pointer (&host);
}

void
vr_host_free (VrHost *host)
{
  g_free (host->root);
  g_free (host->kernel_release);
  g_free (host->boot_id);
  g_free (host->cpu_model);
  g_free (host->microcode);
  g_free (host->clocksource);
  g_free (host->cpus_online);
  g_free (host->cpus_present);
  g_free (host->cpus_isolated);
  g_clear_pointer (&host->cpus, g_array_unref);
  g_clear_pointer (&host->controllers, g_array_unref);
  g_clear_pointer (&host->nics, g_hash_table_unref);
  g_free (host);
}

VrHostDaemons
vr_host_daemons (const VrHost *host)
{
  VrHostDaemons daemons = { FALSE };
  g_autoptr (GPtrArray) entries = vr_root_entries (host->root, "proc");
  for (guint i = 0; i < entries->len; i++) {
    const char *pid = entries->pdata[i];
    if (!g_ascii_isdigit (pid[0]))
      continue;
    g_autofree char *name = vr_root_textf (host->root, "proc/%s/comm", pid);
    daemons.irqbalance |= g_strcmp0 (name, "irqbalance") == 0;
    daemons.stalld |= g_strcmp0 (name, "stalld") == 0;
    daemons.tuned |= g_strcmp0 (name, "tuned") == 0;
    daemons.openvswitch |= g_strcmp0 (name, "ovs-vswitchd") == 0;
  }
  return daemons;
}

const VrHostCpu *
vr_host_cpu (const VrHost *host, guint id)
{
  for (guint i = 0; i < host->cpus->len; i++) {
    const VrHostCpu *cpu = &g_array_index (host->cpus, VrHostCpu, i);
    if (cpu->id == id)
      return cpu;
  }
  return NULL;
}

const VrHostController *
vr_host_controller (const VrHost *host, const char *name)
{
  for (guint i = 0; i < host->controllers->len; i++) {
    const VrHostController *controller = &g_array_index (host->controllers, VrHostController, i);
    if (strcmp (controller->name, name) == 0)
      return controller;
  }
  return NULL;
}

const char *
vr_host_cgroup_text (VrHostCgroupVersion version)
{
  static const char *const texts[] = { [VR_HOST_CGROUP_NONE] = "none",
                                       [VR_HOST_CGROUP_V1] = "v1",
                                       [VR_HOST_CGROUP_V2] = "v2",
                                       [VR_HOST_CGROUP_HYBRID] = "hybrid" };
  return texts[version];
}

const char *
vr_host_has_text (VrHostHas has)
{
  static const char *const texts[]
      = { [VR_HOST_NO] = "no", [VR_HOST_YES] = "yes", [VR_HOST_UNKNOWN] = "unknown" };
  return texts[has];
}
