/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A router: a guest with its configuration, or a namespace of the host set up the same way. */
#include "plan/vr-plan-parts.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "plan/vr-domain-xml.h"
#include "plan/vr-guest-config.h"
#include "plan/vr-known.h"

/* A console for people, silence for speed, and no waiting after a panic, which pvpanic has told. */
#define BASE_COMMAND_LINE "console=ttyS0 quiet panic=-1"
/* A kernel with one processor takes the lock prefixes out of its code, thousands of places, for
 * each of which TCG forgets what it translated: a tenth of a boot. To TCG such a prefix is free; to
 * KVM it is not. */
#define TCG_COMMAND_LINE " noreplace-smp"
/* On TCG QEMU 7.2 dies of a null pointer when a guest has MSI-X for a card that another process
 * serves: it takes the vectors for irqfds of KVM's (hw/virtio/virtio-pci.c,
 * virtio_pci_one_vector_unmask). Without MSI such a card has a line interrupt. */
#define TCG_VHOST_USER_COMMAND_LINE " pci=nomsi"
/* A guest that measures its counter by an emulated timer while the host is busy may get it wrong
 * several times over, and stays at that: the kernel believes no later measurement that is more than
 * a hundredth off (arch/x86/kernel/tsc.c, tsc_refine_calibration_work). */
#define TCG_CLOCK_COMMAND_LINE " tsc_early_khz=%" G_GUINT64_FORMAT

static void G_GNUC_PRINTF (4, 5)
    refuse_at (GError **error, const VrRouter *router, VrErrorCode code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VR_ERROR, code, "%s:%u: [router %s] %s", router->origin.file,
               router->origin.line, router->name, text);
}

/* "kvm" or "tcg". */
static const char *
choose_accel (VrPlanner *planner, const VrRouter *router, GError **error)
{
  const VrPlanFacts *facts = planner->facts;
  if (router->accel == VR_ACCEL_TCG)
    return "tcg";
  if (facts->kvm_usable) {
    if (router->accel == VR_ACCEL_AUTO)
      vr_plan_notice (planner, "router %s: accel auto takes KVM", router->name);
    return "kvm";
  }
  const char *reason = facts->kvm_reason != NULL ? facts->kvm_reason : "it was not probed";
  if (router->accel == VR_ACCEL_KVM) {
    refuse_at (
        error, router, VR_ERROR_HOST,
        "accel = kvm: KVM does not work on this host: %s; accel = auto or tcg runs it without",
        reason);
    return NULL;
  }
  vr_plan_notice (planner, "router %s: accel auto takes TCG (software emulation): %s", router->name,
                  reason);
  return "tcg";
}

/* Why the kernel's vhost cannot move the packets of this router; NULL where it can. */
static const char *
why_no_vhost (const VrPlanner *planner, const VrRouter *router, const char *accel)
{
  if (router->nic_model != VR_NIC_VIRTIO)
    return "nic-model e1000 has no vhost";
  if (!planner->facts->vhost_present)
    return "this host has no /dev/vhost-net (modprobe vhost_net)";
  /* libvirt 9.0 and later drop <driver name='vhost'/> of a domain of type qemu without a word. */
  if (strcmp (accel, "kvm") != 0)
    return "libvirt gives vhost only to guests that run on KVM, and this one runs on TCG";
  return NULL;
}

/* Whether any of its interfaces is one whose packets vhost or QEMU's main loop would move. */
static gboolean
has_mover (const VrPlanner *planner, const VrRouter *router)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    if (vr_lab_port (planner->lab, interface->port)->attach != VR_ATTACH_VHOST_USER)
      return TRUE;
  }
  return router->interfaces->len == 0;
}

