/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vr-check.h"

#include <string.h>

/* Guests of 128 MiB and QEMU's own need, for the least of labs. */
#define MEMORY_LEAST_MIB 256

/* A judge sets state, detail and, unless ok, way_out. */
typedef void (*Judge) (const VrHost *host, const VrProbes *probes, VrFinding *finding);

static void G_GNUC_PRINTF (2, 3) say (VrFinding *finding, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  finding->detail = g_strdup_vprintf (format, args);
  va_end (args);
}

static void
blame (VrFinding *finding, VrFindingState state, const char *way_out)
{
  finding->state = state;
  finding->way_out = g_strdup (way_out);
}

static void
judge_kvm (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  if (probes->kvm == VR_PROBE_WORKS) {
    say (finding, "runs guest code at %.2g ns a turn", probes->kvm_turn_ns);
    return;
  }
  blame (finding, VR_FINDING_FALLBACK,
         "turn on virtualisation in the firmware, or nesting where this is a guest itself; accel = "
         "tcg in the profile takes emulation without asking");
  if (!host->has_dev_kvm)
    say (finding, "no /dev/kvm: guests are emulated (TCG)");
  else if (probes->kvm == VR_PROBE_NOT_TRIED)
    say (finding, "/dev/kvm is there but was not tried: guests are emulated (TCG)");
  else
    say (finding, "/dev/kvm is of no use (%s): guests are emulated (TCG)",
         probes->kvm_text != NULL ? probes->kvm_text : "it does not run guest code");
}

static void
judge_vhost (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  VrHostHas has = vr_host_feature (host, VR_HOST_FEATURE_VHOST_NET);
  if (host->has_dev_vhost_net) {
    say (finding, "/dev/vhost-net is there");
    return;
  }
  if (has == VR_HOST_NO) {
    say (finding, "this kernel has no vhost-net: QEMU's main loop moves the packets");
    blame (finding, VR_FINDING_FALLBACK, "a kernel with CONFIG_VHOST_NET");
    return;
  }
  say (finding, "no /dev/vhost-net: QEMU's main loop moves the packets");
  blame (finding, VR_FINDING_FALLBACK, "modprobe vhost_net");
}

static void
judge_tun (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  if (host->has_dev_tun) {
    say (finding, "/dev/net/tun is there");
    return;
  }
  say (finding, "no /dev/net/tun: ports of attach = bridge cannot be made");
  blame (finding, VR_FINDING_MISSING,
         vr_host_feature (host, VR_HOST_FEATURE_TUN) == VR_HOST_NO ? "a kernel with CONFIG_TUN"
                                                                   : "modprobe tun");
}

static void
judge_macvtap (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  switch (vr_host_feature (host, VR_HOST_FEATURE_MACVTAP)) {
  case VR_HOST_YES:
    say (finding, "the kernel has it");
    break;
  case VR_HOST_NO:
    say (finding, "this kernel has no macvtap: use attach = bridge");
    blame (finding, VR_FINDING_MISSING, "a kernel with CONFIG_MACVTAP and its module installed");
    break;
  default:
    say (finding, "nothing here tells whether the kernel has it: it is tried");
    blame (finding, VR_FINDING_FALLBACK, "modprobe macvtap, or attach = bridge");
  }
}

static void
judge_cgroup (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  const char *version = vr_host_cgroup_text (host->cgroup);
  const VrHostController *cpuset = vr_host_controller (host, "cpuset");
  if (host->cgroup == VR_HOST_CGROUP_NONE) {
    say (finding, "no cgroup tree is mounted: libvirt starts no guest with a schedule");
    blame (finding, VR_FINDING_MISSING, "mount -t cgroup2 none /sys/fs/cgroup");
  } else if (cpuset == NULL) {
    say (finding, "%s, without the cpuset controller: threads cannot be reserved on a CPU",
         version);
    blame (finding, VR_FINDING_MISSING,
           "a kernel with CONFIG_CPUSETS, booted without cgroup_disable=cpuset");
  } else {
    say (finding, "%s; cpuset is of v%u, at %s", version, cpuset->version, cpuset->mount);
  }
}

