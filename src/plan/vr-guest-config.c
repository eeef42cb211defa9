/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-guest-config.h"

#include <string.h>

#include "plan/vr-balance.h"
#include "plan/vr-control.h"
#include "plan/vr-known.h"
#include "plan/vr-plan-parts.h"

typedef struct {
  const char *name;
  const char *value; /* NULL: whether the router forwards */
  const char *why;
} Setting;

/* Addresses are the profile's alone: no advertisement and no duplicate detection may delay or
 * change them. `default` comes before any link gets an address, `all` for those that are there. */
static const Setting settings[] = {
  { "net.ipv6.conf.default.accept_ra", "0", "addresses come from the profile alone" },
  { "net.ipv6.conf.all.accept_dad", "0", "an address serves at once" },
  { "net.ipv6.conf.default.accept_dad", "0", "an address serves at once" },
  { "net.ipv4.ip_forward", NULL, "forwarding" },
  { "net.ipv6.conf.all.forwarding", NULL, "forwarding" },
};

static gboolean
profile_sets (const VrRouter *router, const char *name)
{
  for (guint i = 0; i < router->sysctls->len; i++)
    if (strcmp (((const VrSysctl *) router->sysctls->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

void
vr_router_each_stack_sysctl (const VrRouter *router, VrSysctlFunction function, gpointer data)
{
  const char *on = router->forwarding == VR_SWITCH_OFF ? "0" : "1";
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (!profile_sets (router, settings[i].name))
      function (settings[i].name, settings[i].value != NULL ? settings[i].value : on,
                settings[i].why, data);
}

void
vr_router_each_profile_sysctl (const VrRouter *router, VrSysctlFunction function, gpointer data)
{
  for (guint i = 0; i < router->sysctls->len; i++) {
    const VrSysctl *setting = router->sysctls->pdata[i];
    g_autofree char *why
        = g_strdup_printf ("%s:%u: sysctl", setting->origin.file, setting->origin.line);
    function (setting->name, setting->value, why, data);
  }
}

static void
add_sysctl (const char *name, const char *value, const char *why, gpointer text)
{
  (void) why;
  g_string_append_printf (text, "sysctl %s %s\n", name, value);
}

static guint
mtu_of (const VrLab *lab, const char *port)
{
  guint mtu = vr_lab_port (lab, port)->mtu;
  return mtu != 0 ? mtu : 1500;
}

static void
add_links (GString *text, const VrLab *lab, const VrRouter *router)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    char mac[VR_MAC_TEXT_SIZE], name[16];
    g_string_append_printf (text, "link %s %s %u\n", vr_mac_print (&interface->mac, mac),
                            vr_plan_inner_name (interface->port, name),
                            mtu_of (lab, interface->port));
  }
}

/* An MSR's back-end has the MSR's ports as VLANs of its internal network, and so has its control
 * processor. Where there is one, both ask their neighbours as the MSR, by its MAC addresses. */
static void
add_vlans (GString *text, const VrLab *lab, const VrRouter *router)
{
  const GPtrArray *interfaces = router->msr->common.interfaces;
  for (guint i = 0; i < interfaces->len; i++) {
    const VrInterface *interface = interfaces->pdata[i];
    char inner[16], name[16], mac[VR_MAC_TEXT_SIZE];
    g_string_append_printf (
        text, "vlan %s %s %u %u", vr_plan_inner_name (router->msr->inner, inner),
        vr_plan_inner_name (interface->port, name), vr_msr_vlan (i), mtu_of (lab, interface->port));
    if (vr_msr_is_controlled (router->msr))
      g_string_append_printf (text, " %s", vr_mac_print (&interface->mac, mac));
    g_string_append_c (text, '\n');
  }
}

static void
add_addresses (GString *text, const GPtrArray *interfaces)
{
  for (guint i = 0; i < interfaces->len; i++) {
    const VrInterface *interface = interfaces->pdata[i];
    for (guint j = 0; j < interface->addresses->len; j++) {
      char address[VR_PREFIX_TEXT_SIZE], name[16];
      const VrPrefix *prefix = &g_array_index (interface->addresses, VrPrefix, j);
      g_string_append_printf (text, "address %s %s\n", vr_plan_inner_name (interface->port, name),
                              vr_prefix_print (prefix, address));
    }
  }
}

static void
add_neighbour (const char *port, const VrPrefix *prefix, const VrMac *mac, gpointer text)
{
  char address[VR_PREFIX_TEXT_SIZE], mac_text[VR_MAC_TEXT_SIZE], name[16];
  g_string_append_printf (text, "neighbour %s %s %s\n", vr_prefix_print_address (prefix, address),
                          vr_mac_print (mac, mac_text), vr_plan_inner_name (port, name));
}

static void
add_neighbours (GString *text, const VrRouter *router)
{
  for (guint i = 0; i < router->neighbours->len; i++) {
    const VrNeighbour *neighbour = router->neighbours->pdata[i];
    if (router->part != VR_PART_BALANCER || vr_router_interface (router, neighbour->port) != NULL)
      add_neighbour (neighbour->port, &neighbour->address, &neighbour->mac, text);
  }
}

/* A balancer has one port or some; by the others its back-ends answer. */
static gboolean
leaves (const VrRouter *router, const VrRoute *route)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    if (!route->has_via && strcmp (interface->port, route->port) == 0)
      return TRUE;
    for (guint k = 0; route->has_via && k < interface->addresses->len; k++)
      if (vr_prefix_contains (&g_array_index (interface->addresses, VrPrefix, k), &route->via))
        return TRUE;
  }
  return FALSE;
}