static gboolean
choose_vhost (VrPlanner *planner, const VrRouter *router, const char *accel, gboolean *vhost,
              GError **error)
{
  gboolean moves = has_mover (planner, router);
  const char *reason = moves ? why_no_vhost (planner, router, accel)
                             : "the switch moves the packets of its ports (attach = vhost-user)";
  if (router->vhost == VR_SWITCH_ON && reason != NULL) {
    refuse_at (error, router, VR_ERROR_HOST,
               "vhost = on: %s; vhost = auto falls back to QEMU's main loop", reason);
    return FALSE;
  }
  if (router->vhost == VR_SWITCH_AUTO && reason != NULL && moves && router->interfaces->len > 0)
    vr_plan_notice (planner, "router %s: vhost auto takes QEMU's main loop: %s", router->name,
                    reason);
  *vhost = router->vhost != VR_SWITCH_OFF && reason == NULL;
  if (!*vhost && moves)
    g_hash_table_insert (planner->no_vhost, (gpointer) router,
                         (gpointer) (reason != NULL ? reason : "it has vhost = off"));
  return TRUE;
}

static const VrPlanImage *
find_image (const VrPlanner *planner, const VrRouter *router, GError **error)
{
  const VrPlanImage *image = g_hash_table_lookup (planner->facts->images, router->image);
  if (image == NULL) {
    refuse_at (error, router, VR_ERROR_HOST,
               "image = %s: there is no such image; `vrkit image build %s` makes it, `vrkit image "
               "list` lists what is there",
               router->image, router->image);
    return NULL;
  }
  if (router->memory_mib < image->memory_mib) {
    refuse_at (error, router, VR_ERROR_INFEASIBLE,
               "memory = %" G_GUINT64_FORMAT "M: a guest of the image %s needs at least "
               "%" G_GUINT64_FORMAT "M: raise memory, or take a smaller image",
               router->memory_mib, image->name, image->memory_mib);
    return NULL;
  }
  return image;
}

typedef struct {
  const VrPlanImage *image;
  const char *accel;
  gboolean vhost;
} Choice;

/* Of each interface: that by which it is joined to the switch, or NULL. */
static GPtrArray *
sockets_of (const VrPlanner *planner, const VrRouter *router, const GPtrArray *ifnames)
{
  GPtrArray *sockets = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < ifnames->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    VrAttach attach = vr_lab_port (planner->lab, interface->port)->attach;
    g_ptr_array_add (sockets, attach == VR_ATTACH_VHOST_USER
                                  ? vr_plan_socket (planner, ifnames->pdata[i])
                                  : NULL);
  }
  return sockets;
}

/* The caller owns it. */
static char *
accel_command_line (const VrPlanFacts *facts, const char *accel, const GPtrArray *sockets)
{
  if (!g_str_equal (accel, "tcg"))
    return g_strdup ("");
  GString *text = g_string_new (TCG_COMMAND_LINE);
  if (facts->tsc_khz > 0)
    g_string_append_printf (text, TCG_CLOCK_COMMAND_LINE, facts->tsc_khz);
  gboolean by_process = FALSE;
  for (guint i = 0; i < sockets->len; i++)
    by_process |= sockets->pdata[i] != NULL;
  if (by_process)
    g_string_append (text, TCG_VHOST_USER_COMMAND_LINE);
  return g_string_free (text, FALSE);
}

static const char *const parts[] = {
  [VR_PART_BALANCER] = "balancer", [VR_PART_BACKEND] = "backend", [VR_PART_CONTROL] = "control"
};

