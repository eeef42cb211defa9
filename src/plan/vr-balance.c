/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-balance.h"

#include <string.h>

#include "plan/vr-plan.h"

/* Every back-end gets the same. */
#define WEIGHT 1

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

static void
add_locals (GString *text, const VrRouter *balancer)
{
  for (guint i = 0; i < balancer->interfaces->len; i++) {
    const VrInterface *interface = balancer->interfaces->pdata[i];
    for (guint k = 0; k < interface->addresses->len; k++) {
      char address[VR_PREFIX_TEXT_SIZE];
      vr_prefix_print_address (&g_array_index (interface->addresses, VrPrefix, k), address);
      g_string_append_printf (text, "balance local %s\n", address);
    }
  }
}

static void
add_backends (GString *text, const VrLab *lab, const VrMsr *msr)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    char mac[VR_MAC_TEXT_SIZE];
    if (router->msr == msr && router->part == VR_PART_BACKEND)
      g_string_append_printf (text, "balance backend %s %d\n",
                              vr_mac_print (&vr_router_interface (router, msr->inner)->mac, mac),
                              WEIGHT);
  }
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
  add_backends (text, lab, balancer->msr);
  g_string_append (text, "balance end\n");
}
