/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-check-router.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-name.h"

/* RFC 8200, section 5. */
#define IPV6_MTU_MIN 1280
/* MAX_JUMBO_FRAME_SIZE less header and FCS, drivers/net/ethernet/intel/e1000/e1000_main.c. */
#define E1000_MTU_MAX 16110

const VrPort *
vr_check_port_of (const VrLab *lab, const char *key, const char *name, const VrOrigin *origin,
                  GError **error)
{
  const VrPort *port = vr_lab_port (lab, name);
  if (port != NULL)
    return port;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < lab->ports->len; i++)
    g_ptr_array_add (names, ((const VrPort *) lab->ports->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  const char *meant = vr_name_suggest (name, (const char *const *) names->pdata);
  if (meant != NULL)
    vr_places_error (error, origin, "%s: there is no port \"%s\"; did you mean \"%s\"?", key, name,
                     meant);
  else
    vr_places_error (error, origin, "%s: there is no port \"%s\": add a group [port %s]", key, name,
                     name);
  return NULL;
}

const char *
vr_check_vcpus_key (const VrRouter *router)
{
  if (router->part == VR_PART_CONTROL)
    return "control-vcpus";
  return router->part == VR_PART_BALANCER ? "balancer-vcpus" : "vcpus";
}

static gboolean
has_ipv6 (const VrInterface *interface)
{
  for (guint i = 0; i < interface->addresses->len; i++)
    if (g_array_index (interface->addresses, VrPrefix, i).family == AF_INET6)
      return TRUE;
  return FALSE;
}

static gboolean
check_mtu (const VrPlaces *places, const VrRouter *router, const VrInterface *interface,
           const VrPort *port, GError **error)
{
  if (port->mtu == 0)
    return TRUE;
  const VrOrigin *place = vr_places_get (places, port, "mtu", 0);
  place = place != NULL ? place : &port->origin;
  if (port->mtu < IPV6_MTU_MIN && has_ipv6 (interface))
    return vr_places_error (error, &interface->origin,
                            "interface: an IPv6 address on port \"%s\", whose mtu = \"%u\" (%s:%u) "
                            "is below IPv6's %d: raise it, or use IPv4 alone",
                            port->name, port->mtu, place->file, place->line, IPV6_MTU_MIN);
  gboolean e1000 = router->kind == VR_KIND_GUEST && router->nic_model == VR_NIC_E1000;
  if (e1000 && port->mtu > E1000_MTU_MAX)
    return vr_places_error (error, &interface->origin,
                            "interface: router \"%s\" has e1000 cards, which carry an MTU of at "
                            "most %d, and port \"%s\" has mtu = \"%u\" (%s:%u): lower it, or write "
                            "nic-model = virtio",
                            router->name, E1000_MTU_MAX, port->name, port->mtu, place->file,
                            place->line);
  return TRUE;
}

static gboolean
check_model (const VrPlaces *places, const VrRouter *router, const VrInterface *interface,
             const VrPort *port, GError **error)
{
  const VrOrigin *place = vr_places_get (places, vr_router_declared (router), "nic-model", 0);
  return port->attach != VR_ATTACH_VHOST_USER || router->kind == VR_KIND_NATIVE
         || router->nic_model == VR_NIC_VIRTIO
         || vr_places_error (
             error, &interface->origin,
             "interface: port \"%s\" has attach = vhost-user, which needs virtio "
             "cards, and router \"%s\" has nic-model = e1000 (%s:%u): change either",
             port->name, router->name, place->file, place->line);
}

static gboolean
check_queues (const VrPlaces *places, const VrRouter *router, const VrInterface *interface,
              GError **error)
{
  if (vr_interface_queues (interface) == 1)
    return TRUE;
  if (router->kind == VR_KIND_NATIVE)
    return vr_places_error (error, &interface->origin,
                            "interface: queues=%u are a guest's, and router \"%s\" is native: "
                            "remove them, or write kind = guest",
                            interface->queues, router->name);
  if (router->nic_model == VR_NIC_E1000)
    return vr_places_error (error, &interface->origin,
                            "interface: queues=%u need virtio cards, and router \"%s\" has "
                            "nic-model = e1000: change either",
                            interface->queues, router->name);
  const char *key = vr_check_vcpus_key (router);
  const VrOrigin *place = vr_places_get (places, vr_router_declared (router), key, 0);
  place = place != NULL ? place : &router->origin;
  return interface->queues <= router->vcpus
         || vr_places_error (error, &interface->origin,
                             "interface: queues=%u are more than router \"%s\" has vcpus, %u "
                             "(%s:%u), and a queue without a vcpu is not used: raise %s, or "
                             "lower queues",
                             interface->queues, router->name, router->vcpus, place->file,
                             place->line, key);
}

static gboolean
check_interface (const VrLab *lab, const VrPlaces *places, const VrRouter *router, guint index,
                 GError **error)
{
  const VrInterface *interface = router->interfaces->pdata[index];
  const VrPort *port
      = vr_check_port_of (lab, "interface", interface->port, &interface->origin, error);
  if (port == NULL)
    return FALSE;
  for (guint i = 0; i < index; i++) {
    const VrInterface *other = router->interfaces->pdata[i];
    if (strcmp (other->port, interface->port) == 0)
      return vr_places_error (error, &interface->origin,
                              "interface: router \"%s\" has an interface on port \"%s\" already, "
                              "at %s:%u: put all its addresses there",
                              router->name, port->name, other->origin.file, other->origin.line);
  }
  return check_mtu (places, router, interface, port, error)
         && check_model (places, router, interface, port, error)
         && check_queues (places, router, interface, error);
}

static gboolean
check_vhost (const VrPlaces *places, const VrRouter *router, GError **error)
{
  gboolean clash = router->kind == VR_KIND_GUEST && router->nic_model == VR_NIC_E1000
                   && router->vhost == VR_SWITCH_ON;
  const VrOrigin *place = vr_places_get (places, vr_router_declared (router), "vhost", 0);
  return !clash
         || vr_places_error (error, place != NULL ? place : &router->origin,
                             "vhost: \"on\" needs virtio cards, and router \"%s\" has "
                             "nic-model = e1000: change either",
                             router->name);
}

/* Below net. alone does a network namespace have values of its own. */
static gboolean
check_sysctls (const VrRouter *router, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < router->sysctls->len; i++) {
    VrSysctl *setting = router->sysctls->pdata[i];
    const VrSysctl *first = g_hash_table_lookup (known, setting->name);
    if (first != NULL)
      return vr_places_error (error, &setting->origin,
                              "sysctl: \"%s\" is set a second time, first at %s:%u: remove one",
                              setting->name, first->origin.file, first->origin.line);
    if (router->kind == VR_KIND_NATIVE && !g_str_has_prefix (setting->name, "net."))
      return vr_places_error (error, &setting->origin,
                              "sysctl: \"%s\" of the native router \"%s\" would change the whole "
                              "host: only net. settings, or kind = guest",
                              setting->name, router->name);
    g_hash_table_insert (known, setting->name, setting);
  }
  return TRUE;
}

static gboolean
check_hugepages (const VrPlaces *places, const VrRouter *router, GError **error)
{
  guint64 page_mib = vr_hugepages_mib (router->hugepages);
  if (page_mib == 0 || router->memory_mib % page_mib == 0)
    return TRUE;
  const VrOrigin *place = vr_places_get (places, vr_router_declared (router), "hugepages", 0);
  return vr_places_error (
      error, place != NULL ? place : &router->origin,
      "hugepages: router \"%s\" has memory = %" G_GUINT64_FORMAT "M, which is no whole number of "
      "pages of %" G_GUINT64_FORMAT "M: write memory = %" G_GUINT64_FORMAT "M",
      router->name, router->memory_mib, page_mib, (router->memory_mib / page_mib + 1) * page_mib);
}

gboolean
vr_check_router (const VrLab *lab, const VrPlaces *places, const VrRouter *router, GError **error)
{
  for (guint i = 0; i < router->interfaces->len; i++)
    if (!check_interface (lab, places, router, i, error))
      return FALSE;
  return check_vhost (places, router, error) && check_hugepages (places, router, error)
         && check_sysctls (router, error)
         && (router->msr != NULL || vr_check_paths (lab, router, error));
}
