/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-lab.h"

#include <string.h>

void
vr_interface_free (VrInterface *interface)
{
  g_free (interface->port);
  g_array_unref (interface->addresses);
  g_free (interface);
}

void
vr_route_free (VrRoute *route)
{
  g_free (route->port);
  g_free (route);
}

void
vr_neighbour_free (VrNeighbour *neighbour)
{
  g_free (neighbour->port);
  g_free (neighbour);
}

void
vr_sysctl_free (VrSysctl *setting)
{
  g_free (setting->name);
  g_free (setting->value);
  g_free (setting);
}

void
vr_ospf_free (VrOspf *ospf)
{
  g_free (ospf->port);
  g_free (ospf);
}

void
vr_bgp_free (VrBgp *bgp)
{
  g_free (bgp);
}

VrInterface *
vr_interface_new (void)
{
  VrInterface *interface = g_new0 (VrInterface, 1);
  interface->addresses = g_array_new (FALSE, FALSE, sizeof (VrPrefix));
  return interface;
}

VrPort *
vr_port_new (void)
{
  VrPort *port = g_new0 (VrPort, 1);
  port->test_addresses = g_array_new (FALSE, FALSE, sizeof (VrPrefix));
  port->test_gateways = g_array_new (FALSE, FALSE, sizeof (VrPrefix));
  return port;
}

void
vr_port_free (VrPort *port)
{
  g_free (port->name);
  g_free (port->device);
  g_array_unref (port->test_addresses);
  g_array_unref (port->test_gateways);
  g_free (port);
}

static void
router_init (VrRouter *router)
{
  router->interfaces = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_interface_free);
  router->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_route_free);
  router->neighbours = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_neighbour_free);
  router->sysctls = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_sysctl_free);
}

static void
router_clear (VrRouter *router)
{
  g_free (router->name);
  g_free (router->image);
  g_free (router->emulator);
  g_ptr_array_unref (router->interfaces);
  g_ptr_array_unref (router->routes);
  g_ptr_array_unref (router->neighbours);
  g_ptr_array_unref (router->sysctls);
}

VrRouter *
vr_router_new (void)
{
  VrRouter *router = g_new0 (VrRouter, 1);
  router_init (router);
  return router;
}

void
vr_router_free (VrRouter *router)
{
  router_clear (router);
  g_free (router);
}

VrPvr *
vr_pvr_new (void)
{
  VrPvr *pvr = g_new0 (VrPvr, 1);
  router_init (&pvr->common);
  return pvr;
}

void
vr_pvr_free (VrPvr *pvr)
{
  router_clear (&pvr->common);
  g_free (pvr);
}

VrMsr *
vr_msr_new (void)
{
  VrMsr *msr = g_new0 (VrMsr, 1);
  router_init (&msr->common);
  msr->router_id = g_array_new (FALSE, FALSE, sizeof (VrPrefix));
  msr->weights = g_array_new (FALSE, FALSE, sizeof (guint));
  msr->weight_macs = g_array_new (FALSE, FALSE, sizeof (VrMac));
  msr->ospf = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_ospf_free);
  msr->bgp = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_bgp_free);
  return msr;
}

void
vr_msr_free (VrMsr *msr)
{
  router_clear (&msr->common);
  g_array_unref (msr->router_id);
  g_array_unref (msr->weights);
  g_array_unref (msr->weight_macs);
  g_ptr_array_unref (msr->ospf);
  g_ptr_array_unref (msr->bgp);
  g_free (msr->inner);
  g_free (msr);
}

guint64
vr_hugepages_mib (VrHugepages hugepages)
{
  static const guint64 sizes_mib[VR_HUGEPAGES] = { 0, 2, 1024 };
  return sizes_mib[hugepages];
}

/* The lists are the same ones. Takes `name`. */
static VrRouter *
router_like (const VrRouter *common, char *name)
{
  VrRouter *router = g_memdup2 (common, sizeof *common);
  router->name = name;
  router->image = g_strdup (router->image);
  router->emulator = g_strdup (router->emulator);
  g_ptr_array_ref (router->interfaces);
  g_ptr_array_ref (router->routes);
  g_ptr_array_ref (router->neighbours);
  g_ptr_array_ref (router->sysctls);
  return router;
}

static VrInterface *
interface_copy (const VrInterface *interface)
{
  VrInterface *copy = g_memdup2 (interface, sizeof *interface);
  copy->port = g_strdup (interface->port);
  copy->addresses = g_array_copy (interface->addresses);
  return copy;
}

static void
drop_list (GPtrArray **list, GDestroyNotify item_free)
{
  g_ptr_array_unref (*list);
  *list = g_ptr_array_new_with_free_func (item_free);
}

static VrRouter *
part_new (const VrMsr *msr, VrPart part, guint number)
{
  VrRouter *router = router_like (&msr->common, vr_msr_part_name (msr, part, number));
  router->msr = msr;
  router->part = part;
  drop_list (&router->interfaces, (GDestroyNotify) vr_interface_free);
  return router;
}

static void
add_inner (VrRouter *router)
{
  VrInterface *inner = vr_interface_new ();
  inner->origin = router->origin;
  inner->port = g_strdup (router->msr->inner);
  g_ptr_array_add (router->interfaces, inner);
}

