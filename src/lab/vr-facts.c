/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-facts.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "lab/vr-guest-facts.h"
#include "lab/vr-others.h"
#include "lab/vr-sched-facts.h"
#include "sys/vr-irq.h"
#include "sys/vr-netlink-nic.h"
#include "sys/vr-ovs.h"
#include "sys/vr-task.h"

#define NO_DPDK                                                                                    \
  "the Open vSwitch that runs has no DPDK (dpdk_initialized is false; Debian: "                    \
  "openvswitch-switch-dpdk, with other_config:dpdk-init=true)"

#define AF_XDP "librte_net_af_xdp.so"
#define NO_AF_XDP                                                                                  \
  "the DPDK of the Open vSwitch that runs has no net_af_xdp (Debian: librte-net-af-xdp23, and "    \
  "start Open vSwitch anew)"

static void
copy_names (const GPtrArray *from, GPtrArray *to)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_strdup (from->pdata[i]));
}

/* Those of the devices whose interrupts the lab wants to place. A description of another machine
 * cannot be asked whose they are to place. */
static void
add_irqs (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  gboolean can_ask = strcmp (site->root_dir, "/") == 0;
  for (guint i = 0; lab->host != NULL && i < lab->host->interrupts->len; i++) {
    const VrPortCpus *item = lab->host->interrupts->pdata[i];
    const char *device = vr_lab_port (lab, item->port)->device;
    VrPlanNic *nic = g_hash_table_lookup (facts->nics, device);
    const VrHostNic *found = nic != NULL ? vr_host_nic (host, device) : NULL;
    if (found == NULL || nic->irqs->len + nic->managed_irqs->len > 0)
      continue;
    for (guint k = 0; k < found->irqs->len; k++) {
      guint irq = g_array_index (found->irqs, guint, k);
      gboolean managed = can_ask && vr_irq_is_managed (irq);
      g_array_append_val (managed ? nic->managed_irqs : nic->irqs, irq);
    }
  }
}

static void
add_nics (const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *port = lab->ports->pdata[i];
    const VrHostNic *found = vr_port_is_of_host (port) ? vr_host_nic (host, port->device) : NULL;
    if (found == NULL || g_hash_table_contains (facts->nics, found->name))
      continue;
    VrPlanNic *nic = vr_plan_nic_new (found->name);
    nic->mtu_max = found->max_mtu;
    nic->numa = found->numa;
    copy_names (found->rps_queues, nic->rps_queues);
    copy_names (found->xps_queues, nic->xps_queues);
    vr_plan_facts_add_nic (facts, nic);
  }
}

/* What the device tells of itself; one that does not answer is taken for one that was not asked. */
static void
ask_nic (VrPlanNic *nic)
{
  g_auto (VrNicState) state = { .values = { NULL } };
  if (nic->settings != NULL || !vr_nic_read (NULL, nic->name, &state, NULL))
    return;
  nic->settings = g_hash_table_new (g_str_hash, g_str_equal);
  for (VrNicSetting i = 0; i < VR_NIC_SETTINGS; i++)
    if (state.values[i] != NULL)
      g_hash_table_insert (nic->settings, (gpointer) vr_nic_setting_name (i),
                           GUINT_TO_POINTER (state.limits[i]));
}

/* A description of another machine cannot be asked. */
static void
ask_nics (const VrSite *site, const VrLab *lab, VrPlanFacts *facts)
{
  static const VrPortQueues nothing;
  if (strcmp (site->root_dir, "/") != 0)
    return;
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *port = lab->ports->pdata[i];
    VrPlanNic *nic = g_hash_table_lookup (facts->nics, port->device);
    if (nic != NULL && memcmp (&port->queues, &nothing, sizeof nothing) != 0)
      ask_nic (nic);
  }
}

char *
vr_facts_lack_of_dpdk (const VrSite *site)
{
  g_autoptr (GError) lack = NULL;
  if (strcmp (site->root_dir, "/") != 0)
    return g_strdup ("what describes a host does not tell");
  g_autoptr (VrOvs) ovs = vr_ovs_read (&lack);
  if (ovs == NULL)
    return g_strdup (lack->message);
  return ovs->has_dpdk ? NULL : g_strdup (NO_DPDK);
}