static void
judge_deadline (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  if (!host->has_deadline) {
    say (finding, "Linux %s has none", host->kernel_release);
    blame (finding, VR_FINDING_MISSING, "Linux 3.14 or later");
  } else if (host->deadline_period_max_us == 0) {
    say (finding, "the kernel has it");
  } else {
    say (finding, "periods from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " us",
         host->deadline_period_min_us, host->deadline_period_max_us);
  }
}

static void
judge_rt_groups (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  if (!host->has_rt_groups) {
    say (finding, "none: SCHED_FIFO needs no grant");
  } else if (host->rt_group_runtime_us != 0) {
    say (finding,
         "cgroups share %" G_GINT64_FORMAT " us of each real-time period: vrkit grants a guest its "
         "part",
         host->rt_group_runtime_us);
  } else {
    say (finding, "the root cpu cgroup has no real-time runtime: SCHED_FIFO is refused");
    blame (finding, VR_FINDING_MISSING, "write 950000 to cpu.rt_runtime_us of the root cpu cgroup");
  }
}

static void
judge_hugepages (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  if (host->hugepages_2m.total + host->hugepages_1g.total > 0) {
    say (finding,
         "2 MiB: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " free; 1 GiB: %" G_GUINT64_FORMAT
         " of %" G_GUINT64_FORMAT " free",
         host->hugepages_2m.free, host->hugepages_2m.total, host->hugepages_1g.free,
         host->hugepages_1g.total);
    return;
  }
  say (finding, "none reserved: guests live in small pages");
  blame (finding, VR_FINDING_FALLBACK, "sysctl vm.nr_hugepages=N, N pages of 2 MiB");
}

static void
judge_governor (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  const VrHostCpu *slow = NULL;
  guint governed = 0;
  for (guint i = 0; i < host->cpus->len; i++) {
    const VrHostCpu *cpu = &g_array_index (host->cpus, VrHostCpu, i);
    governed += cpu->governor != NULL;
    if (slow == NULL && cpu->governor != NULL && strcmp (cpu->governor, "performance") != 0)
      slow = cpu;
  }
  if (slow != NULL) {
    say (finding, "CPU %u is governed by \"%s\": its speed varies, and measurements with it",
         slow->id, slow->governor);
    blame (finding, VR_FINDING_FALLBACK, "cpupower frequency-set -g performance");
  } else {
    say (finding, "%s",
         governed > 0 ? "performance" : "the CPUs' frequency is not this host's to govern");
  }
}

/* A daemon that is better not running. */
static void
judge_daemon (const VrHost *host, gboolean runs, const char *name, const char *effect,
              VrFinding *finding)
{
  if (!runs) {
    say (finding, "not running");
    return;
  }
  g_autofree char *way_out
      = g_strdup_printf ("%sstop %s", host->has_systemd ? "systemctl " : "", name);
  say (finding, "running: %s", effect);
  blame (finding, VR_FINDING_FALLBACK, way_out);
}

static void
judge_irqbalance (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  judge_daemon (host, vr_host_daemons (host).irqbalance, "irqbalance",
                "it may move interrupts to the routers' CPUs", finding);
}

static void
judge_stalld (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  judge_daemon (host, vr_host_daemons (host).stalld, "stalld",
                "it boosts threads that wait, whatever their schedule", finding);
}

static void
judge_tuned (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  judge_daemon (host, vr_host_daemons (host).tuned, "tuned",
                "it may set governors, interrupts and sysctls again", finding);
}

static void
judge_ksm (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  if (!host->has_ksm) {
    say (finding, "not running");
    return;
  }
  say (finding, "ksmd merges pages of guests: it takes CPU time whenever it likes");
  blame (finding, VR_FINDING_FALLBACK, "echo 0 >/sys/kernel/mm/ksm/run");
}

