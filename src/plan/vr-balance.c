/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-balance.h"

#include <string.h>

#include "plan/vr-plan.h"

static const char *const policies[] = {
  [VR_BALANCE_HASH] = "hash",
  [VR_BALANCE_ROUND_ROBIN] = "round-robin",
  [VR_BALANCE_RANDOM] = "random",
  [VR_BALANCE_LEAST] = "least",
};

static void
add_outers (GString *text, const VrRouter *balancer)
{
  const GPtrArray *outside = balancer->msr->common.interfaces;
  for (guint i = 0; i < outside->len; i++) {
    const char *port = ((const VrInterface *) outside->pdata[i])->port;
    const VrInterface *interface = vr_router_interface (balancer, port);
    char mac[VR_MAC_TEXT_SIZE], name[16];
    if (interface != NULL)
      g_string_append_printf (text, "balance outer %s %s %u\n", vr_plan_inner_name (port, name),
                              vr_mac_print (&interface->mac, mac), vr_msr_vlan (i));
  }
}

/* Of its own ports; a control processor is sent what is for any of the MSR's. */
static void
add_locals (GString *text, const VrRouter *balancer)
{
  const GPtrArray *interfaces = vr_msr_is_controlled (balancer->msr)
                                    ? balancer->msr->common.interfaces
                                    : balancer->interfaces;
  for (guint i = 0; i < interfaces->len; i++) {
    const VrInterface *interface = interfaces->pdata[i];
    for (guint k = 0; k < interface->addresses->len; k++) {
      char address[VR_PREFIX_TEXT_SIZE];
      vr_prefix_print_address (&g_array_index (interface->addresses, VrPrefix, k), address);
      g_string_append_printf (text, "balance local %s\n", address);
    }
  }
}

/* The MAC address inside. */
static const char *
print_mac (const VrRouter *part, char mac[VR_MAC_TEXT_SIZE])
{
  return vr_mac_print (&vr_router_interface (part, part->msr->inner)->mac, mac);
}

static void
add_control (GString *text, const VrLab *lab, const VrMsr *msr)
{
  char mac[VR_MAC_TEXT_SIZE];
  g_autofree char *name = vr_msr_part_name (msr, VR_PART_CONTROL, 0);
  if (vr_msr_is_controlled (msr))
    g_string_append_printf (text, "balance control %s\n",
                            print_mac (vr_lab_router (lab, name), mac));
}

static void
add_weighted (GString *text, const VrMsr *msr)
{
  for (guint i = 0; i < msr->weights->len; i++) {
    char mac[VR_MAC_TEXT_SIZE];
    vr_mac_print (&g_array_index (msr->weight_macs, VrMac, i), mac);
    g_string_append_printf (text, "balance backend %s %u\n", mac, vr_msr_weight (msr, i + 1));
  }
}

/* Those with weights, be they there or not, or the first, which every MSR has; of the others a
 * balancer hears, so that it need not be made anew where their number changes. */
static void
add_backends (GString *text, const VrLab *lab, const VrMsr *msr)
{
  char mac[VR_MAC_TEXT_SIZE];
  add_weighted (text, msr);
  if (msr->weights->len > 0)
    return;
  g_autofree char *name = vr_msr_part_name (msr, VR_PART_BACKEND, 1);
  g_string_append_printf (text, "balance backend %s 1\n",
                          print_mac (vr_lab_router (lab, name), mac));
}

void
vr_balance_add (GString *text, const VrLab *lab, const VrRouter *balancer)
{
  char inner[16];
  g_string_append_printf (text, "balancer %s\n",
                          balancer->msr->balancer == VR_BALANCER_XDP ? "xdp" : "nftables");
  g_string_append_printf (text, "balance policy %s\nbalance inner %s\n",
                          policies[balancer->msr->policy],
                          vr_plan_inner_name (balancer->msr->inner, inner));
  add_outers (text, balancer);
  add_locals (text, balancer);
  add_control (text, lab, balancer->msr);
  add_backends (text, lab, balancer->msr);
  g_string_append (text, "balance end\n");
}

void
vr_balance_add_beat (GString *text, const VrRouter *backend)
{
  char inner[16];
  g_string_append_printf (text, "beat %s\n", vr_plan_inner_name (backend->msr->inner, inner));
}