static void
add_route (GString *text, const VrRoute *route, const VrPrefix *network)
{
  char destination[VR_PREFIX_TEXT_SIZE], via[VR_PREFIX_TEXT_SIZE], name[16];
  vr_prefix_print (network, destination);
  if (route->has_via)
    g_string_append_printf (text, "route %s via %s\n", destination,
                            vr_prefix_print_address (&route->via, via));
  else
    g_string_append_printf (text, "route %s dev %s\n", destination,
                            vr_plan_inner_name (route->port, name));
}

static void
add_routes (GString *text, const VrRouter *router)
{
  for (guint i = 0; i < router->routes->len; i++) {
    const VrRoute *route = router->routes->pdata[i];
    if (router->part == VR_PART_BALANCER && !leaves (router, route))
      continue;
    VrPrefix network = route->destination;
    for (guint k = 0; k < route->count; k++, network = vr_prefix_next (&network))
      add_route (text, route, &network);
  }
}

/* With VLANs for the MSR's ports, its addresses there, and its routes. */
static gboolean
is_whole (const VrRouter *router)
{
  return router->msr != NULL
         && (router->part == VR_PART_BACKEND || router->part == VR_PART_CONTROL);
}

static const GPtrArray *
addressed (const VrRouter *router)
{
  if (is_whole (router))
    return vr_router_declared (router)->interfaces;
  return router->interfaces;
}

/* A balancer that hands on all that is for the MSR has none of these. */
static void
add_paths (GString *text, const VrLab *lab, const VrRouter *router)
{
  add_addresses (text, addressed (router));
  add_neighbours (text, router);
  vr_router_each_known (lab, router, add_neighbour, text);
  add_routes (text, router);
}

char *
vr_guest_config (const VrLab *lab, const VrRouter *router)
{
  gboolean controlled = router->msr != NULL && vr_msr_is_controlled (router->msr);
  GString *text = g_string_new ("vrkit-guest 1\n");
  g_string_append_printf (text, "hostname %s\n", router->name);
  add_links (text, lab, router);
  if (is_whole (router))
    add_vlans (text, lab, router);
  vr_router_each_stack_sysctl (router, add_sysctl, text);
  vr_router_each_profile_sysctl (router, add_sysctl, text);
  if (router->part != VR_PART_BALANCER || !controlled)
    add_paths (text, lab, router);
  if (router->part == VR_PART_BALANCER)
    vr_balance_add (text, lab, router);
  else if (controlled)
    vr_control_add (text, lab, router);
  if (router->part == VR_PART_BACKEND)
    vr_balance_add_beat (text, router);
  g_string_append (text, "end\n");
  return g_string_free (text, FALSE);
}