static gboolean
has_attach (const VrLab *lab, VrAttach attach)
{
  for (guint i = 0; i < lab->ports->len; i++)
    if (((const VrPort *) lab->ports->pdata[i])->attach == attach)
      return TRUE;
  return FALSE;
}

/* The CPUs of a hexadecimal mask, the last digit being of CPUs 0 to 3. */
static void
add_mask (const char *mask, GArray *cpus)
{
  const char *digits = g_str_has_prefix (mask, "0x") ? mask + strlen ("0x") : mask;
  for (gsize length = strlen (digits), i = 0; i < length; i++)
    for (guint bit = 0; bit < 4; bit++) {
      guint cpu = (guint) (i * 4) + bit;
      if (MAX (g_ascii_xdigit_value (digits[length - 1 - i]), 0) >> bit & 1)
        g_array_append_val (cpus, cpu);
    }
}

/* The CPUs on which Open vSwitch polls, or will once there is a port to poll; without a mask it
 * chooses them, which is seen only then. */
static GArray *
polled_cpus (const VrOvs *ovs)
{
  GArray *cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GPtrArray) pollers = ovs->poll_mask == NULL ? vr_ovs_pollers (NULL) : NULL;
  if (ovs->poll_mask != NULL)
    add_mask (ovs->poll_mask, cpus);
  for (guint i = 0; pollers != NULL && i < pollers->len; i++)
    g_array_append_val (cpus, ((const VrOvsPoller *) pollers->pdata[i])->cpu);
  return cpus;
}

static void
add_dpdk (const VrOvs *ovs, VrPlanFacts *facts)
{
  if (!ovs->has_dpdk && facts->no_dpdk == NULL)
    facts->no_dpdk = g_strdup (NO_DPDK);
  /* One that is in one piece does not tell. */
  if (ovs->has_dpdk && facts->no_af_xdp == NULL && vr_task_switch_has ("librte_eal.so")
      && !vr_task_switch_has (AF_XDP))
    facts->no_af_xdp = g_strdup (NO_AF_XDP);
  if (ovs->has_dpdk && facts->polled == NULL)
    facts->polled = polled_cpus (ovs);
}

/* A description of another machine cannot be asked: what it can load is hoped to run. */
static void
add_ovs (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  gboolean wants_dpdk = has_attach (lab, VR_ATTACH_VHOST_USER);
  if ((!wants_dpdk && !has_attach (lab, VR_ATTACH_OVS)) || facts->no_ovs != NULL)
    return;
  facts->ovs_in_kernel = vr_host_feature (host, VR_HOST_FEATURE_OPENVSWITCH) == VR_HOST_YES;
  g_autoptr (GError) lack = NULL;
  g_autoptr (VrOvs) ovs = strcmp (site->root_dir, "/") == 0 ? vr_ovs_read (&lack) : NULL;
  if (lack != NULL)
    facts->no_ovs = g_strdup (lack->message);
  if (wants_dpdk && ovs != NULL)
    add_dpdk (ovs, facts);
}

/* Unknown is hoped for: the bridge refuses by itself. */
static void
add_bridge_vlans (const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  for (guint i = 0; i < lab->ports->len && !facts->bridge_vlans_present; i++) {
    const VrPort *port = lab->ports->pdata[i];
    if (port->vlan != 0 && vr_port_is_on_linux_bridge (port))
      facts->bridge_vlans_present
          = vr_host_feature (host, VR_HOST_FEATURE_BRIDGE_VLANS) != VR_HOST_NO;
  }
}

static void
add_cpus (const VrHost *host, VrPlanFacts *facts)
{
  if (host->cpus_present != NULL)
    facts->present = vr_cpu_list_parse (host->cpus_present);
  for (guint i = 0; i < host->cpus->len; i++) {
    const VrHostCpu *found = &g_array_index (host->cpus, VrHostCpu, i);
    VrPlanCpu cpu = { .id = found->id,
                      .core = found->core,
                      .package = found->package,
                      .llc = found->llc,
                      .numa = found->numa,
                      .isolated = found->isolated,
                      .governed = found->governor != NULL };
    g_array_append_val (facts->cpus, cpu);
  }
}