static void
judge_libvirt (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  if (probes->libvirt == VR_PROBE_WORKS) {
    say (finding, "%s", probes->libvirt_text != NULL ? probes->libvirt_text : "answers");
    return;
  }
  say (finding, "no answer (%s): no guest can be started",
       probes->libvirt_text != NULL ? probes->libvirt_text : "not asked");
  blame (finding, VR_FINDING_MISSING,
         host->has_systemd ? "systemctl start libvirtd" : "virtlogd -d, then libvirtd -d");
}

static void
judge_emulator (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) host;
  if (probes->emulator != NULL) {
    say (finding, "%s", probes->emulator);
    return;
  }
  say (finding, "no QEMU: no guest can be started");
  blame (finding, VR_FINDING_MISSING, "apt-get install qemu-system-x86");
}

static void
judge_root (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) host;
  if (probes->is_root) {
    say (finding, "running as root");
    return;
  }
  say (finding, "not root: interfaces, cgroups and schedules are refused");
  blame (finding, VR_FINDING_MISSING, "sudo");
}

static void
judge_memory (const VrHost *host, const VrProbes *probes, VrFinding *finding)
{
  (void) probes;
  say (finding, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MiB available%s",
       host->memory_available_mib, host->memory_mib,
       host->swap_free_mib < host->swap_mib ? "; swap is in use, and a swapped guest loses packets"
                                            : "");
  if (host->memory_available_mib < MEMORY_LEAST_MIB)
    blame (finding, VR_FINDING_MISSING, "free memory: a router of 128 MiB needs about 256 MiB");
  else if (host->swap_free_mib < host->swap_mib)
    blame (finding, VR_FINDING_FALLBACK, "swapoff -a, or free memory");
}

static const struct {
  const char *id, *title;
  Judge judge;
} rows[] = {
  { "root", "privileges", judge_root },
  { "kvm", "KVM", judge_kvm },
  { "emulator", "emulator", judge_emulator },
  { "libvirt", "libvirt", judge_libvirt },
  { "macvtap", "macvtap", judge_macvtap },
  { "tun", "tap", judge_tun },
  { "vhost", "vhost-net", judge_vhost },
  { "memory", "memory", judge_memory },
  { "hugepages", "huge pages", judge_hugepages },
  { "cgroup", "cgroups", judge_cgroup },
  { "sched-deadline", "SCHED_DEADLINE", judge_deadline },
  { "rt-groups", "real-time groups", judge_rt_groups },
  { "governor", "frequency governor", judge_governor },
  { "irqbalance", "irqbalance", judge_irqbalance },
  { "stalld", "stalld", judge_stalld },
  { "tuned", "tuned", judge_tuned },
  { "ksm", "merging of pages", judge_ksm },
};

static void
finding_free (gpointer data)
{
  VrFinding *finding = data;
  g_free (finding->detail);
  g_free (finding->way_out);
  g_free (finding);
}

GPtrArray *
vr_check_host (const VrHost *host, const VrProbes *probes)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (finding_free);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    VrFinding *finding = g_new0 (VrFinding, 1);
    finding->id = rows[i].id;
    finding->title = rows[i].title;
    rows[i].judge (host, probes, finding);
    g_ptr_array_add (findings, finding);
  }
  return findings;
}

const VrFinding *
vr_check_find (const GPtrArray *findings, const char *id)
{
  for (guint i = 0; i < findings->len; i++) {
    const VrFinding *finding = findings->pdata[i];
    if (strcmp (finding->id, id) == 0)
      return finding;
  }
  return NULL;
}

const char *
vr_finding_state_text (VrFindingState state)
{
  static const char *const texts[] = {
    [VR_FINDING_OK] = "ok", [VR_FINDING_FALLBACK] = "fallback", [VR_FINDING_MISSING] = "missing"
  };
  return texts[state];
}