static VrOp *
domain_op (VrPlanner *planner, const VrRouter *router, const Choice *choice, GPtrArray *ifnames,
           const VrOp *config)
{
  g_autoptr (GPtrArray) sockets = sockets_of (planner, router, ifnames);
  gboolean in_initrd = vr_op_get (config, "initrd") != NULL;
  g_autofree VrDomainNic *nics = g_new0 (VrDomainNic, ifnames->len + 1);
  for (guint i = 0; i < ifnames->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    const VrPort *port = vr_lab_port (planner->lab, interface->port);
    nics[i] = (VrDomainNic){ .ifname = ifnames->pdata[i],
                             .socket = sockets->pdata[i],
                             .mac = interface->mac,
                             .vhost = choice->vhost,
                             .queues = vr_interface_queues (interface),
                             .offloads = port->offloads == VR_SWITCH_ON };
  }
  g_autofree char *name = vr_name_domain (planner->lab->name, router->name);
  g_autofree char *of_accel = accel_command_line (planner->facts, choice->accel, sockets);
  g_autofree char *command_line
      = g_strdup_printf (BASE_COMMAND_LINE "%s %s vrkit.image=%.12s", of_accel,
                         choice->image->command_line, choice->image->digest);
  VrDomainSpec spec = {
    .lab = planner->lab->name,
    .router = router->name,
    .pvr = router->pvr != NULL ? router->pvr->common.name : NULL,
    .msr = router->part != VR_PART_NONE ? router->msr->common.name : NULL,
    .part = parts[router->part],
    .name = name,
    .kernel = choice->image->kernel,
    .initrd = in_initrd ? config->target : choice->image->initrd,
    .command_line = command_line,
    .config_path = in_initrd ? NULL : config->target,
    .emulator = router->emulator,
    .accel = choice->accel,
    .nic_model = router->nic_model == VR_NIC_E1000 ? "e1000" : "virtio",
    .vcpus = router->vcpus,
    .memory_mib = router->memory_mib,
    .hugepage_mib = vr_hugepages_mib (router->hugepages),
    .nics = nics,
    .nic_count = ifnames->len,
  };
  g_autofree char *why = vr_plan_why (router->origin, name);
  g_autofree char *digest = NULL;
  g_autofree char *xml = vr_domain_xml (&spec, &digest);
  VrOp *op = vr_op_new (VR_OP_DOMAIN, name, why, "lab", spec.lab, "digest", digest, "state",
                        "running", "pvr", spec.pvr, "part", spec.part, NULL);
  op->payload = g_steal_pointer (&xml);
  return op;
}

/* The driver of virtio takes a program only where a whole frame fits into a page, beside the room
 * that XDP and the kernel's own description of a packet take (drivers/net/virtio_net.c,
 * virtnet_xdp_set, of Linux 6.1); that of e1000 takes none. */
#define XDP_MTU_MAX 3506

static void
notice_slow_xdp (VrPlanner *planner, const VrRouter *router)
{
  gboolean jumbo = FALSE;
  if (router->part != VR_PART_BALANCER || router->msr->balancer != VR_BALANCER_XDP)
    return;
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    jumbo |= vr_plan_port_mtu (vr_lab_port (planner->lab, interface->port)) > XDP_MTU_MAX;
  }
  if (router->nic_model == VR_NIC_E1000 || jumbo)
    vr_plan_notice (planner,
                    "router %s: the driver takes no XDP program with %s: the programs run in the "
                    "kernel's receive path, at the cost of plain forwarding",
                    router->name, jumbo ? "an MTU above 3506" : "nic-model = e1000");
}

static gboolean
plan_guest (VrPlanner *planner, const VrRouter *router, const char *why, GPtrArray *late,
            GError **error)
{
  Choice choice = { .image = find_image (planner, router, error) };
  if (choice.image == NULL)
    return FALSE;
  choice.accel = choose_accel (planner, router, error);
  if (choice.accel == NULL || !choose_vhost (planner, router, choice.accel, &choice.vhost, error))
    return FALSE;
  notice_slow_xdp (planner, router);
  g_autoptr (GPtrArray) ifnames = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < router->interfaces->len; i++)
    g_ptr_array_add (ifnames, vr_plan_attach (planner, router, router->interfaces->pdata[i]));
  const VrOp *config = vr_plan_config (planner, router, choice.image, why, error);
  if (config == NULL)
    return FALSE;
  VrOp *domain = domain_op (planner, router, &choice, ifnames, config);
  vr_op_add_need (domain, VR_OP_CONFIG, config->target);
  g_hash_table_insert (planner->configs, g_strdup (domain->target), (gpointer) config);
  for (guint i = 0; i < ifnames->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    VrAttach attach = vr_lab_port (planner->lab, interface->port)->attach;
    /* A port of the switch that is made anew finds the guest that is there. */
    if (attach != VR_ATTACH_VHOST_USER)
      vr_op_add_need (domain, attach == VR_ATTACH_MACVTAP ? VR_OP_MACVTAP : VR_OP_TAP,
                      ifnames->pdata[i]);
  }
  g_ptr_array_add (late, domain);
  return TRUE;
}