VrLab *
vr_lab_new (void)
{
  VrLab *lab = g_new0 (VrLab, 1);
  lab->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_port_free);
  lab->declared = g_ptr_array_new ();
  lab->pvrs = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_pvr_free);
  lab->msrs = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_msr_free);
  lab->routers = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_router_free);
  lab->schedules = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_schedule_free);
  lab->tenants = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_tenant_free);
  lab->ports_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  lab->routers_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return lab;
}

void
vr_lab_free (VrLab *lab)
{
  g_free (lab->name);
  g_free (lab->description);
  g_hash_table_unref (lab->ports_by_name);
  g_hash_table_unref (lab->routers_by_name);
  g_ptr_array_unref (lab->ports);
  g_ptr_array_unref (lab->declared);
  g_ptr_array_unref (lab->routers);
  g_ptr_array_unref (lab->pvrs);
  g_ptr_array_unref (lab->msrs);
  g_ptr_array_unref (lab->schedules);
  g_ptr_array_unref (lab->tenants);
  g_clear_pointer (&lab->follow, vr_follow_settings_free);
  g_clear_pointer (&lab->host, vr_host_settings_free);
  g_free (lab);
}

void
vr_lab_add_port (VrLab *lab, VrPort *port)
{
  g_ptr_array_add (lab->ports, port);
  g_hash_table_insert (lab->ports_by_name, port->name, port);
}

static void
add_router (VrLab *lab, VrRouter *router)
{
  g_ptr_array_add (lab->routers, router);
  g_hash_table_insert (lab->routers_by_name, router->name, router);
}

void
vr_lab_add_router (VrLab *lab, VrRouter *router)
{
  g_ptr_array_add (lab->declared, router);
  add_router (lab, router);
}

void
vr_lab_add_pvr (VrLab *lab, VrPvr *pvr)
{
  g_ptr_array_add (lab->pvrs, pvr);
}

VrRouter *
vr_lab_add_member (VrLab *lab, const VrPvr *pvr, guint number)
{
  VrRouter *router = router_like (&pvr->common, vr_pvr_member_name (pvr, number));
  router->pvr = pvr;
  router->member = number;
  add_router (lab, router);
  return router;
}

void
vr_lab_add_msr (VrLab *lab, VrMsr *msr)
{
  g_ptr_array_add (lab->msrs, msr);
}

/* The ports go round the balancers. The profile's settings are those of the kernels that route. */
VrRouter *
vr_lab_add_balancer (VrLab *lab, const VrMsr *msr, guint number)
{
  VrRouter *router = part_new (msr, VR_PART_BALANCER, number);
  router->vcpus = msr->balancer_vcpus;
  router->memory_mib = msr->balancer_memory_mib;
  router->forwarding = VR_SWITCH_OFF;
  drop_list (&router->sysctls, (GDestroyNotify) vr_sysctl_free);
  for (guint i = number - 1; i < msr->common.interfaces->len; i += msr->balancers)
    g_ptr_array_add (router->interfaces, interface_copy (msr->common.interfaces->pdata[i]));
  add_inner (router);
  add_router (lab, router);
  return router;
}

VrRouter *
vr_lab_add_backend (VrLab *lab, const VrMsr *msr, guint number)
{
  VrRouter *router = part_new (msr, VR_PART_BACKEND, number);
  add_inner (router);
  add_router (lab, router);
  return router;
}

VrRouter *
vr_lab_add_control (VrLab *lab, const VrMsr *msr)
{
  VrRouter *router = part_new (msr, VR_PART_CONTROL, 0);
  router->vcpus = msr->control_vcpus;
  router->memory_mib = msr->control_memory_mib;
  add_inner (router);
  add_router (lab, router);
  return router;
}

VrPort *
vr_lab_port (const VrLab *lab, const char *name)
{
  return g_hash_table_lookup (lab->ports_by_name, name);
}

VrPvr *
vr_lab_pvr (const VrLab *lab, const char *name)
{
  for (guint i = 0; i < lab->pvrs->len; i++)
    if (strcmp (((const VrPvr *) lab->pvrs->pdata[i])->common.name, name) == 0)
      return lab->pvrs->pdata[i];
  return NULL;
}

VrMsr *
vr_lab_msr (const VrLab *lab, const char *name)
{
  for (guint i = 0; i < lab->msrs->len; i++)
    if (strcmp (((const VrMsr *) lab->msrs->pdata[i])->common.name, name) == 0)
      return lab->msrs->pdata[i];
  return NULL;
}

VrRouter *
vr_lab_router (const VrLab *lab, const char *name)
{
  return g_hash_table_lookup (lab->routers_by_name, name);
}

void
vr_lab_add_schedule (VrLab *lab, VrSchedule *schedule)
{
  g_ptr_array_add (lab->schedules, schedule);
}

void
vr_lab_add_tenant (VrLab *lab, VrTenant *tenant)
{
  g_ptr_array_add (lab->tenants, tenant);
}

VrTenant *
vr_lab_tenant_of (const VrLab *lab, const char *router)
{
  for (guint i = 0; i < lab->tenants->len; i++)
    if (vr_tenant_has (lab->tenants->pdata[i], router))
      return lab->tenants->pdata[i];
  return NULL;
}

VrSchedule *
vr_lab_schedule (const VrLab *lab, const char *router)
{
  for (guint i = 0; i < lab->schedules->len; i++) {
    VrSchedule *schedule = lab->schedules->pdata[i];
    if (strcmp (schedule->router, router) == 0)
      return schedule;
  }
  return NULL;
}