static gboolean
has_hugepages (const VrLab *lab)
{
  for (guint i = 0; i < lab->routers->len; i++)
    if (((const VrRouter *) lab->routers->pdata[i])->hugepages != VR_HUGEPAGES_OFF)
      return TRUE;
  return FALSE;
}

/* What the lab's guests have goes back when they end, and stays theirs until then. */
static void
add_hugepages (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  const VrHostHugepages *pools[VR_HUGEPAGES] = { NULL, &host->hugepages_2m, &host->hugepages_1g };
  g_autofree char *labs_dir = g_build_filename (site->run_dir, "labs", NULL);
  if (facts->hugepages_known || !has_hugepages (lab))
    return;
  facts->hugepages_known = TRUE;
  for (VrHugepages size = VR_HUGEPAGES_2M; size < VR_HUGEPAGES; size++)
    facts->hugepages[size] = pools[size]->free - MIN (pools[size]->reserved, pools[size]->free);
  if (strcmp (site->root_dir, "/") != 0)
    return;
  g_autoptr (GPtrArray) guests = vr_task_guests (labs_dir);
  for (guint i = 0; i < guests->len; i++) {
    const VrTaskGuest *guest = guests->pdata[i];
    for (VrHugepages size = VR_HUGEPAGES_2M;
         g_strcmp0 (guest->lab, lab->name) == 0 && size < VR_HUGEPAGES; size++) {
      guint64 page_kib = vr_hugepages_mib (size) * 1024;
      facts->hugepages[size] += vr_task_huge_kib (guest->process, page_kib) / page_kib;
    }
  }
}

/* What the planner warns of. */
static void
add_disturbers (const VrHost *host, VrPlanFacts *facts)
{
  VrHostDaemons daemons = vr_host_daemons (host);
  facts->irqbalance_runs = daemons.irqbalance;
  facts->stalld_runs = daemons.stalld;
  facts->tuned_runs = daemons.tuned;
  facts->ksm_runs = host->has_ksm;
  for (guint i = 0; i < host->cpus->len && facts->slow_governor == NULL; i++) {
    const VrHostCpu *cpu = &g_array_index (host->cpus, VrHostCpu, i);
    if (cpu->governor != NULL && strcmp (cpu->governor, "performance") != 0)
      facts->slow_governor = g_strdup (cpu->governor);
  }
}

static void
add_of_lab (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  add_nics (host, lab, facts);
  add_irqs (site, host, lab, facts);
  ask_nics (site, lab, facts);
  add_ovs (site, host, lab, facts);
  add_bridge_vlans (host, lab, facts);
  add_hugepages (site, host, lab, facts);
  vr_sched_facts_add (site, host, lab, facts);
}

VrPlanFacts *
vr_facts_gather (const VrSite *site, const VrLab *lab, const VrLab *before, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (site->root_dir, error);
  if (host == NULL)
    return NULL;
  g_autoptr (VrPlanFacts) facts = vr_plan_facts_new ();
  facts->run_dir = g_build_filename (site->run_dir, "labs", lab->name, NULL);
  facts->memory_mib = host->memory_mib;
  facts->vhost_present = host->has_dev_vhost_net;
  /* Unknown is hoped for: the kernel loads the module when the first macvtap is made. */
  facts->macvtap_present = vr_host_feature (host, VR_HOST_FEATURE_MACVTAP) != VR_HOST_NO;
  facts->deadline_period_min_us = host->deadline_period_min_us;
  facts->deadline_period_max_us = host->deadline_period_max_us;
  add_cpus (host, facts);
  /* Two plans are there to be compared: nobody reads what they warn of. */
  if (before == NULL)
    add_disturbers (host, facts);
  add_of_lab (site, host, lab, facts);
  if (before != NULL)
    add_of_lab (site, host, before, facts);
  vr_others_add (site, lab, before, facts);
  if (!vr_guest_facts_add (site, host, lab, facts, error)
      || (before != NULL && !vr_guest_facts_add (site, host, before, facts, error)))
    return NULL;
  return g_steal_pointer (&facts);
}
