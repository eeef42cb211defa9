/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-mac-plan.h"

#include <string.h>

static guint64
mac_bits (const VrMac *mac)
{
  guint64 bits = 0;
  memcpy (&bits, mac->bytes, sizeof mac->bytes);
  return bits;
}

static gboolean
take (GHashTable *taken, const VrMac *mac)
{
  guint64 bits = mac_bits (mac);
  return g_hash_table_add (taken, g_memdup2 (&bits, sizeof bits));
}

static VrMac
derive (GHashTable *taken, const char *seed)
{
  VrMac mac = vr_mac_derive (seed);
  for (guint turn = 2; !take (taken, &mac); turn++) {
    g_autofree char *next = g_strdup_printf ("%s#%u", seed, turn);
    mac = vr_mac_derive (next);
  }
  return mac;
}

static void
derive_router (const VrLab *lab, const VrRouter *router, GHashTable *taken)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    VrInterface *interface = router->interfaces->pdata[i];
    if (mac_bits (&interface->mac) != 0)
      continue;
    g_autofree char *seed
        = g_strdup_printf ("%s/%s/%s", lab->name,
                           vr_router_interface_owner (router, interface->port), interface->port);
    interface->mac = derive (taken, seed);
  }
}

/* An MSR has the addresses of its balancers' cards. */
static void
tell_msr (const VrRouter *balancer)
{
  for (guint i = 0; balancer->part == VR_PART_BALANCER && i < balancer->interfaces->len; i++) {
    const VrInterface *interface = balancer->interfaces->pdata[i];
    VrInterface *told = vr_router_interface (vr_router_declared (balancer), interface->port);
    if (told != NULL)
      told->mac = interface->mac;
  }
}

/* The balancers know by them whose weights are whose, whatever their number is at the moment. */
static void
tell_weighted (const VrLab *lab, VrMsr *msr, GHashTable *taken)
{
  g_array_set_size (msr->weight_macs, 0);
  for (guint i = 1; i <= msr->weights->len; i++) {
    g_autofree char *name = vr_msr_part_name (msr, VR_PART_BACKEND, i);
    g_autofree char *seed = g_strdup_printf ("%s/%s/%s", lab->name, name, msr->inner);
    const VrRouter *backend = vr_lab_router (lab, name);
    VrMac mac
        = backend != NULL ? vr_router_interface (backend, msr->inner)->mac : derive (taken, seed);
    g_array_append_val (msr->weight_macs, mac);
  }
}

void
vr_mac_plan_derive (VrLab *lab)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    for (guint k = 0; k < router->interfaces->len; k++) {
      const VrInterface *interface = router->interfaces->pdata[k];
      if (mac_bits (&interface->mac) != 0)
        take (taken, &interface->mac);
    }
  }
  for (guint i = 0; i < lab->routers->len; i++) {
    derive_router (lab, lab->routers->pdata[i], taken);
    tell_msr (lab->routers->pdata[i]);
  }
  for (guint i = 0; i < lab->msrs->len; i++)
    tell_weighted (lab, lab->msrs->pdata[i], taken);
}
