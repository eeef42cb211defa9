/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-status.h"

#include <string.h>

#include "base/vr-json.h"
#include "base/vr-name.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

static void
router_free (VrRouterStatus *router)
{
  g_free (router->name);
  g_free (router->state);
  g_free (router->reason);
  g_free (router->accel);
  g_free (router->emulator);
  g_free (router->emulator_version);
  g_free (router);
}

static void
port_free (VrPortStatus *port)
{
  g_free (port->name);
  g_free (port->device);
  g_free (port->ifname);
  g_free (port);
}

static void
drift_free (VrDriftStatus *drift)
{
  g_free (drift->kind);
  g_free (drift->target);
  g_free (drift->why);
  g_free (drift->text);
  g_free (drift);
}

VrStatus *
vr_status_new (const char *lab, const char *profile_path)
{
  VrStatus *status = g_new0 (VrStatus, 1);
  status->lab = g_strdup (lab);
  status->profile_path = g_strdup (profile_path);
  status->routers = g_ptr_array_new_with_free_func ((GDestroyNotify) router_free);
  status->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) port_free);
  status->drifts = g_ptr_array_new_with_free_func ((GDestroyNotify) drift_free);
  return status;
}

void
vr_status_free (VrStatus *status)
{
  g_free (status->lab);
  g_free (status->profile_path);
  g_ptr_array_unref (status->routers);
  g_ptr_array_unref (status->ports);
  g_ptr_array_unref (status->drifts);
  g_free (status);
}

static VrRouterStatus *
add_router (VrStatus *status, const char *name, const char *state)
{
  VrRouterStatus *router = g_new0 (VrRouterStatus, 1);
  router->name = g_strdup (name);
  router->state = g_strdup (state);
  router->reason = g_strdup ("");
  g_ptr_array_add (status->routers, router);
  return router;
}

static void
add_guest (VrStatus *status, const char *name, const VrGuest *guest)
{
  VrGuestState state = guest != NULL ? guest->state : VR_GUEST_ABSENT;
  VrRouterStatus *router = add_router (status, name, vr_guest_state_name (state));
  if (guest == NULL)
    return;
  router->pid = guest->pid;
  router->agent_connected = guest->agent_connected;
  router->is_held = guest->held;
  router->accel = g_strdup (guest->accel);
  router->emulator = g_strdup (guest->emulator);
  g_free (router->reason);
  router->reason = g_strdup (guest->reason);
}

static void
add_native (VrStatus *status, const char *name)
{
  g_autofree char *netns = vr_name_domain (status->lab, name);
  add_router (status, name, vr_netns_exists (netns) ? "running" : "absent")->is_native = TRUE;
}

static GHashTable *
guests_by_router (const char *lab, GPtrArray *guests)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < guests->len; i++) {
    VrGuest *guest = guests->pdata[i];
    if (g_strcmp0 (guest->lab, lab) == 0 && guest->router != NULL)
      g_hash_table_insert (table, guest->router, guest);
  }
  return table;
}

/* What a change began that was cut off. */
static void
add_strays (VrStatus *status, const VrLab *lab, GPtrArray *guests)
{
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    if (g_strcmp0 (guest->lab, lab->name) != 0 || vr_lab_router (lab, guest->router) != NULL)
      continue;
    add_guest (status, guest->router, guest);
    vr_status_add_drift (status, "domain", guest->domain, "",
                         "no router of the lab as it is up: up ends it");
  }
}

static gboolean
read_routers (VrStatus *status, const VrLab *lab, VrVirt *virt, GError **error)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  if (virt != NULL && !vr_virt_list (virt, guests, error))
    return FALSE;
  g_autoptr (GHashTable) by_router = guests_by_router (lab->name, guests);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_NATIVE)
      add_native (status, router->name);
    else
      add_guest (status, router->name, g_hash_table_lookup (by_router, router->name));
  }
  add_strays (status, lab, guests);
  return TRUE;
}