typedef struct {
  VrPlanner *planner;
  const char *netns;
} NativeSettings;

static void
add_native_sysctl (const char *name, const char *value, const char *why, gpointer data)
{
  NativeSettings *settings = data;
  vr_plan_sysctl (settings->planner, settings->netns, name, value, why);
}

static void
plan_native_neighbours (VrPlanner *planner, const VrRouter *router, const char *netns)
{
  for (guint i = 0; i < router->neighbours->len; i++) {
    const VrNeighbour *neighbour = router->neighbours->pdata[i];
    g_autofree char *why = vr_plan_why (neighbour->origin, "neighbour");
    VrPlanInside inside = { planner, netns, why };
    vr_plan_neighbour (neighbour->port, &neighbour->address, &neighbour->mac, &inside);
  }
  g_autofree char *why = vr_plan_why (router->origin, "neighbours of its ports");
  VrPlanInside inside = { planner, netns, why };
  vr_router_each_known (planner->lab, router, vr_plan_neighbour, &inside);
}

static void
plan_native_addresses (VrPlanner *planner, const VrRouter *router, const char *netns)
{
  char inner[16];
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    g_autofree char *why = vr_plan_why (interface->origin, "interface");
    vr_plan_inner_name (interface->port, inner);
    for (guint j = 0; j < interface->addresses->len; j++)
      vr_plan_address (planner, netns, inner, &g_array_index (interface->addresses, VrPrefix, j),
                       why);
  }
}

/* The port by which a route leaves: its own, or that with an address next to the gateway. */
static const char *
port_of_route (const VrRouter *router, const VrRoute *route)
{
  for (guint i = 0; route->has_via && i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    for (guint j = 0; j < interface->addresses->len; j++)
      if (vr_prefix_contains (&g_array_index (interface->addresses, VrPrefix, j), &route->via))
        return interface->port;
  }
  return route->port;
}

static void
plan_native_routes (VrPlanner *planner, const VrRouter *router, const char *netns)
{
  char inner[16];
  for (guint i = 0; i < router->routes->len; i++) {
    const VrRoute *route = router->routes->pdata[i];
    g_autofree char *why = vr_plan_why (route->origin, "route");
    const char *port = port_of_route (router, route);
    VrPrefix destination = route->destination;
    for (guint k = 0; k < route->count; k++, destination = vr_prefix_next (&destination))
      vr_plan_route (planner, netns, &destination, route->has_via ? &route->via : NULL,
                     port != NULL ? vr_plan_inner_name (port, inner) : "", why);
  }
}

/* In the order of a guest's init: links, settings, addresses, neighbours, routes. */
static void
plan_native (VrPlanner *planner, const VrRouter *router, const char *why)
{
  g_autofree char *netns = vr_name_domain (planner->lab->name, router->name);
  NativeSettings settings = { planner, netns };
  vr_plan_netns (planner, router->name, why);
  vr_router_each_stack_sysctl (router, add_native_sysctl, &settings);
  for (guint i = 0; i < router->interfaces->len; i++)
    vr_plan_attach (planner, router, router->interfaces->pdata[i]);
  vr_router_each_profile_sysctl (router, add_native_sysctl, &settings);
  plan_native_addresses (planner, router, netns);
  plan_native_neighbours (planner, router, netns);
  plan_native_routes (planner, router, netns);
}

gboolean
vr_plan_router (VrPlanner *planner, const VrRouter *router, GPtrArray *late, GError **error)
{
  g_autofree char *what = g_strdup_printf ("router %s", router->name);
  g_autofree char *why = vr_plan_why (router->origin, what);
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    if (vr_lab_port (planner->lab, interface->port)->attach == VR_ATTACH_MACVTAP
        && !planner->facts->macvtap_present) {
      refuse_at (error, router, VR_ERROR_HOST,
                 "interface = %s: this kernel has no macvtap (modprobe macvtap); attach = bridge "
                 "does without",
                 interface->port);
      return FALSE;
    }
  }
  if (router->kind == VR_KIND_GUEST)
    return plan_guest (planner, router, why, late, error);
  plan_native (planner, router, why);
  return TRUE;
}