static gboolean
read_ports (VrStatus *status, const VrLab *lab, GError **error)
{
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  if (netlink == NULL)
    return FALSE;
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *port = lab->ports->pdata[i];
    char ifname[VR_IFNAME_SIZE];
    g_autoptr (GError) cause = NULL;
    VrPortStatus *found = g_new0 (VrPortStatus, 1);
    g_ptr_array_add (status->ports, found);
    found->name = g_strdup (port->name);
    found->device = g_strdup (port->device);
    if (vr_port_is_internal (port))
      found->ifname = g_strdup (vr_port_bridge_name (port, lab->name, ifname));
    else
      found->ifname = g_strdup (vr_port_is_of_host (port)
                                    ? port->device
                                    : vr_name_ifname (lab->name, "port", port->name, ifname));
    g_autoptr (VrLink) link = vr_netlink_link (netlink, found->ifname, &cause);
    if (cause != NULL) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
    /* A bridge of Open vSwitch switches, whatever its own device is set to. */
    gboolean switches = link != NULL && vr_port_is_internal (port) && vr_port_is_on_ovs (port);
    found->is_present = link != NULL;
    found->is_up = switches || (link != NULL && link->up);
    found->has_carrier = switches || (link != NULL && link->carrier);
  }
  return TRUE;
}

gboolean
vr_status_read (VrStatus *status, const VrLab *lab, VrVirt *virt, GError **error)
{
  status->is_up = TRUE;
  if (!read_routers (status, lab, virt, error) || !read_ports (status, lab, error))
    return FALSE;
  for (guint i = 0; i < status->routers->len; i++) {
    const VrRouterStatus *router = status->routers->pdata[i];
    status->is_up = status->is_up && strcmp (router->state, "running") == 0 && !router->is_held;
  }
  for (guint i = 0; i < status->ports->len; i++)
    status->is_up = status->is_up && ((const VrPortStatus *) status->ports->pdata[i])->is_up;
  return TRUE;
}

gboolean
vr_status_read_marks (VrStatus *status, VrVirt *virt, GError **error)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  if (!vr_virt_list (virt, guests, error))
    return FALSE;
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    if (g_strcmp0 (guest->lab, status->lab) == 0 && guest->router != NULL)
      add_guest (status, guest->router, guest);
  }
  return TRUE;
}

void
vr_status_add_drift (VrStatus *status, const char *kind, const char *target, const char *why,
                     const char *text)
{
  VrDriftStatus *drift = g_new0 (VrDriftStatus, 1);
  drift->kind = g_strdup (kind);
  drift->target = g_strdup (target);
  drift->why = g_strdup (why);
  drift->text = g_strdup (text);
  g_ptr_array_add (status->drifts, drift);
  status->is_up = FALSE;
}

static void
add_router_json (JsonBuilder *builder, const VrRouterStatus *router)
{
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", router->name);
  vr_json_add_string (builder, "kind", router->is_native ? "native" : "guest");
  vr_json_add_string (builder, "state", router->state);
  vr_json_add_string (builder, "reason", router->reason);
  json_builder_set_member_name (builder, "pid");
  json_builder_add_int_value (builder, router->pid);
  vr_json_add_boolean (builder, "agent_connected", router->agent_connected);
  vr_json_add_boolean (builder, "held", router->is_held);
  vr_json_add_string (builder, "accel", router->accel);
  vr_json_add_string (builder, "emulator", router->emulator);
  vr_json_add_string (builder, "emulator_version", router->emulator_version);
  json_builder_end_object (builder);
}

static void
add_port_json (JsonBuilder *builder, const VrPortStatus *port)
{
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "name", port->name);
  vr_json_add_string (builder, "device", port->device);
  vr_json_add_string (builder, "ifname", port->ifname);
  vr_json_add_boolean (builder, "present", port->is_present);
  vr_json_add_boolean (builder, "up", port->is_up);
  vr_json_add_boolean (builder, "carrier", port->has_carrier);
  json_builder_end_object (builder);
}

void
vr_status_add_json (const VrStatus *status, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "lab", status->lab);
  vr_json_add_string (builder, "profile", status->profile_path);
  vr_json_add_boolean (builder, "up", status->is_up);
  json_builder_set_member_name (builder, "routers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < status->routers->len; i++)
    add_router_json (builder, status->routers->pdata[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "ports");
  json_builder_begin_array (builder);
  for (guint i = 0; i < status->ports->len; i++)
    add_port_json (builder, status->ports->pdata[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "drift");
  json_builder_begin_array (builder);
  for (guint i = 0; i < status->drifts->len; i++) {
    const VrDriftStatus *drift = status->drifts->pdata[i];
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "kind", drift->kind);
    vr_json_add_string (builder, "target", drift->target);
    vr_json_add_string (builder, "why", drift->why);
    vr_json_add_string (builder, "text", drift->text);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}
